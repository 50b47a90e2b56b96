"""Facts in languages of which only the closed classes are known, and in scripts of which nothing is."""

import pytest

from mockdreams.dreaming.languages import language_of
from mockdreams.dreaming.normalize import normalize
from tests.support.dreaming import inputs, kept, note, store_after


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Show me the paces in minutes per mile.", "en"),
        ("Antworte in ganzen Sätzen.", "de"),
        ("La tienda abre a las nueve.", "es"),
        ("Le gymnase ferme à minuit.", "fr"),
        ("Il fornitore di pane non apre.", "it"),
        ("A loja não abre aos domingos.", "pt"),
        ("De winkel is op maandag gesloten.", "nl"),
    ],
)
def test_a_sentence_is_known_by_its_closed_classes(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("language", "word"),
    [("es", "pero"), ("fr", "mais"), ("it", "ma"), ("pt", "mas"), ("nl", "maar"), ("en", "but"), ("de", "aber")],
)
def test_a_turn_is_known_in_every_language(language: str, word: str) -> None:
    assert "BUT" in normalize(f"x {word} y", language).tokens


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "two three seven twelve twenty"),
        ("de", "zwei drei sieben zwölf zwanzig"),
        ("es", "dos tres siete doce veinte"),
        ("fr", "deux trois sept douze"),
        ("it", "due tre sette dodici venti"),
        ("pt", "dois três sete doze vinte"),
        ("nl", "twee drie zeven twaalf twintig"),
    ],
)
def test_a_number_word_is_its_number(language: str, words: str) -> None:
    tokens = [normalize(f"{word} x", language).tokens[0] for word in words.split()]
    assert tokens == ["2", "3", "7", "12", "20"][: len(tokens)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("El horno se limpia cada dos semanas.", "El horno se limpia cada 2 semanas."),
        ("Il faut réserver la salle trois jours à l'avance.", "Il faut réserver la salle 3 jours à l'avance."),
        ("La chiave è sempre dietro al bancone verde.", "la chiave è sempre dietro al bancone verde"),
        ("De oven wordt elke twee weken schoongemaakt.", "De oven wordt elke 2 weken schoongemaakt."),
    ],
)
def test_one_fact_in_two_wordings_is_one(one: str, other: str) -> None:
    assert len(kept(one, other)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Les membres ne paient pas la première séance.", "Les membres paient la première séance."),
        ("La salle sans chauffage est gratuite.", "La salle avec chauffage est gratuite."),
        ("Deja siempre la llave en el puerto.", "Deja siempre la llave en la puerta."),
        ("El capital crece mucho cada año.", "La capital crece mucho cada año."),
        ("Tampoco vendemos tabaco ni licores.", "También vendemos tabaco y licores."),
        ("Nadie come carne en esta casa.", "Nada come carne en esta casa."),
        ("Il treno parte da Roma per Milano.", "Il treno parte da Milano per Roma."),
        ("Ninguém pode entrar sem crachá.", "Ninguém pode entrar com crachá."),
        ("Het magazijn heeft geen verwarming boven.", "Het magazijn heeft verwarming boven."),
        ("彼は毎朝コーヒーを飲みません。", "彼は毎朝コーヒーを飲みます。"),
        ("Мы никогда не едим рыбу по пятницам.", "Мы едим рыбу по пятницам."),
    ],
)
def test_what_denies_or_differs_in_a_word_keeps_facts_apart(one: str, other: str) -> None:
    assert kept(one, other) == sorted((one, other))


def test_sentences_of_a_script_without_spaces_are_facts_of_their_own() -> None:
    shared = "会議は毎週月曜日の十時に始まります。"
    dream = inputs(
        note("/ja/a.md", f"# 予定\n\n{shared}\n鍵は受付にあります。\n"),
        note("/ja/b.md", f"彼はコーヒーを飲みます。\n{shared}\n", 1),
    )
    assert store_after(dream) == {
        "/ja/a.md": f"# 予定\n\n{shared}\n鍵は受付にあります。\n",
        "/ja/b.md": "彼はコーヒーを飲みます。\n",
    }


def test_a_page_may_be_written_in_two_languages() -> None:
    dream = inputs(
        note("/office/de.md", "Für Dienstreisen braucht man eine Genehmigung.\n"),
        note(
            "/office/all.md",
            "The canteen of the office opens at noon.\n\nNew laptops are ordered by the assistant.\n\n"
            "Man braucht für Dienstreisen eine Genehmigung.\n",
            1,
        ),
    )
    assert sum(text.count("Dienstreisen") for text in store_after(dream).values()) == 1
