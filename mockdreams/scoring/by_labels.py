"""A score by labels: whether a store is as they say a good dream would make it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from mockdreams.scoring.scores import Miss, Score, graded
from mockdreams.scoring.sentences import SAID, Index, Judge, Sentence, Store, sentences_of, verdict


def score(labels: Mapping[str, Any], before: Store, after: Store, judge: Judge | None = None) -> Score:
    """How well a dream did by labels: those of `mockdreams generate`, and any part of them.

    Near duplicates with a `level` and contradictions with a `form` make a figure for each of these, too.
    """
    return _ByLabels(labels, before, after, judge).score()


class _Answer(NamedTuple):
    """Whether a store is as a row of the labels says, and what that is about."""

    good: bool
    text: str
    path: str = ""
    grade: str = ""


class _ByLabels:
    """Asks of each row of the labels whether a store is as it says: by facts, wherever and however they are written."""

    def __init__(self, labels: Mapping[str, Any], before: Store, after: Store, judge: Judge | None) -> None:
        self._labels, self._before, self._after, self._judge = labels, before, after, judge
        self._sentences = sentences_of(after)
        self._index = Index(self._sentences)
        self._text = "\n".join(after.values())
        self._plain = f" {_plain(self._text)} "
        self._figures: dict[str, float] = {}
        self._misses: list[Miss] = []
        self._unsure: list[Miss] = []

    def score(self) -> Score:
        facts = [(path, _wordings(fact)) for path, listed in self._rows("facts", {}).items() for fact in listed]
        self._share("facts", (_Answer(any(map(self._says, texts)), texts[0], path) for path, texts in facts))
        copies = [path for _, *copied in self._rows("duplicates") for path in copied]
        self._share("duplicates", (_Answer(self._is_merged(path), path, path) for path in copies))
        self._share("near", map(self._near, self._rows("near")))
        self._apart(list(self._rows("apart")))
        rows = list(self._rows("contradictions"))
        self._share(
            "stale",
            (_Answer(not self._is_stale(row), row["stale"], row.get("in", ""), row.get("form", "")) for row in rows),
        )
        self._share("current", map(self._current, rows))
        records = [(row, value) for row in self._rows("records") for value in row["values"]]
        self._share("records", (_Answer(self._has_value(row, value), value, row["path"]) for row, value in records))
        blocks = self._rows("blocks")
        self._share("blocks", (_Answer(row["text"] in self._text, row["text"], row["path"]) for row in blocks))
        noise = self._rows("noise", {})
        dropped = [_Answer(path not in self._after, path, path) for path in noise.get("memories", ())]
        self._share("noise", dropped + [_Answer(not self._stands(fact), fact) for fact in noise.get("facts", ())])
        self._insights(list(self._rows("insights")))
        return Score(self._figures, (*self._misses, *self._unsure))

    def _rows(self, name: str, default: Any = ()) -> Any:
        return self._labels.get(name) or default

    def _share(self, name: str, answers: Iterable[_Answer]) -> None:
        by_grade: dict[str, list[_Answer]] = defaultdict(list)
        for answer in answers:
            by_grade[""].append(answer)
            if answer.grade:
                by_grade[answer.grade].append(answer)
        for grade, given in by_grade.items():
            figure = graded(name, grade)
            self._figures[figure] = round(sum(answer.good for answer in given) / len(given), 4)
        self._misses += [
            Miss(name, answer.text, answer.path, grade=answer.grade)
            for answer in by_grade.get("", ())
            if not answer.good
        ]

    def _stands(self, text: str) -> bool:
        """Whether a text stands in the store, as it is written and not as the part of a word."""
        plain = _plain(text)
        at = self._plain.find(plain)
        while at > 0:
            if not (self._plain[at - 1].isalnum() or self._plain[at + len(plain)].isalnum()):
                return True
            at = self._plain.find(plain, at + 1)
        return False

    def _says(self, text: str) -> bool:
        """Whether the store says a text, word for word or in other words; what may say it is noted as unsure."""
        if text in self._text:
            return True
        likely = [self._index.most_like(sentence) for sentence in sentences_of({"": text}) if sentence.words]
        verdicts = {verdict(text, share, other, self._judge) for share, other in likely} or {"gone"}
        if "gone" not in verdicts and "unsure" in verdicts:
            became = next(other.text for share, other in likely if other and share < SAID)
            self._unsure.append(Miss("unsure", text, "", became))
        return verdicts == {"said"}

    def _saying(self, text: str) -> list[Sentence]:
        """The sentences that say a text for certain, however they are put."""
        asked = sentences_of({"": text})
        if len(asked) != 1 or not asked[0].words:
            return []
        words, hard = asked[0].words, asked[0].hard
        return [
            sentence
            for sentence in self._sentences
            if hard <= sentence.hard and len(words & sentence.words) >= SAID * len(words)
        ]

    def _times(self, wordings: Sequence[str]) -> int:
        """How often one of the wordings stands in the store; if none does, how many sentences say the same."""
        longest_first = sorted(wordings, key=len, reverse=True)
        written = re.findall("|".join(map(_sentence_pattern, longest_first)), self._text)
        return len(written) or len({id(sentence) for text in wordings for sentence in self._saying(text)})

    def _is_merged(self, path: str) -> bool:
        """Whether nothing that a copy says is said more than once."""
        if path not in self._after:
            return True
        return all(self._times([sentence.text]) <= 1 for sentence in sentences_of({path: self._before.get(path, "")}))

    def _near(self, row: Mapping[str, Any]) -> _Answer:
        return _Answer(self._times(row["any"]) == 1, " | ".join(row["any"]), grade=row.get("level", ""))

    def _apart(self, rows: Sequence[Mapping[str, Any]]) -> None:
        lost = [row for row in rows if not self._has_both(row["one"], row["other"])]
        if rows:
            self._figures["wrong_merges"] = float(len(lost))
            self._misses += [
                Miss("wrong_merges", f"{row['one']} | {row['other']}", grade=row.get("kind", "")) for row in lost
            ]

    def _has_both(self, one: str, other: str) -> bool:
        """Whether both are in the store: where they differ in no number or name, in two sentences."""
        if self._stands(one) and self._stands(other):
            return True
        ours, theirs = self._saying(one), self._saying(other)
        differ = _hard_of(one) != _hard_of(other)
        return bool(ours and theirs) and (differ or len({*map(id, ours), *map(id, theirs)}) > 1)

    def _is_stale(self, row: Mapping[str, Any]) -> bool:
        """Whether the store still says what no longer holds."""
        if self._stands(row["stale"]):
            return True
        old, new = _change(row)
        return any(
            old <= sentence.all_words and new.isdisjoint(sentence.all_words) and not sentence.said.renews
            for sentence in self._about(row)
            if not {"NOLONGER", "PAST", "HABIT"} & {*sentence.said.tokens}
        )

    def _about(self, row: Mapping[str, Any]) -> list[Sentence]:
        """The sentences about what a row is about, if it says so."""
        stems = row.get("about", ())
        return [one for one in self._sentences if stems and _names(stems, one.text, *one.owner)]

    def _current(self, row: Mapping[str, Any]) -> _Answer:
        texts = _wordings(row["current"])
        _, new = _change(row)
        good = any(self._stands(text) or self._says(text) for text in texts) or any(
            new <= sentence.all_words for sentence in self._about(row)
        )
        return _Answer(good, texts[0], row.get("path", ""), row.get("form", ""))

    def _has_value(self, row: Mapping[str, Any], value: str) -> bool:
        """Whether a value of a record stands where it stood, or else under the name of what it belongs to."""
        owner = row.get("owner", ())
        return value in self._after.get(row["path"], "") or any(
            value in one.text and owner and _names(owner, one.text, *one.owner) for one in self._sentences
        )

    def _insights(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """`insights` are those with the right count, `surfaced` those that are told once."""
        lines = [line for line in self._text.splitlines() if line.strip()]
        told = [[line for line in lines if _tells(line, row)] for row in rows]
        pairs = list(zip(rows, told, strict=True))
        self._share(
            "insights",
            (_Answer(any(f"(in {row['sessions']} of " in line for line in found), row["text"]) for row, found in pairs),
        )
        self._share("surfaced", (_Answer(len(found) == 1, row["text"]) for row, found in pairs))


def _plain(text: str) -> str:
    """A text in small letters, however it is wrapped."""
    return " ".join(text.casefold().split())


def _sentence_pattern(text: str) -> str:
    """A pattern for a whole sentence, however it is wrapped, with or without its full stop."""
    return r"(?<!\w)" + r"\s+".join(map(re.escape, text.rstrip(".").split())) + r"(?=[.!?]|\s*(?:\n|\Z))"


def _names(stems: Iterable[str], *texts: str) -> bool:
    """Whether each stem is the beginning of a word of one of the texts."""
    plain = f" {' '.join(texts)}".casefold()
    return all(re.search(rf"\b{re.escape(stem.casefold())}", plain) for stem in stems)


def _hard_of(text: str) -> frozenset[str]:
    return frozenset[str]().union(*(sentence.hard for sentence in sentences_of({"": text})))


def _change(row: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """What only the old and what only the new sentence of a contradiction have."""
    old, new = (
        frozenset[str]().union(*(sentence.words | sentence.hard for sentence in sentences_of({"": text})))
        for text in (row["stale"], _wordings(row["current"])[0])
    )
    return old - new, new - old


def _tells(line: str, row: Mapping[str, Any]) -> bool:
    """Whether a line holds a wish in one of its wordings, or all that it is about."""
    if any(text.removesuffix(".").casefold() in line.casefold() for text in row.get("any", [row["text"]])):
        return True
    return bool(row.get("about")) and _names(row["about"], line)


def _wordings(fact: Any) -> list[str]:
    return list(fact["any"]) if isinstance(fact, Mapping) else [fact]
