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
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import quoteattr

from mockdreams.dreaming.markdown import blocks
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
    """Something a dream did not do as it should: of which kind, to which text, where that stood, what it may be now."""

    kind: str
    text: str
    path: str = ""
    became: str = ""

    def __str__(self) -> str:
        became = f" -> {' '.join(self.became.split())}" if self.became else ""
        return f"{self.kind}: {self.path}: {' '.join(self.text.split())}{became}"


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
            {"kind": miss.kind, "text": miss.text, "path": miss.path} | ({"became": miss.became} if miss.became else {})
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
        cases += [f'<testcase classname="dream" name={quoteattr(n)}/>' for n in self.figures if n not in by_kind]
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


COUNTS = frozenset("gone unsure tokens_gone invented markup misattributed wrong_merges".split())
"""Figures of which less is better."""


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
    counts = Counter(miss.kind for miss in misses)
    total = max(1, len(old))
    figures: dict[str, float] = {name: round(became[name] / total, 4) for name in ("kept", "elsewhere", "reworded")}
    figures |= {
        name: float(counts[name]) for name in ("gone", "unsure", "tokens_gone", "misattributed", "invented", "markup")
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
    """How well a dream did by labels: those of `mockdreams generate`, and any part of them."""
    new = _sentences(after)
    index, misses = _Index(new), list[Miss]()
    figures: dict[str, float] = {}

    def share(name: str, answers: Iterable[tuple[bool, str, str]]) -> None:
        all_of = list(answers)
        if all_of:
            misses.extend(Miss(name, text, path) for good, text, path in all_of if not good)
            figures[name] = round(sum(good for good, *_ in all_of) / len(all_of), 4)

    unsure: list[Miss] = []

    def says(text: str) -> bool:
        if any(text in content for content in after.values()):
            return True
        likely = [index.most_like(sentence) for sentence in _sentences({"": text}) if sentence.words]
        verdicts = {_verdict(text, share, other, judge) for share, other in likely} or {"gone"}
        if "gone" not in verdicts and "unsure" in verdicts:
            became = next(other.text for share, other in likely if other and share < SAID)
            unsure.append(Miss("unsure", text, "", became))
        return verdicts == {"said"}

    facts = [(path, _wordings(fact)) for path, listed in labels.get("facts", {}).items() for fact in listed]
    share("facts", ((any(map(says, texts)), texts[0], path) for path, texts in facts))
    share("near", ((_times(after, row["any"]) == 1, row["any"][0], "") for row in labels.get("near", ())))
    apart = list(labels.get("apart", ()))
    lost = [
        row for row in apart if not all(any(row[side] in text for text in after.values()) for side in ("one", "other"))
    ]
    if apart:
        figures["wrong_merges"] = float(len(lost))
        misses += [Miss("wrong_merges", f"{row['one']} | {row['other']}") for row in lost]
    rows = labels.get("contradictions", ())
    text = "\n".join(after.values()).casefold()
    share("stale", ((row["stale"].casefold() not in text, row["stale"], row.get("in", "")) for row in rows))
    share("current", ((row["current"].casefold() in text, row["current"], row.get("path", "")) for row in rows))
    records = [(row["path"], value) for row in labels.get("records", ()) for value in row["values"]]
    share("records", ((value in after.get(path, ""), value, path) for path, value in records))
    share(
        "blocks",
        ((row["text"] in after.get(row["path"], ""), row["text"], row["path"]) for row in labels.get("blocks", ())),
    )
    noise = labels.get("noise", {})
    dropped = [(path not in after, path, path) for path in noise.get("memories", ())]
    dropped += [(fact.casefold() not in text, fact, "") for fact in noise.get("facts", ())]
    share("noise", dropped)
    share("insights", ((_learned(row, text), row["text"], "") for row in labels.get("insights", ())))
    return Score(figures, (*misses, *unsure))


def _times(store: Store, wordings: Iterable[str]) -> int:
    lines = [line.strip().lstrip("-*+ ") for content in store.values() for line in content.splitlines()]
    return sum(line in set(wordings) for line in lines)


def _learned(row: Mapping[str, Any], text: str) -> bool:
    wordings = [wording.removesuffix(".").casefold() for wording in row.get("any", [row["text"]])]
    support = f"(in {row['sessions']} of "
    return any(support in line and any(said in line for said in wordings) for line in text.splitlines())


def _wordings(fact: Any) -> list[str]:
    return list(fact["any"]) if isinstance(fact, dict) else [fact]


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
            if miss.kind in missed
        )
        raise AssertionError(f"{', '.join(missed)} not met: {result.line()}\n{listed}")
    return result


__all__ = ["Dreamed", "Miss", "Score", "assert_dream", "audit", "gather", "load_labels", "load_store", "score"]
