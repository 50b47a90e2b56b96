"""What is told as changed, in whatever words: which older statements it ends, and which not."""

import pytest

from tests.support.dreaming import inputs, kept, lines, note, store_after, talk


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
        ("The stage is lit with Beamline.", "Beamline was replaced by Lumen on the stage in May.", ""),
        (
            "The beekeepers use thymol against mites.",
            "Thymol was replaced by oxalic acid against mites.",
            "The beekeepers use oxalic acid against mites.",
        ),
        ("Gegen Läuse nehmen wir Neem.", "Neem wurde gegen Läuse durch Seifenlauge ersetzt.", ""),
        ("Wir planen die Schichten mit Xepla.", "Xepla wurde für die Schichten durch Rostra ersetzt.", ""),
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


def after_session(memory: str, said: str) -> tuple[list[str], list[str]]:
    """What the memory says after a user said something, and what the insights say, without their counts."""
    store = store_after(inputs(note("/place/file.md", f"- {memory}\n"), sessions=[talk(50, said)]))
    learned = lines({path: text for path, text in store.items() if path == "/insights.md"})
    insights = [line.partition(" (in ")[0] for line in learned if not line.startswith("#")]
    return lines({"/place/file.md": store["/place/file.md"]}), insights


@pytest.mark.parametrize(
    ("older", "said", "left"),
    [
        (
            "The password expires after 60 days.",
            "The password now expires after 90 days, the auditors want that.",
            "90 days.",
        ),
        ("The night bus leaves at 23:10.", "The night bus leaves at 23:40 now, thank goodness.", "leaves at 23:40."),
        (
            "Die Probe ist am Montag.",
            "Die Probe ist nicht mehr am Montag, sondern am Mittwoch, Ada wollte das so.",
            "ist am Mittwoch.",
        ),
        (
            "Der Ofen brennt bei 1200 Grad.",
            "Der Ofen brennt übrigens nicht mehr bei 1200 Grad, sondern bei 1240 Grad, Mira hat das umgestellt.",
            "brennt bei 1240 Grad.",
        ),
    ],
)
def test_what_is_only_remarked_on_news_is_left_off(older: str, said: str, left: str) -> None:
    (line,), insights = after_session(older, said)
    assert line.endswith(left)
    assert insights == []


@pytest.mark.parametrize(
    ("older", "said"),
    [
        ("The shop opens at 9:00.", "The shop opens at 8:00 now, except on Sunday."),
        ("The shop opens at 9:00.", "The shop opens at 8:00 now, in winter at 10:00."),
        ("The depot keeps parcels for 10 days.", "The depot now keeps parcels for 14 days, letters for 20."),
        ("Die Probe ist am Montag.", "Die Probe ist nicht mehr am Montag, sondern am Dienstag, außer im August."),
        ("Der Laden schließt um 17 Uhr.", "Der Laden schließt jetzt um 18 Uhr, nur samstags um 14 Uhr."),
    ],
)
def test_what_limits_the_news_is_kept(older: str, said: str) -> None:
    (line,), insights = after_session(older, said)
    assert line != older
    assert said in (line, *insights)


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        ("The choir has 32 singers.", "My brother's choir has 60 singers, they can hardly fit."),
        (
            "The telescope has a mirror of 40 cm.",
            "My uncle's observatory has a telescope with a mirror of 90 cm, lucky him.",
        ),
        ("Tickets cost 12 euros.", "Back then tickets cost 3 euros, hard to imagine."),
        ("Der Chor hat 32 Sänger.", "Der Chor meines Bruders hat 60 Sänger, die passen kaum in den Saal."),
        ("Die Kaution beträgt 50 Euro.", "Damals betrug die Kaution 20 Euro, das waren Zeiten."),
    ],
)
def test_what_another_has_or_what_was_is_no_news(memory: str, said: str) -> None:
    assert after_session(memory, said) == ([memory], [])


@pytest.mark.parametrize(
    ("older", "said", "left"),
    [
        ("The glass is fetched on Tuesday.", "The glass comes on Friday now instead of Tuesday.", "fetched on Friday."),
        ("The mooring fee for a punt is 80 pounds.", "Mooring a punt costs 95 pounds now, no longer 80.", "95 pounds."),
        (
            "The mooring fee for a punt is 80 pounds.",
            "The wardens met about fees: mooring a punt costs 95 pounds as of this month, no longer 80.",
            "is 95 pounds.",
        ),
        (
            "Das Holz wird am Montag gebracht.",
            "Das Holz kommt jetzt freitags statt montags.",
            "wird freitags gebracht.",
        ),
        (
            "The laundry comes on Monday.",
            "The laundry has been shifted to Friday, so bring it on Thursday.",
            "on Friday.",
        ),
        ("Late books are held for 10 days.", "Late books are now held for 14 days, the council insists.", "14 days."),
        ("Das Holz wird am Montag gebracht.", "Das Holz wird jetzt freitags gebracht.", "freitags gebracht."),
        (
            "A small pew costs 15 pounds a year.",
            "We put the rents up, so a pew is 20 pounds instead of 15.",
            "20 pounds a year.",
        ),
        (
            "The cart is parked behind the mill overnight.",
            "Since then the cart is parked in Tilda's barn overnight, not behind the mill.",
            "in Tilda's barn overnight.",
        ),
        ('The greeting is "Dear friend".', 'The greeting is now "Good day".', '"Good day".'),
        (
            "Dentist reminders go out three weeks before the visit.",
            "The dentist reminders have been changed from three weeks to four weeks before the visit.",
            "out four weeks before the visit.",
        ),
        (
            "Die Zeltplanen liegen im Keller.",
            "Die Zeltplanen habe ich umgeräumt, die liegen nun im Schuppen hinter der Bühne.",
            "liegen im Schuppen hinter der Bühne.",
        ),
    ],
)
def test_news_in_other_words_is_put_in_the_place_of_the_value(older: str, said: str, left: str) -> None:
    (line,), insights = after_session(older, said)
    assert line.endswith(left)
    assert insights == []


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        ("The mooring fee for a punt is 80 pounds.", "Mooring a barge costs 95 pounds now, no longer 80."),
        ("The hall costs 40 pounds an hour.", "The hall costs members 30 pounds instead of 40."),
        ("The shop opens at 9:00.", "The shop closes at 17:00 now, not at 9:00."),
        ("The station fee is 4 pounds.", "Stationery costs 5 pounds now instead of 4."),
        ("Das Holz wird am Montag gebracht.", "Das Holz für Mainz kommt jetzt freitags statt montags."),
        ("The laundry comes on Monday.", "The laundry could be shifted to Friday, so somebody has to be there."),
        ("The laundry comes on Monday.", "The laundry has been shifted to Friday, so far only for May."),
        ('The greeting is "Dear friend".', 'The greeting on Sundays is now "Good day" and the name.'),
        ("Deliveries come on Monday, not on Sunday.", "Deliveries come on Monday now, not on Sunday."),
    ],
)
def test_a_value_of_another_thing_or_not_settled_is_put_nowhere(memory: str, said: str) -> None:
    assert after_session(memory, said)[0] == [memory]


def test_a_quotation_is_one_value_with_what_follows_it() -> None:
    assert kept('The greeting is "Dear guest".', 'The greeting is now "Hi" and a first name.') == [
        'The greeting is now "Hi" and a first name.'
    ]


def test_of_two_things_that_may_be_meant_none_is_changed() -> None:
    older = ["The drama rehearsal is held on Monday.", "The rehearsal of the band is on Monday."]
    store = inputs(
        note("/place/a.md", f"- {older[0]}\n"),
        note("/place/b.md", f"- {older[1]}\n"),
        sessions=[talk(50, "The rehearsal comes on Friday instead of Monday.")],
    )
    after = store_after(store)
    assert [after["/place/a.md"], after["/place/b.md"]] == [f"- {each}\n" for each in older]


def test_a_value_that_many_things_have_is_put_in_the_place_of_none() -> None:
    """With the others out of sight nobody knows whether it is the only one."""
    pew = "A small pew costs 15 pounds a year."
    others = [f"The {first}{vowel}lk costs 15 pounds a year." for first in "bdfgklmnprst" for vowel in "aeiou"]
    others += [f"The {first}urd costs 15 pounds a year." for first in "bdfgklm"]
    store = {"/pew.md": f"- {pew}\n", "/rest.md": "".join(f"- {each}\n" for each in others)}
    said = talk(50, "We put the rents up, so a pew is 20 pounds instead of 15.")
    after = store_after(inputs(*(note(path, text) for path, text in store.items()), sessions=[said]))
    assert {path: after[path] for path in store} == store


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        ("The Harkness is used for mending nets.", "We replaced the Harkness with a Pfaff."),
        ("The old press stands by the window.", "We replaced the old press with a Vandercook."),
        ("The trailer was repaired in May.", "The trailer was replaced by a barrow."),
        ("The lamp is red.", "We replaced the lamp with a lantern."),
        ("Der Webstuhl steht im Anbau.", "Wir haben den Webstuhl durch einen Hochwebstuhl ersetzt."),
    ],
)
def test_what_is_told_of_a_thing_is_not_who_or_what_it_is(memory: str, said: str) -> None:
    statements, learned = after_session(memory, said)
    assert statements == [memory]
    assert said in learned[0]


@pytest.mark.parametrize(
    ("memory", "said", "left"),
    [
        (
            "The router is kept in cabinet 3.",
            "We moved the router to the cellar.",
            "We moved the router to the cellar.",
        ),
        (
            "We buy the yarn from the weaver.",
            "We switched from the weaver to Lindqvist.",
            "We buy the yarn from Lindqvist.",
        ),
        (
            "Bikes are not allowed on the quay.",
            "Bikes are now allowed on the quay.",
            "Bikes are now allowed on the quay.",
        ),
    ],
)
def test_a_new_value_makes_a_whole_sentence(memory: str, said: str, left: str) -> None:
    assert after_session(memory, said) == ([left], [])


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        ("The studio has 12 looms.", "The studio has 14 stools now."),
        ("Bikes are not allowed on the quay.", "Bikes are now allowed on the slipway."),
        ("Weblate is the only server for texts.", "We replaced Weblate with Pontoon."),
    ],
)
def test_what_is_counted_denied_or_named_besides_stays(memory: str, said: str) -> None:
    assert after_session(memory, said) == ([memory], [said])


def test_a_newer_memory_ends_what_an_older_denies() -> None:
    newer = "Bikes are now allowed on the quay."
    assert kept("Bikes are not allowed on the quay.", newer) == [newer]
