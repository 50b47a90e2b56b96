"""Servers that keep their worlds in a store, stop dead, and are started again, all in one process."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from psycopg.conninfo import conninfo_to_dict
from starlette.types import Receive, Scope, Send

from mockdreams import MockDreams, __version__
from mockdreams.harness.backend import Backend, LocalBackend
from mockdreams.harness.transport import Transport
from mockdreams.http.app import Application
from mockdreams.http.keeping import StoreKeeper
from mockdreams.http.workspaces import Workspace, Workspaces
from mockdreams.server import ThreadedServer
from mockdreams.store.opening import open_store
from mockdreams.world.core.policy import Policy
from mockdreams.world.state.snapshots import save
from tests.support.helpers import HANG_GUARD

KEY = "sk-ant-kept-worlds"
HEADERS = {
    "x-api-key": KEY,
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "managed-agents-2026-04-01,dreaming-2026-04-21",
}


class KeptServer:
    """A server in this process whose worlds are in a directory, or a database at a URL.

    `options` are those of `Workspaces`, `keeping` those of `StoreKeeper`, `opening` those of `open_store`. One that is
    started again takes the place of the one before, as a worker does, and has its worlds at once.
    """

    def __init__(
        self,
        where: Path | str,
        *,
        keeping: dict[str, Any] | None = None,
        opening: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.where = str(where)
        self._opening = {"process": "kept", **(opening or {})}
        self._options = options
        self._keeping = {"lease_seconds": HANG_GUARD, **(keeping or {})}
        self.version = __version__
        self.start()

    def start(self, **options: Any) -> None:
        """Begin, with other `options` than before."""
        self._options |= options
        self.store: Any = open_store(self.where, **self._opening)
        self.keeper = StoreKeeper(self.store, self.version, **self._keeping)
        self.places = Workspaces(keeper=self.keeper, **self._options)
        self.app = Application(self.places)
        self.http = httpx2.Client(transport=Transport(self.app), base_url="http://localhost", headers=HEADERS)

    def stop_dead(self) -> None:
        """Be gone as after `kill -9`: what is not in the store by now never will be."""
        self.http.close()
        self.store.close()
        self.keeper._writer.close()  # so that no thread is left, which writes nothing any more
        self.keeper.leases.stop()
        self.places.close_streams()
        for place in self.places:
            place.close_webhooks()

    def stop(self) -> None:
        """Be gone as after SIGTERM."""
        self.http.close()
        self.places.close_streams()
        self.places.close()

    def restart(self, *, dead: bool = True, **options: Any) -> None:
        if dead:
            self.stop_dead()
        else:
            self.stop()
        self.start(**options)

    def sql(self, *statements: str) -> list[tuple[Any, ...]]:
        """Do something to what is kept, past the server; the rows of the last statement."""
        with closing(self._connected()) as database:
            for statement in statements:
                found = database.execute(statement)
            return found.fetchall() if found.description else []

    def pragma(self, setting: str) -> None:
        """Set something of both connections to SQLite."""
        for connection in (self.store._connection, self.store._quick):
            connection.execute(f"PRAGMA {setting}")

    def keep_nothing(self) -> None:
        """Let nothing be written, as on a disk or a database that became read-only."""
        if self._url is None:
            self.pragma("query_only = ON")
        else:
            self._set_read_only("on")

    def keep_again(self) -> None:
        if self._url is None:
            self.pragma("query_only = OFF")
        else:
            self._set_read_only("off")

    def _set_read_only(self, how: str) -> None:
        name = conninfo_to_dict(self.where)["dbname"]
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        self.sql(
            "SET default_transaction_read_only = off",
            f"ALTER DATABASE {name} SET default_transaction_read_only = {how}",
            f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE {others}",
        )

    def _connected(self) -> Any:
        if self._url is None:
            return sqlite3.connect(Path(self.store.where) / "worlds.db", isolation_level=None)
        return psycopg.connect(self._url, autocommit=True, options="-c search_path=mockdreams")

    @property
    def _url(self) -> str | None:
        return self.where if self.where.startswith("postgresql://") else None

    def place(self, key: str = KEY) -> Workspace:
        """The workspace of a key, in memory."""
        import asyncio

        place = self.places.enter(key) or asyncio.run(self.places.enter_anew(key))
        self.places.leave(place)
        return place

    def snapshot(self, key: str = KEY, *, request_ids: bool = True) -> str:
        """The whole world as JSON; without the number of ids of requests, of which the last may be counted late."""
        document = save(self.place(key).world)
        if not request_ids:
            document["ids"].pop("requests")
        return json.dumps(document, indent=1)


class KeptHandle:
    """What `MockDreams(server=...)` takes: its world is on a kept server, which can stop dead under it."""

    def __init__(self, where: Path | str) -> None:
        self._where = where
        self._server: ThreadedServer | None = None

    def begin(
        self, api_key: str, *, clock: Any, load: Any, policy: Policy, now: Any = None, scenario: Any = None
    ) -> Backend:
        self._key = api_key
        self.kept = KeptServer(
            self._where,
            clock=clock,
            load=load,
            now=now,
            prepare=scenario,
            policy_fields=policy.model_dump(mode="json"),
        )
        return _CurrentBackend(self)

    @property
    def app(self) -> Any:
        return self.kept.app

    @property
    def url(self) -> str:
        if self._server is None:
            self._server = ThreadedServer(self)  # type: ignore[arg-type]
            self._server.start()
        return self._server.url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.kept.app(scope, receive, send)

    def close_streams(self) -> None:
        self.kept.places.close_streams()

    def restart(self, *, dead: bool) -> None:
        """Begin again from what is kept, which is the same to the byte."""
        before = self.kept.snapshot(self._key, request_ids=not dead)
        self.kept.restart(dead=dead)
        assert self.kept.snapshot(self._key, request_ids=not dead) == before

    def close(self) -> None:
        if self._server is not None:
            self._server.stop()
        self.kept.stop_dead()

    def backend(self) -> LocalBackend:
        return LocalBackend(self.kept.place(self._key))


class _CurrentBackend(Backend):
    """The backend of a world, wherever it is now."""

    def __init__(self, handle: KeptHandle) -> None:
        self._handle = handle

    def ask(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Any:
        return self._handle.backend().ask(method, path, body, query)

    def script_dream(self, fields: Any, dreamer: Any, name: str) -> None:
        self._handle.backend().script_dream(fields, dreamer, name)

    def add_receiver(self, fields: Any, receiver: Any, path: str) -> Any:
        return self._handle.backend().add_receiver(fields, receiver, path)

    def exchanges(self, match: str | None = None, status: int | None = None) -> Any:
        return self._handle.backend().exchanges(match, status)


def kept_world(where: Path | str, **options: Any) -> tuple[MockDreams, KeptHandle]:
    """A world that is kept, and the handle that stops and starts its server."""
    handle = KeptHandle(where)
    return MockDreams(server=handle, **options), handle
