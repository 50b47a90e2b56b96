"""How many steps a backtracking matcher takes for a pattern: a number, where a time would depend on the machine.

It tries what `re` tries, in the same order, without the shortcuts that `re` takes: so it takes at least as many steps.
"""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

Rest = Callable[[int], bool]
"""Whether what is left of a pattern matches from a place on."""
DEPTH = 100_000
LENGTH, MOST = 40, 200_000


class TooManyStepsError(Exception):
    pass


@contextmanager
def deep() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(DEPTH)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def steps(pattern: re.Pattern[Any], text: str, most: int) -> int:
    """Of finding all matches, and of matching the whole text. Raises TooManyStepsError beyond `most`."""
    with deep():
        return _matcher(pattern).steps_over(text, most)


def is_slow(pattern: re.Pattern[Any], make: Callable[[int], str]) -> bool:
    """Whether a text four times as long takes far more than four times as many steps."""
    try:
        short, long = (steps(pattern, make(length), MOST) for length in (LENGTH, 4 * LENGTH))
    except TooManyStepsError:
        return True
    return long > 8 * (short + LENGTH)


@lru_cache(maxsize=1)
def _matcher(pattern: re.Pattern[Any]) -> "_Matcher":
    """To build one takes as long as to match a short text."""
    return _Matcher(pattern)


class _Matcher:
    def __init__(self, pattern: re.Pattern[Any]) -> None:
        source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
        self._flags = pattern.flags & ~re.UNICODE
        self._parsed = _parser.parse(source, self._flags)
        self._text = ""
        self._most = self._steps = self._end = 0
        self._groups: dict[int, str] = {}
        self._find = self._sequence(list(self._parsed), self._flags, self._note_end)
        self._match_whole = self._sequence(list(self._parsed), self._flags, lambda at: at == len(self._text))

    def steps_over(self, text: str, most: int) -> int:
        self._text, self._most, self._steps, self._end = text, most, 0, 0
        self._groups.clear()
        try:
            at = 0
            while at <= len(text):
                at = max(self._end, at + 1) if self._find(at) else at + 1
            self._match_whole(0)
        except TooManyStepsError:
            _matcher.cache_clear()  # it stopped in the middle, and cannot begin anew
            raise
        return self._steps

    def _note_end(self, at: int) -> bool:
        self._end = at
        return True

    def _step(self) -> None:
        self._steps += 1
        if self._steps > self._most:
            raise TooManyStepsError

    def _sequence(self, nodes: list[Any], flags: int, rest: Rest) -> Rest:
        for kind, what in reversed(nodes):
            rest = self._node(kind, what, flags, rest)
        return rest

    def _node(self, kind: Any, what: Any, flags: int, rest: Rest) -> Rest:
        if (takes := self._one(kind, what, flags)) is not None:
            is_one = cache(takes)

            def one(at: int) -> bool:
                self._step()
                return at < len(self._text) and is_one(self._text[at]) and rest(at + 1)

            return one
        if kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            least, most, nodes = what
            only = self._one(nodes[0][0], nodes[0][1], flags) if len(nodes) == 1 else None
            if only is not None:
                return self._repeat_one(cache(only), least, most, kind, rest)
            if kind is op.POSSESSIVE_REPEAT:
                return self._atomic([(op.MAX_REPEAT, what)], flags, rest)
            return self._repeat(list(nodes), least, most, kind is op.MAX_REPEAT, flags, rest)
        if kind is op.BRANCH:
            branches = [self._sequence(list(nodes), flags, rest) for nodes in what[1]]
            return lambda at: any(branch(at) for branch in branches)
        if kind is op.SUBPATTERN:
            group, more, less, nodes = what
            return self._group(group, list(nodes), (flags | more) & ~less, rest)
        if kind is op.ATOMIC_GROUP:
            return self._atomic(list(what), flags, rest)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            direction, nodes = what
            back = nodes.getwidth()[0] if direction < 0 else 0
            inner, wanted = self._sequence(list(nodes), flags, lambda _: True), kind is op.ASSERT
            return lambda at: (at >= back and inner(at - back)) is wanted and rest(at)
        if kind is op.AT:
            return lambda at: self._is_at(what, at, flags) and rest(at)
        if kind is op.GROUPREF:
            return lambda at: self._text.startswith(said := self._groups.get(what, ""), at) and rest(at + len(said))
        raise NotImplementedError(kind)

    def _group(self, group: int | None, nodes: list[Any], flags: int, rest: Rest) -> Rest:
        if group is None:
            return self._sequence(nodes, flags, rest)
        begun: list[int] = []

        def ended(at: int) -> bool:
            start = begun.pop()
            self._groups[group] = self._text[start:at]
            matched = rest(at)
            begun.append(start)
            return matched

        inner = self._sequence(nodes, flags, ended)

        def group_from(at: int) -> bool:
            begun.append(at)
            matched = inner(at)
            begun.pop()
            return matched

        return group_from

    def _atomic(self, nodes: list[Any], flags: int, rest: Rest) -> Rest:
        ends: list[int] = []
        inner = self._sequence(nodes, flags, lambda at: not ends.append(at))  # type: ignore[func-returns-value]
        return lambda at: inner(at) and rest(ends.pop())

    def _repeat_one(self, is_one: Callable[[str], bool], least: int, most: int, kind: Any, rest: Rest) -> Rest:
        def repeat(at: int) -> bool:
            end = at
            while end - at < most and end < len(self._text) and is_one(self._text[end]):
                self._step()
                end += 1
            if end - at < least:
                return False
            ends = range(at + least, end + 1)
            if kind is op.POSSESSIVE_REPEAT:
                return rest(end)
            for place in ends if kind is op.MIN_REPEAT else reversed(ends):
                self._step()
                if rest(place):
                    return True
            return False

        return repeat

    def _repeat(self, nodes: list[Any], least: int, most: int, greedy: bool, flags: int, rest: Rest) -> Rest:
        begun: list[tuple[int, int]] = []

        def again(at: int, count: int) -> bool:
            self._step()
            if not greedy and count >= least and rest(at):
                return True
            if count < most:
                begun.append((count + 1, at))
                if inner(at):
                    begun.pop()
                    return True
                begun.pop()
            return greedy and count >= least and rest(at)

        def ended(at: int) -> bool:
            count, start = begun.pop()
            matched = (at != start or count <= least) and again(at, count)
            begun.append((count, start))
            return matched

        inner = self._sequence(nodes, flags, ended)
        return lambda at: again(at, 0)

    def _one(self, kind: Any, what: Any, flags: int) -> Callable[[str], bool] | None:
        """What a node that matches one character takes."""
        folded: Callable[[str], tuple[str, ...]] = (
            (lambda c: (c, c.lower(), c.upper())) if flags & re.I else (lambda c: (c,))
        )
        if kind is op.ANY:
            return lambda c: bool(flags & re.S) or c != "\n"
        if kind is op.LITERAL:
            return lambda c: chr(what) in folded(c)
        if kind is op.NOT_LITERAL:
            return lambda c: chr(what) not in folded(c)
        if kind is not op.IN:
            return None
        members = [each for each in what if each[0] is not op.NEGATE]
        negated = len(members) < len(what)
        return lambda c: any(_has(member, each) for member in members for each in folded(c)) is not negated

    def _is_at(self, where: Any, at: int, flags: int) -> bool:
        before, after = self._text[at - 1 : at] if at else "", self._text[at : at + 1]
        match where:
            case op.AT_BEGINNING:
                return not before or (bool(flags & re.M) and before == "\n")
            case op.AT_BEGINNING_STRING:
                return not before
            case op.AT_END:
                last = after == "\n" and (at + 1 == len(self._text) or bool(flags & re.M))
                return not after or last
            case op.AT_END_STRING:
                return not after
        boundary = _is_word(before) is not _is_word(after)
        return boundary is (where is op.AT_BOUNDARY)


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdecimal,
    op.CATEGORY_NOT_DIGIT: lambda char: not char.isdecimal(),
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    op.CATEGORY_WORD: _is_word,
    op.CATEGORY_NOT_WORD: lambda char: not _is_word(char),
}


def _has(member: tuple[Any, Any], char: str) -> bool:
    kind, what = member
    if kind is op.RANGE:
        return bool(what[0] <= ord(char) <= what[1])
    return char == chr(what) if kind is op.LITERAL else _CATEGORIES[what](char)
