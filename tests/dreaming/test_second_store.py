"""Another store, from another walk of life: what comes of it, whole."""

from mockdreams.dreaming.plan import Note, Transcript, Utterance
from tests.support.dreaming import again, day, inputs, note, store_after


def session(number: int, *turns: str) -> Transcript:
    """Turns of user and agent, the user first."""
    said = tuple(Utterance("agent" if turn % 2 else "user", text, day(number)) for turn, text in enumerate(turns))
    return Transcript(f"sesn_{number}", day(number), said)


NOTES: tuple[Note, ...] = (
    note(
        "/choir/rehearsals.md",
        "# Rehearsals\n\n"
        "- Rehearsals are on Wednesday.\n- Warm-up starts at 18:45.\n- The hall holds 60 people.\n"
        "- Latecomers come in between two pieces, never during one.\n",
        1,
    ),
    note(
        "/choir/programme.md",
        "# Programme\n\nThe summer concert is in the old brewery. It has no heating.\n"
        "The winter concert is in the chapel.\n\n## Encores\n\n- The evening song, without the piano.\n",
        2,
    ),
    note(
        "/members/ada.md",
        "# Ada\n\n- Sings alto.\n- Cannot drive at night.\n- Pays the fee in two parts.\n",
        2,
    ),
    note("/members/bo.md", "# Bo\n\n- Sings bass.\n- Pays the fee in two parts.\n- Has the key to the hall.\n", 2),
    note("/members/cleo.md", "# Cleo\n\n- Sings alto.\n- Conducts.\n", 3),
    note(
        "/money.md",
        "# Money\n\n- Fee: 80 euros\n- Treasurer: Bo\n- Receipts are kept for ten years.\n\n"
        "| item   | cost |\n|--------|------|\n| hall   | 40   |\n| scores | 120  |\n",
        3,
    ),
    note(
        "/notes/2026-01-09.md",
        "- rehearsals are on Wednesdays\n- Receipts are kept for 10 years\n- Ada has a new bicycle.\n"
        "- The winter concert is in the chapel\n",
        8,
    ),
    note(
        "/notes/2026-01-15.md",
        "- Warm-up starts at 18:30.\n- Fee: 90 euros\n- Sings alto.\n- Ask for more chairs.\n",
        14,
    ),
    note("/gossip/tenors.md", "# Tenors\n\n- One of them is in love with the pianist.\n", 9),
    note("/drafts/poster.md", "# Poster\n\n- Blue, with a lantern.\n- The hall holds sixty people.\n", 10),
)

SESSIONS = (
    session(
        11,
        "Write the invitation. Sign it with first names only.",
        "Here it is.",
        "Nice. Never mention the fee in public.",
    ),
    session(15, "Please sign it with first names only.", "Done.", "The pianist was ill, how do I cancel?"),
    session(18, "From now on rehearsals are on Thursday.", "Noted.", "And send reminders two days ahead."),
    session(20, "Send reminders two days ahead!", "I will.", "It's the museum now, not the chapel.", "Understood."),
    session(21, "Is the hall free in May?", "It is.", "Then book it. Send reminders two days ahead, please."),
)

EXPECTED = {
    "/choir/rehearsals.md": "# Rehearsals\n\n"
    "- Rehearsals are on Thursday.\n- The hall holds 60 people.\n"
    "- Latecomers come in between two pieces, never during one.\n",
    "/choir/programme.md": NOTES[1].content.replace("the chapel", "the museum"),
    "/members/ada.md": NOTES[2].content,
    "/members/bo.md": NOTES[3].content,
    "/members/cleo.md": NOTES[4].content,
    "/money.md": NOTES[5].content.replace("- Fee: 80 euros\n", ""),
    "/notes/2026-01-09.md": "- Ada has a new bicycle.\n",
    "/notes/2026-01-15.md": "- Warm-up starts at 18:30.\n- Fee: 90 euros\n- Sings alto.\n- Ask for more chairs.\n",
    "/drafts/poster.md": "# Poster\n\n- Blue, with a lantern.\n",
    "/insights.md": "# Insights from past sessions\n\n"
    "- Send reminders two days ahead! (in 3 of 5 sessions)\n"
    "- Never mention the fee in public. (in 1 of 5 sessions)\n",
}

DREAM = inputs(*NOTES, sessions=SESSIONS, instructions="Tidy up, please. Leave out gossip.")


def test_the_store_that_comes_of_it() -> None:
    store = store_after(DREAM)
    for path in sorted(EXPECTED | store):
        assert store.get(path) == EXPECTED.get(path), path


def test_dreaming_again_changes_nothing() -> None:
    assert store_after(again(DREAM, EXPECTED)) == EXPECTED
