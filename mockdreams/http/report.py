"""The report of a world, for people whose test has failed: its hints, and what was prepared and never used."""

from collections.abc import Iterator
from typing import Any

from mockdreams.http.faults import Fault
from mockdreams.http.hints import DROPPED, ID, LONGEST_PATH, STRUCK
from mockdreams.http.places import Place
from mockdreams.wire.dreams import Dream
from mockdreams.world.scripts import DreamScript
from mockdreams.world.stories import nearest
from mockdreams.world.stories import story as story_of_world
from mockdreams.world.world import World

TOLD = 10


def story(place: Place) -> str:
    """Hints, dreams with their timelines, the last requests, and what waits for the clock."""
    return story_of_world(place.world, [str(exchange) for exchange in place.journal], all_of(place))


def all_of(place: Place) -> list[str]:
    """The hints that the journal of a place has, each once, and what was prepared there and never used."""
    given: dict[str, str] = {}
    for exchange in place.journal:
        if exchange.hint not in (None, STRUCK, DROPPED):
            given.setdefault(exchange.hint, exchange.call)
    told = [f"{call}: {hint}" for hint, call in given.items()][-TOLD:]
    return [*told, *_unused_faults(place), *_unused_scripts(place.world)]


def _unused_faults(place: Place) -> Iterator[str]:
    calls = [exchange.call for exchange in place.journal]
    for fault in place.faults.unmet():
        yield f"{_named(fault)} was never met: {_instead(len(place.journal.select(fault.match)), fault.match, calls)}"


def _named(fault: Fault) -> str:
    given = fault.model_dump(exclude_unset=True, exclude={"match"})
    return " ".join([f"fault {fault.match!r}", *(f"{name}={value!r}" for name, value in given.items())])


def _instead(matched: int, match: str, calls: list[str]) -> str:
    if matched:
        return f"{matched} matching requests came before it or were let through"
    shapes = {ID.sub("{}", call[:LONGEST_PATH]): call for call in calls}
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


def _unmatched(script: DreamScript, dreams: list[Dream]) -> str:
    if not dreams:
        return "no dream was created"
    last = {"memory_store_id": dreams[-1].input_store_id, "model": dreams[-1].model.id}
    last["instructions"] = dreams[-1].instructions or ""
    has = ", ".join(f"{name} {last[name]!r}" for name in last if name in script.match.model_fields_set)
    return f"none of {len(dreams)} dreams came later and matched" + (f"; the newest has {has}" if has else "")
