"""The default dreamer: reads everything, keeps each fact once, lets the newest evidence win, invents nothing.

In five passes: read and cut into facts, gather facts into claims, settle contradictions, learn what the sessions add,
write the pages that change. What it says about its decisions has the forms of `decisions.Decision`.
"""

import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import chain, takewhile

from mockdreams.collector import collector_paused
from mockdreams.dreaming import cells, edits, insights
from mockdreams.dreaming.decisions import DETAILS_LISTED, Decision, quote
from mockdreams.dreaming.exclusions import Exclusion, LeftOut, leave_out, read_instructions, understood
from mockdreams.dreaming.facts import facts_of
from mockdreams.dreaming.languages import usual_language
from mockdreams.dreaming.markdown import introduced
from mockdreams.dreaming.merging import Claim, Claims, copies
from mockdreams.dreaming.normalized import NormalizedText
from mockdreams.dreaming.parsing import Fact, ParsedMemory, compare_titles, forms, parse
from mockdreams.dreaming.plan import Delete, DreamInputs, ReadMemory, ReadSession, Say, Step, Think, Tokens, Write
from mockdreams.dreaming.resolve import ConflictResolver
from mockdreams.dreaming.statement_groups import StatementGroups
from mockdreams.dreaming.statements import statements_of
from mockdreams.freeing import release

# Tokens: about four characters each, a little overhead for each step, and no more context than a model holds.
CHARACTERS_PER_TOKEN = 4
TOKENS_PER_STEP = 60
TOKENS_PER_CALL = 40
TOKENS_PER_THOUGHT = 120
CONTEXT_TOKENS = 200_000

# The dreamer shows a thought, and can be interrupted, after so many claims.
WORK_PER_THOUGHT = 500


def consolidate(inputs: DreamInputs) -> Iterator[Step]:
    """Plan a dream, step by step. Equal inputs make equal plans."""
    with collector_paused():
        yield from _Dream(inputs).steps()


class _Meter:
    """Counts what steps cost: new text is read once and then found in the cache with the rest of the context."""

    def __init__(self) -> None:
        self.context = 0

    def read(self, text_length: int) -> Tokens:
        new = TOKENS_PER_STEP + text_length // CHARACTERS_PER_TOKEN
        cost = Tokens(TOKENS_PER_STEP, output=TOKENS_PER_CALL, cache_read=self.context, cache_creation=new)
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
        self.limit = sys.maxsize if inputs.memory_max_bytes is None else inputs.memory_max_bytes
        self.most_memories = sys.maxsize if inputs.memories_max is None else inputs.memories_max
        said = (utterance.text for transcript in inputs.transcripts for utterance in transcript.utterances)
        self.usual = usual_language(chain((note.content for note in self.notes), said))
        self.meter = _Meter()
        self.left_out, self.not_understood = read_instructions(inputs.instructions, self._newest())
        self.memories: list[ParsedMemory] = []
        self.claims = Claims()
        self.bound: list[NormalizedText] = []
        self.copied: list[tuple[ParsedMemory, ParsedMemory]] = []
        self.dropped: list[edits.Dropped] = []
        self.corrected: list[edits.Corrected] = []
        self.spared: list[str] = []
        self.met: set[str] = set()
        self.groups = StatementGroups()
        self.settled: list[Claim] = []
        self.rewritten: set[str] = set()
        self.deleted: set[str] = set()
        self.learned = 0

    def steps(self) -> Iterator[Step]:
        yield from self._read_sessions()
        for note in self.notes:
            self.memories.append(parse(note, self.usual))
            yield ReadMemory(note.path, self.meter.read(len(note.content)))
        yield self._think()
        yield from self._pausing(self._gather_all())
        yield from self._pausing(chain(self.claims.settle(), self.groups.merge()))
        yield self._think()
        copied = {copy for _, copy in self.copied}
        filled = forms(memory for memory in self.memories if memory not in copied)
        resolver = ConflictResolver(self.claims, self.groups, self.inputs.transcripts, filled)
        yield from self._pausing(resolver.resolve())
        self.settled = list(resolver.live)
        edits.apply_all(self.settled, self.limit)
        self.corrected = cells.correct(self.memories, self.groups, self.settled, self.inputs.transcripts, self.limit)
        for memory in self.memories:
            edits.keep_containers(memory)
        yield self._think()
        yield from self._rewrite()
        yield from self._learn()
        if self.not_understood:
            missed = ", ".join(map(quote, self.not_understood))
            yield self._say(f"Of the instructions this was not understood: {missed}.")
        if idle := list(dict.fromkeys(each.sentence for each in self.left_out if each.sentence not in self.met)):
            yield self._say(f"Of the instructions this named nothing that is known: {', '.join(map(quote, idle))}.")
        self.spared += [_where(drop.text, drop.fact) for drop in self.dropped if not drop.is_gone]
        if self.spared:
            named = ", ".join(self.spared[:DETAILS_LISTED])
            yield self._say(f"Named by the instructions, and kept because it says something of others too: {named}.")
        yield self._say(self._summary())
        self.groups.forget()
        self.claims.forget()
        release(resolver.live, self.settled, self.bound)
        release(*(memory.blocks for memory in self.memories))

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
            for statement in statements_of(transcript, number, self.usual):
                self.groups.add(statement)
            length = sum(len(utterance.text) for utterance in transcript.utterances)
            yield ReadSession(transcript.session_id, self.meter.read(length))

    def _gather_all(self) -> Iterator[None]:
        """Gather what the memories say, but for what instructions exclude and for whole copies."""
        within = [one for one in self.memories if edits.size(one.content) <= self.limit]
        copied = {copy.path: (original, copy) for original, copy in copies(within)}
        for original, copy in copied.values():
            original.written_at = max(original.written_at, copy.written_at)
        originals = [memory for memory in within if memory.path not in copied]
        compare_titles(originals)
        facts = chain.from_iterable(map(facts_of, originals))
        self.left_out, missed = understood(self.left_out, facts)
        self.not_understood += missed
        for memory in originals:
            self._gather(memory)
            yield
        for original, copy in copied.values():
            if original.edits:
                self._gather(copy)
            else:
                copy.edits = dict.fromkeys(range(len(copy.blocks)))
                self.copied.append((original, copy))

    def _gather(self, memory: ParsedMemory) -> None:
        leaning: dict[int, Exclusion] = {}
        for fact in list(facts_of(memory)):
            if self.left_out and self._is_left_out(fact, leaning):
                if memory.edits.get(fact.index) is not None:
                    self.bound.append(fact.said)
            elif not self.claims.add(fact):
                self.bound.append(fact.said)

    def _is_left_out(self, fact: Fact, leaning: dict[int, Exclusion]) -> bool:
        """Leave out what instructions name of a fact, and with it what leans on it; False if nothing goes."""
        followed = leaning.get(fact.index)
        out = LeftOut(None, (fact.text,), followed) if followed else leave_out(fact, self.left_out)
        if out is None:
            return False
        self.met.add(out.why.sentence)
        if not out.gone:
            self.spared.append(_where(fact.text, fact))
            return False
        if out.text is None:
            reached = takewhile(lambda at: at not in leaning, introduced(fact.memory.blocks, fact.index))
            leaning.update(dict.fromkeys(reached, out.why))
            if fact.follower is not None:
                leaning[fact.follower.index] = out.why
        fact.memory.edits[fact.index] = out.text
        reason = f"instructions: {quote(out.why.text)}"
        self.dropped += [edits.Dropped(fact, piece, reason) for piece in out.gone]
        return True

    def _pausing(self, work: Iterator[None]) -> Iterator[Step]:
        """Do a piece of work, with a thought now and then in which others get their turn."""
        for done, _ in enumerate(work, start=1):
            if done % WORK_PER_THOUGHT == 0:
                yield self._think()

    def _rewrite(self) -> Iterator[Step]:
        told = edits.decisions(self.settled, self.dropped, self.copied, self.corrected)
        for memory in self.memories:
            for decision in told.get(memory.path, ()):
                yield self._say(decision.render())
            if not memory.edits:
                continue
            text = edits.text_of(memory)
            if not text:
                self.deleted.add(memory.path)
                yield Delete(memory.path, self.meter.write(len(memory.path)))
            elif text != memory.content:
                self.rewritten.add(memory.path)
                yield Write(memory.path, text, self.meter.write(len(text)))

    def _learn(self) -> Iterator[Step]:
        overruled = (fact.said for claim in self.settled for fact in claim.stale)
        said = [*(claim.said for claim in self.settled), *overruled, *self.bound]
        ours = (memory for memory in self.memories if memory.content.startswith(insights.TITLE))
        learned_before = (text for memory in ours for text in edits.texts_left(memory))
        lasting = [group for group in self.groups if not group.settled and group.lasts]
        if self.left_out:
            asked = {
                group: {each.sentence for each in self.left_out if insights.leaves_out(each, group)}
                for group in lasting
            }
            self.met = self.met.union(*asked.values())
            lasting = [group for group in lasting if not asked[group]]
        known = insights.Known(said, learned_before, lasting)
        lines = list(insights.insights(lasting, known, len(self.inputs.transcripts)))
        contents = {memory.path: edits.text_of(memory) for memory in self.memories if memory.path not in self.deleted}
        for path, content, learned in insights.files(lines, contents, self.limit, self.most_memories - len(contents)):
            self.learned += len(learned)
            details = tuple(_quoted_with_support(line) for line in learned)
            yield self._say(Decision("Learned", path, details).render())
            yield Write(path, content, self.meter.write(len(content)))

    def _summary(self) -> str:
        read = f"Read {_count(len(self.inputs.transcripts), 'session')} and {_count(len(self.memories), 'memory')}."
        done = f"Rewrote {len(self.rewritten)}, deleted {len(self.deleted)}, learned {_count(self.learned, 'insight')}."
        return f"{read} {done} Everything else stays word for word."


def _where(text: str, fact: Fact) -> str:
    return f"{quote(text)} in `{fact.memory.path}`"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else noun.removesuffix('y') + ('ies' if noun.endswith('y') else 's')}"


def _quoted_with_support(line: str) -> str:
    text, _, support = line.rpartition(" (in ")
    return f"{quote(text)} (in {support}"
