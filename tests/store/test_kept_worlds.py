"""Worlds that outlast their server: whatever was done, the world is the same to the byte after the next start."""

import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mockdreams.http.checkpoints import Checkpointing
from tests.support.deep import one_in
from tests.support.helpers import HANG_GUARD, MODEL
from tests.support.kept import HEADERS, KEY, KeptServer
from tests.support.receivers import Inbox, listening
from tests.support.vault_bodies import BEARER, OAUTH, REFRESH, VARIABLE

STORES = "/v1/memory_stores"
CONTROL = "/_mockdreams"


def ask(server: KeptServer, method: str, path: str, body: Any = None, **options: Any) -> Any:
    answer = server.http.request(method, path, json=body, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def everything(server: KeptServer) -> dict[str, Any]:
    """All that is kept of a world, but how many requests there were: of the last, that may be counted late."""
    place = server.place()
    document = Checkpointing(place, "")._document
    document["snapshot"]["ids"].pop("requests")
    told = {name: document[name] for name in ("snapshot", "faults", "stubs", "limits", "prepared")}
    told["config"] = (
        place.world.config.policy.model_dump(mode="json"),
        place.world.config.clock,
        place.world.config.speed,
    )
    whole: dict[str, Any] = json.loads(json.dumps(told))
    return whole


def outlasts(server: KeptServer) -> None:
    """The world is the same after a sudden stop, after one in order, and after a sudden one since."""
    before = everything(server)
    for dead in (True, False, True):
        server.restart(dead=dead)
        assert everything(server) == before


def tend(server: KeptServer) -> None:
    """What a server does from time to time."""
    server.keeper.tend(server.places)
    log = server.place().world.log
    assert log is not None
    log.wait_settled()


def session(server: KeptServer, **fields: Any) -> str:
    agent = ask(server, "POST", "/v1/agents", {"name": "Helper", "model": MODEL})["id"]
    environment = ask(server, "POST", "/v1/environments", {"name": "Cloud"})["id"]
    made = ask(server, "POST", "/v1/sessions", {"agent": agent, "environment_id": environment, **fields})
    id: str = made["id"]
    return id


def say(server: KeptServer, id: str, words: str = "Hello.") -> None:
    event = {"type": "user.message", "content": [{"type": "text", "text": words}]}
    ask(server, "POST", f"/v1/sessions/{id}/events", {"events": [event]})


def dream(server: KeptServer, store: str, *sessions: str) -> str:
    inputs = [
        {"type": "memory_store", "memory_store_id": store},
        {"type": "sessions", "session_ids": list(sessions)},
    ]
    id: str = ask(server, "POST", "/v1/dreams", {"model": MODEL, "inputs": inputs})["id"]
    return id


def store(server: KeptServer) -> str:
    id: str = ask(server, "POST", STORES, {"name": "Notes"})["id"]
    ask(server, "POST", f"{STORES}/{id}/memories", {"path": "/a.md", "content": "Tabs, not spaces."})
    return id


def a_dream_that_is_polled(server: KeptServer) -> None:
    id, notes = session(server), store(server)
    say(server, id)
    made = dream(server, notes, id)
    for _ in range(2):
        ask(server, "GET", f"/v1/dreams/{made}")


def a_deletion_that_its_query_refuses(server: KeptServer) -> None:
    memories = f"{STORES}/{store(server)}/memories"
    (kept,) = ask(server, "GET", memories)["data"]
    refused = server.http.delete(f"{memories}/{kept['id']}?expected_content_sha256={'0' * 64}")
    assert refused.status_code == 409


def a_stream_that_is_read(server: KeptServer) -> None:
    id = session(server)
    with server.http.stream("GET", f"/v1/sessions/{id}/events/stream") as stream:
        say(server, id)
        for line in stream.iter_lines():
            if "session.status_idle" in line:
                break


def faults_and_stubs(server: KeptServer) -> None:
    spread = {"p50": 0.0001, "p99": 0.0002}
    ask(server, "POST", f"{CONTROL}/faults?name=half", {
        "match": "GET /v1/agents", "status": 529, "times": None, "probability": 0.5, "seed": 7})  # fmt: skip
    ask(server, "POST", f"{CONTROL}/faults?name=late", {"match": "GET /v1/models", "latency": spread, "times": 3})
    ask(
        server,
        "POST",
        f"{CONTROL}/stubs?name=own",
        {"match": "GET /own", "json": {"a": 1}, "after": 1, "latency": spread},
    )
    ask(server, "POST", f"{CONTROL}/stubs?name=once", {"match": "GET /once", "body": "x", "times": 1})
    for path in ("/v1/agents", "/v1/agents", "/v1/agents", "/v1/models", "/own", "/own", "/once", "/once"):
        server.http.get(path)


def scripts_of_all_kinds(server: KeptServer) -> None:
    id, notes = session(server), store(server)
    ask(server, "POST", f"{CONTROL}/dreams/scripts?name=d", {"write": {"/w.md": "W"}, "times": 2})
    ask(server, "POST", f"{CONTROL}/sessions/scripts?name=s", {"turns": [[{"say": "Aye."}]], "times": 2})
    ask(server, "POST", f"{CONTROL}/messages/scripts?name=m", {"content": "Three.", "times": None})
    say(server, id)
    dream(server, notes, id)
    question = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "How many?"}]}
    ask(server, "POST", "/v1/messages", question)
    ask(server, "POST", f"{CONTROL}/clock", {"run_until_idle": True})


def a_world_with_limits(server: KeptServer) -> None:
    ask(server, "PATCH", f"{CONTROL}/policy", {"reads_per_minute": 3, "creates_per_minute": 4})
    for _ in range(5):
        server.http.get(STORES)
        server.http.post(STORES, json={"name": "Notes"})


def files_and_versions(server: KeptServer) -> None:
    sent = {"file": ("a.txt", b"Tabs.\x00\xff", "text/plain")}
    file = ask(server, "POST", "/v1/files", files=sent, data={"expires_in_seconds": "3600"})
    notes = store(server)
    memory = ask(server, "GET", f"{STORES}/{notes}/memories")["data"][0]["id"]
    for number in range(4):
        ask(server, "POST", f"{STORES}/{notes}/memories/{memory}", {"content": f"Version {number}."})
    ask(server, "PATCH", f"{CONTROL}/policy", {"versions_always_kept": 1})
    ask(server, "POST", f"{CONTROL}/clock", {"advance": 86_400 * 60})
    ask(server, "GET", f"{STORES}/{notes}/memory_versions")
    server.http.get(f"/v1/files/{file['id']}")
    ask(server, "GET", "/v1/files")


def workers(server: KeptServer) -> None:
    agent = ask(server, "POST", "/v1/agents", {"name": "Helper", "model": MODEL})["id"]
    body = {"name": "Ours", "config": {"type": "self_hosted"}}
    environment = ask(server, "POST", "/v1/environments", body)["id"]
    key = ask(server, "POST", f"{CONTROL}/environment_keys", {"environment_id": environment})["key"]
    ask(server, "POST", "/v1/sessions", {"agent": agent, "environment_id": environment})
    bearer = {**HEADERS, "x-api-key": "", "authorization": f"Bearer {key}"}
    queue = f"/v1/environments/{environment}/work"
    work = ask(server, "GET", f"{queue}/poll", headers={**bearer, "anthropic-worker-id": "w1"})
    ask(server, "GET", f"{queue}/poll?block_ms=500", headers={**bearer, "anthropic-worker-id": "w2"})
    ask(server, "POST", f"{queue}/{work['id']}/ack", headers=bearer)
    token = json.loads(urlsafe_b64decode(work["secret"]))["sessions_token"]
    item = {**bearer, "authorization": f"Bearer {token}"}
    ask(server, "POST", f"{queue}/{work['id']}/heartbeat", headers=item)


def schedules(server: KeptServer) -> None:
    id, notes = session(server), store(server)
    say(server, id)
    ask(server, "POST", f"{CONTROL}/schedules", {"memory_store_id": notes, "every": 3600, "mode": "review"})
    ask(server, "POST", f"{CONTROL}/clock", {"advance": 8_000})


def credentials(server: KeptServer) -> None:
    vault = ask(server, "POST", "/v1/vaults", {"display_name": "Ours"})["id"]
    for auth in (BEARER, VARIABLE, {**OAUTH, "mcp_server_url": "https://other.test/mcp", "refresh": REFRESH}):
        ask(server, "POST", f"/v1/vaults/{vault}/credentials", {"auth": auth})
    too_long = {**BEARER, "mcp_server_url": "https://third.test", "token": "SECRET" * 100_000}
    server.http.post(f"/v1/vaults/{vault}/credentials", json={"auth": too_long})
    server.http.post(f"/v1/vaults/{vault}/credentials", json={"auth": {**too_long, "token": " \n"}})


def a_snapshot_that_is_restored(server: KeptServer) -> None:
    store(server)
    snapshot = ask(server, "GET", f"{CONTROL}/snapshot")
    store(server)
    ask(server, "POST", f"{CONTROL}/snapshot", snapshot)
    store(server)


def a_world_that_is_reset(server: KeptServer) -> None:
    store(server)
    begins = {"clock": "manual", "load": "messy-store", "scenario": "overloaded-hour"}
    ask(server, "POST", f"{CONTROL}/reset", {**begins, "policy": {"dream_runtime_budget_seconds": 7}})
    server.http.post(STORES, json={"name": "Notes"})


def what_was_refused(server: KeptServer) -> None:
    id = session(server)
    server.http.post("/v1/dreams", content=b"{")
    server.http.post("/v1/dreams", json={"model": MODEL, "inputs": []})
    server.http.get("/v1/dreams/drm_none")
    server.http.delete(f"/v1/sessions/{id}x")
    server.http.get(f"/v1/sessions/{id}", headers={"anthropic-beta": ""})


STORIES: tuple[Callable[[KeptServer], None], ...] = (
    a_dream_that_is_polled,
    a_deletion_that_its_query_refuses,
    a_stream_that_is_read,
    faults_and_stubs,
    scripts_of_all_kinds,
    a_world_with_limits,
    files_and_versions,
    workers,
    schedules,
    credentials,
    a_snapshot_that_is_restored,
    a_world_that_is_reset,
    what_was_refused,
)


@pytest.mark.parametrize("story", one_in(2, STORIES), ids=lambda story: story.__name__)
@pytest.mark.long
def test_what_was_done_outlasts_the_server(server: KeptServer, story: Callable[[KeptServer], None]) -> None:
    story(server)
    outlasts(server)


@pytest.mark.long
@pytest.mark.parametrize(
    "story",
    one_in(2, [a_dream_that_is_polled, a_stream_that_is_read, workers, schedules]),
    ids=lambda story: story.__name__,
)
def test_under_a_real_clock_too(tmp_path: Path, story: Callable[[KeptServer], None]) -> None:
    """It is stopped before it is looked at, so that no time passes between."""
    server = KeptServer(tmp_path / "worlds", clock="real", speed=60 if story is workers else 10_000)
    story(server)
    ask(server, "POST", f"{CONTROL}/clock", {"mode": "manual"})
    outlasts(server)
    server.stop_dead()


def test_reads_that_change_nothing_are_not_in_the_log(server: KeptServer) -> None:
    id = store(server)
    tend(server)
    before = server.store.worlds()[0].entries
    for _ in range(20):
        ask(server, "GET", f"{STORES}/{id}")
    assert server.store.worlds()[0].entries == before
    tend(server)
    tend(server)
    assert server.store.worlds()[0].entries == before + 1


@pytest.mark.long
def test_no_file_has_a_key_or_the_secret_of_a_credential(server: KeptServer, tmp_path: Path) -> None:
    credentials(server)
    workers(server)
    written = b"".join(path.read_bytes() for path in (tmp_path / "worlds").iterdir())
    assert b"mcp.example.com" in written
    assert b"SECRET" not in written
    assert KEY.encode() not in written


@pytest.mark.long
def test_a_worker_finds_its_world_after_a_start(server: KeptServer) -> None:
    body = {"name": "Ours", "config": {"type": "self_hosted"}}
    environment = ask(server, "POST", "/v1/environments", body)["id"]
    key = ask(server, "POST", f"{CONTROL}/environment_keys", {"environment_id": environment})["key"]
    server.restart()
    bearer = {**HEADERS, "x-api-key": "", "authorization": f"Bearer {key}"}
    poll = f"/v1/environments/{environment}/work/poll"
    assert server.http.get(poll, headers={**bearer, "anthropic-worker-id": "w"}).json() is None
    outlasts(server)
    assert list(server.place().world.work._pollers[environment]) == ["w"]


@pytest.mark.long
def test_webhooks_that_were_told_are_not_told_again(server: KeptServer) -> None:
    inbox = Inbox(500)
    with listening(inbox) as url:
        ask(server, "POST", f"{CONTROL}/webhooks", {"url": url})
        store(server)
        assert ask(server, "POST", f"{CONTROL}/webhooks/wait", {}) == {"idle": True}
        told = len(inbox.requests)
        assert told > 1
        outlasts(server)
        assert ask(server, "POST", f"{CONTROL}/webhooks/wait", {}) == {"idle": True}
        assert len(inbox.requests) == told
        store(server)
        assert ask(server, "POST", f"{CONTROL}/webhooks/wait", {}) == {"idle": True}
        assert len(inbox.requests) > told
        assert len({event["id"] for event in inbox.events}) == len(inbox.requests) - 1  # one was told twice


def test_a_world_that_is_forgotten_is_new_at_its_next_request(server: KeptServer) -> None:
    store(server)
    ask(server, "DELETE", f"{CONTROL}/world")
    assert server.store.worlds() == []
    server.restart()
    assert ask(server, "GET", STORES)["data"] == []


def test_a_world_begins_as_the_options_said_when_it_began(server: KeptServer) -> None:
    """Other options of a later server are for new keys."""
    notes = store(server)
    server.restart(clock="manual", policy_fields={"dream_runtime_budget_seconds": 7})
    assert ask(server, "GET", f"{CONTROL}/clock")["mode"] == "auto"
    ask(server, "POST", f"{CONTROL}/reset")
    assert ask(server, "GET", f"{CONTROL}/clock")["mode"] == "auto"
    assert server.place().world.policy.dream_runtime_budget_seconds != 7
    assert server.place("sk-another").world.policy.dream_runtime_budget_seconds == 7
    assert ask(server, "GET", STORES)["data"] == []
    assert store(server) == notes


@pytest.mark.parametrize(("while_down", "moved"), [("stop", False), ("run", True)])
def test_a_real_clock_stands_or_runs_while_the_server_is_down(tmp_path: Path, while_down: str, moved: bool) -> None:
    server = KeptServer(tmp_path / "worlds", clock="real", speed=60, keeping={"while_down": while_down})
    store(server)
    before = server.place().world.clock.time
    server.stop()
    server._keeping["clock"] = lambda: time.time() + 1e6
    server.start()
    after = datetime.fromisoformat(ask(server, "GET", f"{CONTROL}/clock")["now"])
    assert (after - before > timedelta(seconds=3e7)) == moved
    server.stop_dead()


class SlowClock:
    """Wall time of which some passes whenever it is read."""

    now = 1_800_000_000.0
    step = 1.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.mark.long
def test_a_busy_world_is_left_in_peace_for_a_while_after_a_checkpoint(tmp_path: Path) -> None:
    clock = SlowClock()
    keeping = {"checkpoint_entries": 2, "idle_seconds": HANG_GUARD, "clock": clock}
    server = KeptServer(tmp_path / "worlds", keeping=keeping)
    for expected, passing in ((0, 0.0), (2, 1_000.0), (0, -1_000_000.0), (0, 0.0)):
        store(server)  # by two requests
        server.keeper.tend(server.places)
        assert server.sql("SELECT count(*) FROM entries") == [(expected,)]
        clock.now, clock.step = clock.now + passing, float(expected == 2)
    outlasts(server)
    server.stop_dead()
