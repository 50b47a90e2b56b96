"""What a fresh process does first: little, and the same from many threads at once."""

import pytest

from tests.support.deep import deep
from tests.support.fresh import in_fresh_process

pytestmark = pytest.mark.process

BUILT = """
from pydantic import BaseModel

from mockdreams import MockDreams
from mockdreams.http.service_router import all_routes

def kinds(of):
    return [each for kind in of.__subclasses__() for each in (kind, *kinds(kind))]

def ours():
    return [kind for kind in kinds(BaseModel) if kind.__module__.startswith("mockdreams.")]

mock = MockDreams()
assert mock.http.get("/v1/memory_stores").json()["data"] == []
assert {kind.__module__ for kind in ours()} <= {
    "mockdreams.http.faults",
    "mockdreams.http.latency",
    "mockdreams.http.stubs",
    "mockdreams.wire.base",
    "mockdreams.wire.memory",
    "mockdreams.world.core.policy",
    "mockdreams.world.core.prices",
}
all_routes()
assert len(ours()) > 150
print([kind.__name__ for kind in ours() if kind.__pydantic_complete__])
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


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        deep(FROM_MANY_THREADS.format(act=FIRST_SHAPES, each=EACH_A_WORLD), "{5}"),
        deep(FROM_MANY_THREADS.format(act=WITHOUT_A_SOCKET, each=EACH_A_WORLD), "{200}"),
        (FROM_MANY_THREADS.format(act=FIRST_WORLDS, each="range(MANY)"), "{529}"),
        (BUILT, "[]"),
    ],
    ids=["shapes", "clients with no socket", "worlds", "a server"],
)
def test_what_comes_first_is_little_and_the_same_from_many_threads_at_once(code: str, printed: str) -> None:
    """First in their processes: shapes that are used, clients with no socket, worlds, and a server, which makes
    the shapes of the memory that it is asked for, and builds none."""
    assert in_fresh_process(code) == (0, f"{printed}\n")
