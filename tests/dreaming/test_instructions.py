import pytest

from tests.support.dreaming import inputs, kept, lines, note, store_after, talk

STORE = {
    "/debug/login.md": "# Login\n\n- Cleared the cookie jar.\n",
    "/notes/week.md": "# Week\n\n- Debug: restarted the relay.\n- The debugger of choice is built in.\n\n"
    "## Debugging the import\n\n- Turned on logging.\n",
    "/projects/kestrel.md": "# Kestrel\n\n- Asked for an API key.\n- The billing contact is Ana.\n",
    "/ops/deploys.md": "- Deploys wait for Kestrel to finish.\n- Deploys are announced.\n",
}


@pytest.mark.parametrize(
    ("instructions", "gone"),
    [
        (None, set()),
        ("Merge duplicates and keep it short.", set()),
        ("Do not drop debugging notes.", set()),
        ("Don't forget the debugging notes!", set()),
        ("Ignore everything.", set()),
        (
            "Ignore one-off debugging notes.",
            {"Cleared the cookie jar.", "Debug: restarted the relay.", "Turned on logging."},
        ),
        (
            "Please forget whatever concerns Kestrel.",
            {"Asked for an API key.", "The billing contact is Ana.", "Deploys wait for Kestrel to finish."},
        ),
        (
            "Keep nothing about Kestrel.",
            {"Asked for an API key.", "The billing contact is Ana.", "Deploys wait for Kestrel to finish."},
        ),
        (
            "Bitte nichts über Kestrel behalten.",
            {"Asked for an API key.", "The billing contact is Ana.", "Deploys wait for Kestrel to finish."},
        ),
        (
            "Please skip debug logs, thanks",
            {"Cleared the cookie jar.", "Debug: restarted the relay.", "Turned on logging."},
        ),
        (
            "Forget anything about project Kestrel.",
            {"Asked for an API key.", "The billing contact is Ana.", "Deploys wait for Kestrel to finish."},
        ),
        (
            "Forget anything about Kestrel, except the billing contact.",
            {"Asked for an API key.", "Deploys wait for Kestrel to finish."},
        ),
        (
            "Tidy up. Leave out Kestrel and login notes; keep the rest.",
            {
                "Asked for an API key.",
                "The billing contact is Ana.",
                "Deploys wait for Kestrel to finish.",
                "Cleared the cookie jar.",
            },
        ),
        ("Drop notes about Kestrel older than 2 weeks.", {"Asked for an API key.", "The billing contact is Ana."}),
        ("Remove everything from before 2026-01-02.", {"Cleared the cookie jar."}),
        ("Remove everything from before 2026-13-77.", set()),
    ],
)
def test_instructions_say_what_to_leave_out(instructions: str | None, gone: set[str]) -> None:
    ages = {"/debug/login.md": 0, "/notes/week.md": 20, "/projects/kestrel.md": 5, "/ops/deploys.md": 25}
    dream = inputs(*(note(path, text, ages[path]) for path, text in STORE.items()), instructions=instructions)
    assert (
        set(lines(STORE)) - set(lines(store_after(dream))) - {"# Login", "# Kestrel", "## Debugging the import"} == gone
    )


@pytest.mark.parametrize(
    ("instructions", "named", "others"),
    [
        (
            "Forget the old boiler.",
            "The old boiler drips.",
            ["Boilers are checked by Tom.", "The new boiler is a Ferro."],
        ),
        ("Drop anything about the temporary fence.", "The temporary fence is rented.", ["The fence is painted green."]),
        ("Vergiss das alte Boot.", "Das alte Boot hat ein Leck.", ["Das neue Boot liegt am Steg."]),
        ("Forget old boiler notes.", "Boiler: checked in May.", ["The kettle is new."]),
    ],
)
def test_an_adjective_says_which_thing_is_meant(instructions: str, named: str, others: list[str]) -> None:
    assert kept(named, *others, instructions=instructions) == others


@pytest.mark.parametrize("text", ["Reminder: the cake is for Ana.", "Reminder that the cake is for Ana."])
def test_a_fact_can_be_left_out_by_how_it_is_announced(text: str) -> None:
    assert kept(text, "Ana reviews the import.", instructions="Ignore reminders.") == ["Ana reviews the import."]


def test_instructions_apply_to_insights() -> None:
    dream = inputs(
        sessions=[talk(1, "Always tell Kestrel first.", "Always tell Ana first.")],
        instructions="Forget anything about Kestrel",
    )
    assert lines(store_after(dream)) == ["# Insights from past sessions", "Always tell Ana first. (in 1 of 1 session)"]


def test_a_german_word_for_notes_may_be_one_with_what_they_are_about() -> None:
    dream = inputs(
        note("/haus/wetter.md", "Am Samstag war viel Regen.\n"),
        note("/haus/strom.md", "Der Zähler ist im Keller.\n"),
        instructions="Lass alle Wetternotizen weg.",
    )
    assert store_after(dream) == {"/haus/strom.md": "Der Zähler ist im Keller.\n"}
