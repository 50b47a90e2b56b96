"""What a fresh process does first: little, and the same from many threads at once."""

import subprocess
import sys

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

TOGETHER = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from mockdreams import MockDreams

MANY = 16
sys.setswitchinterval(1e-6)
together = Barrier(MANY)

def prepare(mock):
    together.wait()
    mock.dreams.script(fail="timeout", at=0.5, write={"/a.md": "Tabs."}, usage={"input_tokens": 5})
    mock.sessions.script([{"delegate": "Helper", "turn": ["Hm."]}, "Hello.", {"spend": {"input_tokens": 3}}])
    mock.faults.add("GET /v1/agents", status=529)
    mock.policy.dream_max_sessions = 5
    return mock.snapshot()["policy"]["dream_max_sessions"]

with ThreadPoolExecutor(MANY) as threads:
    print(set(threads.map(prepare, [MockDreams() for _ in range(MANY)])))
"""

WITHOUT_A_SOCKET = """
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx2

from mockdreams import MockDreams

MANY = 16
together = Barrier(MANY)

def ask(mock):
    with httpx2.Client(transport=mock.transport, base_url="http://mockdreams") as client:
        together.wait()
        return client.get("/_mockdreams/health").status_code

with ThreadPoolExecutor(MANY) as threads:
    print(set(threads.map(ask, [MockDreams() for _ in range(MANY)])))
"""

FIRST_WORLDS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from mockdreams import MockDreams

MANY = 16
sys.setswitchinterval(1e-6)
together = Barrier(MANY)

def begin(_):
    together.wait()
    mock = MockDreams()
    mock.faults.add("GET /v1/dreams", status=529)
    return mock.http.get("/v1/dreams").status_code

with ThreadPoolExecutor(MANY) as threads:
    print(set(threads.map(begin, range(MANY))))
"""


def fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_server_starts_before_any_shape_is_built() -> None:
    assert fresh(BUILT) == "[]"


def test_shapes_may_be_used_first_by_many_threads_at_once() -> None:
    assert {fresh(TOGETHER) for _ in range(3)} == {"{5}"}


def test_clients_without_a_socket_may_be_used_first_by_many_threads_at_once() -> None:
    assert {fresh(WITHOUT_A_SOCKET) for _ in range(3)} == {"{200}"}


def test_the_first_worlds_may_be_made_by_many_threads_at_once() -> None:
    assert {fresh(FIRST_WORLDS) for _ in range(3)} == {"{529}"}
