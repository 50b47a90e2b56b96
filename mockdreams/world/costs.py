"""What tokens and time cost at list prices."""

from mockdreams.wire import events as ev
from mockdreams.world.policy import Policy

NANODOLLARS = 1_000_000_000
NANODOLLARS_PER_CENT = 10_000_000


def tokens_cost(model: str, usage: ev.ModelUsage, policy: Policy) -> int:
    """Nanodollars; nothing for a model without a price."""
    price = policy.list_prices.get(model)
    if price is None:
        return 0
    dollars = price.cost(
        input=usage.input_tokens,
        output=usage.output_tokens,
        cache_write=usage.cache_creation_input_tokens,
        cache_read=usage.cache_read_input_tokens,
    )
    return round(dollars * NANODOLLARS)


def time_cost(seconds: float, policy: Policy) -> int:
    """Nanodollars for so many seconds of a running session."""
    return round(seconds / 3600 * policy.session_hour_cents * NANODOLLARS_PER_CENT)


def amount(nanodollars: int) -> ev.MonetaryAmount:
    """The nearest cent, as it travels."""
    return ev.MonetaryAmount.made(amount=str(round(nanodollars / NANODOLLARS_PER_CENT)))


def summed(total: ev.SessionUsage, more: ev.ModelUsage, nanodollars: int) -> ev.SessionUsage:
    """The usage after one more model request; `nanodollars` is the cost of all of it."""
    cached = total.cache_creation.ephemeral_5m_input_tokens + more.cache_creation_input_tokens
    return total.changed(
        input_tokens=total.input_tokens + more.input_tokens,
        output_tokens=total.output_tokens + more.output_tokens,
        cache_read_input_tokens=total.cache_read_input_tokens + more.cache_read_input_tokens,
        cache_creation=ev.CacheCreation.made(ephemeral_5m_input_tokens=cached),
        list_cost=amount(nanodollars),
    )
