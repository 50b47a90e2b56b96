"""How well a dream did with a generated world, by the world's own labels."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Share(NamedTuple):
    done: int = 0
    of: int = 0

    @property
    def all(self) -> bool:
        return self.done == self.of

    def __float__(self) -> float:
        return self.done / self.of if self.of else 1.0

    def plus(self, other: "Share") -> "Share":
        return Share(self.done + other.done, self.of + other.of)


def score(labels: Mapping[str, Any], after: Mapping[str, str]) -> dict[str, Share]:
    """What was done of what the labels ask for, in the store `after` a dream."""
    store = "\n".join(after.values())
    text = store.casefold()
    copies = {
        kind: [path for group in labels[kind] for path in group[1:]] for kind in ("duplicates", "near_duplicates")
    }
    facts = [wordings_of(fact) for facts in labels["facts"].values() for fact in facts]
    return {
        "facts": _share(any(wording in store for wording in wordings) for wordings in facts),
        **{kind: _share(path not in after for path in paths) for kind, paths in copies.items()},
        "stale": _share(row["stale"].casefold() not in text for row in labels["contradictions"]),
        "current": _share(row["current"].casefold() in text for row in labels["contradictions"]),
        "noise": _share(path not in after for path in labels["noise"]["memories"]),
        "insights": _share(_learned(insight, text) for insight in labels["insights"]),
    }


def wordings_of(fact: Any) -> list[str]:
    return list(fact["any"]) if isinstance(fact, dict) else [fact]


def _learned(insight: Mapping[str, Any], text: str) -> bool:
    said = insight["text"].removesuffix(".").casefold()
    return any(said in line and f"(in {insight['sessions']} of " in line for line in text.splitlines())


def _share(answers: Any) -> Share:
    answers = list(answers)
    return Share(sum(answers), len(answers))
