"""What goes wrong where worlds are kept: it is said, and nothing that was acknowledged is lost."""

import logging
import re
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner

from mockdreams.cli import main
from mockdreams.harness.backend import LocalBackend
from mockdreams.harness.control_errors import ControlError
from mockdreams.store.interface import Appended
from tests.support.databases import needs_postgresql, postgresql_server
from tests.support.helpers import refused
from tests.support.kept import KeptServer

STORES = "/v1/memory_stores"
CONTROL = "/_mockdreams"


def create(server: KeptServer, name: str = "Notes") -> httpx2.Response:
    return server.http.post(STORES, json={"name": name})


def names(server: KeptServer) -> list[str]:
    return [store["name"] for store in server.http.get(STORES).json()["data"]][::-1]


def fill(server: KeptServer) -> None:
    """Let the disk be full."""
    server.pragma("max_page_count = 1")


def drain(server: KeptServer) -> None:
    server.pragma("max_page_count = 1000000")


def test_on_a_full_disk_a_change_is_refused_and_undone(server: KeptServer, caplog: pytest.LogCaptureFixture) -> None:
    create(server, "one")
    fill(server)
    big = "x" * 100_000
    answer = server.http.post(STORES, json={"name": "two", "metadata": {"k": big[:500]}, "description": big[:900]})
    for _ in range(50):
        if answer.status_code != 200:
            break
        answer = server.http.post(STORES, json={"name": "two", "description": big[:900]})
    message = refused(answer, 500, "api_error")
    assert message.startswith("This world cannot be kept: ")
    assert message.endswith("database or disk is full")

    drain(server)
    kept = names(server)
    assert kept[0] == "one"
    create(server, "three")
    assert names(server) == [*kept, "three"]
    before = server.snapshot(request_ids=False)
    server.restart()
    assert server.snapshot(request_ids=False) == before


def test_a_world_that_is_not_kept_is_read_again_and_is_as_before(either: KeptServer) -> None:
    create(either, "one")
    before = either.snapshot(request_ids=False)
    either.keep_nothing()
    assert refused(create(either, "two"), 500, "api_error").startswith("This world cannot be kept: ")
    assert refused(either.http.get(STORES), 500, "api_error").startswith("This world cannot be kept: ")
    either.keep_again()
    assert either.snapshot(request_ids=False) == before
    assert names(either) == ["one"]


@pytest.mark.process
@needs_postgresql
def test_a_database_that_goes_away_is_said_and_used_again_when_it_is_back() -> None:
    with postgresql_server() as database:
        server = KeptServer(database.new_database())
        create(server, "one")
        before = server.snapshot(request_ids=False)
        database.kill()
        refusals = [create(server, "two"), server.http.get(STORES), create(server, "three")]
        for refusal in refusals:
            assert "refused" in refused(refusal, 500, "api_error")
        server.keeper.tend(server.places)

        result = CliRunner().invoke(main, ["serve", "--port", "0", "--data", server.where])
        assert result.exit_code == 2
        assert re.search(r"--data: cannot keep worlds in postgresql://\S+: .*refused", result.output)
        assert "Traceback" not in result.output

        database.start()
        assert server.snapshot(request_ids=False) == before
        assert create(server, "four").status_code == 200
        server.restart()
        assert names(server) == ["one", "four"]
        server.stop_dead()


def test_other_worlds_go_on_while_one_has_another_owner(either: KeptServer) -> None:
    create(either, "mine")
    either.http.post(STORES, json={"name": "other"}, headers={"x-api-key": "sk-other"})
    either.sql(
        "UPDATE worlds SET owner = 'elsewhere:1', fence = fence + 100, expires = 9e9 "
        f"WHERE key_end = '{either.place().key_end}'"
    )
    assert "another owner" in refused(create(either, "late"), 500, "api_error")
    assert either.sql("SELECT count(*) FROM worlds WHERE owner = 'elsewhere:1'") == [(1,)]
    answer = either.http.post(STORES, json={"name": "more"}, headers={"x-api-key": "sk-other"})
    assert answer.status_code == 200


def test_an_open_stream_breaks_when_its_world_cannot_be_kept(either: KeptServer) -> None:
    agent = either.http.post("/v1/agents", json={"name": "Helper", "model": "claude-opus-4-8"}).json()["id"]
    environment = either.http.post("/v1/environments", json={"name": "Cloud"}).json()["id"]
    session = either.http.post("/v1/sessions", json={"agent": agent, "environment_id": environment}).json()["id"]
    with either.http.stream("GET", f"/v1/sessions/{session}/events/stream") as stream:
        either.keep_nothing()
        create(either)
        either.keeper.tend(either.places)
        parts = stream.iter_bytes()
        assert next(parts) == b": stream\n\n"
        with pytest.raises(httpx2.RemoteProtocolError):
            next(parts)


def test_a_damaged_entry_is_said_and_nothing_is_forgotten(either: KeptServer) -> None:
    create(either, "one")
    create(either, "two")
    either.stop_dead()
    ((number,),) = either.sql(
        "CREATE TABLE whole AS SELECT * FROM entries",
        "UPDATE entries SET body = substr(body, 1, length(body) - 5) WHERE number = (SELECT max(number) FROM whole)",
        "SELECT max(number) FROM whole",
    )
    either.start()
    for _ in range(2):
        message = refused(either.http.get(STORES), 500, "api_error")
        assert f"entry {number} of the log of world" in message
        assert message.endswith("is damaged")

    either.sql("UPDATE entries SET body = (SELECT body FROM whole WHERE whole.number = entries.number)")
    assert names(either) == ["one", "two"]


def test_a_damaged_checkpoint_is_said(either: KeptServer) -> None:
    create(either, "one")
    either.stop()
    either.sql("UPDATE checkpoints SET crc = crc + 1")
    either.start()
    assert "the checkpoint of world" in refused(either.http.get(STORES), 500, "api_error")
    either.sql("UPDATE checkpoints SET crc = crc - 1")
    assert names(either) == ["one"]


def test_a_lost_entry_is_said(either: KeptServer) -> None:
    """As where a table was brought back from an older copy than the others."""
    create(either, "one")
    create(either, "two")
    either.stop_dead()
    either.sql("DELETE FROM entries WHERE number = 2")
    either.start()
    assert "entry 2 of the log of world" in refused(either.http.get(STORES), 500, "api_error")


def test_an_entry_that_comes_elsewhere_is_said(server: KeptServer) -> None:
    """As where the code was changed, and its version was not."""
    create(server, "one")
    lease = server.place().world.log.lease  # type: ignore[union-attr]
    kept = server.store.read(lease.world).entries[-1]
    server.store.append([Appended(lease, [kept._replace(number=kept.number + 1, body=kept.body)])])
    server.restart()
    message = refused(server.http.get(STORES), 500, "api_error")
    assert message.endswith("POST /v1/memory_stores does not do again what it did")


def test_a_damaged_world_can_be_forgotten(either: KeptServer) -> None:
    create(either, "one")
    either.sql("UPDATE entries SET crc = 0")
    either.restart()
    refused(either.http.get(STORES), 500, "api_error")
    assert either.http.delete(f"{CONTROL}/world").json() == {"status": "ok"}
    assert names(either) == []


def test_the_control_api_says_it_too(either: KeptServer) -> None:
    create(either, "one")
    either.sql("UPDATE entries SET crc = 0")
    either.restart()
    assert refused(either.http.get(f"{CONTROL}/clock"), 500, "api_error").endswith("is damaged")


@pytest.mark.long
def test_another_version_goes_on_from_the_checkpoint(server: KeptServer, caplog: pytest.LogCaptureFixture) -> None:
    create(server, "kept")
    server.restart(dead=False)
    create(server, "left out")
    server.http.get(STORES)
    server.version = "99.0"
    server.restart()
    with caplog.at_level(logging.WARNING, "mockdreams"):
        assert names(server) == ["kept"]
    (told,) = [record.getMessage() for record in caplog.records]
    assert told.endswith("POST /v1/memory_stores at 2026-01-01 00:00:00")
    create(server, "new")
    server.restart()
    assert names(server) == ["kept", "new"]


def test_another_version_after_a_stop_in_order_leaves_nothing_out(
    server: KeptServer, caplog: pytest.LogCaptureFixture
) -> None:
    create(server, "kept")
    before = server.snapshot()
    server.version = "99.0"
    server.restart(dead=False)
    assert server.snapshot() == before
    assert caplog.records == []


def test_functions_of_a_tests_own_are_refused(server: KeptServer) -> None:
    backend = LocalBackend(server.place())
    with pytest.raises(ControlError, match="a dreamer of a test's own is a function"):
        backend.script_dream({}, lambda inputs: [], "mine")
    with pytest.raises(ControlError, match="a receiver of a test's own is a function"):
        backend.add_receiver({}, print, "/")


def test_serve_says_where_it_cannot_keep_worlds(tmp_path: Path, server: KeptServer) -> None:
    (tmp_path / "file").write_text("")
    for where, said in (
        (tmp_path / "file", "File exists"),
        (Path(server.store.where), "another server keeps its worlds there"),
        ("", "--data: it is empty"),
    ):
        result = CliRunner().invoke(main, ["serve", "--data", str(where)])
        assert result.exit_code == 2
        assert said in result.output
        assert "Traceback" not in result.output
