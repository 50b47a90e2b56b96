"""What the label over a list says of what stands in it: nothing, what a heading would, or something that is needed.

"A few notes:" and "Hi all, some news:" announce statements, and these are whole without it. "Rota quirks:" says as much
as a heading. Everything else, such as "In winter:", "For guests:", "Never:", "Mia's rules:" or "Volunteers:", may be a
condition, a time, a place, an owner or the subject of what follows, and without it that would say something else.
"""

from mockdreams.dreaming.languages import CLASS, NAME, NOUN, NUMBER, ORDINAL, VALUE_KINDS, words_of
from mockdreams.dreaming.normalize import keywords, normalize, tokens_of
from mockdreams.dreaming.places import ENTITY_PLACES, SETTINGS

_GREETINGS, _GREETED = words_of("greetings"), words_of("greeted")
# What is laid down is laid down for something, if that is named: "kitchen rules".
_NORMS = tokens_of("norms")
_REMARKS = tokens_of("remarks") | tokens_of("gatherings") | tokens_of("occasions") | _NORMS
_SUNDRY, _TO_KNOW = tokens_of("sundry"), tokens_of("to_know")
_BINDING = tokens_of("doubted") | ENTITY_PLACES | SETTINGS
_TELLING = VALUE_KINDS | {NAME, NOUN, ORDINAL}
"""The kinds of words for one of several: "notes on Mia", "hall 2 notes", "second meeting"."""
_SEASONS = tokens_of("seasons")


def named_by(label: str, language: str) -> frozenset[str] | None:
    """The words that a label adds to whole statements under it, as a heading does; None if they need it."""
    label = label.strip("*_ :")
    greeting, comma, rest = label.partition(",")
    if (words := greeting.casefold().split()) and words[0] in _GREETINGS:
        if not comma or not _GREETED.issuperset(words[1:]):
            return frozenset() if _GREETED.issuperset(words[1:]) else None
        label = rest
    said = normalize(label, language)
    if not _BINDING.isdisjoint((*said.tokens, *keywords(label))):
        return None
    tokens, kinds = said.tokens, said.kinds
    if tokens[-2:-1] == ("TO",) and tokens[-1] in _TO_KNOW:
        tokens, kinds = tokens[:-2], kinds[:-2]
    if tokens[1:2] == ("OF",) and tokens[0] in _SUNDRY:
        tokens, kinds = tokens[2:], kinds[2:]
    return _named(tokens, kinds) if tokens or not said.tokens else frozenset()


def _named(tokens: tuple[str, ...], kinds: tuple[str, ...]) -> frozenset[str] | None:
    """What else is named before the word for what follows: "rota" in "rota quirks"; None if it may be needed."""
    if not tokens or CLASS in kinds or tokens[-1] not in _REMARKS:
        return None
    counted = int(kinds[0] == NUMBER)
    others = dict(zip(tokens[counted:], kinds[counted:], strict=True))
    for token in (_SUNDRY | _REMARKS).intersection(others):
        del others[token]
    needed = tokens[-1] in _NORMS or not _TELLING.isdisjoint(others.values()) or not _SEASONS.isdisjoint(others)
    return None if others and needed else frozenset(others)
