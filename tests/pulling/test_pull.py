"""`mockdreams pull`: a workspace becomes a seed world, in which a dream does the same."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from mockdreams import MockDreams
from mockdreams.cli import main
from mockdreams.pulling.redactor import SeedRedactor

NOTES = """\
- Anna Schmidt (anna.schmidt@acme.example) runs deploys on Thursday.
- Call Anna at +49 170 1234567, not before 2026-03-01.
- The token is sk-ant-api03-abcdefghijklmnop.
- Mr. Keller likes tabs. The Build server is in Room 12.
"""


def pulled(mock: MockDreams, out: Path, *options: str) -> Result:
    store = mock.client().beta.memory_stores.list().data[0].id
    source = ("--from", mock.url, "--api-key", mock.api_key, "--memory-store", store, "-o", str(out))
    return CliRunner().invoke(main, ["pull", *source, *options])


def dreamt(mock: MockDreams) -> dict[str, str]:
    """What a dream makes of the first store and of all sessions."""
    beta = mock.client().beta
    inputs: Any = [
        {"type": "memory_store", "memory_store_id": beta.memory_stores.list().data[0].id},
        {"type": "sessions", "session_ids": [session.id for session in beta.sessions.list(order="asc")]},
    ]
    dream = beta.dreams.create(model="claude-opus-4-8", inputs=inputs)
    mock.clock.run_until_idle()
    output = beta.dreams.retrieve(dream.id).outputs[0].memory_store_id
    memories = beta.memory_stores.memories.list(output, view="full")
    return {each.path: each.content or "" for each in memories if each.type == "memory"}


@pytest.mark.long
def test_a_dream_over_what_was_pulled_does_the_same(tmp_path: Path) -> None:
    out = tmp_path / "team.yaml"
    with MockDreams(clock="manual", load="messy-store") as mock:
        mock.requests.clear()
        result = pulled(mock, out)
        assert result.exit_code == 0, result.output
        assert {request.method for request in mock.requests} == {"GET"}
        wanted = dreamt(mock)
    with MockDreams(clock="manual", load=out) as again:
        assert len(again.client().beta.sessions.list().data) == 10
        assert dreamt(again) == wanted


@pytest.mark.long
def test_a_dream_over_what_was_redacted_changes_the_same_lines(tmp_path: Path) -> None:
    """ "Ask" is a word, and "Ines" in "Ask Ines" a name."""
    out = tmp_path / "team.yaml"
    with MockDreams(clock="manual", load="messy-store") as mock:
        team = [option for name in ("Ines", "Jonas", "Mara", "Harbor") for option in ("--redact-name", name)]
        assert pulled(mock, out, "--redact", *team).exit_code == 0
        wanted = dreamt(mock)
    assert "Ines" not in out.read_text("utf-8")
    with MockDreams(clock="manual", load=out) as again:
        got = dreamt(again)
    assert sorted(len(text.splitlines()) for text in got.values()) == sorted(
        len(text.splitlines()) for text in wanted.values()
    )
    assert got["/insights.md"] == wanted["/insights.md"]


def test_versions_come_along(tmp_path: Path) -> None:
    out = tmp_path / "team.yaml"
    with MockDreams(clock="manual") as mock:
        beta = mock.client().beta
        store = beta.memory_stores.create(name="Notes", metadata={"team": "a"})
        memory = beta.memory_stores.memories.create(store.id, path="/a.md", content="One.")
        mock.clock.advance(hours=1)
        beta.memory_stores.memories.update(memory.id, memory_store_id=store.id, content="Two.")
        mock.clock.advance(hours=1)
        wanted = [
            (each.operation, each.created_at, each.content)
            for each in beta.memory_stores.memory_versions.list(store.id, view="full")
        ]
        assert pulled(mock, out).exit_code == 0
    with MockDreams(clock="manual", load=out) as again:
        beta = again.client().beta
        (store,) = beta.memory_stores.list().data
        assert store.metadata == {"team": "a"}
        assert [
            (each.operation, each.created_at, each.content)
            for each in beta.memory_stores.memory_versions.list(store.id, view="full")
        ] == wanted


@pytest.mark.long
def test_redaction_takes_out_what_is_private_and_is_the_same_each_time(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yaml", tmp_path / "second.yaml"
    with MockDreams(clock="manual") as mock:
        beta = mock.client().beta
        store = beta.memory_stores.create(name="Notes of Anna")
        beta.memory_stores.memories.create(store.id, path="/people/Anna.md", content=NOTES)
        result = pulled(mock, first, "--redact", "--redact-name", "Room")
        assert (result.exit_code, "names are guessed" in result.stderr) == (0, True)
        beta.memory_stores.memories.create(store.id, path="/b.md", content="Anna likes spaces.")
        pulled(mock, second, "--redact", "--redact-name", "Room")
    text = first.read_text()
    for private in ("Anna", "Schmidt", "acme", "+49 170", "1234567", "sk-ant", "Keller", "Room"):
        assert private not in text
    for kept in ("2026-03-01", "Thursday", "runs deploys", "likes tabs", "12.", "/people/"):
        assert kept in text
    (memory,) = yaml.safe_load(text)["memory_stores"][0]["memories"]
    later = {
        each["path"]: each["content"] for each in yaml.safe_load(second.read_text())["memory_stores"][0]["memories"]
    }
    assert later[memory["path"]] == memory["content"]
    name = memory["path"].removeprefix("/people/").removesuffix(".md")
    assert later["/b.md"] == f"{name} likes spaces."
    with MockDreams(load=first) as again:
        assert len(again.client().beta.memory_stores.list().data) == 1


def test_another_store_has_other_names() -> None:
    seed = {"memory_stores": [{"name": "Anna Schmidt"}]}
    one, two = (SeedRedactor(key).redact(seed) for key in ("memstore_1", "memstore_2"))
    assert one != two != seed


def test_another_machine_is_asked_for_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ("--from", "http://192.0.2.1", "--api-key", "sk-any", "--memory-store", "memstore_1")
    command = ["pull", *source, "-o", str(tmp_path / "x")]
    result = CliRunner().invoke(main, command, input="n\n")
    assert result.exit_code == 2
    assert "about 24 GET requests" in result.output
    assert "It changes nothing, and no model works: it costs nothing." in " ".join(result.output.split())
    assert "nothing was read" in result.stderr


def test_what_cannot_be_read_is_told_in_a_line(mockdreams: MockDreams, tmp_path: Path) -> None:
    source = ("--from", mockdreams.url, "--api-key", mockdreams.api_key)
    unknown = "memstore_01AAAAAAAAAAAAAAAAAAAAAA"
    result = CliRunner().invoke(main, ["pull", *source, "--memory-store", unknown, "-o", str(tmp_path / "x.yaml")])
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"Error: cannot read {unknown}: the status is 404, not 200")
    assert not (tmp_path / "x.yaml").exists()
