"""List prices, and what tokens cost at them."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

MILLION = 1_000_000
NANODOLLARS = 1_000_000_000
"""A US dollar."""


class ListPrice(BaseModel):
    """US dollars for a million tokens of each kind; cache writes are those that live for five minutes."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    input: Decimal = Field(ge=0, le=1_000_000)
    output: Decimal = Field(ge=0, le=1_000_000)
    cache_write: Decimal = Field(ge=0, le=1_000_000)
    cache_read: Decimal = Field(ge=0, le=1_000_000)

    def __deepcopy__(self, memo: Any = None) -> Self:
        """Itself, for it is frozen: each policy is made with a copy of all prices."""
        return self

    def cost(self, *, input: int, output: int, cache_write: int, cache_read: int) -> Decimal:
        """US dollars for so many tokens."""
        counts = (input, output, cache_write, cache_read)
        prices = (self.input, self.output, self.cache_write, self.cache_read)
        return sum((count * price for count, price in zip(counts, prices, strict=True)), Decimal(0)) / MILLION

    def nanodollars(self, *, input: int, output: int, cache_write: int, cache_read: int) -> int:
        """The same, in whole nanodollars."""
        of_input, of_output, of_write, of_read = self._nanodollars_a_token
        return round(input * of_input + output * of_output + cache_write * of_write + cache_read * of_read)

    @cached_property
    def _nanodollars_a_token(self) -> tuple[int | Decimal, ...]:
        """As integers where they are, which take a fifth of the time."""
        prices = [
            price * NANODOLLARS / MILLION for price in (self.input, self.output, self.cache_write, self.cache_read)
        ]
        return tuple(int(price) if price == int(price) else price for price in prices)


def _price(input: str, output: str, cache_write: str, cache_read: str) -> ListPrice:
    return ListPrice.model_construct(
        input=Decimal(input), output=Decimal(output), cache_write=Decimal(cache_write), cache_read=Decimal(cache_read)
    )


LIST_PRICES: Mapping[str, ListPrice] = {
    "claude-fable-5": _price("10", "50", "12.50", "1"),
    "claude-fable-5-1": _price("10", "50", "12.50", "0.25"),
    "claude-fable-5-2": _price("10", "50", "12.50", "0.25"),
    "claude-haiku-4-5": _price("1", "5", "1.25", "0.10"),
    "claude-haiku-5-5": _price("0.10", "0.50", "0.125", "0.01"),
    "claude-opus-4-5": _price("5", "25", "6.25", "0.50"),
    "claude-opus-4-6": _price("5", "25", "6.25", "0.50"),
    "claude-opus-4-7": _price("5", "25", "6.25", "0.50"),
    "claude-opus-4-8": _price("5", "25", "6.25", "0.50"),
    "claude-opus-5": _price("5", "25", "6.25", "0.50"),
    "claude-opus-5-5": _price("4", "20", "5", "0.20"),
    "claude-sonnet-4-5": _price("3", "15", "3.75", "0.30"),
    "claude-sonnet-4-6": _price("3", "15", "3.75", "0.30"),
    "claude-sonnet-5": _price("2", "10", "2.50", "0.20"),
    "claude-sonnet-5-5": _price("2", "10", "2.50", "0.10"),
}
"""The published list prices of October 2026. Those of `claude-fable-5-2` are inferred; `claude-haiku-5-5` is five times
as dear for prompts over 100,000 tokens, which is not told apart."""
