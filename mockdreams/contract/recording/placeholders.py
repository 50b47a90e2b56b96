"""Names that stand for what a service mints: `<dream-1>` for an id of a dream, `<page-1>` for a cursor."""

import re
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

KINDS = {
    "drm": "dream",
    "memstore": "memory-store",
    "mem": "memory",
    "memver": "memory-version",
    "sesn": "session",
    "sevt": "event",
    "sthr": "thread",
    "sesrsc": "resource",
    "outc": "outcome",
    "agent": "agent",
    "env": "environment",
    "file": "file",
    "req": "request",
    "wrkspc": "workspace",
    "apikey": "api-key",
    "svac": "service-account",
    "user": "user",
    "vlt": "vault",
    "vcrd": "credential",
    "skill": "skill",
    "skver": "skill-version",
    "depl": "deployment",
    "drun": "deployment-run",
    "page": "page",
}
"""What the prefix of an id says. An id of another prefix is named after it: `<toolu-id-1>`."""
_PREFIXES = {kind: prefix for prefix, kind in KINDS.items()}
_BASE58 = "[1-9A-HJ-NP-Za-km-z]"
ID = re.compile(
    rf"(?<![0-9A-Za-z])(?:({'|'.join(KINDS)})_[0-9A-Za-z]{{24}}|([a-z]+)_01{_BASE58}{{22}})(?![0-9A-Za-z_-])"
    r"|(?<![0-9A-Za-z_])page_[0-9A-Za-z_=-]+"
)
_KIND = rf"(?:{'|'.join(_PREFIXES)}|[a-z]+-id)"
NAME = re.compile(rf"<({_KIND})-(\d+)>")
MASK = "<secret>"
_LOOKALIKE = re.compile(rf"<(=*)({_KIND}-\d+)>")


def escaped(text: str) -> str:
    """Text in which nothing is a name: `<dream-1>` becomes `<=dream-1>`, which is `<dream-1>` again when it is sent."""
    return _LOOKALIKE.sub(r"<=\1\2>", text)


def literal(text: str) -> str:
    """What was `escaped`."""
    return _LOOKALIKE.sub(lambda match: f"<{match[1][1:]}{match[2]}>", text)


class Namer:
    """Gives a name to every id and to every one of `cursors`, numbered as they come, the same in every text."""

    def __init__(self, cursors: Collection[str] = ()) -> None:
        self._cursors = cursors
        self._names: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def named(self, text: str) -> str:
        return ID.sub(self._name, text)

    def _name(self, match: re.Match[str]) -> str:
        id = match[0]
        if match.lastindex is None and id not in self._cursors:
            return id
        if id not in self._names:
            kind = kind_of(id)
            self._counts[kind] += 1
            self._names[id] = f"<{kind}-{self._counts[kind]}>"
        return self._names[id]


def named(text: str, cursors: Collection[str] = ()) -> str:
    """A text with names for its ids and `cursors`."""
    return Namer(cursors).named(text)


def kind_of(id: str) -> str:
    prefix = id.partition("_")[0]
    return KINDS.get(prefix, f"{prefix}-id")


def prefix_of(kind: str) -> str:
    return _PREFIXES.get(kind, kind.removesuffix("-id"))


class PlaceholderBindings:
    """What the names of a cassette stand for at one target, as far as its answers have said it."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.values: dict[str, str] = {}
        """A time or digest of the recording, and the target's in the same place."""
        self.altered = False
        """Whether a text was sent that is not quite the recorded one, so that its length and digest may differ."""

    def copy(self) -> "PlaceholderBindings":
        other = PlaceholderBindings()
        other.ids, other.names, other.values = self.ids.copy(), self.names.copy(), self.values.copy()
        other.altered = self.altered
        return other

    def bind(self, name: str, id: str) -> bool:
        """Whether `name` can stand for `id`; from now on it does. A cursor may be another one each time."""
        if name.startswith("<page-"):
            self.names.pop(self.ids.get(name, ""), None)
        elif self.ids.get(name, id) != id or self.names.get(id, name) != name:
            return False
        self.ids[name], self.names[id] = id, name
        return True

    def sent(self, value: Any) -> Any:
        """A recorded value as it goes to this target; a name that no answer gave becomes an id of nothing."""
        if isinstance(value, str):
            sent = self.values.get(value) or self.spelled(value, self._real)
            self.altered |= MASK in value or (NAME.search(value) is not None and NAME.fullmatch(value) is None)
            return sent
        if isinstance(value, list):
            return [self.sent(item) for item in value]
        if isinstance(value, dict):
            return {self.sent(key): self.sent(item) for key, item in value.items()}
        return value

    def spelled(self, text: str, spell: Callable[[re.Match[str]], str]) -> str:
        """A recorded text with each name spelled out, and what only looks like one as it was."""
        return literal(NAME.sub(spell, text))

    def _real(self, match: re.Match[str]) -> str:
        if match[0] not in self.ids:
            kind, number = match.groups()
            body = number.replace("0", "A").rjust(22, "z")
            self.bind(match[0], f"{prefix_of(kind)}_01{body}")
        return self.ids[match[0]]
