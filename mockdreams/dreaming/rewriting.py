"""Writing a new value into a text in the place of an old one, with every other character as it was."""

import re

from mockdreams.dreaming.languages import CLASS, NAME, NOUN, NUMBER, VALUE_KINDS, WEEKDAY, WORD
from mockdreams.dreaming.normalize import normalize
from mockdreams.dreaming.normalized import BE
from mockdreams.dreaming.stances import WHEREABOUTS

_QUOTATION = re.compile(r"\"[^\"]+\"|„[^“”]+[“”]|“[^”]+”|»[^«]+«|«[^»]+»")
_DRESS = "\"'`*_()[].,;:!?"
_PAIRED = {"(": ")", "[": "]"}
_CLOSING = {closing: opening for opening, closing in _PAIRED.items()}
_ARTICLE = re.compile(r"(?:the|an?|der|die|das|den|dem|eine?[nmr]?|im|am|zum|zur|beim|vom|ins) ", re.IGNORECASE)
_OFTEN = re.compile("[a-z]+s$")
_INDEFINITE, _BEFORE = re.compile("an? "), re.compile(r"\ban? $")


def span_of(text: str, words: tuple[str, ...], language: str) -> tuple[int, int] | None:
    """Where in a text, in characters, these tokens stand in a row; of several places the last, where values stand."""
    chunks: list[tuple[int, int]] = []
    at = 0
    for chunk in text.split():
        at = text.index(chunk, at)
        if normalize(chunk, language).tokens:
            chunks.append((at, at + len(chunk)))
        at += len(chunk)
    for end in range(len(chunks), 0, -1):
        for start in range(max(end - 2 * len(words) - 1, 0), end):
            opening, closing = chunks[start][0], chunks[end - 1][1]
            if normalize(text[opening:closing], language).tokens == words:
                # "Mulder these days" says no more than "Mulder".
                ends = (at for _, at in chunks[start:end] if not normalize(text[at:closing], language).tokens)
                return opening, next(ends)
    return None


def with_value(text: str, old: tuple[str, ...], new: str, language: str) -> str | None:
    """A text with one value changed and every other character as it was; None if the value is not found."""
    span = span_of(text, old, language)
    if span is None:
        return None
    dressed = text[span[0] : span[1]]
    told, known = normalize(new, language), normalize(dressed, language)
    if verb := max((at for at, link in enumerate(known.links) if at and link in BE), default=0):
        # "Ben's room is 12", "room 14".
        behind = span_of(new, told.tokens[verb:], language) if told.tokens[:verb] == old[:verb] else None
        return with_value(text, old[verb:], new[slice(*behind)], language) if behind else None
    front = dressed[: len(dressed) - len(dressed.lstrip(_DRESS))]
    back = dressed[len(dressed.rstrip(_DRESS)) :]
    front = "".join(mark for mark in front if _PAIRED.get(mark, mark) in back or mark not in _PAIRED)
    back = "".join(mark for mark in back if mark not in _CLOSING or _CLOSING[mark] in front)
    new = _without_tail(new.strip(_DRESS), text[span[1] :])
    start, value = text[: span[0]], dressed.strip(_DRESS)
    if _is_number_of(start, value, new, language):
        return None
    if _is_elsewhere(start, text[span[1] :], new, language) or _is_quoted_in_part(text, *span):
        return None
    if (
        language == "de"
        and (_OFTEN.match(value) is None) != (_OFTEN.match(new) is None)
        and WEEKDAY in normalize(new, "de").kinds
    ):
        return _on_days(start + front, new, back + text[span[1] :])
    fitting = _behind_article(start, _in_form_of(value, new, language), old, language)
    if fitting is None:
        return None
    if language == "en" and new[:1].isupper() and value[:1].islower():
        start = _before_name(start, normalize(text[span[1] :], language).kinds)
    given = _INDEFINITE.match(new) if language == "en" else None
    start = _BEFORE.sub(given[0], start) if given else start
    changed = start + front + fitting + back + text[span[1] :]
    before, after = normalize(text, language).tokens, normalize(changed, language).tokens
    becomes = normalize(fitting, language).tokens
    at = next((at for at in range(len(before), -1, -1) if before[at : at + len(old)] == old), -1)
    doubles = becomes[-1:] == before[at + len(old) :][:1]
    return changed if after == before[:at] + becomes + before[at + len(old) :] and not doubles else None


def _without_tail(new: str, after: str) -> str:
    """A value without what stands behind it already: "four weeks before the date", put before "before the date"."""
    words, following = new.split(), [word.strip(_DRESS) for word in after.split()]
    sizes = range(min(len(words) - 1, len(following)), 0, -1)
    size = next((size for size in sizes if words[-size:] == following[:size]), 0)
    return " ".join(words[: len(words) - size])


def _is_number_of(before: str, old: str, new: str, language: str) -> bool:
    """Whether an old value is the number of what is named before it, and the new one none: "locker 3", "the van"."""
    said = normalize(f"{before}{old}", language)
    numbered = said.kinds[-2:] in ((WORD, NUMBER), (NAME, NUMBER), (NOUN, NUMBER)) and said.links[-1] == ""
    return numbered and VALUE_KINDS.isdisjoint(normalize(new, language).kinds)


def _is_quoted_in_part(text: str, start: int, end: int) -> bool:
    """Whether a span holds only some of the words of a quotation."""
    quoted = (found.span() for found in _QUOTATION.finditer(text))
    return any(first < end and start < last and not (start <= first + 1 and last - 1 <= end) for first, last in quoted)


def _on_days(before: str, new: str, after: str) -> str | None:
    """A German text with "freitags" in the place of "am Mittwoch", or the other way round."""
    if _OFTEN.match(new) is None:
        return f"{before}{new if _ARTICLE.match(new) else f'am {new}'}{after}"
    bare = before.removesuffix("am ")
    return None if bare == before else bare + new + after


def _in_form_of(old: str, new: str, language: str) -> str:
    """A new amount, its unit in the form that the old one has: "nach 20 Tagen", though it was told as "15 Tage"."""
    told, known = (normalize(each, language) for each in (new, old))
    if language != "de" or not told.kinds == known.kinds == (NUMBER,):
        return new
    (number, _, unit), (other, _, alike) = (said.tokens[0].partition(" ") for said in (told, known))
    several = unit == alike != "" and "1" not in (number, other)
    return f"{new.partition(' ')[0]} {old.partition(' ')[2]}" if several and " " in old else new


def _behind_article(before: str, new: str, old: tuple[str, ...], language: str) -> str | None:
    """A new value as it follows what stands `before` it; None if the article there is another: "im" of "die Aula"."""
    article = _ARTICLE.match(new)
    standing = _ARTICLE.match(before.rpartition(" ")[0].rpartition(" ")[2] + " ")
    said = normalize(new, language)
    valued = not VALUE_KINDS.isdisjoint(said.kinds)
    another = standing and (article is None or standing[0] != article[0])
    if language == "de" and another and not valued and said.tokens[:1] != old[:1]:
        return None
    return new[article.end() :] if article and (standing or valued) else new


def _before_name(before: str, behind: tuple[str, ...]) -> str:
    """The text before a name, without the article of what had its place: "from the mill", "from Hansen"."""
    return before.removesuffix("the ") if behind[:1] in ((), (CLASS,)) else before


def _is_elsewhere(before: str, after: str, new: str, language: str) -> bool:
    """Whether what follows an old place says where that is, and not where the new one is: "in the box by the seat"."""
    ahead, behind, becomes = (normalize(part, language) for part in (before, after, new))
    if not ahead.tokens or not behind.tokens or not VALUE_KINDS.isdisjoint(becomes.kinds):
        return False
    return ahead.tokens[-1] in WHEREABOUTS and behind.tokens[0] in WHEREABOUTS and NAME not in behind.kinds
