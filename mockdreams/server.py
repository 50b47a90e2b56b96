"""Uvicorn, in the foreground or in a thread of its own."""

import gc
import os
import socket
import sys
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from mockdreams.http.body_process import use_process
from mockdreams.http.protocol import Protocol
from mockdreams.http.threads import NICER, let_loop_first
from mockdreams.quiet_server import QuietServer, url_of
from mockdreams.side_process import SideProcess
from mockdreams.world.core.sleep_blocks import wall_time
from mockdreams.world.dreams import thinking

if TYPE_CHECKING:
    from mockdreams.http.app import Application

STARTUP_SECONDS = 10
SWITCH_SECONDS = 0.0001
"""How long a thread may go on while another waits."""
COLLECT = (200, 1, 10_000)
"""Net allocations before the youngest objects are looked through, then how many such looks before older ones are."""


def bind(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def is_loopback(bound: socket.socket) -> bool:
    """Whether only this machine reaches it."""
    return ip_address(bound.getsockname()[0]).is_loopback


async def _placeholder_app(scope: Scope, receive: Receive, send: Send) -> None:
    """Stands in for the application until it is made; until then nothing is asked."""


class _Server(QuietServer):
    """The server of an application that is made when connections are accepted already, but before any is looked at.

    They wait that long. When it stops, it ends open streams.
    """

    def __init__(self, make: Callable[[], "Application"], ready: Callable[[], None]) -> None:
        super().__init__(_placeholder_app, ready, http=Protocol, log_config=None)
        self._make = make

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._app = self._make()
        from mockdreams.http.access_log import with_access_log  # which imports the application, and ready comes first

        self.config.loaded_app = with_access_log(self._app)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.close_streams()
        await super().shutdown(sockets)


def tune_gc() -> None:
    """Let the garbage collector look at old records less often, at few at a time, and never at what was imported.

    By itself it takes a third of a dream's life to look through records that nobody has let go of.
    """
    gc.freeze()
    gc.set_threshold(*COLLECT)
    gc.enable()


def serve(make: Callable[[], "Application"], bound: socket.socket, ready: Callable[[], None]) -> None:
    """Serve in the foreground until SIGTERM or Ctrl-C; `ready` is called once connections are accepted.

    Only then is the application made, while whoever waited for that gets going. The process is the server's own: it
    collects less, and a thread that works for long lets those who answer other worlds go first, more often. Large
    bodies and long journals are read, and large dreams planned and reviewed, in processes of their own.
    """

    def made() -> "Application":
        app = make()
        tune_gc()
        return app

    sys.setswitchinterval(SWITCH_SECONDS)
    let_loop_first()
    with (
        closing(SideProcess()) as bodies,
        closing(SideProcess()) as journals,
        closing(SideProcess(niceness=NICER)) as plans,
        closing(SideProcess(niceness=NICER)) as reviews,
    ):
        use_process(bodies, journals)
        thinking.use_process(plans, reviews)
        _Server(made, ready).run(sockets=[bound])


class ThreadedServer:
    """The application on a free port of the loopback interface, served from a background thread."""

    def __init__(self, app: "Application") -> None:
        self._socket = bind("127.0.0.1", 0)
        self.url = url_of(self._socket)
        self._ready = threading.Event()
        self._server = _Server(lambda: app, self._ready.set)
        self._thread = threading.Thread(target=self._run, name="mockdreams", daemon=True)

    def start(self) -> None:
        """Returns once connections are accepted. Raises RuntimeError if that takes too long."""
        self._thread.start()
        with wall_time():
            ready = self._ready.wait(STARTUP_SECONDS)
        if not ready:
            raise RuntimeError(f"the mockdreams server did not start within {STARTUP_SECONDS} s")

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(STARTUP_SECONDS)

    def leave_to_parent(self) -> None:
        """In a process that was forked: let go of the sockets, which the parent's thread goes on to serve.

        They would stay open until this process ends. Their numbers stay taken: the copy of the event loop has them.
        """
        connections = list(self._server.server_state.connections)
        sockets = [self._socket, *(each.transport.get_extra_info("socket") for each in connections)]
        with open(os.devnull, "rb") as nothing, suppress(OSError):
            for each in sockets:
                os.dup2(nothing.fileno(), each.fileno(), inheritable=False)

    def _run(self) -> None:
        with suppress(SystemExit):
            self._server.run(sockets=[self._socket])
