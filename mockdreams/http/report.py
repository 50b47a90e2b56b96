"""The report of a world, for people whose test has failed: its hints, its dreams, what was asked of it and what was
prepared and never used.
"""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from itertools import groupby
from typing import Any

from mockdreams.http.faults import Fault
from mockdreams.http.hints import FAULT_ANSWERED, FAULT_DROPPED
from mockdreams.http.journal_answer import describe_journal
from mockdreams.http.path_shape import ID, LONGEST_PATH
from mockdreams.http.stubs import Stub
from mockdreams.http.workspaces import Workspace
from mockdreams.secrets import mask_json, mask_text
from mockdreams.wire.dreams import Dream
from mockdreams.wire.errors import shortened
from mockdreams.world.dreams.scripts import DreamScript
from mockdreams.world.schedules.records import ScheduledDream
from mockdreams.world.webhooks.deliveries import WebhookAttempt
from mockdreams.world.world import World

TOLD = 10
DREAMS_TOLD = 5
REQUESTS_TOLD = 15
DUE_TOLD = 5
WEBHOOKS_TOLD = 10
LONGEST_SHOWN = 500
"""Characters of what was prepared."""


def render_report(place: Workspace) -> str:
    """Hints, dreams with their timelines, the last requests, and what waits for the clock."""
    world, requests = place.world, describe_journal(place.journal)
    with world.lock:
        dreams = [
            _dream(world, dream)
            for dream, _ in zip(world.dreams.table.iterate(hidden=True), range(DREAMS_TOLD), strict=False)
        ]
        runs = [
            f"{run.created_at:%m-%d %H:%M:%S} {run.status}: {_told(run)}"
            for run, _ in zip(world.schedules.runs.iterate(), range(DREAMS_TOLD), strict=False)
        ]
        due = [f"{d.at:%H:%M:%S} {d.task.name}: {d.task.target_id}" for d in world.clock.due[:DUE_TOLD]]
        clock = f"clock: {world.clock.mode}, {world.clock.time:%Y-%m-%d %H:%M:%S}"
        webhooks = [_attempt(each) for each in world.webhooks.attempts[-WEBHOOKS_TOLD:]]
        webhooks += [
            f"{mask_text(each.url)} is disabled: {each.disabled_reason}"
            for each in world.webhooks.endpoints
            if each.disabled_reason
        ]
    sections = {
        "hints": collect_hints(place),
        "dreams, newest first": dreams,
        "begun by schedules, newest first": runs,
        "last requests": fold(requests)[-REQUESTS_TOLD:],
        "webhooks": webhooks,
        "waiting for the clock": due,
    }
    return "\n".join([clock, *(_section(title, lines) for title, lines in sections.items() if lines)])


def _attempt(attempt: WebhookAttempt) -> str:
    outcome = attempt.error or str(attempt.status)
    return f"{attempt.at:%H:%M:%S} {attempt.type} -> {mask_text(attempt.url)}, attempt {attempt.number}: {outcome}"


def fold(lines: Iterable[str]) -> list[str]:
    """The lines, equal ones after each other as one with their number."""
    counted = [(line, len(list(equal))) for line, equal in groupby(lines)]
    return [line if count == 1 else f"{line} x {count}" for line, count in counted]


def nearest(call: str, calls: Sequence[str]) -> str | None:
    """The call that is most like `call`."""
    return next(iter(get_close_matches(call, calls, 1, 0)), None)


def _section(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"{title}:", *(f"  {line}" for line in lines)])


def _dream(world: World, dream: Dream) -> str:
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


def _told(run: ScheduledDream) -> str:
    return ", ".join(filter(None, (run.dream_id, run.message, *run.conflicts)))


def collect_hints(place: Workspace) -> list[str]:
    """The hints that the journal of a place has, each once, and what was prepared there and never used."""
    given: dict[str, str] = {}
    for exchange in place.journal:
        if exchange.hint not in (None, FAULT_ANSWERED, FAULT_DROPPED):
            given.setdefault(exchange.hint, exchange.call)
    told = [f"{call}: {hint}" for hint, call in given.items()][-TOLD:]
    return [*told, *unused(place)]


def unused(place: Workspace) -> list[str]:
    """What was prepared in a place and never used, and why."""
    return [*_unused_answers(place), *_unused_scripts(place.world)]


def _unused_answers(place: Workspace) -> Iterator[str]:
    calls = [exchange.call for exchange in place.journal]
    waiting = [("fault", each) for each in place.faults.unused()] + [("stub", each) for each in place.stubs.unused()]
    for what, each in waiting:
        instead = _instead(len(place.journal.select(each.match)), each.match, calls)
        yield f"{what} {_fields(each)} was never met: {instead}"


def _fields(waiting: Fault | Stub) -> str:
    given = waiting.model_dump(exclude_unset=True, exclude={"match"}, by_alias=True)
    fields = (f"{name}={shortened(repr(value), LONGEST_SHOWN)}" for name, value in mask_json(given).items())
    return " ".join([f"{waiting.match!r}", *fields])


def _instead(matched: int, match: str, calls: list[str]) -> str:
    if matched:
        return f"{matched} matching requests came before it or were let through"
    shapes = {ID.sub("{}", call[:LONGEST_PATH]): call for call in calls}
    close = nearest(match.replace("**", "{}").replace("*", "{}"), list(shapes))
    return f"no request matched; the nearest was {shapes[close]}" if close else "there was no request"


def _unused_scripts(world: World) -> Iterator[str]:
    with world.lock:
        dreams = list(world.dreams.table)
        for script in world.dreams.scripts.unused():
            yield f"dream script {_words(script)} was never taken: {_unmatched(script, dreams)}"
        for turns in world.session_scripts.unused():
            yield f"session script {_words(turns)} was never taken: no session that it matches began a turn"
        for validation in world.credential_scripts.unused():
            yield f"vault script {_words(validation)} was never used: no credential that it matches was validated"
        for reply in world.message_scripts.unused():
            yield f"message reply {_words(reply)} was never given: no request to /v1/messages matched"


def _words(script: Any) -> str:
    return shortened(repr(mask_json(script.model_dump(mode="json", exclude_unset=True))), LONGEST_SHOWN)


def _unmatched(script: DreamScript, dreams: list[Dream]) -> str:
    if not dreams:
        return "no dream was created"
    last = {"memory_store_id": dreams[-1].input_store_id, "model": dreams[-1].model.id}
    last["instructions"] = dreams[-1].instructions or ""
    has = ", ".join(f"{name} {last[name]!r}" for name in last if name in script.match.model_fields_set)
    return f"none of {len(dreams)} dreams came later and matched" + (f"; the newest has {has}" if has else "")
