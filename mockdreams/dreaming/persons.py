"""Who "she" is at the beginning of a sentence: the person named in the sentence or heading before, if any is.

A store may be about one person, whom most such sentences mean. Then these say the same wherever they stand.
"""

import re
from collections import Counter
from collections.abc import Iterable

from mockdreams.dreaming.languages import NAME, language_among
from mockdreams.dreaming.markdown import Block, depends_on_previous, lead_in, names_one
from mockdreams.dreaming.normalize import NormalizedText, keywords, normalize
from mockdreams.dreaming.parsing import ParsedMemory

# Words of address, which are no names.
_ADDRESSES = frozenset("mr mrs ms miss dr prof sir herr frau".split())
# The letters with which a pronoun for one person begins.
_FIRST = frozenset("hsieHSIE")
# The person whom a store is about is named in so many memories.
MEMORIES_NAMED = 2


# After one of these a word with a capital is a name; after "in" it may be a language or a place.
_NAMED = re.compile(r"\b(?i:with|by|from|for|of|to|and|or|ask|tell|call|than|mrs?\.?|dr\.?) ([A-Z][a-z]+)\b")
_POSSESSED = re.compile(r"(?<![Tt]he )\b([A-Z][a-z]+)['\u2019]s\b")
# A first name and a last one, in bold or as a heading, on a page about people and the like.
_FULL = re.compile(r"^(?:#+ |.*\*\*)([A-Z][a-z]+) [A-Z][a-z]+(?:\*\*|$)", re.MULTILINE)
_LOCATED = re.compile(r"\b[Ii]n ([A-Z][a-z]+)\b")


def find_names(memories: Iterable[ParsedMemory]) -> None:
    """Tell the memories which names the store speaks of, if some are about things of a kind."""
    collected = [memory for memory in memories if memory.is_of_kind and memory.languages[0] == "en"]
    found, located = set[str](), set[str]()
    for memory in memories if collected else ():
        found.update(*(pattern.findall(memory.content) for pattern in (_NAMED, _POSSESSED)))
        found.update(_FULL.findall(memory.content) if memory.is_of_entities else ())
        located.update(_LOCATED.findall(memory.content))
    names = frozenset(normalize(f"of {name}").tokens[-1] for name in found - located)
    for memory in collected:
        memory.names = names


def find_persons(memories: Iterable[ParsedMemory]) -> None:
    """Tell each memory whom its sentences mean that begin with a pronoun for one person."""
    told = [memory for memory in memories if any(_is_about_one(block) for block in memory.blocks)]
    if not told:
        return
    said = {memory: _said(memory) for memory in told}
    names = {name for texts in said.values() for text in texts.values() for name in _names(text)} - _ADDRESSES
    for memory, texts in said.items():
        memory.persons = _persons(memory, texts, names)
    protagonist = _protagonist(said, names)
    for memory in told if protagonist else ():
        memory.persons = {index: "" if person == protagonist else person for index, person in memory.persons.items()}


def _is_about_one(block: Block) -> bool:
    return block.text[:1] in _FIRST and block.kind in ("sentence", "item") and names_one(block.text)


def _said(memory: ParsedMemory) -> dict[int, NormalizedText]:
    texts = {index: block.text for index, block in enumerate(memory.blocks) if block.kind in ("sentence", "item")}
    bare = {index: text[len(lead_in(text)) :] for index, text in texts.items()}
    return {index: normalize(text, language_among(text, memory.languages)) for index, text in bare.items()}


def _names(said: NormalizedText) -> list[str]:
    """The names in a text. At its beginning every word has a capital; one that owns something is a name."""
    found = [token for token, kind in zip(said.tokens, said.kinds, strict=True) if kind == NAME]
    return [said.tokens[0], *found] if said.links[1:2] == ("'s",) else found


def _subject(said: NormalizedText, names: set[str]) -> str | None:
    """The name with which a text begins, or that somebody in it is said to have: "Our nurse is Anna"."""
    at = 1 if said.tokens[0] in _ADDRESSES else 0
    for name, link in zip(said.tokens[at:], ("is", *said.links[at + 1 :]), strict=False):
        if name in names and link == "is":
            return name
    return None


def _persons(memory: ParsedMemory, texts: dict[int, NormalizedText], names: set[str]) -> dict[int, str]:
    persons: dict[int, str] = {}
    person: str | None = ""
    for index, block in enumerate(memory.blocks):
        if block.kind == "gap":
            continue
        if index not in texts:
            words = keywords(block.text) if block.kind == "heading" else ()
            person = next((word for word in words if word in names), None)
        elif not depends_on_previous(block.text, lead_in(block.text)):
            person = _subject(texts[index], names)
        elif person is not None and names_one(block.text):
            persons[index] = person
    return persons


def _protagonist(said: dict[ParsedMemory, dict[int, NormalizedText]], names: set[str]) -> str:
    """The one whom more memories speak of as "she" than of all others, and who is named in more than one."""
    spoken_of = Counter(person for memory in said for person in {*memory.persons.values()} if person)
    for person, count in spoken_of.most_common(1):
        naming = sum(any(person in text.tokens for text in texts.values()) for texts in said.values())
        if 2 * count > spoken_of.total() and naming >= MEMORIES_NAMED:
            return person
    return ""
