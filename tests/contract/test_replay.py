"""`mockdreams contract replay`: a recorded story told to other targets, and the faults of theirs that it finds."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from click.testing import CliRunner, Result
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockdreams.cli import main
from mockdreams.contract.client import target
from mockdreams.contract.recording import replay as replaying
from tests.support.contract_server import Wrapped, served
from tests.support.deep import deep
from tests.support.recorded import BETA, KEY, Story, recording
from tools.mutants import answers
from tools.mutants.patching import Reply, falsify, records

pytestmark = [pytest.mark.off_schema, pytest.mark.process]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cassettes")


@pytest.fixture(scope="module")
def cassette(folder: Path) -> Path:
    """The story, with the moves of the clock in it."""
    with served() as (url, _), recording(url, folder / "story.yaml") as (proxy, _), Story(proxy) as story:
        story.tell()
    return folder / "story.yaml"


@pytest.fixture(scope="module")
def timeless(folder: Path) -> Path:
    """A turn and two dreams, one of them canceled, while the clock moves unseen by the proxy."""
    path = folder / "timeless.yaml"
    with served() as (url, _), recording(url, path) as (proxy, _), Story(proxy, control=url) as story:
        story.set_stage()
        story.talk()
        story.finish_a_dream()
        story.cancel_a_dream()
    return path


@pytest.fixture
def server() -> Iterator[tuple[str, Wrapped]]:
    with served() as server:
        yield server


def replay(cassette: Path, url: str, *options: str, input: str | None = None) -> Result:
    command = ["contract", "replay", str(cassette), "--target", url, "--api-key", "sk-replay", *options]
    return CliRunner().invoke(main, command, input=input)


def differences(cassette: Path, url: str, folder: Path) -> list[tuple[str, str, Any, Any]]:
    """Each as call and place, what was recorded, and what was answered."""
    result = replay(cassette, url, "--json", str(folder / "report.json"))
    assert result.exit_code == 1, result.output
    report = json.loads((folder / "report.json").read_text())
    assert report["same"] is False
    return [
        (f"{exchange['call']} {each['place']}", each["kind"], each["recorded"], each["answered"])
        for exchange in report["exchanges"]
        for each in exchange["differences"]
    ]


def test_a_fresh_fake_answers_the_same(cassette: Path, server: tuple[str, Wrapped]) -> None:
    result = replay(cassette, server[0])
    assert result.exit_code == 0, result.output
    assert " 0 differs, 0 skipped: " in result.output.splitlines()[-1]
    assert "same    GET /v1/sessions/<session-2>/events/stream" in result.output


@pytest.mark.long
def test_ids_of_another_target_are_learned(cassette: Path, server: tuple[str, Wrapped]) -> None:
    """A target on which ids, times and cursors are all others."""
    url, _ = server
    with Story(url) as story:
        story.clock(mode="manual")
        story.clock(advance=123.456789)
    assert replay(cassette, url, "--api-key", KEY).exit_code == 0


@pytest.mark.long
@pytest.mark.deep
def test_a_clock_that_moves_when_looked_at_is_no_difference(timeless: Path, server: tuple[str, Wrapped]) -> None:
    result = replay(timeless, server[0])
    assert result.exit_code == 0, result.output
    assert "further than the recording" in result.output


@pytest.mark.parametrize(
    ("scene", "clock"), [(Story.talk_twice, {"mode": "real", "speed": 60}), (Story.think_again, {"mode": "auto"})]
)
@pytest.mark.long
def test_what_waits_in_the_recording_waits_in_the_replay(
    server: tuple[str, Wrapped], tmp_path: Path, scene: Callable[[Story], None], clock: dict[str, Any]
) -> None:
    url, _ = server
    httpx2.post(f"{url}/_mockdreams/clock", json=clock, headers={"x-api-key": "sk-replay"}).raise_for_status()
    with recording(url, tmp_path / "c.yaml") as (proxy, _), Story(proxy, control=url) as story:
        story.set_stage()
        scene(story)
    result = replay(tmp_path / "c.yaml", url)
    assert result.exit_code == 0, result.output


@pytest.mark.long
@pytest.mark.deep
def test_a_dream_that_takes_its_time_is_polled(timeless: Path, server: tuple[str, Wrapped], tmp_path: Path) -> None:
    """A clock that runs by itself, and a cassette without streams, which would be opened at another moment."""
    url, _ = server
    document = yaml.safe_load(timeless.read_text())
    turn = "/v1/sessions/<session-1>/events"
    polled = (each for each in document["exchanges"] if each["exchange"] < 19 and each["request"]["path"] != turn)
    document["exchanges"] = [each for each in polled if "events" not in each["response"]]
    (tmp_path / "polls.yaml").write_text(yaml.safe_dump(document))
    clock = {"mode": "real", "speed": 600}
    httpx2.post(f"{url}/_mockdreams/clock", json=clock, headers={"x-api-key": "sk-replay"}).raise_for_status()
    result = replay(tmp_path / "polls.yaml", url)
    assert result.exit_code == 0, result.output


@pytest.mark.long
def test_a_clock_that_stands_is_one(timeless: Path, server: tuple[str, Wrapped], tmp_path: Path) -> None:
    url, _ = server
    httpx2.post(f"{url}/_mockdreams/clock", json={"mode": "manual"}, headers={"x-api-key": "sk-replay"})
    found = differences(timeless, url, tmp_path)
    assert ("GET /v1/dreams/<dream-1> body.status", "value", "running", "pending") in found


def silent(type: str, inner: ASGIApp) -> ASGIApp:
    """The fake, whose streams leave out events of a type."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        async def keep(message: Message) -> None:
            if scope["path"].endswith("/stream") and message["type"] == "http.response.body":
                frames = message["body"].split(b"\n\n")
                kept = [frame for frame in frames if not frame.startswith(f"event: {type}\n".encode())]
                message = {**message, "body": b"\n\n".join(kept)}
            await send(message)

        await inner(scope, receive, keep)

    return serve


def dropped(reply: Reply) -> None:
    for dream in records(reply, "dream"):
        dream.pop("output_behavior")


def by_path(reply: Reply) -> None:
    if reply.method == "GET" and reply.path.endswith("/memories") and reply.status == 200:
        reply.body["data"].sort(key=lambda memory: memory["path"])


def reworded(reply: Reply) -> None:
    if "error" in (reply.body or {}) and isinstance(reply.body["error"], dict):
        reply.body["error"]["message"] += " Really."


def other_error(reply: Reply) -> None:
    if reply.status == 409:
        reply.body["error"]["type"] = "conflict_error"


def other_store(reply: Reply) -> None:
    for dream in records(reply, "dream"):
        for output in dream["outputs"]:
            output["memory_store_id"] = dream["inputs"][0]["memory_store_id"]


def bad_ids(reply: Reply) -> None:
    for dream in records(reply, "dream"):
        if dream["session_id"]:
            dream["session_id"] = dream["session_id"].replace("sesn_", "session_")


def negative(reply: Reply) -> None:
    for dream in records(reply, "dream"):
        dream["usage"]["input_tokens"] = -1


def stringy(reply: Reply) -> None:
    for store in records(reply, "memory_store"):
        store["archived_at"] = ""


DREAM = {"GET /v1/dreams/<dream-1>", "GET /v1/dreams/<dream-2>", "POST /v1/dreams"}


@pytest.mark.parametrize(
    ("change", "kind", "calls", "place"),
    [
        (answers.status("POST", "/v1/dreams", 200, 201), "status", {"POST /v1/dreams"}, "status"),
        (dropped, "missing", DREAM, "output_behavior"),
        deep(by_path, "order", {"GET /v1/memory_stores/<memory-store-1>/memories?limit=2&view=full"}, "body.data"),
        deep(answers.header("allow", "GET", "/v1/agents", 200), "extra", {"POST /v1/agents"}, "headers.allow"),
        deep(answers.no_header("retry-after", (429,)), "missing", {"GET /v1/agents/<agent-1>"}, "headers.retry-after"),
        (other_error, "value", {"POST /v1/memory_stores/<memory-store-1>/memories"}, "error.type"),
        deep(other_store, "value", {"GET /v1/dreams/<dream-1>"}, "outputs[0].memory_store_id"),
        deep(bad_ids, "value", {"GET /v1/dreams/<dream-1>"}, "session_id"),
        deep(negative, "value", DREAM, "usage.input_tokens"),
        deep(answers.each("session", answers.zone), "value", {"POST /v1/sessions"}, "created_at"),
        (stringy, "type", {"POST /v1/memory_stores"}, "archived_at"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)  # fmt: skip
@pytest.mark.long
def test_a_fault_is_found_where_it_is(
    cassette: Path,
    server: tuple[str, Wrapped],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    change: Callable[[Reply], None],
    kind: str,
    calls: set[str],
    place: str,
) -> None:
    url, app = server
    falsify(change)(monkeypatch, app)
    found = differences(cassette, url, tmp_path)
    direct = [each for each in found if each[0].endswith(place)]
    assert {each[0].rpartition(" ")[0] for each in direct} >= calls
    assert {each[1] for each in direct} == {kind}
    follow_ups = [each for each in found if not each[0].endswith(place)]
    assert all(" of exchange " in each[0] for each in follow_ups), "what the fault left without a name is not sent"


@pytest.mark.long
def test_an_event_that_is_missing_is_named(
    cassette: Path, server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, app = server
    monkeypatch.setattr(app, "around", silent("session.usage", app.inner))
    assert differences(cassette, url, tmp_path) == [
        ("GET /v1/sessions/<session-1>/events/stream events[7]", "missing", "session.usage", None),
        ("GET /v1/sessions/<session-2>/events/stream events[32]", "missing", "session.usage", None),
    ]


@pytest.mark.long
def test_wording_is_no_difference(cassette: Path, server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch) -> None:
    url, app = server
    falsify(reworded)(monkeypatch, app)
    assert replay(cassette, url).exit_code == 0


@pytest.mark.long
def test_another_machine_is_asked_about_first(
    cassette: Path, server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = server
    monkeypatch.setattr(target, "is_local", lambda host: False)
    refused = replay(cassette, url, input="n\n")
    assert refused.exit_code == 2
    assert "It creates 1 memory stores, 1 agents, 1 environments, 1 sessions, 2 dreams" in refused.output
    assert "nothing was sent" in refused.output
    assert replay(cassette, url, input="y\n").exit_code == 0
    assert replay(cassette, url, "--yes", "--api-key", "sk-other").exit_code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [("exchanges: 3", "is not a cassette"), ("{", "is not a cassette"), (b"\xff", "is not a cassette")],
)
def test_what_is_no_cassette_exits_2(text: str | bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    result = replay(path, "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert words in result.output


def test_a_target_that_is_gone_exits_2(cassette: Path) -> None:
    with served() as (url, _):
        pass
    result = replay(cassette, url)
    assert result.exit_code == 2
    assert "cannot reach" in result.output


@pytest.mark.long
def test_a_connection_that_breaks_is_a_difference(cassette: Path, server: tuple[str, Wrapped], tmp_path: Path) -> None:
    url, _ = server
    fault = {"match": "GET /v1/memory_stores/*/memory_versions", "drop": "before"}
    httpx2.post(f"{url}/_mockdreams/faults", json=fault, headers={"x-api-key": "sk-replay"}).raise_for_status()
    ((place, kind, recorded, answered),) = differences(cassette, url, tmp_path)
    assert place == "GET /v1/memory_stores/<memory-store-1>/memory_versions?limit=2&view=full connection"
    assert (kind, recorded) == ("status", 200)
    assert "disconnected" in answered


@pytest.mark.long
def test_another_service_is_left_clean(
    cassette: Path, server: tuple[str, Wrapped], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target that has no control API: its clock is not moved, and what was made there is removed."""
    url, _ = server
    monkeypatch.setattr(target.Target, "_is_fake", lambda _: False)
    monkeypatch.setattr(replaying, "SERVICE_TIMEOUTS", replaying.TIMEOUTS["auto"])
    result = replay(cassette, url)
    assert "skipped POST /_mockdreams/clock  (only mockdreams has this)" in result.output
    assert "could not be removed" not in result.output
    headers = {"x-api-key": "sk-replay", **BETA}
    for kind in ("memory_stores", "sessions", "environments", "agents"):
        assert httpx2.get(f"{url}/v1/{kind}", headers=headers).json()["data"] == []
