"""The default dreamer: reads everything, keeps each fact once, lets the newest evidence win, invents nothing.

In five passes: read and cut into facts, gather facts into claims, settle contradictions, learn what the sessions add,
write the pages that change. What it says about its decisions has the forms of `decisions.Decision`.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from mockdreams.dreaming import edits, insights
from mockdreams.dreaming.claims import Claims, Voices
from mockdreams.dreaming.conflicts import Claim
from mockdreams.dreaming.decisions import Decision, quote
from mockdreams.dreaming.facts import Page, facts_of, open_page
from mockdreams.dreaming.ignore import Topic, topics
from mockdreams.dreaming.plan import Delete, DreamInputs, ReadMemory, ReadSession, Say, Step, Think, Tokens, Write
from mockdreams.dreaming.release import release
from mockdreams.dreaming.settle import Court
from mockdreams.dreaming.statements import statements_of

# Tokens: about four characters each, a little overhead for each step, and no more context than a model holds.
CHARACTERS_PER_TOKEN = 4
TOKENS_PER_STEP = 60
TOKENS_PER_THOUGHT = 120
CONTEXT_TOKENS = 200_000

# The dreamer shows a thought, and can be interrupted, after so many claims.
WORK_PER_THOUGHT = 500


def consolidate(inputs: DreamInputs) -> Iterator[Step]:
    """Plan a dream, step by step. Equal inputs make equal plans."""
    return _Dream(inputs).steps()


class _Meter:
    """Counts what steps cost: new text is read once and then found in the cache with the rest of the context."""

    def __init__(self) -> None:
        self.context = 0

    def read(self, text_length: int) -> Tokens:
        new = TOKENS_PER_STEP + text_length // CHARACTERS_PER_TOKEN
        cost = Tokens(input=TOKENS_PER_STEP, cache_read=self.context, cache_creation=new)
        self.context = min(self.context + new, CONTEXT_TOKENS)
        return cost

    def write(self, text_length: int) -> Tokens:
        new = TOKENS_PER_STEP + text_length // CHARACTERS_PER_TOKEN
        cost = Tokens(input=TOKENS_PER_STEP, output=new, cache_read=self.context)
        self.context = min(self.context + new, CONTEXT_TOKENS)
        return cost


class _Dream:
    def __init__(self, inputs: DreamInputs) -> None:
        self.inputs = inputs
        self.notes = sorted(inputs.notes, key=lambda note: note.path)
        self.meter = _Meter()
        self.left_out: tuple[Topic, ...] = topics(inputs.instructions, self._newest())
        self.pages: list[Page] = []
        self.claims = Claims()
        self.dropped: list[edits.Dropped] = []
        self.voices = Voices()
        self.settled: list[Claim] = []
        self.rewritten: set[str] = set()
        self.deleted: set[str] = set()
        self.learned = 0

    def steps(self) -> Iterator[Step]:
        yield from self._read_sessions()
        yield from self._read_memories()
        yield self._think()
        yield from self._pausing(chain(self.claims.merge_near(), self.voices.merge_recurring()))
        yield self._think()
        court = Court(self.claims, self.voices, self.inputs.transcripts)
        yield from self._pausing(court.sit())
        self.settled = list(court.live)
        for claim in self.settled:
            edits.apply(claim, self.inputs.memory_max_bytes)
        for page in self.pages:
            edits.keep_containers(page)
        yield self._think()
        yield from self._rewrite()
        yield from self._learn()
        yield self._say(self._summary())
        release(court.live, self.settled, self.claims.by_key, self.voices.by_key, self.pages)

    def _newest(self) -> datetime | None:
        times = [note.written_at for note in self.inputs.notes]
        times += [utterance.at for transcript in self.inputs.transcripts for utterance in transcript.utterances]
        return max(times, default=None)

    def _think(self) -> Think:
        return Think(self.meter.write(TOKENS_PER_THOUGHT * CHARACTERS_PER_TOKEN))

    def _say(self, text: str) -> Say:
        return Say(text, self.meter.write(len(text)))

    def _read_sessions(self) -> Iterator[Step]:
        for number, transcript in enumerate(self.inputs.transcripts):
            for statement in statements_of(transcript, number):
                self.voices.add(statement)
            length = sum(len(utterance.text) for utterance in transcript.utterances)
            yield ReadSession(transcript.session_id, self.meter.read(length))

    def _read_memories(self) -> Iterator[Step]:
        for note in self.notes:
            page = open_page(note)
            self.pages.append(page)
            for fact in facts_of(page) if self._writable(page) else ():
                topic = next((topic for topic in self.left_out if topic.covers(fact)), None)
                if topic is not None:
                    page.edits[fact.index] = None
                    self.dropped.append(edits.Dropped(fact, f"instructions: {quote(topic.text)}"))
                else:
                    self.claims.add(fact)
            yield ReadMemory(note.path, self.meter.read(len(note.content)))

    def _writable(self, page: Page) -> bool:
        """Whether a page may be written again; one that is larger than a memory may be now is left as it is."""
        most = self.inputs.memory_max_bytes
        return most is None or edits.size(page.content) <= most

    def _pausing(self, work: Iterator[None]) -> Iterator[Step]:
        """Do a piece of work, with a thought now and then in which others get their turn."""
        for done, _ in enumerate(work, start=1):
            if done % WORK_PER_THOUGHT == 0:
                yield self._think()

    def _rewrite(self) -> Iterator[Step]:
        told = edits.decisions(self.settled, self.dropped)
        for page in self.pages:
            for decision in told.get(page.path, ()):
                yield self._say(decision.render())
            if not page.edits:
                continue
            text = edits.text_of(page)
            if not text:
                self.deleted.add(page.path)
                yield Delete(page.path, self.meter.write(len(page.path)))
            elif text != page.content:
                self.rewritten.add(page.path)
                yield Write(page.path, text, self.meter.write(len(text)))

    def _learn(self) -> Iterator[Step]:
        known = insights.Known(self.settled)
        lines = list(insights.insights(self.voices, known, self.left_out, len(self.inputs.transcripts)))
        contents = {page.path: edits.text_of(page) for page in self.pages if page.path not in self.deleted}
        for path, content, learned in insights.files(lines, contents, *self._room(len(contents))):
            self.learned += len(learned)
            details = tuple(_quoted_with_support(line) for line in learned)
            yield self._say(Decision("Learned", path, details).render())
            yield Write(path, content, self.meter.write(len(content)))

    def _room(self, memories: int) -> tuple[int, int]:
        """How many bytes a memory may have, and how many memories can be added to those that are there."""
        most, memories_max = self.inputs.memory_max_bytes, self.inputs.memories_max
        return sys.maxsize if most is None else most, sys.maxsize if memories_max is None else memories_max - memories

    def _summary(self) -> str:
        read = f"Read {_count(len(self.inputs.transcripts), 'session')} and {_count(len(self.pages), 'memory')}."
        done = f"Rewrote {len(self.rewritten)}, deleted {len(self.deleted)}, learned {_count(self.learned, 'insight')}."
        return f"{read} {done} Everything else stays word for word."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun.removesuffix('y') + ('ies' if noun.endswith('y') else 's')}"


def _quoted_with_support(line: str) -> str:
    text, _, support = line.rpartition(" (in ")
    return f"{quote(text)} (in {support}"
