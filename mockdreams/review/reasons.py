"""Why a memory became what it is: the events of the dream's session that name it, or led up to writing it."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from mockdreams.review.model import Change, Reason

EVENT_TYPES = ("agent.message", "agent.tool_use", "agent.custom_tool_use", "agent.mcp_tool_use")
READERS = frozenset({"read", "glob", "grep", "view", "ls", "web_search", "web_fetch"})
"""Tools that look and change nothing."""
_CONTENT_KEYS = frozenset({"content", "file_text", "new_string", "old_string", "new_str", "old_str", "insert_text"})
_QUOTED = re.compile(r"[`'\"](/[^`'\"\n]+)[`'\"]")
_BARE = re.compile(r"(?<![\w/.`-])/[^\s`'\"<>|;,()]+")
_Numbered: TypeAlias = tuple[int, Reason]
_MOST_REASONS = 20
"""For one memory; what was said first counts."""
_LONGEST_TEXT = 2_000


def explain(changes: Iterable[Change], events: Iterable[Any], mounts: Sequence[str]) -> list[Change]:
    """The changes, each with the events that say why.

    `events` are those of the dream's session, oldest first, as any client shows them; `mounts` are the folders at
    which its agent sees the stores.
    """
    changes = list(changes)
    paths = {path for change in changes for path in change.paths}
    reasons = _by_path(events, paths, mounts)
    return [
        change if change.kind == "kept" else change.model_copy(update={"because": _merged(change, reasons)})
        for change in changes
    ]


def _merged(change: Change, reasons: dict[str, list[_Numbered]]) -> tuple[Reason, ...]:
    """The reasons of all the paths that a change is about, each once, in order."""
    found = {number: reason for path in change.paths for number, reason in reasons.get(path, ())}
    return tuple(found[number] for number in sorted(found))[:_MOST_REASONS]


def _by_path(events: Iterable[Any], paths: Collection[str], mounts: Sequence[str]) -> dict[str, list[_Numbered]]:
    reasons: dict[str, list[_Numbered]] = defaultdict(list)
    unplaced: list[tuple[int, Reason]] = []
    for number, event in enumerate(events):
        if event.type == "agent.message":
            said = "\n".join(block.text for block in event.content if block.type == "text")
            entry = number, _reason(event, said)
            named = _paths_in(said, paths, mounts)
            for path in named:
                reasons[path].append(entry)
            if said and not named:
                unplaced.append(entry)
        elif event.type in EVENT_TYPES and event.name not in READERS:
            texts = list(_operands(event.input))
            written = {path for text in texts for path in _paths_in(text, paths, mounts, whole=True)}
            for path in written:
                reasons[path] += [*unplaced, (number, _reason(event, f"{event.name} {' '.join(texts)}"))]
            unplaced = [] if written else unplaced
    return reasons


def _paths_in(text: str, paths: Collection[str], mounts: Sequence[str], *, whole: bool = False) -> set[str]:
    """The memories that a text names: by their path, quoted or bare, at a mount or not."""
    found = {match.rstrip(".:!?") for match in (*_QUOTED.findall(text), *_BARE.findall(text))}
    found |= {text} if whole else set()
    found.update([name[len(mount) :] for name in found for mount in mounts if name.startswith(f"{mount}/")])
    return {name for name in found if name in paths}


def _operands(value: Any) -> Iterator[str]:
    """The texts of a tool's input that say on what it works, not what it writes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in _CONTENT_KEYS:
                yield from _operands(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _operands(each)


def _reason(event: Any, text: str) -> Reason:
    return Reason(event_id=event.id, type=event.type, text=text[:_LONGEST_TEXT], at=event.processed_at)
