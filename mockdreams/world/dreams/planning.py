"""Plans of large inputs are made in a process of their own: a thread that thinks for seconds holds up other worlds.

`mockdreams serve` starts the process with the first large dream. Where there is none, as in the process of a test, or
where it cannot tell, a dream is planned where it is.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from mockdreams.side_process import NoAnswerError, SideProcess

if TYPE_CHECKING:
    from mockdreams.dreaming.plan import DreamInputs, Plan, Step

LARGE = 32 * 1024
"""Characters; to think about so many takes some 40 ms."""
_process: SideProcess | None = None


def use_process(process: SideProcess | None) -> None:
    """From now on, plan large dreams there; None: where they are."""
    global _process
    _process = process


def plan(inputs: "DreamInputs") -> "Iterable[Step]":
    """The consolidator's plan. Equal inputs make equal plans, wherever they are made."""
    if _process is not None and _characters(inputs) > LARGE:
        with suppress(NoAnswerError):
            return _process.ask(_plan, inputs)
    return _plan(inputs)


def _plan(inputs: "DreamInputs") -> "Plan":
    from mockdreams.dreaming.consolidate import consolidate  # takes 40 ms, and many worlds never dream

    return tuple(consolidate(inputs))


def _characters(inputs: "DreamInputs") -> int:
    said = sum(len(each.text) for transcript in inputs.transcripts for each in transcript.utterances)
    return said + sum(len(note.content) for note in inputs.notes)
