"""Hints: what the service would not say, for the developer of its caller. They go to the log, the journal and the
report of a failing test, never onto the wire; none of them can change an answer."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from mockdreams.wire.dreams import Dream
from mockdreams.world.ids import well_formed
from mockdreams.world.sleeping import real_monotonic
from mockdreams.world.stories import nearest

if TYPE_CHECKING:
    from mockdreams.http.faults import Fault
    from mockdreams.http.places import Place, Places
    from mockdreams.world.scripts import DreamScript
    from mockdreams.world.world import World

STRUCK = "a fault answered"
DROPPED = "a fault dropped the connection"
POLLS = 3
"""How often something live is asked for, with no time passing, before somebody is told so."""
SLOW_SECONDS = 1
"""Wall seconds between two polls under `auto` that were slept for nothing."""
TOLD = 10
NEAR = 0.75
"""How alike an unknown path and a known one must be, of 1, for a typing error."""
LONGEST_ID = 200
LONGEST_BODY = 64 * 1024


class Kind(NamedTuple):
    """What an id can be of."""

    prefix: str
    whose: str


_KINDS = (
    Kind("drm", "a dream's"),
    Kind("memstore", "a memory store's"),
    Kind("mem", "a memory's"),
    Kind("memver", "a memory version's"),
    Kind("sesn", "a session's"),
    Kind("sthr", "a thread's"),
    Kind("sevt", "an event's"),
    Kind("sesrsc", "a session resource's"),
    Kind("agent", "an agent's"),
    Kind("env", "an environment's"),
)
_BY_PREFIX = {kind.prefix: kind for kind in _KINDS}
_WANTED = {
    "dream_id": "drm",
    "store_id": "memstore",
    "memory_store_id": "memstore",
    "memory_id": "mem",
    "version_id": "memver",
    "session_id": "sesn",
    "session_ids": "sesn",
    "thread_id": "sthr",
    "session_thread_id": "sthr",
    "resource_id": "sesrsc",
    "agent_id": "agent",
    "agent": "agent",
    "environment_id": "env",
}
"""The kind of id that each name in a path or a body wants."""
_FREE = ("metadata", "content", "input")
"""What people put into these is theirs."""
_ID = re.compile(r"[a-z]+_01\w+")


def missing_beta(betas: Iterable[str]) -> str:
    return f"the request lacks the header anthropic-beta: {' or '.join(sorted(betas))}"


def wrong_method(allow: str) -> str:
    return f"this path answers {allow}"


def unknown_path(path: str, known: Iterable[str]) -> str:
    """That nothing is served there, and at which of the `known` paths something like it is."""
    told = f"nothing is served at {path}"
    shapes = {re.sub(r"{\w+}", "{}", each): each for each in known}
    close = get_close_matches(_ID.sub("{}", path), shapes, 1, NEAR)
    return f"{told}; the nearest path is {shapes[close[0]]}" if close else told


def about_ids(named: Iterable[tuple[str, str]], body: bytes, place: "Place", places: "Places") -> str | None:
    """What may be wrong with the ids in the path (`named`) and the body of a request that was refused."""
    with suppress(ValueError, RecursionError):
        for name, id in [*named, *_ids(json.loads(body or b"null") if len(body) <= LONGEST_BODY else None)]:
            wanted = _BY_PREFIX[_WANTED[name]]
            if not id.isascii() or not id.isprintable() or len(id) > LONGEST_ID:
                continue
            if not id.startswith(f"{wanted.prefix}_"):
                return _wrong_kind(id, wanted)
            if well_formed(id, wanted.prefix) and _is_elsewhere(id, wanted, place, places):
                return f"{id} exists in the world of another API key: each key has a world of its own"
    return None


def _ids(body: Any) -> Iterator[tuple[str, str]]:
    """Every name and id in a body that want to agree."""
    if isinstance(body, list):
        for each in body:
            yield from _ids(each)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name not in _WANTED:
                yield from _ids(value if name not in _FREE else None)
                continue
            for id in value if isinstance(value, list) else [value]:
                id = id.get("id") if isinstance(id, dict) else id
                if isinstance(id, str):
                    yield name, id


def _wrong_kind(id: str, wanted: Kind) -> str:
    given = _BY_PREFIX.get(id.partition("_")[0])
    what = f"{id} is {given.whose} id" if given else f"{id!r} is no id"
    return f"{what}, and {wanted.whose} is wanted here ({wanted.prefix}_…)"


def _is_elsewhere(id: str, kind: Kind, place: "Place", places: "Places") -> bool:
    if _holds(place.world, id, kind):
        return False
    return any(_holds(other.world, id, kind) for other in places)


def _holds(world: "World", id: str, kind: Kind) -> bool:
    tables: dict[str, Any] = {
        "drm": world.dreams.table,
        "memstore": world.memory_stores.table,
        "sesn": world.sessions.table,
        "agent": world.agents.table,
        "env": world.environments.table,
    }
    return id in tables.get(kind.prefix, ())


def about_window(begins: datetime, now: datetime) -> str | None:
    """That a list was asked for what was made after the world's own now, as code that reads the wall clock does."""
    if begins <= now:
        return None
    return (
        f"the filter begins at {begins.isoformat()}, after the world's now, {now.isoformat()}: "
        'begin the world with now="wall", or move its clock'
    )


class Vigil:
    """Who waits for something live, by asking again and again or by a stream, while a manual clock stands still."""

    def __init__(self) -> None:
        self._now: datetime | None = None
        self._done = Counter[str]()
        self._polled: tuple[str, float] | None = None
        self._told_slow = False

    def poll(self, what: str) -> str | None:
        """Note that `what` was asked for under `auto`; a hint, once, for sleeps that wait in wall time."""
        before, now = self._polled, real_monotonic()
        self._polled = what, now
        if self._told_slow or before is None or before[0] != what or now - before[1] < SLOW_SECONDS:
            return None
        self._told_slow = True
        return f"{what} was asked for again after {now - before[1]:.0f} s of wall time: virtual_sleep=True saves them"

    def ask(self, what: str, now: datetime) -> str | None:
        """Note that `what` was asked for; a hint for the one who asks in vain, once."""
        return self._hint(f"{what} was asked for {POLLS} times", now, POLLS)

    def stream(self, what: str, now: datetime) -> str | None:
        """Note that `what` is streamed; a hint at once, for a stream waits by itself."""
        return self._hint(f"{what} is streamed", now, 1)

    def _hint(self, done: str, now: datetime, times: int) -> str | None:
        if now != self._now:
            self._now, self._done = now, Counter()
        self._done[done] += 1
        if self._done[done] != times:
            return None
        return f'{done} while the clock stands still: call clock.advance(...), or use clock="auto"'


def all_of(place: "Place") -> list[str]:
    """The hints that the journal of a place has, each once, and what was prepared there and never used."""
    given: dict[str, str] = {}
    for exchange in place.journal:
        if exchange.hint not in (None, STRUCK, DROPPED):
            given.setdefault(exchange.hint, exchange.call)
    told = [f"{call}: {hint}" for hint, call in given.items()][-TOLD:]
    return [*told, *_unused_faults(place), *_unused_scripts(place.world)]


def _unused_faults(place: "Place") -> Iterator[str]:
    calls = [exchange.call for exchange in place.journal]
    for fault in place.faults.unmet():
        yield f"{_named(fault)} was never met: {_instead(len(place.journal.select(fault.match)), fault.match, calls)}"


def _named(fault: "Fault") -> str:
    given = fault.model_dump(exclude_unset=True, exclude={"match"})
    return " ".join([f"fault {fault.match!r}", *(f"{name}={value!r}" for name, value in given.items())])


def _instead(matched: int, match: str, calls: list[str]) -> str:
    if matched:
        return f"{matched} matching requests came before it or were let through"
    shapes = {_ID.sub("{}", call): call for call in calls}
    close = nearest(match.replace("*", "{}"), list(shapes))
    return f"no request matched; the nearest was {shapes[close]}" if close else "there was no request"


def _unused_scripts(world: "World") -> Iterator[str]:
    with world.lock:
        dreams = list(world.dreams.table)
        for script in world.dreams.scripts.untaken():
            yield f"dream script {_words(script)} was never taken: {_unmatched(script, dreams)}"
        for turns in world.session_scripts.untaken():
            yield f"session script {_words(turns)} was never taken: no session that it matches began a turn"


def _words(script: Any) -> dict[str, Any]:
    words: dict[str, Any] = script.model_dump(mode="json", exclude_unset=True)
    return words


def _unmatched(script: "DreamScript", dreams: list[Dream]) -> str:
    if not dreams:
        return "no dream was created"
    last = {"memory_store_id": dreams[-1].input_store_id, "model": dreams[-1].model.id}
    last["instructions"] = dreams[-1].instructions or ""
    has = ", ".join(f"{name} {last[name]!r}" for name in last if name in script.match.model_fields_set)
    return f"none of {len(dreams)} dreams came later and matched" + (f"; the newest has {has}" if has else "")
