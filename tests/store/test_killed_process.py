"""A server that is killed while clients write, and started again: nothing that was acknowledged is lost."""

import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.support.helpers import HANG_GUARD
from tests.support.kept import HEADERS
from tests.support.servers import serving

STORES = "/v1/memory_stores"
CLIENTS = 4
ROUNDS = 2
ENOUGH = 60
"""Answers after which the server is killed."""


class Writers:
    """Clients that create memory stores, each in its own world, until the server is gone."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, list[str]] = {f"sk-ant-writer-{number:06}": [] for number in range(CLIENTS)}
        self._many = threading.Semaphore(0)

    def write_until_killed(self, url: str, process: Any) -> None:
        threads = [threading.Thread(target=self._write, args=(url, key)) for key in self.acknowledged]
        for each in threads:
            each.start()
        for _ in range(ENOUGH):
            assert self._many.acquire(timeout=HANG_GUARD)
        process.kill()
        process.wait()
        for each in threads:
            each.join()

    def _write(self, url: str, key: str) -> None:
        ids = self.acknowledged[key]
        with httpx2.Client(base_url=url, headers={**HEADERS, "x-api-key": key}, trust_env=False) as http:
            try:
                while True:
                    answer = http.post(STORES, json={"name": f"{len(ids)}"})
                    assert answer.status_code == 200, answer.text
                    ids.append(answer.json()["id"])
                    self._many.release()
            except httpx2.TransportError:
                return


def all_ids(http: httpx2.Client, key: str) -> list[str]:
    ids: list[str] = []
    query: dict[str, Any] = {"limit": 100}
    while True:
        answer = http.get(STORES, params=query, headers={"x-api-key": key}).json()
        ids += [store["id"] for store in answer["data"]]
        if answer.get("next_page") is None:
            return ids
        query["page"] = answer["next_page"]


@pytest.mark.process
def test_what_was_acknowledged_is_there_after_kill_9(tmp_path: Path) -> None:
    writers = Writers()
    arguments = ("--port", "0", "--data", str(tmp_path / "worlds"))
    for _ in range(ROUNDS):
        with serving(*arguments) as (url, process):
            writers.write_until_killed(url, process)
    with serving(*arguments) as (url, _), httpx2.Client(base_url=url, headers=HEADERS, trust_env=False) as http:
        for key, acknowledged in writers.acknowledged.items():
            kept = all_ids(http, key)
            assert len(kept) == len(set(kept))
            assert set(acknowledged) <= set(kept)
            assert len(kept) - len(acknowledged) <= ROUNDS  # the last of each round may be kept, and its answer lost
