"""What a dream made of its input store, memory by memory, and buttons that adopt it."""

from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

from mockdreams.http.board.diffs import shown
from mockdreams.http.board.page_views import Asked, FormAction, PageView, SentForm
from mockdreams.http.workspaces import Workspace
from mockdreams.review.model import KINDS, Review
from mockdreams.wire.content import TextBlock
from mockdreams.wire.dreams import Dream
from mockdreams.wire.errors import ServiceError, invalid
from mockdreams.world.schedules.records import ScheduledDream
from mockdreams.world.schedules.schedules import DECIDABLE

if TYPE_CHECKING:
    from mockdreams.scoring import Score

SHOWN = 100
KEPT = 300
AUDITED = 500
SUSPICIOUS = 20
"""Of how many memories an audit is made while a page waits, and how much of what it finds is listed."""


def show(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The changes of a dream, all or those of one kind; why there is nothing to review, if that is so."""
    dream, kind = workspace.world.dreams.retrieve(asked["dream"]), asked.text("kind")
    try:
        review = workspace.world.reviews.review(dream.id)
    except ServiceError as refused:
        return {"dream": dream, "review": None, "why": refused.message, "kind": kind}
    changes = [change for change in review.changes if kind in ("", change.kind)]
    first = asked.number("from") or 0
    return {
        "dream": dream,
        "review": review,
        "kind": kind,
        "kinds": {each: len(getattr(review, each)) for each in KINDS if each != "kept"},
        "count": sum(1 for _ in review.changes),
        "changes": changes[first : first + SHOWN],
        "more": first + SHOWN if len(changes) > first + SHOWN else None,
        "kept": review.kept[:KEPT],
        "waiting": _waiting(workspace, dream.id) is not None,
        "shown": shown,
        "audit": _audit(workspace, dream, review),
        "suspicious": SUSPICIOUS,
    }


def _audit(workspace: Workspace, dream: Dream, review: Review) -> "Score | None":
    """What became of each sentence; None for a store that a page cannot wait for, or that was its own input."""
    from mockdreams.scoring import audit  # which compares texts; few pages do

    stores = (review.input_store_id, review.output_store_id)
    shelves = [workspace.world.memory_stores.contents(id).memories for id in stores]
    if stores[0] == stores[1] or max(map(len, shelves)) > AUDITED:
        return None
    before, after = ({memory.path: memory.content for memory in shelf} for shelf in shelves)
    return audit(before, after, _said(workspace, dream))


def _said(workspace: Workspace, dream: Dream) -> Iterator[str]:
    sessions = workspace.world.session_store
    for session_id in dream.input_session_ids:
        for event in sessions.event_log(session_id).messages if session_id in sessions.table else ():
            yield from (part.text for part in getattr(event, "content", ()) if isinstance(part, TextBlock))


def adopt(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Write the change at one path, all or none of them onto the input store."""
    path, many = form.fields.get("path"), form.text("only")
    if path is None and many not in ("all", "none"):
        raise invalid("Choose one change, all or none.")
    with workspace.world.lock:
        if path is None and (run := _waiting(workspace, asked["dream"])) is not None:
            return _decide(workspace, run, many)
        done = workspace.world.reviews.adopt(asked["dream"], many if path is None else [path])
    told = [f"{_changes(len(done.written))} written, {_changes(len(done.left))} left."]
    told += [f"Conflict: {conflict.message}." for conflict in done.conflicts]
    return " ".join(told)


def _waiting(workspace: Workspace, dream_id: str) -> ScheduledDream | None:
    """The run of a schedule that waits for a decision about a dream, if one does."""
    runs = workspace.world.schedules.runs.iterate(kinds=DECIDABLE)
    return next((run for run in runs if run.dream_id == dream_id), None)


def _decide(workspace: Workspace, run: ScheduledDream, many: str) -> str:
    schedules = workspace.world.schedules
    decided = schedules.approve(run.id) if many == "all" else schedules.reject(run.id)
    return " ".join([f"The dream is {decided.status}.", *(f"Conflict: {each}." for each in decided.conflicts)])


def _changes(count: int) -> str:
    return f"{count} change{'' if count == 1 else 's'}"


def _state(workspace: Workspace, asked: Asked) -> Hashable:
    stores, dream = workspace.world.memory_stores, workspace.world.dreams.table.get(asked["dream"])
    ids = (dream.input_store_id, *(output.memory_store_id for output in dream.outputs)) if dream else ()
    revisions = tuple(stores.contents(id).versions.table.revision for id in ids if id in stores.table)
    return (dream.status if dream else None, revisions, workspace.world.schedules.runs.revision)


VIEW = PageView("/dreams/{dream}/review", "review", show, parts=("changes",), state=_state, slow=True)
ACTIONS = (FormAction("/dreams/{dream}/adopt", adopt, long=True),)
