"""The servers under load, each in a process of its own: ours and the floors.

`python -m benchmarks.servers` is such a process: a JSON order on stdin; port and facts on stdout once it is ready.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from socket import socket
from typing import Any, Literal, TypeAlias

from starlette.types import ASGIApp

from benchmarks.floor import (
    BareUvicorn,
    asgi_app,
    bursting_app,
    headless_app,
    parsing_app,
    starlette_app,
    streaming_app,
)
from benchmarks.heartbeat import Heartbeat, Held
from benchmarks.load import HOST, NUMBER, Target, ask

Floor: TypeAlias = Literal["asgi", "starlette", "headless", "parsing", "streaming", "bursting"]
FLOORS: dict[Floor, Callable[[str, bytes], ASGIApp]] = {
    "asgi": asgi_app,
    "starlette": starlette_app,
    "headless": headless_app,
    "parsing": parsing_app,
    "streaming": streaming_app,
    "bursting": bursting_app,
}


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `facts` are the ids and paths that it was asked to have ready."""

    port: int
    pid: int
    facts: dict[str, Any]
    process: "subprocess.Popen[str] | None" = None
    """Of a server of ours, which tells how long its event loop was held."""

    def held(self) -> Held:
        """The longest time for which the event loop of a server of ours was held since this was asked last.

        Before it is asked, nothing is measured, and it is 0.
        """
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return Held(*(json.loads(self.process.stdout.readline()) or (0, 0)))

    def target(self, request: bytes) -> Target:
        """`request` as a target, with the length of its answers, of which the first may be unlike the others."""
        first, second = request.replace(NUMBER, b"first..."), request.replace(NUMBER, b"second..")
        ask(self.port, first)
        answer = ask(self.port, second)
        return Target(self.port, self.pid, request.decode("latin-1"), answer.length, answer.closes)


@contextmanager
def mockdreams(scene: str, *, data: str | None = None, full_sync: bool = False, **arguments: Any) -> Iterator[Server]:
    """Our server with the world that `benchmarks.scenes` makes by the name of `scene`, kept in the directory `data`."""
    order = {"kind": "mockdreams", "scene": scene, "data": data, "full_sync": full_sync, "arguments": arguments}
    with _running(order) as server:
        yield server


@contextmanager
def floor(kind: Floor, path: str, body: bytes) -> Iterator[Server]:
    """A floor that answers `body`."""
    with _running({"kind": kind, "path": path, "body": body.decode()}) as server:
        yield server


@contextmanager
def _running(order: dict[str, Any]) -> Iterator[Server]:
    command = [sys.executable, "-m", "benchmarks.servers"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        ready = process.stdout.readline()
        if not ready:
            raise RuntimeError(f"the server did not start: {order['kind']}")
        yield Server(pid=process.pid, process=process, **json.loads(ready))
    finally:
        process.kill()  # it holds nothing worth an orderly end, which takes seconds after 100,000 dreams
        process.wait()
        process.stdin.close()
        process.stdout.close()


def _serve_ours(
    bound: socket,
    ready: Callable[..., None],
    scene: str,
    arguments: dict[str, Any],
    data: str | None = None,
    full_sync: bool = False,
) -> None:
    from benchmarks import scenes
    from mockdreams.http.app import Application
    from mockdreams.http.workspaces import Workspaces
    from mockdreams.server import serve

    places = Workspaces()
    facts = getattr(scenes, scene)(places, **arguments)
    if data is not None:
        from benchmarks.kept import keep
        from mockdreams.http.housekeeping import Housekeeping

        keep(places, data, full_sync=full_sync)
        Housekeeping(places).start()  # as the command does: it writes checkpoints, and syncs

    def make() -> Application:
        Heartbeat()
        return Application(places)

    serve(make, bound, lambda: ready(**facts))


def main() -> None:
    order: dict[str, Any] = json.loads(sys.stdin.readline())
    bound = socket()
    bound.bind((HOST, 0))

    def ready(**facts: Any) -> None:
        print(json.dumps({"port": bound.getsockname()[1], "facts": facts}), flush=True)

    kind = order.pop("kind")
    if kind == "mockdreams":
        _serve_ours(bound, ready, **order)
    else:
        app = FLOORS[kind](order["path"], order["body"].encode())
        BareUvicorn(app, ready).run(sockets=[bound])


if __name__ == "__main__":
    main()
