"""What a suite costs whose every test makes a store, a session and a dream through the SDK, and polls it to its end."""

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx2
from anthropic import Anthropic, DefaultHttpxClient

from benchmarks.load import HOST, cpu_seconds, request
from benchmarks.options import Options
from benchmarks.peer_setup import AIMOCK, AIMOCK_REPLIES, MOTO, MissingPeerError, install, running
from benchmarks.report import Row, Table
from mockdreams import MockDreams

MODEL = "claude-opus-4-8"
TESTS = 12
SUITE = 1_000
ROUNDS = 2
NOTE = (
    "Each test makes a client and as many calls as ours does. The SDK's own share is the row of the stubs: httpx2's "
    "MockTransport answers from a dictionary. aimock is one process for all tests and answers messages; moto's tests "
    "put and get objects of S3 in a mock_aws block each."
)
MOTO_SUITE = """
import sys, time, boto3, moto
def test(calls):
    with moto.mock_aws():
        client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any")
        client.create_bucket(Bucket="bucket")
        for number in range((calls - 1) // 2):
            client.put_object(Bucket="bucket", Key=str(number), Body=b"{}")
        for number in range(calls - 1 - (calls - 1) // 2):
            client.get_object(Bucket="bucket", Key="0")["Body"].read()
tests, calls = map(int, sys.argv[1:])
test(calls)
start = time.process_time()
for _ in range(tests):
    test(calls)
print(time.process_time() - start)
"""


def suite(options: Options) -> Iterator[Table]:
    """1,000 tests through the SDK, beside stubs of the same answers, aimock and moto (installed on demand)"""
    tests = SUITE if options.large else TESTS // 5 if options.quick else TESTS
    recorded = _recorded()
    calls = sum(map(len, recorded.values()))
    with ExitStack() as stack:
        ways: dict[str, Callable[[], float]] = {
            "stubs through the SDK (httpx2.MockTransport)": lambda: _timed(lambda: _with_stubs(recorded), tests),
            "mockdreams, a world for each test": lambda: _timed(_with_world, tests),
            "mockdreams, with no socket": lambda: _timed(_without_socket, tests),
        }
        missing = []
        try:
            sent = {"model": MODEL, "max_tokens": 9, "messages": [{"role": "user", "content": "hello"}]}
            first = request("POST", "/v1/messages", "", json.dumps(sent).encode())
            install(AIMOCK)
            AIMOCK_REPLIES.write_text(json.dumps({"fixtures": [{"match": {}, "response": {"content": "Hi."}}]}))
            aimock = stack.enter_context(running(AIMOCK, first))
            url = f"http://{HOST}:{aimock.port}"
            ways[AIMOCK.title] = lambda: _timed(lambda: _with_messages(url, calls), tests, aimock.pid)
        except MissingPeerError as why:
            missing.append(Row(f"{AIMOCK.title}: {why}"))
        try:
            python = str(install(MOTO) / "python")
            ways[f"{MOTO.title}, a decorator"] = lambda: _moto(python, tests, calls)
        except MissingPeerError as why:
            missing.append(Row(f"{MOTO.title}: {why}"))
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(min(options.rounds, ROUNDS)):
            for name, way in ways.items():
                taken[name].append(way() / tests * SUITE)
    stubs = next(iter(taken.values()))
    rows = [Row(name, values, stubs) for name, values in taken.items()]
    title = f"suite: {SUITE:,} tests of {calls} calls each, from {tests} of them"
    yield Table(title, "s of CPU", "stubs", [*rows, *missing], NOTE)


def dream_and_poll(client: Anthropic) -> None:
    """The code under test."""
    beta = client.beta
    store = beta.memory_stores.create(name="Notes")
    agent = beta.agents.create(name="Helper", model=MODEL)
    environment = beta.environments.create(name="Cloud")
    session = beta.sessions.create(agent=agent.id, environment_id=environment.id)
    dream = beta.dreams.create(
        inputs=[
            {"type": "memory_store", "memory_store_id": store.id},
            {"type": "sessions", "session_ids": [session.id]},
        ],
        model=MODEL,
    )
    while dream.status in ("pending", "running"):
        dream = beta.dreams.retrieve(dream.id)
    assert dream.status == "completed"


def _with_world() -> None:
    with MockDreams() as mock:
        dream_and_poll(mock.client())


def _without_socket() -> None:
    with MockDreams() as mock, DefaultHttpxClient(transport=mock.transport) as http:
        dream_and_poll(mock.client(http_client=http))


Recorded = dict[tuple[str, str], list[bytes]]


def _recorded() -> Recorded:
    """The answers of one test, in order, by method and path."""
    answers: Recorded = {}
    with MockDreams() as mock:

        def record(asked: httpx2.Request) -> httpx2.Response:
            answer = mock.transport.handle_request(asked)
            answers.setdefault((asked.method, asked.url.path), []).append(answer.read())
            return answer

        with DefaultHttpxClient(transport=httpx2.MockTransport(record)) as http:
            dream_and_poll(mock.client(http_client=http))
    return answers


def _with_stubs(recorded: Recorded) -> None:
    left = {key: iter(bodies) for key, bodies in recorded.items()}
    headers = {"content-type": "application/json"}

    def answer(asked: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers=headers, content=next(left[asked.method, asked.url.path]))

    with Anthropic(
        api_key="any",
        base_url="http://world",
        http_client=DefaultHttpxClient(transport=httpx2.MockTransport(answer)),
    ) as client:
        dream_and_poll(client)


def _with_messages(url: str, calls: int) -> None:
    http = DefaultHttpxClient(verify=False, trust_env=False)
    with Anthropic(api_key="any", base_url=url, http_client=http) as client:
        for _ in range(calls):
            client.messages.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "hello"}])


def _moto(python: str, tests: int, calls: int) -> float:
    command = [python, "-c", MOTO_SUITE, str(tests), str(calls)]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def _timed(test: Callable[[], None], tests: int, server: int | None = None) -> float:
    """Seconds of CPU for so many tests, after a first: of this process, and of the `server` that has another."""
    test()
    start = _cpu(server)
    for _ in range(tests):
        test()
    return _cpu(server) - start


def _cpu(server: int | None) -> float:
    return time.process_time() + (0 if server is None else cpu_seconds(server))
