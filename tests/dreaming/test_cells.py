"""What users correct of tables and records: one cell gets its new value, or nothing changes and the dream says so."""

import pytest

from mockdreams.dreaming.plan import DreamInputs
from tests.support.dreaming import again, decisions, inputs, note, store_after, talk

PATH = "/house/page.md"

VOLUNTEERS = (
    "# Volunteers\n\n| Who | Job | Days |\n|---|---|---|\n| Dev Anand | Technician | Tue and Fri |\n"
    "| Ottoline Frey | Schools | Monday |\n| Ana Mora | Desk | Friday |\n"
)
FEEDING = (
    "# Feeding\n\n| Dog size | Dry food | Wet food   |\n|----------|----------|------------|\n"
    "| small    | 120 g    | half a tin |\n| large    | 380 g    | 2 tins     |\n"
)
PHONES = (
    "# Crew\n\n| Role | Name | Phone |\n|---|---|---|\n| Gaffer | Mo Reyes | 0117 014 |\n| Grip | Al Fox | 0117 020 |\n"
)
PLOTS = "# Plots\n\n| Plot | Rent |\n|---|---|\n| corner | £84 |\n| full | **£70** |\n"
TOOLS = (
    "# Tools\n\n| Tool | Where |\n|---|---|\n| strimmer | barn |\n| long ladder | garage |\n| short ladder | shed |\n"
)
DUTIES = "# Duties\n\n| Job | Who |\n|---|---|\n| newsletter | Glenn |\n| accounts | Priya |\n"
MOSS = "# Moss\n\nname: Moss\nkennel: A2\nbreed: collie\n"
LIST = "# Desks\n\n- Mo Reyes: 014\n- Ana Diaz: 017\n"
POOL = (
    "# Wasser\n\n| Wert | Soll | Grenze |\n|---|---|---|\n| pH | 7,2 | bis 7,6 |\n"
    "| Chlor frei | 0,4 mg/l | ab 0,3 mg/l |\n"
)
BINS = "# Müll\n\n| Tonne | Tag |\n|---|---|\n| Biotonne | Di |\n| Papier | Donnerstag |\n"
COURSES = (
    "# Kurse\n\n| Kurs | Leitung | Beginn | Preis |\n|---|---|---|---|\n| Yoga | Ines Ward | 18:00 | 9,50 € |\n"
    "| Chor | Jo Park | 20:00 | 4,00 € |\n"
)
LOG = "# Log\n\n| Date | What happened |\n|---|---|\n| 2026-01-04 | Pump failed |\n| 2026-01-11 | Valve stuck |\n"
TWICE = "# Rota\n\n| Shift | Room |\n|---|---|\n| early | B1 |\n| late | B2 |\n| late | B3 |\n"


def dream(page: str, *said: str) -> DreamInputs:
    return inputs(note(PATH, page), note("/house/rules.md", "The house is open.\n"), sessions=[talk(9, *said)])


@pytest.mark.parametrize(
    ("page", "said", "old", "new"),
    [
        (VOLUNTEERS, "Ana Mora's day is now Wednesday.", "Desk | Friday", "Desk | Wednesday"),
        (VOLUNTEERS, "Ottoline Frey's days changed from Monday to Tuesday.", "Monday", "Tuesday"),
        (VOLUNTEERS, "Ottoline comes on Wednesdays now.", "Monday", "Wednesday"),
        (VOLUNTEERS, "Dev's days have changed, he's in on Wed and Fri now.", "Tue and Fri", "Wed and Fri"),
        (FEEDING, "Small dogs get a whole tin of wet food now.", "half a tin |", "a whole tin |"),
        (FEEDING, "Large dogs get 90 g of dry food now.", "380 g ", "90 g  "),
        (FEEDING, "For small dogs it's 100 g of dry food now, I've been told.", "120 g", "100 g"),
        (PHONES, "Mo Reyes has a new number, 0117 088.", "0117 014", "0117 088"),
        (PLOTS, "A corner plot costs 88 pounds now.", "£84", "£88"),
        (PLOTS, "The rent of the full plot went up to £75.", "£70", "£75"),
        (PLOTS, "The full plot costs £75 now, not £70.", "£70", "£75"),
        (TOOLS, "The strimmer is now in the shed.", "barn", "shed"),
        (TOOLS, "The long ladder has moved from the garage to the barn.", "garage", "barn"),
        (DUTIES, "The newsletter is done by Sunita now.", "Glenn", "Sunita"),
        (DUTIES, "Glenn no longer does the newsletter, Sunita does.", "Glenn", "Sunita"),
        (MOSS, "Moss is in kennel A4 now.", "kennel: A2", "kennel: A4"),
        (LIST, "Mo Reyes has a new number, 088.", "014", "088"),
        (POOL, "Chlor frei ist jetzt 0,5 mg/l.", "0,4 mg/l", "0,5 mg/l"),
        (POOL, "Der pH ist jetzt 7,3 statt 7,2.", "7,2", "7,3"),
        (POOL, "Die Grenze für Chlor frei liegt jetzt ab 0,2 mg/l.", "ab 0,3", "ab 0,2"),
        (BINS, "Die Biotonne ist jetzt mittwochs.", "Di", "Mi"),
        (BINS, "Das Papier wurde von Donnerstag auf Freitag verlegt.", "Donnerstag", "Freitag"),
        (COURSES, "Yoga beginnt jetzt um 18:30 Uhr.", "18:00", "18:30"),
        (COURSES, "Der Chor kostet jetzt 4,50 Euro.", "4,00 €", "4,50 €"),
        (COURSES, "Die Leitung vom Chor hat jetzt Lea Kern.", "Jo Park", "Lea Kern"),
    ],
)
def test_one_cell_is_corrected_in_its_place(page: str, said: str, old: str, new: str) -> None:
    first = dream(page, said)
    after = store_after(first)
    assert after[PATH] == page.replace(old, new, 1)
    assert len(after) == 2
    assert [decision.kind for decision in decisions(first)] == ["Replaced"]
    assert store_after(again(first, after)) == after


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (VOLUNTEERS, "My cousin's friend Ana Mora comes on Wednesdays now."),
        (VOLUNTEERS, "Ana Mora's brother comes on Wednesdays now."),
        (VOLUNTEERS, "Ana Mora is paid on Wednesdays now."),
        (VOLUNTEERS, "Ottoline Frey's day will be Wednesday."),
        (VOLUNTEERS, "If Dev leaves, Ottoline Frey's day is Wednesday from now on."),
        (VOLUNTEERS, "Is Ottoline Frey's day now Wednesday?"),
        (VOLUNTEERS, "Ottoline Frey's day used to be Wednesday."),
        (VOLUNTEERS, "The leaflet says Ottoline Frey's day is now Wednesday."),
        (VOLUNTEERS, "Ana Moreno comes on Wednesdays now."),
        (VOLUNTEERS, "Ottoline Marsh comes on Wednesdays now."),
        (FEEDING, "At Inga's kennel small dogs get a whole tin of wet food now."),
        (FEEDING, "Small dogs get 2 blankets now."),
        (PHONES, "Mo Reyes now has 12 chickens."),
        (PHONES, "Mo Reyes is 42 now."),
        (PLOTS, "A corner plot costs about £88 now."),
        (PLOTS, "A corner plot costs £88 with water now."),
        (PLOTS, "The corner plot went up £4."),
        (TOOLS, "The strimmer in the barn is now broken."),
        (TOOLS, "The ladder is now in the barn."),
        (TOOLS, "The strimmer is now behind the shed."),
        (TOOLS, "Ana took the strimmer's manual, it's in the shed now."),
        (DUTIES, "Nobody does the newsletter now."),
        (DUTIES, "Sunita helps with the newsletter now."),
        (MOSS, "Fern is in kennel A4 now."),
        (MOSS, "Moss is in kennel A4 for now."),
        (LOG, "The pump of 2026-01-04 is now a Grundfos."),
        (TWICE, "The late shift is in room C1 now."),
        (POOL, "Bei Jan ist Chlor frei jetzt 0,5 mg/l."),
        (BINS, "Die Biotonne ist jetzt grün."),
        (COURSES, "Yoga dauert jetzt bis 19:30 Uhr."),
        (COURSES, "Yoga macht jetzt um 19:30 Uhr zu."),
    ],
)
def test_what_is_of_something_else_changes_no_cell(page: str, said: str) -> None:
    assert store_after(dream(page, said))[PATH] == page


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (FEEDING, "Small dogs get more wet food now."),
        (DUTIES, "Glenn no longer does the newsletter."),
        (PLOTS, "A corner plot costs £88 this year."),
        (PLOTS, "From 2030 a corner plot will cost £88."),
        (TWICE, "The late shift is in room C1 now."),
        (TOOLS, "The strimmer is now behind the shed."),
    ],
)
def test_what_names_no_single_cell_becomes_an_insight(page: str, said: str) -> None:
    after = store_after(dream(page, said))
    assert after[PATH] == page
    assert f"- {said} (in 1 of 1 session)\n" in after["/insights.md"]


def test_the_newest_correction_of_a_cell_holds() -> None:
    sessions = [talk(5, "The corner plot costs £95 now."), talk(6, "The corner plot costs £88 now.")]
    for order in (sessions, sessions[::-1]):
        after = store_after(inputs(note(PATH, PLOTS), sessions=order))
        assert after == {PATH: PLOTS.replace("£84", "£88")}


def test_several_cells_of_a_row_are_corrected() -> None:
    after = store_after(dream(COURSES, "Yoga costs 12 Euro now.", "Yoga beginnt jetzt um 9:30 Uhr."))
    assert "| Yoga | Ines Ward | 9:30 | 12 € |" in after[PATH]


def test_a_page_newer_than_what_was_said_stays() -> None:
    later = inputs(note(PATH, PLOTS, 9), sessions=[talk(5, "The corner plot costs £88 now.")])
    assert store_after(later) == {PATH: PLOTS}


def test_what_two_tables_have_is_not_corrected_but_where_the_heading_is_named() -> None:
    page = PLOTS + "\n## Elm Road\n\n" + PLOTS.partition("\n\n")[2]
    assert store_after(dream(page, "The corner plot costs £88 now."))[PATH] == page
    after = store_after(dream(page, "At Elm Road the corner plot costs £88 now."))[PATH]
    assert after == page[::-1].replace("£84"[::-1], "£88"[::-1], 1)[::-1]


@pytest.mark.parametrize("page", ["|\n|---|\n| x |\n", PLOTS + "|\n"])
def test_a_line_without_cells_is_no_row(page: str) -> None:
    after = store_after(dream(page, "The corner plot costs £88 now."))
    assert after[PATH] == page.replace("£84", "£88")


def test_a_correction_is_told_with_its_session() -> None:
    (told,) = decisions(dream(PLOTS, "A corner plot costs 88 pounds now."))
    assert told.details == ('"| corner | £84 |" with "| corner | £88 |" (session sesn_9)',)
