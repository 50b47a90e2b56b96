"""What a fresh process does first: little, and the same from many threads at once."""

import subprocess
import sys

import pytest

from tests.support.helpers import HANG_GUARD

pytestmark = pytest.mark.process

BUILT = """
from pydantic import BaseModel

from mockdreams import MockDreams

def kinds(of):
    return [each for kind in of.__subclasses__() for each in (kind, *kinds(kind))]

MockDreams().url
ours = [kind for kind in kinds(BaseModel) if kind.__module__.startswith("mockdreams.")]
assert len(ours) > 150
print([kind.__name__ for kind in ours if kind.__pydantic_complete__])
"""

FROM_MANY_THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx2

from mockdreams import MockDreams

MANY = 16
sys.setswitchinterval(1e-6)
together = Barrier(MANY)
{act}
with ThreadPoolExecutor(MANY) as threads:
    print(set(threads.map(act, {each})))
"""
EACH_A_WORLD = "[MockDreams() for _ in range(MANY)]"

FIRST_SHAPES = """
def act(mock):
    together.wait()
    mock.dreams.script(fail="timeout", at=0.5, write={"/a.md": "Tabs."}, usage={"input_tokens": 5})
    mock.sessions.script([{"delegate": "Helper", "turn": ["Hm."]}, "Hello.", {"spend": {"input_tokens": 3}}])
    mock.faults.add("GET /v1/agents", status=529)
    mock.policy.dream_max_sessions = 5
    return mock.snapshot()["policy"]["dream_max_sessions"]
"""

WITHOUT_A_SOCKET = """
def act(mock):
    with httpx2.Client(transport=mock.transport, base_url="http://mockdreams") as client:
        together.wait()
        return client.get("/_mockdreams/health").status_code
"""

FIRST_WORLDS = """
def act(_):
    together.wait()
    mock = MockDreams()
    mock.faults.add("GET /v1/dreams", status=529)
    return mock.http.get("/v1/dreams").status_code
"""


def fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANG_GUARD)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def from_many_threads(act: str, each: str) -> str:
    """What many threads, all at once, get from doing this first in a process."""
    return fresh(FROM_MANY_THREADS.format(act=act, each=each))


def test_a_server_starts_before_any_shape_is_built() -> None:
    assert fresh(BUILT) == "[]"


def test_shapes_may_be_used_first_by_many_threads_at_once() -> None:
    assert from_many_threads(FIRST_SHAPES, EACH_A_WORLD) == "{5}"


def test_clients_without_a_socket_may_be_used_first_by_many_threads_at_once() -> None:
    assert from_many_threads(WITHOUT_A_SOCKET, EACH_A_WORLD) == "{200}"


def test_the_first_worlds_may_be_made_by_many_threads_at_once() -> None:
    assert from_many_threads(FIRST_WORLDS, "range(MANY)") == "{529}"
