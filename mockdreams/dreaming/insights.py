"""What the sessions say and the store does not: recurring statements and standing wishes, with their support."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from mockdreams.dreaming.edits import size
from mockdreams.dreaming.exclusions import Exclusion
from mockdreams.dreaming.facts import CHANGE_WORDS
from mockdreams.dreaming.inflection import root
from mockdreams.dreaming.languages import words_of
from mockdreams.dreaming.markdown import lead_in, without_support
from mockdreams.dreaming.normalize import tokens_of
from mockdreams.dreaming.normalized import NormalizedText
from mockdreams.dreaming.openings import Opened, words_in
from mockdreams.dreaming.statement_groups import StatementGroup
from mockdreams.dreaming.statements import Statement

TITLE = "# Insights from past sessions"
STEM = "/insights"

_WORD = re.compile(r"\w+")
_UNCHANGED = words_of("unchanged")
_CHANGING = frozenset(map(root, CHANGE_WORDS))


class Known:
    """What a store holds of what users said."""

    def __init__(
        self, claims: Iterable[NormalizedText], learned: Iterable[str], groups: Iterable[StatementGroup]
    ) -> None:
        """`learned` are the lines of earlier insights: they are known again, whatever the language around.

        `groups` are the statements that it will be asked about.
        """
        asked = [statement for group in groups for statement in group.statements]
        self._written = {*map(_plain, learned)}
        words = {word for statement in asked for word in statement.words}
        self._by_word: dict[str, list[NormalizedText]] = defaultdict(list)
        for said in claims if words else ():
            for word in words.intersection(said.content):
                self._by_word[word].append(said)

    def holds(self, statement: Statement) -> bool:
        """Whether a fact has all words and all numbers, names and negations of a statement."""
        words = statement.words
        if not words or (self._written and _plain(statement.shown) in self._written):
            return True
        return any(_denials(said) == _denials(statement.said) for said in self._facts_of(words))

    def confirms(self, statement: Statement) -> bool:
        """Whether it only says that all is as a fact has it: "Jan is still the chair", "no, she did not move"."""
        said, clauses = statement.said, statement.clauses or (statement,)
        stays = next((clause for clause in clauses if not _UNCHANGED.isdisjoint(words_in(clause.bare))), None)
        if stays is not None:
            others = (clause.said for clause in clauses if clause is not stays)
            kept = stays.words - tokens_of("unchanged")
            return all(map(_is_idle, others)) and any(not _denials(fact) for fact in self._facts_of(kept))
        at = said.tokens.index("NOT") if "NOT" in said.tokens and Opened(statement.text).corrects else len(said.tokens)
        change = next((at for at, token in enumerate(said.tokens) if root(token) in _CHANGING), -1)
        if change < at:
            return False
        subject = frozenset(said.at(range(at)).content)
        values = frozenset(said.content) - subject
        facts = [*self._facts_of(subject)]
        return bool(facts) and all(values.isdisjoint(fact.content) for fact in facts)

    def _facts_of(self, words: frozenset[str]) -> Iterator[NormalizedText]:
        rarest = min((self._by_word.get(word, []) for word in words), key=len, default=[])
        return (fact for fact in rarest if words.issubset(fact.content))


def _is_idle(said: NormalizedText) -> bool:
    """Whether a clause beside what is so says what is not, or was thought: "not Ravi", "that was a rumour"."""
    return not said.content or said.tokens[0] == "NOT" or "PAST" in said.tokens


def _denials(said: NormalizedText) -> int:
    return said.tokens.count("NOT") + said.tokens.count("NOLONGER")


def _plain(text: str) -> str:
    text = without_support(text)
    return " ".join(_WORD.findall(text[len(lead_in(text)) :].casefold()))


def insights(lasting: Iterable[StatementGroup], known: Known, sessions: int) -> Iterator[str]:
    """The lines worth adding to the store, most support first."""
    worth = [group for group in lasting if not _held(group, known)]
    worth = list({_plain(group.wording().shown): group for group in reversed(worth)}.values())
    worth.sort(key=lambda group: (-len(group.sessions), group.at, group.wording().shown))
    for group in worth:
        yield f"{group.wording().shown} (in {len(group.sessions)} of {sessions} session{'s' if sessions != 1 else ''})"


def leaves_out(exclusion: Exclusion, group: StatementGroup) -> bool:
    """Whether instructions ask to learn nothing of what was said."""
    return any(exclusion.covers_statement(one.said, one.at) for one in group.statements)


def _held(group: StatementGroup, known: Known) -> bool:
    return any(known.holds(statement) or known.confirms(statement) for statement in group.statements)


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
