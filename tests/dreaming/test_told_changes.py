"""What is told as changed, in whatever words: which older statements it ends, and which not."""

import pytest

from tests.support.dreaming import kept


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
