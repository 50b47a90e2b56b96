"""What the sessions say and the store does not: recurring statements and standing wishes, with their support."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from mockdreams.dreaming.edits import size
from mockdreams.dreaming.exclusions import Exclusion
from mockdreams.dreaming.markdown import lead_in, without_support
from mockdreams.dreaming.normalize import NormalizedText
from mockdreams.dreaming.statement_groups import StatementGroup
from mockdreams.dreaming.statements import Statement

TITLE = "# Insights from past sessions"
STEM = "/insights"

_WORD = re.compile(r"\w+")


class Known:
    """What a store holds of what users said."""

    def __init__(
        self, claims: Iterable[NormalizedText], texts: Iterable[str], groups: Iterable[StatementGroup]
    ) -> None:
        """`texts` are the facts as they are written: what was learned is known again, whatever the language around.

        `groups` are the statements that it will be asked about.
        """
        asked = [statement for group in groups for statement in group.statements]
        ends = {_end(statement.shown) for statement in asked}
        self._written = {_plain(text) for text in (texts if ends else ()) if _end(text) in ends}
        words = {word for statement in asked for word in statement.words}
        self._by_word: dict[str, list[NormalizedText]] = defaultdict(list)
        for said in claims if words else ():
            for word in words.intersection(said.content):
                self._by_word[word].append(said)

    def holds(self, statement: Statement) -> bool:
        """Whether a fact has all words and all numbers, names and negations of a statement."""
        words = statement.words
        if not words or _plain(statement.shown) in self._written:
            return True
        rarest = min((self._by_word.get(word, []) for word in words), key=len)
        return any(words.issubset(said.content) and _denials(said) == _denials(statement.said) for said in rarest)


def _end(text: str) -> str:
    """The last two words of a text: alike in all texts that are written alike."""
    return " ".join(_WORD.findall(without_support(text)[-64:].casefold())[-2:])


def _denials(said: NormalizedText) -> int:
    return said.tokens.count("NOT") + said.tokens.count("NOLONGER")


def _plain(text: str) -> str:
    text = without_support(text)
    return " ".join(_WORD.findall(text[len(lead_in(text)) :].casefold()))


def insights(
    lasting: Iterable[StatementGroup], known: Known, left_out: Sequence[Exclusion], sessions: int
) -> Iterator[str]:
    """The lines worth adding to the store, most support first."""
    worth = [group for group in lasting if not _left_out(group, left_out) and not _held(group, known)]
    worth = list({_plain(group.wording().shown): group for group in reversed(worth)}.values())
    worth.sort(key=lambda group: (-len(group.sessions), group.at, group.wording().shown))
    for group in worth:
        yield f"{group.wording().shown} (in {len(group.sessions)} of {sessions} session{'s' if sessions != 1 else ''})"


def _left_out(group: StatementGroup, exclusions: Sequence[Exclusion]) -> bool:
    return any(exclusion.covers_statement(one.said, one.at) for exclusion in exclusions for one in group.statements)


def _held(group: StatementGroup, known: Known) -> bool:
    return any(known.holds(statement) for statement in group.statements)


def files(lines: Sequence[str], contents: dict[str, str], most: int, new: int) -> Iterator[tuple[str, str, list[str]]]:
    """Where insights go: path, whole new content, and the lines that are new in it.

    A file holds `most` bytes, and `new` files may be added; what fits nowhere is left out.
    """
    empty = f"{TITLE}\n\n"
    waiting = [line for line in lines if size(empty) + size(_item(line)) <= most]
    for path in _paths(contents):
        if not waiting or (path not in contents and new <= 0):
            return
        new -= path not in contents
        content = contents.get(path, empty)
        if content and not content.endswith("\n"):
            content += "\n"
        room = most - size(content)
        taken = 0
        while taken < len(waiting) and (room := room - size(_item(waiting[taken]))) >= 0:
            taken += 1
        if taken:
            yield path, content + "".join(map(_item, waiting[:taken])), waiting[:taken]
            del waiting[:taken]


def _item(line: str) -> str:
    return f"- {line}\n"


def _paths(contents: dict[str, str]) -> Iterator[str]:
    """Our own files, and names that are free."""
    number = 1
    while True:
        path = f"{STEM}.md" if number == 1 else f"{STEM}-{number}.md"
        number += 1
        if path in contents:
            if contents[path].startswith(TITLE):
                yield path
        elif not any(taken.startswith(path + "/") for taken in contents):
            yield path
