"""Whether each change can be adopted, is adopted, or conflicts with what the input store is now. Pure functions."""

from collections.abc import Iterable, Mapping

from mockdreams.review.model import Change, Conflict, Source

Hashes = Mapping[str, str]
"""The content hash of each memory that the input store has now, by its path."""


def with_state(change: Change, now: Hashes) -> Change:
    """The change, as it stands to the input store `now`."""
    if change.kind == "kept":
        return change
    if is_adopted(change, now):
        return change.model_copy(update={"state": "adopted", "conflict": None})
    conflict = find_conflict(change, now)
    state = "open" if conflict is None else "conflict"
    return change.model_copy(update={"state": state, "conflict": conflict})


def is_adopted(change: Change, now: Hashes) -> bool:
    """Whether the store has what the dream made of it, and no more what that was made of."""
    return is_written(change, now) and not any(source.path in now for source in leaving(change))


def is_written(change: Change, now: Hashes) -> bool:
    """Whether the memory at the change's own path is as the dream left it."""
    return now.get(change.path) == change.content_sha256


def leaving(change: Change) -> Iterable[Source]:
    """The sources that are not there any more once the change is adopted."""
    return (source for source in change.sources if source.path != change.path)


def find_conflict(change: Change, now: Hashes) -> Conflict | None:
    """What in the store is in the way of a change that is not adopted."""
    written = is_written(change, now)
    for source in change.sources:
        found = now.get(source.path)
        if written and (source.path == change.path or found is None):
            continue
        if found is None:
            return _conflict(change, source.path, "was deleted or moved since the dream read it")
        if found != source.content_sha256:
            return _conflict(change, source.path, "was changed since the dream read it")
    own = any(source.path == change.path for source in change.sources)
    if not written and not own and change.path in now:
        return _conflict(change, change.path, "was created since the dream began")
    return None


def _conflict(change: Change, memory_path: str, what: str) -> Conflict:
    return Conflict(path=change.path, memory_path=memory_path, message=f"{memory_path} {what}")
