"""Large bodies are checked in a process of their own: what it refuses is what would be refused here."""

import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.http.body_parsing import parse_here, parse_plainly
from mockdreams.http.body_process import BodyProcess, is_large, use_process
from mockdreams.wire.agents import UpdateAgent
from mockdreams.wire.errors import ServiceError
from mockdreams.wire.memory import CreateMemoryStore
from mockdreams.wire.messages import CreateMessage
from tests.support.helpers import refused

PAIRS = b",".join(b'"k%d":1' % number for number in range(1_000))


@pytest.fixture(scope="module")
def process() -> Iterator[BodyProcess]:
    process = BodyProcess()
    yield process
    process.close()


@pytest.fixture
def in_use(process: BodyProcess) -> Iterator[None]:
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
    process: BodyProcess, read: Callable[[bytes], Any], body: bytes, told: str
) -> None:
    with pytest.raises(ServiceError) as here:
        read(body)
    there = process.refusal(read, body)
    assert there is not None
    assert vars(there) == vars(here.value)
    assert there.message == told


def test_what_is_right_is_not_refused(process: BodyProcess) -> None:
    assert process.refusal(STORE, b'{"name":"a"}') is None


def test_it_is_started_anew_after_it_was_killed(process: BodyProcess) -> None:
    assert process.refusal(STORE, b"{}") is not None
    assert process._process is not None
    process._process.send_signal(signal.SIGKILL)
    process._process.wait()
    assert process.refusal(STORE, b"{}") is not None


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
