"""What is told as changed, in whatever words: which older statements it ends, and which not."""

import pytest

from tests.support.dreaming import kept, talk


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Oskar tunes the harpsichord.", "Oskar no longer tunes the harpsichord, Liv does."),
        ("Gus repairs the tandems.", "Gus no longer repairs the tandems; Hanna does them."),
        ("Nadja answers the hotline.", "Nadja doesn't answer the hotline any more, Kofi does."),
        ("Pia counts the till.", "Pia no longer counts the till, that is done by Rolf."),
        ("Ewan leads the night walks.", "Ewan no longer leads the night walks, sadly."),
        ("Den Ofen heizt Bertram an.", "Den Ofen heizt nicht mehr Bertram an, das macht jetzt Swantje."),
        ("Ulrike schreibt die Protokolle.", "Ulrike schreibt die Protokolle nicht mehr, die schreibt Detlef."),
        ("Den Schlüssel verwahrt Timo.", "Den Schlüssel verwahrt nicht länger Timo, das tut Rieke."),
    ],
)
def test_what_is_over_goes_whatever_is_told_of_the_successor(older: str, newer: str) -> None:
    assert kept(older, newer) == [newer]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Ines keeps the minutes.", "Ines no longer keeps the minutes, except in May."),
        ("Ines keeps the minutes.", "Ines no longer keeps the minutes, if Arne does."),
        ("Ines keeps the minutes.", "Ines no longer keeps the minutes, in summer at least."),
        ("Petra orders the flour.", "Petra no longer orders the flour for the annex, Imke does."),
        ("Oskar tunes the harpsichord.", "Oskar no longer tunes the spinet, Liv does."),
        ("Hugo bakes the rye bread.", "Selma no longer bakes the rye bread, Hugo does."),
        ("Gus repairs the tandems.", "If Gus no longer repairs the tandems, Hanna does."),
        ("Den Ofen heizt Bertram an.", "Den Ofen im Anbau heizt nicht mehr Bertram an, das macht Swantje."),
        ("Die Kasse zählt Marlies.", "Die Kasse zählt sonntags nicht mehr Marlies, das macht Kemal."),
        ("Ulrike schreibt die Protokolle.", "Ulrike schreibt die Protokolle nicht mehr, außer im Mai."),
    ],
)
def test_what_is_over_for_another_or_at_times_ends_nothing(older: str, newer: str) -> None:
    assert kept(older, newer) == sorted([older, newer])


@pytest.mark.parametrize(
    ("older", "said", "left"),
    [
        (
            "Das Brot wird am Mittwoch gebacken.",
            "Das Brot wird jetzt freitags statt mittwochs gebacken.",
            "freitags gebacken.",
        ),
        ("Die Wäsche kommt am Dienstag.", "Die Wäsche kommt jetzt freitags statt dienstags.", "kommt freitags."),
        ("Der Markt ist mittwochs.", "Der Markt ist jetzt am Freitag statt am Mittwoch.", "ist am Freitag."),
        ("Der Markt ist am Mittwoch.", "Der Markt ist jetzt am Freitag statt am Mittwoch.", "ist am Freitag."),
        (
            "Die Karte gilt jeden Mittwoch.",
            "Die Karte gilt jetzt freitags statt mittwochs.",
            "freitags statt mittwochs.",
        ),
        (
            "Das Kennwort läuft nach 60 Tagen ab.",
            "Das Kennwort läuft jetzt nach 90 Tage ab.",
            "läuft nach 90 Tagen ab.",
        ),
        ("Der Termin ist in 20 Tagen.", "Der Termin wurde von 20 Tagen auf 15 Tage verkürzt.", "ist in 15 Tagen."),
        ("Der Termin ist in 20 Tagen.", "Der Termin wurde von 20 Tagen auf 1 Tag verkürzt.", "ist in 1 Tag."),
    ],
)
def test_a_new_value_is_written_in_the_form_that_fits_its_place(older: str, said: str, left: str) -> None:
    (line,) = kept(older, sessions=[talk(50, said)])
    assert line.endswith(left)
