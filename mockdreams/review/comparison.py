"""What became of each memory: the store before, the store after, and where what is gone went to. Pure functions."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from heapq import nsmallest
from typing import NamedTuple

from rapidfuzz import fuzz, process

from mockdreams.review.diff import diff, statements_of
from mockdreams.review.model import Change, Source

_WORD = re.compile(r"\w{3,}")
_SAME_LINE = 85
"""From this similarity on (of 100) two lines say the same."""
_MOVED = 60
"""From this similarity on a memory that is gone is the one that is new elsewhere."""
_MERGED = 0.5
"""A memory went into another if this much of it is said there."""
_CANDIDATES = 3
_RAREST = 10
"""So many words of a memory are looked for."""
_COMMON = 16
"""What more memories than this say tells none from another."""
_WEIGHT = 5_040
"""Weights are whole numbers, whose sum depends on no order."""
_LONGEST_COMPARED = 10_000
_MOST_LINE_PAIRS = 4_000


class MemoryText(NamedTuple):
    """A memory as it stands, or stood."""

    path: str
    content: str
    content_sha256: str
    content_size_bytes: int
    id: str = ""


Contents = Mapping[str, MemoryText]
"""Memories by their path."""


def compare(before: Contents, after: Contents, renamed: Mapping[str, str] | None = None) -> list[Change]:
    """Each memory of both stores once, in the order of the paths.

    `renamed` says where memories were that are known to be the same, by where they are now.
    """
    before, after = dict(sorted(before.items())), dict(sorted(after.items()))
    gone = {path: memory for path, memory in before.items() if path not in after}
    renamed = {new: old for new, old in (renamed or {}).items() if old in gone and new in after and new not in before}
    renamed |= _moved_unchanged(gone, before, after, set(renamed) | set(renamed.values()))
    left = {path: memory for path, memory in gone.items() if path not in renamed.values()}
    free = {path: memory for path, memory in after.items() if path not in renamed}
    sources: dict[str, list[str]] = defaultdict(list)
    for path, target in _targets(left, before, free).items():
        sources[target].append(path)
    absorbed = {path for paths in sources.values() for path in paths}
    changes = [_arrived(before, memory, sources.get(path, []), renamed.get(path)) for path, memory in after.items()]
    changes += [_change("dropped", memory, None, []) for path, memory in left.items() if path not in absorbed]
    return sorted(changes, key=lambda change: change.path)


def _arrived(before: Contents, memory: MemoryText, sources: list[str], was_at: str | None) -> Change:
    """What became of a memory that is in the output."""
    merged = [before[path] for path in sources]
    own = before.get(memory.path if was_at is None else was_at)
    if was_at is not None:
        return _change("moved", own, memory, [])
    if own is None and len(merged) == 1 and _likeness(merged[0].content, memory.content) >= _MOVED:
        return _change("moved", merged[0], memory, [])
    if own is None and merged:
        return _change("merged", merged[0], memory, merged[1:])
    if merged:
        return _change("merged", own, memory, merged)
    if own is None:
        return _change("added", None, memory, [])
    return _change("kept" if own.content == memory.content else "changed", own, memory, [])


def _change(kind: str, own: MemoryText | None, memory: MemoryText | None, merged: list[MemoryText]) -> Change:
    sources = [*([own] if own is not None else []), *merged]
    shown = memory or own
    assert shown is not None
    before, after = "" if own is None else own.content, "" if memory is None else memory.content
    return Change(
        kind=kind,
        path=shown.path,
        sources=tuple(
            Source(path=s.path, content_sha256=s.content_sha256, content_size_bytes=s.content_size_bytes)
            for s in sources
        ),
        before=None if own is None else own.content,
        after=None if memory is None else memory.content,
        content_sha256=None if memory is None else memory.content_sha256,
        diff=() if kind == "kept" else diff(before, after, {one.path: one.content for one in merged}),
        bytes_before=sum(source.content_size_bytes for source in sources),
        bytes_after=0 if memory is None else memory.content_size_bytes,
        state="kept" if kind == "kept" else "open",
    )


def _moved_unchanged(gone: Contents, before: Contents, after: Contents, known: set[str]) -> dict[str, str]:
    """Where memories were whose whole content is at a new path now; of several equal ones, that with the same name."""
    homes: dict[str, list[str]] = defaultdict(list)
    for path, memory in gone.items():
        if path not in known:
            homes[memory.content].append(path)
    found = {}
    for path, memory in after.items():
        candidates = homes.get(memory.content)
        if path not in before and path not in known and candidates:
            name = path.rpartition("/")[2]
            old = next((one for one in candidates if one.rpartition("/")[2] == name), candidates[0])
            candidates.remove(old)
            found[path] = old
    return found


def _targets(gone: Contents, before: Contents, after: Contents) -> dict[str, str]:
    """Into which memory of the output each that is gone went, if its statements are found in one."""
    found: dict[str, str] = {}
    if not gone:
        return found
    there = {path: _said(memory.content) for path, memory in after.items()}
    for path, candidates in _candidates(gone, before, after, there).items():
        said = _said(gone[path].content)
        covered = [(_coverage(said, there[other]), other) for other in candidates]
        most, best = max(covered, key=lambda each: each[0], default=(0.0, ""))
        if most >= _MERGED:
            found[path] = best
    return found


def _said(content: str) -> set[str]:
    """What a memory says, line by line, whatever the case."""
    return set(filter(None, statements_of(content.lower())))


def _candidates(
    gone: Contents, before: Contents, after: Contents, there: Mapping[str, set[str]]
) -> dict[str, list[str]]:
    """For each memory that is gone, those that share the most of its lines, or of its rarest words if they changed."""
    homes = _index(gone)
    scores: dict[str, Counter[str]] = {path: Counter() for path in gone}
    for other, memory in after.items():
        kept = other in before and before[other].content == memory.content
        features = there[other] if kept else there[other] | _words(memory.content)
        for feature in homes.keys() & features:
            weight, paths = homes[feature]
            for path in paths:
                scores[path][other] += weight
    return {path: [other for other, _ in score.most_common(_CANDIDATES)] for path, score in scores.items()}


def _index(gone: Contents) -> dict[str, tuple[int, list[str]]]:
    """The memories that are gone by their lines and their rarest words, each with what it weighs."""
    words = {path: _words(memory.content) for path, memory in gone.items()}
    counts = Counter(word for each in words.values() for word in each)
    homes: dict[str, list[str]] = defaultdict(list)
    for path, memory in gone.items():
        rarest = nsmallest(_RAREST, words[path], key=lambda word: (counts[word], -len(word), word))
        for feature in {*rarest, *_said(memory.content)}:
            homes[feature].append(path)
    return {
        feature: (_WEIGHT * len(feature) // len(paths), paths)
        for feature, paths in homes.items()
        if len(paths) <= _COMMON
    }


def _words(content: str) -> set[str]:
    return set(_WORD.findall(content.lower()))


def _coverage(said: set[str], there: set[str]) -> float:
    """How much of what was said is said there, by length."""
    whole = sum(map(len, said))
    found = sum(map(len, said & there))
    missing, others = said - there, [line[:_LONGEST_COMPARED] for line in there - said]
    if found < whole and len(missing) * len(others) <= _MOST_LINE_PAIRS:
        found += sum(len(line) for line in missing if _is_among(line[:_LONGEST_COMPARED], others))
    return found / whole if whole else 0


def _is_among(line: str, others: list[str]) -> bool:
    """Whether one of the others says the same, but for a few letters."""
    return process.extractOne(line, others, scorer=fuzz.ratio, score_cutoff=_SAME_LINE) is not None


def _likeness(one: str, other: str) -> float:
    return fuzz.ratio(one[:_LONGEST_COMPARED], other[:_LONGEST_COMPARED])
