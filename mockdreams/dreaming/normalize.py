"""Text as a sequence of normalized words: what must agree before two sentences may say the same.

A text becomes a bag of tokens. Words of the closed classes (`languages.toml`) are dropped or stand for their class, in
capitals: "if" and "when" are both COND. All else is content: number words are numbers, units have one name, plurals are
folded, names, identifiers and signs stay what they are. So texts with equal bags differ in no number, name, negation
or modal, by construction. Nothing here knows about memories or sessions.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from mockdreams.dreaming.inflection import of_gerund, of_whom, stem
from mockdreams.dreaming.languages import (
    CLASS,
    DATE,
    EXACT,
    MEANINGS,
    MONTH,
    NAME,
    NOUN,
    NUMBER,
    ORDINAL,
    SIGN,
    TIME,
    UNITS,
    WORD,
    Language,
    Part,
    language_of,
)
from mockdreams.dreaming.long_texts import chunks_of
from mockdreams.dreaming.normalized import (
    BE,
    CLAUSE_OPENERS,
    DENIALS,
    LIMITS,
    NO_CASES,
    NOBODY,
    OPEN,
    OPENERS,
    PREPOSITIONS,
    NormalizedText,
)
from mockdreams.dreaming.words import CHUNKS, CLASSED, DEPENDS, LEADING, PLAIN, SILENT, german_number

TEXTS_REMEMBERED, LONGEST_TEXT_REMEMBERED = 1 << 12, 1000
# Verbs with which one does something, but for those in -t; and what a verb may be.
_FOR_ONE, _VERBAL = frozenset("muss kann darf soll wird war".split()), frozenset((WORD, CLASS))

# A text in capitals with so many spaces says no more than in small letters.
SHOUTED_SPACES = 2
NO_PART: Part = ("", "", "", DEPENDS, OPEN)


def normalize(text: str, language: str = "en") -> NormalizedText:
    """What a text says, as tokens that can be compared."""
    return (_remembered if len(text) <= LONGEST_TEXT_REMEMBERED else normalize_once)(text, language)


def normalize_once(text: str, language: str) -> NormalizedText:
    """The same for a text that is not expected to come again."""
    if len(text) > LONGEST_TEXT_REMEMBERED:
        return _put(chunks_of(text), text, language)
    if text[1:2] < "a" and text.isupper() and text.count(" ") >= SHOUTED_SPACES:
        text = text.casefold()
    if "—" in text:
        text = _JOINED.sub(" ", text)
    return _put(text.split(), text, language)


_remembered = lru_cache(maxsize=TEXTS_REMEMBERED)(normalize_once)


def _put(chunks: Iterable[str], text: str, language: str) -> NormalizedText:
    if language == EXACT:
        words = tuple(chunks_of(text.casefold().strip(" .!*_")))
        return NormalizedText(words, (WORD,) * len(words), ("",) * len(words))
    known = CHUNKS[language]
    parts: list[Part] = []
    for chunk in chunks:
        parts += known[chunk]
    return _Sequence(parts, known.language).normalized(text)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _shared(*shape: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """The kinds and links of a text as one object for all texts in which they are the same."""
    return shape


class _Sequence:
    """Words put together to tokens: phrases, numbers with units, dates and times."""

    __slots__ = tuple("at cases content kinds language link links parts persons renews tokens".split())

    def __init__(self, parts: list[Part], language: Language) -> None:
        self.language, self.parts = language, parts
        self.tokens: list[str] = []
        self.kinds: list[str] = []
        self.content: list[str] = []
        self.links: dict[int, str] = {}
        self.at, self.link, self.renews = 0, "", False
        """How many parts are read, and the link of the next token."""
        self.persons, self.cases = NOBODY, NO_CASES

    def normalized(self, text: str) -> NormalizedText:
        parts, tokens, kinds, content = self.parts, self.tokens, self.kinds, self.content
        count = len(parts)
        while self.at < count:
            low, token, kind, way, _ = parts[self.at]
            self.at += 1
            if way == PLAIN and not self.link:
                tokens.append(token)
                kinds.append(kind)
                content.append(token)
            elif way != SILENT or self.link == "is":
                self._depending(low, token, kind, way)
        if text[-1:] == "?":
            self.add("?", SIGN)
        if "~~" in text:
            self.add("~~", SIGN)
        if not tokens:
            return NormalizedText((), (), (), self.renews, self.persons)
        if kinds[0] == NAME:
            kinds[0] = WORD
        links = [""] * len(tokens)
        for at, link in self.links.items():
            links[at] = link
        shape = _shared(tuple(kinds), tuple(links))
        begins = parts[0][-1] if parts else OPEN
        said, told = tuple(tokens), tuple(content)
        return NormalizedText(said, shape[0], shape[1], self.renews, self.persons, self.cases, begins, told)

    def _noun(self, low: str, token: str) -> tuple[str, str]:
        """A word with a capital, and its kind; the case of a noun is remembered: who bites whom."""
        article = self.parts[self.at - 2][0] if self.at > 1 else ""
        if article not in self.language.before_nouns:
            return token, NAME if self.tokens else WORD
        if article == "des":
            token = stem(of_whom(low), "de", noun=True)
        elif self._last() in PREPOSITIONS:
            pass
        elif article == "die" and low.endswith("en"):
            self._many(token)
        elif article in self.language.subjects or article in self.language.objects:
            self.cases = self.cases | {(token, article in self.language.subjects)}
        return token, NOUN if self.tokens else WORD

    def _many(self, token: str) -> None:
        """Remember of "die Rechnungen", in front of a verb for one, that they are the object; what they may be if not.

        "Die Rechnungen schreibt Petra", but "im Mai besuchen Ruth die Tanten".
        """
        following = self._next()[0]
        if not self.tokens:
            one = following.endswith("t") or following in _FOR_ONE
            self.cases = self.cases | {(token, False)} if one else self.cases
        elif any(
            low.endswith("en") or low == "sind" for low, _, kind, *_ in self.parts[: self.at - 2] if kind in _VERBAL
        ):
            self.cases = self.cases | {(token, True)}

    def _depending(self, low: str, token: str, kind: str, way: int) -> None:
        """Add a word of which it depends on the words around it what it says."""
        if way >= LEADING:
            phrases = self.language.phrases[low].get(self._next()[0])
            if phrases and self._phrase(phrases):
                return
            way -= LEADING
        if way <= CLASSED:
            self.add(token, kind)
        elif kind == CLASS:
            self._class(low, token)
        elif kind == NUMBER:
            self._number(token)
        else:
            self._content(low, token, kind)

    def add(self, token: str, kind: str) -> None:
        if self.link:
            self.links[len(self.tokens)] = self.link
            self.link = ""
        self.tokens.append(token)
        self.kinds.append(kind)
        if kind != CLASS:
            self.content.append(token)

    def _taken_back(self) -> str:
        """Take the last token back; its link."""
        self.tokens.pop()
        if self.kinds.pop() != CLASS:
            self.content.pop()
        return self.links.pop(len(self.tokens), "")

    def _last(self) -> str:
        """The token before."""
        return self.tokens[-1] if self.tokens else ""

    def _becomes(self, old: str, new: str) -> bool:
        """Put one token of a class for another that was said before."""
        if old not in self.tokens:
            return False
        self.tokens[self.tokens.index(old)] = new
        return True

    def _month_behind(self) -> str:
        """The month in "6 de junio"."""
        behind = self.parts[self.at + 1 : self.at + 2]
        return behind[0][1] if behind and behind[0][2] == MONTH else ""

    def _next(self) -> Part:
        return self.parts[self.at] if self.at < len(self.parts) else NO_PART

    def _phrase(self, phrases: Iterable[tuple[tuple[str, ...], str]]) -> bool:
        for rest, token in phrases:
            if tuple([part[0] for part in self.parts[self.at : self.at + len(rest)]]) == rest:
                self.at += len(rest)
                if token == "NOW":
                    self.renews = True
                elif token == "ANY MORE" and self._ends_clause():
                    self._end()
                elif token != "DROP":
                    self.renews = self.renews or token == "ONLY"  # "nur noch": it was more before
                    limited = token in LIMITS and self.kinds[-1:] == [NUMBER] and self._next()[2] != NUMBER
                    # "four hours at most" is "at most four hours".
                    number, link = (self._last(), self._taken_back()) if limited else ("", "")
                    self.add(token, CLASS)
                    if limited:
                        self.link = link
                        self.add(number, NUMBER)
                elif "place" in rest or "statt" in rest:
                    self.link = "be"
                return True
        return False

    def _ends_clause(self) -> bool:
        """Whether nothing follows, or what is so instead, or where: "not here any more", but not "any more chairs"."""
        low, token, *_ = self._next()
        return not low or token in CLAUSE_OPENERS or low in self.language.persons or low in ("it", "they", "he", "she")

    def _end(self) -> None:
        """Make "not ... any more" what "no longer" is."""
        if not self._becomes("NOT", "NOLONGER"):
            self.add("ANY MORE", CLASS)

    def _class(self, low: str, token: str) -> None:
        if low in self.language.is_forms or low in self.language.be_forms:
            if token == "PAST":
                self.add(token, CLASS)
            self.link = "is" if low in self.language.is_forms else "be"
        elif token == "DROP":
            self._dropped(low)
        elif token == ":":
            self.link = ":"
        elif token == "NOW":
            self.renews = True
        elif token == "CALLED":
            denied = self._last() in DENIALS and self.links.get(len(self.tokens) - 1, "") in BE
            if self.language.name == "de" or self.link in BE or denied:
                self.link = "is called"
            else:
                self.add(low, WORD)
        elif token == "PLUS" and self._becomes("NE", "NOLONGER"):
            return
        elif low == "statt" and "find" in self.tokens:
            # "findet am Montag statt" is "ist am Montag".
            return
        elif token == "ANY MORE":
            self._end()
        elif token == "'s":
            self.link = "'s"
            self.add("OF", CLASS)
        else:
            self.add(token, CLASS)

    def _dropped(self, low: str) -> None:
        """Remember what there is to know of a word that is no token."""
        if self.link == "is" and low in self.language.definite:
            self.link = "is the"
        elif low == "der" and self.at > 1 and self.parts[self.at - 2][2] == NAME == self._next()[2]:
            # "Die Tür der Halle" is "die Tür von der Halle".
            self.add("OF", CLASS)
        elif low in self.language.indefinite and not self.tokens:
            self.link = "a"
        elif low in self.language.indefinite and self.link == "is":
            self.link = "is a"
        elif low in self.language.persons:
            self.persons |= {self.language.persons[low]}
        elif low in ("always", "immer") and self._last() == "NOT":
            self.add(low, WORD)

    def _number(self, token: str) -> None:
        low, after, kind = self._next()[:3]
        if not low:
            self.add(token, NUMBER)
            return
        if low in self.language.large and token.isdigit() and kind == NUMBER:
            token, self.at = str(int(token) * int(after)), self.at + 1
            low, after, kind = self._next()[:3]
        if low in ("uhr", "o'clock") or (low in ("am", "pm") and token.isdigit()):
            hour = token.replace(".", ":") if "." in token else f"{token}:00"
            if low == "pm" and token.isdigit() and int(token) < 12:
                hour = f"{int(token) + 12}:00"
            self.at += 1
            self.add(hour, TIME)
        elif token.isdigit() and kind == MONTH:
            self.at += 1
            self.add(f"{after}/{token}", DATE)
        elif token.isdigit() and after == "OF" and (month := self._month_behind()):
            self.at += 2
            self.add(f"{month}/{token}", DATE)
        elif low in UNITS:
            self.at += 1
            self.add(f"{token} {UNITS[low]}", NUMBER)
        elif low in ("times", "mal"):
            self.at += 1
            self.add(f"{token}x", NUMBER)
        elif kind == "unit":
            self.at += 1
            self.add(f"{token} {after}", NUMBER)
        else:
            self.add(token, NUMBER)

    def _content(self, low: str, token: str, kind: str) -> None:
        if kind == ORDINAL and low[0].isdigit() and not self._next()[0] and low[-1] == ".":
            # The full stop of a sentence.
            self._number(low[:-1])
            return
        if kind == TIME and self._next()[0] in ("uhr", "am", "pm"):
            hour, _, minute = token.partition(":")
            late = self._next()[0] == "pm" and int(hour) < 12
            token, self.at = f"{int(hour) + 12 * late}:{minute}", self.at + 1
        elif kind == MONTH and self._next()[2] in (NUMBER, ORDINAL):
            number = self._next()[1].rstrip(".")
            counts = self.parts[self.at + 1 : self.at + 2]
            if number.isdigit() and int(number) <= 31 and not (counts and counts[0][0] in UNITS):
                token, kind, self.at = f"{token}/{number}", DATE, self.at + 1
        elif kind == ORDINAL and self._next()[2] == MONTH:
            token, kind, self.at = f"{self._next()[1]}/{token.rstrip('.')}", DATE, self.at + 1
        elif kind == ORDINAL and self._next()[1] == "OF" and (month := self._month_behind()):
            token, kind, self.at = f"{month}/{token.rstrip('.')}", DATE, self.at + 2
        elif kind == NAME:
            if low == "a" and not self.tokens:
                # An article; in "buffer A" it is a name.
                self.link = "a"
                return
            token, kind = self._noun(low, token)
        if token == "same" and self._last() in ("ON", "AT"):
            # "on the same day" is "the same day".
            self.link = self._taken_back()
        if kind == WORD and self.language.name == "de" and "und" in low and (count := german_number(low)):
            self._number(str(count))
            return
        if kind == WORD and self.language.name == "en" and self._after_opener():
            token = of_gerund(low) if low.endswith("ing") else token
        elif kind == WORD and self.language.name == "en" and low.endswith("ing") and self.link in ("is", "be"):
            # "is resting" is "rests".
            token, self.link = of_gerund(low), ""
        if low.endswith("ed") and self._last() == "get":
            # "gets tested" is "is tested".
            self._taken_back()
            self.link = "is"
        self.add(token, kind)

    def _after_opener(self) -> bool:
        return self.at > 1 and self.parts[self.at - 2][1] in OPENERS


def tokens_of(meaning: str) -> frozenset[str]:
    """The same words as tokens."""
    return frozenset(
        token
        for language, words in MEANINGS.items()
        for word in words.get(meaning, "").split()
        for token in normalize(word, language).tokens
    )


def keywords(text: str) -> tuple[str, ...]:
    """The stems of a heading, a path or a topic, every word alike and in every language the same way."""
    return (_keywords if len(text) <= LONGEST_TEXT_REMEMBERED else _keywords.__wrapped__)(text)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _keywords(text: str) -> tuple[str, ...]:
    if not text.isascii() and language_of(text) == EXACT:
        return tuple(text.casefold().split())
    words = normalize(_SEPARATORS.sub(" ", text)).content
    return tuple([of_gerund(word) if word[-3:] == "ing" else word for word in words])


_JOINED = re.compile(r"(?<=[^\W\d_])—(?=[^\W\d_])")
_SEPARATORS = re.compile(r"[\s/_.\-]+")
