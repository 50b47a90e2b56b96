"""Redaction of a seed: names, mail addresses, numbers and keys become others, the same ones each time.

A replacement is chosen by a hash that is keyed with the store's id: the same text in another place, or in a later run,
becomes the same, and whoever has only the file cannot try names out.
"""

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

from mockdreams.secrets import mask_text

MASK = "<secret>"
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"\+?\d(?:[ ().\-/]?\d){5,}")
_DATE = re.compile(r"\d{4}-\d\d(?:-\d\d)?(?:[T ]\d\d:\d\d(?::\d\d)?)?")
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau)\.? ([A-Z][\w'-]+)")
_CALLED = re.compile(r"\b(?:[Mm]y name is|[Ii] am called|[Cc]all me) ([A-Z][\w'-]+)")
_FULL = re.compile(r"\b([A-Z][a-z'-]+) ([A-Z][a-z'-]+)\b")
_SMALL = re.compile(r"\b[a-z]{2,}\b")
_COMMON = frozenset(
    "The A An In On At If When For From With To Our Your My This That These Those Use All No Not Never Always And Or "
    "But We You I It He She They Please Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February "
    "March April May June July August September October November December English German French".split()
)
NAMES = (
    "Alder Aster Birch Briar Cedar Clover Elm Fern Hazel Heath Holly Iris Ivy Juniper Laurel Linden Maple Myrtle Olive "
    "Reed Robin Rowan Rue Sage Sorrel Spruce Thorn Tulip Violet Willow Wren Yarrow".split()
)


class SeedRedactor:
    """Knows the names that are in a seed, and what becomes of each."""

    def __init__(self, key: str, names: Iterable[str] = ()) -> None:
        self._key = key.encode()[:64]
        self._names: dict[str, str] = {}
        for name in names:
            self._learn(name)

    def redact(self, seed: dict[str, Any]) -> dict[str, Any]:
        """The seed without what it must not tell; moments stay."""
        texts = list(_texts(seed))
        ordinary = {word.capitalize() for text in texts for word in _SMALL.findall(text)}
        for text in texts:
            self._learn_from(text, ordinary)
        words = sorted(self._names, key=len, reverse=True)
        pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b") if words else None
        redacted: dict[str, Any] = self._value(seed, pattern)
        return redacted

    def _learn_from(self, text: str, ordinary: set[str]) -> None:
        """Learn the names in a text. An `ordinary` word that opens a sentence is not taken for one: "Ask Anna"."""
        for mail in _MAIL.findall(text):
            for part in re.split(r"[._+\d-]+", mail.partition("@")[0]):
                self._learn(part.capitalize())
        for match in (*_TITLED.finditer(text), *_CALLED.finditer(text)):
            self._learn(match[1])
        for match in _FULL.finditer(text):
            first, last = match.groups()
            if not {first, last} & _COMMON:
                if first not in ordinary or not _opens_sentence(text[max(0, match.start() - 10) : match.start()]):
                    self._learn(first)
                self._learn(last)

    def _learn(self, name: str) -> None:
        if len(name) > 1 and name not in _COMMON:
            for word in name.split():
                number = int(self._hash(word), 16)
                self._names[word] = f"{NAMES[number % len(NAMES)]}{number % 9973}"

    def _value(self, value: Any, names: re.Pattern[str] | None, key: str = "") -> Any:
        if isinstance(value, str):
            return value if key in ("at", "now") else self._text(value, names)
        if isinstance(value, list):
            return [self._value(item, names) for item in value]
        if isinstance(value, dict):
            return {key: self._value(item, names, key) for key, item in value.items()}
        return value

    def _text(self, text: str, names: re.Pattern[str] | None) -> str:
        text = mask_text(text, lambda _: MASK)
        text = _MAIL.sub(lambda mail: f"person-{self._hash(mail[0].lower())[:6]}@example.com", text)
        text = _NUMBER.sub(self._number, text)
        return text if names is None else names.sub(lambda name: self._names[name[0]], text)

    def _number(self, match: re.Match[str]) -> str:
        """Other digits in the same places; a date stays."""
        if _DATE.fullmatch(match[0]):
            return match[0]
        digits = iter(str(int(self._hash(re.sub(r"\D", "", match[0])) * 4, 16)))
        return re.sub(r"\d", lambda _: next(digits), match[0])

    def _hash(self, text: str) -> str:
        return blake2b(text.encode(), key=self._key, digest_size=8).hexdigest()


def _opens_sentence(before: str) -> bool:
    """Whether a word after this begins a text, a line, a sentence or an item of a list."""
    read = before.rstrip()
    return not read or "\n" in before[len(read) :] or read[-1] in ".!?:-*"


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)
