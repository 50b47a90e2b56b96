"""Scenarios in files: found, read within bounds, and told of by line and key where they are wrong."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mockdreams import data
from mockdreams.files import (
    MEBIBYTE,
    Lines,
    UnusableFileError,
    is_regular,
    name_of,
    one_line,
    parse_document,
    read_document,
    read_text,
)
from mockdreams.http.scenario import ScenarioStart, read_scenario, scenario_schema
from mockdreams.suggestions import did_you_mean, words_at
from mockdreams.world.state.seeds import SeedError, bundled_seeds

MOST_BYTES = 4 * MEBIBYTE
"""Of a scenario; what is larger is a world, and belongs into a file of its own that `load` names."""
SHOWN_WORDS = 14


class Problem(NamedTuple):
    """One thing that is wrong with a scenario: at which line of the file, at which key, and what."""

    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        return one_line(f"{self.key}: {self.message}" if self.key else self.message)


class ScenarioError(ValueError):
    """A scenario that cannot be found, read or understood. The message is one line; `problems` has them all."""

    def __init__(self, name: object, problems: list[Problem]) -> None:
        first, more = problems[0], len(problems) - 1
        at = "" if first.line is None else f", line {first.line}"
        rest = f" (and {more} more)" if more else ""
        super().__init__(f"{name_of(str(name))} is not a scenario{at}: {first}{rest}")
        self.problems = problems


def load_scenario(source: str | Path | Mapping[str, Any]) -> ScenarioStart:
    """A scenario by file, by the name of one that is shipped, or from a document. Raises ScenarioError."""
    if isinstance(source, Mapping):
        return _read("the document", dict(source), None)
    path = find_scenario(source)
    try:
        text = read_text(path, MOST_BYTES)
        document = parse_document(text)
    except UnusableFileError as refused:
        raise ScenarioError(source, [Problem(None, "", str(refused))]) from None
    except ValueError as refused:
        raise ScenarioError(source, [Problem(None, "", f"cannot read it: {one_line(refused)}")]) from None
    return _read(source, document, Lines(text), path.parent)


def find_scenario(name: str | Path) -> Path:
    """The file of a scenario, which may be named as one that is shipped. Raises ScenarioError."""
    if is_regular(name):
        return Path(name)
    return find_bundled(str(name))


def find_bundled(name: str) -> Path:
    """The file of a scenario that is shipped. Raises ScenarioError."""
    shipped = bundled_scenarios()
    if name not in shipped:
        near = did_you_mean(name, shipped, quote="") or f", and shipped are {', '.join(sorted(shipped))}"
        raise ScenarioError(name, [Problem(None, "", f"no such file{near}")])
    return shipped[name]


def bundled_scenarios() -> dict[str, Path]:
    """The scenarios that come with the package, by name."""
    return {path.stem: path for path in sorted(data.folder("scenarios").glob("*.yaml"))}


def _read(name: object, document: Any, lines: Lines | None, folder: Path | None = None) -> ScenarioStart:
    problems = [] if lines is None else [Problem(line, key, "it is there twice") for line, key in lines.duplicates()]
    if not isinstance(document, dict):
        raise ScenarioError(name, [Problem(None, "", "an object is wanted, with keys such as faults and dreams")])
    try:
        scenario = read_scenario(_with_loaded_file(document, folder))
    except ValidationError as refused:
        problems += _problems(refused.errors(include_url=False), document, lines)
    except (SeedError, UnusableFileError) as refused:
        problems.append(Problem(_line(lines, ("load",)), "load", one_line(refused)))
    except (ValueError, TypeError, OverflowError, RecursionError) as refused:
        problems.append(Problem(None, "", one_line(refused) or "it is too deep"))
    if problems:
        raise ScenarioError(name, sorted(problems, key=lambda problem: problem.line or 0))
    return scenario


def _with_loaded_file(document: dict[Any, Any], folder: Path | None) -> dict[Any, Any]:
    """The document with the world itself in place of the name of its file. Raises SeedError, UnusableFileError."""
    load = document.get("load")
    if not isinstance(load, str) or load in bundled_seeds():
        return document
    path = None if folder is None else folder / load
    if path is None or not is_regular(path):
        near = did_you_mean(load, bundled_seeds(), quote="")
        raise SeedError(f"no seed world {name_of(load)!r}: no such file{near or ', nor is one of that name shipped'}")
    return {**document, "load": read_document(path)}


def _problems(errors: Iterable[ErrorDetails], document: Any, lines: Lines | None) -> Iterator[Problem]:
    """What is wrong, once for each place: where several shapes would do, each has its own complaint."""
    told = set()
    for error in errors:
        keys = _keys(error["loc"], document, error["type"] == "missing")
        if keys not in told:
            told.add(keys)
            yield Problem(_line(lines, keys), _spelled(keys), _message(error, keys, document))


def _message(error: ErrorDetails, keys: tuple[Any, ...], document: Any) -> str:
    if error["type"] == "extra_forbidden":
        known = sorted(words_at(scenario_schema(), keys[:-1], document))
        return f"there is no such key{did_you_mean(str(keys[-1]), known, quote='') or _one_of(known)}"
    if error["type"] == "missing":
        return "it is missing"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "unknown_act" and isinstance(error["input"], dict):
        acts = message.partition(": ")[2].split(", ")
        message += next(filter(None, (did_you_mean(str(key), acts, quote="") for key in error["input"])), "")
    expected = error.get("ctx", {}).get("expected", "")
    if error["type"] == "literal_error" and isinstance(error["input"], str):
        message += did_you_mean(error["input"], expected.replace("'", "").replace(" or ", ", ").split(", "), quote="")
    return message


def _keys(loc: tuple[int | str, ...], document: Any, missing: bool) -> tuple[Any, ...]:
    """The place as keys of the document; names of the members of unions, which are in no document, are left out."""
    keys: list[Any] = []
    for index, key in enumerate(loc):
        if isinstance(document, dict):
            own = next((each for each in document if str(each) == str(key)), None)
            inside = index < len(loc) - 1
            if (own is None and (inside or not missing)) or (inside and not isinstance(document[own], dict | list)):
                continue
            keys.append(key if own is None else own)
            document = document.get(own)
        elif isinstance(document, list) and isinstance(key, int) and key < len(document):
            keys.append(key)
            document = document[key]
    return tuple(keys)


def _line(lines: Lines | None, keys: tuple[Any, ...]) -> int | None:
    return None if lines is None else lines.of(keys)


def _spelled(keys: tuple[Any, ...]) -> str:
    path = ""
    for key in keys:
        path += f"[{key}]" if isinstance(key, int) else f"{'.' if path else ''}{one_line(key)[:80]}"
    return path


def _one_of(known: list[str]) -> str:
    return f"; known are {', '.join(known)}" if 0 < len(known) <= SHOWN_WORDS else ""
