"""Files that somebody names on the command line: read within bounds, and found writable before any work is done."""

import json
import math
import os
import stat
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import yaml

MEBIBYTE = 1024 * 1024
MOST_JSON = 128 * MEBIBYTE
MOST_YAML = 32 * MEBIBYTE
"""YAML takes a hundred times as long to read as JSON."""
MOST_NODES = 4_000_000
"""What a YAML document may have, each alias counted as what it stands for."""
MOST_DEPTH = 100
LONGEST_MESSAGE = 500


class UnusableFileError(ValueError):
    """A file that cannot be read, or written, for what it is asked for. The message is one line."""


class TooLargeFileError(UnusableFileError):
    """A file that has more than is read."""


def read_text(path: str | Path, most: int = MOST_JSON) -> str:
    """A file in UTF-8 of `most` bytes at most: what is larger is not read. Raises UnusableFileError."""
    return text_of(path, read_bytes(path, most))


def read_bytes(path: str | Path, most: int = MOST_JSON) -> bytes:
    """A file of `most` bytes at most: what is larger is not read. Raises UnusableFileError."""
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            raw = file.read(most + 1) if size <= most else b""
    except (OSError, ValueError) as refused:
        raise UnusableFileError(f"cannot read {name_of(path)}: {_reason(refused)}") from None
    if size > most or len(raw) > most:
        told = f"it has {-(-size // MEBIBYTE)} MiB" if size > most else "it has no end"
        raise TooLargeFileError(f"cannot read {name_of(path)}: {told}, and {most // MEBIBYTE} MiB are the most")
    return raw


def text_of(path: str | Path, raw: bytes) -> str:
    """The text that a file holds. Raises UnusableFileError."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as refused:
        raise UnusableFileError(f"cannot read {name_of(path)}: byte {refused.start} is not UTF-8") from None


def read_document(path: str | Path) -> Any:
    """The JSON or YAML in a file; JSON begins with a brace. Raises UnusableFileError."""
    text = read_text(path)
    if not text.lstrip().startswith("{") and len(text) > MOST_YAML:
        told = f"{len(text) // MEBIBYTE} MiB of YAML, and {MOST_YAML // MEBIBYTE} are the most; JSON may be longer"
        raise UnusableFileError(f"cannot read {name_of(path)}: it has {told}")
    try:
        return parse_document(text)
    except ValueError as refused:
        raise UnusableFileError(f"cannot read {name_of(path)}: {one_line(refused)}") from None


def parse_document(text: str) -> Any:
    """JSON or YAML. Raises ValueError for what is neither, is too deep, or has too much behind its aliases."""
    try:
        if not text.lstrip().startswith("{"):
            return _parse_yaml(text)
        try:
            return json.loads(text, parse_float=finite, parse_constant=finite)
        except json.JSONDecodeError as no_json:
            if len(text) > MEBIBYTE:
                raise
            try:
                return _parse_yaml(text)
            except ValueError:
                raise no_json from None
    except RecursionError:
        raise ValueError("it is too deep") from None


def finite(number: str) -> float:
    """The value of a number. Raises ValueError for one beyond all bounds, and for `NaN` and the like."""
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:40]} is no number")
    return value


def check_writable(path: Path) -> None:
    """That a report can be written there, before there is one. Raises UnusableFileError."""
    try:
        there = path.exists()
        with open(path, "ab"):
            pass
        if not there:
            path.unlink()
    except (OSError, ValueError) as refused:
        raise UnusableFileError(f"cannot write {name_of(path)}: {_reason(refused)}") from None


def write_text(path: Path, text: str) -> None:
    """Write a file anew. Raises UnusableFileError."""
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as refused:
        raise UnusableFileError(f"cannot write {name_of(path)}: {_reason(refused)}") from None


def is_regular(path: str | Path) -> bool:
    """Whether a name is that of a file that is there, and no folder."""
    try:
        return not stat.S_ISDIR(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def name_of(path: str | Path) -> str:
    return one_line(path)[:200]


def one_line(told: object) -> str:
    """A message on one line, of some length, that any terminal can show."""
    text = " ".join(str(told).split())
    text = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]}…"


def _reason(refused: OSError | ValueError) -> str:
    return getattr(refused, "strerror", None) or one_line(refused)


class Lines:
    """The lines of a document, JSON or YAML, that could be parsed."""

    def __init__(self, text: str) -> None:
        import yaml

        try:
            self._root = yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError:  # JSON that is no YAML: with tabs, for one
            self._root = None

    def of(self, keys: Iterable[Any]) -> int | None:
        """The line of what is at a path of keys and indexes, or of the last part of it that is there."""
        node: Any = self._root
        line = None
        for key in keys:
            found = _child(node, key)
            if found is None:
                break
            line, node = found
        return line

    def duplicates(self) -> list[tuple[int, str]]:
        """The keys that an object has twice, each with the line of its second."""
        found: list[tuple[int, str]] = []
        seen: set[int] = set()
        waiting: list[Any] = [self._root]
        while waiting:
            node = waiting.pop()
            if node is None or isinstance(node.value, str) or id(node) in seen:
                continue
            seen.add(id(node))
            keys: set[str] = set()
            for item in node.value:
                waiting += item if isinstance(item, tuple) else [item]
                name = item[0].value if isinstance(item, tuple) else None
                if isinstance(name, str) and name != "<<":
                    if name in keys:
                        found.append((item[0].start_mark.line + 1, name))
                    keys.add(name)
        return found


def _child(node: Any, key: Any) -> tuple[int, Any] | None:
    """The line and the node of what an object or a list has at a key."""
    if node is None or isinstance(node.value, str):
        return None
    if isinstance(key, int) and key < len(node.value) and not isinstance(node.value[key], tuple):
        return node.value[key].start_mark.line + 1, node.value[key]
    for item in node.value:
        if isinstance(item, tuple) and item[0].value == str(key):
            return item[0].start_mark.line + 1, item[1]
    return None


def _parse_yaml(text: str) -> Any:
    import yaml

    loader = _bounded(getattr(yaml, "CSafeLoader", yaml.SafeLoader))(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _check_nodes(node)
        return loader.construct_document(node)
    except yaml.YAMLError as refused:
        raise ValueError(f"it is no YAML: {refused}") from None
    finally:
        loader.dispose()


@cache
def _bounded(loader: type[Any]) -> type[Any]:
    """A loader that stops at MOST_DEPTH: that of PyYAML before 6.0.4 overflows the stack, and the process dies."""

    class Bounded(loader):  # type: ignore[misc]
        depth = 0

        def descend_resolver(self, parent: Any, index: Any) -> None:
            self.depth += 1
            if self.depth > MOST_DEPTH:
                raise ValueError(f"it is deeper than {MOST_DEPTH}")
            super().descend_resolver(parent, index)

        def ascend_resolver(self) -> None:
            self.depth -= 1
            super().ascend_resolver()

        def construct_yaml_float(self, node: Any) -> float:
            value: float = super().construct_yaml_float(node)
            return finite(repr(value))

    Bounded.add_constructor("tag:yaml.org,2002:float", Bounded.construct_yaml_float)
    return Bounded


def _check_nodes(root: "yaml.Node") -> None:
    """That a document is no larger, read as a tree, than it may be. Raises ValueError."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: Any, depth: int) -> int:
        if isinstance(node.value, str):
            return 1
        if id(node) in sizes:
            return sizes[id(node)]
        if id(node) in open_nodes:
            raise ValueError("an alias stands for what it is part of")
        if depth > MOST_DEPTH:
            raise ValueError(f"it is deeper than {MOST_DEPTH}")
        open_nodes.add(id(node))
        inner = (each for item in node.value for each in (item if isinstance(item, tuple) else (item,)))
        total = 1 + sum(size(each, depth + 1) for each in inner)
        open_nodes.discard(id(node))
        if total > MOST_NODES:
            raise ValueError(f"it has more than {MOST_NODES:,} values, aliases counted as what they stand for")
        sizes[id(node)] = total
        return total

    size(root, 0)
