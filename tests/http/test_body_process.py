"""Large bodies are checked in a process of their own: what it refuses is what would be refused here."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.http.body_parsing import parse_here, parse_plainly
from mockdreams.http.body_process import LONG_JOURNAL_BYTES, is_large, use_process
from mockdreams.side_process import NoAnswerError, SideProcess
from mockdreams.wire.agents import UpdateAgent
from mockdreams.wire.errors import ServiceError
from mockdreams.wire.memory import CreateMemoryStore
from mockdreams.wire.messages import CreateMessage
from tests.support.helpers import refused

pytestmark = pytest.mark.process
PAIRS = b",".join(b'"k%d":1' % number for number in range(1_000))


@pytest.fixture(scope="module")
def process() -> Iterator[SideProcess]:
    process = SideProcess()
    yield process
    process.close()


def refusal(process: SideProcess, read: Callable[[bytes], Any], body: bytes) -> ServiceError | None:
    try:
        process.ask(read, body)
    except ServiceError as refused:
        return refused
    return None


@pytest.fixture
def in_use(process: SideProcess) -> Iterator[None]:
    use_process(process)
    yield
    use_process(None)


STORE = partial(parse_here, CreateMemoryStore)
AGENT = partial(parse_here, UpdateAgent, root="agent")


@pytest.mark.parametrize(
    ("read", "body", "told"),
    [
        (STORE, b'{"description":"%b"}' % (b"a" * 70_000), "name: Field required"),
        (STORE, b'{"name":"a",%b}' % PAIRS, 'Failed to parse request body: unknown field "k0"'),
        (STORE, b'{"name":"%b"}' % (rb"\u00e4" * 20_000), "name: maximum string length is 255"),
        (STORE, b"[" * 70_000, "Failed to parse request body: invalid JSON"),
        (AGENT, b'{"name":"%b"}' % (b"a" * 70_000), "agent.name: maximum string length is 256"),
        (partial(parse_plainly, CreateMessage), b'{"model":1,%b}' % PAIRS, "model: Input should be a valid string"),
    ],
    ids=["missing", "unknown", "escapes", "brackets", "with a root", "plainly"],
)
def test_what_it_refuses_is_what_would_be_refused_here(
    process: SideProcess, read: Callable[[bytes], Any], body: bytes, told: str
) -> None:
    with pytest.raises(ServiceError) as here:
        read(body)
    there = refusal(process, read, body)
    assert there is not None
    assert vars(there) == vars(here.value)
    assert there.message == told


def test_what_is_right_is_not_refused(process: SideProcess) -> None:
    assert refusal(process, STORE, b'{"name":"a"}') is None


def test_it_is_started_anew_after_it_was_killed(process: SideProcess) -> None:
    assert refusal(process, STORE, b"{}") is not None
    assert process._process is not None
    process._process.send_signal(signal.SIGKILL)
    process._process.wait()
    assert refusal(process, STORE, b"{}") is not None


def test_nobody_waits_for_one_that_ended_or_cannot_tell(process: SideProcess) -> None:
    for order in ((os._exit, 3), (int, b"no refusal")):
        with pytest.raises(NoAnswerError):
            process.ask(*order)
    assert process.ask(len, b"{}") == 2


@pytest.mark.usefixtures("in_use")
@pytest.mark.parametrize(
    ("method", "path", "body", "told"),
    [
        ("POST", "/v1/memory_stores", b'{"name":"a",%b}' % PAIRS, 'Failed to parse request body: unknown field "k0"'),
        ("PATCH", "/_mockdreams/policy", b"{%b}" % PAIRS, "the policy has no `k0`"),
        ("POST", "/_mockdreams/reset", b'{"policy":{%b}}' % PAIRS, "the policy has no `k0`"),
        ("POST", "/_mockdreams/reset", b'{"load":{%b}}' % PAIRS, "now: Field required"),
    ],
    ids=["service", "policy", "reset, policy", "reset, load"],
)
def test_a_large_body_is_refused_as_ever(
    mockdreams: MockDreams, method: str, path: str, body: bytes, told: str
) -> None:
    there = refused(mockdreams.http.request(method, path, content=body), 400, "invalid_request_error")
    use_process(None)
    here = refused(mockdreams.http.request(method, path, content=body), 400, "invalid_request_error")
    assert (there, here) == (told, told)


@pytest.mark.usefixtures("in_use")
def test_a_large_body_that_is_right_is_taken(mockdreams: MockDreams) -> None:
    store = mockdreams.http.post("/v1/memory_stores", json={"name": "Large"}).json()["id"]
    content = '"Tabs", not spaces.\n' * 4_500
    made = mockdreams.http.post(f"/v1/memory_stores/{store}/memories", json={"path": "/a.md", "content": content})
    assert made.json()["content_size_bytes"] == len(content)


@pytest.mark.parametrize(
    ("body", "large"),
    [
        (b'{"name":"a"}', False),
        (b'"%b"' % (b"a" * 70_000), True),
        (b"[%b1]" % (b"1," * 600), True),
        (b"[%b1]" % (b"1," * 400), False),
        (b'"%b"' % (b"," * 60_000), False),
        (b'"\\"%b"' % (b"," * 60_000), False),
        (b'["\\\\",%b1]' % (b"1," * 600), True),
    ],
    ids=["small", "long", "many", "some", "commas in a text", "after a quote", "after a backslash"],
)
def test_a_body_is_large_by_its_size_or_by_its_items(body: bytes, large: bool) -> None:
    assert is_large(body) is large


class Counted(SideProcess):
    """A process, and how often it was asked."""

    asked = 0

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        self.asked += 1
        return super().ask(function, *arguments)


def test_of_a_large_message_only_what_it_says_comes_back(mockdreams: MockDreams) -> None:
    """The same answers as where it is read by the server; `name` and `age` are what two prepared replies are for."""
    long = "My name is Ann. " * 10_000
    body = {"model": "claude-opus-4-8", "max_tokens": 9, "messages": [{"role": "user", "content": long}]}
    newest = {"anthropic-version": "2026-10-21"}

    def answers() -> list[Any]:
        mockdreams.messages.reply("Ann.", match="My name")
        mockdreams.messages.reply("Nine.", match="My age")
        asked = [mockdreams.http.post("/v1/messages", json=body) for _ in range(2)]
        refusals = [{**body, "messages": []}, {**body, "model": "claude-0"}, {**body, "temperature": 1}]
        asked += [
            mockdreams.http.post("/v1/messages", json={**each, "system": long}, headers=newest) for each in refusals
        ]
        counted = mockdreams.http.post(
            "/v1/messages/count_tokens", json={key: body[key] for key in ("model", "messages")}
        )
        told = [answer.json().get("content", answer.json().get("error")) for answer in asked]
        return [*told, asked[0].json().get("usage"), counted.json()]

    with closing(Counted()) as process:
        use_process(process)
        there, asked = answers(), process.asked
        use_process(None)
    mockdreams.reset()
    assert there == answers()
    assert asked == 6
    assert [block["text"] for block in (*there[0], *there[1])] == ["Ann.", "This is a fixed reply of mockdreams."]
    assert there[-1] == {"input_tokens": 40_001}


@pytest.mark.usefixtures("in_use")
def test_a_large_body_with_secrets_is_in_no_journal(mockdreams: MockDreams) -> None:
    """It is not read where it is noted, which a small one is, with its secrets masked."""
    small = {"display_name": "V", "metadata": {"a": "b"}, "tokne": "SECRET"}
    bodies = [small, {**small, "metadata": {"a": "b" * 70_000}}]
    answers = [mockdreams.http.post("/v1/vaults", json=body) for body in bodies]
    told = 'Failed to parse request body: unknown field "tokne"'
    assert [refused(answer, 400, "invalid_request_error") for answer in answers] == [told, told]
    noted = [exchange.body for exchange in mockdreams.requests]
    assert noted == [{**small, "tokne": "[secret]"}, "[secret]"]


@pytest.mark.usefixtures("in_use")
def test_a_large_body_with_a_wrong_secret_is_refused_without_it(mockdreams: MockDreams) -> None:
    vault = mockdreams.http.post("/v1/vaults", json={"display_name": "V"}).json()["id"]
    auth = {"type": "static_bearer", "mcp_server_url": "https://mcp.example.com/", "token": ["SECRET" * 12_000]}
    answer = mockdreams.http.post(f"/v1/vaults/{vault}/credentials", json={"auth": auth})
    assert refused(answer, 400, "invalid_request_error") == "Failed to parse request: auth.token: expected a string"
    assert "SECRET" not in answer.text
    assert mockdreams.requests[-1].body == "[secret]"


@pytest.fixture
def for_journals(process: SideProcess) -> Iterator[Counted]:
    with closing(Counted()) as journals:
        use_process(process, journals)
        yield journals
    use_process(None)


def test_a_long_journal_is_shown_as_ever(mockdreams: MockDreams, for_journals: Counted) -> None:
    def shown() -> list[tuple[str, str]]:
        queries = ("", "?match=POST%20/v1/*", "?status=404", "?match=PUT%20/v1/*")
        answers = [mockdreams.http.get(f"/_mockdreams/requests{query}") for query in queries]
        found = [(answer.headers["content-length"], answer.text) for answer in answers]
        assert [len(answer.json()["data"]) for answer in answers] == [101, 51, 50, 0]
        return [*found, ("", mockdreams.story())]

    for number in range(50):
        mockdreams.http.post("/v1/memory_stores", json={"name": f"{number}", "description": "a" * 700})
        mockdreams.http.get("/v1/nothing", headers={"x-more": "b" * 4_000})
    mockdreams.http.post("/v1/memory_stores", content=b'{"token": "%b' % ("sk-ant-\u00e4 ".encode() * 20_000))
    there, asked = shown(), for_journals.asked
    use_process(None)
    assert (shown(), asked > 5, for_journals.asked) == (there, True, asked)


def test_a_journal_of_a_few_requests_is_shown_where_it_is(mockdreams: MockDreams, for_journals: Counted) -> None:
    mockdreams.http.post("/v1/memory_stores", json={"name": "Notes", "description": "a" * LONG_JOURNAL_BYTES})
    assert len(mockdreams.http.get("/_mockdreams/requests").json()["data"]) == 1
    asked = for_journals.asked
    mockdreams.requests.clear()
    mockdreams.http.get("/v1/dreams")
    assert len(mockdreams.http.get("/_mockdreams/requests").json()["data"]) == 1
    assert (asked, for_journals.asked) == (1, 1)


@pytest.mark.deep
def test_a_journal_is_shown_whose_process_dies(mockdreams: MockDreams) -> None:
    class Killed(Counted):
        def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
            return super().ask(os._exit, 3)

    mockdreams.http.post("/v1/memory_stores", json={"name": "Notes", "description": "a" * LONG_JOURNAL_BYTES})
    with closing(Killed()) as killed:
        use_process(None, killed)
        assert len(mockdreams.http.get("/_mockdreams/requests").json()["data"]) == 1
        use_process(None)
    assert killed.asked == 1
