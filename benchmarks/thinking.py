"""What thinking costs: the consolidator on synthetic stores and transcripts."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

from benchmarks.options import Options
from benchmarks.report import Row, Table
from mockdreams.dreaming.consolidate import consolidate
from mockdreams.dreaming.plan import DreamInputs, Note, Transcript, Utterance

SIZES = (200, 1000, 2000)
NOTE_BYTES = 1000
SESSIONS, UTTERANCES = 100, 200
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SYLLABLES = [first + second for first in "bdfgklmnprst" for second in "aeio"]
NAMES = ["".join(parts) for parts in product(SYLLABLES, repeat=3)]
THINGS = "service database queue cluster bucket pipeline dashboard module endpoint worker cache library".split()
SAYINGS = (
    "The {name} {thing} listens on port {number}.",
    "Team {other} owns the {name} {thing}.",
    "The {name} {thing} stores its {other} records for {number} days.",
    "We deploy the {name} {thing} on Tuesdays with the {other} script.",
    "{name} prefers tabs over spaces in the {other} {thing}.",
    "Always run the {other} checks before releasing the {name} {thing}.",
)
CHATTER = (
    "Could you look at the {name} {thing} for me?",
    "I am looking at the {name} {thing} and the {other} one, line {number}.",
    "Thanks, that looks good.",
    "Why did the {name} {thing} fail at {number}?",
    "Let's try {other} again and see what {third} says.",
    "The tests of {name} pass here, the ones of {other} do not.",
)
NEWS = (
    "We moved the {name} {thing} from {other} to {third}.",
    "Actually, the {name} {thing} now listens on port {number}.",
    "From now on, ask {other} before touching the {name} {thing}.",
)
TALK = CHATTER * 6 + SAYINGS + NEWS
"""Mostly chatter, now and then something to remember."""


def plan(options: Options) -> Iterator[Table]:
    """the consolidator on growing stores: CPU a memory, beside the smallest"""
    sizes = SIZES[:2] if options.quick else SIZES
    _cpu(0)  # what a process makes once
    sessions = _cpu(0)
    taken = {size: _cpu(size) for size in sizes}
    whole = {size: [seconds / size * 1e6] for size, seconds in taken.items()}
    # Of the smallest the difference is within what a busy machine makes of the sessions.
    more = {size: [(taken[size] - sessions) / size * 1e6] for size in sizes[1:]}
    title = f"plan: memories of {NOTE_BYTES} bytes, {SESSIONS} sessions of {UTTERANCES} utterances"
    unit, ratio = "CPU µs a memory", f"{sizes[0]} memories"
    named = {size: f"{size:,} memories: {seconds:.2f} s a plan" for size, seconds in taken.items()}
    yield Table(
        title,
        unit,
        ratio,
        [Row(named[size], whole[size], whole[sizes[0]], size=size) for size in sizes],
        curve="whole plan",
    )
    yield Table(
        f"plan: the same, less the {sessions:.2f} s that the sessions cost without any memory",
        unit,
        f"{sizes[1]:,} memories",
        [Row(f"{size:,} memories", each, more[sizes[1]], size=size) for size, each in more.items()],
        curve="less the sessions",
    )


def _cpu(size: int) -> float:
    """Seconds of CPU for one plan."""
    inputs = synthetic(size)
    start = time.process_time()
    for _step in consolidate(inputs):
        pass
    return time.process_time() - start


def synthetic(size: int) -> DreamInputs:
    """A store of `size` memories, and sessions that partly speak of the same things."""
    random = Random(size)
    notes = tuple(
        Note(f"/notes/{number % 50:02}/{number:05}.md", _note(random), BEGIN + timedelta(minutes=number))
        for number in range(size)
    )
    return DreamInputs(notes, tuple(_transcript(Random(number), number) for number in range(SESSIONS)))


def _note(random: Random) -> str:
    lines = [f"# {random.choice(NAMES).title()}", ""]
    while sum(map(len, lines)) + len(lines) < NOTE_BYTES:
        lines.append(f"- {_say(random, SAYINGS)}")
    return "\n".join(lines)[:NOTE_BYTES]


def _transcript(random: Random, number: int) -> Transcript:
    at = BEGIN + timedelta(days=30 + number)
    said = tuple(
        Utterance("agent" if turn % 2 else "user", _say(random, TALK), at + timedelta(seconds=turn))
        for turn in range(UTTERANCES)
    )
    return Transcript(f"sesn_{number:03}", at, said)


def _say(random: Random, sayings: tuple[str, ...]) -> str:
    name, other, third = (_name(random) for _ in range(3))
    thing, number = random.choice(THINGS), random.randrange(1000, 10_000)
    return random.choice(sayings).format(name=name, other=other, third=third, thing=thing, number=number)


def _name(random: Random) -> str:
    """Some names come up often, most of them rarely."""
    return NAMES[int(len(NAMES) * random.random() ** 3)].title()
