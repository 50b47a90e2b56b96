"""What the operations of the control API answer, for its description."""

from typing import Any, Literal

from typing_extensions import TypedDict


class Done(TypedDict):
    """It is done."""

    status: Literal["ok"]


class DueState(TypedDict):
    """A task that waits for the clock."""

    at: str
    what: str


class ClockState(TypedDict):
    """The clock."""

    mode: Literal["real", "auto", "manual"]
    now: str
    speed: float
    due: list[DueState]


class Waiting(TypedDict):
    """What waits to be used, each as it was sent, with how often it was used or is left."""

    data: list[dict[str, Any]]


class PreparedState(TypedDict):
    """How often what was prepared under a name was used, and what was never used."""

    hits: dict[str, int]
    unused: list[str]


class ExchangeState(TypedDict):
    """A request and its answer."""

    method: str
    path: str
    query: dict[str, str | list[str]]
    headers: dict[str, str]
    body: Any
    status: int | None
    response: Any
    hint: str | None
    by: Literal["world", "stub", "fault", "upstream"]
    at: str


class JournalState(TypedDict):
    """Exchanges, oldest first."""

    data: list[ExchangeState]


class Story(TypedDict):
    """What happened, for people."""

    story: str


class Cost(TypedDict):
    """US dollars, null where there is no price."""

    usd: str | None


class Health(TypedDict):
    """A server that is up, and the profile with which worlds begin."""

    status: Literal["ok"]
    profile: str
