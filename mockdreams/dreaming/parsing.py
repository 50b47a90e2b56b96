"""Memories parsed into facts, each with the place it stands in and whether anything but an instruction may touch it.

A fact is *free* if it is a whole statement that means the same wherever it stands. Everything else is bound to its
place: labels and what they introduce, check boxes, numbered steps, code, tables, quotes, HTML, link definitions,
fragments, sentences that lean on the one before, which stay together with it (`followers`). An `attribute` ("Node
version: 20") is bound, but may be out of date.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from itertools import pairwise

from mockdreams.dreaming.languages import (
    CLASS,
    DATE,
    EXACT,
    MONTH,
    MONTHS,
    NAME,
    NOUN,
    NUMBER,
    ORDINAL,
    TIME,
    VALUE_KINDS,
    WORD,
    language_among,
    languages_of,
    words_of,
)
from mockdreams.dreaming.markdown import (
    LIST_LEVEL,
    Block,
    blocks,
    depends_on_previous,
    is_key_value,
    is_label,
    lead_in,
    names_nobody,
    without_support,
)
from mockdreams.dreaming.normalize import (
    BE,
    MODALS,
    NOTHING,
    PREPOSITIONS,
    NormalizedText,
    keywords,
    normalize,
    stem,
    tokens_of,
)
from mockdreams.dreaming.plan import Note

# A text with fewer tokens than this is a fragment, unless it says what something is or must do.
STATEMENT_TOKENS = 4
_MYSELF = re.compile(r"(?:i|i'(?:m|ve|d|ll)|my|ich|meine?)\b", re.IGNORECASE)
_PERSON = re.compile(r"(?:we|i|you|they|he|she|wir|ich|ihr|sie|er)\b", re.IGNORECASE)
# A statement with fewer words of content than this is about the title that it stands under, unless it names it; with
# neither values nor names, one less is enough.
SELF_STANDING_WORDS = 4
# A text without spaces between its words is a statement if it has so many characters.
STATEMENT_CHARACTERS = 8
# Classes that say as much as a word of content does: "gems are never traded".
_TELLING = MODALS | {"NOT", "NOLONGER", "EVERY", "ONLY"}
# Facts longer than this, in tokens, are compared as they stand.
LONGEST_COMPARED = 100
# Memories that share so many headings and keys are of one form.
FORM_ELEMENTS = 2
# A key or heading that so many memories have is part of a form.
FORM_MEMORIES = 3


def _stems(meaning: str) -> frozenset[str]:
    return frozenset(stem for word in words_of(meaning) for stem in keywords(word))


# Folders and headings whose entries are someone or something with facts of their own.
ENTITY_PLACES = _stems("entities")
# Where something holds: the same words under two of these are two facts.
SETTINGS = _stems("settings")
_IN_SETTINGS = SETTINGS | _stems("setting_nouns")
# Where things are put before anyone decides where they belong.
UNSORTED_PLACES = _stems("unsorted")
# Of these, where what was so on one day is told.
_ASIDE = UNSORTED_PLACES - _stems("diaries")
# What texts are called: the pages of such a folder are not about one thing each.
TEXT_PLACES = _stems("texts")
# What is written down of one day, whatever it is about.
_CHANGED = tokens_of("changed")
_GATHERINGS = tokens_of("gatherings")
_OCCASIONS = _GATHERINGS | tokens_of("occasions") | tokens_of("texts") | tokens_of("unsorted")
_SEASONS = tokens_of("seasons")
_DAYS = VALUE_KINDS - {NUMBER, TIME}
# Names of files that stand for the folder which they are in.
FOLDER_FILES = _stems("folder_files")
NO_PLACES = UNSORTED_PLACES | FOLDER_FILES
# After "this" these mean what the page is about.
_POINTED_AT = ENTITY_PLACES | TEXT_PLACES | _stems("pointed_at")
_POINTERS = tokens_of("pointers")
# A folder named in the plural holds things of a kind, each with facts of its own, unless it is named for its texts.
_PLURAL = re.compile(r".*[a-hj-rtv-z]s$", re.IGNORECASE)
_PLURAL_GERMAN = re.compile(r".*(?:en|er)$", re.IGNORECASE)

_DIGITS = re.compile(r"\d+")
_LETTERS = re.compile(r"[^\W\d_]+")
_PERIODS = MONTHS | frozenset(word.casefold() for word in words_of("periods"))
_DATED = re.compile(r"(?<!\d)(?:19|20)\d\d([-_/.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?!\d)")
_TASK = re.compile(r"\[[ xX~-]\](?:\s|$)")
_DEFINITION = re.compile(r"\[[^\]\n]{1,200}\]:|!?\[[^\]\n]{0,200}\]\([^)\n]{0,2000}\)[.]?$|<?https?://\S+$")
_MARKED = frozenset("[!<h")
_SUBJECTLESS = re.compile(
    r"(?:(?:is|was|has|does|can|must|should|will|may|hat|ist|kann|muss|soll|wird|darf)\b"
    r"|[A-Z][a-z]+[a-rt-z]s (?:a|an|the|his|her|their|its|our|my|no|not|only|\d+|one|two|three|four|five)\b)",
    re.IGNORECASE,
)
_TAKES_UP = re.compile(r"(?!(?:if|when|while|as|wenn|falls|als|dass|ob) )\w+ (?:it|them|ihn|sie|es)\b", re.IGNORECASE)
# "Hat jemand keine Karte, ..." is a condition.
_VERB_FIRST = re.compile(r"\w+ (?:jemand|niemand|man|der|es)\b[^,]*, ", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^<>]{0,200}>", re.IGNORECASE)
_VOID_TAGS = frozenset("br hr img input meta link".split())


@dataclass(slots=True, eq=False)
class ParsedMemory:
    """One memory and what becomes of it: `edits` maps a block to its new text, or to None when it goes."""

    path: str
    content: str
    written_at: datetime
    languages: tuple[str, ...]
    blocks: list[Block]
    folders: tuple[tuple[str, ...], ...]
    title: tuple[str, ...]
    headings: dict[str, tuple[str, ...]]
    """The words of its headings."""
    form: frozenset[tuple[str, ...]]
    unsorted: bool
    series: str
    """Its path without its digits, if it has any: "/log/2026-01-12" and "/log/2026-01-13" are of one series."""
    family: str
    """The folder whose members are things of a kind, if this is one of them; and what it is about, in words."""
    subject: frozenset[str]
    edits: dict[int, str | None] = field(default_factory=dict)
    growth: int = 0
    is_of_period: bool = False
    """Whether it is named for a week, a month or the like, and for nothing else."""
    occasion: frozenset[str] | None = None
    """What its title names besides, if that says on what occasion it was written: "Board meeting, 3 May"."""
    settings: frozenset[tuple[str, ...]] = frozenset()
    """Its headings that tell where something holds: "Staging", "On Linux"."""
    names: frozenset[str] = frozenset()
    """The names that the store speaks of, where it has pages about things of a kind."""
    persons: dict[int, str] = field(default_factory=dict)
    """Who "she" is at the beginning of a block, where that is known; "" is the one person that the store is about."""

    @property
    def is_of_entities(self) -> bool:
        """Whether it is in a folder of people, projects or the like."""
        return any(folder and ENTITY_PLACES.issuperset(folder) for folder in self.folders[:-1])

    @property
    def is_of_kind(self) -> bool:
        """Whether it is about one of several things of a kind, as far as its folders say."""
        return self.is_of_entities or (self.family != "" and not self.family.endswith("/"))

    @property
    def is_dated(self) -> bool:
        """Whether it tells what was so on one day, as minutes and journals do, and is no note put aside for later."""
        if any(_ASIDE.issuperset(folder) for folder in self.folders[:-1]):
            return False
        heading = next((block.text for block in self.blocks if block.kind == "heading"), "")
        kinds = {*normalize(heading, self.languages[0]).kinds}
        dated = DATE in kinds or (MONTH in kinds and not kinds.isdisjoint((NUMBER, ORDINAL)))
        return dated or _DATED.search(self.path) is not None

    def is_record_like(self, other: "ParsedMemory") -> bool:
        """Whether two memories are records of one form in a series: what one says is no rival to the other."""
        return self.series == other.series != "" and not self.form.isdisjoint(other.form)

    def is_of_form(self, other: "ParsedMemory") -> bool:
        """Whether two memories have the keys and headings of one form, filled in for two things."""
        return len(self.form & other.form) >= FORM_ELEMENTS and (self.title != other.title or not self.title)

    def is_of_series(self, other: "ParsedMemory") -> bool:
        """Whether two memories are two days, or two numbers, of a series in a folder that says what they record."""
        is_named = not self.is_of_period and len(self.folders) > 1 and bool(_sorted(self.folders[-2]))
        return is_named and self.series == other.series != ""

    def is_named_like(self, other: "ParsedMemory") -> bool:
        """Whether its file has a name as another beside it has whose title is that name: "/mia.md", "/tom.md"."""
        named = self.folders[:-1] == other.folders[:-1] and _sorted(self.folders[-1]) and not self.is_of_period
        titled = {*other.title}
        return bool(named) and not titled.isdisjoint(other.folders[-1]) and titled.isdisjoint(self.folders[-1])

    def is_of_period_like(self, other: "ParsedMemory") -> bool:
        """Whether two memories tell what was so in two weeks or months, in a folder that says of what."""
        both = self.is_of_period and other.is_of_period and self.series == other.series
        return both and len(self.folders) > 1 and bool(_sorted(self.folders[-2]))

    def is_beside(self, other: "ParsedMemory") -> bool:
        """Whether two memories are about two things of a kind: two cars, two customers."""
        return self.family == other.family != "" and self.subject != other.subject


@dataclass(slots=True, eq=False)
class Fact:
    """One thing a memory says. Facts with different scopes are never about the same thing."""

    memory: ParsedMemory
    index: int
    text: str
    said: NormalizedText
    scope: str
    about: frozenset[str]
    at: datetime
    free: bool
    attribute: bool
    language: str = EXACT
    section: frozenset[str] = frozenset()
    """The words of the headings and items that it stands under."""
    numbered: bool = False
    """Whether it stands in one of a series: under a path or heading with a number or date."""
    named: bool = False
    """Whether it names somebody or something of its own that it is about: "Ana's desk is by the door"."""
    followers: list["Fact"] | None = None
    """The sentences right after it that cannot be understood without it."""

    @property
    def is_gone(self) -> bool:
        """Whether it is left out of its memory, as things stand."""
        return self.memory.edits.get(self.index, "") is None

    def may_mean(self, other: "Fact") -> bool:
        """Whether it says itself where it holds, or nobody has said it, and it may be where the other does."""
        if self.scope:
            return False
        if self.memory.unsorted or not self.section.isdisjoint(self.said.content):
            return True
        return not (self.section or self.memory.is_named_like(other.memory))


@dataclass(slots=True)
class _Place:
    """Where a fact stands, below folders, headings and items: the words around it, and who it belongs to."""

    level: int = 0
    places: tuple[str, ...] = ()
    """The words of the innermost that say more than a number or "notes"."""
    about: frozenset[str] = frozenset()
    owners: tuple[frozenset[str], ...] = ()
    settings: tuple[frozenset[str], ...] = ()
    """The settings, such as "staging", that its headings name."""
    named: frozenset[str] = frozenset()
    """The words of its headings and items."""
    in_item: bool = False
    filled: bool = False
    """Whether it is a section with a heading that others in the memory have, too: a form that is filled in."""
    numbered: bool = False

    def folder(self, words: tuple[str, ...]) -> "_Place":
        return self.inner(self.level, words)

    def inner(self, level: int, words: tuple[str, ...]) -> "_Place":
        places = _sorted(words)
        owned = (
            places and self.places and ENTITY_PLACES.issuperset(self.places) and not ENTITY_PLACES.issuperset(places)
        )
        owners = (*self.owners, frozenset(places)) if owned else self.owners
        about = self.about.union(words)
        return _Place(level, places, about, owners, self.settings, self.named, self.in_item, self.filled, self.numbered)

    def title(
        self, level: int, words: tuple[str, ...], *, is_item: bool, filled: bool, setting: bool, passing: bool
    ) -> "_Place":
        below = self.inner(level, words)
        if setting:
            below.settings += tuple(frozenset((word,)) for word in words if word in SETTINGS)
        if not passing:
            numbers = [f"#{word}" for word in words if word[:1].isdigit()] if below.places else ()
            below.named = below.named.union(below.places, numbers)
        below.in_item = self.in_item or is_item
        below.filled = self.filled or filled
        below.numbered = self.numbered or any(word[:1].isdigit() for word in words)
        return below


def parse(note: Note, usual: str) -> ParsedMemory:
    """Cut a memory into blocks. Where it does not tell in which language it is, it is in the usual one."""
    path = note.path.removesuffix(".md")
    folders = tuple(keywords(part) for part in path.split("/") if part)
    cut = blocks(note.content)
    headings = {block.text: keywords(block.text) for block in cut if block.kind == "heading"}
    heading = next(iter(headings), "") if cut and cut[0].kind in ("heading", "gap", "front") else ""
    title = headings.get(heading, ())
    languages = languages_of(note.content, usual)
    of_period = _is_period(note.path)
    family, subject = ("", frozenset(title)) if of_period else _family(path, folders, title, languages)
    places = folders[:-1] if family or FOLDER_FILES.issuperset(folders[-1] if folders else ()) else folders
    unsorted = any(named and not _sorted(named) for named in (*places, title)) or (of_period and not title)
    keys = {_key(block.text) for block in cut if block.kind in ("item", "parent", "sentence") and ":" in block.text}
    return ParsedMemory(
        note.path,
        note.content,
        note.written_at,
        languages,
        cut,
        folders,
        title,
        headings,
        frozenset(filter(None, keys.union(headings.values()) - {title})),
        unsorted,
        path.rpartition("/")[0] + "/" if of_period else _DIGITS.sub("", path) if _DIGITS.search(path) else "",
        family,
        subject,
        is_of_period=of_period,
        occasion=_occasion(heading, languages[0]) if title else None,
    )


def _is_period(path: str) -> bool:
    """Whether a file is named for a week or month only: "/scraps/week04.md", "/notas/enero.md"."""
    words = _LETTERS.findall(path.rpartition("/")[2].removesuffix(".md").casefold())
    return bool(words) and _PERIODS.issuperset(words)


def _family(
    path: str, folders: tuple[tuple[str, ...], ...], title: tuple[str, ...], languages: tuple[str, ...]
) -> tuple[str, frozenset[str]]:
    """The folder whose members are things of a kind, and the words for which of them this is.

    A README, or another file with a name in capitals, is about the folder that it is in.
    """
    names = [part for part in path.split("/") if part] or [""]
    of_folder = FOLDER_FILES.issuperset(keywords(names[-1])) or (names[-1].isupper() and len(names[-1]) > len("MAX"))
    at = len(names) - 1 - of_folder
    while at > 0 and (not _sorted(folders[at]) or names[at].startswith(".")):
        at -= 1
    if at < 0 or not folders or not _sorted(folders[at]):
        return "", frozenset(title)
    family, kind = "/".join(names[:at]), names[at - 1] if at else ""
    if of_folder:
        return f"{family}/", frozenset(folders[at])
    plural = _PLURAL.match(kind) or ("de" in languages and _PLURAL_GERMAN.match(kind))
    if not plural or len(names[at]) < 2 or not _sorted(keywords(kind)) or TEXT_PLACES.intersection(keywords(kind)):
        family = ""
    return family, frozenset(folders[at] + title)


def _key(text: str) -> tuple[str, ...]:
    """The words of a label or key: "**How to apply:**", "License: MIT". "Note:" before a statement is none."""
    key, colon, value = ("", "", "") if lead_in(text) else text[:80].partition(":")
    is_key = colon and len(key) <= 40 and not value[:1].isalnum()
    return keywords(key) if is_key else ()


def compare_titles(memories: Sequence[ParsedMemory]) -> None:
    """Find out what the titles and headings of memories say beside those of others."""
    _find_occasions(memories)
    _find_settings(memories)
    _clear_common_titles(memories)


def _find_occasions(memories: Sequence[ParsedMemory]) -> None:
    """What was written on an occasion is about nothing that its title names, if all such titles name the same."""
    told = [memory for memory in memories if memory.occasion is not None]
    others = Counter(memory.occasion for memory in told if memory.occasion)
    elsewhere = [memory for memory in memories if memory.occasion is None] if len(others) == 1 else []
    about = {
        word for memory in elsewhere for words in (*memory.form, memory.title, memory.folders[-1:]) for word in words
    }
    for memory in told:
        memory.unsorted = (
            memory.unsorted or not memory.occasion or (len(others) == 1 and about.isdisjoint(memory.occasion))
        )


def _find_settings(memories: Iterable[ParsedMemory]) -> None:
    """A heading names a setting if it is one or is in one, or if another differs in that only: "Staging database"."""
    found = [
        (memory, text, words)
        for memory in memories
        for text, words in memory.headings.items()
        if not SETTINGS.isdisjoint(words)
    ]
    named: dict[frozenset[str], set[frozenset[str]]] = defaultdict(set)
    for _, _, words in found:
        named[frozenset(words) - SETTINGS].add(SETTINGS.intersection(words))
    if (
        len(
            {word for words in named.values() for setting in words for word in setting} | _settings_of_folders(memories)
        )
        < 2
    ):
        return
    for memory, text, words in found:
        if len(named[frozenset(words) - SETTINGS]) > 1 or _IN_SETTINGS.issuperset(words) or _is_placed(text):
            memory.settings |= {words}


def _settings_of_folders(memories: Iterable[ParsedMemory]) -> set[str]:
    return {
        word
        for memory in memories
        for folder in memory.folders[:-1]
        if _IN_SETTINGS.issuperset(folder)
        for word in folder
    }


def _is_placed(heading: str) -> bool:
    """Whether a heading says that something is in a setting: "Install it on Linux"."""
    tokens = normalize(heading).tokens
    return any(before in PREPOSITIONS and word in SETTINGS for before, word in pairwise(tokens))


def _occasion(heading: str, language: str) -> frozenset[str] | None:
    """What a title names besides an occasion and its day: nothing in "Kath's list, 3 May"."""
    said = normalize(heading, language)
    named = list[str]()
    dated = before = gathering = told = False
    for token, kind in zip(said.tokens, said.kinds, strict=True):
        is_day = kind in _DAYS or token in _SEASONS or (before and kind in (NUMBER, ORDINAL))
        before = kind != CLASS and (is_day or token in _OCCASIONS)
        dated = dated or is_day
        if kind != CLASS and not before:
            meant = next((each for each in _GATHERINGS if token.endswith(each)), "") if language == "de" else ""
            before = meant != ""
            named.append(token.removesuffix(meant))
        gathering = gathering or token in _GATHERINGS or (before and not is_day and token not in _OCCASIONS)
        told = told or (before and not is_day)
    written = said.links[1:2] == ("'s",) and said.tokens[2:3] and said.tokens[2] in _OCCASIONS
    named = named[1:] if written else named
    is_occasion = dated and told and (not named or gathering)
    return frozenset(named) if is_occasion else None


def _tells_occasion(said: NormalizedText) -> bool:
    """Whether a label says only on what occasion it was that what follows was noted: "Notes from the retro:"."""
    kinds = zip(said.tokens, said.kinds, strict=True)
    return all(kind == CLASS or kind in _DAYS or token in _OCCASIONS for token, kind in kinds)


def _clear_common_titles(memories: Iterable[ParsedMemory]) -> None:
    """What so many memories begin with is not what one of them is about."""
    titled: dict[tuple[str, ...], list[ParsedMemory]] = defaultdict(list)
    for memory in memories:
        titled[memory.title].append(memory)
    for alike in titled.values():
        if len(alike) >= FORM_MEMORIES:
            for memory in alike:
                memory.title = ()


def forms(memories: Iterable[ParsedMemory]) -> frozenset[tuple[str, ...]]:
    """The headings and keys that recur so often that they are a form which memories fill in."""
    found: dict[tuple[str, ...], int] = {}
    for memory in memories:
        for element in memory.form:
            found[element] = found.get(element, 0) + 1
    return frozenset(element for element, count in found.items() if count >= FORM_MEMORIES)


def facts_of(memory: ParsedMemory) -> Iterator[Fact]:
    """Every fact of a memory, in order."""
    return iter(_FactReader(memory))


class _FactReader:
    """Reads a memory from top to bottom and keeps in mind under what each fact stands."""

    def __init__(self, memory: ParsedMemory) -> None:
        self.memory = memory
        self.place = reduce(_Place.folder, memory.folders, _Place())
        self.outer: list[_Place] = []
        self.language = memory.languages[0]
        self.label_level = 0
        self.labelled = False
        """Whether it is in a paragraph that begins with a label in a line of its own."""
        self.tags = 0
        self.first = True
        self.leans = False
        self.before: list[Fact] = []
        headings = Counter(memory.headings[block.text] for block in memory.blocks if block.kind == "heading")
        self.repeated = {words for words, count in headings.items() if count > 1}
        self.folder_settings = [
            frozenset((word,))
            for folder in memory.folders
            if _IN_SETTINGS.issuperset(folder)
            for word in folder
            if word in SETTINGS
        ]

    def __iter__(self) -> Iterator[Fact]:
        for index, block in enumerate(self.memory.blocks):
            if block.kind == "gap":
                self.labelled = False
                continue
            while self.outer and self.place.level >= block.level:
                self.place = self.outer.pop()
            if self.label_level and (block.level < self.label_level or block.kind == "sentence"):
                self.label_level = 0
            if block.kind != "heading":
                fact = self._fact(index, block)
                self._follow(fact)
                yield fact
                self.first = False
            else:
                self.before = []
            if block.kind in ("heading", "parent"):
                self.outer.append(self.place)
                words, is_item = keywords(block.text), block.kind == "parent"
                filled = not is_item and words in self.repeated
                passing = self.memory.unsorted and words == self.memory.title
                setting = not is_item and words in self.memory.settings
                self.place = self.place.title(
                    block.level, words, is_item=is_item, filled=filled, setting=setting, passing=passing
                )

    def _takes_up(self, index: int, block: Block) -> bool:
        """Whether a sentence says what to do with what the sentence before it speaks of: "Host it elsewhere."."""
        before = self.memory.blocks[index - 1] if index else block
        return before.kind == "sentence" == block.kind and _TAKES_UP.match(block.text) is not None

    def _follow(self, fact: Fact) -> None:
        """Bind a sentence that leans back to those without which it says nothing."""
        if not self.leans or self.memory.persons.get(fact.index) == "":
            self.before = []
        for leaned_on in self.before:
            leaned_on.followers = leaned_on.followers or []
            leaned_on.followers.append(fact)
        self.before.append(fact)

    def _fact(self, index: int, block: Block) -> Fact:
        text, self.leans = block.text, False
        if block.kind in ("block", "front"):
            self._count_tags(text)
            return self._bound(index, text)
        lead = lead_in(text)
        self.leans = block.kind != "parent" and (depends_on_previous(text, lead) or self._takes_up(index, block))
        bare = without_support(text[len(lead) :])
        language = self.language = language_among(bare, self.memory.languages, self.language)
        said = normalize(bare, language)
        about = self.place.about.union(keywords(lead)) if lead else self.place.about
        attribute = free = False
        if is_label(bare) and not (block.kind == "sentence" and _tells_occasion(said)):
            self.label_level = max(block.level, LIST_LEVEL)
            self.labelled = bare[:2] in ("**", "__")
        elif not (self._is_bound(index, block, bare) or self._introduces(index, bare)):
            attribute = is_key_value(bare) and not _tells_change(said)
            free = not attribute and _is_statement(bare, said, language)
        person = self.memory.persons.get(index)
        named = _names_its_subject(said, self.memory.names)
        owners = self.place.owners
        if owners and (named or self._names_its_page(bare)):
            owners = ()
        scope = ""
        if free or attribute:
            scope = self._scope(bare, said, language, owners, attribute=attribute, person=person)
        memory, section = self.memory, self.place.named
        numbered = memory.series != "" or self.place.numbered
        at = memory.written_at
        return Fact(memory, index, text, said, scope, about, at, free, attribute, language, section, numbered, named)

    def _names_its_page(self, text: str) -> bool:
        """Whether a text names the one whom its page is about: it may stand elsewhere, too."""
        named = {*_sorted(self.memory.title)} - TEXT_PLACES if self.memory.is_of_entities else set()
        return bool(named) and not named.isdisjoint(keywords(text))

    def _bound(self, index: int, text: str) -> Fact:
        return Fact(self.memory, index, text, NOTHING, "", self.place.about, self.memory.written_at, False, False)

    def _count_tags(self, text: str) -> None:
        for closing, name in _TAG.findall(text):
            if name.casefold() not in _VOID_TAGS:
                self.tags += -1 if closing else 1

    def _is_bound(self, index: int, block: Block, bare: str) -> bool:
        if block.kind == "parent" or self.place.in_item or self.place.filled:
            return True
        if self.tags > 0 or self.label_level or self.labelled:
            return True
        if bare[:1] in _MARKED and (_TASK.match(bare) or _DEFINITION.match(bare)):
            return True
        if not self.leans or index in self.memory.persons:
            return False
        return not (self.first and not self.place.named and names_nobody(bare))

    def _introduces(self, index: int, bare: str) -> bool:
        """Whether a text is no sentence, and stands right before code, a table or steps: it is their label."""
        if bare.endswith((".", "!", "?", "…")):
            return False
        rest = self.memory.blocks[index + 1 : index + 3]
        next_block = next((block for block in rest if block.kind != "gap"), None)
        return next_block is not None and next_block.kind == "block"

    def _scope(
        self,
        text: str,
        said: NormalizedText,
        language: str,
        owned_by: tuple[frozenset[str], ...],
        *,
        attribute: bool,
        person: str | None,
    ) -> str:
        content, place = said.content, self.place
        belongs_to = (*owned_by, *place.settings, *self.folder_settings)
        owners = [" ".join(sorted(owner)) for owner in belongs_to if owner.isdisjoint(content)]
        if person is not None:
            return "/".join([*owners, person] if person else owners)
        if self.memory.unsorted and not (self.memory.occasion is not None and place.named):
            return "/".join(owners)
        if (_SUBJECTLESS.match(text) and not _VERB_FIRST.match(text)) or _points_at_page(said):
            owners.append(self.memory.path)
        if place.named and (attribute or not _stands_alone(text, said, language)):
            named = place.named - TEXT_PLACES
            if named and named.isdisjoint(content):
                owners.append(" ".join(sorted(named)))
        return "/".join(owners)


def _tells_change(said: NormalizedText) -> bool:
    """Whether what looks like a key tells that something has changed: "The code has changed: it is 8822 now"."""
    return not _CHANGED.isdisjoint(said.tokens) and ":" in said.links[2:]


def _names_its_subject(said: NormalizedText, names: frozenset[str]) -> bool:
    """Whether a statement begins with a name, or is about something of one: "the desk of Ana is by the door"."""
    if not names or not said.tokens:
        return False
    if said.tokens[0] in names and said.kinds[0] == WORD and said.links[0] != "a":
        return True
    owned = zip(said.tokens, said.tokens[1:], said.kinds[1:], strict=False)
    return any(of == "OF" and kind == NAME and name in names for of, name, kind in owned)


def _points_at_page(said: NormalizedText) -> bool:
    """Whether a statement is about what its page is about: "contributions to this project"."""
    if _POINTERS.isdisjoint(said.tokens):
        return False
    pairs = zip(said.tokens, said.tokens[1:], strict=False)
    return any(pointer in _POINTERS and thing in _POINTED_AT for pointer, thing in pairs)


def _stands_alone(text: str, said: NormalizedText, language: str) -> bool:
    """Whether a statement has a subject of its own, and is not about the title that it stands under."""
    words = len({*said.content}) + len(_TELLING.intersection(said.tokens))
    if words >= SELF_STANDING_WORDS or _MYSELF.match(text):
        return True
    if language == EXACT and len(text) >= 2 * STATEMENT_CHARACTERS:
        return True
    plain = {WORD, CLASS} if language != "de" else {WORD, CLASS, NAME, NOUN}
    return words >= SELF_STANDING_WORDS - plain.issuperset(said.kinds)


def _is_statement(text: str, said: NormalizedText, language: str) -> bool:
    """Whether a text says something whole, and no more than can be compared."""
    if len(said.tokens) > LONGEST_COMPARED or not said.tokens:
        return False
    if len(said.tokens) + text.endswith((".", "!")) >= STATEMENT_TOKENS:
        return len(said.content) > 1
    if _PERSON.match(text):
        return len(said.content) > 1
    if language == EXACT:
        return len(text) >= STATEMENT_CHARACTERS
    return len(said.content) > 1 and (not _BE.isdisjoint(said.links[1:]) or not MODALS.isdisjoint(said.tokens))


def _sorted(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if not word[:1].isdigit() and _base(word) not in NO_PLACES)


def _base(word: str) -> str:
    """A name of a file without the number of a further one: "notes2"."""
    return stem(word.rstrip("0123456789")) if word[-1].isdigit() else word


def is_present(said: NormalizedText) -> bool:
    """Whether a statement tells what holds, and not what happened once."""
    if not _PAST.isdisjoint(said.tokens):
        return False
    if not _BE.isdisjoint(said.links[1:]):
        return True
    if not _HAPPENED.isdisjoint(said.tokens):
        return False
    past = [at for at, word in enumerate(said.tokens) if word[-2:] == "ed" and len(word) > 4]
    return not any(_lone(said, at) for at in past)


def happened(fact: Fact) -> bool:
    """Whether a statement may tell what was done once: "Watered the tomatoes", "Tomaten gegossen"."""
    tokens = fact.said.tokens
    if not is_present(fact.said) or (tokens[0][-2:] == "ed" and len(tokens[0]) > 4):
        return True
    return fact.language == "de" and _BE.isdisjoint(fact.said.links[1:]) and bool(_PARTICIPLE.search(fact.text))


def _lone(said: NormalizedText, at: int) -> bool:
    """Whether a form in -ed is no part of a perfect: nothing before it says "has" or "can"."""
    before = {*said.tokens[max(0, at - 3) : at]}
    return at > 0 and "have" not in before and not MODALS & before


_PARTICIPLE = re.compile(r"\b[a-zäöüß]*ge[a-zäöüß]{2,}(?:t|en)[.!]?$")
_BE = frozenset(BE)
_PAST = frozenset(("PAST", "HABIT", "?", "~~"))
_HAPPENED = tokens_of("happened")
