"""The handle: a world of one's own on the process's one server, with every lever in reach."""

import atexit
import threading
from datetime import datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockdreams.clients import Clients
from mockdreams.world.clock import Clock, ClockMode, parse_now
from mockdreams.world.policy import Policy

if TYPE_CHECKING:
    from mockdreams.http.app import Application
    from mockdreams.http.places import Places
    from mockdreams.levers import DreamLever, FaultLever, RequestLever, SessionLever
    from mockdreams.server import ThreadedServer
    from mockdreams.transport import AsyncTransport, Transport
    from mockdreams.world.seeds import Beginning

_KEYS = count(1)


class Host:
    """The server of this process and the worlds on it. Started by the first that needs it, stopped at exit."""

    is_fake = True
    run = ""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._app: Application | None = None
        self._server: ThreadedServer | None = None

    @property
    def app(self) -> "Application":
        with self._lock:
            if self._app is None:
                from mockdreams.http.app import Application
                from mockdreams.http.places import Places

                self._app = Application(Places())
            return self._app

    @property
    def places(self) -> "Places":
        return self.app.places

    @property
    def url(self) -> str:
        with self._lock:
            if self._server is None:
                self._server = self._start()
            return self._server.url

    def stop(self) -> None:
        """Stop the server, if it runs; the next that needs it starts another."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stop()

    def world(self, **options: Any) -> "MockDreams":
        """A fresh world on this server; `options` are those of `MockDreams`."""
        return MockDreams(**options)

    def _start(self) -> "ThreadedServer":
        from mockdreams.server import ThreadedServer

        server = ThreadedServer(self.app)
        server.start()
        atexit.register(self.stop)
        return server


HOST = Host()


class MockDreams(Clients):
    """A fresh world, for a `with` block.

    `clock` is `"auto"`, `"manual"` or `"real"`. `load` names a seed world, or a file with one or with a snapshot.
    `policy` is a `Policy`, or a dict of the fields that differ from the defaults.
    `now` is when the world begins: a datetime, or `"wall"` for the wall clock's. Raises ValueError for values that
    are none of these, before anything starts.
    """

    def __init__(
        self,
        clock: ClockMode = "auto",
        load: str | Path | None = None,
        policy: Policy | dict[str, Any] | None = None,
        *,
        now: datetime | str | None = None,
        api_key: str | None = None,
    ) -> None:
        if clock not in ("real", "auto", "manual"):
            raise ValueError(f"clock must be real, auto or manual, not {clock!r}")
        self.api_key = api_key or f"sk-ant-mockdreams-{next(_KEYS)}"
        beginning = None if load is None else _beginning(load)
        rules = Policy(**policy) if isinstance(policy, dict) else policy
        self._place = HOST.places.begin(self.api_key, clock=clock, load=beginning, policy=rules, now=parse_now(now))

    def close(self) -> None:
        """Forget the world; the server stays for the next."""
        super().close()
        self._place.forget()

    @property
    def url(self) -> str:
        return HOST.url

    @property
    def clock(self) -> Clock:
        """The world's time, and what waits for it."""
        return self._place.world.clock

    @property
    def policy(self) -> Policy:
        """The world's limits and durations; assign to its fields to change them."""
        return self._place.world.policy

    @cached_property
    def faults(self) -> "FaultLever":
        """Outages to come."""
        from mockdreams.levers import FaultLever

        return FaultLever(self._place)

    @cached_property
    def dreams(self) -> "DreamLever":
        """What becomes of the next dreams."""
        from mockdreams.levers import DreamLever

        return DreamLever(self._place)

    @cached_property
    def sessions(self) -> "SessionLever":
        """What becomes of the next turns of sessions."""
        from mockdreams.levers import SessionLever

        return SessionLever(self._place)

    @cached_property
    def requests(self) -> "RequestLever":
        """What was asked and answered."""
        from mockdreams.levers import RequestLever

        return RequestLever(self._place.journal, self.story)

    def story(self) -> str:
        """Hints, dreams with their timelines, the last requests, and what waits for the clock: for people."""
        return self._place.story()

    @property
    def transport(self) -> "Transport":
        """For an `httpx2.Client` that reaches the world with no socket; any base URL will do."""
        from mockdreams.transport import Transport

        return Transport(HOST.app)

    @property
    def async_transport(self) -> "AsyncTransport":
        """For an `httpx2.AsyncClient` that reaches the world with no socket; any base URL will do."""
        from mockdreams.transport import AsyncTransport

        return AsyncTransport(HOST.app)

    def snapshot(self) -> dict[str, Any]:
        """The whole world as one JSON document, for `restore`, or for a file that `load` takes.

        Raises ValueError while a script with a dreamer of the test's own is waiting: a function cannot be saved.
        """
        from mockdreams.world.snapshots import save

        return save(self._place.world)

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Make the world what it was in `snapshot`: time, ids, running dreams. Open streams end.

        Raises ValueError, and changes nothing, if that is no snapshot.
        """
        from mockdreams.world.snapshots import restore

        restore(self._place.world, snapshot)

    def reset(self) -> None:
        """Make the world as it was at first."""
        self._place.reset()


def _beginning(load: str | Path) -> "Beginning":
    from mockdreams.world import seeds

    return seeds.load(load)
