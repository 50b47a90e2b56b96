"""Documents of earlier formats, made into one of today's, a number at a time."""

from collections.abc import Callable
from typing import Any

FORMAT = 3


def _function(name: str) -> dict[str, str]:
    return {"$": "function", "name": name}


def _empty_table(number: int, shown: str, kind: str | None = None) -> dict[str, Any]:
    """A table as a document has it; a negative `number` is none of the document's own."""
    functions = {"shown": _function(shown), "kind": kind and _function(kind)}
    return {"$": "table", "$id": number, **functions, "rows": [], "next_place": 1, "last_time": None}


_SERIES = {"tuple", "set", "frozenset", "deque"}
_FORMAT_1_FUNCTIONS = {
    "world.tables.everything": "everything",
    "world.tables.status": "status",
    "world.tables.unarchived": "unarchived",
    "world.sessions.unterminated": "unterminated",
    "world.world._consolidate": "consolidate",
    "dreaming.consolidate.consolidate": "consolidate at once",
}
_FORMAT_1_STATE = {
    "world.desks.Desk": "session_state",
    "world.desks.Seat": "thread_state",
    "world.desks.Goal": "outcome_progress",
    "answering.hearing.Done": "tool_result",
    "answering.grader.Verdict": "verdict",
    "world.transcripts.Transcript": "event_log",
    "world.tables.Table": "table",
    "world.memories.Shelf": "store_contents",
    "world.memory_versions.MemoryVersions": "memory_versions",
    "world.paths.Paths": "path_index",
    "world.pipeline.Pipeline": "dream_targets",
    "world.runs.Run": "dream_run",
    "world.runs.Timeline": "dream_schedule",
    "world.scripts.Scripts": "dream_scripts",
    "dreaming.plan.Tokens": "tokens",
    "dreaming.plan.Note": "input_memory",
    "dreaming.plan.Utterance": "message",
    "dreaming.plan.Transcript": "transcript",
    "dreaming.plan.DreamInputs": "dream_inputs",
    "dreaming.plan.ReadMemory": "step.read_memory",
    "dreaming.plan.ReadSession": "step.read_session",
    "dreaming.plan.Think": "step.think",
    "dreaming.plan.Say": "step.say",
    "dreaming.plan.Write": "step.write",
    "dreaming.plan.Delete": "step.delete",
    "dreaming.plan.Spend": "step.spend",
}
_FORMAT_1_TUPLES = {
    "dream_schedule": ("starts", "ready", "ends", "times_out"),
    "tokens": ("input", "output", "cache_read", "cache_creation"),
    "verdict": ("result", "explanation", "missing"),
}
_FORMAT_1_LATER_FIELDS: dict[str, dict[str, Any]] = {"dream_inputs": {"memory_max_bytes": None, "memories_max": None}}
"""What the first snapshots of the format did not have yet."""
_FORMAT_1_HOLDERS: dict[str, dict[str, str]] = {
    "agents": {},
    "environments": {},
    "memory_stores": {"_shelves": "contents"},
    "session_scripts": {},
    "sessions": {"_desks": "states", "_seats": "threads"},
    "dreams": {"unready": "planning", "_owners": "sessions"},
}
_FORMAT_1_FIELDS: dict[str, dict[str, str]] = {
    "session_state": {
        "seats": "threads",
        "threads": "thread_records",
        "active": "active_seconds",
        "turns": "scripted_turns",
        "verdicts": "scripted_verdicts",
        "goal": "outcome",
    },
    "thread_state": {
        "transcript": "log",
        "awaits": "scheduled_task",
        "round": "pending_actions",
        "ids": "pending_event_ids",
        "held": "waiting_for_results",
        "heard": "turn_messages",
        "done": "turn_tool_results",
        "said": "turn_text",
        "active": "active_seconds",
        "fresh": "unread_chars",
        "context": "context_tokens",
    },
    "outcome_progress": {"delivered": "graded_text"},
    "memory_versions": {"_aging": "expiring"},
    "dream_run": {"timeline": "schedule", "pipeline": "targets"},
}
"""Fields that have another name now; a leading underscore is left out of the others."""
_FORMAT_2_LATER_HOLDERS: dict[str, dict[str, Any]] = {
    "messages": {"waiting": []},
    "files": {
        "table": _empty_table(-1, "everything", "file scope"),
        "digests": {},
        "expiring": [],
        "stored_bytes": 0,
    },
    "blobs": {"contents": {}, "uses": {}},
    "session_outputs": {"written": {}, "listed": {}, "due": {}},
    "vaults": {
        "table": _empty_table(-11, "unarchived"),
        "credentials": {},
    },
    "credential_scripts": {"waiting": []},
    "webhooks": {"minted": 0, "events": 0, "endpoints": {}, "open": {}, "attempts": {"$": "deque", "items": []}},
    "skills": {
        "table": _empty_table(-12, "everything"),
        "versions": {},
        "files": {},
    },
    "deployments": {"table": _empty_table(-21, "unarchived", "status"), "awaited": {}},
    "deployment_runs": {"table": _empty_table(-22, "everything", "deployment")},
    "work": {"table": _empty_table(-23, "everything", "environment"), "leases": {}, "pollers": {}},
    "worker_credentials": {"keys": {}, "item_tokens": {}},
    "schedules": {"table": _empty_table(-121, "everything"), "runs": _empty_table(-122, "everything", "status")},
}
"""Parts of a world that format 2 did not have, and what they hold where they are new."""
_FORMAT_2_LATER_FIELDS: dict[str, dict[str, Any]] = {
    "session_state": {
        "interrupt_due": None,
        "repeated_turn": {"$": "tuple", "items": []},
        "repeats_left": 0,
    },
    "thread_state": {"heard": 0, "paused": False, "held_calls": {}, "worker_calls": {"$": "set", "items": []}},
    "dream_scripts": {"taken_by": {}},
    "act.UseTool": {"reason_code": None},
    "act.UseMcpTool": {"reason_code": None},
}
"""What objects of format 2 did not have yet, and what it is where it is new."""
_TOKENS = ("input_tokens", "output_tokens", "cache_read_input_tokens")
_FORMAT_1_RECORDS = ("wire.", "world.scripts.", "world.session_scripts.")


def migrated(document: dict[str, Any]) -> dict[str, Any]:
    """The document in today's format. Raises ValueError, KeyError or TypeError for one that no migration reads."""
    number = document["mockdreams"]
    while number != FORMAT:
        document = _MIGRATIONS[number](document)
        number = document["mockdreams"]
    return document


def _from_1(document: dict[str, Any]) -> dict[str, Any]:
    """Format 1 had the paths of classes for names, private attributes for fields, and no text table."""
    holders = {name: _renamed(document[name], fields) for name, fields in _FORMAT_1_HOLDERS.items()}
    return {**document, "mockdreams": 2, "texts": [], **holders}


def _from_2(document: dict[str, Any]) -> dict[str, Any]:
    """Format 2 had fewer parts, and fewer fields, and said of a session's script how often it is left."""
    later = _with_later_fields(document)
    waiting = [_with_uses(entry) for entry in later["session_scripts"]["waiting"]]
    return {**later, "mockdreams": 3, **_FORMAT_2_LATER_HOLDERS, "session_scripts": {"waiting": waiting}}


def _with_uses(entry: dict[str, Any]) -> dict[str, Any]:
    """A script and how often it has been used, of a script and how often it is left."""
    script, left = entry["items"]
    return {**entry, "items": [script, script.get("times", 1) - left]}


def _with_later_fields(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_later_fields(item) for item in value]
    if not isinstance(value, dict):
        return value
    later = _FORMAT_2_LATER_FIELDS.get(value.get("$", ""), {})
    now = {**later, **{key: _with_later_fields(item) for key, item in value.items()}}
    if value.get("$") == "SessionUsage" and not any(value[kind] for kind in _TOKENS):
        now["cache_creation"] = None  # what a session that has used nothing says since then
    return now


def _renamed(parts: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key.lstrip("_")): _value(part) for key, part in parts.items()}


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("$")
    if kind is None or kind == "time":
        return {key: _value(item) for key, item in value.items()}
    if kind == "map" or kind in _SERIES:
        return {"$": kind, "items": _value(value["items"])}
    if kind == "again":
        return {**value, "$": "ref"}
    if kind == "function":
        return _function(_FORMAT_1_FUNCTIONS[value["name"]])
    return _object(kind, value)


def _object(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    name = _FORMAT_1_STATE.get(kind)
    if name is None:
        return {key: _value(part) for key, part in value.items()} | {"$": _record_name(kind)}
    if name in _FORMAT_1_TUPLES:
        return {"$": name} | dict(zip(_FORMAT_1_TUPLES[name], _value(value["items"]), strict=True))
    own = {key: part for key, part in value.items() if key not in ("$", "$id", "world", "_world")}
    made = {**_FORMAT_1_LATER_FIELDS.get(name, {}), **_renamed(own, _FORMAT_1_FIELDS.get(name, {})), "$": name}
    if name == "thread_state":
        made["scheduled_task"] = made["scheduled_task"] or None
    return {**made, "$id": value["$id"]} if "$id" in value else made


def _record_name(kind: str) -> str:
    module, _, name = kind.rpartition(".")
    if module == "answering.acts":
        return f"act.{name}"
    if not kind.startswith(_FORMAT_1_RECORDS):
        raise ValueError(f"no shape is called {kind[:80]!r}")
    return name


_MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _from_1, 2: _from_2}
