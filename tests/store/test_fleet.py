"""Replicas that are killed, stopped and paused at random lose nothing that was acknowledged.

`MOCKDREAMS_TEST_FLEET_SECONDS` says for how long, with callers that never rest; the suite takes a few seconds, in which
they do. `MOCKDREAMS_TEST_FLEET_SEED` says how.
"""

import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import anthropic
import pytest
from anthropic import Anthropic, DefaultHttpxClient

from tests.support.balancers import needs_haproxy
from tests.support.databases import Postgresql, needs_postgresql
from tests.support.fleet import Replica, fleet
from tests.support.helpers import HANG_GUARD

pytestmark = [pytest.mark.process, needs_haproxy, needs_postgresql]

ASKED = os.environ.get("MOCKDREAMS_TEST_FLEET_SECONDS")
SECONDS = float(ASKED or "8")
REST = 0.0 if ASKED else 0.4
"""Seconds between two calls of a caller."""
SEED = int(os.environ.get("MOCKDREAMS_TEST_FLEET_SEED", "1"))
CLIENTS = 8
PAUSE_SECONDS = 5
"""Longer than a lease."""


class Caller:
    """Somebody with a key who writes memories, and knows what was acknowledged."""

    def __init__(self, url: str, number: int) -> None:
        self.key = f"sk-ant-api03-caller-{number}"
        credential = {"api_key": self.key} if number % 2 else {"auth_token": self.key, "api_key": None}
        self.request_ids: list[str] = []
        told = DefaultHttpxClient(event_hooks={"response": [self._note]}, timeout=HANG_GUARD)
        self._client = Anthropic(base_url=url, max_retries=8, http_client=told, **credential)
        self._beta = self._client.beta
        self._store_id = self._beta.memory_stores.create(name=self.key).id
        self.created: dict[str, str] = {}
        """The path of each memory whose creation was acknowledged, by id."""
        self._tried: set[str] = set()
        self._deleted: set[str] = set()
        """What was asked to be deleted, whether that was acknowledged or not."""
        self.gone: set[str] = set()
        """What was acknowledged to be deleted."""
        self._counter_id = self._create("/counter")
        self._counts = 0
        self.count = 0
        """The last number that was acknowledged."""

    def run(self, stopped: threading.Event) -> None:
        moves = random.Random(self.key)
        while not stopped.wait(REST):
            with suppress(anthropic.APIStatusError, anthropic.APIConnectionError):
                moves.choice([self._add, self._add, self._step, self._delete, self.check])()

    def close(self) -> None:
        self._client.close()

    def _note(self, answer: Any) -> None:
        """Keep the id of each answer that has one: those of HAProxy have none."""
        if "request-id" in answer.headers:
            self.request_ids.append(answer.headers["request-id"])

    def check(self) -> None:
        """All that was acknowledged is there, and nothing of anybody else."""
        found = {memory.id: memory.path for memory in self._memories()}
        assert len(found) == len(list(found.values()))
        for id, path in self.created.items():
            assert id in self._deleted or found.get(id) == path, (self.key, id, path)
        assert not self.gone & found.keys()
        assert set(found.values()) <= self._tried | {"/counter"}
        assert [store.name for store in self._beta.memory_stores.list()] == [self.key]
        content = self._beta.memory_stores.memories.retrieve(
            self._counter_id, memory_store_id=self._store_id, view="full"
        ).content
        assert self.count <= int(content or 0) <= self._counts, (self.key, self.count, content, self._counts)

    def _memories(self) -> list[Any]:
        return list(self._beta.memory_stores.memories.list(self._store_id, limit=100))

    def _create(self, path: str) -> str:
        """A try that was made again after its answer was lost finds that there is such a memory."""
        try:
            id = self._beta.memory_stores.memories.create(self._store_id, path=path, content="0").id
        except anthropic.ConflictError:
            return ""
        self.created[id] = path
        return id

    def _add(self) -> None:
        path = f"/{self.key}/{len(self._tried)}"
        self._tried.add(path)
        self._create(path)

    def _step(self) -> None:
        self._counts += 1
        count = self._counts
        self._beta.memory_stores.memories.update(self._counter_id, memory_store_id=self._store_id, content=str(count))
        self.count = count

    def _delete(self) -> None:
        kept = [id for id in self.created if id not in self._deleted and id != self._counter_id]
        if len(kept) > 5:
            self._deleted.add(kept[0])
            self._beta.memory_stores.memories.delete(kept[0], memory_store_id=self._store_id)
            self.gone.add(kept[0])


def harm(replicas: list[Replica], until: float, chance: random.Random) -> list[str]:
    """Kill, stop and pause one replica after the other; what was done."""
    done = []
    while time.monotonic() < until:
        replica = chance.choice(replicas)
        how = chance.choice(["kill", "kill", "kill", "stop", "pause"])
        done.append(how)
        if how == "pause":
            replica.pause(PAUSE_SECONDS)
        else:
            getattr(replica, how)()
            time.sleep(chance.uniform(0, 2))
            replica.begin()
            replica.wait()
        time.sleep(chance.uniform(0, 1))
    return done


def test_nothing_acknowledged_is_lost(postgresql: Postgresql) -> None:
    with fleet(3, postgresql.new_database()) as (url, replicas), ThreadPoolExecutor(CLIENTS) as threads:
        callers = list(threads.map(lambda number: Caller(url, number), range(CLIENTS)))
        stopped = threading.Event()
        running = [threads.submit(caller.run, stopped) for caller in callers]
        done = harm(replicas, time.monotonic() + SECONDS, random.Random(SEED))
        stopped.set()
        for each in running:
            each.result(HANG_GUARD)
        for caller in callers:
            caller.check()
            caller.close()
        ids = [id for caller in callers for id in (*caller.created, *caller.request_ids)]
        assert len(ids) == len(set(ids))
        assert done
        assert all(caller.count for caller in callers)
