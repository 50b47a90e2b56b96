"""The handle: a world of one's own on a server, with every control in reach."""

import atexit
import os
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol
from weakref import WeakSet

from mockdreams.collector import collector_paused
from mockdreams.harness.backend import ELSEWHERE, Backend, LocalBackend
from mockdreams.harness.clients import Clients
from mockdreams.harness.control_errors import ControlError, check_settable, control
from mockdreams.world.core.clock import ClockMode, Now, parse_now
from mockdreams.world.core.policy import Policy, default_policy

if TYPE_CHECKING:
    from mockdreams.harness.clock_control import ClockControl
    from mockdreams.harness.controls import DreamScripts, Faults, SessionScripts, Stubs, VaultScripts
    from mockdreams.harness.environment_keys import EnvironmentKeys
    from mockdreams.harness.message_replies import MessageReplies
    from mockdreams.harness.request_log import RequestLog
    from mockdreams.harness.schedule_control import Schedules
    from mockdreams.harness.transport import AsyncTransport, Transport
    from mockdreams.harness.webhook_control import WebhookControl
    from mockdreams.http.app import Application
    from mockdreams.http.scenario import ScenarioStart
    from mockdreams.http.workspaces import Workspaces
    from mockdreams.server import ThreadedServer
    from mockdreams.world.world import InitialState

_KEYS = count(1)


class Server(Protocol):
    """Where worlds are: in this process, or elsewhere (see `remote`)."""

    @property
    def url(self) -> str:
        """Its base URL."""

    @property
    def app(self) -> "Application | None":
        """The application, if it is in this process."""

    def begin(
        self,
        api_key: str,
        *,
        clock: ClockMode,
        load: "InitialState | None",
        policy: Policy,
        now: Now | None = None,
        scenario: "ScenarioStart | None" = None,
    ) -> Backend:
        """A fresh world for a key, with what a scenario prepares."""


class LocalServer:
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
                with collector_paused():
                    from mockdreams.http.app import Application
                    from mockdreams.http.workspaces import Workspaces

                    self._app = Application(Workspaces())
            return self._app

    @property
    def places(self) -> "Workspaces":
        return self.app.places

    @property
    def url(self) -> str:
        with self._lock:
            if self._server is None:
                self._server = self._start()
            return self._server.url

    def begin(
        self,
        api_key: str,
        *,
        clock: ClockMode,
        load: "InitialState | None",
        policy: Policy,
        now: Now | None = None,
        scenario: "ScenarioStart | None" = None,
    ) -> Backend:
        """A fresh world for a key, with what a scenario prepares."""
        speed, prepare = (None, None) if scenario is None else (scenario.speed, scenario)
        create = self.places.create
        return LocalBackend(
            create(api_key, clock=clock, load=load, policy=policy, now=now, speed=speed, prepare=prepare)
        )

    def stop(self) -> None:
        """Stop the server, if it runs; the next that needs it starts another."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stop()

    def world(self, **options: Any) -> "MockDreams":
        """A fresh world on this server; `options` are those of `MockDreams`."""
        return MockDreams(**options)

    def leave_to_parent(self) -> "ParentServer":
        """In a process that was forked: begin anew here; where the worlds of the parent are."""
        server = self._server
        LocalServer.__init__(self)
        if server is not None:
            server.leave_to_parent()
        return ParentServer(server.url if server is not None else None)

    def _start(self) -> "ThreadedServer":
        from mockdreams.server import ThreadedServer

        server = ThreadedServer(self.app)
        server.start()
        atexit.register(self.stop)
        return server


class ParentServer:
    """The server of the process that this one was forked from. Here is only a copy of its worlds, which nobody serves.

    Its URL can be asked, if it had been started before the fork.
    """

    def __init__(self, url: str | None) -> None:
        self._url = url

    @property
    def url(self) -> str:
        if self._url is None:
            raise ControlError(ELSEWHERE)
        return self._url

    @property
    def app(self) -> NoReturn:
        raise ControlError(ELSEWHERE)

    def begin(self, api_key: str, **options: Any) -> NoReturn:
        raise ControlError(ELSEWHERE)


default_server = LocalServer()
_handles: "WeakSet[MockDreams]" = WeakSet()


def _after_fork() -> None:
    """Handles that were made before a fork stay those of the parent's worlds; what is made from now on is ours."""
    parents: dict[Any, ParentServer] = {default_server: default_server.leave_to_parent()}
    for handle in list(_handles):
        server = handle._server
        if isinstance(server, LocalServer):
            handle._server = parents.get(server) or parents.setdefault(server, server.leave_to_parent())
        handle._forget_clients()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class MockDreams(Clients):
    """A fresh world, for a `with` block.

    `clock` is `"auto"` (if it is not given), `"manual"` or `"real"`. `load` names a seed world, or a file with
    one or with a snapshot, or is one, as a dict.
    `policy` is a `Policy`, or a dict of the fields that differ from the defaults.
    `profile` names the service as it was at a time, `"docs-2026-09"` or `"launch-2026-05"`; its policy is what the
    fields differ from then.
    `now` is when the world begins: a datetime, or `"wall"` for the wall clock's.
    `scenario` names a scenario, or a file with one, or is one, as a dict: all of this and what is prepared, in one
    document. What is given beside it overrides it. Raises ValueError for values that
    are none of these, before anything starts. The environment stays as it is: see `environ()`.
    """

    @control
    def __init__(
        self,
        clock: ClockMode | None = None,
        load: str | Path | Mapping[str, Any] | None = None,
        policy: Policy | dict[str, Any] | None = None,
        *,
        now: datetime | str | None = None,
        profile: str | None = None,
        scenario: str | Path | Mapping[str, Any] | None = None,
        api_key: str | None = None,
        server: Server = default_server,
    ) -> None:
        if clock not in (None, "real", "auto", "manual"):
            raise ControlError(f"clock must be real, auto or manual, not {clock!r}")
        self.api_key = api_key or f"sk-ant-mockdreams-{next(_KEYS)}"
        self._server = server
        told = None if scenario is None else _scenario(scenario)
        if told is None:
            clock, beginning, rules = clock or "auto", _beginning(load), _policy(policy, profile)
        else:
            clock = clock or told.clock or "auto"
            beginning = _beginning(load) or told.initial_state
            rules = _policy(policy, profile, told.policy_fields)
            now = now or told.now
        try:
            begins = parse_now(now)
        except ValueError as refused:
            raise ControlError(str(refused)) from None
        self._backend = server.begin(self.api_key, clock=clock, load=beginning, policy=rules, now=begins, scenario=told)
        _handles.add(self)

    def close(self) -> None:
        """Forget the world; the server stays for the next. In a forked process the parent's world stays."""
        super().close()
        if not isinstance(self._server, ParentServer):
            self._backend.delete("world")

    @property
    def url(self) -> str:
        return self._server.url

    @cached_property
    def clock(self) -> "ClockControl":
        """The world's time, and what waits for it."""
        from mockdreams.harness.clock_control import ClockControl

        return ClockControl(self._backend)

    @property
    def policy(self) -> Policy:
        """The world's limits and durations; assign to its fields to change them."""
        from mockdreams.harness.controls import LivePolicy

        return LivePolicy.of(self._backend)

    @cached_property
    def faults(self) -> "Faults":
        """Outages to come."""
        from mockdreams.harness.controls import Faults

        return Faults(self._backend)

    @cached_property
    def stubs(self) -> "Stubs":
        """Answers of a test's own, for any path."""
        from mockdreams.harness.controls import Stubs

        return Stubs(self._backend)

    @cached_property
    def dreams(self) -> "DreamScripts":
        """What becomes of the next dreams."""
        from mockdreams.harness.controls import DreamScripts

        return DreamScripts(self._backend)

    @cached_property
    def sessions(self) -> "SessionScripts":
        """What becomes of the next turns of sessions."""
        from mockdreams.harness.controls import SessionScripts

        return SessionScripts(self._backend)

    @cached_property
    def vaults(self) -> "VaultScripts":
        """What the next validations of vault credentials find."""
        from mockdreams.harness.controls import VaultScripts

        return VaultScripts(self._backend)

    @cached_property
    def messages(self) -> "MessageReplies":
        """What the next requests to `/v1/messages` are answered with."""
        from mockdreams.harness.message_replies import MessageReplies

        return MessageReplies(self._backend)

    @cached_property
    def environment_keys(self) -> "EnvironmentKeys":
        """The keys with which workers poll self-hosted environments."""
        from mockdreams.harness.environment_keys import EnvironmentKeys

        return EnvironmentKeys(self._backend)

    @cached_property
    def webhooks(self) -> "WebhookControl":
        """Who is told of what happens, and what came of it."""
        from mockdreams.harness.webhook_control import WebhookControl

        return WebhookControl(self._backend)

    @cached_property
    def requests(self) -> "RequestLog":
        """What was asked and answered."""
        from mockdreams.harness.request_log import RequestLog

        return RequestLog(self._backend, self.story)

    @cached_property
    def schedules(self) -> "Schedules":
        """Dreams that the world begins by itself, and what becomes of them."""
        from mockdreams.harness.schedule_control import Schedules

        return Schedules(self._backend)

    def story(self) -> str:
        """Hints, dreams with their timelines, the last requests, and what waits for the clock: for people."""
        told: str = self._backend.get("story")["story"]
        return told

    def unused(self) -> list[str]:
        """The faults, stubs and scripts that were prepared and never met, each with the reason."""
        told: list[str] = self._backend.get("prepared")["unused"]
        return told

    def coverage(self) -> dict[str, list[str]]:
        """What the world's caller has met so far, by group: outcomes, errors, statuses, hints, streams and rules."""
        met: dict[str, list[str]] = self._backend.get("coverage")
        return met

    @property
    def transport(self) -> "Transport":
        """For an `httpx2.Client` that reaches the world with no socket; any base URL will do."""
        from mockdreams.harness.transport import Transport

        return Transport(self._app)

    @property
    def async_transport(self) -> "AsyncTransport":
        """For an `httpx2.AsyncClient` that reaches the world with no socket; any base URL will do."""
        from mockdreams.harness.transport import AsyncTransport

        return AsyncTransport(self._app)

    def environ(self) -> AbstractContextManager[None]:
        """A block in which `ANTHROPIC_BASE_URL` and `ANTHROPIC_API_KEY` point here, for code that builds its client."""
        from mockdreams.harness.environ import pointed_at

        return pointed_at(self.url, self.api_key)

    def redirect(self, *clients: Any) -> AbstractContextManager[None]:
        """A block in which official clients that exist already, synchronous or not, send to this world."""
        from mockdreams.harness.redirect import redirected

        return redirected(clients, self.url, self.api_key)

    def snapshot(self) -> dict[str, Any]:
        """The whole world as one JSON document, for `restore`, or for a file that `load` takes.

        Raises ValueError while a script with a dreamer of the test's own is waiting: a function cannot be saved.
        """
        document: dict[str, Any] = self._backend.get("snapshot")
        return document

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Make the world what it was in `snapshot`: time, ids, running dreams. Open streams end.

        Raises ValueError, and changes nothing, if that is no snapshot.
        """
        self._backend.post("snapshot", snapshot)

    def reset(self) -> None:
        """Make the world as it was at first."""
        self._backend.post("reset", {})

    def __setattr__(self, name: str, value: Any) -> None:
        check_settable(self, name, ("api_key",))
        super().__setattr__(name, value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a MockDreams cannot be copied or sent to another process: send its url and its api_key")

    def __repr__(self) -> str:
        try:
            controls = (self.clock, self.requests, self.faults, self.dreams, self.sessions)
            return f"<MockDreams {self.url}: {', '.join(str(control).strip('<>') for control in controls)}>"
        except Exception as lost:  # a repr of what is gone must not hide why
            return f"<MockDreams: {type(lost).__name__}>"

    @property
    def _app(self) -> "Application":
        app = self._server.app
        if app is None:
            raise NotImplementedError(f"no in-process transport: this world is on the server at {self.url}")
        return app


def check_options(
    load: Any = None, policy: Any = None, profile: str | None = None, scenario: Any = None, now: Any = None
) -> None:
    """Raises ValueError for what no `MockDreams` can begin with."""
    told = None if scenario is None else _scenario(scenario)
    _beginning(load)
    _policy(policy, profile, None if told is None else told.policy_fields)
    parse_now(now)


def _beginning(load: str | Path | Mapping[str, Any] | None) -> "InitialState | None":
    if load is None:
        return None
    from mockdreams.world.state import seeds

    return seeds.load(load)


def _scenario(scenario: str | Path | Mapping[str, Any]) -> "ScenarioStart":
    from mockdreams.http.scenario_files import load_scenario

    return load_scenario(scenario)


def _policy(
    policy: Policy | dict[str, Any] | None, profile: str | None, scenario: Mapping[str, Any] | None = None
) -> Policy:
    if policy is None and profile is None and not scenario:
        return default_policy()
    from mockdreams.harness.controls import make_policy

    return make_policy(policy, profile, scenario or {})
