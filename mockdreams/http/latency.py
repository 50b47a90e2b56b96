"""How long an answer is held back: so many seconds, or as many as a measured service takes."""

from math import exp, log
from random import Random
from typing import Annotated, Self, TypeAlias

from pydantic import Discriminator, Field, Tag, model_validator

from mockdreams.wire.base import Params

P99_SIGMAS = 2.3263478740408408
"""So many standard deviations above the mean of a normal distribution lies its 99th percentile."""
LONGEST = 86_400


class LatencySpread(Params):
    """A lognormal distribution, as the latencies of a service have it, by two of its percentiles."""

    p50: float = Field(gt=0, le=LONGEST, allow_inf_nan=False)
    """Wall seconds that half of the answers take at most."""
    p99: float = Field(gt=0, le=LONGEST, allow_inf_nan=False)
    """Wall seconds that all but one in a hundred take at most."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.p99 < self.p50:
            raise ValueError("p99 is at least p50")
        return self

    def draw(self, dice: Random) -> float:
        sigma = log(self.p99 / self.p50) / P99_SIGMAS
        return min(exp(log(self.p50) + sigma * dice.gauss(0, 1)), LONGEST)


def _kind(value: object) -> str:
    return "percentiles" if isinstance(value, dict | LatencySpread) else "seconds"


Latency: TypeAlias = Annotated[
    Annotated[float, Field(ge=0, le=LONGEST, allow_inf_nan=False), Tag("seconds")]
    | Annotated[LatencySpread, Tag("percentiles")],
    Discriminator(_kind),
]
"""Wall seconds, or their percentiles."""


def draw(latency: Latency | None, dice: Random) -> float:
    """The seconds of one answer."""
    return latency.draw(dice) if isinstance(latency, LatencySpread) else latency or 0
