"""Who a fact is about: what a page says of one thing is neither merged with nor overruled by what another says."""

import pytest

from tests.support.dreaming import inputs, lines, note, store_after, talk

TWO_OF_A_KIND = [
    ("/cars/van.md", "# Van\n\n", "/cars/pickup.md", "# Pickup\n\n"),
    ("/cars/van.md", "", "/cars/pickup.md", ""),
    ("/packages/parser/README.md", "# Parser\n\n", "/packages/writer/README.md", "# Writer\n\n"),
    ("/packages/parser/notes.md", "", "/packages/writer/notes.md", ""),
    ("/packages/parser/AGENTS.md", "# Agents\n\n", "/packages/writer/AGENTS.md", "# Agents\n\n"),
]


@pytest.mark.parametrize(("path", "head", "other_path", "other_head"), TWO_OF_A_KIND)
@pytest.mark.parametrize(
    ("fact", "other"),
    [
        ("The next inspection at the garage is in June.", "The next inspection at the garage is in September."),
        ("Keep the papers in the drawer at all times.", "Keep the papers in the drawer at all times."),
    ],
)
def test_a_page_of_a_collection_speaks_of_its_own_thing(
    path: str, head: str, other_path: str, other_head: str, fact: str, other: str
) -> None:
    memories = {path: f"{head}{fact}\n", other_path: f"{other_head}{other}\n"}
    dream = inputs(*(note(path, text, day) for day, (path, text) in enumerate(memories.items())))
    assert store_after(dream) == memories


@pytest.mark.parametrize("name", ["README.md", "SECURITY.md", ".github/CONTRIBUTING.md", "AGENTS.md"])
@pytest.mark.parametrize("head", ["# Contributions\n\n", "# Harbour\n\n", ""])
def test_a_file_that_stands_for_its_folder_is_about_that(name: str, head: str) -> None:
    fact = "Report a hole in the login to the two owners by e-mail.\n"
    memories = {f"/harbour/{name}": f"{head}{fact}", f"/ferry/{name}": f"{head}{fact}"}
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


@pytest.mark.parametrize("this", ["Changes to this project need", "Whoever works on this package signs"])
def test_what_points_at_its_page_stays_on_it(this: str) -> None:
    memories = {
        f"/{name}/rules.md": f"# Rules\n\n{this} an agreement with the owner.\n" for name in ("harbour", "ferry")
    }
    memories["/ferry/rules.md"] += "\nBe kind to each other in every review.\n"
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


@pytest.mark.parametrize("fact", ["Breakfast is served at the pool.", "English is spoken at the desk all day."])
def test_what_names_nobody_is_on_its_page_of_a_collection(fact: str) -> None:
    memories = {f"/hotels/{name}.md": f"# {name}\n\n{fact} Write in English.\n" for name in ("Astoria", "Bellevue")}
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Coins are never swapped.", "Coins are never swapped."),
        ("Stoves can't be moved.", "Stoves cannot be moved."),
        ("Floors are swept every morning.", "Every morning floors are swept."),
        ("Im Lager darf nicht gegessen werden.", "Im Lager darf nicht gegessen werden!"),
        ("The ferry's captain is Odile.", "The captain of the ferry is Odile."),
        ("The blade for the ferry is the K9.", "The blade for the ferry is the K9."),
    ],
)
def test_a_short_sentence_is_whole_if_it_says_enough_or_names_its_page(one: str, other: str) -> None:
    dream = inputs(note("/ferry.md", f"# Ferry\n\n{one}\n"), note("/orders.md", f"# Orders\n\n{other}\n"))
    assert len(store_after(dream)) == 1


@pytest.mark.parametrize(
    "fact", ["Pets are not allowed.", "The door is blue.", "Tickets are 12 euros.", "The cook is Odile."]
)
def test_a_short_sentence_that_names_nothing_is_about_its_title(fact: str) -> None:
    memories = {f"/{name}.md": f"# {name}\n\n{fact}\n" for name in ("Ferry", "Orders")}
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


HOLDS = "The pump holds 40 litres."


@pytest.mark.parametrize(
    "titles",
    [
        ("Cellar", "Attic log, May"),
        ("Cellar", "Attic meeting 2", "Cellar meeting 3"),
        ("Attic", "Cellar", "Board meeting, 3 May"),
        ("Keller", "Dachprotokoll im Mai", "Kellerprotokoll im Juni"),
    ],
)
def test_of_an_occasion_that_is_about_one_thing_nothing_is_known_of_another(titles: tuple[str, ...]) -> None:
    memories = {f"/{'abc'[at]}.md": f"# {title}\n\n{HOLDS}\n" for at, title in enumerate(titles)}
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


RULE = "Everyone signs in on the sheet by the door."


@pytest.mark.parametrize(
    ("one", "other", "left"),
    [
        ("Calls", "Production week", 2),
        ("Calls", "Wine production", 2),
        ("Calls", "Production", 3),
        ("Staging database", "Production database", 3),
        ("Installation on Linux", "Removal", 3),
    ],
)
def test_a_heading_names_a_setting_if_it_is_one_or_differs_in_one(one: str, other: str, left: int) -> None:
    pages = note("/a.md", f"# {one}\n\n{RULE}\n"), note("/b.md", f"# {other}\n\n{RULE}\n")
    assert len(store_after(inputs(*pages, note("/c.md", "# Staging\n\nAsk Kim.\n")))) == left
    assert len(store_after(inputs(*pages))) == left - 1


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("/scraps/week04.md", "/scraps/week05.md"),
        ("/pinnwand/kw04.md", "/pinnwand/kw05.md"),
        ("/voice-memos/jan.md", "/voice-memos/feb.md"),
        ("/notas/enero.md", "/notas/febrero.md"),
        ("/safety.md", "/scraps/week05.md"),
    ],
)
def test_a_page_named_for_a_week_or_month_is_about_nothing_in_particular(path: str, other: str) -> None:
    title = "# Safety\n\n" if "safety" in path else ""
    dream = inputs(note(path, f"{title}{HOLDS}\n"), note(other, f"{HOLDS}\n", 1))
    assert list(store_after(dream)) == [path]


@pytest.mark.parametrize(("path", "other"), [("/rooms/bay1.md", "/rooms/bay2.md"), ("/teams/red.md", "/teams/blue.md")])
def test_a_page_named_for_a_thing_is_about_that(path: str, other: str) -> None:
    memories = {path: f"{HOLDS}\n", other: f"{HOLDS}\n"}
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


def test_a_label_that_binds_nothing_goes_with_what_it_is_before() -> None:
    retro = f"# May\n\nWe met.\n\nA few notes:\n\n- {RULE}\n- {HOLDS}\n"
    pages = note("/a.md", f"# Pump\n\n{HOLDS}\n"), note("/b.md", f"# Doors\n\n{RULE}\n")
    assert store_after(inputs(pages[0], note("/retro.md", retro, 1)))["/retro.md"] == retro.replace(f"- {HOLDS}\n", "")
    assert store_after(inputs(*pages, note("/retro.md", retro, 1)))["/retro.md"] == "# May\n\nWe met.\n"


@pytest.mark.parametrize(
    "label",
    [
        "Rota quirks:",
        "Hi all, few things:",
        "Hello everyone:",
        "A couple of points:",
        "Things to know:",
        "**Other notes:**",
        "House facts:",
        "Decisions:",
        "Noch ein paar Hinweise:",
        "Hallo zusammen, kurze Infos:",
        "Allgemeine Regeln:",
    ],
)
def test_a_label_that_says_no_more_than_a_heading_binds_no_sentence(label: str) -> None:
    listed = f"# May\n\nWe met.\n\n{label}\n\n- {HOLDS}\n- three tables and a red tent\n"
    pages = (note("/a.md", f"# Pump\n\n{HOLDS}\n\n- three tables and a red tent\n"), note("/list.md", listed, 1))
    assert store_after(inputs(*pages))["/list.md"] == listed.replace(f"- {HOLDS}\n", "")


@pytest.mark.parametrize(
    "label",
    [
        "What we got wrong:",
        "Rejected:",
        "Not true any more:",
        "Never:",
        "Please do not:",
        "In winter:",
        "If it rains:",
        "Only on Sundays:",
        "On Monday:",
        "Monday:",
        "For guests:",
        "Volunteers:",
        "New volunteers:",
        "Mia's rules:",
        "Old rules:",
        "Summer rules:",
        "Kitchen rules:",
        "Rules for guests:",
        "Rules until May:",
        "Changes from Monday:",
        "Ideas:",
        "Planned changes:",
        "Staging notes:",
        "Hall 2 notes:",
        "Second meeting:",
        "Notes of the neighbours:",
        "Dear guests, some news:",
        "Im Winter:",
        "Nur sonntags:",
        "Bitte nicht:",
        "Alte Regeln:",
        "Regeln für Gäste:",
        "Neue Helfer:",
    ],
)
def test_a_label_that_says_more_binds_what_it_is_before(label: str) -> None:
    memories = {"/a.md": f"# Pump\n\n{HOLDS}\n", "/retro.md": f"# May\n\n{label}\n\n- {HOLDS}\n"}
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


def test_what_stands_under_a_label_with_a_name_is_about_that_as_under_a_heading() -> None:
    memories = {f"/{name}.md": f"{name} notes:\n\n- The door is locked at ten.\n" for name in ("Kitchen", "Barn")}
    memories["/c.md"] = "The door is locked at ten.\n"
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


def test_a_contradiction_under_a_label_that_says_nothing_is_found() -> None:
    old, new = "The spare key is kept in the barn.", "The spare key is now kept in the office."
    pages = note("/a.md", f"{old}\n\nThe gate is green.\n"), note("/b.md", f"Hi all, few things:\n\n- {new}\n", 1)
    assert lines(store_after(inputs(*pages))) == ["Hi all, few things:", "The gate is green.", new]


@pytest.mark.parametrize(
    ("path", "title", "other", "other_title"),
    [
        ("/mia.md", "", "/tom.md", "# Tom\n\n"),
        ("/staging.md", "", "/b.md", "# Production\n\n"),
        ("/summer.md", "# Summer\n\n", "/winter.md", "# Winter\n\n"),
        ("/a.md", "# Montag\n\n", "/b.md", "# Freitag\n\n"),
        ("/a.md", "# May\n\n", "/b.md", "# June\n\n"),
        ("/budget/january.md", "", "/budget/february.md", ""),
        ("/a.md", "# Quarter 1\n\n", "/b.md", "# Quarter 2\n\n"),
        ("/a.md", "# Camp in May 2025\n\n", "/b.md", "# Camp in May 2026\n\n"),
    ],
)
def test_what_differs_on_pages_of_two_things_or_times_is_so_on_each(
    path: str, title: str, other: str, other_title: str
) -> None:
    memories = {path: f"{title}Lunch is 7 euros.\n", other: f"{other_title}Lunch is 8 euros.\n"}
    assert (
        store_after(inputs(*(note(path, text, day) for day, (path, text) in enumerate(memories.items())))) == memories
    )


@pytest.mark.parametrize(
    "told",
    ["Lunch is now 8 euros.", "Lunch went up from 7 to 8 euros.", "Lunch is no longer 7 euros."],
)
def test_what_a_later_month_tells_as_changed_overrules_an_earlier(told: str) -> None:
    dream = inputs(note("/budget/january.md", "Lunch is 7 euros.\n"), note("/budget/february.md", f"{told}\n", 1))
    assert store_after(dream) == {"/budget/february.md": f"{told}\n"}


def test_a_page_of_people_is_no_person() -> None:
    dream = inputs(note("/people.md", f"# People\n\n{RULE}\n"), note("/kit.md", f"# Kit\n\n{RULE}\n"))
    assert len(store_after(dream)) == 1


def test_who_has_a_page_is_named_by_its_title_too() -> None:
    fact, copy = "Nele holt selbst ab, wenn es schneit.", "Wenn es schneit, holt Nele selbst ab."
    dream = inputs(note("/kunden/cafe.md", f"# Café Nele\n\n{fact}\n"), note("/b.md", f"# Wetter\n\n{copy}\n"))
    assert len(store_after(dream)) == 1


def test_pages_of_one_form_keep_a_sentence_that_only_mentions_one_of_them() -> None:
    memories = {
        f"/commands/{name}.md": f"# {name}\n\n## Flags\n\n- Short: yes\n- Long: {count}\n\n"
        "Passing the quiet flag to a nested `install`, `update` or `prune` is an error.\n\n-->\n"
        for name, count in (("install", 3), ("update", 4))
    }
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


def test_pages_of_one_form_share_a_sentence_that_names_one_of_them() -> None:
    form = "- Phone: 55{0}1\n- Open: {0}:00\n\nAsk at the desk for the key to the yard.\n\n"
    fact, copy = "The library's caretaker is Odile Brandt.", "The caretaker of the library is Odile Brandt."
    dream = inputs(
        note("/town/library.md", f"# Library\n\n{form.format(8)}{fact}\n", 1),
        note("/town/museum.md", f"# Museum\n\n{form.format(9)}{copy}\n", 2),
    )
    assert store_after(dream) == {
        "/town/library.md": f"# Library\n\n{form.format(8)}{fact}\n",
        "/town/museum.md": f"# Museum\n\n{form.format(9)}".removesuffix("\n"),
    }


def test_pages_that_differ_in_two_values_are_about_two_things() -> None:
    memories = {
        "/van.md": "# Van\n\nThe next check at the garage is in June.\n\nThe pressure at the front is 2.4 bar.\n",
        "/pickup.md": "# Pickup\n\nThe next check at the garage is in May.\n\nThe pressure at the front is 2.8 bar.\n",
    }
    assert (
        store_after(inputs(*(note(path, text, day) for day, (path, text) in enumerate(memories.items())))) == memories
    )


def test_what_a_user_corrects_on_one_page_of_a_collection_overrules_no_other() -> None:
    van, pickup = "The next check at the garage is in June.\n", "The next check at the garage is in May.\n"
    said = talk(5, "The next check at the garage was moved from June to July.")
    dream = inputs(note("/cars/van.md", van), note("/cars/pickup.md", pickup), sessions=[said])
    assert store_after(dream) == {"/cars/van.md": van.replace("June", "July"), "/cars/pickup.md": pickup}


def test_a_collection_may_be_named_in_german() -> None:
    memories = {
        "/kinder/mia.md": "Die Klavierstunde der Woche ist am Montag.\n\nAbends wird ein Buch vorgelesen.\n",
        "/kinder/tom.md": "Die Klavierstunde der Woche ist am Freitag.\n\nAbends wird ein Buch vorgelesen.\n",
    }
    assert (
        store_after(inputs(*(note(path, text, day) for day, (path, text) in enumerate(memories.items())))) == memories
    )


def test_a_fact_that_names_its_thing_holds_wherever_it_is_written() -> None:
    dream = inputs(
        note("/cars/van.md", "# Van\n\nThe next inspection of the van is in June.\n", 1),
        note("/cars/plans.md", "# Plans\n\nThe next inspection of the van is in May.\n", 2),
        note("/inbox/1.md", "The next inspection of the van is in May.\n", 3),
    )
    assert store_after(dream) == {"/cars/plans.md": "# Plans\n\nThe next inspection of the van is in May.\n"}


def test_pages_about_one_thing_are_no_collection() -> None:
    dream = inputs(
        note("/work/rituals.md", "# Rituals\n\nThe daily standup of the team is at 9:30.\n", 1),
        note("/work/roster.md", "# Roster\n\nThe daily standup of the team is at 10:00.\n", 2),
    )
    assert store_after(dream) == {"/work/roster.md": "# Roster\n\nThe daily standup of the team is at 10:00.\n"}


def test_a_folder_named_for_its_texts_is_no_collection() -> None:
    fact = "A locked account unlocks itself after 15 minutes.\n"
    dream = inputs(note("/runbooks/login.md", f"# Login\n\n{fact}", 1), note("/runbooks/misc2.md", fact, 2))
    assert store_after(dream) == {"/runbooks/login.md": f"# Login\n\n{fact}"}


@pytest.mark.parametrize(("path", "left"), [("/club-notes.md", 1), ("/harbour.md", 2)])
def test_a_short_fact_without_a_title_is_about_the_title_that_its_name_shares(path: str, left: int) -> None:
    dream = inputs(note("/club.md", "# Club\n\nRaces start at 14:00.\n", 1), note(path, "Races start at 14:00.\n", 2))
    assert sum("Races" in text for text in store_after(dream).values()) == left


def test_pages_that_are_told_to_be_new_in_two_values_overrule() -> None:
    dream = inputs(
        note(
            "/rules.md",
            "# Bylaws\n\nThe bank of the whole club is Lloyds.\n\nThe elected chair of the club is Kim.\n",
            1,
        ),
        note(
            "/more.md",
            "# Votes\n\nThe bank of the whole club is now Barclays.\n\nThe elected chair of the club is now Lee.\n",
            2,
        ),
    )
    assert list(store_after(dream)) == ["/more.md"]


def test_what_three_pages_begin_with_is_no_title_but_their_form() -> None:
    memories = {
        f"/cmd/{name}.md": f"## Synopsis\n\nmake {name}\n\n## Options\n\n### `quiet`\n\n"
        "Print nothing but errors to the terminal.\n"
        for name in ("build", "check", "clean")
    }
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


def test_pages_of_a_series_with_one_form_are_records() -> None:
    memories = {
        f"/uebergabe/2026-01-{day}.md": f"Anwesend: {who}\n\n- Der Drucker an der Anmeldung zieht kein Papier.\n"
        for day, who in ((12, "Sandra, Ole"), (13, "Sandra, Iris"))
    }
    assert store_after(inputs(*(note(path, text) for path, text in memories.items()))) == memories


def test_a_time_of_day_is_no_key_of_a_form() -> None:
    store = {f"/notes/standup-{number}.md": "Standup is at 10:15.\n" for number in (1, 2)}
    assert len(store_after(inputs(*(note(path, text) for path, text in store.items())))) == 1


@pytest.mark.parametrize(
    "label",
    [
        "**Example of a basic redirect interceptor of the network**",
        "Example of a basic redirect interceptor of the network",
    ],
)
def test_a_label_stays_before_what_it_is_the_label_of(label: str) -> None:
    text = "# Use\n\n" + "\n".join(f"{label}\n\n```js\n{name}()\n```\n" for name in ("client", "pool"))
    assert store_after(inputs(note("/a.md", text))) == {"/a.md": text}


def test_equal_sentences_of_sections_that_share_a_word_are_two() -> None:
    text = (
        "# Guide\n\n## Issues and tracker\n\nSee the list of people in the issue tracker.\n\n"
        "## Pull requests and tracker\n\nSee the list of people in the issue tracker.\n"
    )
    assert store_after(inputs(note("/guide.md", text))) == {"/guide.md": text}


@pytest.mark.parametrize(
    "text",
    [
        "# Changes\n\n## 2.1\n\n### Fixed\n\n- A crash on an empty file.\n\n"
        "## 2.0\n\n### Fixed\n\n- A crash on an empty file.\n",
        "# Journal\n\n## 2026-01-05\n\n- Watered the tomatoes by the shed.\n\n"
        "## 2026-01-12\n\n- Watered the tomatoes by the shed.\n",
        "# Cars\n\n## Van\n\nOpen the bonnet and check the oil twice.\n\n"
        "## Pickup\n\nOpen the bonnet and check the oil twice.\n",
    ],
)
def test_equal_lines_of_two_sections_are_two_facts(text: str) -> None:
    assert store_after(inputs(note("/a.md", text))) == {"/a.md": text}


@pytest.mark.parametrize("told", ["Watered the tomatoes by the shed.", "Bought 2 kg of flour for the bread."])
def test_what_was_done_on_two_days_was_done_twice(told: str) -> None:
    memories = {f"/log/2026-02-0{day}.md": f"- {told}\n- Ana prefers dark mode.\n" for day in (1, 2)}
    after = store_after(inputs(*(note(path, text) for path, text in memories.items())))
    assert sum(text.count(told) for text in after.values()) == 2
    assert sum(text.count("dark mode") for text in after.values()) == 1


def test_what_was_put_away_overrules_nothing() -> None:
    memories = {"/ops/db.md": "The db host is b2.\n", "/ops/old/db.md": "The db host is a1.\n"}
    assert (
        store_after(inputs(*(note(path, text, day) for day, (path, text) in enumerate(memories.items())))) == memories
    )


def test_the_value_is_put_where_the_value_stood() -> None:
    dream = inputs(
        note("/a.md", "Releases are cut from `release`.\n"),
        note("/b.md", "The help pages live in the old wiki.\n"),
        note("/c.md", "The technician is Mr. Doyle (555-0142).\n"),
        sessions=[
            talk(1, "Releases are cut from `stable` now."),
            talk(2, "The help pages were moved from the old wiki to the help centre."),
            talk(3, "The technician is Ms. Park now."),
        ],
    )
    assert store_after(dream) == {
        "/a.md": "Releases are cut from `stable`.\n",
        "/b.md": "The help pages live in the help centre.\n",
        "/c.md": "The technician is Ms. Park.\n",
    }


def test_an_entry_of_one_day_is_no_copy_of_the_entry_of_another() -> None:
    entry = "- The printer at the desk does not take paper.\n"
    store = {
        "/handover/2026-01-12.md": f"# 12 January\n\n{entry}",
        "/handover/2026-01-13.md": f"# 13 January\n\n{entry}",
    }
    assert store_after(inputs(*(note(path, text, at) for at, (path, text) in enumerate(store.items())))) == store


def test_pages_of_one_form_with_one_first_heading_are_records() -> None:
    store = {
        f"/commands/{name}.md": f"---\nname: {name}\n---\n\n### Synopsis\n\nnpm {name}\n\n#### `dry-run`\n\n"
        "Nothing is changed on disk.\n\n#### `omit`\n\nSome types are left out on disk.\n"
        for name in ("ci", "install", "update")
    }
    assert store_after(inputs(*(note(path, text) for path, text in store.items()))) == store


ABOUT = "Her name is Noor Haddad.\nNoor lives in Leeds.\nShe takes the tram to work.\nHer gym is Fitport.\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anna leads support.", "Petra leads sales."),
        ("Our nurse is Anna.", "Our cook is Petra."),
        ("The nurse comes on Monday.", "The cook comes on Friday."),
        ("Anna's desk is free on Monday.", "Petra's desk is free on Friday."),
        ("# Anna", "# Petra"),
        ("Anna was trained by Noor.", "Petra was trained by Noor."),
    ],
)
def test_she_is_another_after_another_name(one: str, other: str) -> None:
    pages = {
        "/about.md": ABOUT,
        "/a.md": f"{one}\n\nShe works from home on Wednesdays.\n",
        "/b.md": f"{other}\n\nShe works from home on Wednesdays.\n",
        "/c.md": "Anna and Petra share the keys.\n",
    }
    assert store_after(inputs(*(note(path, text) for path, text in pages.items()))) == pages


GENERAL = [
    ("protocols", "Seed lots are dried at fifteen per cent humidity for at least six weeks."),
    ("protocols", "Every sample is entered in the red book before the tray is washed."),
    ("boats", "Nobody takes a boat out alone after sunset in winter."),
    ("akten", "Jede Frist wird am selben Tag in den roten Kalender eingetragen."),
    ("akten", "Niemand gibt Schlüssel ohne Unterschrift an Besucher weiter."),
]


@pytest.mark.parametrize(("folder", "fact"), GENERAL)
def test_what_is_said_of_all_of_a_kind_is_on_no_page_of_a_collection(folder: str, fact: str) -> None:
    pages = [note(f"/{folder}/{name}.md", f"{fact}\n", day) for day, name in enumerate(("fristen", "berufung"))]
    assert lines(store_after(inputs(*pages))) == [fact]


@pytest.mark.parametrize(
    ("folder", "fact"),
    [
        ("clubs", "Every member pays 10 euros for each year in January."),
        ("clubs", "Annual fees are 10 euros for each adult member."),
        ("clubs", "The annual report is written by the treasurer in winter."),
        ("protocols", "Rinse the beaker with cold water before the next run."),
        ("services", "Every request to it is logged in the audit file."),
        ("boats", "It is locked in the shed every night in winter."),
        ("akten", "Der Kollege führt den roten Kalender für jede Frist."),
        ("akten", "Jede Frist beträgt hier zwei Wochen nach Eingang der Post."),
    ],
)
def test_what_may_be_about_its_page_stays_on_each(folder: str, fact: str) -> None:
    pages = [note(f"/{folder}/{name}.md", f"{fact}\n", day) for day, name in enumerate(("fristen", "berufung"))]
    assert lines(store_after(inputs(*pages))) == [fact, fact]
