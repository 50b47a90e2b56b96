"""What tokens and time cost at list prices."""

from functools import lru_cache

from mockdreams.dreaming.plan import NO_TOKENS, Tokens
from mockdreams.wire import events as ev
from mockdreams.world.core.policy import Policy

NANODOLLARS_PER_CENT = 10_000_000


def tokens_cost(model: str, tokens: Tokens, policy: Policy) -> int:
    """Nanodollars; nothing for a model without a price."""
    price = policy.price_of(model)
    if price is None:
        return 0
    input, output, cache_read, cache_write = tokens
    return price.nanodollars(input=input, output=output, cache_write=cache_write, cache_read=cache_read)


def time_cost(seconds: float, policy: Policy) -> int:
    """Nanodollars for so many seconds of a running session."""
    return round(seconds / 3600 * policy.session_hour_cents * NANODOLLARS_PER_CENT)


def as_money(nanodollars: int) -> ev.MonetaryAmount:
    """The nearest cent, as it travels."""
    return _cents(round(nanodollars / NANODOLLARS_PER_CENT))


@lru_cache
def _cents(amount: int) -> ev.MonetaryAmount:
    """Most sessions cost few, and share the record."""
    return ev.MonetaryAmount.unchecked(amount=str(amount))


def tokens_of(usage: ev.ModelUsage) -> Tokens:
    """The tokens of one model request."""
    return Tokens(
        input=usage.input_tokens,
        output=usage.output_tokens,
        cache_read=usage.cache_read_input_tokens,
        cache_creation=usage.cache_creation_input_tokens,
    )


def usage_report(tokens: Tokens, active_seconds: float, nanodollars: int) -> ev.SessionUsage:
    """What a session or a thread has used, as it travels."""
    return ev.SessionUsage.unchecked(
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cache_read_input_tokens=tokens.cache_read,
        cache_creation=(
            None if tokens == NO_TOKENS else ev.CacheCreation.unchecked(ephemeral_5m_input_tokens=tokens.cache_creation)
        ),
        active_seconds=active_seconds,
        list_cost=as_money(nanodollars),
    )
