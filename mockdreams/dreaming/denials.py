"""Changes told by what no longer is: "pnpm, not npm", "not to the old desk", "nicht mehr Slack, sondern Teams"."""

import re

from mockdreams.dreaming.changes import ToldChange
from mockdreams.dreaming.languages import CLASS
from mockdreams.dreaming.normalize import PREPOSITIONS, NormalizedText, normalize, tokens_of
from mockdreams.dreaming.openings import LASTING, NEWS, NOTS, Phrases, words_in

_TERM = r"`?[\w@](?:[\w./+#-]{0,40}[\w+#])?`?(?: (?:[A-Z][\w.+#-]{0,40}|\d[\w.]{0,12})){0,2}"
_ARTICLE = r"(?:the |an? |der |die |das |den |dem )?"
_NOT_BUT = (
    re.compile(
        rf"(?P<new>{_TERM})(?: now| from now on| these days)?"
        rf"(?:,? (?:and )?(?:not|instead of|rather than)|(?:,|,? and) no longer) {_ARTICLE}(?P<old>{_TERM})"
    ),
    re.compile(
        rf"no longer (?:use |using |on |with )?{_ARTICLE}(?P<old>{_TERM})[,;.]? "
        rf"(?:but|it's|it is|we use|we're on|now|we now use) (?P<new>{_TERM})"
    ),
    re.compile(rf"(?P<new>{_TERM}) statt {_ARTICLE}(?P<old>{_TERM})"),
    re.compile(rf"nicht mehr {_ARTICLE}(?P<old>{_TERM}),? sondern (?P<new>{_TERM})"),
)
DENIAL_HINT = re.compile(r" (?:not|instead of|rather than|no longer|statt|mehr) ")
_NO_VALUES = frozenset("sure only yet bad really possible necessary needed all just so".split())
_LIGHT = tokens_of("light")
_INSTEAD = Phrases("instead")
_CHANGE_WORDS = frozenset(
    "moved switched changed migrated upgraded correction starting today rescheduled postponed korrektur".split()
)


def not_but(text: str, language: str) -> ToldChange | None:
    """The change in a sentence that says what no longer is, and what is instead."""
    if not DENIAL_HINT.search(text):
        return None
    for pattern in _NOT_BUT:
        for found in pattern.finditer(text):
            old, new = normalize(found["old"], language), _term(found["new"], language)
            if (
                normalize(new, language).content
                and old.content
                and new
                and CLASS not in normalize(new, language).kinds
                and not _NO_VALUES.intersection(old.tokens)
            ):
                named = normalize(text[: found.start()] + text[found.end() :], language)
                if old.content != normalize(new, language).content:
                    return ToldChange(_subject(named), old.tokens, new, language)
    return None


def denied_change(text: str, language: str) -> ToldChange | None:
    """The change in a sentence that ends in what is no longer so, in several words: "..., not to the old desk"."""
    raw, words = text.split(" "), words_in(text)
    at = next((at for at in range(len(words) - 2, 1, -1) if _INSTEAD.at(words, at)), 0)
    start = at + _INSTEAD.at(words, at)
    if not at or (NOTS.at(words, at) and raw[at - 1][-1:] != ","):
        return None
    told, denied = _without_now(words, 0, at), _without_now(words, start, len(words))
    old = normalize(" ".join(raw[place] for place in denied), language)
    if len(old.tokens) > 1 and old.tokens[0] in PREPOSITIONS:
        links = [place for place in told if normalize(words[place], language).tokens == old.tokens[:1]]
        old = old.at(range(1, len(old.tokens)))
        new = [place for place in told if links and place > links[-1]]
    else:
        new = told[-len(denied) :]
    named = normalize(" ".join(raw[place].strip(",") for place in told if place not in new), language)
    becomes = " ".join(raw[place].strip(",") for place in new)
    if not new or not old.content or normalize(becomes, language).kinds != old.kinds or not named.content:
        return None
    return ToldChange(_subject(named), old.tokens, becomes, language)


def _without_now(words: list[str], at: int, end: int) -> list[int]:
    """The places of words from one to another, without those that say that it is so from now on."""
    places = list[int]()
    while at < end:
        size = LASTING.at(words, at) or NEWS.at(words, at)
        places += [] if size else [at]
        at += size or 1
    return places


def _term(text: str, language: str) -> str:
    """A term without the light words that stand before it."""
    words = text.strip("`").split()
    while words and not _LIGHT.isdisjoint(normalize(words[0], language).tokens):
        words.pop(0)
    return " ".join(words)


def _subject(said: NormalizedText) -> NormalizedText:
    kept = [
        at
        for at, token in enumerate(said.tokens)
        if said.kinds[at] != CLASS and token not in _CHANGE_WORDS | _LIGHT | {"it", "not", "one"}
    ]
    return said.at(kept)
