"""What an answer means, against what was recorded: fields, types, values, order; never what differs by nature."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Literal

from mockdreams.contract.recording.placeholders import ID, MASK, NAME, PlaceholderBindings, literal, prefix_of

MismatchKind = Literal["status", "missing", "extra", "type", "value", "order"]
RANKS = {"pending": 0, "rescheduling": 1, "running": 1}
"""How far a record has come that still moves by itself; any other status comes last."""
TEXTS = frozenset({"message", "text"})
"""Wording, which need not be the same."""
COUNTS = frozenset({"usage", "model_usage", "stats"})
_COUNT = re.compile(r"_(tokens|seconds)$")
SIZE = "content_size_bytes"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d:\d\d)")
_DECIMAL = re.compile(r"\d+(\.\d+)?")
_ANY_ID = r"[a-z]+_[0-9A-Za-z_=-]+"
Later = Callable[[str], frozenset[str]]


@dataclass(frozen=True)
class Mismatch:
    """A difference between what was recorded and what was answered."""

    kind: MismatchKind
    place: str
    recorded: Any = None
    answered: Any = None

    @property
    def is_field(self) -> bool:
        """Whether a field is missing or too many, and not an item of a list."""
        return self.kind in ("missing", "extra") and not self.place.endswith("]")

    @property
    def is_yet_to_come(self) -> bool:
        """Whether something is null or not in a list that a record may have once it has come further."""
        return self.answered is None and (self.kind == "type" or (self.kind == "missing" and self.place.endswith("]")))

    def __str__(self) -> str:
        match self.kind:
            case "missing":
                return f"{self.place}: missing; recorded {_short(self.recorded)}"
            case "extra":
                return f"{self.place}: not recorded; answered {_short(self.answered)}"
            case "order":
                return (
                    f"{self.place}: another order; recorded {_short(self.recorded)}, answered {_short(self.answered)}"
                )
            case _:
                return f"{self.place}: recorded {_short(self.recorded)}, answered {_short(self.answered)}"


class AnswerComparison:
    """Compares values with recorded ones, and learns from them what the names of the cassette stand for.

    A record that has come further than when it was recorded, to a status that the recording shows `later`, is `ahead`:
    only its fields are compared. So is one that runs already. One that is not yet so far makes the answer `behind`.
    """

    def __init__(self, bindings: PlaceholderBindings, later: Later = lambda name: frozenset()) -> None:
        self.bindings = bindings
        self.found: list[Mismatch] = []
        self.ahead = False
        self.behind = False
        self._later = later

    def values(self, place: str, ours: Any, theirs: Any, *, counted: bool = False) -> None:
        """Compare `theirs` with the recorded `ours`; `counted` values are only the same sort of number."""
        key = place.rpartition(".")[2]
        counted = counted or key in COUNTS or _COUNT.search(key) is not None
        counted |= self.bindings.altered and key == SIZE
        if _kind(ours) != _kind(theirs):
            self._differ("type", place, ours, theirs)
        elif isinstance(ours, dict):
            self._records(place, ours, theirs, counted)
        elif isinstance(ours, list):
            self.lists(place, ours, theirs)
        elif isinstance(ours, str):
            if not self._strings(key, ours, theirs, counted):
                self._differ("value", place, self._told(ours), theirs)
        elif not (theirs >= 0 if counted and _kind(ours) == "number" else ours == theirs):
            self._differ("value", place, ours, theirs)

    def lists(self, place: str, ours: list[Any], theirs: list[Any]) -> None:
        """Compare lists item by item, each with the one that it is most likely to be."""
        our_keys, their_keys = [self._who(item) for item in ours], [self._who(item, True) for item in theirs]
        our_forms, their_forms = our_keys, their_keys
        if len(set(our_keys)) < len(our_keys):  # they are told apart by everything that they say
            our_forms, their_forms = [self._recorded_form(item) for item in ours], [self._form(item) for item in theirs]
        if our_forms != their_forms and sorted(our_forms) == sorted(their_forms):
            if not (all(isinstance(item, str) for item in theirs) and theirs == sorted(theirs)):  # ids, sorted
                self._differ("order", place, [_label(self._told(each)) for each in ours], list(map(_label, theirs)))
            order = _matching(our_forms, their_forms)
            theirs = [theirs[j] for j in order]
            pairs: Iterator[tuple[int | None, int | None]] = iter([(i, i) for i in range(len(ours))])
        else:
            pairs = _aligned(our_keys, their_keys)
        for i, j in pairs:
            if j is None and i is not None:
                self._differ("missing", f"{place}[{i}]", _label(self._told(ours[i])), None)
            elif i is None and j is not None:
                self._differ("extra", f"{place}[{j}]", None, _label(theirs[j]))
            elif i is not None and j is not None:
                self.values(f"{place}[{i}]", ours[i], theirs[j])

    def _records(self, place: str, ours: dict[str, Any], theirs: dict[str, Any], counted: bool) -> None:
        begun = len(self.found)
        moved = self._moved(ours, theirs)
        for key in sorted(ours.keys() - theirs.keys()):
            self._differ("missing", f"{place}.{key}", self._told(ours[key]), None)
        for key in sorted(theirs.keys() - ours.keys()):
            self._differ("extra", f"{place}.{key}", None, theirs[key])
        for key in ours:
            if key in theirs:
                self.values(f"{place}.{key}", ours[key], theirs[key], counted=counted)
        if moved == "ahead":
            self.ahead = True
            self.found[begun:] = [each for each in self.found[begun:] if each.is_field]
        self.behind |= moved == "behind"
        if theirs.get("status") in RANKS:
            self.behind |= any(each.is_yet_to_come for each in self.found[begun:])

    def _moved(self, ours: dict[str, Any], theirs: dict[str, Any]) -> Literal["", "ahead", "behind"]:
        """Whether a record is ahead of what was recorded, or still behind it."""
        recorded, status = ours.get("status"), theirs.get("status")
        if not isinstance(recorded, str) or not isinstance(status, str) or recorded == status:
            return ""
        ours_rank, theirs_rank = RANKS.get(recorded, 2), RANKS.get(status, 2)
        if theirs_rank < ours_rank:
            return "behind"
        reached = status in RANKS or status in self._later(str(ours.get("id")))
        return "ahead" if theirs_rank > ours_rank and reached else ""

    def _strings(self, key: str, ours: str, theirs: str, counted: bool) -> bool:
        if MASK in ours:
            return True
        if NAME.fullmatch(ours):
            return self._ids(ours, theirs)
        if recorded := _TIME.fullmatch(ours):
            answered = _TIME.fullmatch(theirs)
            self.bindings.values[ours] = theirs
            return answered is not None and (recorded[1] == "Z") == (answered[1] == "Z")
        if self.bindings.altered and _DIGEST.fullmatch(ours) and _DIGEST.fullmatch(theirs):
            self.bindings.values[ours] = theirs
            return True
        if key in TEXTS:
            self._texts(ours, theirs)
            return bool(ours) == bool(theirs)
        if counted and _DECIMAL.fullmatch(ours):
            return _DECIMAL.fullmatch(theirs) is not None
        return self._texts(ours, theirs)

    def _ids(self, name: str, id: str) -> bool:
        prefix = prefix_of(name[1:].rpartition("-")[0])
        if not re.fullmatch(rf"{prefix}_[0-9A-Za-z_=-]+", id):
            return False
        return prefix == "req" or self.bindings.bind(name, id)

    def _texts(self, ours: str, theirs: str) -> bool:
        """Whether a text is the recorded one, with an id where a name stood."""
        names = [match[0] for match in NAME.finditer(ours)]
        parts = (re.escape(literal(part)) for part in NAME.split(ours)[:: NAME.groups + 1])
        found = re.fullmatch(f"({_ANY_ID})".join(parts), theirs, re.DOTALL)
        return found is not None and all(self._ids(name, id) for name, id in zip(names, found.groups(), strict=True))

    def _who(self, item: Any, answered: bool = False) -> str:
        """By what an item of a list is known: its name, once it has one, else what it is and where."""
        if not isinstance(item, dict):
            return self._form(item) if answered else self._recorded_form(item)
        id = str(item.get("id"))
        name = self.bindings.names.get(id) if answered else id if id in self.bindings.ids else None
        return name or json.dumps([item.get("type"), item.get("path")])

    def _recorded_form(self, value: Any) -> str:
        return _form(value, lambda text: NAME.sub(lambda name: name[0] if name[0] in self.bindings.ids else "<>", text))

    def _form(self, value: Any) -> str:
        return _form(value, lambda text: ID.sub(lambda id: self.bindings.names.get(id[0], "<>"), text))

    def _told(self, value: Any) -> Any:
        """A recorded value with the target's ids, so that it can be held beside what was answered."""
        if isinstance(value, str):
            return self.bindings.spelled(value, lambda name: self.bindings.ids.get(name[0], name[0]))
        if isinstance(value, dict):
            return {key: self._told(item) for key, item in value.items()}
        return [self._told(item) for item in value] if isinstance(value, list) else value

    def _differ(self, kind: MismatchKind, place: str, ours: Any, theirs: Any) -> None:
        self.found.append(Mismatch(kind, place, ours, theirs))


def _form(value: Any, spell: Callable[[str], str], key: str = "", counted: bool = False) -> str:
    """A value without what differs by nature, as text."""
    counted = counted or key in COUNTS or _COUNT.search(key) is not None
    if isinstance(value, dict):
        inner = (f"{name}:{_form(item, spell, name, counted)}" for name, item in sorted(value.items()))
        return f"{{{','.join(inner)}}}"
    if isinstance(value, list):
        return f"[{','.join(_form(item, spell) for item in value)}]"
    if isinstance(value, str):
        return "" if key in TEXTS or counted else spell(_TIME.sub("", _DIGEST.sub("", value)))
    return "" if counted or key == SIZE else json.dumps(value)


def _matching(ours: list[str], theirs: list[str]) -> list[int]:
    """For each of `ours` the place of its like in `theirs`, each place once."""
    places: dict[str, list[int]] = {}
    for place, form in enumerate(theirs):
        places.setdefault(form, []).append(place)
    return [places[form].pop(0) for form in ours]


def _aligned(ours: list[str], theirs: list[str]) -> Iterator[tuple[int | None, int | None]]:
    """Places that belong together; None where one side has nothing."""
    for _, i, i_end, j, j_end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        for step in range(max(i_end - i, j_end - j)):
            yield (i + step if i + step < i_end else None, j + step if j + step < j_end else None)


def _kind(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return json.dumps(value) if value is None else "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _label(value: Any) -> Any:
    """An item of a list in a few words."""
    if not isinstance(value, dict):
        return value
    words = [value[key] for key in ("type", "path", "name", "title", "status") if isinstance(value.get(key), str)]
    return " ".join(words) or value


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 300 else f"{text[:300]}…"
