"""What the label over a list says of what stands in it: nothing, what a heading would, or something that is needed.

"A few notes:" and "Hi all, some news:" announce statements, and these are whole without it. "Rota quirks:" says as much
as a heading. Everything else, such as "In winter:", "For guests:", "Never:", "Mia's rules:" or "Volunteers:", may be a
condition, a time, a place, an owner or the subject of what follows, and without it that would say something else.
"""

from mockdreams.dreaming.languages import CLASS, NAME, NOUN, NUMBER, ORDINAL, TIME, VALUE_KINDS, words_of
from mockdreams.dreaming.normalize import NormalizedText, keywords, normalize, tokens_of
from mockdreams.dreaming.places import ENTITY_PLACES, SETTINGS

_GREETINGS, _GREETED = words_of("greetings"), words_of("greeted")
_OCCASIONS = tokens_of("gatherings") | tokens_of("occasions")
# What is laid down is laid down for something, if that is named: "kitchen rules".
_NORMS = tokens_of("norms")
_REMARKS = tokens_of("remarks") | _OCCASIONS | _NORMS
_SOURCES = tokens_of("written") | tokens_of("gatherings")
_SUNDRY, _TO_KNOW = tokens_of("sundry"), tokens_of("to_know")
_BINDING = tokens_of("doubted") | ENTITY_PLACES | SETTINGS
_TELLING = frozenset((NAME, NOUN, NUMBER, ORDINAL))
"""The kinds of words for one of several: "notes on Mia", "hall 2 notes", "second meeting"."""
_SEASONS, _DAYS = tokens_of("seasons"), VALUE_KINDS - {NUMBER, TIME}


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
    count = len(said.tokens)
    end = said.tokens.index("FROM") if "FROM" in said.tokens else count
    if end < count and not _is_source(said, end + 1):
        return None
    if said.tokens[end - 2 : end - 1] == ("TO",) and said.tokens[end - 1] in _TO_KNOW:
        end -= 2
    start = 2 if said.tokens[1:2] == ("OF",) and said.tokens[0] in _SUNDRY else 0
    return _named(said.tokens[start:end], said.kinds[start:end]) if end or end == count else frozenset()


def _is_source(said: NormalizedText, start: int) -> bool:
    """Whether what follows "from" is where something was written down: "Ruth's mail", "the retro"."""
    rest = zip(said.kinds[start:], said.links[start:], strict=True)
    return not _SOURCES.isdisjoint(said.tokens[start:]) and all(kind != CLASS or link == "'s" for kind, link in rest)


def _named(tokens: tuple[str, ...], kinds: tuple[str, ...]) -> frozenset[str] | None:
    """What else is named before the word for what follows: "rota" in "rota quirks"; None if it may be needed."""
    if not tokens or CLASS in kinds:
        return None
    pairs = [*zip(tokens, kinds, strict=True)]
    dated = {token for token, kind in pairs if kind in _DAYS or token in _SEASONS}
    head = next(token for token in reversed(tokens) if token not in dated or token is tokens[0])
    if head not in _REMARKS or (dated and head not in _OCCASIONS):
        return None
    others = [(token, kind) for token, kind in pairs if token not in _SUNDRY | _REMARKS | dated]
    others = others[1:] if others[:1] == pairs[:1] and kinds[0] == NUMBER else others
    if others and (head in _NORMS or any(kind in _TELLING for _, kind in others)):
        return None
    return frozenset(token for token, _ in others)
