"""Runs: what the fake keeps beside a dream until its last write has landed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import NamedTuple, Self

from mockdreams.dreaming.plan import NO_TOKENS, Dreamer, DreamInputs, Note, Plan, Tokens, Transcript, Utterance
from mockdreams.freeing import release
from mockdreams.wire import events as ev
from mockdreams.wire.content import TextBlock
from mockdreams.wire.dreams import Dream, DreamUsage
from mockdreams.wire.memory import Memory, MemoryVersion, SessionActor
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.policy import Policy
from mockdreams.world.dreams.executor import DreamTargets
from mockdreams.world.dreams.scripts import DreamScript
from mockdreams.world.memory.contents import StoreContents
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.sessions.store import SessionStore

OVERLONG_LOOK_SECONDS = 2
"""How far a look moves a dream that will not end before its runtime budget is used up: so little that the deadline of a
caller who sleeps a second between polls comes first, while a loop that never sleeps ends all the same."""
SMALL_STORE = 20
SMALL_STORE_BYTES = 20_000
SMALL_MESSAGES = 200
SMALL_TALK = 20_000
"""Memories, their bytes, messages, and their characters that a dream thinks through in a few milliseconds."""


class Timeline(NamedTuple):
    """When a dream starts, has its output store, and ends; None for what will never happen by itself."""

    starts: datetime | None
    ready: datetime | None
    ends: datetime | None
    times_out: datetime | None = None

    @property
    def milestones(self) -> tuple[datetime, ...]:
        """The moments at which a dream is worth a look."""
        half = self.ready + (self.ends - self.ready) / 2 if self.ready and self.ends else None
        ends = None if self.times_out else self.ends
        return tuple(at for at in (self.starts, self.ready, half, ends) if at is not None)

    def step(self, number: int, of: int) -> datetime:
        """When a step happens: they are spread evenly between the output being ready and the end."""
        assert self.ready is not None
        assert self.ends is not None
        return self.ready + (self.ends - self.ready) * number / (of + 1)

    @classmethod
    def of(cls, created: datetime, sessions: int, messages: int, policy: Policy, script: DreamScript | None) -> Self:
        """The timeline of a dream: it grows with the number of its `sessions`, and of the `messages` in them."""
        queue, provision = policy.dream_queue_seconds, policy.dream_provision_seconds
        total = queue + provision + policy.dream_base_seconds
        total += sessions * policy.dream_seconds_per_session + messages * policy.dream_seconds_per_message
        hang = script.hang if script is not None else None
        if script is not None and script.duration is not None:
            total = script.duration
        if queue + provision > total / 4:
            shrink = total / 4 / (queue + provision)
            queue, provision = queue * shrink, provision * shrink
        budget = policy.dream_runtime_budget_seconds
        times_out = add_seconds(created, budget) if hang is not None or total > budget else None
        if hang == "pending":
            return cls(None, None, None, times_out)
        starts = add_seconds(created, queue)
        ready = add_seconds(starts, provision)
        return cls(starts, ready, None if hang else add_seconds(created, total), times_out)


@dataclass(slots=True)
class DreamRun:
    """A dream's script, plan and place in it."""

    timeline: Timeline
    script: DreamScript | None = None
    dreamer: Dreamer | None = None
    inputs: DreamInputs | None = None
    """What it reads, until its session is open."""
    plan: Plan = ()
    position: int = 0
    tokens: Tokens = NO_TOKENS
    targets: DreamTargets | None = None
    winds_down: datetime | None = None
    """When the last write of a canceled dream lands."""

    def milestone(self, now: datetime) -> datetime | None:
        """The next moment that is worth a look."""
        times_out = self.timeline.times_out
        later = min(add_seconds(now, OVERLONG_LOOK_SECONDS), times_out) if times_out is not None else None
        return self.winds_down or next((at for at in self.timeline.milestones if at > now), later)

    @property
    def fails_at(self) -> datetime | None:
        """When the script fails the dream: with the clone, somewhere on the way, or after the last write."""
        if self.script is None or self.script.fail is None:
            return None
        assert self.timeline.ready is not None
        assert self.timeline.ends is not None
        return self.timeline.ready + (self.timeline.ends - self.timeline.ready) * self.script.at

    def forget_inputs(self) -> None:
        """What was read is needed no more: it is as large as the store and the sessions."""
        if self.inputs is not None:
            read = [*self.inputs.notes, *chain(*(each.utterances for each in self.inputs.transcripts))]
            self.inputs = None
            release(read)

    def usage(self) -> DreamUsage:
        return DreamUsage.unchecked(
            input_tokens=self.tokens.input,
            output_tokens=self.tokens.output,
            cache_read_input_tokens=self.tokens.cache_read,
            cache_creation_input_tokens=self.tokens.cache_creation,
        )


def is_large(shelf: StoreContents, sessions: SessionStore, read: Sequence[str], messages: int) -> bool:
    """Whether what a dream has to read, as it stands now, may take it more than a few milliseconds to think through:
    a store and the `messages` of the sessions that it reads."""
    return (
        len(shelf.memories) > SMALL_STORE
        or shelf.size > SMALL_STORE_BYTES
        or messages > SMALL_MESSAGES
        or sessions.characters(read) > SMALL_TALK
    )


def session_writers(shelf: StoreContents) -> frozenset[str]:
    """The sessions that wrote what is in a store."""
    versions = (version for memory in shelf.memories for version in shelf.versions.newest(memory.id))
    return frozenset(filter(None, map(_writer, versions)))


def _writer(version: MemoryVersion) -> str | None:
    """The session that wrote a version, if one did."""
    actor = version.created_by
    return actor.session_id if isinstance(actor, SessionActor) else None


def snapshot_inputs(
    dream: Dream, memory_stores: MemoryStores, sessions: SessionStore, policy: Policy, dreaming: frozenset[str]
) -> DreamInputs:
    """What a dream reads, as it stands now, and what its store takes. `dreaming` are the sessions of
    dreams among those that wrote in the store."""
    shelf = memory_stores.contents(dream.input_store_id)
    transcripts = (
        Transcript(session.id, session.created_at, tuple(_utterances(sessions.event_log(session.id).messages)))
        for session in map(sessions.retrieve, dream.input_session_ids)
    )
    return DreamInputs(
        notes=tuple(_notes(shelf, dreaming)),
        transcripts=tuple(sorted(transcripts, key=lambda t: (t.started_at, t.session_id))),
        instructions=dream.instructions,
        model=dream.model.id,
        memory_max_bytes=policy.memory_max_bytes,
        memories_max=policy.memories_per_store,
    )


def _notes(shelf: StoreContents, dreaming: frozenset[str]) -> Iterator[Note]:
    """The memories of a store. What a dream has copied or tidied up has not been stated anew by that.

    Such a memory is as old as what somebody else wrote there last. If a dream made it, it is as old as all else that
    the dream made, so that the order of its writes does not make one statement newer than another.
    """
    made: dict[str, datetime] = {}
    written: list[tuple[Memory, str | None, datetime]] = []
    for memory in shelf.memories:
        writer, at = None, memory.updated_at
        for version in reversed(shelf.versions.newest(memory.id)):
            writer, at = _writer(version), version.created_at
            if writer not in dreaming:
                writer = None
                break
        if writer is not None:
            made[writer] = min(made.get(writer, at), at)
        written.append((memory, writer, at))
    for memory, writer, at in written:
        yield Note(memory.path, memory.content, at if writer is None else made[writer])


def _utterances(messages: Iterable[ev.Event]) -> Iterator[Utterance]:
    """What was said in a session, as a dream reads it: the text of messages, without tools and thoughts."""
    for event in messages:
        assert isinstance(event, ev.UserMessage | ev.AgentMessage)
        assert event.processed_at is not None
        said = "\n".join(block.text for block in event.content if isinstance(block, TextBlock))
        if said:
            yield Utterance("user" if isinstance(event, ev.UserMessage) else "agent", said, event.processed_at)
