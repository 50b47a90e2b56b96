"""Plans of large inputs are made in a process of their own: a thread that thinks for seconds holds up other worlds.

`mockdreams serve` starts the process with the first large dream. Where there is none, as in the process of a test, or
where it cannot tell, a dream is planned where it is.
"""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from mockdreams.side_process import NoAnswerError, SideProcess

if TYPE_CHECKING:
    from mockdreams.dreaming.plan import DreamInputs, Note, Plan, Step, Transcript, Utterance

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
            return _process.ask(_plan_parts, replace(inputs, notes=(), transcripts=()), parts=_parts(inputs))
    return _plan(inputs)


def _parts(inputs: "DreamInputs") -> "Iterator[Note | Transcript | Utterance]":
    """Each memory, and each session followed by what was said in it."""
    yield from inputs.notes
    for transcript in inputs.transcripts:
        yield replace(transcript, utterances=())
        yield from transcript.utterances


def _plan_parts(inputs: "DreamInputs", parts: "list[Note | Transcript | Utterance]") -> "Plan":
    from mockdreams.dreaming.plan import Note, Transcript, Utterance

    notes = tuple(each for each in parts if isinstance(each, Note))
    said: list[tuple[Transcript, list[Utterance]]] = []
    for each in parts:
        if isinstance(each, Transcript):
            said.append((each, []))
        elif isinstance(each, Utterance):
            said[-1][1].append(each)
    transcripts = tuple(replace(transcript, utterances=tuple(words)) for transcript, words in said)
    return _plan(replace(inputs, notes=notes, transcripts=transcripts))


def _plan(inputs: "DreamInputs") -> "Plan":
    from mockdreams.dreaming.consolidate import consolidate  # takes 40 ms, and many worlds never dream

    return tuple(consolidate(inputs))


def _characters(inputs: "DreamInputs") -> int:
    said = sum(len(each.text) for transcript in inputs.transcripts for each in transcript.utterances)
    return said + sum(len(note.content) for note in inputs.notes)
