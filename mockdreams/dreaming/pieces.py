"""What goes of a text if only a part of it is named: rows, numbered steps, lines of a quote, sentences.

Code and HTML go as a whole or not at all, and the head of a table goes with the last row.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from mockdreams.dreaming.inflection import stem
from mockdreams.dreaming.languages import CASED_MONTHS
from mockdreams.dreaming.markdown import depends_on_previous, sentences
from mockdreams.dreaming.normalize import TEXTS_REMEMBERED, keywords

Piece = tuple[str, int]
"""A text and the level that it stands at: with a piece goes what is deeper right after it."""
Names = Callable[[str], bool]
_HEAD = 1 << 30
"""The level of what only holds others."""
_MEMBER_WORDS = 3
_CLAUSES = re.compile(r"; |(?<=[a-zäöüß]),? (?:and|but|while|und|aber|während) (?=[A-ZÄÖÜ][a-zäöüß]+ [a-zäöüß])")

_STEP = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?=\S)")
_QUOTE = re.compile(r"[ \t>]*")
_DELIMITER = re.compile(r"[ \t|:-]*-[ \t|:-]*$")
_ENDING = (".", "!", "?", ":", "…", '"', "”", ")")
_SEPARATOR = re.compile(r",? (?:and|or|und|oder|sowie|et|ou|y|o|e|&) |, ")
_SEGMENT = re.compile(r"[|:;()]|[.!?](?:\s|$)")


@lru_cache(maxsize=TEXTS_REMEMBERED)
def folded(words: frozenset[str]) -> frozenset[str]:
    """Keywords without the endings of German nouns: "die Essensbestellungen", "der Essensbestellung"."""
    return frozenset(CASED_MONTHS.get(word) or stem(word, "de", noun=True) for word in words)


def named_words(text: str) -> frozenset[str]:
    """The keywords by which a text and what instructions name meet."""
    return folded(frozenset(keywords(text)))


def without(text: str, names: Names, *, block: bool, level: int) -> tuple[str | None, list[str]]:
    """What is left of a text, None if nothing, and the pieces of it that are named and go."""
    if block and not (text[0] in "|>" or text[0].isdigit()):
        lines = (line for line in text.splitlines() if any(map(str.isalnum, line)) and line[:3] not in ("```", "~~~"))
        return (None, [text]) if all(map(names, lines)) else (text, [])
    left, gone, above = list[Piece](), list[str](), _HEAD
    for piece, deep in _pieces(text, level) if block else [(text, level)]:
        above = above if deep > above else _HEAD
        rest, named = ("", [piece]) if above < _HEAD else (piece, []) if deep == _HEAD else _rest(piece, names)
        above = above if rest else min(above, deep)
        left += [(rest, deep)] if rest else []
        gone += named
    if not gone or all(deep == _HEAD for _, deep in left):
        return (None, [text]) if gone else (text, [])
    return "".join(rest for rest, _ in left).strip(), gone


def _rest(piece: str, names: Names) -> tuple[str, list[str]]:
    """What is left of a piece, and its sentences that go: with the first of a step, or one with a key, all."""
    if not names(piece):
        return piece, []
    step = _STEP.match(piece)
    marker = (step or _QUOTE.match(piece) or [""])[0]
    said = list(sentences(piece[len(marker) :]))
    goes = [names(sentence) for sentence in said]
    for at in range(1, len(said)):
        goes[at] = goes[at] or (goes[at - 1] and depends_on_previous(said[at], ""))
    of_first = goes[0] and (step or piece[0] == "[" or ": " in said[0])
    told = [gone for gone, each in zip(goes, said, strict=True) if any(map(str.isalnum, each))]
    if of_first or not any(goes) or all(told):
        return "", [piece]
    if piece[0] == ">" and "\n" in piece.strip():
        return piece, []
    left = "".join(sentence for sentence, gone in zip(said, goes, strict=True) if not gone)
    end = piece[len(piece.rstrip()) :]
    return marker + left.rstrip() + end, [each for each, gone in zip(said, goes, strict=True) if gone]


def _pieces(text: str, level: int) -> Iterator[Piece]:
    lines = text.splitlines(keepends=True)
    if text[0] == "|":
        headed = len(lines) > 1 and _DELIMITER.match(lines[1].strip())
        return ((line, _HEAD if headed and at < 2 else level) for at, line in enumerate(lines))
    return _quoted(lines, level) if text[0] == ">" else _steps(lines, level)


def _steps(lines: Sequence[str], level: int) -> Iterator[Piece]:
    step, at = "", level
    for line in lines:
        if step and _STEP.match(line):
            yield step, at
            step, at = line, len(line) - len(line.lstrip())
        else:
            step += line
    yield step, at


def _quoted(lines: Sequence[str], level: int) -> Iterator[Piece]:
    """The lines of a quote; where some end as sentences do, a line that does not goes on in the next."""
    bare = [line.lstrip("> \t").rstrip() for line in lines]
    prose = any(line.endswith(_ENDING) for line in bare[:-1])
    said = ""
    for at, line in enumerate(lines):
        ended = not bare[at - 1] or not prose or bare[at - 1].endswith(_ENDING)
        if said and bare[at] and (ended or _STEP.match(bare[at])):
            yield said, level
            said = ""
        said += line
    yield said, level


def listed_with(text: str, words: frozenset[str]) -> list[frozenset[str]]:
    """The words of each other member where a text names something as one of a list only: "Alder, Dune and Cedar".

    Clauses with subjects of their own are such members, too: "Dune pays late and Alder pays on time".
    """
    clauses = [named_words(clause) for clause in _CLAUSES.split(text)]
    others = [clause for clause in clauses if len(clause) > 1 and not words <= clause]
    if others and len(others) < len(clauses):
        return others
    others = []
    for segment in _SEGMENT.split(text):
        if words <= named_words(segment):
            filled = "|" in text or ": " in text
            members = [named_words(member) for member in _members(segment, len(words), filled=filled)]
            beside = [member for member in members if not words <= member]
            if len(beside) == len(members):
                return []
            others += filter(None, beside)
    return others


def _members(segment: str, size: int, *, filled: bool) -> list[str]:
    """The members of the list in a segment: of the first and the last the words at the comma or "and" only.

    What is `filled` in behind a key or in a table may be a list with nothing but commas.
    """
    parts = [part.split() for part in _SEPARATOR.split(segment.strip())]
    if len(parts) < 2 or not all(parts) or any(len(part) > _MEMBER_WORDS for part in parts[1:-1]):
        return []
    joined = ", " not in _SEPARATOR.findall(segment)[-1:]
    named = parts[0][-1][0].isupper() and parts[-1][0][0].isupper()
    if not (joined or filled) or not (named or len(parts) > 2):
        return []
    return [" ".join(part) for part in (parts[0][-size:], *parts[1:-1], parts[-1][:size])]
