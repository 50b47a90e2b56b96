from itertools import permutations

import pytest

from mockdreams.dreaming.decisions import Decision
from tests.support.dreaming import decisions, inputs, kept, note, store_after


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Use tabs, not spaces.", "use tabs not spaces"),
        ("Use tabs, not spaces.", "**Use tabs**, not spaces!"),
        ("Use tabs, not spaces.", "Always use tabs, not spaces."),
        ("The worker retries a job three times.", "The worker retries jobs 3 times"),
        ("The API times out after 30 s.", "The API times out after 30 seconds."),
        ("The API times out after 30 s.", "The API times out after 30s."),
        ("The user prefers short answers.", "Prefers short answers."),
        ("Don't push to main.", "Do not push to main."),
        ("We deploy on Tuesdays.", "On Tuesdays we deploy."),
        ("Colours follow the organisation handbook.", "Colors follow the organization handbook."),
        ("Backups are kept for 35 days.", "The user said: Backups are kept for 35 days."),
        ("Backups are kept for 35 days.", "User mentioned that backups are kept for 35 days"),
        ("Backups are kept for 35 days.", "Note: backups are kept for 35 days."),
        ("Backups are kept for 35 days.", "As agreed, backups are kept for 35 days."),
        ("Reminder: Backups are kept for 35 days.", "**Note:** Backups are kept for 35 days."),
        ("Because the roof leaks, boxes are stored upstairs.", "Boxes are stored upstairs because the roof leaks."),
        ("There's a spare key in the desk.", "There is a spare key in the desk."),
        ("All of the servers run Debian.", "All servers run Debian."),
        ("The dog is fed two times a day.", "The dog is fed twice a day."),
        ("Please organise the grey catalogues by colour.", "Please organize the gray catalogs by color."),
        ("The slide rule isn't used anymore.", "The slide rule is no longer used."),
        ("I can't eat dairy before training.", "I cannot eat dairy before training."),
        ("Biscuit is afraid of fireworks.", "Biscuit's afraid of fireworks."),
        ("Herr Pohls Urlaub ist im Januar.", "Der Urlaub von Herrn Pohl ist im Januar."),
        ("Die Pressen von Haller sind leiser als unsere.", "Hallers Pressen sind leiser als unsere."),
        ("The mixer is oiled before it is stored.", "Before it is stored, the mixer is oiled."),
        ("The night guard is walking the fence at ten.", "The night guard walks the fence at ten."),
        ("Children swim only when an adult is watching.", "Children swim only when an adult watches."),
        ("Die Fahrräder werden im Hof abgestellt.", "Ein Fahrrad wird im Hof abgestellt."),
        (
            "Die Vorstandsmitglieder werden auf zwei Jahre gewählt.",
            "Ein Vorstandsmitglied wird auf zwei Jahre gewählt.",
        ),
        ("The key to the cellar hangs in the hall.", "The cellar key hangs in the hall."),
        ("The login for Grafana is the same as for the VPN.", "The Grafana login is the same as for the VPN."),
        ("The oven is switched on an hour before we bake.", "An hour before we bake, the oven is switched on."),
        ("The pump is started only for the deep pool.", "Only for the deep pool is the pump started."),
        ("Becker leitet den Betrieb.", "Den Betrieb leitet Becker."),
        ("Every pump is checked.", "EVERY pump is checked."),
        ("You must not run in the corridor.", "You must NOT run in the corridor."),
        ("Nobody may run in the corridor.", "NOBODY MAY RUN IN THE CORRIDOR."),
        ("Im Hof wird nicht geraucht.", "IM HOF WIRD NICHT GERAUCHT."),
        ("The winter tyres are kept at the garage.", "The winter tyre is kept at the garage."),
        ("The keys are kept in the team vault.", "The keys are kept in the team's vault."),
        ("The barn's door sticks in winter.", "The barn door sticks in winter."),
        ("The ramp is salted at six so that nobody slips.", "So that nobody slips, the ramp is salted at six."),
        ("Die Dichtung des Kombiofens ist undicht.", "Die Dichtung vom Kombiofen ist undicht."),
        ("Die Bremse des Busses zieht schlecht.", "Die Bremse vom Bus zieht schlecht."),
        ("Das Dach des Hauses ist undicht.", "Das Dach vom Haus ist undicht."),
        ("Die Tür der Scheune klemmt.", "Die Tür von der Scheune klemmt."),
        ("Lose Äste werden vom Gärtner abgesägt.", "Ein loser Ast wird vom Gärtner abgesägt."),
        ("Junge Apfelbäume werden im Mai gegossen.", "Ein junger Apfelbaum wird im Mai gegossen."),
        ("Schäden am Zaun melden wir dem Förster.", "Den Schaden am Zaun melden wir dem Förster."),
        ("Die Fälle werden im Archiv beschrieben.", "Der Fall wird im Archiv beschrieben."),
        ("Wegen des Frosts bleibt die Pumpe aus.", "Wegen Frost bleibt die Pumpe aus."),
        ("Innerhalb des Zauns laufen die Hunde frei.", "Innerhalb vom Zaun laufen die Hunde frei."),
        ("Orders are placed by noon of the day before.", "Orders are placed by noon on the day before."),
        ("Die Rechnungen schreibt Petra am Freitag.", "Am Freitag schreibt Petra die Rechnungen."),
        ("Die Rechnungen schreibt Petra am Freitag.", "Petra schreibt am Freitag die Rechnungen."),
        ("Den Rasen mäht Petra im Sommer.", "Im Sommer mäht Petra den Rasen."),
        ("Petra gießt am Abend die Blumen.", "Petra gießt die Blumen am Abend."),
    ],
)
def test_near_duplicates_become_one(one: str, other: str) -> None:
    assert len(kept(one, other)) == 1


@pytest.mark.parametrize(
    "wordings",
    [
        (
            "The harvest dinner costs 18 euros: drinks included.",
            "The harvest dinner costs 18 euros - drinks included.",
            "The harvest dinner costs 18 euros, drinks included",
            "The harvest dinner costs 18 euros; drinks included.",
            "The harvest dinner costs 18 euros (drinks included).",
        ),
        (
            "The projector lamp, a spare one, is in the grey cupboard.",
            "The projector lamp (a spare one) is in the grey cupboard.",
            "The projector lamp - a spare one - is in the grey cupboard",
            "The projector lamp—a spare one—is in the grey cupboard.",
        ),
        (
            "Only two people know the alarm code: Ruth and Omar.",
            "Only two people know the alarm code \u2013 Ruth and Omar.",
            "Only two people know the alarm code, Ruth and Omar.",
        ),
        (
            "The hall floor may not get wet: water makes it warp for good.",
            "The hall floor may not get wet: water makes it warp for good",
        ),
        ("The harbour gate squeaks.", "The harbour gate squeaks"),
        ("Important: the pump must never run dry.", "Important - the pump must never run dry."),
        (
            "Nur zwei Leute kennen den Code: Ruth und Omar.",
            "Nur zwei Leute kennen den Code \u2013 Ruth und Omar.",
            "Nur zwei Leute kennen den Code (Ruth und Omar)",
        ),
        (
            "Das Tor ist alt - es klemmt bei Regen.",
            "Das Tor ist alt: Es klemmt bei Regen.",
            "Das Tor ist alt; es klemmt bei Regen.",
            "Das Tor ist alt, es klemmt bei Regen",
        ),
        (
            "Petra, unsere Kassenwartin, prüft die Rechnungen.",
            "Petra (unsere Kassenwartin) prüft die Rechnungen.",
            "Petra \u2013 unsere Kassenwartin \u2013 prüft die Rechnungen.",
        ),
        ("The ferry runs Mon-Sat.", "The ferry runs Mon\u2013Sat."),
    ],
)
def test_punctuation_makes_no_other_statement(wordings: tuple[str, ...]) -> None:
    for one, other in permutations(wordings, 2):
        assert len(kept(one, other)) == 1, (one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        # A key with its value fills in a form, and what is listed is no sentence.
        ("Board members: Ana, Ben and Mira", "Board members: Ana, Ben and Mira"),
        ("Result: the crystals are clear.", "Result: the crystals are clear."),
        ("1. Rinse the blue cups first.\n2. Dry them.", "Rinse the blue cups first."),
        ("Buy this:\n\n- Rope for boats", "Rope for boats."),
        # A question, a range, a word with a hyphen and a sign of a number say something else.
        ("The harbour gate stays open at night?", "The harbour gate stays open at night."),
        ("The course takes 4-6 weeks in spring.", "The course takes 4, 6 weeks in spring."),
        ("The line a-b is drawn with a red pen.", "The line a, b is drawn with a red pen."),
        ("Add -4 to every raw reading.", "Add 4 to every raw reading."),
        ("Das Tor bleibt nachts offen?", "Das Tor bleibt nachts offen."),
    ],
)
def test_punctuation_that_makes_another_form_keeps_both(one: str, other: str) -> None:
    dream = inputs(note("/place-b/file.md", f"{one}\n"), note("/place-c/file.md", f"{other}\n", 1))
    assert store_after(dream) == {each.path: each.content for each in dream.notes}


def test_a_sentence_before_a_colon_is_no_part_of_a_key() -> None:
    known, other = "The pump must never run dry.\n", "Cats sleep at night. Important: the pump must never run dry.\n"
    left = store_after(inputs(note("/b.md", known), note("/c.md", other, 1)))
    assert left == {"/b.md": known, "/c.md": "Cats sleep at night.\n"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The API times out after 30 s.", "The DB times out after 30 s."),
        ("The API gateway times out after 30 s.", "The API times out after 30 s."),
        ("Ana reviews what Ben writes.", "Ben reviews what Ana writes."),
        ("The worker calls the scheduler.", "The scheduler calls the worker."),
        ("Ana deploys the docs site.", "Ana does deploy the shop site."),
        ("Ship on Monday only with a second reviewer.", "Ship on Tuesday only with a second reviewer."),
        ("Run `make lint` before a push.", "Run `make test` before a push."),
        ("Logs are in /var/log/app.", "Logs are in /var/log/web."),
        ("The parser was written for version 1.2.3.", "The parser was written for version 1.2.4."),
        ("Alert when the disk is > 80 % full.", "Alert when the disk is < 80 % full."),
        ("Deploys may happen on Friday.", "Deploys must happen on Friday."),
        ("Was the key rotated?", "The key was rotated."),
        ("Bug 4312 came from the cache.", "Bug 4313 came from the cache."),
        ("Invoices are sent before the report.", "Invoices are sent after the report."),
        ("Northwind customers want single sign-on.", "Northwind customers use single sign-on."),
        ("The import needs a contract with each provider.", "The import needs a contact with each provider."),
        ("Keep the safe settings on every host.", "Keep the unsafe settings on every host."),
        ("日本語のログは残す", "日本語のログは消す"),
        ("The user said: use tabs", "The user said: avoid npm"),
        ("Guests may drink water on Sunday only.", "Guests may only drink water on Sunday."),
        ("The wine of the glass is red today.", "The wine glass is red today."),
        ("The letter to Anna is on the desk.", "The Anna letter is on the desk."),
        ("Der Brief von Haller liegt im Fach.", "Der Haller Brief liegt im Fach."),
        ("Wenn der Leiter fehlt, übernimmt Kessra.", "Wenn der Leiter übernimmt, fehlt Kessra."),
        ("Jess's room is free on Monday.", "Jess is free on Monday in the room."),
        ("The user said: backups are kept.", "The user said: backups are not kept for guests."),
        ("Release notes: backups are kept.", "Backups are kept."),
        ("Buffer A contains no calcium today.", "A buffer contains no calcium today."),
        ("We pay for the shipping of returns.", "You pay for the shipping of returns."),
        ("Mouse 4 weighs 21 g. Mouse 5 weighs 21 g.", "Mouse 6 weighs 21 g."),
        ("Not all servers are patched on Sunday.", "All servers are not patched on Sunday."),
        ("Der Hund beißt den Mann.", "Den Hund beißt der Mann."),
        ("Die Katze jagt die Maus.", "Die Maus jagt die Katze."),
        ("The shop is closed only for guests.", "Only the shop is closed for guests."),
        ("Der Vermieter zahlt dem Mieter die Kaution.", "Dem Vermieter zahlt der Mieter die Kaution."),
        ("Filling happens on Monday in the hall.", "Filing happens on Monday in the hall."),
        ("The team's vault is red.", "The vault's team is red."),
        ("The door key is in the box.", "The key door is in the box."),
        ("Mia reports to Ole.", "Ole reports to Mia."),
        ("On Monday Ana covers Ben.", "Ben covers Ana on Monday."),
        ("Montags hilft Ole Mia.", "Montags hilft Mia Ole."),
        ("Billing depends on the ledger.", "The ledger depends on billing."),
        ("The ferry goes from Oban to Mull.", "From Mull to Oban goes the ferry."),
        ("Ask Kim before you call Lee.", "Before you ask Lee call Kim."),
        ("Der Bruder der Leiterin hat den Schlüssel.", "Die Leiterin vom Bruder hat den Schlüssel."),
        ("A refund is paid once a week.", "A refund is paid within one week."),
        ("The team is resting on Monday.", "The team rested on Monday."),
        ("The painting hangs in the big hall.", "The paint hangs in the big hall."),
        ("Before it is oiled, the mixer is stored.", "The mixer is oiled before it is stored."),
        ("Die Messer sind im Schrank.", "Die Messe ist im Schrank."),
        ("Das Lager ist heute offen.", "Die Lage ist heute offen."),
        ("Der Reis ist teuer geworden.", "Die Reise ist teuer geworden."),
        ("Last Friday belongs to us.", "Friday belongs to us."),
        ("The US pump runs on Mondays.", "The pump runs on Mondays for us."),
        ("Die Kuchen stehen im Keller bereit.", "Die Küchen stehen im Keller bereit."),
        ("Die Bänke sind am Montag geschlossen.", "Die Banken sind am Montag geschlossen."),
        ("Die Fälle sind im Archiv beschrieben.", "Die Fallen sind im Archiv beschrieben."),
        ("Die Pläne hängen am Tor der Halle.", "Die Plane hängt am Tor der Halle."),
        ("Die Losung hängt am Tor der Halle.", "Die Lösung hängt am Tor der Halle."),
        ("Wegen des Lärms der Pumpe ruht der Chor.", "Wegen der Pumpe des Lärms ruht der Chor."),
        ("Wegen des Frosts bleibt die Pumpe aus.", "Trotz des Frosts bleibt die Pumpe aus."),
        ("The pool is open in summer only for guests.", "The pool is open only in summer for guests."),
        ("The pool is only open in summer for guests.", "The pool is open in summer for guests only."),
        ("Ana only feeds the cats in the barn.", "Ana feeds the cats in the barn only."),
        ("Only on Fridays guests may bring dogs.", "On Fridays only guests may bring dogs."),
        ("On Fridays guests only may bring dogs.", "Only on Fridays guests may bring dogs."),
        ("Nur am Freitag dürfen Gäste Hunde mitbringen.", "Am Freitag dürfen nur Gäste Hunde mitbringen."),
        ("We only accept cash from members.", "We accept cash only from members."),
        ("The rent is 60 pounds a week before tax.", "The rent is 60 pounds one week before tax."),
        ("The dog gets 2 pills a day before surgery.", "The dog gets 2 pills one day before surgery."),
        ("A volunteer waits at the gate.", "One volunteer waits at the gate."),
        ("The bell has been rung by Ana when Ben is here.", "The bell was rung by Ana when Ben is here."),
        ("Wird ein Paket beschädigt, hilft Ana.", "Wenn ein Paket beschädigt wurde, hilft Ana."),
        ("The driver washes the van before it goes on tour.", "The driver washes the van before going on tour."),
        ("The van is parked near the gate before it opens.", "The van is parked near the gate before opening."),
        ("Ask Ben before he leaves the yard.", "Ask Ben before leaving the yard."),
        ("The report of the vet is in the file.", "The report on the vet is in the file."),
        ("Die Tanten besucht Ruth im Mai.", "Im Mai besuchen die Tanten Ruth."),
        ("Die Tanten besucht Ruth im Mai.", "Im Mai besuchen Ruth die Tanten."),
        ("Die Leiterin vertritt Ruth im Mai.", "Im Mai vertritt Ruth die Leiterin."),
        ("Montags hilft Jonas Petra im Garten.", "Montags hilft Petra Jonas im Garten."),
        ("Nach Ulm fährt Petra aus Köln.", "Nach Köln fährt Petra aus Ulm."),
    ],
)
def test_facts_that_differ_in_what_matters_are_both_kept(one: str, other: str) -> None:
    assert kept(one, other) == sorted((one, other))


@pytest.mark.parametrize(
    ("one", "other", "left"),
    [
        # What is added is another fact.
        ("Every pull request needs approval.", "Every pull request needs approval before merging.", 2),
        # A slip of the pen is one if others write the word right, and the word is long enough.
        ("Report the summary in the channel.", "Report the sumary in the channel.", 1),
        ("The channel shows the summary of mails.", "The channel shows the sumamry of mails.", 1),
        ("Report the total in the channel.", "Report the tolat in the channel.", 2),
        # Up to LONGEST_COMPARED, and beyond.
        (f"{'echo ' * 100}", f"{'echo ' * 99}echos", 1),
        (f"{'echo ' * 101}", f"{'echo ' * 100}echos", 2),
    ],
)
def test_each_limit_has_two_sides(one: str, other: str, left: int) -> None:
    known = "The summary of the week is short."
    assert len(kept(known, one, other)) == left + 1


def test_the_same_words_about_different_owners_are_different_facts() -> None:
    store = {
        "/customers/north.md": "# North\n\n- Pays yearly, by card.\n",
        "/customers/south.md": "# South\n\n- Pays yearly, by card.\n",
        "/ana.md": "- Prefers tea.\n",
        "/ben.md": "- Prefers tea.\n",
        "/ops/hosts.md": "# Hosts\n\n## Staging\n\n- Region: west\n\n## Production\n\n- Region: west\n",
    }
    dream = inputs(*(note(path, text) for path, text in store.items()))
    assert store_after(dream) == store


def test_an_unsorted_copy_joins_the_one_fact_it_can_mean() -> None:
    dream = inputs(
        note("/customers/north.md", "- Pays yearly, by card.\n"), note("/inbox/1.md", "- Pays yearly by card\n", 3)
    )
    assert store_after(dream) == {"/customers/north.md": "- Pays yearly, by card.\n"}


def test_a_duplicate_stays_where_it_fits_best() -> None:
    dream = inputs(
        note("/inbox/1.md", "- Backups are kept for 35 days.\n", 1),
        note("/team/misc-facts.md", "- Backups are kept for 35 days.\n", 2),
        note("/ops/backups.md", "- Backups are kept for 35 days.\n", 3),
    )
    assert list(store_after(dream)) == ["/ops/backups.md"]


def test_duplicates_within_a_file_and_a_paragraph_leave_the_rest_untouched() -> None:
    before = (
        "# Notes\n\nTests run in parallel. The cache is warm by six.\nTests run in parallel.\n\n"
        "- The cache is warm by six\n- Ask Ana\n"
    )
    after = "# Notes\n\nTests run in parallel. The cache is warm by six.\n\n- Ask Ana\n"
    assert store_after(inputs(note("/ops/cache.md", before))) == {"/ops/cache.md": after}


def test_a_sentence_that_leans_on_the_one_before_goes_and_stays_with_it() -> None:
    pair = "The dump goes to the vault. It runs at night.\n"
    dream = inputs(note("/ops/dump.md", pair), note("/inbox/a.md", f"{pair}It never runs on Sundays.\n"))
    assert store_after(dream) == {"/ops/dump.md": pair, "/inbox/a.md": f"{pair}It never runs on Sundays.\n"}


def test_sentences_that_lean_back_go_with_the_one_before_if_both_stand_elsewhere_in_this_order() -> None:
    pair = "The dump goes to the vault. It does not run on Sundays.\n"
    copy = "Backups are our only hope.\n\nThe dump goes to the vault. It doesn't run on Sundays.\n"
    dream = inputs(note("/ops/dump.md", pair), note("/inbox/a.md", copy))
    assert store_after(dream) == {"/ops/dump.md": pair, "/inbox/a.md": "Backups are our only hope.\n"}


def test_of_two_equal_sentences_the_one_that_others_lean_on_stays() -> None:
    pair = "On weekdays the dump goes to the vault. It runs at night.\n"
    dream = inputs(note("/ops/dump.md", "The dump goes to the vault on weekdays.\n"), note("/inbox/a.md", pair))
    assert store_after(dream) == {"/inbox/a.md": pair}


def test_what_another_sentence_leans_on_is_not_replaced() -> None:
    pair = "The default branch is `master`. It is protected against pushes.\n"
    dream = inputs(note("/a.md", pair), note("/b.md", "The default branch is now `trunk`.\n", 1))
    assert store_after(dream) == {"/a.md": pair, "/b.md": "The default branch is now `trunk`.\n"}


def test_what_leans_on_an_excluded_sentence_goes_with_it() -> None:
    text = "Deploys are on Friday.\n\nThe phone of Petra is in the drawer. It needs a new battery.\n"
    dream = inputs(note("/a.md", text), instructions="Forget everything about Petra.")
    assert store_after(dream) == {"/a.md": "Deploys are on Friday.\n"}


def test_a_line_ends_a_sentence_whatever_the_next_begins_with() -> None:
    page = "Raw data goes to the object store.\nscipy does the fits of all runs.\n"
    dream = inputs(note("/a.md", page), note("/b.md", "All raw data is ours.\nscipy does the fits of all runs.\n"))
    assert store_after(dream) == {"/a.md": page, "/b.md": "All raw data is ours.\n"}


@pytest.mark.parametrize(
    ("key", "left"),
    [
        ("Step: 63 cm", True),
        ("Step: 63 cm\nRail: ash", True),
        ("Rails are made of ash.\nStep: 63 cm\nRail: ash", True),
        ("Rails are made of\nStep: 63 cm", False),
        ("License: MIT", True),
        ("Ask for: the grey cat of the", False),
        ("Ansprechpartner: Frau Meier aus dem", False),
        ("Step: 63 cm,", False),
        ("Step: as long as the two hands of a man", False),
    ],
)
def test_a_key_with_a_short_value_is_no_part_of_the_sentence_in_the_next_line(key: str, left: bool) -> None:
    fact = "Stairs are oiled when the painters have left."
    page = f"# House\n\n{key}\n{fact}\n"
    after = store_after(inputs(note("/a.md", f"{fact}\n"), note("/b.md", page, 1)))
    assert after["/b.md"] == (page.replace(f"{fact}\n", "") if left else page)


def test_a_sentence_leans_back_behind_its_announcement_too() -> None:
    pair = "Left out are the types that a build names. Note that these types are still resolved.\n"
    dream = inputs(note("/ops/dump.md", pair), note("/inbox/a.md", "Left out are the types that a build names.\n"))
    assert store_after(dream)["/ops/dump.md"] == pair


@pytest.mark.parametrize(
    "block",
    [
        "```sh\nmake dev\nmake dev\n```\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n| 1 | 2 |\n",
        "1. Stop the worker.\n2. Wait a minute.\n3. Stop the worker.\n",
        "> Use tabs.\n> Use tabs.\n",
        "---\ntitle: Use tabs\ntags: [a, a]\n---\n\nUse tabs here.\n",
    ],
)
def test_blocks_stay_whole(block: str) -> None:
    notes = (
        note("/prefs/a.md", f"{block}\nUse tabs in Go files.\n"),
        note("/prefs/b.md", "- Stop the worker.\n- Use tabs.\n"),
    )
    assert store_after(inputs(*notes))["/prefs/a.md"] == f"{block}\nUse tabs in Go files.\n"


@pytest.mark.parametrize(
    "text",
    [
        "**Is the ladder needed on that day? Please say so.**\nWrite which one of the two you need.",
        "**What the ladder is needed for**  \nWrite in one line what you want to do with it.",
        "*The shed is locked at nine by the warden. Knock twice.*",
        "_The shed is locked at nine by the warden. Knock twice._ It is loud inside.",
        "Put the ladder on the two hooks behind the door.\nTake it out with somebody else's help.",
    ],
)
def test_emphasis_and_what_leans_on_a_line_stay_whole(text: str) -> None:
    memories = {
        f"/{name}.md": f"# {name}\n\n{text}\nThe {name} is painted every spring.\n" for name in ("Shed", "Barn")
    }
    memories["/Barn.md"] = memories["/Barn.md"].replace("Knock", "Call").replace("two hooks", "three hooks")
    dream = inputs(*(note(path, content) for path, content in memories.items()))
    assert store_after(dream) == memories


def test_what_stands_under_a_label_stays_with_it() -> None:
    nested = "- Release checklist:\n  - Tell support a day before.\n  - Tag the build in the shared sheet.\n"
    store = {"/ops/release.md": nested, "/inbox/2.md": nested + "  - Order the cake.\n"}
    assert store_after(inputs(*(note(path, text) for path, text in store.items()))) == store


def test_a_whole_copy_is_one_memory() -> None:
    page = "# Restart\n\n1. Stop the worker.\n2. Wait.\n\n```sh\nmake up\n```\n\n**After that:**\n\n- Call Ana.\n"
    assert store_after(inputs(note("/ops/restart.md", page), note("/archive/old/restart.md", page, 2))) == {
        "/ops/restart.md": page
    }


def test_every_whole_copy_and_every_drop_is_told() -> None:
    page = "# Deploys\n\n| day | who |\n| --- | --- |\n| Tuesday | Ana |\n"
    copied = inputs(*(note(f"/{folder}/deploys.md", page, age) for age, folder in enumerate("abc")))
    copies = ("all of it (also in `/b/deploys.md`)", "all of it (also in `/c/deploys.md`)")
    assert decisions(copied) == [Decision("Merged", "/a/deploys.md", copies)]
    twice = "# Ops\n\n## East\n\n- The Kestrel is slow.\n\n## West\n\n- The Kestrel is slow.\n- Ana helps.\n"
    left_out = '"The Kestrel is slow." (instructions: "anything about Kestrel")'
    dream = inputs(note("/ops.md", twice), instructions="Forget anything about Kestrel.")
    assert decisions(dream) == [Decision("Dropped", "/ops.md", (left_out, left_out))]
