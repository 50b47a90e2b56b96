"""What became of each memory: the store before, the store after, and where what is gone went to. Pure functions."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rapidfuzz import fuzz

from mockdreams.review.diff import diff, lines_of, statement
from mockdreams.review.model import Change, Source

_WORD = re.compile(r"\w{3,}")
_SAME_LINE = 85
"""From this similarity on (of 100) two lines say the same."""
_MOVED = 60
"""From this similarity on a memory that is gone is the one that is new elsewhere."""
_MERGED = 0.5
"""A memory went into another if this much of it is said there."""
_CANDIDATES = 3
_COMMON_WORD = 16
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
    sources: dict[str, list[str]] = defaultdict(list)
    for path, target in _targets(left, {path: one for path, one in after.items() if path not in renamed}).items():
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
    lines = diff(
        "" if own is None else own.content,
        "" if memory is None else memory.content,
        {one.path: one.content for one in merged},
    )
    return Change(
        kind=kind,  # type: ignore[arg-type]
        path=shown.path,
        sources=tuple(
            Source(path=s.path, content_sha256=s.content_sha256, content_size_bytes=s.content_size_bytes)
            for s in sources
        ),
        before=None if own is None else own.content,
        after=None if memory is None else memory.content,
        content_sha256=None if memory is None else memory.content_sha256,
        diff=() if kind == "kept" else lines,
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


def _targets(gone: Contents, after: Contents) -> dict[str, str]:
    """Into which memory of the output each that is gone went, if its statements are found in one."""
    found = {}
    for path, candidates in _candidates(gone, after).items():
        content = gone[path].content
        said = {line.lower() for line in map(statement, lines_of(content)) if line}
        covered = [(_coverage(said, after[other].content), -rank, other) for rank, other in enumerate(candidates)]
        if covered and max(covered)[0] >= _MERGED:
            found[path] = max(covered)[2]
    return found


def _candidates(gone: Contents, after: Contents) -> dict[str, list[str]]:
    """For each memory that is gone, those that share the most of its lines and rare words with it."""
    homes: dict[str, list[str]] = defaultdict(list)
    for path, memory in gone.items():
        for feature in _features(memory.content):
            homes[feature].append(path)
    rare = {feature: paths for feature, paths in homes.items() if len(paths) <= _COMMON_WORD}
    scores: dict[str, Counter[str]] = {path: Counter() for path in gone}
    for other, memory in after.items() if rare else ():
        for feature in rare.keys() & _features(memory.content):
            paths = rare[feature]
            weight = _WEIGHT * len(feature) // len(paths)
            for path in paths:
                scores[path][other] += weight
    return {path: [other for other, _ in score.most_common(_CANDIDATES)] for path, score in scores.items()}


def _features(content: str) -> set[str]:
    """The words of a memory, and its lines."""
    text = content.lower()
    features = set(_WORD.findall(text))
    features.update(filter(None, map(statement, text.split("\n"))))
    return features


def _coverage(said: Iterable[str], content: str) -> float:
    """How much of what was said is said in `content`, by length."""
    there = {line.lower() for line in map(statement, lines_of(content)) if line}
    said = set(said)
    whole = sum(map(len, said))
    found = sum(len(line) for line in said & there)
    missing, others = said - there, there - said
    if len(missing) * len(others) <= _MOST_LINE_PAIRS:
        found += sum(len(line) for line in missing if any(_says_the_same(line, other) for other in others))
    return found / whole if whole else 0


def _says_the_same(one: str, other: str) -> bool:
    return len(one) <= _LONGEST_COMPARED and fuzz.ratio(one, other[:_LONGEST_COMPARED], score_cutoff=_SAME_LINE) > 0


def _likeness(one: str, other: str) -> float:
    return fuzz.ratio(one[:_LONGEST_COMPARED], other[:_LONGEST_COMPARED])
