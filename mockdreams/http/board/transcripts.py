"""A session's events as rows that people can read."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from mockdreams.wire import events as ev
from mockdreams.wire.content import TextBlock
from mockdreams.world.sessions.event_log import EventLog

SHOWN = 300
"""Rows of a page; older ones are behind a link."""
_VERBS = {"read": "reads", "write": "writes", "edit": "edits", "bash": "runs", "glob": "looks for", "grep": "searches"}
_ERRANDS = ("file_path", "path", "command", "pattern", "query", "url")


class EventRow(NamedTuple):
    """One event: when, what kind of thing (which decides its colour), a few words, and the text if there is any."""

    at: datetime | None
    kind: str
    words: str
    text: str
    id: str


def rows_after(log: EventLog, after: int) -> tuple[list[EventRow], int]:
    """The rows of the events after the number `after`, and the number of the newest."""
    emitted = log.emitted
    return list(rows_of(islice(emitted, after, None))), len(emitted)


def newest_rows(log: EventLog, limit: int = SHOWN) -> tuple[list[EventRow], int]:
    """The newest rows, and how many events there are before them."""
    first = max(0, len(log.emitted) - limit)
    return rows_after(log, first)[0], first


def rows_of(events: Iterable[ev.Event]) -> Iterable[EventRow]:
    return (_row(event) for event in events if not isinstance(event, ev.ModelRequestStart))


def _row(event: ev.Event) -> EventRow:
    kind, words, text = _told(event)
    return EventRow(event.processed_at, kind, words, text, event.id)


def _told(event: ev.Event) -> tuple[str, str, str]:
    match event:
        case ev.UserMessage():
            return "said", "user", _texts(event.content)
        case ev.AgentMessage():
            return "said", "agent", _texts(event.content)
        case ev.AgentThinking():
            return "thought", "thinks", ""
        case ev.ToolUse() | ev.McpToolUse() | ev.CustomToolUse():
            return _tool(event.name, event.input)
        case ev.ToolResult() | ev.McpToolResult() | ev.CustomToolResult() | ev.UserToolResult():
            kind, words = ("failed", "error") if event.is_error else ("result", "")
            return kind, words, _texts(event.content)
        case ev.ModelRequestEnd():
            return "tokens", _tokens(event.model_usage), ""
        case ev.SessionError():
            return "failed", str(event.error.get("type")), str(event.error.get("message", ""))
        case ev.StatusIdle() | ev.ThreadStatusIdle():
            return "state", f"{event.type} ({event.stop_reason.type})", ""
        case ev.ThreadMessageSent():
            return "said", f"to {event.to_agent_name or 'a thread'}", _texts(event.content)
        case ev.ThreadMessageReceived():
            return "said", f"from {event.from_agent_name or 'a thread'}", _texts(event.content)
        case ev.OutcomeEvaluationEnd():
            return "state", f"outcome: {event.result}", event.explanation
        case ev.DefineOutcome():
            return "said", "outcome", event.description
    return "state", event.type, ""


def _tool(name: str, sent: dict[str, Any]) -> tuple[str, str, str]:
    errand = next((str(sent[key]) for key in _ERRANDS if sent.get(key)), "")
    kind = "write" if name in ("write", "edit") else "read" if name in ("read", "glob", "grep") else "tool"
    text = sent.get("content") or sent.get("new_string") or ""
    return kind, f"{_VERBS.get(name, name)} {errand}".strip(), str(text)


def _texts(content: Iterable[Any]) -> str:
    return "\n".join(block.text if isinstance(block, TextBlock) else f"[{block.type}]" for block in content)


def _tokens(usage: ev.ModelUsage) -> str:
    counts = {
        "in": usage.input_tokens,
        "out": usage.output_tokens,
        "cache read": usage.cache_read_input_tokens,
        "cache write": usage.cache_creation_input_tokens,
    }
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "no tokens"
