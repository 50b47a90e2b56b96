"""Markdown cut into pieces that can be kept, replaced or removed one by one; joined, they are the text they came from.

List items, sentences and `key: value` lines are facts of their own. Code fences, tables, quotes, numbered steps and
front matter stay whole. Headings and items with children contain what follows them, by level.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from mockdreams.dreaming.languages import CLASS, LANGUAGES, MONTHS, words_of
from mockdreams.dreaming.long_texts import lines_of
from mockdreams.dreaming.openings import Phrases, any_of

Kind = Literal["front", "heading", "parent", "item", "sentence", "block", "gap"]

# Levels order containment: front matter holds the page, a heading its section, an item what is indented deeper.
FRONT_LEVEL, LIST_LEVEL, GAP_LEVEL = 0, 10, 1 << 30
# What is indented so far and stands in no list is code.
_CODE = 4

# How a line begins: the group that matches is what it is.
_LINE = re.compile(
    r"([ \t]*)(?:(?P<gap>\s*+\Z|(?:[-*_][ \t]*+){3,}+\s*+\Z)|(?P<item>[-*+]\s+(?=\S))|(?P<heading>#{1,6}\s+(?=\S))"
    r"|(?P<fence>`{3,}|~{3,})|(?P<step>\d{1,9}[.)]\s+(?=\S))|(?P<quote>[|><])|(?P<text>))"
)
_UNDERLINE = re.compile(r"(?:=+|-{2,})[ \t]*$")
_SENTENCE_END = re.compile(
    r"[.!?][\"')\]*_`”’]*+(?:\s++(?=[^\sa-z])|[ \t]*+\n\s*+(?=\S))"  # noqa: RUF001
    r"|[。！？][」』”）]*+\s*+(?=\S)"  # noqa: RUF001
)
_STOP = re.compile(r"[.!?。！？]")  # noqa: RUF001
_ABBREVIATION = any_of("abbreviations", r"(?:^|[\s(])(?:{}|[a-z]\.m|(?<!\d\s)[a-z]|z\.\s?b|d\.\s?h|u\.\s?a)$")
# After a number a full stop may make it an ordinal: of a month in any language, or after a German article.
_DAY = re.compile(r"(?:^|[\s(])\d{1,2}$")
_BEFORE_ORDINAL = re.compile(
    r"\b(?:am|der|die|das|den|dem|zum|zur|bis|vom|ab|im|beim|seit|jede[nrs]?) \d{1,2}$", re.IGNORECASE
)
# A sentence with one of these for its first word leans on the one before, but for a few turns.
_LEANING = words_of("leaning")
_STANDING = re.compile(
    r"it(?:'s| is| was)(?: not)? [a-z]+ (?:to|that)\b|because[^,]*,|so that\b[^,]*,|instead of\b"
    r"|there(?: is| are| was| were|.s)\b|es gibt\b|das(?! (?:ist|war|gilt|heißt|geht)\b)",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_PRONOUN = re.compile(r"(?:he|she|his|her|they|their|er|sie|ihre?[nmrs]?|seine?[nmrs]?)\b", re.IGNORECASE)
_ANNOUNCEMENT = any_of(
    "announcements",
    r"[*_]{{0,2}}(?:{})(?:[*_]{{0,2}}:[*_]{{0,2}}| [-–—]| that(?= )| dass(?= )) +"  # noqa: RUF001
    r"|the user (?=[a-z]+s\b)",
)
_AS_SAID, _SOURCE = any_of("as_said", "(?:{}),? +"), any_of("sources", r" \((?:{})\b[^()\d]{{0,60}}\)(?=[.!]?$)")
_LEADS = frozenset(word[:2] for kind in ("announcements", "as_said") for word in Phrases(kind).first)
"""How what comes before a fact begins."""
_LABEL = re.compile(r"\*\*[^*\n]+\*\*:?|__[^_\n]+__:?")
_LABEL_ENDS = frozenset(":*_ ")
# The marks that open and close an emphasis or code.
_MARK = re.compile("[*_`]")
_PAIRS = (re.compile(r"\*\*"), re.compile(r"\*"), re.compile(r"(?<!\w)_|_(?!\w)"), re.compile("`"))
# The value of a key has no more words, or it is a text.
VALUE_WORDS = 4
# With one of these a text goes on in the next line.
_GOING_ON = frozenset(
    word for language in LANGUAGES.values() for word, (_, kind) in language.words.items() if kind == CLASS
).union(*(language.fused for language in LANGUAGES.values()))
_KEY_VALUE = re.compile(r"[*_`]{0,2}[^\W\d_][^:*_`\n]{0,39}[*_`]{0,2}:[*_`]{0,2}[ \t]+\S")


@dataclass(slots=True, eq=False)
class Block:
    """A verbatim stretch of a page. `text` is the part of `raw` that says something."""

    kind: Kind
    raw: str
    text: str
    level: int


def is_label(text: str) -> bool:
    """Whether a text introduces what follows it: "Steps:", "**How to apply**"."""
    return text[-1:] in _LABEL_ENDS and (text.rstrip("*_ ").endswith(":") or _LABEL.fullmatch(text) is not None)


def introduced(blocks: Sequence[Block], index: int) -> Iterator[int]:
    """Where the block, or the items, stand that a label introduces."""
    if not is_label(blocks[index].text) or blocks[index].kind not in ("sentence", "item"):
        return
    kinds: Sequence[str] = ("block", "item", "parent")
    for at in range(index + 1, len(blocks)):
        if blocks[at].kind in kinds:
            yield at
            kinds = ("item", "parent") if blocks[at].kind != "block" else ()
        elif blocks[at].kind != "gap":
            return


def is_key_value(text: str) -> bool:
    """Whether a text is a key with its value, "Port: 8080", and no sentence is at an end before the colon."""
    found = _KEY_VALUE.match(text) if ":" in text else None
    return found is not None and (_STOP.search(found[0]) is None or next(sentences(found[0])) == found[0])


def _is_entry(line: str, following: str) -> bool:
    """Whether a line is a key with a short value, and the next one does not go on with it: "Port: 8080"."""
    if not is_key_value(line) or not following[0].isupper():
        return False
    value = line.partition(":")[2].strip("*_ \t\n").split()
    return len(value) <= VALUE_WORDS and value[-1][-1] not in ".,;:-" and value[-1] not in _GOING_ON


def without_support(text: str) -> str:
    """An insight without the count of its sessions, a fact without the source that is named behind it."""
    if not text.endswith((")", ").")):
        return text
    if text.endswith(("session)", "sessions)")):
        said, _, support = text.rpartition(" (in ")
        return said if said and len(support) < 24 else text
    if " (" in text[-64:]:
        return text[:-64] + _SOURCE.sub("", text[-64:])
    return text


def lead_in(text: str) -> str:
    """What comes before a fact and only says that there is one: "Note: ..." or "The user said that ..."."""
    if text.lstrip("*_")[:2].casefold() not in _LEADS:
        return ""
    found = _ANNOUNCEMENT.match(text) or _AS_SAID.match(text)
    return found[0] if found else ""


def depends_on_previous(text: str, lead: str) -> bool:
    """Whether a sentence needs the one before it to be understood, whatever it has for a lead-in."""
    word = text[len(lead) :].split(" ", 1)[0]
    if not word.isalpha():
        found = _WORD.match(word)
        word = found[0] if found else ""
    return word.casefold() in _LEANING and _STANDING.match(text, len(lead)) is None


def names_nobody(text: str) -> bool:
    """Whether a text begins with a pronoun for somebody: "She takes the tram"."""
    return _PRONOUN.match(text) is not None


def sentences(text: str) -> Iterator[str]:
    """Cut running text into sentences. The space after a sentence belongs to it."""
    start = seen = closed = 0
    opened = set[re.Pattern[str]]()
    ends = _SENTENCE_END.finditer(text) if _STOP.search(text, 0, len(text) - 1) else ()
    pairs = _PAIRS if ends and _MARK.search(text) else ()
    for end in ends:
        if end.end() <= closed or (text[end.start()] == "." and _goes_on(text, max(start, end.start() - 8), end)):
            continue
        opened.symmetric_difference_update(mark for mark in pairs if len(mark.findall(text, seen, end.end())) % 2)
        seen = end.end()
        closed = max((found.start() for mark in opened if (found := mark.search(text, seen))), default=0)
        if not closed:
            yield text[start:seen]
            start = seen
            opened.clear()
    if start < len(text):
        yield text[start:]


def _goes_on(text: str, start: int, end: re.Match[str]) -> bool:
    """Whether a full stop belongs to an abbreviation or an ordinal and ends no sentence."""
    stop = end.start()
    if _ABBREVIATION.search(text, start, stop):
        return "\n" not in text[stop : end.end()] or not text[stop - 1].isupper()
    if not text[stop - 1 : stop].isdigit() or not _DAY.search(text, start, stop):
        return False
    return text[end.end() : end.end() + 3].casefold() in MONTHS or bool(_BEFORE_ORDINAL.search(text, start, stop))


def blocks(content: str) -> list[Block]:
    """Every block of a memory, in order."""
    return _Cutter(content).cut()


class _Cutter:
    def __init__(self, content: str) -> None:
        self.lines = [*lines_of(content, keepends=True)]
        self.starts = [start for line in self.lines if (start := _LINE.match(line))]
        self.indents = [start.end(1) for start in self.starts]
        self.kinds = [start.lastgroup for start in self.starts]
        self.at, self.count = 0, len(self.lines)
        self.done: list[Block] = []

    def cut(self) -> list[Block]:
        self._front_matter()
        while self.at < self.count:
            kind, start = self.kinds[self.at], self.starts[self.at]
            if kind == "item":
                self._item(self.indents[self.at], start.end())
            elif kind == "gap":
                self._add("gap", self.at + 1, "", GAP_LEVEL)
            elif kind == "heading":
                text = self.lines[self.at][start.end() :].rstrip().rstrip(" \t#")
                self._add("heading", self.at + 1, text, start[0].count("#"))
            elif kind == "text" and self.indents[self.at] < _CODE:
                self._paragraph()
            else:
                until = self._after_block(start)
                text = "".join(self.lines[self.at : until]).strip()
                self._add("block", until, text, LIST_LEVEL + self.indents[self.at])
        return self.done

    def _add(self, kind: Kind, until: int, text: str, level: int) -> None:
        raw = self.lines[self.at] if until == self.at + 1 else "".join(self.lines[self.at : until])
        self.done.append(Block(kind, raw, text, level))
        self.at = until

    def _front_matter(self) -> None:
        if self.lines and self.lines[0].rstrip() == "---":
            end = next((at for at, line in enumerate(self.lines) if at and line.rstrip() == "---"), 0)
            if end:
                self._add("front", end + 1, "".join(self.lines[: end + 1]).strip(), FRONT_LEVEL)

    def _after_block(self, start: re.Match[str]) -> int:
        """Where code, a quote, a table or steps end."""
        end = last = self.at + 1
        while end < self.count:
            kind, bare, fence = self.kinds[end], self.lines[end].strip(), start["fence"]
            end += 1
            if fence:
                last = end
                if bare.startswith(fence) and not bare.strip(fence[0]):
                    break
            elif start["step"]:
                if kind == "step" or (bare and self.lines[end - 1][0] in " \t"):
                    last = end
                elif bare:
                    break
            elif not bare or (start["quote"] and kind != "quote"):
                break
            else:
                last = end
        return last

    def _item(self, indent: int, body: int) -> None:
        end = self.at + 1
        while end < self.count and self.kinds[end] == "text" and not _UNDERLINE.match(self.lines[end]):
            end += 1
        raw = self.lines[self.at] if end == self.at + 1 else "".join(self.lines[self.at : end])
        after = end
        while after < self.count and self.lines[after].isspace():
            after += 1
        deeper = after < self.count and self.indents[after] > indent
        self.done.append(Block("parent" if deeper else "item", raw, raw[body:].strip(), LIST_LEVEL + indent))
        self.at = end

    def _paragraph(self) -> None:
        end = self.at + 1
        labelled = _LABEL.fullmatch(self.lines[self.at].strip())
        while end < self.count and self.kinds[end] == "text":
            if labelled or _UNDERLINE.match(self.lines[end]) or _LABEL.fullmatch(self.lines[end].strip()):
                break
            end += 1
        if end < self.count and _UNDERLINE.match(self.lines[end]) and end == self.at + 1:
            level = 1 if self.lines[end][0] == "=" else 2
            self._add("heading", end + 1, self.lines[self.at].strip(), level)
            return
        lines = self.lines[self.at : end]
        if all(map(is_key_value, lines)):
            for line in lines:
                self._add("sentence", self.at + 1, line.strip(), LIST_LEVEL)
            return
        start = 0
        for at in range(len(lines) - 1) if any(":" in line for line in lines[:-1]) else ():
            if (at == start or lines[at - 1].rstrip().endswith((".", "!", "?"))) and _is_entry(*lines[at : at + 2]):
                self._sentences(lines[start:at])
                self._sentences([lines[at]])
                start = at + 1
        self._sentences(lines[start:])
        self.at = end

    def _sentences(self, lines: list[str]) -> None:
        cut = sentences("".join(lines))
        self.done += [Block("sentence", each, each.strip(), LIST_LEVEL) for each in cut]
