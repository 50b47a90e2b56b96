"""Handles for what runs elsewhere: a world on another mockdreams server, and the real service."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote
from uuid import uuid4

import httpx2

from mockdreams.clients import Clients
from mockdreams.http.gates import CONTROL_TOKEN
from mockdreams.http.journal import Exchange
from mockdreams.levers import RequestLever
from mockdreams.world.clock import ClockMode
from mockdreams.world.policy import Policy
from mockdreams.world.sleeping import virtual_sleep

TIMEOUT_SECONDS = 30


class Control:
    """The control API of a server, for one API key. Raises ValueError for what it refuses."""

    def __init__(self, http: httpx2.Client, api_key: str) -> None:
        self._http = http
        self._headers = {"x-api-key": api_key}
        if token := os.environ.get("MOCKDREAMS_CONTROL_TOKEN"):
            self._headers[CONTROL_TOKEN.decode()] = token

    def get(self, path: str, **query: Any) -> Any:
        wanted = {name: value for name, value in query.items() if value is not None}
        return self._told(self._http.get(f"/_mockdreams/{path}", params=wanted, headers=self._headers))

    def post(self, path: str, body: Any) -> Any:
        return self._told(self._http.post(f"/_mockdreams/{path}", json=body, headers=self._headers))

    def patch(self, path: str, body: Any) -> Any:
        return self._told(self._http.patch(f"/_mockdreams/{path}", json=body, headers=self._headers))

    def delete(self, path: str) -> Any:
        return self._told(self._http.delete(f"/_mockdreams/{path}", headers=self._headers))

    def _told(self, answer: httpx2.Response) -> Any:
        told = answer.json()
        if answer.is_error:
            raise ValueError(told["error"]["message"])
        return told


class RemoteHost:
    """A running server, by its URL.

    `is_fake` says whether it is a mockdreams server; `run` tells this user of it from all others. Raises
    ConnectionError if nothing answers there.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.http = httpx2.Client(base_url=self.url, timeout=TIMEOUT_SECONDS, verify=not url.startswith("http://"))
        try:
            health = self.http.get("/_mockdreams/health")
        except httpx2.TransportError as refused:
            self.stop()
            raise ConnectionError(f"no server answers at {url}: {refused}") from None
        self.is_fake = health.is_success
        self.run = uuid4().hex

    def world(self, **options: Any) -> "RemoteMockDreams":
        """A fresh world on this server; `options` are those of `MockDreams`."""
        return RemoteMockDreams(self, **options)

    def stop(self) -> None:
        """Leave the server, which goes on."""
        self.http.close()


class RemoteMockDreams(Clients):
    """What `MockDreams` is, for a world on another server: the same levers, over its control API.

    There is no in-process transport and no dreamer of the test's own; everything else is the same.
    """

    def __init__(
        self,
        host: RemoteHost,
        clock: ClockMode = "auto",
        load: str | Path | None = None,
        policy: Policy | dict[str, Any] | None = None,
        *,
        now: datetime | str | None = None,
        api_key: str,
    ) -> None:
        from mockdreams.world import seeds

        self.api_key = api_key
        self._host = host
        self._control = Control(host.http, api_key)
        rules = policy.model_dump(mode="json", exclude_unset=True) if isinstance(policy, Policy) else policy or {}
        when = now.isoformat() if isinstance(now, datetime) else now
        beginning = seeds.load(load).as_json() if load is not None else None
        self._control.post("reset", {"clock": clock, "policy": rules, "load": beginning, "now": when})
        self.clock = RemoteClock(self._control)
        self.faults = RemoteFaults(self._control)
        self.dreams = RemoteDreams(self._control)
        self.sessions = RemoteSessions(self._control)
        self.requests = RequestLever(RemoteJournal(self._control), self.story)

    def close(self) -> None:
        """Forget the world."""
        super().close()
        self._control.delete("world")

    @property
    def url(self) -> str:
        return self._host.url

    @cached_property
    def policy(self) -> Any:
        """The world's limits and durations; assign to its fields to change them."""
        return RemotePolicy(self._control)

    @property
    def transport(self) -> NoReturn:
        raise NotImplementedError(f"no in-process transport: this world is on the server at {self.url}")

    async_transport = transport

    def story(self) -> str:
        """Hints, dreams with their timelines, the last requests, and what waits for the clock: for people."""
        told: str = self._control.get("story")["story"]
        return told

    def snapshot(self) -> dict[str, Any]:
        """The whole world as one JSON document."""
        document: dict[str, Any] = self._control.get("snapshot")
        return document

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Make the world what it was in `snapshot`. Raises ValueError if that is no snapshot."""
        self._control.post("snapshot", snapshot)

    def reset(self) -> None:
        """Make the world as it was at first."""
        self._control.post("reset", {})


class RemoteClock:
    """`mock.clock`."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._frozen: ClockMode | None = None

    @property
    def mode(self) -> ClockMode:
        mode: ClockMode = self.state()["mode"]
        return mode

    @mode.setter
    def mode(self, mode: ClockMode) -> None:
        self._order(mode=mode)
        self._frozen = None

    @property
    def speed(self) -> float:
        speed: float = self.state()["speed"]
        return speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._order(speed=speed)

    def now(self) -> datetime:
        return datetime.fromisoformat(self.state()["now"])

    time = property(now)

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
        span = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        return self._order(advance=span.total_seconds())

    def move_to(self, when: datetime) -> datetime:
        return self._order(move_to=when.isoformat())

    def run_until_idle(self) -> datetime:
        return self._order(run_until_idle=True)

    def sleep(self, seconds: float) -> None:
        self.advance(seconds=seconds)

    def virtual_sleep(self) -> AbstractContextManager[None]:
        return virtual_sleep(self)

    def freeze(self) -> None:
        if self._frozen is None:
            before = self.mode
            self.mode = "manual"
            self._frozen = before

    def resume(self) -> None:
        if self._frozen is not None:
            self.mode = self._frozen

    def state(self) -> dict[str, Any]:
        state: dict[str, Any] = self._control.get("clock")
        return state

    def _order(self, **order: Any) -> datetime:
        return datetime.fromisoformat(self._control.post("clock", order)["now"])


class RemotePolicy:
    """`mock.policy`: its fields are those of `Policy`."""

    def __init__(self, control: Control) -> None:
        object.__setattr__(self, "_control", control)

    def __getattr__(self, field: str) -> Any:
        return getattr(Policy.model_validate(self._control.get("policy")), field)

    def __setattr__(self, field: str, value: Any) -> None:
        self._control.patch("policy", {field: value})


class Prepared:
    """What is prepared for later, and waits at a path of the control API."""

    path: str

    def __init__(self, control: Control) -> None:
        self._control = control

    def clear(self) -> None:
        self._control.delete(self.path)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self._control.get(self.path)["data"])


class RemoteFaults(Prepared):
    """`mock.faults`."""

    path = "faults"

    def add(self, match: str, **fields: Any) -> None:
        self._control.post(self.path, {"match": match, **fields})


class RemoteDreams(Prepared):
    """`mock.dreams`."""

    path = "dreams/scripts"

    def script(self, **fields: Any) -> None:
        if fields.pop("dreamer", None) is not None:
            raise ValueError("a dreamer is a function, and cannot be sent to another server")
        self._control.post(self.path, fields)

    def cost(self, dream_id: str) -> Decimal | None:
        try:
            told = self._control.get(f"dreams/{quote(dream_id, safe='')}/cost")["usd"]
        except ValueError as refused:
            raise LookupError(str(refused)) from None
        return None if told is None else Decimal(told)


class RemoteSessions(Prepared):
    """`mock.sessions`."""

    path = "sessions/scripts"

    def script(self, turns: Iterable[Any] = (), *, session_id: str | None = None, **fields: Any) -> None:
        match = {**fields.pop("match", {}), **({"session_id": session_id} if session_id else {})}
        self._control.post(self.path, {"turns": list(turns), "match": match, **fields})


@dataclass(frozen=True)
class ToldExchange(Exchange):
    """An exchange as the control API tells it."""

    method: str
    path: str
    query: dict[str, str | list[str]]
    headers: dict[str, str]
    body: Any
    status: int | None
    response: Any
    at: datetime
    hint: str | None


class RemoteJournal:
    """What was asked and answered, oldest first."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self.select())

    def __len__(self) -> int:
        return len(self.select())

    def select(self, match: str | None = None, status: int | None = None) -> list[Exchange]:
        told = self._control.get("requests", match=match, status=status)["data"]
        return [ToldExchange(**{**each, "at": datetime.fromisoformat(each["at"])}) for each in told]

    def clear(self) -> None:
        self._control.delete("requests")


class RealService(Clients):
    """The real service, for tests that need no lever: a client, a clock that is the wall's, and nothing else."""

    def __init__(self, url: str, api_key: str) -> None:
        self._url = url
        self.api_key = api_key
        self.clock = WallClock()

    @property
    def url(self) -> str:
        return self._url

    def story(self) -> str:
        return f"this test ran against {self.url}"

    def __getattr__(self, lever: str) -> NoReturn:
        raise AttributeError(f"{lever!r} is a lever of the fake; this test runs against {self._url}")


class WallClock:
    """`mock.clock` where time is not ours: sleeping waits."""

    mode = "real"
    speed = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def virtual_sleep(self) -> AbstractContextManager[None]:
        return nullcontext()
