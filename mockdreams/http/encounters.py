"""What the caller of a workspace has met: outcomes, errors, statuses, hints, states of streams, refusals by their rule.

Noted as it happens, because the journal forgets and a reset empties the world. Names only, of a bounded number.
"""

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mockdreams.http.body_process import LARGE_BYTES
from mockdreams.http.path_shape import LONGEST_PATH, path_shape
from mockdreams.world.world import World

if TYPE_CHECKING:
    from mockdreams.http.faults import Fault

MOST = 2_000
"""Names that one group keeps."""
STREAM_FAULTS = (
    "cut_after_events",
    "end_after_events",
    "stall_after_events",
    "lose",
    "repeat",
    "swap",
    "insert",
    "event_delay",
)
HINTS: dict[str, str] = {
    "a beta header is missing": "the request lacks the header",
    "nothing is served at a path": "nothing is served at",
    "a path has another method": "this path answers",
    "an id of the wrong kind": " is wanted here ",
    "an id of another key's world": "exists in the world of another API key",
    "polling while the clock stands still": "while the clock stands still",
    "sleeping in wall time": "of wall time: virtual_sleep",
    "a filter that begins after now": "the filter begins at",
    "the organization is not enrolled": "the organization is not enrolled",
}
"""The kinds of hints, and how each begins or what is in it."""
PARTS: dict[str, str] = {
    "dream": "/v1/dreams",
    "store": "/v1/memory_stores",
    "memory": "/v1/memory_stores",
    "agent": "/v1/agents",
    "environment": "/v1/environments",
    "work": "/v1/environments",
    "deployment": "/v1/deployment",
    "session": "/v1/sessions",
    "events": "/v1/sessions",
    "resource": "/v1/sessions",
    "outcome": "/v1/sessions",
    "thread": "/v1/sessions",
    "stream": "/v1/sessions",
    "vault": "/v1/vaults",
    "credential": "/v1/vaults",
    "file": "/v1/files",
    "skill": "/v1/skills",
    "message": "/v1/messages",
    "model": "/v1/models",
}
"""What the first word of a rule's id says of the paths that it is about; of other words it is about all."""


class Encounters:
    """Names by group."""

    def __init__(self) -> None:
        self._names: dict[str, set[str]] = {}

    def note(self, group: str, name: str) -> None:
        names = self._names.get(group)
        if names is None:
            names = self._names[group] = set()
        if name not in names and len(names) < MOST:
            names.add(name)

    def note_answer(self, method: str, path: str, status: int | None, body: bytes, hint: str | None) -> None:
        """An answer left, or (without a status) none."""
        end = path.find("/", path.find("/", 1) + 1)
        self.note("parts", path[: LONGEST_PATH if end < 1 else min(end, LONGEST_PATH)])
        if status is None or status >= 400:
            what = "no answer" if status is None else str(status)
            self.note("calls", f"{what} on {method} {path_shape(path)}")
            self.note("statuses", what)
            if len(body) <= LARGE_BYTES:  # no answer of the service's own is larger
                with suppress(ValueError, LookupError, TypeError, RecursionError):
                    self.note("error types", str(json.loads(body)["error"]["type"])[:80])
        if hint:
            for kind, words in HINTS.items():
                if words in hint:
                    self.note("hints", kind)

    def note_refusal(self, path: str, rules: str) -> None:
        """A request to `path` was refused by a part of the code that keeps `rules`: those that may be about it."""
        for rule in rules.split():
            if path.startswith(PARTS.get(rule.partition("-")[0], "/")):
                self.note("rules", rule)

    def note_stream(self, fault: "Fault | None") -> None:
        """A stream was opened."""
        if fault is None or not (fault.edits_stream or fault.lag):
            self.note("streams", "as it should be")
            return
        if fault.drop == "during":
            self.note("streams", "drop")
        for name in (*STREAM_FAULTS, "lag"):
            if getattr(fault, name) not in (None, [], {}):
                self.note("streams", name)

    def note_world(self, world: World) -> None:
        """What became of the dreams and of the sessions of a world."""
        with world.lock:
            for dream in world.dreams.table.iterate(hidden=True) if world.has("dreams") else ():
                self.note("dreams", dream.status)
                if dream.error is not None:
                    self.note("dream errors", dream.error.type)
            for session in world.session_store.table.iterate(hidden=True) if world.has("session_store") else ():
                self._note_events(world.session_store.event_log(session.id).emitted)

    def _note_events(self, emitted: Iterable[Any]) -> None:
        from mockdreams.wire.events import (
            OutcomeEvaluationEnd,
            SessionError,
            StatusIdle,
            StatusRescheduled,
            StatusTerminated,
        )

        for event in emitted:
            match event:
                case StatusIdle():
                    self.note("sessions", event.stop_reason.type)
                case StatusRescheduled():
                    self.note("sessions", "rescheduled")
                case StatusTerminated():
                    self.note("sessions", "terminated")
                case SessionError():
                    self.note("session errors", str(event.error.get("type")))
                case OutcomeEvaluationEnd():
                    self.note("outcomes", event.result)

    def restore(self, saved: dict[str, list[str]]) -> None:
        """Have met what `state` told."""
        self._names = {group: set(names) for group, names in saved.items()}

    def state(self) -> dict[str, list[str]]:
        return {group: sorted(names) for group, names in sorted(self._names.items())}
