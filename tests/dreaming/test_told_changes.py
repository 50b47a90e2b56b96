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


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("The posters are printed with Inkdrop.", "Mar: Inkdrop was replaced by Colorado for the posters."),
        ("The upload limit is 20 MB.", "Feb 2026: The upload limit was raised from 20 MB to 50 MB."),
        ("Rehearsals start at 19:00.", "3 April: Rehearsals were moved from 19:00 to 19:30."),
        ("The club room is on the first floor.", "Nov: The club room is now on the third floor."),
        ("Der Beitrag beträgt 20 Euro.", "Mär: Der Beitrag wurde von 20 Euro auf 25 Euro erhöht."),
        ("Die Proben beginnen um 19 Uhr.", "3. Mai 2026: Die Proben wurden von 19 Uhr auf 20 Uhr verlegt."),
    ],
)
def test_a_date_before_the_news_does_not_hide_them(older: str, newer: str) -> None:
    assert kept(older, newer) == [newer]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Feb: The fee was raised to 20 euros.", "Mar: The fee was raised to 20 euros."),
        ("Feb: The fee is now 20 euros.", "Mar: The fee is now 25 euros."),
        ("Feb: sales are 20", "Mar: sales are 30"),
        ("The posters are printed with Inkdrop.", "Printer: Inkdrop was replaced by Colorado for the posters."),
        ("The tills run on Cashpoint.", "May: Cashpoint might be replaced by Tillo for the tills."),
        ("Der Beitrag beträgt 20 Euro.", "Feb: Der Beitrag für Kinder wurde von 20 Euro auf 25 Euro erhöht."),
        ("Der Beitrag beträgt 20 Euro.", "Feb: Der Beitrag soll von 20 Euro auf 25 Euro erhöht werden."),
    ],
)
def test_what_is_dated_is_left_beside_other_dates_and_owners(older: str, newer: str) -> None:
    assert kept(older, newer) == sorted([older, newer])


@pytest.mark.parametrize(
    ("older", "newer", "renewed"),
    [
        (
            "The ushers get 11 euros an hour.",
            "The hourly wage of the ushers was raised from 11 euros to 12 euros.",
            "The ushers get 12 euros an hour.",
        ),
        ("The café closes at 22:00.", "The closing time of the café was moved from 22:00 to 23:00.", ""),
        (
            "Interns earn 800 euros a month.",
            "The allowance of the interns was increased from 800 euros to 950 euros.",
            "Interns earn 950 euros a month.",
        ),
        (
            "Die Platzanweiser bekommen 11 Euro in der Stunde.",
            "Der Stundenlohn der Platzanweiser wurde von 11 Euro auf 12 Euro erhöht.",
            "Die Platzanweiser bekommen 12 Euro in der Stunde.",
        ),
        (
            "Die Sternwarte schließt um 22 Uhr.",
            "Die Schließzeit der Sternwarte wurde von 22 Uhr auf 23 Uhr verlegt.",
            "",
        ),
        ("Gegen Läuse nehmen wir Neem.", "Neem wurde gegen Läuse durch Seifenlauge ersetzt.", ""),
        ("The stage is lit with Beamline.", "Beamline was replaced by Lumen on the stage in May.", ""),
        (
            "The beekeepers use thymol against mites.",
            "Thymol was replaced by oxalic acid against mites.",
            "The beekeepers use oxalic acid against mites.",
        ),
    ],
)
def test_a_change_names_with_a_noun_what_a_verb_tells(older: str, newer: str, renewed: str) -> None:
    assert kept(older, newer) == sorted(filter(None, [newer, renewed]))


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("The ushers get 11 euros for food.", "The wage of the ushers was raised from 11 euros to 12 euros."),
        ("The ushers pay 11 euros.", "The wage of the ushers was raised from 11 euros to 12 euros."),
        ("The ushers get 11 euros.", "The night wage of the ushers was raised from 11 euros to 12 euros."),
        ("The ushers wait 30 minutes.", "The break of the ushers was cut from 30 minutes to 20 minutes."),
        ("The lift weighs 400 kg.", "The weight limit of the lift was raised from 400 kg to 450 kg."),
        ("The café opens at 10:00.", "The closing time of the café was moved from 10:00 to 11:00."),
        ("The café closes at 18:00.", "The summer closing time of the café was moved from 18:00 to 19:00."),
        ("Against mites we use thymol.", "Thymol was replaced by oxalic acid against moths."),
        ("We buy paste for the posters from Bauer.", "Paste was replaced by tape for the posters."),
        ("Die Kassierer bekommen 11 Euro.", "Der Nachtlohn der Kassierer wurde von 11 Euro auf 12 Euro erhöht."),
        ("Die Kassierer zahlen 11 Euro.", "Der Stundenlohn der Kassierer wurde von 11 Euro auf 12 Euro erhöht."),
        (
            "Praktikanten haben 20 Tage Urlaub.",
            "Die Probezeit der Praktikanten wurde von 20 Tagen auf 15 Tage verkürzt.",
        ),
        ("Das Café schließt um 22 Uhr.", "Die Sommerschließzeit des Cafés wurde von 22 Uhr auf 23 Uhr verlegt."),
        ("Gegen Läuse nehmen wir Neem.", "Neem wurde gegen Motten durch Seifenlauge ersetzt."),
    ],
)
def test_a_change_of_another_quantity_of_the_same_owner_changes_nothing(older: str, newer: str) -> None:
    assert kept(older, newer) == sorted([older, newer])
