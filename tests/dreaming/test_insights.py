from dataclasses import replace
from itertools import permutations

import pytest

from mockdreams.dreaming.plan import (
    DreamInputs,
    Transcript,
)
from tests.support.dreaming import again, inputs, kept, lines, note, store_after, talk


def learned(*sessions: Transcript, memory: str = "The cat is called Miso.") -> list[str]:
    store = store_after(inputs(note("/a.md", f"{memory}\n"), sessions=sessions))
    return [line.removeprefix("- ") for line in store.get("/insights.md", "").splitlines() if line.startswith("- ")]


def test_what_recurs_is_learned_with_its_support() -> None:
    sessions = [
        talk(1, "Hello!", "Keep summaries under five lines."),
        talk(2, "Please keep summaries under 5 lines."),
        talk(3, "Fix the build, and keep summaries under five lines."),
        talk(4, "Thanks, that works."),
        talk(5, "Thanks, that works."),
    ]
    assert learned(*sessions) == ["Keep summaries under five lines. (in 3 of 5 sessions)"]


def test_twice_is_enough_to_recur() -> None:
    wish = "Keep summaries under five lines."
    assert learned(talk(1, wish), talk(2, wish), talk(3, "Hi!")) == [f"{wish} (in 2 of 3 sessions)"]
    assert learned(talk(1, wish, wish), talk(2, "Hi!")) == []


@pytest.mark.parametrize(
    "said",
    [
        "Remember that Ana is away until June.",
        "Always squash before merging.",
        "Answers should never be longer than a page.",
        "Bitte duze mich immer.",
        "From now on write release notes in English.",
        "I prefer short answers with an example.",
        "I prefer tabs.",
        "As of today, Ana works from Porto.",
        "Correction: the desk of Ana is in room 208.",
        "Use British spelling in everything that customers see.",
        "Verwende in allen Berichten metrische Einheiten.",
        "Don't ever send mails on Sundays.",
        "Avoid the passive voice.",
        "Stop using emojis in the newsletter.",
        "Whenever you write a letter, sign it with my full name.",
        "Du sollst Kunden niemals duzen.",
        "Schreib immer in der Sie-Form.",
        "Note that Petra can't have milk.",
        "For the record, the budget is agreed with Ana.",
        "Bitte merken: am Freitag keine Anrufe.",
        "Merke dir, dass ich am Freitag keine Anrufe annehme.",
        "From next week on deploys happen on Friday.",
        "Ab nächster Woche kommt die Müllabfuhr am Freitag.",
        "Rappelle-toi que Marta ne boit pas de lait.",
        "N'oublie pas : les mots aux parents tiennent sur une page.",
        "Ne tutoie jamais les parents.",
        "Acuérdate de que Marta no toma leche.",
        "Usa siempre unidades métricas.",
        "Ricordati che Marta non beve latte.",
        "Lembre-se de que Marta não toma leite.",
        "Onthoud dat Marta geen melk drinkt.",
        # An order with "always" wherever it stands, and "should".
        "Gib Aufgaben immer mit Zeitangabe an.",
        "Put the summary always on top.",
        "Donne les prix toujours en euros.",
        "Da los precios siempre en euros.",
        "Concentrations should be given in micromolar.",
        "Reports should always start with a summary.",
        "Preise sollen immer mit Komma geschrieben werden.",
        "Schick Rechnungen nie am Wochenende.",
        "Status updates shouldn't exceed 80 words.",
        "Numbers below ten should be spelled out.",
        "Sieze mich bitte immer.",
        "Künftig keine Einleitung mehr.",
        "Always repeat the order before you place it.",
    ],
)
def test_a_standing_wish_is_learned_from_one_session(said: str) -> None:
    assert learned(talk(1, said), talk(2, "What is the time?")) == [f"{said} (in 1 of 2 sessions)"]


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        ("The escalation is: #sre-help", "The escalation channel is #sre-urgent now."),
        ("Students get half off.", "Students no longer get a discount."),
        ("Discount: Students get half off.", "Students no longer get a discount."),
        ("The tests need Docker running.", "Tests no longer need Docker."),
        ("Mia is allergic to nuts and to eggs.", "Mia isn't allergic to nuts any more."),
        ("The user lives in Lisbon with two cats.", "The fee of the club was raised to 30 euros."),
        ("The user lives in Lisbon with two cats.", "I moved to Madrid last month."),
    ],
)
def test_a_correction_without_a_single_target_is_learned(memory: str, said: str) -> None:
    assert learned(talk(1, said), memory=memory) == [f"{said} (in 1 of 1 session)"]


def test_news_after_what_was_about_the_moment_is_learned() -> None:
    said = "They told us yesterday: the post accepts at most 800 labels per request now."
    assert learned(talk(1, said)) == ["The post accepts at most 800 labels per request now. (in 1 of 1 session)"]


def test_a_question_may_ask_to_remember() -> None:
    assert learned(talk(1, "Could you remember that Petra can't have milk?")) == [
        "Could you remember that Petra can't have milk? (in 1 of 1 session)"
    ]


def test_a_plain_statement_that_meets_two_old_ones_is_learned() -> None:
    older = "Deploys happen on Tuesday.\n\nDeploys happen on Wednesday."
    assert learned(talk(1, "Deploys happen on Friday."), memory=older) == [
        "Deploys happen on Friday. (in 1 of 1 session)"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Toujours vouvoyer les parents.", "Il faut toujours vouvoyer les parents."),
        ("Siempre citar las fuentes del informe.", "Hay que citar siempre las fuentes del informe."),
    ],
)
def test_a_wish_in_any_language_is_heard_through_its_opener(one: str, other: str) -> None:
    assert learned(talk(1, one), talk(2, other)) == [f"{one} (in 2 of 2 sessions)"]


def test_what_is_no_longer_so_is_replaced_by_the_whole_sentence() -> None:
    memory = "The microscope is booked by e-mail."
    said = "The microscope isn't booked by e-mail any more; it is booked in the calendar."
    assert store_after(inputs(note("/a.md", f"{memory}\n"), sessions=[talk(1, said)])) == {"/a.md": f"{said}\n"}


@pytest.mark.parametrize(
    "lead",
    ["Hi there, small correction to your notes:", "Good news, everyone:", "Just a quick heads-up:", "I have news:"],
)
def test_what_announces_news_stays_out_of_memories(lead: str) -> None:
    said = "The microscope isn't booked by e-mail any more; it is booked in the calendar."
    dream = inputs(note("/a.md", "The microscope is booked by e-mail.\n"), sessions=[talk(1, f"{lead} t{said[1:]}")])
    assert store_after(dream) == {"/a.md": f"{said}\n"}


@pytest.mark.parametrize("lead", ["Gute Nachricht:", "Nur zur Info:", "Es gibt Neuigkeiten:", "Noch was:"])
def test_what_announces_news_in_german_stays_out_of_memories(lead: str) -> None:
    said = "Das Mikroskop wird nicht mehr per Mail gebucht, sondern im Kalender."
    dream = inputs(note("/a.md", "Das Mikroskop wird per Mail gebucht.\n"), sessions=[talk(1, f"{lead} d{said[1:]}")])
    assert store_after(dream) == {"/a.md": f"{said}\n"}


def test_a_question_supports_a_wish_and_is_none() -> None:
    asked, told = "Could you list the open actions first?", "List the open actions first."
    assert learned(talk(1, asked), talk(2, asked)) == []
    assert learned(talk(1, asked), talk(2, told)) == []
    assert learned(talk(1, asked), talk(2, told), talk(3, f"Please {told[0].lower()}{told[1:]}")) == [
        f"{told} (in 3 of 3 sessions)"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Show me paces in minutes per kilometre.", "I'd rather see paces in minutes per kilometre."),
        ("Never schedule anything on a Friday.", "Please don't ever schedule anything on a Friday."),
        ("Nenne Termine bitte immer mit Wochentag.", "Bitte nenne Termine immer mit Wochentag."),
        ("No tables please.", "Please no more tables."),
        ("Keine Tabellen bitte.", "Bitte keine Tabellen mehr."),
        ("Ich hätte Protokolle gern als Liste.", "Protokolle bitte als Liste."),
        ("I hate emojis in commit messages.", "No emojis in commit messages, please."),
        ("I hate emojis in commit messages, leave them out.", "No emojis in commit messages."),
        ("Mention the deadline in every reminder.", "Reminders should always mention the deadline."),
        ("Bitte duze mich immer.", "Bitte duze mich."),
        ("Answers should be at most one page.", "Answers should never be longer than a page."),
        ("Bitte erinnere mich zwei Tage vorher.", "Erinnerungen bitte zwei Tage vorher."),
        ("Gib Zutaten in Gramm an.", "Ich möchte, dass du Zutaten in Gramm angibst."),
        ("From now on answer in French.", "French, please."),
        ("Give me weights in kilos, not in pounds.", "Weights in kilos please."),
        ("I'd like you to repeat the order before you place it.", "Repeat the order before placing it."),
        ("Frag mich, bevor du etwas löschst.", "Ich möchte, dass du fragst, bevor du etwas löschst."),
        ("Bitte keine Einleitung in Berichten.", "Lass die Einleitung in Berichten weg."),
        ("Schlag keine Rabatte vor.", "Hör auf, Rabatte vorzuschlagen."),
        ("Nenn Termine bitte mit Wochentag.", "Mir wäre lieber, du würdest Termine mit Wochentag nennen."),
        ("Sprich mich mit Frau Lund an.", "Ich möchte mit Frau Lund angesprochen werden."),
        ("Bitte Tabellen statt Listen.", "Ich mag lieber Tabellen als Listen."),
        ("When you write up a call, please use bullet points.", "Please use bullet points when you write up a call."),
        ("Weights in kilos, please, not in pounds.", "Please give weights in kilos."),
        ("Don't leave out the deadline in reminders.", "Mention the deadline in reminders."),
        ("Vergiss im Bericht die Überstunden nicht.", "Im Bericht bitte die Überstunden nennen."),
        ("Ask me before you send anything.", "Never send anything without asking me first."),
        ("Bestell nichts, ohne mich zu fragen.", "Frag mich, bevor du etwas bestellst."),
        ("Use American spelling.", "American spelling in everything, please."),
        ("No more than half a page per summary, please.", "Keep the summary to half a page."),
        ("Patients by initials only, please.", "Refer to patients by initials only."),
        ("Jede Regel braucht ein Beispiel.", "Zu jeder Regel bitte ein Beispiel."),
        ("Hör bitte auf, Fachwörter zu benutzen.", "Keine Fachwörter bitte."),
        ("Ergebnisse bitte als Tabelle.", "Zeig Ergebnisse in einer Tabelle."),
        ("List the members alphabetically.", "Members in alphabetical order, please."),
        ("Product texts should do without superlatives.", "No superlatives in product texts, they sound cheap."),
    ],
)
def test_a_wish_is_heard_through_its_wording(one: str, other: str) -> None:
    assert len(told := learned(talk(1, one), talk(2, other))) == 1
    assert told[0].endswith("(in 2 of 2 sessions)")


def test_a_wish_with_a_pronoun_in_it_recurs() -> None:
    sessions = [
        talk(1, "Don't page me before 7:00 unless it's urgent."),
        talk(2, "do not page me before 7:00 unless it is urgent"),
    ]
    assert learned(*sessions) == ["Don't page me before 7:00 unless it's urgent. (in 2 of 2 sessions)"]


def test_a_wish_is_counted_in_whatever_form_it_is_put() -> None:
    wish = "Always cite sources in reports."
    others = ["Could you always cite sources in reports?", "I'd prefer that you cite sources in reports."]
    sessions = [talk(number, said) for number, said in enumerate([wish, *others, wish])]
    assert learned(*sessions) == [f"{wish} (in 4 of 4 sessions)"]


@pytest.mark.parametrize(
    ("wishes", "told"),
    [
        (
            [
                "From now on answer in one line, I read this on the phone.",
                "Please answer in one line.",
                "One line please!",
            ],
            "Please answer in one line.",
        ),
        (
            [
                "Termine bitte immer mit Uhrzeit.",
                "Nenn Termine immer mit Uhrzeit.",
                "Und Termine immer mit Uhrzeit, danke.",
            ],
            "Nenn Termine immer mit Uhrzeit.",
        ),
        (["Toujours répondre en français.", "Réponds toujours en français."], "Réponds toujours en français."),
        (
            [
                "Please sort the list by name.",
                "The list again, and please sort the list by name.",
                "I want the list sorted by name.",
            ],
            "Please sort the list by name.",
        ),
        (
            ["Please give me times in the 24-hour clock.", "Use the 24-hour clock, please."],
            "Please give me times in the 24-hour clock.",
        ),
        (
            ["And remember: no red next to green.", "And remember: no red next to green."],
            "Remember: no red next to green.",
        ),
        (
            ["Don't use emojis.", "No emojis, please.", "Please stop using emojis.", "I don't want emojis."],
            "Don't use emojis.",
        ),
        (["I'd rather you didn't use jargon.", "Please don't use jargon."], "Please don't use jargon."),
        (["Please avoid jargon.", "Leave out the jargon.", "Never use jargon."], "Never use jargon."),
        (
            [
                "Keep emails under 150 words.",
                "Emails should never be longer than 150 words.",
                "Limit emails to 150 words.",
            ],
            "Limit emails to 150 words.",
        ),
        (
            ["Mails bitte unter 100 Wörtern.", "Mails nicht länger als 100 Wörter.", "Mails maximal 100 Wörter."],
            "Mails maximal 100 Wörter.",
        ),
        (
            [
                "Keep the whole weekly summary under five lines.",
                "Keep the weekly summary mail under five lines.",
                "Keep the weekly summary under five lines.",
            ],
            "Keep the weekly summary under five lines.",
        ),
        (
            ["Draft replies must stay below 120 words.", "Please keep draft replies under 120 words."],
            "Draft replies must stay below 120 words.",
        ),
        (
            ["Stop suggesting discounts.", "No discount suggestions, please.", "Please don't suggest discounts to me."],
            "Stop suggesting discounts.",
        ),
        (
            ["From now on give concentrations in nanomolar.", "Report all concentrations in nanomolar."],
            "Report all concentrations in nanomolar.",
        ),
        (
            ["Ich will keine Emojis.", "Benutz keine Emojis.", "Keine Emojis bitte.", "Verzichte auf Emojis."],
            "Benutz keine Emojis.",
        ),
        (
            ["Bitte keine Fachwörter in den Briefen.", "Schreib die Briefe ohne Fachwörter."],
            "Schreib die Briefe ohne Fachwörter.",
        ),
        (
            ["Ab sofort sollen Termine mit Telefon eingetragen werden.", "Bitte Termine immer mit Telefon eintragen."],
            "Bitte Termine immer mit Telefon eintragen.",
        ),
        (
            ["British spelling in your answers, please.", "Please answer in British spelling."],
            "Please answer in British spelling.",
        ),
        (
            [
                "Ich möchte, dass du in jedem Schreiben zuerst das Aktenzeichen nennst.",
                "Nenne bitte zuerst das Aktenzeichen in jedem Schreiben.",
            ],
            "Nenne bitte zuerst das Aktenzeichen in jedem Schreiben.",
        ),
        (
            ["Es wäre schön, wenn du kürzere Sätze schreibst.", "Schreib bitte kürzere Sätze."],
            "Schreib bitte kürzere Sätze.",
        ),
        (
            ["Merke dir: Aufgaben immer mit Zeitangabe.", "Gib Aufgaben immer mit Zeitangabe an."],
            "Gib Aufgaben immer mit Zeitangabe an.",
        ),
        (
            ["Trag Termine immer mit Uhrzeit ein.", "Termine bitte immer mit Uhrzeit eintragen."],
            "Trag Termine immer mit Uhrzeit ein.",
        ),
        (
            [
                "Please give concentrations in micromolar.",
                "Concentrations should be given in micromolar.",
                "Please give concentrations in micromolar.",
            ],
            "Please give concentrations in micromolar.",
        ),
        (
            ["Schreib Preise immer mit Komma auf.", "Preise sollen immer mit Komma geschrieben werden."],
            "Schreib Preise immer mit Komma auf.",
        ),
        (["Donne toujours les prix en euros.", "Les prix toujours en euros."], "Les prix toujours en euros."),
        (["Da siempre los precios en euros.", "Los precios siempre en euros."], "Los precios siempre en euros."),
        (
            ["Can you sum up the log every evening?", "I'd like you to sum up the log every evening."],
            "I'd like you to sum up the log every evening.",
        ),
        (
            [
                "Kannst du jeden Abend das Protokoll zusammenfassen?",
                "Ich möchte, dass du jeden Abend das Protokoll zusammenfasst.",
            ],
            "Ich möchte, dass du jeden Abend das Protokoll zusammenfasst.",
        ),
    ],
)
def test_a_wish_is_told_once_and_in_its_plainest_wording(wishes: list[str], told: str) -> None:
    count = len(wishes)
    assert learned(*map(talk, range(count), wishes)) == [f"{told} (in {count} of {count} sessions)"]


@pytest.mark.parametrize(
    "wishes",
    [
        [
            "Start every report with the budget.",
            "Could you start each report with the budget?",
            "Always put the budget at the start of the report.",
            "The budget belongs at the top of every report.",
        ],
        [
            "End every message with a summary.",
            "Could you put a summary at the end of messages?",
            "Please finish each message with a summary.",
        ],
        [
            "Fang jeden Bericht mit der Lage an.",
            "Jeder Bericht soll mit der Lage anfangen.",
            "Die Lage gehört an den Anfang jedes Berichts.",
        ],
        ["Schließe jeden Brief mit einem Dank.", "Am Ende jedes Briefes bitte ein Dank."],
        [
            "Put the allergens below each dish.",
            "Allergens go underneath every dish.",
        ],
        ["Open every call summary with the decision.", "The decision comes first in call summaries, please."],
        ["When you quote a price, always add the currency.", "Prices always with the currency, please."],
        ["Halte den Bericht auf zwei Seiten, mehr liest keiner.", "Berichte bitte nicht länger als zwei Seiten."],
        ["No jargon, please.", "Don't use any jargon in letters to the parents."],
        ["Stop using jargon.", "Avoid jargon in the notice for the council or anywhere else."],
        ["Verwende keine Spitznamen, auch nicht in den Listen.", "Ich will keine Spitznamen lesen."],
        ["Bitte sieze die Gäste in den Briefen.", "Die Gäste bitte immer siezen.", "Sieze die Gäste."],
        ["Das Gewicht bitte in Gramm.", "Die Gewichte in Gramm, wie immer bitte.", "Gewichte immer in Gramm angeben."],
        ["Bei jedem Termin will ich den Ort sehen.", "Gib bei jedem Termin den Ort an."],
        [
            "Stell Preise bitte in einer Tabelle dar.",
            "Preise bitte immer in einer Tabelle darstellen.",
            "Ich hätte die Preise gern in Tabellen.",
        ],
        ["Schreib zum Datum bitte den Wochentag dazu.", "Zum Datum bitte immer den Wochentag."],
        ["Fasse Besprechungen in Stichpunkten zusammen.", "Besprechungen bitte in Stichpunkten zusammenfassen."],
        [
            "Mention the invoice number when you write about orders.",
            "Always mention the invoice number when an order comes up.",
        ],
        [
            "When I ask for a recipe, list the tools first.",
            "When you give me a recipe, please put the tools at the top.",
            "Recipes should start with the tools.",
            "Every recipe begins with the tools, please.",
        ],
        [
            "Keep captions under 20 words.",
            "No caption over 20 words, please, they get cut off.",
            "Captions: 20 words at most.",
            "Please stick to at most 20 words for captions.",
        ],
        [
            'Never use the word "cheap".',
            'I don\'t want to read "cheap" in our leaflets.',
            'Please avoid the word "cheap" in leaflets.',
            'No "cheap" in the leaflets, it puts people off.',
        ],
        [
            "Put the invoice number at the end of every reminder.",
            "Each reminder should have the invoice number at the bottom.",
            "The invoice number goes under each reminder.",
            "I'd like the invoice number at the end of reminders.",
        ],
        [
            'It\'s "guests", never "customers".',
            'Say "guests" instead of "customers" in mails.',
            'Please write "guests", not "customers", in all mails.',
            'Don\'t use "customers", we say "guests".',
        ],
        [
            "Smileys have crept back in, I don't want any in replies.",
            "No smileys in replies, please.",
            "Please leave smileys out of replies.",
            "And no smileys in the replies, as always!",
        ],
        [
            "Nenne Maße bitte immer mit Einheit.",
            "Maße inklusive Einheit, bitte.",
            "Gib die Maße bitte immer inklusive Einheit an.",
            "Und Maße mit Einheit, wie immer!",
        ],
        [
            "Fang den Rundbrief mit den Terminen an.",
            "Im Rundbrief bitte zuerst die Termine.",
            "Der Rundbrief beginnt immer mit den Terminen.",
            "Die Termine gehören im Rundbrief an den Anfang.",
        ],
        [
            'Schreib nie das Wort "billig".',
            'Kein "billig" in den Anzeigen, bitte.',
            'Das Wort "billig" kommt in keine Anzeige.',
            'In Anzeigen bitte nie "billig" schreiben.',
        ],
        [
            "When you write to suppliers, sign with my full name.",
            "Mails to suppliers are signed with my full name, please.",
            "In letters to suppliers, sign with my full name.",
            "Please sign with my full name when you write to suppliers.",
        ],
        [
            "Posts should stay below 50 words.",
            "At most 50 words per post, people scroll on.",
            "Please stick to 50 words at most in posts.",
            "Keep every post under 50 words.",
        ],
        [
            'Don\'t use "folks".',
            'I don\'t want to see the word "folks" in our posts.',
            'Never the word "folks" in posts.',
            'Please stop writing "folks", I know I keep saying it.',
        ],
        [
            "Add the source under every chart.",
            "Each chart should have its source underneath.",
            "I want the source at the bottom of every chart.",
            "Under every chart the source, please.",
        ],
        [
            "Abbreviations have crept back in, I don't want any in handouts.",
            "No abbreviations in handouts, please.",
            "Avoid abbreviations in the handouts.",
            "And no abbreviations in the handouts, nobody knows them.",
        ],
        [
            "Agendas should begin with the date.",
            "Start agendas with the date, please.",
            "The date goes at the top of each agenda.",
            "When you write an agenda, put the date first.",
        ],
        [
            "Preise bitte immer mit Pfand.",
            "Nenn Preise bitte inklusive Pfand.",
            "Und die Preise inklusive Pfand, wie gesagt.",
            "Gib Preise immer mit Pfand an.",
        ],
        [
            "Es heißt Mitglieder, nie Kunden.",
            'Schreib immer "Mitglieder", nicht "Kunden".',
            'In Mails bitte "Mitglieder" statt "Kunden".',
            'Sag nie "Kunden", wir sagen "Mitglieder".',
        ],
        [
            "Der Wochenplan fängt bitte immer mit dem Montag an.",
            "Im Wochenplan immer zuerst der Montag.",
            "Beginne den Wochenplan mit dem Montag.",
            "Fang den Wochenplan bitte mit dem Montag an.",
        ],
        [
            "Unter jedem Rezept bitte die Allergene.",
            "Am Ende jedes Rezepts die Allergene.",
            "Die Allergene gehören unter jedes Rezept.",
            "Ich möchte die Allergene am Ende jedes Rezepts.",
        ],
        [
            "Prices should always include VAT.",
            "Always quote prices including VAT.",
            "Prices with VAT please, our clients get confused otherwise.",
            "Please give prices including VAT.",
        ],
        [
            "When I send you a draft, only fix typos.",
            "If I send a draft, please only fix typos.",
            "For drafts, fix typos only.",
            "Only fix typos in my drafts, please.",
        ],
        [
            "Don't put jokes in the minutes.",
            "Jokes keep turning up in the minutes, I don't want any there.",
            "No jokes in minutes please.",
            "Leave jokes out of the minutes.",
        ],
        [
            'We say "clients", not "patients".',
            'Please never write "patients".',
            '"Clients" rather than "patients", please.',
            'The word "patients" must not appear in our letters.',
        ],
        [
            "Im Protokoll bitte keine Namen nennen.",
            "Keine Namen im Protokoll, das gibt nur Ärger.",
            "Protokolle bitte ohne Namen.",
            "Lass im Protokoll die Namen weg.",
        ],
    ],
)
def test_a_wish_is_counted_wherever_it_puts_what(wishes: list[str]) -> None:
    sessions = [talk(day, said) for day, said in enumerate(wishes, start=1)]
    (line,) = learned(*sessions)
    assert line.endswith(f"(in {len(wishes)} of {len(wishes)} sessions)")


@pytest.mark.parametrize(
    "wishes",
    [
        (
            "Use maps, not bullet lists.",
            "Use maps instead of bullet lists.",
            "Use maps rather than bullet lists.",
        ),
        (
            "Show prices with tax, not without.",
            "Prices with tax instead of without, please.",
            "I prefer prices with tax rather than without.",
        ),
        (
            "Put the oldest entry first, not the newest.",
            "Put the oldest entry first instead of the newest.",
            "Put the oldest entry first rather than the newest.",
        ),
        (
            "Use plain words, not jargon, in letters to members.",
            "In letters to members, please use plain words rather than jargon.",
            "Use plain words instead of jargon in letters to members.",
        ),
        (
            "Start the week on Monday, not on Sunday.",
            "Start the week on Monday instead of Sunday.",
            "The week should start on Monday rather than Sunday.",
        ),
        (
            "Antworte auf Deutsch, nicht auf Englisch.",
            "Antworte auf Deutsch statt auf Englisch.",
            "Antworte bitte lieber auf Deutsch als auf Englisch.",
        ),
        (
            "Sprich Mitglieder mit Vornamen an, nicht mit Nachnamen.",
            "Sprich Mitglieder mit Vornamen statt mit Nachnamen an.",
            "Mitglieder bitte mit Vornamen anstatt mit Nachnamen ansprechen.",
        ),
        (
            "Nutze das Du, nicht das Sie.",
            "Nutze das Du statt das Sie.",
            "Nutze bitte das Du anstelle des Sie.",
        ),
    ],
)
def test_a_wish_with_what_is_not_wanted_is_one_and_stays_so(wishes: tuple[str, ...]) -> None:
    for said in permutations(wishes):
        dream = inputs(sessions=[talk(number, each) for number, each in enumerate(said)])
        once = store_after(dream)
        (line,) = [line for line in lines(once) if line.endswith("sessions)")]
        assert line.endswith("(in 3 of 3 sessions)"), said
        assert store_after(again(dream, once)) == once


def test_a_wish_is_heard_in_the_language_of_its_sentence() -> None:
    chatter = "By the way, the kettle in the kitchen is broken and nobody has the receipt for it."
    sessions = [talk(1, chatter, "Höhen bitte in Metern."), talk(2, f"{chatter} Die Höhe bitte immer in Metern.")]
    assert "Höhen bitte in Metern. (in 2 of 2 sessions)" in learned(*sessions)


def test_a_clause_that_supports_a_wish_leaves_what_else_is_said() -> None:
    said = ["Keep lists short, and always cite the sources of a report.", "Keep lists short."]
    assert learned(*map(talk, range(2), said)) == [
        "Keep lists short. (in 2 of 2 sessions)",
        f"{said[0]} (in 1 of 2 sessions)",
    ]


def test_of_several_wordings_one_without_an_opener_is_told() -> None:
    wish = "Keep the minutes of the call short."
    sessions = [talk(1, f"Also, {wish}"), talk(2, f"And {wish}"), talk(3, wish)]
    assert learned(*sessions) == [f"{wish} (in 3 of 3 sessions)"]


@pytest.mark.parametrize(
    "said",
    [
        "The build is green now.",
        "Now rename Foo to Bar.",
        "I now have 3 failing tests in the parser.",
        "Never mind.",
        "No problem, please go on.",
        "Don't touch the parser, please.",
        "The bus leaves every evening.",
        "Can you sum up the log?",
        "It works now, not sure why.",
        "We always get this error on Mondays.",
        "I'd like a summary of the ticket.",
        "Let's always be nice today.",
        "The build is red because of the cache.",
        "Remember when we had two servers?",
        "Always smile.",
        "Give me everything on the failing test.",
        "From Monday to Friday the desk is open.",
        "Avoid it.",
        "Avoid the word synergy in this paragraph.",
        "Call me when the build is done.",
        "Use this in all of them.",
        "Every time you run it the build fails.",
        "Heads up, I'm leaving in five minutes.",
        "You should be given access.",
        "The tests should pass.",
        "Should we always do that?",
        "The bus always leaves at 8.",
        "Der Zug kommt immer zu spät.",
        "Anna Klein kommt immer mit dem Bus.",
        "Sorry, I meant line 14 of the parser.",
        "Update: the build is green.",
        "I was wrong, it works.",
        "Ben said we should always use tabs.",
        "The manual says: always use gloves.",
        "According to Tom we should always round up.",
        "The customer complained that we never call back.",
        "Die Anleitung sagt: immer Handschuhe tragen.",
        "Früher war die Regel, nie Rabatte zu geben.",
        "No tables were changed.",
        "Ben is never at home on Mondays.",
        "The tests should never have passed.",
        "I wonder whether I should always use tabs.",
        "I never got an answer.",
        "I hate when the build breaks.",
        "Don't forget the receipt for the taxi today.",
        "Stop the server.",
        f"Remember {'all the ' * 50} words.",
    ],
)
def test_small_talk_is_not_learned(said: str) -> None:
    assert learned(talk(1, said), talk(2, "Hello.")) == []


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        ("Summaries stay under five lines.", "Always keep summaries under five lines."),
        ("Always squash before merging.", "Always squash before merging!"),
        ("Squash before merging, and delete the branch.", "Always squash before merging."),
    ],
)
def test_what_the_store_holds_is_not_learned_again(memory: str, said: str) -> None:
    held = learned(talk(1, said), talk(2, said), memory=memory)
    assert held == []


@pytest.mark.parametrize(
    ("one", "other", "voices"),
    [
        # Above and below RECURRING.
        ("Always keep the weekly summary under five lines", "Always keep the weekly summary mail under five lines", 1),
        (
            "Always keep the weekly summary under five lines",
            "Always keep answers to support questions under five lines",
            2,
        ),
        ("Remember the lantern festival", "Remember the lantern festival crew chose blue ribbons and paper boats", 2),
        # A word in the place of another is another wish.
        ("Remember that the parser needs a review", "Remember that the lexer needs a review", 2),
        # Names and negations never blur.
        ("Always tell Ana about changes to the importer", "Always tell Ben about changes to the importer", 2),
        ("Always write tests for the importer", "Never write changelogs for the importer", 2),
    ],
)
def test_statements_count_together_only_if_alike(one: str, other: str, voices: int) -> None:
    assert len(learned(talk(1, one), talk(2, other))) == voices


@pytest.mark.parametrize(
    "said",
    [
        "I drove from Leeds to York, what a day.",
        "We compared Nordea with Handelsbanken.",
        "Update: still waiting for Ana.",
        "Good news: the build is green.",
        "Ich fahre von Leeds nach York.",
        "The train to Leeds was late: 40 minutes.",
    ],
)
def test_small_talk_about_what_the_store_knows_is_not_learned(said: str) -> None:
    memory = "The office is in Leeds.\n\nOur bank is Nordea.\n\nThe rent is 850 euros.\n\nThe owner of the app is Ana."
    assert learned(talk(1, said), memory=memory) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Keep mails under 100 words.", "Keep mails over 100 words."),
        ("Keep mails under 100 words.", "Keep mails under 100 lines."),
        ("Never use more than three colours.", "Never use fewer than three colours."),
        ("Use tables instead of lists.", "Use lists instead of tables."),
        ("Start every mail with the date.", "End every mail with the date."),
        ("Frag bitte, bevor du etwas änderst.", "Warte bitte, bevor du etwas änderst."),
        ("Confirm bookings by phone.", "Cancel bookings by phone."),
        ("Don't call me at noon.", "Don't write to me at noon."),
        ("Preise bitte in Euro.", "Gewichte bitte in Gramm."),
        ("Sort tasks by owner.", "Sort tasks by due date."),
        ("Keep captions under 20 words.", "Keep letters under 20 words."),
        ('Never use the word "cheap".', 'Never use the word "owner".'),
        ('It\'s "guests", never "customers".', 'It\'s "customers", never "guests".'),
        ("When you write to listeners, sign as the team.", "When you write to sponsors, sign as the team."),
        ('Kein "lecker" in den Beschreibungen, bitte.', 'Kein "billig" in den Beschreibungen, bitte.'),
        ("Dates in bold, please.", "Names in bold, please."),
        ("When you write to listeners, sign as the team.", "Sign as the team in letters to sponsors."),
        ('We say "clients", not "patients".', 'We say "guests", not "customers".'),
    ],
)
def test_wishes_that_differ_in_a_bound_or_a_preference_count_apart(one: str, other: str) -> None:
    assert len(learned(talk(1, one, other), talk(2, one, other))) == 2


@pytest.mark.parametrize(
    ("memory", "said"),
    [
        ("Birch Freight pays by bank transfer only.", "No, Birch Freight did not switch to card payments."),
        ("Miras Lehrerin heißt Frau Sommer.", "Nein, Frau Sommer bleibt Miras Lehrerin, das war nur ein Gerücht."),
        ("Ana is the safety officer.", "The safety officer is still Ana, not Ravi."),
        ("Vertretung macht Sabine Krug.", "Nein, Sabine Krug macht die Vertretung weiterhin."),
    ],
)
def test_what_only_confirms_the_store_is_not_learned(memory: str, said: str) -> None:
    assert learned(talk(1, said), memory=memory) == []


@pytest.mark.parametrize(
    ("memory", "said", "told"),
    [
        (
            "The safety officer is Ravi.",
            "The safety officer is still Ana, by the way.",
            "The safety officer is still Ana.",
        ),
        (
            "Birch Freight pays by card.",
            "No, Birch Freight did not switch to card payments.",
            "Birch Freight did not switch to card payments.",
        ),
        ("The cat is Miso.", "Nein, der Chor singt ab jetzt am Montag.", "Der Chor singt ab jetzt am Montag."),
    ],
)
def test_what_is_learned_is_told_without_fillers(memory: str, said: str, told: str) -> None:
    assert learned(talk(1, said), memory=memory) == [f"{told} (in 1 of 1 session)"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The fair went well, everybody was happy.", "The fair went well, it rained a bit."),
        ("When you are done, send me the file.", "When you are ready, send me the file."),
        ("I talked to Ben, he agrees.", "I talked to Ben, he is against it."),
    ],
)
def test_what_happened_with_two_remarks_is_no_wish(one: str, other: str) -> None:
    assert learned(talk(1, one), talk(2, other)) == []


def test_a_wish_is_told_without_a_remark() -> None:
    said = ["Always use the 24-hour clock for times, it is easier.", "Times in the 24-hour clock, please, always."]
    assert learned(*map(talk, (1, 2), said)) == [f"{said[1]} (in 2 of 2 sessions)"]


def test_a_superseded_wish_is_not_learned() -> None:
    sessions = [
        talk(1, "Always use npm for the site."),
        talk(2, "Always use npm for the site."),
        talk(3, "For the site use pnpm now, not npm."),
    ]
    assert learned(*sessions) == ["For the site use pnpm now, not npm. (in 1 of 3 sessions)"]


@pytest.mark.parametrize(
    ("taken", "path"),
    [("/insights.md", "/insights-2.md"), ("/insights.md/deep/a.md", "/insights-2.md"), ("/insight.md", "/insights.md")],
)
def test_insights_find_a_free_path(taken: str, path: str) -> None:
    store = store_after(
        inputs(note(taken, "Something else entirely.\n"), sessions=[talk(1, "Always squash before merging.")])
    )
    assert path in store
    assert store[taken] == "Something else entirely.\n"


def test_insights_are_added_to_earlier_ones() -> None:
    before = "# Insights from past sessions\n\n- Always squash before merging. (in 2 of 3 sessions)\n"
    store = store_after(
        inputs(note("/insights.md", before), sessions=[talk(1, "Always squash before merging.", "Never push to main.")])
    )
    assert store == {"/insights.md": before + "- Never push to main. (in 1 of 1 session)\n"}


def test_a_corrected_insight_loses_its_support() -> None:
    before = "# Insights from past sessions\n\n- Deploys happen on Monday. (in 2 of 3 sessions)\n"
    store = store_after(inputs(note("/insights.md", before), sessions=[talk(1, "We moved deploys to Friday.")]))
    assert lines(store) == ["# Insights from past sessions", "Deploys happen on Friday."]


@pytest.mark.long
def test_insights_that_fill_a_file_go_on_in_the_next() -> None:
    words = "alpha bravo charlie delta echo foxtrot golf hotel".split()
    wishes = [
        f"Remember {one}{number} {two}{number} {'x' * 200}{number}."
        for one in words
        for two in words
        for number in range(8)
    ]
    store = store_after(inputs(sessions=[talk(1, *wishes)]))
    assert sorted(store) == ["/insights-2.md", "/insights.md"]
    assert all(len(content.encode()) <= 102_400 for content in store.values())
    assert sum(content.count("(in 1 of 1 session)") for content in store.values()) == len(wishes)


def test_insights_for_which_the_store_has_no_room_are_left_out() -> None:
    notes = (note("/a.md", "Ships leave at noon.\n"), note("/insights.md", "# Insights from past sessions\n\n"))
    sessions = (talk(1, "Remember to water the ferns.", "Remember to feed the owls."),)
    full = DreamInputs(notes, sessions, memory_max_bytes=100, memories_max=2)
    assert len(store_after(full)["/insights.md"].splitlines()) == 3
    assert sorted(store_after(replace(full, memories_max=3))) == ["/a.md", "/insights-2.md", "/insights.md"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("Please call me Jo.", "Please don't call me Jo."),
        ("Please don't call me Jo.", "Please call me Jo."),
        ("Please call me Jo.", "Please stop calling me Jo."),
        ("Please write to me in the morning.", "Please do not write to me in the morning."),
        ("Always say good morning first.", "Never say good morning first."),
        ("Nenn mich bitte Jo.", "Nenn mich bitte nicht Jo."),
        ("Bitte schreib mir vor dem Essen.", "Bitte schreib mir nicht mehr vor dem Essen."),
        ("Always put the summary first.", "Always put the summary last."),
        ("Setz die Summe immer an den Anfang.", "Setz die Summe immer ans Ende."),
        ("Always sort the newest mails first.", "Always sort the oldest mails first."),
        ("Schreib Mails immer mit Anrede.", "Schreib Mails immer ohne Anrede."),
    ],
)
def test_of_a_wish_and_its_denial_the_newer_is_told(older: str, newer: str) -> None:
    assert learned(talk(1, older), talk(2, newer)) == [f"{newer} (in 1 of 2 sessions)"]


def test_a_wish_that_differs_in_more_than_a_denial_stays() -> None:
    assert learned(talk(1, "Always end with a question."), talk(2, "Never start with a question.")) == [
        "Always end with a question. (in 1 of 2 sessions)",
        "Never start with a question. (in 1 of 2 sessions)",
    ]


def test_a_passing_state_and_its_denial_are_not_told() -> None:
    assert learned(talk(1, "The test is green."), talk(2, "The test is not green.")) == []


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("Nach Fieber bleibt ein Kind 24 Stunden zu Hause.", "Nach Fieber bleibt ein Kind 48 Stunden zu Hause."),
        ("The rain cover is in van 2.", "Last night we put the rain cover into van 4."),
        ("A corner plot costs 84 pounds.", "A corner plot costs 88 pounds this year, I mean the rent."),
        ("The fee is 20 euros.", "The fee is 30 euros next year."),
        ("Der Beitrag beträgt 24 Euro.", "Der Beitrag beträgt nächstes Jahr 30 Euro."),
        ("Der Beitrag beträgt 24 Euro.", "Der Beitrag wird 30 Euro betragen."),
    ],
)
def test_another_value_of_what_is_known_leaves_a_trace(known: str, said: str) -> None:
    assert kept(known, sessions=[talk(5, said)]) == sorted(
        ["# Insights from past sessions", known, f"{said} (in 1 of 1 session)"]
    )


@pytest.mark.parametrize(
    "said",
    [
        "If the fee were 30 euros, nobody would come.",
        "The fee was 10 euros then.",
        "I paid 10 euros for the cake.",
        "On Inga's farm the fee is 30 euros.",
    ],
)
def test_another_value_of_something_else_leaves_none(said: str) -> None:
    assert kept("The fee is 20 euros.", sessions=[talk(5, said)]) == ["The fee is 20 euros."]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (["I carried the beamer over this morning, so it's in room 214 now."], 0),
        (["The beamer was carried over. It's in room 214 now."], 0),
        (["It's in room 214 now."], None),
    ],
)
def test_an_insight_says_what_it_is_of(said: list[str], shown: int | None) -> None:
    told = kept("The lamps are cleaned weekly.", sessions=[talk(5, *said)])
    expected = [] if shown is None else ["# Insights from past sessions", f"{said[shown]} (in 1 of 1 session)"]
    assert told == sorted([*expected, "The lamps are cleaned weekly."])
