"""`mockdreams contract record`: what passes through the proxy, and what is written of it."""

import asyncio
import gzip
import re
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from anthropic import Anthropic
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mockdreams.cli import main
from mockdreams.contract.recording.cassette import UNFINISHED_HEAD, cassette_text, content_of, exchange_text, load
from mockdreams.contract.recording.placeholders import KINDS, PlaceholderBindings, named
from mockdreams.contract.recording.recorder import Recording
from mockdreams.contract.recording.redaction import Redactor
from mockdreams.contract.schema import document
from mockdreams.world.core.ids import IdGenerator
from tests.support.contract_server import served
from tests.support.helpers import HANG_GUARD
from tests.support.machines import depth
from tests.support.recorded import HELLO, KEY, TOKEN, Story, exchanges, recording

pytestmark = pytest.mark.process

SECONDS = HANG_GUARD


@pytest.fixture(scope="module")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The story, recorded."""
    path = tmp_path_factory.mktemp("cassettes") / "story.yaml"
    with served() as (url, _), recording(url, path) as (proxy, _), Story(proxy) as story:
        story.tell()
    return path


class Upstream(BaseHTTPRequestHandler):
    """Answers as the test says."""

    protocol_version = "HTTP/1.1"
    answer: Callable[["Upstream"], None]

    def do_GET(self) -> None:
        type(self).answer(self)

    do_POST = do_PUT = do_GET  # noqa: N815

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length", 0)))

    def give(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self) -> None:
        """The head of a stream that ends with the connection."""
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()

    def say(self, text: bytes) -> None:
        self.wfile.write(text)
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def upstream(answer: Callable[[Upstream], None], port: int = 0) -> Iterator[str]:
    kind = type("Told", (Upstream,), {"answer": answer})
    server = ThreadingHTTPServer(("127.0.0.1", port), kind)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_everything_is_written_and_nothing_that_must_not_be(cassette: Path) -> None:
    text = cassette.read_text(encoding="utf-8")
    for secret in (KEY, TOKEN, "x-api-key:", "authorization:"):
        assert secret not in text
    assert not re.findall(r"[a-z]+_01\w{22}", text)
    assert "page_" not in text.replace("next_page_", "")
    assert "- The key is <secret>.\n" in text
    found = exchanges(cassette)
    assert [each["exchange"] for each in found] == list(range(1, len(found) + 1))
    statuses = {each["response"]["status"] for each in found}
    assert statuses == {200, 400, 401, 404, 409, 429}


def test_an_exchange_reads_like_this(cassette: Path) -> None:
    store = exchanges(cassette)[1]
    assert store["request"] == {
        "method": "POST",
        "path": "/v1/memory_stores",
        "headers": {
            "anthropic-version": store["request"]["headers"]["anthropic-version"],
            "anthropic-beta": "agent-memory-2026-07-22",
            "content-type": "application/json",
        },
        "body": {"name": "Notes", "metadata": {"looks-like": "<=dream-1>"}},
    }
    assert store["response"]["headers"] == {
        "content-type": "application/json",
        "request-id": "<request-2>",
        "anthropic-workspace-id": "<workspace-1>",
    }
    assert store["response"]["body"]["id"] == "<memory-store-1>"
    assert "      content: |\n        - Tabs.\n        - Tabs.\n" in cassette.read_text(encoding="utf-8")


def test_ids_are_named_alike_wherever_they_stand(cassette: Path) -> None:
    found = exchanges(cassette)
    dreams = [each for each in found if each["request"]["path"] == "/v1/dreams" and each["request"]["method"] == "POST"]
    assert [each["response"]["body"]["id"] for each in dreams] == ["<dream-1>", "<dream-2>"]
    assert {each["request"]["body"]["inputs"][0]["memory_store_id"] for each in dreams} == {"<memory-store-1>"}
    pages = [each["request"]["query"].get("page") for each in found if "limit" in each["request"].get("query", {})]
    assert pages == [None, "<page-1>", "<page-2>", None, "<page-2>", None]
    versions = next(each for each in found if each["request"]["path"].endswith("/memory_versions"))
    assert versions["response"]["body"]["next_page"] == "<page-3>"
    absent = next(each for each in found if each["request"]["path"] == "/v1/dreams/<dream-3>")
    assert absent["response"]["body"]["error"]["message"] == "Dream `<dream-3>` not found."
    limited = next(each for each in found if each["response"]["status"] == 429)
    assert limited["response"]["headers"]["retry-after"] == "60"
    keyless = next(each for each in found if each["response"]["status"] == 401)
    assert keyless["request"]["key"] == "none"


def test_streams_are_lists_of_events(cassette: Path) -> None:
    talk, pipeline, deleted = [each["response"] for each in exchanges(cassette) if "events" in each["response"]]
    assert [event["event"] for event in deleted["events"]] == ["session.deleted"]
    assert deleted["ended"] is True
    assert "ended" not in talk
    assert talk["events"][0]["after"] == 11, "the move of the clock"
    assert all(event["event"] == event["data"]["type"] for event in talk["events"] + pipeline["events"])
    assert talk["events"][-1]["data"]["id"].startswith("<event-")
    assert len(pipeline["events"]) > 20


def test_the_same_run_is_the_same_file(cassette: Path, tmp_path: Path) -> None:
    with served() as (url, _), recording(url, tmp_path) as (proxy, _), Story(proxy) as story:
        story.tell()
    assert (tmp_path / "cassette.yaml").read_bytes() == cassette.read_bytes()


def test_an_event_passes_before_the_stream_ends(tmp_path: Path) -> None:
    go_on = threading.Event()

    def answer(told: Upstream) -> None:
        told.stream()
        told.say(b': hello\n\nevent: one\ndata: {"a": 1}\n\nevent: ping\ndata: {}\n\nevent: tw')
        assert go_on.wait(SECONDS)
        told.say(b"o\r\ndata: not\r\ndata: JSON\r\n\r\n")

    path = tmp_path / "c.yaml"
    with (
        upstream(answer) as url,
        recording(url, path) as (proxy, _),
        httpx2.stream("GET", f"{proxy}/v1/x/stream", timeout=SECONDS) as response,
    ):
        lines = response.iter_lines()
        assert [next(lines) for _ in range(4)] == [": hello", "", "event: one", 'data: {"a": 1}']
        until(lambda: "event: one" in path.read_text())
        assert "event: two" not in path.read_text()
        go_on.set()
        assert list(lines)[-4:] == ["event: two", "data: not", "data: JSON", ""]
        until(lambda: "ended" in path.read_text())
    (only,) = exchanges(path)
    assert only["response"]["events"] == [
        {"event": "one", "data": {"a": 1}},
        {"event": "two", "data": "not\nJSON"},
    ]


def test_a_stream_that_breaks_keeps_what_came(tmp_path: Path) -> None:
    with served() as (url, _), recording(url, tmp_path) as (proxy, _), Story(proxy) as story:
        story.set_stage()
        story.control(
            "POST", "/faults", {"match": "GET /v1/sessions/*/events/stream", "cut_after_events": 2, "times": 1}
        )
        with story.beta.sessions.events.stream(story.session) as stream:
            story.beta.sessions.events.send(story.session, events=[HELLO])
            story.clock(advance=60)
            with pytest.raises(httpx2.RemoteProtocolError):
                list(stream)
    (stream_,) = [each["response"] for each in exchanges(tmp_path / "cassette.yaml") if "events" in each["response"]]
    assert len(stream_["events"]) == 2
    assert "ended" not in stream_


def test_an_upstream_that_is_gone_is_a_502_and_the_proxy_stays(tmp_path: Path) -> None:
    def answer(told: Upstream) -> None:
        told.give(b'{"ok": true}')

    with upstream(answer) as url:
        pass
    with recording(url, tmp_path / "c.yaml") as (proxy, _):
        refused = httpx2.get(f"{proxy}/v1/dreams")
        assert refused.status_code == 502
        assert refused.json()["type"] == "error"
        assert refused.json()["error"]["message"].startswith(f"mockdreams is recording {url}, which does not answer")
        assert exchanges(tmp_path / "c.yaml") == []
        with upstream(answer, int(url.rpartition(":")[2])):
            assert httpx2.get(f"{proxy}/v1/dreams").json() == {"ok": True}
    assert [each["exchange"] for each in exchanges(tmp_path / "c.yaml")] == [2]


def test_what_the_upstream_needs_comes_to_it_and_its_answer_goes_back(tmp_path: Path) -> None:
    seen: list[Any] = []

    def answer(told: Upstream) -> None:
        seen.append((told.command, told.path, told.headers.items(), told.body()))
        told.give(b"x" * 10, 299, set_cookie="a=secret-cookie", x_own="1", content_type="text/plain")

    with upstream(answer) as url, recording(f"{url}/base/", tmp_path / "c.yaml") as (proxy, _):
        for _ in range(2):
            response = httpx2.put(f"{proxy}/v1/a%2Fb?x=%5b&x=2&y", content=b"\xff\x00", headers={"X-Any": "thing"})
    for method, path, headers, body in seen:
        assert (method, path, body) == ("PUT", "/base/v1/a%2Fb?x=%5b&x=2&y", b"\xff\x00")
        given = {name.lower(): value for name, value in headers}
        assert given["x-any"] == "thing"
        assert given["host"] == url.removeprefix("http://")
        assert "cookie" not in given
    assert (response.status_code, response.text) == (299, "x" * 10)
    assert (response.headers["set-cookie"], response.headers["x-own"]) == ("a=secret-cookie", "1")
    recorded = exchanges(tmp_path / "c.yaml")[0]
    assert recorded["request"] == {
        "method": "PUT",
        "path": "/v1/a%2Fb",
        "query": {"x": ["[", "2"], "y": ""},
        "key": "none",
        "binary": b"\xff\x00",
    }
    assert recorded["response"] == {"status": 299, "headers": {"content-type": "text/plain"}, "text": "x" * 10}
    assert "secret-cookie" not in (tmp_path / "c.yaml").read_text()


def test_gzip_and_large_bodies(tmp_path: Path) -> None:
    large = [f"line {number}" for number in range(10_000)]

    def answer(told: Upstream) -> None:
        body = told.body()
        told.give(gzip.compress(body), content_encoding="gzip", content_type="application/json")

    with upstream(answer) as url, recording(url, tmp_path / "c.yaml") as (proxy, _):
        echoed = httpx2.post(f"{proxy}/v1/x", json=large, timeout=HANG_GUARD)
        assert echoed.json() == large
        packed = httpx2.post(f"{proxy}/v1/x", content=gzip.compress(b'"small"'), headers={"content-encoding": "gzip"})
    first, second = exchanges(tmp_path / "c.yaml")
    assert first["request"]["body"] == first["response"]["body"] == large
    assert second["request"]["body"] == "small"
    assert packed.status_code == 200


def test_a_request_is_passed_on_while_it_comes(tmp_path: Path) -> None:
    arrived = threading.Event()

    def answer(told: Upstream) -> None:
        assert told.rfile.readline() == b"5\r\n"
        assert told.rfile.readline() == b"first\r\n"
        arrived.set()
        while told.rfile.readline() != b"0\r\n":
            pass
        told.rfile.readline()
        told.give(b"")

    def parts() -> Iterator[bytes]:
        yield b"first"
        assert arrived.wait(SECONDS)
        yield b" and last"

    with upstream(answer) as url, recording(url, tmp_path / "c.yaml") as (proxy, _):
        assert httpx2.post(f"{proxy}/v1/x", content=parts()).status_code == 200
    assert exchanges(tmp_path / "c.yaml")[0]["request"]["text"] == "first and last"


def test_other_keys_are_counted_and_masked(tmp_path: Path) -> None:
    with served() as (url, _), recording(url, tmp_path / "c.yaml") as (proxy, _):
        for headers in ({"x-api-key": "key-number-one"}, {"authorization": "Bearer key-number-two"}, {}):
            said = {"key-number-two": "I am key-number-one.", "password": "rosebud", "input_tokens": "3"}
            httpx2.post(f"{proxy}/v1/memory_stores?secret=hush", json=said, headers=headers)
    one, two, none = [each["request"] for each in exchanges(tmp_path / "c.yaml")]
    assert [each.get("key") for each in (one, two, none)] == [None, "other-1", "none"]
    assert two["body"] == {"<secret>": "I am <secret>.", "password": "<secret>", "input_tokens": "3"}
    text = (tmp_path / "c.yaml").read_text()
    assert not [word for word in ("rosebud", "hush", "key-number-one") if word in text]


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("use sk-ant-api03-x_Y-1 here", "use <secret> here"),
        ("https://me:pass@example.com/x", "https://<secret>@example.com/x"),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer <secret>"),
        ("task-force at risk-averse desk-top", "task-force at risk-averse desk-top"),
        ("tokens are cheap", "tokens are cheap"),
    ],
)
def test_what_looks_like_a_secret_is_masked(said: str, written: str) -> None:
    assert Redactor().clean({"content": said}) == {"content": written}


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_at_a_signal_and_has_written_everything(how: signal.Signals, tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    with served() as (url, _), recording(url, path) as (proxy, process), Story(proxy) as story:
        story.set_stage()
        with story.beta.sessions.events.stream(story.session) as stream:
            story.beta.sessions.events.send(story.session, events=[HELLO])
            story.clock(advance=60)
            first = next(iter(stream))
            process.send_signal(how)
            assert process.wait(HANG_GUARD) == 0
    found = exchanges(path)
    assert len(found) == 11
    (heard,) = [each["response"]["events"] for each in found if "events" in each["response"]]
    assert heard[0]["event"] == first.type


def test_a_crash_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    with served() as (url, _), recording(url, path) as (proxy, process):
        for number in range(20):
            httpx2.get(f"{proxy}/v1/{number}")
            assert len(exchanges(path)) == number + 1
        process.kill()
        process.communicate()
    assert len(exchanges(path)) == 20
    assert [each.name for each in tmp_path.iterdir()] == ["c.yaml"]


def killed(path: Path) -> bytes:
    """What a recording that is killed leaves behind: two requests that overlap, and a stream beside others."""
    ids = IdGenerator("killed")
    dream, store = ids.mint("drm"), ids.mint("memstore")

    async def say() -> list[bytes]:
        recording, left = Recording(path, warn=pytest.fail), list[bytes]()

        async def whole(number: int, path: str, answer: Any) -> None:
            request, response = {"method": "GET", "path": path}, {"status": 200, "body": answer}
            await recording.add(number, request, response)

        first, second, stream = [recording.begin({}) for _ in range(3)]
        await whole(second, "/v1/b", {"id": dream, "text": "- Ünïcode 🎉\n# recorded\n\n- exchange: 1\n"})
        left.append(path.read_bytes())
        await whole(first, "/v1/a", {"id": store, "of": dream})
        left.append(path.read_bytes())
        await recording.add(stream, {"method": "GET", "path": "/v1/s/stream"}, {"status": 200}, stream=True)
        for number in range(3):
            recording.add_event(stream, b'event: a\ndata: {"n": %d}' % number)
            left.append(path.read_bytes())
            await whole(recording.begin({}), f"/v1/{number}", None)
        recording.end(stream)
        left.append(path.read_bytes())
        recording.finish()
        return left

    left = asyncio.run(say())
    assert all(after.startswith(before) for before, after in pairwise(left)), "it is appended to, and not written anew"
    return left[-1]


def test_a_recording_that_was_killed_is_one_that_ended(tmp_path: Path) -> None:
    ended, cut = tmp_path / "ended.yaml", tmp_path / "cut.yaml"
    cut.write_bytes(killed(ended))
    found = load(cut, warn=pytest.fail)
    assert [each.number for each in found] == [1, 2, 3, 4, 5, 6]
    assert [event.after for event in found[2].response.events or ()] == [3, 4, 5]
    assert found[0].response.content["body"] == {"id": "<memory-store-1>", "of": "<dream-1>"}
    assert found == load(ended, warn=pytest.fail)


def test_wherever_a_recording_is_cut_off_what_was_whole_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.yaml"
    raw = killed(path)
    all_of_it = yaml.load(raw, yaml.CSafeLoader)["exchanges"]
    whole, start = 0, raw.index(b"exchanges:\n") + 11
    boundaries = {match.end() for match in re.finditer(b"\n# recorded\n", raw)}
    for end in sorted({*range(start, len(raw), 7), *boundaries}):
        path.write_bytes(raw[:end])
        warnings = list[str]()
        marks = raw[:end].count(b"\n# recorded\n")
        if not marks:
            with pytest.raises(ValueError, match="it has no exchanges"):
                load(path, warnings.append)
            continue
        found = load(path, warnings.append)
        assert len(found) == sum("exchange" in item for item in all_of_it[:marks])
        heard = sum(len(each.response.events or ()) for each in found)
        assert heard == sum("event" in item for item in all_of_it[:marks])
        if raw[:end].endswith(b"\n# recorded\n"):
            whole = end
            assert warnings == []
        else:
            cut = f"was cut off while it was recorded: its last {end - whole} bytes are left out"
            assert warnings == [f"{path} {cut}"]


def test_replay_tells_of_a_cut_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "cut.yaml"
    path.write_bytes(killed(path)[:-1])
    command = ["contract", "replay", str(path), "--target", "http://127.0.0.1:9", "--api-key", "sk-replay"]
    warning, error = CliRunner().invoke(main, command).stderr.splitlines()
    assert warning.startswith(f"Warning: {path} was cut off while it was recorded: ")
    assert error.startswith("Error: cannot reach ")


def test_a_file_that_takes_no_more_is_told_once_and_at_the_end_an_error(tmp_path: Path) -> None:
    path, warnings = tmp_path / "c.yaml", list[str]()

    async def say() -> None:
        recording = Recording(path, warnings.append)
        for number in (1, 2):
            await recording.add(recording.begin({}), {"method": "GET", "path": f"/v1/{number}"}, {"status": 200})
        recording.finish()

    resource = pytest.importorskip("resource")
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(UNFINISHED_HEAD) + 10, limit[1]))
        with pytest.raises(OSError, match="large"):
            asyncio.run(say())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, before)
    (told,) = warnings
    assert told.startswith(f"cannot write to {path}: File too large; ")


def test_a_folder_that_was_removed_meanwhile_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "c.yaml"
    path.parent.mkdir()

    async def say() -> None:
        recording = Recording(path, pytest.fail)
        shutil.rmtree(path.parent)
        await recording.add(recording.begin({}), {"method": "GET", "path": "/v1/a"}, {"status": 200})
        recording.finish()

    asyncio.run(say())
    assert [each.request.path for each in load(path, pytest.fail)] == ["/v1/a"]


def test_many_at_once(tmp_path: Path) -> None:
    with served() as (url, _), recording(url, tmp_path / "c.yaml") as (proxy, _):

        def work(name: str) -> None:
            with Anthropic(api_key=KEY, base_url=proxy) as client:
                for _ in range(4):
                    store = client.beta.memory_stores.create(name=name)
                    assert client.beta.memory_stores.retrieve(store.id).name == name

        threads = [threading.Thread(target=work, args=(f"n{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = exchanges(tmp_path / "c.yaml")
    names = {each["response"]["body"]["id"]: each["response"]["body"]["name"] for each in found}
    assert len(found) == 64
    assert len(names) == 32
    assert all(names[each["response"]["body"]["id"]] == each["response"]["body"]["name"] for each in found)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--upstream", "nonsense"], "is not an http or https URL"),
        (["--out", "pyproject.toml"], "is there already"),
        (["--host", "203.0.113.1"], "cannot record to"),
    ],
)
def test_what_cannot_be_recorded_exits_2(options: list[str], words: str, tmp_path: Path) -> None:
    command = ["contract", "record", "--upstream", "http://127.0.0.1:9", "--out", str(tmp_path / "c.yaml"), *options]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert words in result.output


def test_every_kind_of_id_in_the_schema_has_a_name() -> None:
    schemas = document()["components"]["schemas"].values()
    prefixes = {found[1] for each in schemas if (found := re.match(r"\^([a-z]+)_\[", str(each.get("pattern"))))}
    assert {"drm", "memstore", "req"} < prefixes
    assert prefixes <= KINDS.keys()


def test_an_id_of_an_unknown_kind_is_named_after_its_prefix() -> None:
    one, two = (IdGenerator("x").mint("toolu"), IdGenerator("y").mint("toolu"))
    assert named(f"{one} {two} {one}, not my_{'a' * 24} nor page_size") == (
        f"<toolu-id-1> <toolu-id-2> <toolu-id-1>, not my_{'a' * 24} nor page_size"
    )


texts = st.text(st.characters(codec="utf-8"))
lookalikes = st.lists(st.one_of(texts, st.sampled_from(["<dream-1>", "<=dream-1>", "<", ">", "=", "dream-1", "\n "])))
words = st.one_of(texts, lookalikes.map("".join))
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), words),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(words, inner)),
    max_leaves=20,
)


@depth(5)
@given(values, words)
def test_whatever_is_said_comes_back_from_the_file(
    tmp_path_factory: pytest.TempPathFactory, body: Any, id: str
) -> None:
    dream = IdGenerator(id).mint("drm")
    said = Redactor().clean({"method": "POST", "path": "/", "body": {"said": body, "in": f"<{dream}>", dream: dream}})
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_text(cassette_text(named(exchange_text(1, said, {"status": 200}))), encoding="utf-8")
    (exchange,) = load(path)
    bindings = PlaceholderBindings()
    bindings.bind("<dream-1>", dream)
    assert bindings.sent(exchange.request.content)["body"] == {"said": body, "in": f"<{dream}>", dream: dream}


@given(st.binary())
def test_any_bytes_are_some_content(raw: bytes) -> None:
    ((kind, value),) = content_of(raw).items() if raw else [("binary", b"")]
    if kind != "body":
        assert (str(value).encode() if kind == "text" else value) == raw
    assert yaml.safe_load(yaml.safe_dump({kind: value})) == {kind: value}


def test_what_json_can_say_and_yaml_cannot_is_text() -> None:
    for raw in (rb'{"a": "\ud800"}', b"[NaN]", b"[1e999]", b"{"):
        assert content_of(raw) == {"text": raw.decode()}
