"""Replicas that share a directory, in this process, each on a port and an event loop of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
from anthropic import Anthropic

from mockdreams import __version__
from mockdreams.http.app import Application
from mockdreams.http.keeping import StoreKeeper
from mockdreams.http.workspaces import Workspaces
from mockdreams.server import ThreadedServer
from mockdreams.store.sqlite import SqliteStore
from tests.support.helpers import HANG_GUARD

KEY = "sk-ant-of-replicas"
HEADERS = {
    "x-api-key": KEY,
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "managed-agents-2026-04-01,dreaming-2026-04-21",
}


class LocalReplica:
    """One of several servers on one directory."""

    def __init__(self, directory: Path, lease_seconds: float, control_token: str | None = None, **options: Any) -> None:
        self.store = SqliteStore(directory, exclusive=False)
        self.keeper = StoreKeeper(self.store, __version__, lease_seconds=lease_seconds)
        self.places = Workspaces(keeper=self.keeper, **options)
        self._server = ThreadedServer(Application(self.places, control_token=control_token))
        self.url = self._server.url
        self.store.owner = self.url.removeprefix("http://")
        self._server.start()
        self.http = httpx2.Client(base_url=self.url, headers=HEADERS, timeout=HANG_GUARD, verify=False)
        self._clients: dict[str, Anthropic] = {}
        self.is_up = True

    def client(self, key: str = KEY) -> Anthropic:
        if key not in self._clients:
            self._clients[key] = Anthropic(base_url=self.url, api_key=key, timeout=HANG_GUARD, max_retries=0)
        return self._clients[key]

    @property
    def owned(self) -> list[str]:
        """The ends of the keys whose worlds it has in memory."""
        return [place.key_end for place in self.places]

    def die(self) -> None:
        """Answer nothing, renew nothing and let go of nothing."""
        self.is_up = False
        self.http.close()
        for client in self._clients.values():
            client.close()
        self._server.stop()
        self.keeper.leases.stop()

    def stop(self) -> None:
        self.die()
        self.places.close()


@contextmanager
def local_replicas(
    count: int, directory: Path, *, lease_seconds: float = 60, **options: Any
) -> Iterator[list[LocalReplica]]:
    replicas = [LocalReplica(directory, lease_seconds, clock="auto", **options) for _ in range(count)]
    try:
        yield replicas
    finally:
        for replica in replicas:
            if replica.is_up:
                replica.stop()
