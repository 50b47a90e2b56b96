"""What users put around what they say, which only tells that something is wished or known: "Again: please ...".

All phrases are read from `languages.toml`, where one is to be added.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from operator import methodcaller

from mockdreams.dreaming.languages import phrases_of, words_of
from mockdreams.dreaming.normalize import TEXTS_REMEMBERED

_LONGEST = 8
"""Words of a phrase."""
_bare_word = methodcaller("strip", ",:;.!?-\u2013\u2026")
_MARKS = tuple(",:;.!")
_POLITE = frozenset(("please", "bitte"))
_TO_US = frozenset(("you", "i", "we"))
_SUBJECTS = (
    words_of("pointing_back", "en") | words_of("bound", "en") | words_of("everybody", "en") | {"a", "an", "you", "i"}
)
CONDITIONS = frozenset("when whenever if wenn falls sobald".split())


class Phrases:
    """The phrases of a kind, in every language."""

    def __init__(self, kind: str) -> None:
        self._phrases = frozenset(each for written in phrases_of(kind) for each in _expanded(written))
        self._sizes: dict[str, list[int]] = defaultdict(list)
        """How long phrases are that begin with a word, the longest first."""
        for first, size in sorted({(phrase[0], len(phrase)) for phrase in self._phrases}, reverse=True):
            self._sizes[first].append(size)
        self.first = frozenset(self._sizes)
        self.hints = frozenset(max(reversed(phrase), key=len) for phrase in self._phrases)
        """Words of which a text has one if it has any of the phrases: of each the longest."""

    def at(self, words: Sequence[str], start: int = 0) -> int:
        """How many words from a place on are a phrase."""
        sizes = self._sizes.get(words[start]) if 0 <= start < len(words) else None
        if sizes is None:
            return 0
        following = tuple(words[start : start + _LONGEST])
        return next((size for size in sizes if size <= len(following) and following[:size] in self._phrases), 0)

    def within(self, words: Sequence[str]) -> bool:
        if self.hints.isdisjoint(words):
            return False
        return any(self.at(words, at) for at, word in enumerate(words) if word in self.first)

    def end(self, words: Sequence[str]) -> int:
        """How many words at the end are a phrase."""
        if self.hints.isdisjoint(words):
            return 0
        last = words[1:][-4:]
        return next((size for size in range(len(last), 0, -1) if self.at(last, len(last) - size) == size), 0)


def _expanded(written: str) -> Iterator[tuple[str, ...]]:
    choices = [[*each.rstrip("?").split("|"), *[""] * each.endswith("?")] for each in written.split()]
    for chosen in product(*choices):
        yield tuple(" ".join(filter(None, chosen)).replace(" '", "'").split())


def hints(*kinds: str) -> frozenset[str]:
    """Words of which a text has one if it has any phrase of these kinds."""
    return frozenset[str]().union(*(Phrases(kind).hints for kind in kinds))


def any_of(kind: str, form: str = r"\b(?:{})\b") -> re.Pattern[str]:
    """A regular expression with the phrases of a kind in every language, the longest first."""
    phrases = {" ".join(words) for written in phrases_of(kind) for words in _expanded(written)}
    found = "|".join(re.escape(phrase) for phrase in sorted(phrases, key=lambda each: (-len(each), each)))
    return re.compile(form.format(found.replace("ss", "(?:ss|ß)")), re.IGNORECASE)


_FILLERS, _OPENERS, _ORDERS = Phrases("fillers"), Phrases("openers"), Phrases("orders")
CORRECTIONS, _ANNOUNCING, _MEANT = Phrases("corrections"), Phrases("announcing"), Phrases("meant")
_MARKED = (CORRECTIONS, _ANNOUNCING)
_RENEWING = (*_MARKED, _MEANT)
_REMEMBER, ALWAYS, NEVER, _IDLE = Phrases("remember"), Phrases("always"), Phrases("never"), Phrases("idle")
_DENIALS, _AFTER_NOT, _AFTER_VERB = Phrases("denials"), Phrases("after_not"), Phrases("after_verb")
_MANNER, _EVERYWHERE = Phrases("manner"), Phrases("everywhere")
_HABITS, _ONCE, _TRAILERS = Phrases("habits"), Phrases("once"), Phrases("trailers")
_APART, _NAYS, REPORTING = Phrases("apart"), Phrases("nays"), Phrases("reporting")
_WISHED, _GETTING = Phrases("wished"), Phrases("getting")
_REFUSALS, _STOPPING, _REPEATED = Phrases("refusals"), Phrases("stopping"), Phrases("repeated")
LASTING, MOMENT, POINTING = Phrases("lasting"), Phrases("moment"), Phrases("pointing")
NEWS, NOTS = Phrases("news"), Phrases("nots")


def _first_words(*kinds: Phrases) -> frozenset[str]:
    return frozenset(word for phrases in kinds for word in phrases.first)


# What may be taken away before a statement, in the order in which it is looked for, by its first word.
_OPENING: dict[str, list[Phrases]] = defaultdict(list)
for _kind in (_IDLE, _REMEMBER, ALWAYS, _ORDERS, LASTING, _OPENERS, *_RENEWING, _FILLERS):
    for _word in {word.rstrip(",") for word in _kind.first}:
        _OPENING[_word].append(_kind)
_REFUSING = _first_words(_REFUSALS, _STOPPING, _APART)
# An order begins with one of these.
_ORDERING = _first_words(_ORDERS, ALWAYS, NEVER, _MANNER, _REFUSALS).union(words_of("light"), words_of("telling"))
# Without one of these no order holds from now on.
_FOR_GOOD = hints("never", "after_verb", "denials", "always", "habits", "manner", "repeated")
MAY_LAST = _FOR_GOOD.union(word.rstrip(",") for word in _REMEMBER.hints)
"""Without one of these nothing is said for good."""


def words_in(text: str) -> list[str]:
    return [*map(_bare_word, text.casefold().replace("\u2019", "'").split())]


def _refuses(words: list[str]) -> int:
    """How many words at the beginning say that what follows is not wished: "avoid ...", "stop calling ..."."""
    if not words or words[0] not in _REFUSING:
        return 0
    stops = _STOPPING.at(words)
    return _REFUSALS.at(words) or (stops if words[stops:] and words[stops].endswith("ing") else 0)


def refusal(text: str, words: list[str] | None = None) -> str | None:
    """What is not wished, if that is what a text says: "avoid emojis", "leave emojis out"."""
    words = words_in(text) if words is None else words
    if not words or words[0] not in _REFUSING:
        return None
    parts = text.split(" ")
    if size := _refuses(words):
        return " ".join(parts[size:])
    apart = range(2, len(words)) if words[0] in _APART.first else ()
    return next((" ".join(parts[1:at] + parts[at + 1 :]) for at in apart if _APART.at([words[0], words[at]])), None)


class Opened:
    """A sentence without the words that only say that something is wished or known: "Again: please ..."."""

    __slots__ = ("bare", "corrects", "lasts", "ordered", "renews", "text", "words")

    def __init__(self, text: str, words: list[str] | None = None) -> None:
        """`words` are those in the text, if they are known."""
        self.words = words = words_in(text) if words is None else words
        polite = not _POLITE.isdisjoint(words) and not _POLITE.isdisjoint(words[1:])
        if polite or not CONDITIONS.isdisjoint(words[:1]):
            text = _straight(text)
            words = words_in(text)
        self.lasts = self.corrects = self.renews = False
        asks = polite
        start, kind = 0, _FILLERS
        while kind is not _IDLE and start < len(words) and words[start] in _OPENING:
            kind, size = _opening(text, words, start)
            self.lasts = self.lasts or kind is _REMEMBER or kind is ALWAYS
            asks = asks or kind is _ORDERS
            self.corrects = self.corrects or kind is CORRECTIONS
            self.renews = self.renews or kind in _RENEWING
            start += size
        if start >= len(words):
            start = 0
        rest = words[start:] if start else words
        self.lasts = (self.lasts and not MOMENT.at(rest, len(rest) - 1)) or _is_for_good(rest, asks)
        left = rest
        while size := _TRAILERS.end(left):
            left = left[:-size]
        ending = rest[len(left) :]
        self.bare = left
        self.ordered = asks or (ending != [] and _ORDERS.within(ending))
        if ending:
            text = " ".join(text.split(" ")[start : -len(ending)]).rstrip(",")
        elif start:
            text = text.split(" ", start)[-1]
        self.text = text
        if not _WISHED.first.isdisjoint(words):
            self._put_as_order(words[:start])

    def _put_as_order(self, opening: list[str]) -> None:
        """Without "will ich ... sehen", which says no more than "bitte": "Zu jeder Zahl will ich die Quelle sehen"."""
        parts, bare = self.text.split(" "), self.bare
        at = next((at for at in range(1, len(bare)) if _WISHED.at(bare, at)), 0)
        size = _WISHED.at(bare, at) if at else 0
        if not size and _WISHED.first.isdisjoint(opening):
            return
        self.ordered = True
        last = len(bare) - (len(bare) > size + 2 and _GETTING.at(bare, len(bare) - 1) > 0)
        self.bare = bare[:at] + bare[at + size : last]
        self.text = " ".join(parts[:at] + parts[at + size : last])


def _straight(text: str) -> str:
    """A text without "please" in it, and with what it hangs on behind an order: "when you write, use ..."."""
    first, *parts = text.split(" ")
    left = [first]
    for part in parts:
        if _bare_word(part) not in _POLITE:
            left.append(part)
        elif left[-1][-1:] not in _MARKS:
            left[-1] += part[len(_bare_word(part)) :]
    text = " ".join(left).rstrip(",")
    condition, comma, order = text.partition(", ")
    if not comma or _bare_word(first.casefold()) not in CONDITIONS or text.endswith("?"):
        return text
    order = order.removeprefix("then ").removeprefix("dann ")
    told = words_in(order)[0]
    # "When you write to the parents, sign as ...": whatever is to be done.
    bids = order[:1].islower() and told not in _SUBJECTS and not _TO_US.isdisjoint(words_in(condition)[1:2])
    if not bids and told not in _ORDERING:
        return text
    order, comma, more = order.rstrip(".!").partition(", ")
    return f"{order} {condition[:1].lower()}{condition[1:]}{comma}{more}"


def _is_for_good(words: list[str], asks: bool) -> bool:
    """Whether an order holds from now on: "never ...", "use ... in everything", "schreib immer ..."."""
    if _FOR_GOOD.isdisjoint(words) or _IDLE.at(words) or POINTING.at(words, len(words) - 1):
        return False
    if NEVER.at(words) or _AFTER_VERB.at(words, 1) or (_DENIALS.at(words) and _AFTER_NOT.at(words, 2)):
        return True
    if asks and any(phrases.within(words) for phrases in (_AFTER_VERB, ALWAYS, NEVER, _REPEATED)):
        return True
    habit = _HABITS.at(words)
    if not habit and not (_MANNER.at(words) and _EVERYWHERE.within(words)):
        return False
    return not MOMENT.within(words) and not _ONCE.within(words[habit:])


def _opening(text: str, words: list[str], start: int) -> tuple[Phrases, int]:
    """The kind of what may be taken away from a place on, and how many words it is; none if it is idle."""
    for kind in _OPENING[words[start]]:
        size = kind.at(words, start)
        if (size and kind in _MARKED) or (kind is _FILLERS and not size):
            size = _marked(kind, text, words, start)
        if size:
            return kind, 0 if kind is _IDLE else _and_marks(words, start, size)
    return _IDLE, 0


def _marked(kind: Phrases, text: str, words: list[str], start: int) -> int:
    """The same for what is only meant so with a mark after it: "No, ...", "Update: ..."."""
    size = kind.at(words, start) or kind.at([f"{words[start]},"])
    if not size or start + size > len(words):
        return 0
    return (
        size
        if text.split(" ")[start + size - 1][-1:] in _MARKS or words[start + size : start + size + 1] == [""]
        else 0
    )


def _and_marks(words: list[str], start: int, size: int) -> int:
    """The same, with the punctuation that stands alone after them."""
    while size and words[start + size : start + size + 1] == [""]:
        size += 1
    return size


@lru_cache(maxsize=TEXTS_REMEMBERED)
def shown(text: str, kinds: tuple[Phrases, ...] = (_FILLERS,)) -> str:
    """A text without the words before and after it that say nothing."""
    words, start = words_in(text), 0
    while start < len(words) and words[start] in _OPENING:
        kind, size = _opening(text, words, start)
        if not size or (kind not in kinds and words[start] not in _NAYS.first):
            break
        start += size
    left = text.split(" ")[start:]
    if (end := _FILLERS.end(words[start:])) and left[-end - 1].endswith(","):
        left[-end - 1 :] = [left[-end - 1][:-1] + left[-1][len(words[-1]) :]]
    whole = " ".join(left)
    return whole[:1].upper() + whole[1:] if start and whole else whole


def plain(text: str) -> str:
    """A text without what only says that it corrects what was said before, too: "I was wrong: ..."."""
    return shown(text, (_FILLERS, *_RENEWING))
