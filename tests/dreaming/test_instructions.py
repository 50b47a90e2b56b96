import pytest

from mockdreams.dreaming.consolidate import consolidate
from mockdreams.dreaming.plan import Say
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


@pytest.mark.parametrize(
    ("instructions", "named", "others"),
    [
        ("All entries about the old server can go.", "The old server hums.", ["The new server hums."]),
        ("Bugs #123 and #124 are fixed and can be removed.", "Bug #123 is old.", ["Bug #125 is new."]),
        ("Ticket OPS-77 is closed, no need to keep it.", "OPS-77 is about the lift.", ["OPS-78 is about the ramp."]),
        (
            "Auch der Auftrag 2026-009 (Messestand) ist hinfällig.",
            "Auftrag 2026-009 geht nach Graz.",
            ["Auftrag 2026-010 geht nach Wels."],
        ),
        ("Vergiss alles über die Messe.", "Die Messe ist im Mai.", ["Die Messer sind stumpf."]),
        ("Do not keep passwords.", "The password of the router is hunter2.", ["The router is in the hall."]),
        ("Die Passwörter müssen raus.", "Das Passwort ist hunter2.", ["Der Router ist neu."]),
        ("Forget the notes on memory leaks.", "Memory leaks were found.", ["The roof leaks."]),
    ],
)
def test_what_is_named_is_told_from_its_neighbours(instructions: str, named: str, others: list[str]) -> None:
    assert kept(named, *others, instructions=instructions) == others


def test_instructions_that_name_nothing_are_told() -> None:
    steps = consolidate(inputs(note("/a.md", "The roof is new.\n"), instructions="Forget the fair."))
    assert 'Of the instructions this named nothing that is known: "Forget the fair".' in [
        step.text for step in steps if isinstance(step, Say)
    ]


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


HEAD = "| client | host |\n|---|---|\n"


@pytest.mark.parametrize(
    ("page", "left"),
    [
        # A row, a step, the line of a quote, a sentence.
        (f"{HEAD}| Alder | a1 |\n| Dune | d1 |\n| Cedar | c1 |\n", f"{HEAD}| Alder | a1 |\n| Cedar | c1 |\n"),
        ("1. Open the mail.\n2. Call the Dune crew.\n3. Close it.\n", "1. Open the mail.\n3. Close it.\n"),
        ("1. Write to\n   - Alder\n   - Dune\n2. Wait.\n", "1. Write to\n   - Alder\n2. Wait.\n"),
        ("1. Call Dune:\n   - at noon\n2. Wait.\n", "2. Wait.\n"),
        ("> Alder is nice.\n> Dune is nice.\n> Cedar is nice.\n", "> Alder is nice.\n> Cedar is nice.\n"),
        ("> Alder pays and\n> Dune never does.\n> Cedar is late.\n", "> Cedar is late.\n"),
        ("> Alder is nice. Dune is nice.\n", "> Alder is nice.\n"),
        ("- Alder pays on time. Dune never does. It is far.\n", "- Alder pays on time.\n"),
        # Whole with the last row, and a label with what it introduces.
        (f"Old hosts:\n\n{HEAD}| Dune | d1 |\n\nAlder is nice.\n", "Alder is nice.\n"),
        ("Clients we lost:\n\n- Dune\n\nAlder is nice.\n", "Alder is nice.\n"),
        ("Hosts of Dune:\n\n```\n10.0.0.2\n```\n\nAlder is nice.\n", "Alder is nice.\n"),
        ("**Dune**\n\n- call the crew\n\nAlder is nice.\n", "Alder is nice.\n"),
        ("All hosts:\n\n```\ndune 10.0.0.2\n```\n\nAlder is nice.\n", "Alder is nice.\n"),
        ("Call Dune, see [its site][dune].\n\nAlder is nice.\n\n[dune]: https://d.example\n", "Alder is nice.\n"),
        ("---\ntitle: Dune\n---\n\nDune is nice.\n", None),
        ("Dune, our client, is late.\n\nAlder is nice.\n", "Alder is nice.\n"),
        ("> **Dune**\n> pays late.\n>\n> **Alder**\n> pays on time.\n", "> **Alder**\n> pays on time.\n"),
    ],
)
def test_the_smallest_whole_piece_that_names_what_is_to_be_left_out_goes(page: str, left: str | None) -> None:
    dream = inputs(note("/a.md", page), instructions="Forget everything about Dune.")
    assert store_after(dream).get("/a.md") == left


@pytest.mark.parametrize(
    ("page", "named"),
    [
        ("The hosts:\n\n```\nalder 10.0.0.1\ndune 10.0.0.2\n```\n", "``` alder 10.0.0.1 dune 10.0.0.2 ```"),
        ("The clients are Alder, Dune and Cedar.\n", "The clients are Alder, Dune and Cedar."),
        ("Die Kunden sind Alder, Dune und Cedar.\n", "Die Kunden sind Alder, Dune und Cedar."),
        ("Dune and Alder pay late.\n", "Dune and Alder pay late."),
        ("- Clients: Alder, Dune, Cedar\n", "Clients: Alder, Dune, Cedar"),
        ("Dune pays late and Alder pays on time.\n", "Dune pays late and Alder pays on time."),
        ("Dune zahlt spät, aber Alder zahlt sofort.\n", "Dune zahlt spät, aber Alder zahlt sofort."),
        ("- Alder: on time; Dune: late.\n", "Alder: on time; Dune: late."),
        ("## Alder and Dune\n\nBoth pay late.\n", "Both pay late."),
        ("See [the site][dune].\n\n[dune]: https://d.example\n", "[dune]: https://d.example"),
    ],
)
def test_what_says_something_of_others_too_is_kept_and_told(page: str, named: str) -> None:
    dream = inputs(note("/a.md", page), instructions="Forget everything about Dune.")
    assert store_after(dream) == {"/a.md": page}
    told = f'Named by the instructions, and kept because it says something of others too: "{named}" in `/a.md`.'
    assert next(step.text for step in consolidate(dream) if isinstance(step, Say)) == told


def test_a_list_of_which_all_members_are_to_be_left_out_goes() -> None:
    page = "The clients are Dune and Kestrel.\n\nAlder is nice.\n"
    dream = inputs(note("/a.md", page), instructions="Forget everything about Dune and Kestrel.")
    assert store_after(dream) == {"/a.md": "Alder is nice.\n"}


FAIR = {
    "/fair/cakes.md": "# The fair\n\n- Ten cakes are promised.\n",
    "/school.md": "# School\n\n- The fair is run by Petra.\n- The school bus leaves at 8.\n",
    "/fest.md": "# Schule\n\n- Das Sommerfest leitet Herr Roth.\n- Der Bus hält an der Kirche.\n",
}
ABOUT_THE_FAIR = {"Ten cakes are promised.", "The fair is run by Petra."}
ABOUT_THE_FEST = {"Das Sommerfest leitet Herr Roth."}


@pytest.mark.parametrize(
    ("instructions", "gone"),
    [
        ("We don't need the notes on the fair any more.", ABOUT_THE_FAIR),
        ("I no longer need anything about the fair", ABOUT_THE_FAIR),
        ("Throw out everything on the fair.", ABOUT_THE_FAIR),
        ("Everything about the fair can go.", ABOUT_THE_FAIR),
        ("Keep it short, everything about the fair can be deleted.", ABOUT_THE_FAIR),
        ("Notes about the fair are no longer needed.", ABOUT_THE_FAIR),
        ("Anything about the fair is dull and should be deleted.", ABOUT_THE_FAIR),
        ("Everything on the fair does not need remembering.", ABOUT_THE_FAIR),
        ("The fair is over, forget everything about it.", ABOUT_THE_FAIR),
        ("We've given up the fair, so drop whatever concerns it.", ABOUT_THE_FAIR),
        ("Das Sommerfest ist vorbei, vergiss alles darüber.", ABOUT_THE_FEST),
        ("Bitte das Sommerfest nicht übernehmen.", ABOUT_THE_FEST),
        ("Alles zum Sommerfest brauchen wir nicht mehr.", ABOUT_THE_FEST),
        ("Wir brauchen alles zum Sommerfest nicht mehr.", ABOUT_THE_FEST),
        ("Lass alles weg, was das Sommerfest betrifft.", ABOUT_THE_FEST),
        ("Lass bitte alles weg, was mit dem Sommerfest zu tun hat.", ABOUT_THE_FEST),
        ("Was das Sommerfest angeht, kann weg.", ABOUT_THE_FEST),
        ("Alles, was das Sommerfest betrifft, kann weg.", ABOUT_THE_FEST),
        ("Vergiss alles rund um das Sommerfest.", ABOUT_THE_FEST),
        ("Vergiss alles rund ums Sommerfest.", ABOUT_THE_FEST),
        ("Streiche alles, was sich um das Sommerfest dreht.", ABOUT_THE_FEST),
        ("Lösch alles zum Sommerfest.", ABOUT_THE_FEST),
        ("Alles zum Sommerfest kann weg.", ABOUT_THE_FEST),
        ("Wirf bitte alles zum Sommerfest raus.", ABOUT_THE_FEST),
        ("Ignore all notes on the fair.", ABOUT_THE_FAIR),
        ("Ignoriere Notizen zum Sommerfest.", ABOUT_THE_FEST),
        ("Exclude: fair", ABOUT_THE_FAIR),
        ("Exclude:\n- The fair.\n- Sommerfest\n", ABOUT_THE_FAIR | ABOUT_THE_FEST),
        ("Nothing about the fair should remain.", ABOUT_THE_FAIR),
        ("Nothing on the fair, please.", ABOUT_THE_FAIR),
        ("Please leave the fair and the boat out of it.", ABOUT_THE_FAIR),
        ("Don't carry the fair over.", ABOUT_THE_FAIR),
        ("I don't want anything about the fair in there.", ABOUT_THE_FAIR),
        ("I don't want a fair.", ABOUT_THE_FAIR),
        ("I'd like you to forget the fair.", ABOUT_THE_FAIR),
        ("Could you drop the fair?", ABOUT_THE_FAIR),
        ("Forget what I said about the fair.", ABOUT_THE_FAIR),
        ("Stop keeping notes on the fair.", ABOUT_THE_FAIR),
        ("Anything on the fair is obsolete as well.", ABOUT_THE_FAIR),
        ("The fair can go as well.", ABOUT_THE_FAIR),
        ("The fair is over. Forget everything about it.", ABOUT_THE_FAIR),
        ("Keep everything except the fair.", ABOUT_THE_FAIR),
        ("We are done with the fair, so please discard what there is about it.", ABOUT_THE_FAIR),
        ("Auch das Sommerfest ist hinfällig.", ABOUT_THE_FEST),
        ("Ebenso hinfällig ist das Sommerfest.", ABOUT_THE_FEST),
        ("Ich möchte, dass du das Sommerfest vergisst.", ABOUT_THE_FEST),
        ("Kannst du bitte das Sommerfest löschen?", ABOUT_THE_FEST),
        ("Das Sommerfest weglassen.", ABOUT_THE_FEST),
        ("Bitte nimm das Boot und das Sommerfest raus.", ABOUT_THE_FEST),
        ("Da das Sommerfest abgesagt ist, vergiss es bitte.", ABOUT_THE_FEST),
        ("Das Sommerfest musst du dir nicht merken.", ABOUT_THE_FEST),
        ("Alles außer dem Sommerfest behalten.", ABOUT_THE_FEST),
        ("Das Sommerfest brauchen wir nicht, den Bus schon.", ABOUT_THE_FEST),
        ("Verzichte auf alles zum Sommerfest.", ABOUT_THE_FEST),
        ("No notes about the fair, please.", ABOUT_THE_FAIR),
        ("No fair.", ABOUT_THE_FAIR),
        ("Bitte nichts über das Sommerfest vergessen, alles behalten.", set()),
        ("Vom Sommerfest soll nichts bleiben.", ABOUT_THE_FEST),
        ("Bitte ohne Notizen zum Sommerfest.", ABOUT_THE_FEST),
        # A reason is no other request, whatever is not or no longer so.
        ("Drop the fair, it is no longer held.", ABOUT_THE_FAIR),
        ("Drop the fair, it does not pay.", ABOUT_THE_FAIR),
        ("Forget the fair, because it is not ours.", ABOUT_THE_FAIR),
        ("Forget the fair since it is not held.", ABOUT_THE_FAIR),
        ("Drop the fair, because it is not held any more.", ABOUT_THE_FAIR),
        ("Forget the fair - it's over.", ABOUT_THE_FAIR),
        ("Forget the fair, they don't hold it any more, and the boat.", ABOUT_THE_FAIR),
        ("We no longer have the fair, so forget it.", ABOUT_THE_FAIR),
        ("The fair isn't held any more, drop it.", ABOUT_THE_FAIR),
        ("Drop what we know about the fair.", ABOUT_THE_FAIR),
        ("Drop the fair, not the bus.", ABOUT_THE_FAIR),
        ("Vergiss das Sommerfest, das gibt es nicht mehr.", ABOUT_THE_FEST),
        ("Lösche alles zum Sommerfest, weil es nicht mehr stattfindet.", ABOUT_THE_FEST),
        ("Das Sommerfest gibt es nicht mehr, das kann weg.", ABOUT_THE_FEST),
        ("The fair isn't over, drop it if it is.", set()),
        ("Don't drop the fair, it is still held.", set()),
        # Nothing is under that name.
        ("Bitte ohne Petra.", set()),
        ("No notes on the fair may be lost.", set()),
        ("Keine Notizen zum Sommerfest dürfen weg.", set()),
        ("No Petra.", set()),
        # A request that is turned round.
        ("Vergiss nicht das Sommerfest.", set()),
        ("Vergiss das Sommerfest nicht!", set()),
        ("Vergiss bitte nichts über das Sommerfest.", set()),
        ("Lass nichts über das Sommerfest weg.", set()),
        ("Lass das Sommerfest nicht weg.", set()),
        ("Vergiss das Sommerfest, den Bus und die Kirche nicht.", set()),
        ("Vergessen Sie nicht das Sommerfest.", set()),
        ("Nichts über das Sommerfest darf gelöscht werden.", set()),
        ("Kein Eintrag zum Sommerfest kann weg.", set()),
        ("Wir brauchen das Sommerfest, den Bus nicht mehr.", set()),
        ("Don't just drop the fair.", set()),
        ("Never ever forget the fair.", set()),
        ("Forget nothing about the fair.", set()),
        ("Use short words, no fair.", set()),
        ("The kids forget the fair every year.", set()),
        ("Don't keep the fair if it is over.", set()),
        ("Drop everything that is not about the fair.", set()),
        ("Vergiss alles zur Schule, aber nicht den Bus.", ABOUT_THE_FEST),
        ("Vergiss das Sommerfest, aber nicht den Bus.", set()),
        ("Vergiss das Sommerfest, behalte den Bus.", ABOUT_THE_FEST),
        ("Forget everything but the fair.", set()),
        ("Drop all notes but those on the fair.", set()),
        ("If you drop the fair I will be sad.", set()),
        ("Why did you drop the fair?", set()),
        ("Be careful when you drop notes on the fair.", set()),
        ("Only drop the fair if it is over.", set()),
        ("Vergiss das Sommerfest, falls es vorbei ist.", set()),
        ("When you are done, drop the fair.", ABOUT_THE_FAIR),
        ("Forget the fair and keep the bus.", ABOUT_THE_FAIR),
        ("Forget the fair but keep the rest.", ABOUT_THE_FAIR),
        ("Forget the fair but keep Petra.", ABOUT_THE_FAIR - {"The fair is run by Petra."}),
        ("Forget the fair, keep what is run by Petra.", ABOUT_THE_FAIR - {"The fair is run by Petra."}),
        ("Forget the fair but keep the bus.", set()),
        ("You don't need to keep it short.", set()),
        ("Say when people can go to the fair.", set()),
        ("Don't drop anything about the fair.", set()),
        ("Nothing about the fair may be lost.", set()),
        ("Keep the notes of the fair, nobody should be forgotten.", set()),
    ],
)
def test_the_wordings_of_a_request_to_leave_out(instructions: str, gone: set[str]) -> None:
    dream = inputs(*(note(path, text) for path, text in FAIR.items()), instructions=instructions)
    left = lines(store_after(dream))
    assert {line for line in lines(FAIR) if not line.startswith("#") and line not in left} == gone


def test_what_was_not_understood_of_the_instructions_is_said() -> None:
    instructions = "Prefer short lines. Forget anything about Kestrel! Sort by date"
    steps = consolidate(inputs(note("/a.md", "- Ana reviews.\n"), instructions=instructions))
    said = [step.text for step in steps if isinstance(step, Say)]
    assert 'Of the instructions this was not understood: "Prefer short lines", "Sort by date".' in said


RAFFLE = ["The raffle is on Friday evening.", "The raffle has ten prizes."]
TOMBOLA = ["Die Tombola ist am Freitag im Hof.", "Die Tombola hat zehn Preise."]


@pytest.mark.parametrize(
    ("instructions", "facts", "left"),
    [
        ("Leave out anything about the raffle except the date.", RAFFLE, RAFFLE[:1]),
        ("Vergiss alles über die Tombola außer dem Termin.", TOMBOLA, TOMBOLA[:1]),
        ("Forget the raffle but keep the date.", RAFFLE, RAFFLE[:1]),
        ("Forget the raffle, keep the date.", RAFFLE, RAFFLE[:1]),
        ("Vergiss die Tombola, behalte den Termin.", TOMBOLA, TOMBOLA[:1]),
        ("Leave out anything about the raffle except the prizes, please.", RAFFLE, RAFFLE[1:]),
        ("Leave out anything about the raffle except the prizes.", RAFFLE, RAFFLE[1:]),
        ("Vergiss alles über die Tombola bis auf die Preise.", TOMBOLA, TOMBOLA[1:]),
        ("Leave out anything about the raffle except the winner.", RAFFLE, RAFFLE),
        ("Vergiss alles über die Tombola außer den Gewinnern.", TOMBOLA, TOMBOLA),
        ("Leave out anything about the raffle except that.", RAFFLE, RAFFLE),
    ],
)
def test_an_exception_that_nothing_meets_keeps_everything_and_is_told(
    instructions: str, facts: list[str], left: list[str]
) -> None:
    dream = inputs(
        *(note(f"/place-{at}/file.md", f"{fact}\n") for at, fact in enumerate(facts)), instructions=instructions
    )
    assert lines(store_after(dream)) == sorted(left)
    told = f'Of the instructions this was not understood: "{instructions.removesuffix(".")}".'
    assert (told in [step.text for step in consolidate(dream) if isinstance(step, Say)]) == (left == facts)


def test_an_exception_holds_for_insights() -> None:
    dream = inputs(
        note("/a.md", RAFFLE[1] + "\n"),
        sessions=[talk(1, "Always announce the raffle on Friday.", "Always praise the raffle.")],
        instructions="Leave out anything about the raffle except the date.",
    )
    assert lines(store_after(dream)) == [
        "# Insights from past sessions",
        "Always announce the raffle on Friday. (in 1 of 1 session)",
    ]
