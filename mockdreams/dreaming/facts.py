"""The facts of a memory, each with the place it stands in and whether anything but an instruction may touch it.

A fact is *free* if it is a whole statement that means the same wherever it stands. Everything else is bound to its
place: labels and what they introduce, check boxes, numbered steps, code, tables, quotes, HTML, link definitions,
fragments, sentences that lean on the one before, which stay together with it (`followers`). An `attribute` ("Node
version: 20") is bound, but may be out of date.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce

from mockdreams.dreaming.labels import named_by
from mockdreams.dreaming.languages import CLASS, EXACT, LANGUAGES, MONTHS, NAME, NOUN, WORD, language_among, words_of
from mockdreams.dreaming.markdown import (
    LIST_LEVEL,
    VALUE_WORDS,
    Block,
    depends_on_previous,
    is_key_value,
    is_label,
    lead_in,
    names_nobody,
    without_support,
)
from mockdreams.dreaming.normalize import keywords, normalize_once, tokens_of
from mockdreams.dreaming.normalized import BE, MODALS, NOTHING, PREPOSITIONS, NormalizedText
from mockdreams.dreaming.parsing import Fact, ParsedMemory
from mockdreams.dreaming.places import (
    ENTITY_PLACES,
    IN_SETTINGS,
    SETTINGS,
    TEXT_PLACES,
    sorted_out,
    stems_of,
)

# A label holds the list under it, as a heading of the lowest level would.
LABEL_LEVEL = LIST_LEVEL - 1
DEFINITE = re.compile(rf"(?:{'|'.join(sorted(words_of('bound')))})\b", re.IGNORECASE)
"""How a statement begins that may be about what it stands under."""
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
# What tells a change.
CHANGE_WORDS = tokens_of("changed") | tokens_of("replaced") | {"FAVOUR"}
# After "this" these mean what the page is about.
_POINTED_AT = ENTITY_PLACES | TEXT_PLACES | stems_of("pointed_at")
_POINTERS = tokens_of("pointers")
_TASK = re.compile(r"\[[ xX~-]\](?:\s|$)")
_DEFINITION = re.compile(r"\[[^\]\n]{1,200}\]:|!?\[[^\]\n]{0,200}\]\([^)\n]{0,2000}\)[.]?$|<?https?://\S+$")
_MARKED = frozenset("[!<h")
_SUBJECTLESS = re.compile(
    r"(?i:is|was|has|does|can|must|should|will|may|hat|ist|kann|muss|soll|wird|darf)\b"
    r"|[A-Za-z]{4,}+(?<=[^Ss][Ss]) (?i:a|an|the|his|her|their|its|our|my|no|not|only|\d+|one|two|three|four|five)\b"
)
# After one of these "it" is what the rest of the sentence is about: "before it is stored, the mixer is oiled".
_CONJUNCTIONS = "|".join(
    re.escape(word)
    for language in ("en", "de")
    for word, (token, _) in LANGUAGES[language].words.items()
    if token in ("COND", "UNLESS", "WHILE", "BEFORE", "AFTER", "UNTIL", "BECAUSE", "ALTHOUGH")
)
_TAKES_UP = re.compile(rf"(?!(?:{_CONJUNCTIONS}|as|als|dass|ob) )\w+ (?:it|them|ihn|sie|es)\b", re.IGNORECASE)
# "Hat jemand keine Karte, ..." is a condition.
_VERB_FIRST = re.compile(r"\w+ (?:jemand|niemand|man|der|es)\b[^,]*, ", re.IGNORECASE)
_DATE_BEFORE = re.compile(r"(?:\d{1,2}\.? )?[^\W\d_]{3,9}(?: \d{1,4})?: +(?=\w)")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)\b[^<>]{0,200}>", re.IGNORECASE)
_VOID_TAGS = frozenset("br hr img input meta link".split())


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
    label: frozenset[str] | None = None
    """What the label over its list names, if there is one that whole statements do not need."""

    def folder(self, words: tuple[str, ...]) -> "_Place":
        return self.inner(self.level, words)

    def inner(self, level: int, words: tuple[str, ...]) -> "_Place":
        places = sorted_out(words)
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
        self.before: Fact | None = None
        headings = Counter(memory.headings[block.text] for block in memory.blocks if block.kind == "heading")
        self.repeated = {words for words, count in headings.items() if count > 1}
        self.folder_settings = [
            frozenset((word,))
            for folder in memory.folders
            if IN_SETTINGS.issuperset(folder)
            for word in folder
            if word in SETTINGS
        ]

    def __iter__(self) -> Iterator[Fact]:
        for index, block in enumerate(self.memory.blocks):
            if block.kind == "gap":
                self.labelled = False
                continue
            while self.outer and (
                self.place.level >= block.level or (block.kind == "sentence" and self.place.label is not None)
            ):
                self.place = self.outer.pop()
            if self.label_level and (block.level < self.label_level or block.kind == "sentence"):
                self.label_level = 0
            if block.kind != "heading":
                fact = self._fact(index, block)
                self._follow(fact)
                yield fact
                self.first = False
            else:
                self.before = None
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
        return before.kind == "sentence" and _TAKES_UP.match(block.text) is not None

    def _follow(self, fact: Fact) -> None:
        """Bind a sentence that leans back to those without which it says nothing."""
        if not self.leans:
            self.before = None
        if self.before is not None:
            self.before.follower = fact
        self.before = fact

    def _fact(self, index: int, block: Block) -> Fact:
        text, self.leans = block.text, False
        if block.kind in ("block", "front"):
            self._count_tags(text)
            return self._bound(index, text)
        lead = lead_in(text)
        leans = block.kind == "sentence" and self._takes_up(index, block)
        self.leans = leans or (block.kind != "parent" and depends_on_previous(text, lead))
        bare = without_support(text[len(lead) :])
        language = self.language = language_among(bare, self.memory.languages, self.language)
        said = normalize_once(bare, language)
        about = self.place.about.union(keywords(lead)) if lead else self.place.about
        attribute = free = loose = False
        if is_label(bare):
            self._begin_list(block, bare)
        elif not (self._is_bound(index, block, bare) or (bare[-1] not in ".!?…" and self._introduces(index))):
            attribute = ":" in bare and is_key_value(bare) and not _is_clause(said, bare)
            free = not attribute and _is_statement(bare, said, language)
            if self.place.label is not None:
                attribute = attribute and not self.place.label
                free = free and _is_sentence(bare, said)
            else:
                loose = not free and _is_statement(f"{bare}.", said, language)
        owners = self.place.owners
        if owners and self._names_its_page(bare):
            owners = ()
        scope, as_statement = "", None
        if free or attribute:
            scope = self._scope(bare, said, language, owners, attribute=attribute)
        if loose:
            as_statement = self._scope(bare, said, language, owners, attribute=False)
        memory, section = self.memory, self.place.named
        numbered = memory.series != "" or self.place.numbered
        at = memory.written_at
        under = (language, section, numbered, as_statement)
        return Fact(memory, index, text, said, scope, about, at, free, attribute, *under)

    def _begin_list(self, block: Block, label: str) -> None:
        named = named_by(label, self.language) if block.kind == "sentence" else None
        if named is None:
            self.label_level = max(block.level, LIST_LEVEL)
            self.labelled = label[:2] in ("**", "__")
            return
        self.outer.append(self.place)
        words = tuple(sorted(named))
        self.place = self.place.title(LABEL_LEVEL, words, is_item=False, filled=False, setting=False, passing=False)
        self.place.label = named

    def _names_its_page(self, text: str) -> bool:
        """Whether a text names the one whom its page is about: it may stand elsewhere, too."""
        named = {*sorted_out(self.memory.title)} - TEXT_PLACES if self.memory.is_of_entities else set()
        return bool(named) and not named.isdisjoint(keywords(text))

    def _bound(self, index: int, text: str) -> Fact:
        return Fact(self.memory, index, text, NOTHING, "", self.place.about, self.memory.written_at, False, False)

    def _count_tags(self, text: str) -> None:
        for tag in _TAG.finditer(text):
            closing, name = tag.groups()
            if name.casefold() not in _VOID_TAGS:
                self.tags += -1 if closing else 1

    def _is_bound(self, index: int, block: Block, bare: str) -> bool:
        if block.kind == "parent" or self.place.in_item or self.place.filled:
            return True
        if self.tags > 0 or self.label_level or self.labelled:
            return True
        if bare[:1] in _MARKED and (_TASK.match(bare) or _DEFINITION.match(bare)):
            return True
        return self.leans and not (self.first and not self.place.named and names_nobody(bare))

    def _introduces(self, index: int) -> bool:
        """Whether a text that is no sentence stands right before code, a table or steps: it is their label."""
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
    ) -> str:
        content, place = said.content, self.place
        belongs_to = (*owned_by, *place.settings, *self.folder_settings)
        owners = [" ".join(sorted(owner)) for owner in belongs_to if owner.isdisjoint(content)] if belongs_to else []
        if self.memory.unsorted and not place.label:
            return "/".join(owners)
        if (_SUBJECTLESS.match(text) and not _VERB_FIRST.match(text)) or _points_at_page(said):
            owners.append(self.memory.path)
        if place.named and (
            attribute or not _stands_alone(text, said, language) or (place.label and DEFINITE.match(text))
        ):
            named = place.named - TEXT_PLACES
            if named and named.isdisjoint(content):
                owners.append(" ".join(sorted(named)))
        return "/".join(owners)


def _is_clause(said: NormalizedText, text: str) -> bool:
    """Whether what looks like a key is a clause before a sentence, or tells a change.

    "The oven is hot by six: bake the rolls first", "the code has changed: it is now 8822", "May: it is now 8822".
    """
    changes = not CHANGE_WORDS.isdisjoint(said.tokens)
    if undated(text) is not text:
        return changes or said.renews or "NOLONGER" in said.tokens
    at = said.links.index(":") if ":" in said.links else 0
    if len(said.tokens) - at > VALUE_WORDS:
        return at > 1 and (changes or not (BE.isdisjoint(said.links[1:at]) and MODALS.isdisjoint(said.tokens[:at])))
    return changes and at > 1


def undated(text: str) -> str:
    """A text without the date of what it tells before it: "Feb: ...", "3 May 2026: ..."."""
    found = _DATE_BEFORE.match(text) if ":" in text else None
    return text[found.end() :] if found and {*found[0].casefold().strip(": ").split()} & MONTHS else text


def _points_at_page(said: NormalizedText) -> bool:
    """Whether a statement is about what its page is about: "contributions to this project"."""
    if _POINTERS.isdisjoint(said.tokens):
        return False
    pairs = zip(said.tokens, said.tokens[1:], strict=False)
    return any(pointer in _POINTERS and thing in _POINTED_AT for pointer, thing in pairs)


def _stands_alone(text: str, said: NormalizedText, language: str) -> bool:
    """Whether a statement has a subject of its own, and is not about the title that it stands under."""
    words = len({*said.content})
    if words < SELF_STANDING_WORDS:
        words += len(_TELLING.intersection(said.tokens))
    if words >= SELF_STANDING_WORDS or _MYSELF.match(text):
        return True
    if language == EXACT and len(text) >= 2 * STATEMENT_CHARACTERS:
        return True
    plain = {WORD, CLASS} if language != "de" else {WORD, CLASS, NAME, NOUN}
    return words >= SELF_STANDING_WORDS - plain.issuperset(said.kinds)


def _is_statement(text: str, said: NormalizedText, language: str) -> bool:
    """Whether a text says something whole, and no more than can be compared."""
    count = len(said.tokens)
    if not 0 < count <= LONGEST_COMPARED:
        return False
    if count + (text[-1] in ".!") >= STATEMENT_TOKENS or _PERSON.match(text):
        return len(said.content) > 1
    if language == EXACT:
        return len(text) >= STATEMENT_CHARACTERS
    return bool(said.content[1:]) and (not BE.isdisjoint(said.links[1:]) or not MODALS.isdisjoint(said.tokens))


def _is_sentence(text: str, said: NormalizedText) -> bool:
    """Whether a statement in a list is more than what is listed: "three tables and a tent"."""
    return text.endswith((".", "!")) or not BE.isdisjoint(said.links[1:]) or not MODALS.isdisjoint(said.tokens)


def is_present(said: NormalizedText) -> bool:
    """Whether a statement tells what holds, and not what happened once."""
    if said.present is None:
        said.present = _is_present(said)
    return said.present


def _is_present(said: NormalizedText) -> bool:
    if not _PAST.isdisjoint(said.tokens):
        return False
    if not BE.isdisjoint(said.links[1:]):
        return True
    if not _HAPPENED.isdisjoint(said.tokens):
        return False
    if "ed" not in " ".join(said.tokens):
        return True
    past = [at for at, word in enumerate(said.tokens) if word[-2:] == "ed" and len(word) > 4]
    return not any(_lone(said, at) for at in past)


def happened(fact: Fact) -> bool:
    """Whether a statement may tell what was done once: "Watered the tomatoes", "Tomaten gegossen"."""
    tokens = fact.said.tokens
    if not is_present(fact.said) or (tokens[0][-2:] == "ed" and len(tokens[0]) > 4):
        return True
    return fact.language == "de" and BE.isdisjoint(fact.said.links[1:]) and bool(_PARTICIPLE.search(fact.text))


def _lone(said: NormalizedText, at: int) -> bool:
    """Whether a form in -ed is no part of a perfect, "has ...", nor of "in the shared folder"."""
    before = {*said.tokens[max(0, at - 3) : at]}
    return at > 0 and "have" not in before and not MODALS & before and said.tokens[at - 1] not in PREPOSITIONS


_PARTICIPLE = re.compile(r"\b[a-zäöüß]*ge[a-zäöüß]{2,}(?:t|en)[.!]?$")
_PAST = frozenset(("PAST", "HABIT", "?", "~~"))
_HAPPENED = tokens_of("happened")
