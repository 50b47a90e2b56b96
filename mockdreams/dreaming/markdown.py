"""Markdown cut into pieces that can be kept, replaced or removed one by one; joined, they are the text they came from.

List items, sentences and `key: value` lines are facts of their own. Code fences, tables, quotes, numbered steps and
front matter stay whole. Headings and items with children contain what follows them, by level.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, NamedTuple

from mockdreams.dreaming.languages import CLASS, LANGUAGES, words_of
from mockdreams.dreaming.long_texts import lines_of

Kind = Literal["front", "heading", "parent", "item", "sentence", "block", "gap"]

# Levels order containment: front matter holds the page, a heading its section, an item what is indented deeper.
FRONT_LEVEL, LIST_LEVEL, GAP_LEVEL = 0, 10, 1 << 30

_HEADING = re.compile(r"[ \t]*(#{1,6})\s+(.*)")
_ITEM = re.compile(r"([ \t]*)[-*+]\s+(?=\S)")
_STEP = re.compile(r"[ \t]*\d{1,9}[.)]\s+(?=\S)")
_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
_RULE = re.compile(r"[ \t]*(?:[-*_][ \t]*){3,}$")
_OPENERS = frozenset("#`~-*+_0123456789")
_OPENING = re.compile("|".join(f"(?:{each.pattern})" for each in (_ITEM, _STEP, _FENCE, _HEADING, _RULE)))
_UNDERLINE = re.compile(r"(?:=+|-{2,})[ \t]*$")
_SENTENCE_END = re.compile(
    r"[.!?][\"')\]*_`”’]*+(?:\s++(?=[^\sa-z])|[ \t]*+\n\s*+(?=\S))"  # noqa: RUF001
    r"|[。！？][」』”）]*+\s*+(?=\S)"  # noqa: RUF001
)
_STOP = re.compile(r"[.!?。！？]")  # noqa: RUF001
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|vs|cf|approx|dr|mrs?|ms|st|inc|prof|[a-z]\.m|(?<!\d\s)[a-z]"
    r"|z\.\s?b|d\.\s?h|u\.\s?a|bzw|usw|ca|nr|evtl|ggf|inkl|zzgl|tel|abs|hr|fr|str|fig|vol|sr|jr)$",
    re.IGNORECASE,
)
# After a number a full stop may make it an ordinal: of a month in any language, or after a German article.
_DAY = re.compile(r"(?:^|[\s(])\d{1,2}$")
_MONTH = re.compile(
    r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|okt|oct|nov|dez|dec|ene|abr|ago|dic|gen|mag|giu|lug|set|ott"
    r"|fév|avr"
    r"|juin|août|déc|maa|mei)",
    re.IGNORECASE,
)
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
_PLURAL = re.compile(r"they|their", re.IGNORECASE)
_ANNOUNCEMENT = re.compile(
    r"[*_]{0,2}(?:note|reminder|fyi|nb|remember|important|hinweis|notiz|erinnerung|wichtig|merke|(?:the )?user "
    r"(?:said|says|mentioned|noted)"
    r"|der nutzer sagte|die nutzerin sagte)"
    r"(?:[*_]{0,2}:[*_]{0,2}| [-–—]| that(?= )| dass(?= )) +"  # noqa: RUF001
    r"|the user (?=[a-z]+s\b)|(?:as (?:agreed|discussed|mentioned|noted|said)|wie (?:besprochen|gesagt|vereinbart"
    r"|erwähnt)),? +",
    re.IGNORECASE,
)
_SOURCE = re.compile(
    r" \((?:from|per|see|via|source|according to|as of|said|aus|laut|siehe|quelle|stand"
    r"|nach)\b[^()\d]{0,60}\)(?=[.!]?$)",
    re.IGNORECASE,
)
_LABEL = re.compile(r"\*\*[^*\n]+\*\*:?|__[^_\n]+__:?")
_LABEL_ENDS = (":", "*", "_", " ")
# The marks that open and close an emphasis or code.
_PAIRS = (re.compile(r"\*\*"), re.compile(r"\*"), re.compile(r"(?<!\w)_|_(?!\w)"), re.compile("`"))
# The value of a key has no more words, or it is a text.
VALUE_WORDS = 4
# With one of these a text goes on in the next line.
_GOING_ON = frozenset(
    word for language in LANGUAGES.values() for word, (_, kind) in language.words.items() if kind == CLASS
).union(*(language.fused for language in LANGUAGES.values()))
_KEY_VALUE = re.compile(r"[*_`]{0,2}[^\W\d_][^:*_`\n]{0,39}[*_`]{0,2}:[*_`]{0,2}[ \t]+\S")


class Block(NamedTuple):
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
    if text.endswith(("session)", "sessions)")):
        said, _, support = text.rpartition(" (in ")
        return said if said and len(support) < 24 else text
    if text.endswith((")", ")."), -2) and " (" in text[-64:]:
        return text[:-64] + _SOURCE.sub("", text[-64:])
    return text


def lead_in(text: str) -> str:
    """What comes before a fact and only says that there is one: "Note: ..." or "The user said that ..."."""
    found = _ANNOUNCEMENT.match(text)
    return found[0] if found else ""


def depends_on_previous(text: str, lead: str) -> bool:
    """Whether a sentence needs the one before it to be understood, whatever it has for a lead-in."""
    word = _WORD.match(text, len(lead))
    return word is not None and word[0].casefold() in _LEANING and _STANDING.match(text, len(lead)) is None


def names_nobody(text: str) -> bool:
    """Whether a text begins with a pronoun for somebody: "She takes the tram"."""
    return _PRONOUN.match(text) is not None


def names_one(text: str) -> bool:
    """Whether a text begins with a pronoun for one person."""
    return names_nobody(text) and _PLURAL.match(text) is None


def sentences(text: str) -> Iterator[str]:
    """Cut running text into sentences. The space after a sentence belongs to it."""
    start = 0
    for end in _SENTENCE_END.finditer(text) if _STOP.search(text, 0, len(text) - 1) else ():
        if text[end.start()] == "." and _goes_on(text, max(start, end.start() - 8), end):
            continue
        if _is_within_emphasis(text, start, end.end()):
            continue
        yield text[start : end.end()]
        start = end.end()
    if start < len(text):
        yield text[start:]


def _goes_on(text: str, start: int, end: re.Match[str]) -> bool:
    """Whether a full stop belongs to an abbreviation or an ordinal and ends no sentence."""
    stop = end.start()
    if _ABBREVIATION.search(text, start, stop):
        return "\n" not in text[stop : end.end()] or not text[stop - 1].isupper()
    if not text[stop - 1 : stop].isdigit() or not _DAY.search(text, start, stop):
        return False
    return bool(_MONTH.match(text, end.end()) or _BEFORE_ORDINAL.search(text, start, stop))


def _is_within_emphasis(text: str, start: int, at: int) -> bool:
    """Whether an emphasis or code that was opened in a sentence is closed only behind it."""
    said = text[start:at]
    if "*" not in said and "_" not in said and "`" not in said:
        return False
    return any(len(mark.findall(said)) % 2 and mark.search(text, at) for mark in _PAIRS)


def blocks(content: str) -> list[Block]:
    """Every block of a memory, in order."""
    return _Cutter(content).cut()


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


class _Cutter:
    def __init__(self, content: str) -> None:
        self.lines = [*lines_of(content, keepends=True)]
        self.at = 0
        self.done: list[Block] = []

    def cut(self) -> list[Block]:
        self._front_matter()
        while self.at < len(self.lines):
            self._next()
        return self.done

    def _add(self, kind: Kind, until: int, text: str, level: int) -> None:
        raw = self.lines[self.at] if until == self.at + 1 else "".join(self.lines[self.at : until])
        self.done.append(Block(kind, raw, text, level))
        self.at = until

    def _front_matter(self) -> None:
        if not self.lines or self.lines[0].rstrip() != "---":
            return
        for end in range(1, len(self.lines)):
            if self.lines[end].rstrip() == "---":
                self._add("front", end + 1, "".join(self.lines[: end + 1]).strip(), FRONT_LEVEL)
                return

    def _next(self) -> None:
        line = self.lines[self.at]
        bare = line.strip()
        if not bare:
            self._add("gap", self.at + 1, "", GAP_LEVEL)
        elif bare[0] == "#" and (heading := _HEADING.match(bare)):
            self._add("heading", self.at + 1, heading[2].rstrip(" \t#"), len(heading[1]))
        elif bare[0] in "`~" and (fence := _FENCE.match(line)):
            self._block(self._after_fence(fence[1]))
        elif bare[0] in "-*_" and _RULE.match(line.rstrip()):
            self._add("gap", self.at + 1, "", GAP_LEVEL)
        elif item := _ITEM.match(line):
            self._item(len(item[1]), item.end())
        elif bare[0].isdigit() and _STEP.match(line):
            self._block(self._after_steps())
        elif bare[0] in "|><":
            self._block(self._after(lambda text: text[:1] in ("|", ">", "<")))
        elif _indent(line) >= 4:
            self._block(self._after(bool))
        else:
            self._paragraph()

    def _block(self, until: int) -> None:
        text = "".join(self.lines[self.at : until]).strip()
        self._add("block", until, text, LIST_LEVEL + _indent(self.lines[self.at]))

    def _after_fence(self, fence: str) -> int:
        for end in range(self.at + 1, len(self.lines)):
            bare = self.lines[end].strip()
            if bare.startswith(fence) and not bare.strip(fence[0]):
                return end + 1
        return len(self.lines)

    def _after(self, belongs: Callable[[str], bool]) -> int:
        end = self.at + 1
        while end < len(self.lines) and belongs(self.lines[end].strip()):
            end += 1
        return end

    def _after_steps(self) -> int:
        end = last = self.at + 1
        while end < len(self.lines):
            line = self.lines[end]
            end += 1
            if _STEP.match(line) or (line[0] in " \t" and line.strip()):
                last = end
            elif line.strip():
                break
        return last

    def _starts_block(self, line: str) -> bool:
        if line[:2] == "- " and line[2:3].strip():
            return True
        bare = line.lstrip(" \t")
        if not bare.strip():
            return True
        if bare[0] in "|><":
            return True
        return bare[0] in _OPENERS and _OPENING.match(line) is not None

    def _item(self, indent: int, body: int) -> None:
        end = self.at + 1
        while end < len(self.lines) and not self._starts_block(self.lines[end]):
            if _indent(self.lines[end]) <= indent and _UNDERLINE.match(self.lines[end]):
                break
            end += 1
        text = "".join(self.lines[self.at : end])[body:].strip()
        kind: Kind = "parent" if self._deeper(end, indent) else "item"
        self._add(kind, end, text, LIST_LEVEL + indent)

    def _deeper(self, at: int, indent: int) -> bool:
        if at < len(self.lines) and not self.lines[at][0].isspace():
            return False
        while at < len(self.lines) and not self.lines[at].strip():
            at += 1
        return at < len(self.lines) and _indent(self.lines[at]) > indent

    def _paragraph(self) -> None:
        end = self.at + 1
        labelled = _LABEL.fullmatch(self.lines[self.at].strip())
        while end < len(self.lines) and not self._starts_block(self.lines[end]):
            if labelled or _UNDERLINE.match(self.lines[end]) or _LABEL.fullmatch(self.lines[end].strip()):
                break
            end += 1
        if end < len(self.lines) and _UNDERLINE.match(self.lines[end]) and end == self.at + 1:
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
