"""The same dream again, on any endpoint: a model's dream varies, so one score says little."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from mockdreams.world.core.prices import LIST_PRICES

FINAL = frozenset(("completed", "failed", "canceled"))
# Seconds between two looks at a dream, at first and at most.
FIRST_WAIT, LONGEST_WAIT = 0.05, 10.0


def estimate(client: Any, dream_id: str, times: int) -> str:
    """What so many more dreams cost, if each uses what this one has used."""
    dream = client.beta.dreams.retrieve(dream_id)
    usage, price = dream.usage, LIST_PRICES.get(dream.model.id)
    told = f"{times} more dreams, each about {usage.input_tokens} input, {usage.cache_creation_input_tokens} cache"
    told += f" write, {usage.cache_read_input_tokens} cache read and {usage.output_tokens} output tokens"
    if price is None:
        return told
    each = price.cost(
        input=usage.input_tokens,
        output=usage.output_tokens,
        cache_write=usage.cache_creation_input_tokens,
        cache_read=usage.cache_read_input_tokens,
    )
    return f"{told}: about ${each * times:.2f} at list prices"


def repeated(client: Any, dream_id: str, times: int, sleep: Callable[[float], object] | None = None) -> Iterator[str]:
    """The ids of so many more dreams over what this one read, each once it has completed.

    Raises ValueError for one that fails.
    """
    dream = client.beta.dreams.retrieve(dream_id)
    asked = {"inputs": [entry.to_dict() for entry in dream.inputs], "model": dream.model.to_dict()}
    if dream.instructions is not None:
        asked["instructions"] = dream.instructions
    for _ in range(times):
        yield _finished(client, client.beta.dreams.create(**asked).id, sleep or time.sleep)


def _finished(client: Any, dream_id: str, sleep: Callable[[float], object]) -> str:
    wait = FIRST_WAIT
    while (status := client.beta.dreams.retrieve(dream_id).status) not in FINAL:
        sleep(wait)
        wait = min(2 * wait, LONGEST_WAIT)
    if status != "completed":
        raise ValueError(f"{dream_id} has {status}")
    return dream_id
