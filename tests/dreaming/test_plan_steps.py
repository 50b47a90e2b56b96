import gc
from collections import Counter
from datetime import timedelta
from itertools import islice, permutations

import pytest

from mockdreams.dreaming.consolidate import consolidate
from mockdreams.dreaming.decisions import Decision
from mockdreams.dreaming.plan import (
    Delete,
    DreamInputs,
    ReadMemory,
    ReadSession,
    Say,
    Think,
    Write,
)
from tests.support.dreaming import again, day, decisions, inputs, note, store_after, talk


def test_a_plan_reads_then_decides_then_sums_up() -> None:
    dream = inputs(
        note("/b.md", "Use tabs here.\n"), note("/a.md", "Use tabs here.\n"), sessions=[talk(1, "Hi"), talk(2, "Hi")]
    )
    steps = list(consolidate(dream))
    assert [type(step) for step in steps[:5]] == [ReadSession, ReadSession, ReadMemory, ReadMemory, Think]
    assert [type(step) for step in steps[-3:]] == [Say, Delete, Say]
    assert steps == list(consolidate(dream))


def test_the_last_words_count_what_was_done() -> None:
    dream = inputs(
        note("/b.md", "Use tabs here.\n"), note("/c.md", "Use tabs here.\n"), sessions=[talk(1, "Always ask first.")]
    )
    *_, last = consolidate(dream)
    assert isinstance(last, Say)
    assert last.text.startswith("Read 1 session and 2 memories. Rewrote 0, deleted 1, learned 1 insight.")


def test_files_without_changes_are_not_written() -> None:
    dream = inputs(
        note("/a.md", "# A\n\n\n- one fact here  \r\n\n\n"), note("/b.md", ""), note("/c.md", "# Only a title\n")
    )
    assert not [step for step in consolidate(dream) if isinstance(step, Write | Delete)]


def test_every_step_costs_tokens_and_context_is_read_from_the_cache() -> None:
    dream = inputs(note("/a.md", "word " * 800), sessions=[talk(1, "word " * 40)])
    steps = list(consolidate(dream))
    reading = [step.tokens for step in steps if isinstance(step, ReadSession | ReadMemory)]
    assert [tokens.cache_creation for tokens in reading] == [110, 1060]
    assert [tokens.cache_read for tokens in reading] == [0, 110]
    assert all(step.tokens.output > 0 for step in steps if isinstance(step, Say | Write | Delete | Think))


@pytest.mark.long
def test_much_work_is_interrupted_by_thoughts() -> None:
    def thoughts(facts: int) -> int:
        text = "".join(f"- Alpha{number} is red.\n" for number in range(facts))
        return sum(isinstance(step, Think) for step in consolidate(inputs(note("/a.md", text))))

    assert thoughts(1200) >= thoughts(1) + 4


@pytest.mark.parametrize("details", [("one",), ("one", "two: `x`"), ('"a" with "b" (session sesn_1)',)])
@pytest.mark.parametrize("kind", ["Merged", "Replaced", "Dropped", "Learned"])
def test_a_decision_reads_back_as_it_was(kind: str, details: tuple[str, ...]) -> None:
    decision = Decision(kind, "/a/b c.md", details)  # type: ignore[arg-type]
    assert Decision.parse(decision.render()) == decision
    assert Decision.parse("Nothing of the kind.") is None


def test_a_decision_with_many_details_counts_the_rest() -> None:
    assert Decision("Merged", "/a.md", tuple("abc" * 20)).render().endswith("- and 20 more")


def test_every_change_is_told_once_per_file_and_kind() -> None:
    dream = inputs(
        note("/ops/a.md", "- Alpha is red.\n- Beta is blue today.\n- Deploys happen on Monday.\n"),
        note("/inbox/b.md", "- Alpha is red\n- Beta is blue, today.\n- Deploys happen on Friday.\n", 1),
    )
    told = [(decision.kind, decision.path, len(decision.details)) for decision in decisions(dream)]
    assert told == [("Merged", "/ops/a.md", 2), ("Replaced", "/ops/a.md", 1)]


def test_much_of_the_same_words_in_other_orders_is_not_compared_without_end() -> None:
    words = "alpha beta gamma delta epsilon zeta eta theta".split()
    texts = [f"- {' '.join(order)} runs.\n" for order in islice(permutations(words), 4_000)]
    counted = Counter(type(step) for step in consolidate(inputs(note("/a.md", "".join(texts)))))
    assert counted[Write] == counted[Delete] == 0


def test_a_dream_over_its_own_output_changes_nothing() -> None:
    dream = inputs(
        note("/ops/a.md", "- Alpha is red.\n- Deploys happen on Monday.\n- Package manager: npm\n"),
        note("/inbox/b.md", "- Alpha is red\n- Standup is at ten.\n", 1),
        sessions=[
            talk(2, "We moved deploys to Friday.", "Actually it's pnpm now, not npm.", "Always ask first, please."),
            talk(3, "Never push to main."),
        ],
    )
    store = store_after(dream)
    assert store_after(again(dream, store)) == store
    assert store_after(again(dream, store, day(30) + timedelta(hours=1))) == store


def test_an_empty_dream_has_a_plan() -> None:
    assert isinstance(list(consolidate(DreamInputs((), ())))[-1], Say)


def test_a_plan_leaves_nothing_to_collect_and_the_collector_as_it_was() -> None:
    notes = (note("/a.md", "Use tabs here.\n"), note("/b.md", "Use tabs here.\n\n# She\n\nAda is new. She drives.\n"))
    dream = inputs(*notes, sessions=[talk(1, "We moved from npm to pnpm."), talk(2, "Always use pnpm.")])
    gc.collect()
    gc.disable()
    try:
        list(consolidate(dream))
        assert not gc.isenabled()
        assert gc.collect() == 0
    finally:
        gc.enable()
    steps = consolidate(dream)
    next(iter(steps))
    assert not gc.isenabled()
    del steps
    assert gc.isenabled()
