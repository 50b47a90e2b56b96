"""Memory paths: what one may look like, and which cannot live beside each other."""

import unicodedata
from bisect import bisect_left, insort
from collections.abc import Iterator

from mockdreams.wire.errors import invalid

MAX_BYTES = 1024
MAX_SEGMENTS = 20
_FORBIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def check_path(path: str) -> None:
    """Refuse a path that breaks a rule of the service, in its recorded words; those for the segments are inferred."""
    if len(path) < 2:
        raise invalid("path: minimum string length is 2", rule="memory-path-absolute-400 memory-path-slash-400")
    if len(path) > MAX_BYTES or len(path.encode()) > MAX_BYTES:
        raise invalid(f"path: maximum string length is {MAX_BYTES}", rule="memory-path-bytes-400")
    segments = path.split("/")
    if segments[0] or "" in segments[1:] or "\0" in path:
        raise invalid(
            r"path: does not match regex pattern `^(/[^/\x00]+)+$`",
            rule="memory-path-absolute-400 memory-path-slash-400",
        )
    if "." in segments or ".." in segments:
        raise invalid("path must not contain . or .. segments", rule="memory-path-dots-400")
    plain = path.isascii() and path.isprintable()
    if not plain and any(unicodedata.category(char) in _FORBIDDEN_CATEGORIES for char in path):
        raise invalid("path must not contain control or format characters", rule="memory-path-control-400")
    if not plain and not unicodedata.is_normalized("NFC", path):
        raise invalid("path must be NFC-normalized", rule="memory-path-nfc-400")
    if len(segments) > MAX_SEGMENTS + 1:
        raise invalid(f"path must have at most {MAX_SEGMENTS} segments", rule="memory-path-segments-400")


_AFTER_SLASH = "0"
"""The character after the slash: all that lies below `/a/` is before `/a0`."""


class PathIndex:
    """The occupied paths of one store and whose they are, sorted for questions about what lies below."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._sorted: list[str] = []

    def memory_id_at(self, path: str) -> str | None:
        return self._owners.get(path)

    def add(self, path: str, memory_id: str) -> None:
        self._owners[path] = memory_id
        insort(self._sorted, path)

    def remove(self, path: str) -> None:
        del self._owners[path]
        del self._sorted[bisect_left(self._sorted, path)]

    def below(self, prefix: str) -> Iterator[str]:
        """The occupied paths that start with `prefix`, in path order."""
        for index in range(bisect_left(self._sorted, prefix), len(self._sorted)):
            if not self._sorted[index].startswith(prefix):
                return
            yield self._sorted[index]

    def conflict_with(self, path: str, besides: str | None = None) -> str | None:
        """An occupied path that is a path prefix of `path`, or has it as one; `besides` does not count."""
        owners, end = self._owners, path.find("/", 1)
        while end != -1:
            parent = path[:end]
            if parent in owners and parent != besides:
                return parent
            end = path.find("/", end + 1)
        below = path + "/"
        at = bisect_left(self._sorted, below)
        if at == len(self._sorted) or not self._sorted[at].startswith(below):
            return None
        return next((other for other in self.below(below) if other != besides), None)

    def children(self, prefix: str) -> Iterator[str]:
        """The occupied paths directly below `prefix`, in path order."""
        return (path for path, is_directory in self._entries(prefix, prefix) if not is_directory)

    def directories(self, prefix: str, after: str | None = None) -> Iterator[str]:
        """The directories directly below `prefix`, with trailing slash, in path order, beyond `after`."""
        begin = prefix if after is None else after[:-1] + _AFTER_SLASH
        return (path for path, is_directory in self._entries(prefix, begin) if is_directory)

    def _entries(self, prefix: str, begin: str) -> Iterator[tuple[str, bool]]:
        """What is directly below `prefix`, from `begin` on; what lies deeper is leapt over."""
        at = bisect_left(self._sorted, begin)
        while at < len(self._sorted) and self._sorted[at].startswith(prefix):
            slash = self._sorted[at].find("/", len(prefix))
            if slash == -1:
                yield self._sorted[at], False
                at += 1
            else:
                yield self._sorted[at][: slash + 1], True
                at = bisect_left(self._sorted, self._sorted[at][:slash] + _AFTER_SLASH)
