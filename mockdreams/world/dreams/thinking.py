"""Large inputs are planned, and dreams over large stores reviewed, in processes for that: a thread that thinks for
seconds holds up other worlds.

`mockdreams serve` starts each process when it is first needed. Where there is none, as in the process of a test, or
where it cannot tell, what is to be thought is thought where it is.
"""

from collections.abc import Iterable
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from mockdreams.side_process import NoAnswerError, SideProcess

if TYPE_CHECKING:
    from mockdreams.dreaming.plan import DreamInputs, Plan, Step
    from mockdreams.review.gathering import Gathered
    from mockdreams.review.model import Review

LARGE = 32 * 1024
"""Characters; to think about so many takes some 40 ms."""
LARGE_STORES = 200_000
"""Bytes; to review so many takes as long."""
_plans: SideProcess | None = None
_reviews: SideProcess | None = None


def use_process(plans: SideProcess | None, reviews: SideProcess | None = None) -> None:
    """From now on, think there about what is large; None: where it is.

    A plan may take many seconds, and reviews are not to wait that long.
    """
    global _plans, _reviews
    _plans, _reviews = plans, reviews


def plan(inputs: "DreamInputs") -> "Iterable[Step]":
    """The consolidator's plan. Equal inputs make equal plans, wherever they are made."""
    if _plans is not None and _characters(inputs) > LARGE:
        with suppress(NoAnswerError):
            return _plans.ask(_plan, inputs)
    return _plan(inputs)


def _plan(inputs: "DreamInputs") -> "Plan":
    from mockdreams.dreaming.consolidate import consolidate  # takes 40 ms, and many worlds never dream

    return tuple(consolidate(inputs))


def _characters(inputs: "DreamInputs") -> int:
    said = sum(len(each.text) for transcript in inputs.transcripts for each in transcript.utterances)
    return said + sum(len(note.content) for note in inputs.notes)


def tell_review(gathered: "Gathered") -> list[bytes]:
    """A review as JSON, in chunks."""
    memories = chain(gathered.compared.before.values(), gathered.compared.after.values())
    if _reviews is not None and sum(memory.content_size_bytes for memory in memories) > LARGE_STORES:
        with suppress(NoAnswerError):
            return _reviews.ask(_tell_review, gathered)
    return _tell_review(gathered)


def _tell_review(gathered: "Gathered") -> list[bytes]:
    from mockdreams.review.gathering import make_review
    from mockdreams.world.state.json_stream import dump_by_item

    return dump_by_item(plain(make_review(gathered)))


def plain(review: "Review") -> dict[str, Any]:
    """A review as JSON has it, change by change: Pydantic holds the interpreter for as long as a whole one takes it."""
    told: dict[str, Any] = {}
    for name in type(review).model_fields:
        value = getattr(review, name)
        told[name] = [_plain(item) for item in value] if isinstance(value, list) else value
    return told


def _plain(item: Any) -> Any:
    return item.model_dump(mode="json") if isinstance(item, BaseModel) else item
