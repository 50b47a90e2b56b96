"""How well a dream did: an audit of what became of each line, and a score by labels.

Works on two stores given as texts by path, whoever dreamed. Sentences are compared by their content words and their
*hard* tokens: numbers, identifiers, links, negations. A sentence is *kept* if it stands where it stood, *elsewhere* if
it stands word for word in another place, *reworded* if another sentence has all its hard tokens and most of its words,
else *gone*. Where another sentence has all hard tokens, but so few of the words that it may say something else, that is
listed as *unsure*, with that sentence; a *judge* decides, if there is one.
"""

import json
import os
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

from mockdreams.dreaming.markdown import blocks, sentences
from mockdreams.dreaming.normalize import CLASS, WORD, NormalizedText, keywords, language_of, normalize
from mockdreams.files import read_document, read_text

# The share of a sentence's content that another must have to be it in other words, and to say the same for certain.
REWORDED, SAID = 0.6, 0.9
_TAGS = ("details", "table", "summary", "div")
_DEFINED = re.compile(r"^\[([^\]\n]+)\]:", re.MULTILINE)
_REFERRED = re.compile(r"\]\[([^\]\n]+)\]")

# A sentence with so many words of content besides a value says what the value belongs to.
SELF_STANDING = 4

Store = Mapping[str, str]
Judge = Callable[[str, str], bool]
"""Whether the second of two sentences says what the first one does."""


@dataclass(frozen=True, slots=True)
class Miss:
    """Something a dream did not do as it should: of which kind, to which text, where that stood, what it may be now.

    `grade` is what the label says about its row: in what two wordings differ, how a change is told.
    """

    kind: str
    text: str
    path: str = ""
    became: str = ""
    grade: str = ""

    def __str__(self) -> str:
        became = f" -> {' '.join(self.became.split())}" if self.became else ""
        grade = f" ({self.grade})" if self.grade else ""
        return f"{self.kind}{grade}: {self.path}: {' '.join(self.text.split())}{became}"

    @property
    def figures(self) -> tuple[str, str]:
        """The figures that it lowers: that of its kind, and that of its kind and grade."""
        return self.kind, _graded(self.kind, self.grade)


@dataclass(frozen=True, slots=True)
class Score:
    """Figures by name, and what is behind those that are not perfect.

    Of several dreams over the same, the figures are the means, and `ranges` the lowest and the highest of each.
    """

    figures: Mapping[str, float]
    misses: tuple[Miss, ...]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of_several(cls, scores: Sequence["Score"]) -> "Score":
        """The means and ranges of several scores, and what any of them missed."""
        values = {name: [score.figures[name] for score in scores] for name in scores[0].figures}
        return cls(
            {name: round(sum(each) / len(each), 4) for name, each in values.items()},
            tuple(dict.fromkeys(miss for score in scores for miss in score.misses)),
            {name: (min(each), max(each)) for name, each in values.items()},
        )

    def line(self) -> str:
        return "  ".join(f"{name} {self.told(name)}" for name in self.figures)

    def told(self, name: str) -> str:
        """A figure, with its range if it is a mean."""
        low, high = self.ranges.get(name, (0.0, 0.0))
        return f"{self.figures[name]:g}" + (f" ({low:g} to {high:g})" if name in self.ranges else "")

    def json(self) -> str:
        misses = [
            {"kind": miss.kind, "text": miss.text, "path": miss.path}
            | {name: value for name in ("became", "grade") if (value := getattr(miss, name))}
            for miss in self.misses
        ]
        told: dict[str, Any] = {"figures": dict(self.figures)}
        told |= {"ranges": dict(self.ranges)} if self.ranges else {}
        return json.dumps(told | {"misses": misses}, ensure_ascii=False, indent=2)

    def junit(self) -> str:
        by_kind: dict[str, list[Miss]] = defaultdict(list)
        for miss in self.misses:
            by_kind[miss.kind].append(miss)
        cases = [
            f'<testcase classname="dream" name={quoteattr(kind)}><failure message={quoteattr(f"{len(missed)} {kind}")}>'
            + "".join(f"{_xml(str(miss).partition(': ')[2])}\n" for miss in missed)
            + "</failure></testcase>"
            for kind, missed in by_kind.items()
        ]
        missed = {name for miss in self.misses for name in miss.figures}
        cases += [
            f'<testcase classname="dream" name={quoteattr(name)}/>' for name in self.figures if name not in missed
        ]
        head = f'<testsuite name="mockdreams score" tests="{len(cases)}" failures="{len(by_kind)}">'
        return f"{head}{''.join(cases)}</testsuite>\n"

    def markdown(self) -> str:
        """The figures as a table, and the misses as a list."""
        rows = [f"| {name} | {self.told(name)} |\n" for name in self.figures]
        missed = [f"- {miss.kind}: `{miss.path}` {' '.join(miss.text.split())}\n" for miss in self.misses]
        return "".join(("| figure | value |\n", "|---|---|\n", *rows, *(["\n", *missed] if missed else ())))

    def worse_than(self, baseline: Mapping[str, float]) -> dict[str, tuple[float, float]]:
        """The figures that got worse, with what they were and what they are."""
        known = {name: (baseline[name], value) for name, value in self.figures.items() if name in baseline}
        return {name: (was, now) for name, (was, now) in known.items() if (now > was if name in COUNTS else now < was)}

    def below(self, limits: Mapping[str, float]) -> list[str]:
        """The limits that are not met: a count may not be above, a share not below. KeyError for no figure."""
        return [
            name
            for name, limit in limits.items()
            if (self.figures[name] > limit if name in COUNTS else self.figures[name] < limit)
        ]


COUNTS = frozenset("gone unsure tokens_gone invented markup torn misattributed wrong_merges".split())
"""Figures of which less is better."""


def _graded(name: str, grade: str) -> str:
    """The name of a figure for the rows of one grade: "near_function_words"."""
    return "_".join((name, *grade.split()))


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True, slots=True)
class _Sentence:
    path: str
    text: str
    said: NormalizedText
    hard: frozenset[str]
    words: frozenset[str]
    owner: frozenset[str]
    """The words of the headings that it stands under, or of its file."""

    @property
    def all_words(self) -> frozenset[str]:
        return self.words | self.hard | self.owner


def _sentences(store: Store) -> list[_Sentence]:
    found = []
    for path, content in store.items():
        language = language_of(content)
        headings: list[tuple[int, frozenset[str]]] = []
        file = frozenset(keywords(path.rpartition("/")[2].removesuffix(".md")))
        for block in blocks(content):
            if block.kind == "heading":
                headings = [one for one in headings if one[0] < block.level]
                headings.append((block.level, frozenset(keywords(block.text))))
            if block.kind in ("gap", "heading"):
                continue
            owner = frozenset[str]().union(*(words for _, words in headings)) or file
            said = normalize(block.text, language)
            marked = zip(said.tokens, said.kinds, strict=True)
            hard = frozenset(token for token, kind in marked if kind not in (WORD, CLASS, "name")) | {
                token for token in said.tokens if token in ("NOT", "NOLONGER")
            }
            found.append(_Sentence(path, block.text, said, hard, frozenset(said.content), owner))
    return found


def _hard(content: str) -> list[str]:
    """The numbers, links and code spans of a text, as they are written."""
    chunks = (chunk.strip(".,;:!?()[]*_\"'") for chunk in content.split())
    return [chunk for chunk in chunks if "://" in chunk or "`" in chunk or any(map(str.isdigit, chunk))]


class _Index:
    """The sentences of a store, by their words."""

    def __init__(self, sentences: Iterable[_Sentence]) -> None:
        self._by_word: dict[str, list[_Sentence]] = defaultdict(list)
        for sentence in sentences:
            for word in sentence.words:
                self._by_word[word].append(sentence)

    def most_like(self, sentence: _Sentence) -> tuple[float, _Sentence | None]:
        """The sentence with all hard tokens and most words of another one, and the share of words it has."""
        rare = sorted(sentence.words, key=lambda word: (len(self._by_word.get(word, ())), word))
        best: tuple[float, _Sentence | None] = (0.0, None)
        for word in rare[: max(1, len(rare) // 2 + 1)]:
            for other in self._by_word.get(word, ())[:200]:
                if sentence.hard <= other.hard:
                    share = len(sentence.words & other.words) / len(sentence.words)
                    if share > best[0]:
                        best = share, other
        return best


def audit(before: Store, after: Store, said: Iterable[str] = (), judge: Judge | None = None) -> Score:
    """What became of each sentence of a store, without labels. `said` are the texts of the sessions."""
    old, new = _sentences(before), _sentences(after)
    places = Counter((sentence.path, sentence.text) for sentence in new)
    texts = Counter(sentence.text for sentence in new)
    bags = Counter(sentence.said.key for sentence in new)
    index, misses, became = _Index(new), [], Counter[str]()
    for sentence in old:
        if places[sentence.path, sentence.text]:
            became["kept"] += 1
        elif texts[sentence.text]:
            became["elsewhere"] += 1
        elif bags[sentence.said.key]:
            became["reworded"] += 1
        else:
            share, other = index.most_like(sentence)
            verdict = _verdict(sentence.text, share, other, judge)
            became["gone" if verdict == "gone" else "reworded"] += 1
            if verdict != "said":
                likely = other.text if other and verdict == "unsure" else ""
                misses.append(Miss(verdict, sentence.text, sentence.path, likely))
    known = {token for content in after.values() for token in _hard(content)}
    once = Counter(token for content in before.values() for token in _hard(content))
    for path, content in before.items():
        lost = [token for token in dict.fromkeys(_hard(content)) if once[token] == 1 and token not in known]
        misses.extend(Miss("tokens_gone", token, path) for token in lost)
    misses += _misattributed(old, new, once)
    misses += _invented(before, new, said)
    misses += [
        Miss("markup", fault, path)
        for path, content in after.items()
        for fault in _faults(content, before.get(path, ""))
    ]
    misses += [
        Miss("torn", text, path) for path, content in before.items() for text in _torn(content, after.get(path, ""))
    ]
    counts = Counter(miss.kind for miss in misses)
    total = max(1, len(old))
    figures: dict[str, float] = {name: round(became[name] / total, 4) for name in ("kept", "elsewhere", "reworded")}
    figures |= {
        name: float(counts[name])
        for name in ("gone", "unsure", "tokens_gone", "misattributed", "invented", "markup", "torn")
    }
    figures["size"] = round(sum(map(len, after.values())) / max(1, sum(map(len, before.values()))), 4)
    return Score(figures, tuple(misses))


def _verdict(text: str, share: float, other: _Sentence | None, judge: Judge | None) -> str:
    """Whether a sentence is said by the one most like it: said, gone, or unsure."""
    if other is None or share < REWORDED:
        return "gone"
    if share >= SAID:
        return "said"
    if judge is None:
        return "unsure"
    return "said" if judge(text, other.text) else "gone"


def _misattributed(old: Iterable[_Sentence], new: Iterable[_Sentence], once: Mapping[str, int]) -> Iterator[Miss]:
    """Values in short sentences that now stand under headings which share nothing with those they stood under."""
    places: dict[str, list[_Sentence]] = defaultdict(list)
    for sentence in new:
        for token in {*_hard(sentence.text)}:
            places[token].append(sentence)
    for sentence in old:
        for token in dict.fromkeys(_hard(sentence.text)):
            if once[token] != 1 or len(sentence.words) > SELF_STANDING or not (places[token] and sentence.owner):
                continue
            if all(sentence.owner.isdisjoint(other.owner | other.words) for other in places[token]):
                other = places[token][0]
                yield Miss("misattributed", sentence.text, sentence.path, f"{other.path}: {other.text}")


def _invented(before: Store, new: Iterable[_Sentence], said: Iterable[str]) -> list[Miss]:
    source = {word for text in (*before.values(), *said) for word in re.findall(r"\w+", text.casefold())}
    source |= {"in", "of", "session", "sessions", "insights", "from", "past"}
    support = re.compile(r" \(in \d+ of \d+ sessions?\)$")
    return [
        Miss("invented", sentence.text, sentence.path)
        for sentence in new
        if not source.issuperset(re.findall(r"\w+", support.sub("", sentence.text).casefold()))
    ]


def _faults(content: str, before: str) -> list[str]:
    """What is broken in a memory that was not broken before: fences, tags, links, labels with nothing under them."""
    return [fault for fault in _broken(content) if fault not in _broken(before)]


def _torn(before: str, after: str) -> Iterator[str]:
    """The sentences that were cut out of running text of which the rest still stands, with nothing in their place."""
    for paragraph in _paragraphs(before):
        kept = [text in after for text in paragraph]
        for at, text in enumerate(paragraph):
            if kept[at] or not any(kept):
                continue
            ahead = [other for other, stays in zip(paragraph[:at], kept[:at], strict=True) if stays]
            behind = [other for other, stays in zip(paragraph[at:], kept[at:], strict=True) if stays]
            start = after.index(ahead[-1]) + len(ahead[-1]) if ahead else None
            end = after.index(behind[0]) if behind else None
            if _nothing_between(after, start, end):
                yield text


def _nothing_between(text: str, start: int | None, end: int | None) -> bool:
    """Whether only space stands between two places of a paragraph, or between one of them and its edge."""
    if start is not None and end is not None:
        return not text[start:end].strip()
    if end is not None:
        return text[:end].rstrip(" \t")[-1:] in ("", "\n")
    return start is not None and text[start:].lstrip(" \t")[:1] in ("", "\n")


def _paragraphs(content: str) -> Iterator[list[str]]:
    """The sentences of each paragraph that is running text, and no list with a line for each."""
    for is_text, run in groupby(blocks(content), key=lambda block: block.kind == "sentence"):
        cut = list(sentences("".join(block.raw for block in run))) if is_text else []
        if not all(text.endswith("\n") for text in cut[:-1]):
            yield [text.strip() for text in cut]


def _is_rule(line: str) -> bool:
    """Whether a line of a table is the one below its head."""
    return "-" in line and not line.strip(" \t|:-")


def _broken(content: str) -> list[str]:
    faults = []
    lines = content.splitlines()
    if sum(line.lstrip().startswith(("```", "~~~")) for line in lines) % 2:
        faults.append("a fence is not closed")
    tags = [tag for tag in _TAGS if content.count(f"<{tag}") != content.count(f"</{tag}>")]
    faults += [f"<{tag}> is not closed" for tag in tags]
    if lines[:1] == ["---"] and "---" not in (line.rstrip() for line in lines[1:]):
        faults.append("the front matter is not closed")
    cut = blocks(content)
    tables = [block.text.splitlines() for block in cut if block.kind == "block" and block.text.startswith("|")]
    faults += [
        f"the table {table[0]!r} has lost its rule" for table in tables if len(table) > 1 and not _is_rule(table[1])
    ]
    inner = [block for block in cut if block.kind != "gap"]
    faults += [
        f"nothing stands under {block.text!r}"
        for block, following in zip(inner, [*inner[1:], None], strict=True)
        if block.kind == "heading" and (following is None or following.level <= block.level)
    ]
    missing = set(_REFERRED.findall(content)) - set(_DEFINED.findall(content))
    faults += [f"the link [{name}] has no definition" for name in sorted(missing)]
    filled = [line for line in lines if line.strip()]
    if filled and filled[-1].rstrip("*_ ").endswith(":"):
        faults.append(f"nothing follows {filled[-1].strip()!r}")
    return faults


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
        self._sentences = _sentences(after)
        self._index = _Index(self._sentences)
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
            figure = _graded(name, grade)
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
        likely = [self._index.most_like(sentence) for sentence in _sentences({"": text}) if sentence.words]
        verdicts = {_verdict(text, share, other, self._judge) for share, other in likely} or {"gone"}
        if "gone" not in verdicts and "unsure" in verdicts:
            became = next(other.text for share, other in likely if other and share < SAID)
            self._unsure.append(Miss("unsure", text, "", became))
        return verdicts == {"said"}

    def _saying(self, text: str) -> list[_Sentence]:
        """The sentences that say a text for certain, however they are put."""
        asked = _sentences({"": text})
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
        return all(self._times([sentence.text]) <= 1 for sentence in _sentences({path: self._before.get(path, "")}))

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
            if not {"NOLONGER", "PAST"} & {*sentence.said.tokens}
        )

    def _about(self, row: Mapping[str, Any]) -> list[_Sentence]:
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
    return frozenset[str]().union(*(sentence.hard for sentence in _sentences({"": text})))


def _change(row: Mapping[str, Any]) -> tuple[frozenset[str], frozenset[str]]:
    """What only the old and what only the new sentence of a contradiction have."""
    old, new = (
        frozenset[str]().union(*(sentence.words | sentence.hard for sentence in _sentences({"": text})))
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


def load_store(source: str | Path) -> dict[str, str]:
    """The memories of a folder, or of the first store of a world, by path. ValueError if there are none."""
    path = Path(source)
    if os.path.isdir(path):
        return {
            f"/{file.relative_to(path).as_posix()}": read_text(file)
            for file in sorted(path.rglob("*"))
            if file.is_file()
        }
    world = read_document(path)
    stores = world.get("memory_stores") if isinstance(world, dict) else None
    if stores:
        with suppress(LookupError, TypeError, AttributeError):
            return _texts({memory["path"]: memory["content"] for memory in stores[0]["memories"]})
    elif isinstance(world, dict) and world:
        with suppress(TypeError):
            return _texts(world)
    raise ValueError(f"{source} is no folder, no world with a memory store, and no texts by path")


def load_labels(source: str | Path) -> dict[str, Any]:
    """The labels of a world, or a file of labels alone."""
    document = read_document(source)
    labels = document.get("labels", document) if isinstance(document, dict) else None
    if not isinstance(labels, dict):
        raise ValueError(f"{source} holds no labels")
    return labels


def load_judge(name: str) -> Judge:
    """The function that `module:function` names. ValueError if there is none."""
    module, _, function = name.partition(":")
    try:
        judge = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as absent:
        raise ValueError(f"there is no judge {name}: {absent}") from None
    if not callable(judge):
        raise ValueError(f"{name} cannot be called")
    found: Judge = judge
    return found


def load_figures(source: str | Path) -> dict[str, float]:
    """The figures of a score that was kept as JSON."""
    document = read_document(source)
    figures = document.get("figures") if isinstance(document, dict) else None
    if not isinstance(figures, dict) or not all(isinstance(value, int | float) for value in figures.values()):
        raise ValueError(f"{source} holds no figures")
    return figures


def _texts(store: dict[Any, Any]) -> dict[str, str]:
    """Texts by path. Raises TypeError for anything else."""
    for path, text in store.items():
        if not isinstance(path, str) or not isinstance(text, str):
            raise TypeError(path)
        f"{path}{text}".encode()  # no lone surrogates
    return store


def contents(client: Any, store_id: str) -> dict[str, str]:
    """The memories of a store by path, through any client of the official SDK."""
    listed = client.beta.memory_stores.memories.list(store_id, view="full")
    return {memory.path: memory.content or "" for memory in listed if getattr(memory, "content", None) is not None}


class Dreamed(NamedTuple):
    """What a dream read and what it made of it: both stores, and what was said in its sessions."""

    before: dict[str, str]
    after: dict[str, str]
    said: tuple[str, ...]


def gather(client: Any, dream_id: str) -> Dreamed:
    """Both stores of a dream and its sessions, through any client of the official SDK, of any endpoint.

    Raises ValueError for a dream that has no output store of its own.
    """
    dream = client.beta.dreams.retrieve(dream_id)
    given = {entry.type: entry for entry in dream.inputs}
    store_id = given["memory_store"].memory_store_id
    output_id = next((output.memory_store_id for output in dream.outputs), None)
    if output_id in (None, store_id):
        why = "has no output store yet" if output_id is None else "writes to the store that it reads"
        raise ValueError(f"{dream_id} {why}: there are no two stores to compare")
    session_ids = given["sessions"].session_ids if "sessions" in given else ()
    said = tuple(text for session_id in session_ids for text in _said(client, session_id))
    return Dreamed(contents(client, store_id), contents(client, output_id), said)


def _said(client: Any, session_id: str) -> Iterator[str]:
    for event in client.beta.sessions.events.list(session_id, types=["user.message", "agent.message"], limit=1000):
        for part in event.content:
            if part.type == "text":
                yield part.text


def assert_dream(
    client: Any, dream: Any, labels: Mapping[str, Any] | None = None, *, judge: Judge | None = None, **limits: float
) -> Score:
    """Score a dream; fail with the list of misses if a limit is not met. By default nothing is invented or broken."""
    before, after, said = gather(client, getattr(dream, "id", dream))
    result = score(labels, before, after, judge) if labels is not None else audit(before, after, said, judge)
    missed = result.below(
        limits or ({"markup": 0, "invented": 0} if labels is None else dict.fromkeys(result.figures, 1))
    )
    if missed:
        listed = "\n".join(
            f"  {miss.kind}: {miss.path} {miss.text!r}" + (f" -> {miss.became!r}" if miss.became else "")
            for miss in result.misses
            if not {*missed}.isdisjoint(miss.figures)
        )
        raise AssertionError(f"{', '.join(missed)} not met: {result.line()}\n{listed}")
    return result


__all__ = ["Dreamed", "Miss", "Score", "assert_dream", "audit", "gather", "load_labels", "load_store", "score"]
