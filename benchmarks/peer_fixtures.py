"""What a test pays for a fake of its own, by how that fake is made."""

import subprocess
import time
from collections.abc import Callable, Mapping
from functools import partial

from benchmarks import life, servers
from benchmarks.load import ask, request
from benchmarks.options import Options
from benchmarks.peer_setup import MOTO, MissingPeerError, Peer, install, running
from benchmarks.report import Row, Table
from mockdreams.wire.betas import DREAMING

TIMES = 50
"""What takes no process is done so often in a round."""
NOTE = (
    "Processes are killed, not asked to end. The clients of the decorated tests exist beforehand: making one of boto3 "
    "takes much longer than its answer. The Uvicorn on a thread is not asked."
)
DECORATED = {
    "moto.mock_aws": """
import boto3, moto
client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any")
def once():
    with moto.mock_aws():
        client.list_buckets()
""",
    "respx": """
import httpx, respx
client = httpx.Client()
def once():
    with respx.mock:
        respx.get("http://localhost/").respond(json={})
        client.get("http://localhost/").raise_for_status()
""",
    "responses": """
import requests, responses
session = requests.Session()
def once():
    with responses.RequestsMock() as mocked:
        mocked.get("http://localhost/", json={})
        session.get("http://localhost/").raise_for_status()
""",
}
MEASURED = f"""
import time
once()
start = time.perf_counter()
for _ in range({TIMES}):
    once()
print((time.perf_counter() - start) / {TIMES} * 1e3)
"""


def fixtures(ours: str, first: Mapping[Peer, bytes], options: Options) -> Table:
    """Set up, answer once, tear down. `first` is what each peer is asked; the schema for the mocks is written."""
    ways: dict[str, Callable[[], float]] = {
        ours: partial(_timed, life.world_and_answer, TIMES),
        "bare Uvicorn, a thread": partial(_timed, life.own_server, 1),
        "bare Uvicorn, a process": partial(_timed, _bare_process, 1),
        **{f"{peer.title}, a process": partial(_timed, partial(_process, peer, first[peer]), 1) for peer in first},
        **{f"{name}, a decorator": partial(_decorated, source) for name, source in DECORATED.items()},
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    missing: list[Row] = []
    ways[ours]()  # the first starts what all worlds of a process share
    for name, way in ways.items():
        try:
            taken[name].append(way())
        except MissingPeerError as why:
            missing.append(Row(f"{name}: {why}"))
            del taken[name]
    rows = [Row(name, values, taken[ours]) for name, values in taken.items()]
    return Table("peers: a fake set up, asked once and torn down, wall time", "ms", "mockdreams", rows + missing, NOTE)


def _bare_process() -> None:
    with servers.floor("starlette", "/", b"{}") as server:
        ask(server.port, request("GET", "/", DREAMING))


def _process(peer: Peer, first: bytes) -> None:
    with running(peer, first):
        pass


def _decorated(source: str) -> float:
    command = [str(install(MOTO) / "python"), "-c", source + MEASURED]
    return float(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)


def _timed(action: Callable[[], object], times: int) -> float:
    """Milliseconds for each of `times`."""
    start = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - start) / times * 1e3
