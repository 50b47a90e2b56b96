"""The fake as a target of the contract, wrapped where a test wants it to do something else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from starlette.types import ASGIApp

from mockdreams.contract.checking.workbench import Workbench
from mockdreams.contract.client.target import Target
from mockdreams.http.app import Application
from mockdreams.http.workspaces import Workspaces
from mockdreams.server import ThreadedServer


class Wrapped:
    """What the server takes for the application: another one, with its worlds."""

    def __init__(self, inner: Application) -> None:
        self.inner = inner
        self.places = inner.places
        self.around: ASGIApp | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await (self.around or self.inner)(scope, receive, send)

    def close_streams(self) -> None:
        self.inner.close_streams()


@contextmanager
def served() -> Iterator[tuple[str, Wrapped]]:
    """A server of one's own, and the application in it."""
    app = Wrapped(Application(Workspaces()))
    server = ThreadedServer(cast(Application, app))
    server.start()
    try:
        yield server.url, app
    finally:
        server.stop()


@contextmanager
def with_workbench(url: str, key: str = "sk-ant-mockdreams-contract") -> Iterator[Workbench]:
    with Target(url, key) as target:
        yield Workbench(target)
