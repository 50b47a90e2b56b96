"""Every command that is given a file, given one that no command can use: one line, exit 2, and nothing done before."""

import gc
import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from mockdreams import MockDreams, files
from mockdreams.cli import main
from mockdreams.files import parse_document
from tests.support.deep import one_in

TARGET = ("--target", "http://127.0.0.1:9", "--api-key", "sk-hostile")
"""Nobody listens there: a command that gets so far says so."""
READING = {
    "serve --load": ("serve", "--port", "0", "--load", "{}"),
    "serve --scenario": ("serve", "--port", "0", "--scenario", "{}"),
    "scenario check FILE": ("scenario", "check", "{}"),
    "score BEFORE": ("score", "{}", "good.json"),
    "score AFTER": ("score", "good.json", "{}"),
    "score --labels": ("score", "good.json", "good.json", "--labels", "{}"),
    "score --baseline": ("score", "good.json", "good.json", "--baseline", "{}"),
    "contract serve": ("contract", "serve", "{}"),
    "contract replay": ("contract", "replay", "{}", *TARGET),
}
WRITING = {
    "generate --out": ("generate", "--sessions", "1", "--memories", "1", "--out", "{}"),
    "contract check --json": ("contract", "check", *TARGET, "--json", "{}"),
    "contract check --junit": ("contract", "check", *TARGET, "--junit", "{}"),
    "contract check --markdown": ("contract", "check", *TARGET, "--markdown", "{}"),
    "contract replay --json": ("contract", "replay", "good.yaml", *TARGET, "--json", "{}"),
    "pull -o": ("pull", "--from", "http://127.0.0.1:9", "--api-key", "k", "--memory-store", "m", "--out", "{}"),
    "contract record --out": ("contract", "record", "--upstream", "http://127.0.0.1:9", "--out", "{}"),
}
FILES = ("seed", "scenario_name", "file", "before", "after")
"""Parameters that name a file, or something that is shipped."""
GOOD_JSON = '{"/a.md": "Tabs."}'
GOOD_YAML = "exchanges: [{exchange: 1, request: {method: GET, path: /v1/dreams}, response: {status: 200}}]"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefghi", "bcdefghij", strict=True)
)
CONTENTS: dict[str, bytes | str] = {
    "nothing": b"",
    "binary": bytes(range(256)) * 10,
    "latin-1": "exchanges: caf\xe9".encode("latin-1"),
    "UTF-16": GOOD_YAML.encode("utf-16"),
    "a YAML bomb": BOMB,
    "a cycle": "&a [*a]",
    "deep YAML": "[" * 100_000,
    "YAML that is deep enough": "a: " + "[" * 500 + "]" * 500,
    "deep JSON": '{"a":' * 100_000,
    "deep JSON in a list": '{"exchanges":' + "[" * 100_000,
    "lone surrogates": '{"memory_stores": "\\ud800", "now": "\\ud800", "exchanges": "\\ud800"}',
    "a tag": "!!python/object/apply:os.system [echo]",
    "null": "null",
    "a number too long": '{"now": ' + "9" * 5000 + "}",
    "no time": '{"now": "9999-12-31T23:59:59-14:00", "memory_stores": []}',
    "no time either": '{"now": "0001-01-01T00:00:00+14:00", "memory_stores": []}',
    "wrong kinds": '{"memory_stores": [3], "exchanges": [3], "figures": [3], "labels": 3}',
    "lists for objects": '{"memory_stores": {"a": 1}, "exchanges": [{"exchange": [], "request": [], "response": []}]}',
}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "")
    Path("good.json").write_text(GOOD_JSON)
    Path("good.yaml").write_text(GOOD_YAML)
    yield
    gc.enable()  # `serve` turns it off until it serves


def run(command: tuple[str, ...], file: object) -> Result:
    return CliRunner().invoke(main, [str(file) if word == "{}" else word for word in command])


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, (result.output, result.exception)
    assert isinstance(result.exception, SystemExit), result.exception
    line, *more = result.stderr.splitlines()
    assert line.startswith("Error: ") or re.match(r"bad:\d+: ", line)  # `scenario check` names every wrong line
    assert more == [] or all(re.match(r"bad:\d+: ", each) for each in (line, *more))
    assert len(line) < 1000
    assert result.stdout == ""
    for word in words:
        assert word in line


def parameters(command: click.Command, path: str) -> Iterator[str]:
    """Every option and argument that is a file, by the path of its command."""
    for parameter in command.params:
        if isinstance(parameter.type, click.Path) or parameter.name in FILES:
            yield f"{path} {parameter.opts[0] if parameter.opts[0].startswith('-') else parameter.opts[0].upper()}"
    for name, inner in getattr(command, "commands", {}).items():
        yield from parameters(inner, f"{path} {name}".strip())


def test_every_command_that_takes_a_file_is_here() -> None:
    known = {*READING, *WRITING}
    found = {each.removesuffix(" CASSETTE") for each in parameters(main, "")} - {
        "generate --seed",
        "contract drift --typescript",
    }
    assert found == known


@pytest.mark.parametrize(("command", "contents"), one_in(8, product(READING, CONTENTS)))
def test_what_cannot_be_read(command: str, contents: str) -> None:
    text = CONTENTS[contents]
    Path("bad").write_bytes(text if isinstance(text, bytes) else text.encode())
    refused(run(READING[command], "bad"))


def test_yaml_is_read_no_deeper_than_it_may_be() -> None:
    with pytest.raises(ValueError, match=r"^it is deeper than 100$"):
        parse_document("[" * 500)  # what is wrong further on is not read any more


@pytest.mark.parametrize("command", one_in(2, READING))
@pytest.mark.long
def test_what_is_no_file(command: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    if command != "score AFTER":
        refused(run(READING[command], "folder"))
    refused(run(READING[command], "missing"))
    refused(run(READING[command], "n" * 5000))
    refused(run(READING[command], "/proc/self/mem"))
    refused(run(READING[command], "/dev/zero"), "it has no end")


@pytest.mark.parametrize("command", READING)
def test_what_is_too_large_is_not_read(command: str) -> None:
    with open("large", "wb") as file:
        file.truncate(200 * files.MEBIBYTE)
    refused(run(READING[command], "large"), "it has 200 MiB", "are the most")


def test_a_folder_of_memories_is_read_within_the_same_bounds(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.md").write_bytes(b"caf\xe9")
    refused(run(READING["score BEFORE"], "folder"), "is not UTF-8")
    with open("folder/a.md", "wb") as file:
        file.truncate(200 * files.MEBIBYTE)
    refused(run(READING["score AFTER"], "folder"), "it has 200 MiB")


@pytest.mark.parametrize("command", WRITING)
def test_what_cannot_be_written(command: str, tmp_path: Path) -> None:
    Path("file").write_text("")
    for out in ("/proc/nonexistent/x.y", "file/report.json", "n" * 300 + ".json", "/dev/full/x.y"):
        refused(run(WRITING[command], out), out[:20])
    if command != "contract record --out":
        Path("folder.json").mkdir(exist_ok=True)
        refused(run(WRITING[command], "folder.json"), "folder.json")


@pytest.mark.long
def test_a_report_for_which_there_is_no_room_is_told_of(mockdreams: MockDreams) -> None:
    target = ["--target", mockdreams.url, "--api-key", mockdreams.api_key]
    result = CliRunner().invoke(
        main, ["contract", "check", *target, "--rule", "envelope", "--verbose", "--json", "/dev/full"]
    )
    assert result.exit_code == 2
    assert "holds   envelope" in result.stdout
    (line,) = result.stderr.splitlines()
    assert line == "Error: cannot write /dev/full: No space left on device"


def test_a_report_that_could_be_written_is_not_begun(tmp_path: Path) -> None:
    """Nothing answers: no file is left, and one that is there stays as it is."""
    Path("old.json").write_text("old")
    for out in ("new.json", "old.json"):
        assert run(WRITING["contract check --json"], out).exit_code == 2
    assert Path("old.json").read_text() == "old"
    assert not Path("new.json").exists()


@pytest.mark.parametrize("text", ["exchanges: []", "exchanges:", "exchanges: {}"])
def test_an_empty_cassette_is_no_success(text: str) -> None:
    Path("empty.yaml").write_text(text)
    refused(run(READING["contract replay"], "empty.yaml"), "it has no exchanges")


@pytest.mark.parametrize("token", ["", " ", "\t"])
def test_an_empty_control_token_is_an_error(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is empty" in CliRunner().invoke(main, ["serve", "--port", "0", "--control-token", token]).stderr
    monkeypatch.setenv("MOCKDREAMS_CONTROL_TOKEN", token)
    result = CliRunner().invoke(main, ["serve", "--port", "0"])
    assert result.exit_code == 2
    assert "is empty" in result.stderr


def test_aliases_within_reason_are_read() -> None:
    text = "a: &a {x: [1, 2]}\nb: {<<: *a, y: *a}\n"
    assert files.parse_document(text) == {"a": {"x": [1, 2]}, "b": {"x": [1, 2], "y": {"x": [1, 2]}}}
    assert files.parse_document('{"a": 1}') == files.parse_document("{a: 1}") == {"a": 1}
    assert files.parse_document("") is None


def test_a_snapshot_that_is_too_large_to_load_has_another_way(tmp_path: Path) -> None:
    with open("large.json", "wb") as file:
        file.truncate(files.MOST_JSON + 1)
    way = "cannot read large.json: it has 129 MiB, and 128 MiB are the most; a snapshot of any size can be sent to"
    refused(run(READING["serve --load"], "large.json"), way)
    with pytest.raises(ValueError, match="a snapshot of any size can be sent to a running server"):
        MockDreams(load="large.json")


@pytest.mark.long
def test_json_as_large_as_a_snapshot_is_read(tmp_path: Path) -> None:
    large: dict[str, Any] = {"texts": ["x" * files.MOST_YAML]}
    (tmp_path / "large.json").write_text(json.dumps(large))
    assert files.read_document(tmp_path / "large.json") == large
