"""Text as a sequence of normalized words: what must agree before two sentences may say the same.

A text becomes a bag of tokens. Words of the closed classes (`languages.toml`) are dropped or stand for their class, in
capitals: "if" and "when" are both COND. All else is content: number words are numbers, units have one name, plurals are
folded, names, identifiers and signs stay what they are. So texts with equal bags differ in no number, name, negation
or modal, by construction. Nothing here knows about memories or sessions.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain

from mockdreams.dreaming.inflection import NO_UMLAUTS, WORDS_REMEMBERED, of_gerund, of_whom, plain_form, stem
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
    UNITS_OF_TIME,
    WEEKDAY,
    WORD,
    Language,
    Part,
    Phrases,
    language_of,
)
from mockdreams.dreaming.long_texts import chunks_of
from mockdreams.dreaming.normalized import (
    BE,
    CLAUSE_OPENERS,
    COMMON,
    DENIALS,
    FRONTED,
    LIMITS,
    MARKS_OF_DENIAL,
    MODALS,
    NAMED,
    NO_CASES,
    NOBODY,
    NOTHING,
    NOTHING_YET,
    OPEN,
    OPENERS,
    PREPOSITIONS,
    NormalizedText,
)
from mockdreams.dreaming.words import ADDED, CHUNKS, DEPENDS, SILENT, german_number

__all__ = [
    "BE",
    "COMMON",
    "DENIALS",
    "FRONTED",
    "LIMITS",
    "MARKS_OF_DENIAL",
    "MODALS",
    "NAMED",
    "NOTHING",
    "NOTHING_YET",
    "NO_UMLAUTS",
    "OPEN",
    "OPENERS",
    "PREPOSITIONS",
    "TEXTS_REMEMBERED",
    "WORDS_REMEMBERED",
    "NormalizedText",
    "keywords",
    "normalize",
    "plain_form",
    "stem",
    "tokens_of",
]

TEXTS_REMEMBERED, LONGEST_TEXT_REMEMBERED = 1 << 12, 1000
# After one of these "a month" is one month.
_SPANS = frozenset("WITHIN IN FOR AFTER UNTIL DURING ABOVE BELOW".split())

# Verbs with which one does something, but for those in -t; and what a verb may be.
_FOR_ONE, _VERBAL = frozenset("muss kann darf soll wird war".split()), frozenset((WORD, CLASS))

# A text in capitals with so many spaces says no more than in small letters.
SHOUTED_SPACES = 2


def normalize(text: str, language: str = "en") -> NormalizedText:
    """What a text says, as tokens that can be compared."""
    return (_normalize if len(text) <= LONGEST_TEXT_REMEMBERED else _normalize.__wrapped__)(text, language)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _normalize(text: str, language: str) -> NormalizedText:
    if language == EXACT:
        words = [*_split(text.casefold().strip(" .!*_"))]
        return NormalizedText(tuple(words), (WORD,) * len(words), ("",) * len(words))
    if text[1:2] < "a" and text.isupper() and text.count(" ") >= SHOUTED_SPACES:
        text = text.casefold()
    if "—" in text:
        text = _JOINED.sub(" ", text)
    chunks = CHUNKS[language]
    parts = [*chain.from_iterable(map(chunks.__getitem__, _split(text)))]
    return _Sequence(parts, chunks.language).normalized(text)


def _split(text: str) -> Iterable[str]:
    return text.split() if len(text) <= LONGEST_TEXT_REMEMBERED else chunks_of(text)


@lru_cache(maxsize=TEXTS_REMEMBERED)
def _shared(shape: tuple[str, ...]) -> tuple[str, ...]:
    """The kinds or links of a text as one object for all texts in which they are the same."""
    return shape


class _Sequence:
    """Words put together to tokens: phrases, numbers with units, dates and times."""

    at, link, renews = 0, "", False
    persons, cases = NOBODY, NO_CASES

    def __init__(self, parts: list[Part], language: Language) -> None:
        self.language = language
        self.tokens: list[str] = []
        self.kinds: list[str] = []
        self.links: list[str] = []
        self.parts = parts

    def normalized(self, text: str) -> NormalizedText:
        parts, phrases, tokens, count = self.parts, self.language.phrases, self.tokens, len(self.parts)
        add_token, add_kind, add_link = tokens.append, self.kinds.append, self.links.append
        at, link, articles = 0, "", self.language.before_nouns
        while at < count:
            low, token, kind, way = parts[at]
            if way == ADDED:
                if kind == NAME:
                    token, kind = self._noun(low, token, at) if articles else (token, NAME if tokens else WORD)
                add_kind(kind)
                add_token(token)
                add_link(link)
                link = ""
                at += 1
                continue
            at += 1
            if way == SILENT and link != "is":
                continue
            if kind == NUMBER and at == count:
                self.link = link
                self.add(token, kind)
                break
            self.at, self.link = at, link
            self._depending(low, token, kind, phrases)
            at, link = self.at, self.link
        if text.endswith("?"):
            self.add("?", SIGN)
        if "~~" in text:
            self.add("~~", SIGN)
        if WEEKDAY in self.kinds and self.language.name == "en":
            self._settle_days()
        kinds, links = _shared(tuple(self.kinds)), _shared(tuple(self.links))
        return NormalizedText(tuple(tokens), kinds, links, self.renews, self.persons, self.cases, self._begins())

    def _begins(self) -> str:
        low, token, kind, _ = self.parts[0] if self.parts else ("", "", "", DEPENDS)
        if low in self.language.before_nouns:
            return COMMON
        if self.language.name == "de" and token in OPENERS:
            return FRONTED
        return NAMED if kind == NAME and low not in self.language.possessives else OPEN

    def _settle_days(self) -> None:
        """Say "on" before a weekday that is told without: "closed Monday"; and not before "every second Friday"."""
        tokens, kinds, at = self.tokens, self.kinds, self.kinds.index(WEEKDAY)
        on = tokens.index("EVERY") - 1 if "EVERY" in tokens else -1
        if 0 <= on < at and tokens[on] == "ON":
            del tokens[on], kinds[on], self.links[on + 1]
        elif at and kinds[at - 1] == WORD and tokens[at - 1] not in _POINTING and kinds[at + 1 : at + 2] in _ENDS:
            tokens.insert(at, "ON")
            kinds.insert(at, CLASS)
            self.links.insert(at, "")

    def _noun(self, low: str, token: str, at: int) -> tuple[str, str]:
        """A word with a capital, and its kind; the case of a noun is remembered: who bites whom."""
        article = self.parts[at - 1][0] if at else ""
        if article not in self.language.before_nouns:
            return token, NAME if self.tokens else WORD
        if article == "des":
            token = stem(of_whom(low), "de", noun=True)
        elif self.tokens and self.tokens[-1] in PREPOSITIONS:
            pass
        elif article == "die" and low.endswith("en"):
            self._many(token, at)
        elif article in self.language.subjects or article in self.language.objects:
            self.cases = self.cases | {(token, article in self.language.subjects)}
        return token, NOUN if self.tokens else WORD

    def _many(self, token: str, at: int) -> None:
        """Remember of "die Rechnungen", in front of a verb for one, that they are the object; what they may be if not.

        "Die Rechnungen schreibt Petra", but "im Mai besuchen Ruth die Tanten".
        """
        following = self.parts[at + 1] if at + 1 < len(self.parts) else ("", "", "", DEPENDS)
        if not self.tokens:
            one = following[0].endswith("t") or following[0] in _FOR_ONE
            self.cases = self.cases | {(token, False)} if one else self.cases
        elif any(low.endswith("en") or low == "sind" for low, _, kind, _ in self.parts[: at - 1] if kind in _VERBAL):
            self.cases = self.cases | {(token, True)}

    def _depending(self, low: str, token: str, kind: str, phrases: Mapping[str, Mapping[str, Phrases]]) -> None:
        """Add a word of which it depends on the words around it what it says."""
        if low in phrases and self._phrase(phrases[low].get(self._next()[0], ())):
            return
        if kind == CLASS:
            self._class(low, token)
        elif kind == NUMBER:
            self._number(token)
        else:
            self._content(low, token, kind)

    def add(self, token: str, kind: str) -> None:
        self.tokens.append(token)
        self.kinds.append(kind)
        self.links.append(self.link)
        self.link = ""

    def _month_behind(self) -> str:
        """The month in "6 de junio"."""
        behind = self.parts[self.at + 1 : self.at + 2]
        return behind[0][1] if behind and behind[0][2] == MONTH else ""

    def _next(self) -> Part:
        return self.parts[self.at] if self.at < len(self.parts) else ("", "", "", DEPENDS)

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
                    self.add(token, CLASS)
                    if token in LIMITS and self.kinds[-2:-1] == [NUMBER] and self._next()[2] != NUMBER:
                        # "four hours at most" is "at most four hours".
                        for each in (self.tokens, self.kinds, self.links):
                            each[-2:] = each[:-3:-1]
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
        if "NOT" in self.tokens:
            self.tokens[self.tokens.index("NOT")] = "NOLONGER"
        else:
            self.add("ANY MORE", CLASS)

    def _class(self, low: str, token: str) -> None:
        if token == ":":
            self.link = ":"
        elif low in self.language.is_forms or low in self.language.be_forms:
            if token == "PAST":
                self.add(token, CLASS)
            self.link = "is" if low in self.language.is_forms else "be"
        elif token == "NOW":
            self.renews = True
        elif token == "CALLED":
            denied = self.tokens[-1:] and self.tokens[-1] in DENIALS and self.links[-1] in BE
            if self.language.name == "de" or self.link in BE or denied:
                self.link = "is called"
            else:
                self.add(low, WORD)
        elif token == "PLUS" and "NE" in self.tokens:
            self.tokens[self.tokens.index("NE")] = "NOLONGER"
        elif low == "statt" and "find" in self.tokens:
            # "findet am Montag statt" is "ist am Montag".
            return
        elif token == "ANY MORE":
            self._end()
        elif token == "DROP":
            if self._is_one(low):
                self._number("1")
            elif self.link == "is" and low in self.language.definite:
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
            elif low in ("always", "immer") and self.tokens[-1:] == ["NOT"]:
                self.add(low, WORD)
        elif token == "'s":
            self.add("OF", CLASS)
            self.links[-1] = "'s"
        else:
            self.add(token, CLASS)

    def _is_one(self, low: str) -> bool:
        """Whether an article counts: "within a month", "takes a day", "a day before"; but not "twice a month"."""
        counts = low in ("a", "an") or (low[:3] == "ein" and low in self.language.before_nouns)
        if not counts or self._next()[0] not in UNITS_OF_TIME:
            return False
        if not (_SPANS | _lasting()).isdisjoint(self.tokens[-1:]):
            return True
        after = self.parts[self.at + 1] if self.at + 1 < len(self.parts) else ("", "", "", DEPENDS)
        return (after[1] in ("BEFORE", "AFTER") or after[0] == "nach") and NUMBER not in self.kinds[-2:]

    def _number(self, token: str) -> None:
        low, after, kind, _ = self._next()
        if low in self.language.large and token.isdigit() and kind == NUMBER:
            token, self.at = str(int(token) * int(after)), self.at + 1
            low, after, kind, _ = self._next()
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
        if kind == WORD and low[-2:] not in ("ed", "ng", "me") and self.language.name != "de":
            self.add(token, kind)
            return
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
            token, kind = self._noun(low, token, self.at - 1)
        if token == "same" and self.tokens[-1:] in (["ON"], ["AT"]):
            # "on the same day" is "the same day".
            self.link = self.links[-1]
            del self.tokens[-1], self.kinds[-1], self.links[-1]
        if kind == WORD and self.language.name == "de" and "und" in low and (count := german_number(low)):
            self.at -= 1
            self.parts[self.at] = (low, str(count), NUMBER, DEPENDS)
            return
        if kind == WORD and self.language.name == "en" and self._after_opener():
            token = of_gerund(low) if low.endswith("ing") else token
        elif kind == WORD and self.language.name == "en" and low.endswith("ing") and self.link in ("is", "be"):
            # "is resting" is "rests".
            token, self.link = of_gerund(low), ""
        if low.endswith("ed") and self.tokens[-1:] == ["get"]:
            # "gets tested" is "is tested".
            del self.tokens[-1], self.kinds[-1], self.links[-1]
            self.link = "is"
        self.add(token, kind)

    def _after_opener(self) -> bool:
        return self.at > 1 and self.parts[self.at - 2][1] in OPENERS


@lru_cache(maxsize=1)
def _lasting() -> frozenset[str]:
    return tokens_of("lasting")


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
    return tuple(of_gerund(word) if word.endswith("ing") else word for word in words)


_POINTING = tokens_of("pointing")
_ENDS: tuple[list[str], ...] = ([], [CLASS], [NUMBER], [TIME])
_JOINED = re.compile(r"(?<=[^\W\d_])—(?=[^\W\d_])")
_SEPARATORS = re.compile(r"[\s/_.\-]+")
