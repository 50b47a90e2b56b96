"""The report of a world, for people whose test has failed: its dreams, what was asked of it, what is still to come."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from itertools import groupby
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mockdreams.wire.dreams import Dream

if TYPE_CHECKING:
    from mockdreams.http.journal import Exchange
    from mockdreams.world.world import World

DREAMS_TOLD = 5
REQUESTS_TOLD = 15
DUE_TOLD = 5


def story(world: "World", requests: Sequence[str], hints: Sequence[str] = ()) -> str:
    """`hints`, dreams with their timelines, the last of `requests`, and what waits for the clock."""
    with world.lock:
        dreams = [
            _dream(world, dream)
            for dream, _ in zip(world.dreams.table.walk(hidden=True), range(DREAMS_TOLD), strict=False)
        ]
        due = [f"{d.at:%H:%M:%S} {d.action.what}: {d.action.subject}" for d in world.clock.due[:DUE_TOLD]]
        clock = f"clock: {world.clock.mode}, {world.clock.time:%Y-%m-%d %H:%M:%S}"
    sections = {
        "hints": hints,
        "dreams, newest first": dreams,
        "last requests": fold(requests)[-REQUESTS_TOLD:],
        "waiting for the clock": due,
    }
    return "\n".join([clock, *(_section(title, lines) for title, lines in sections.items() if lines)])


def describe(exchange: "Exchange") -> str:
    """A request with its query, and what became of it: why it was refused, or how many items a list gave."""
    query = f"?{urlencode(exchange.query, doseq=True)}" if exchange.query else ""
    outcome = "no answer" if exchange.status is None else str(exchange.status)
    hint = f" ({exchange.hint})" if exchange.hint else ""
    return f"{exchange.call}{query} -> {outcome}{_result(exchange.response)}{hint}"


def _result(response: object) -> str:
    if not isinstance(response, dict):
        return ""
    error, data = response.get("error"), response.get("data")
    if isinstance(error, dict):
        return f" {error.get('type')}: {error.get('message')}"
    if isinstance(data, list):
        return f" ({len(data)} item{'' if len(data) == 1 else 's'})"
    return ""


def fold(lines: Iterable[str]) -> list[str]:
    """The lines, equal ones after each other as one with their number."""
    counted = [(line, len(list(equal))) for line, equal in groupby(lines)]
    return [line if count == 1 else f"{line} x {count}" for line, count in counted]


def nearest(call: str, calls: Sequence[str]) -> str | None:
    """The call that is most like `call`."""
    return next(iter(get_close_matches(call, calls, 1, 0)), None)


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{title}:", *(f"  {line}" for line in lines)])


def _dream(world: "World", dream: Dream) -> str:
    told = [f"{dream.id} created {dream.created_at:%H:%M:%S}"]
    run = world.dreams.runs.get(dream.id)
    if run is not None and run.plan:
        told.append(f"step {run.position} of {len(run.plan)}")
    if dream.outputs:
        told.append(f"output {dream.outputs[0].memory_store_id}")
    if dream.session_id:
        told.append(f"session {dream.session_id}")
    told.append(f"{dream.status} {dream.ended_at:%H:%M:%S}" if dream.ended_at else dream.status)
    if dream.error is not None:
        told.append(f"{dream.error.type}: {dream.error.message}")
    return ", ".join(told)
