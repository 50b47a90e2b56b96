"""Handles whose synchronous clients reach their worlds with no socket, as `MockDreams.transport` does for users.

A request then takes half the time. What is about worlds, not about connections, runs on them; with `--sockets`, as each
week, all goes over sockets.
"""

from typing import Any

from mockdreams import MockDreams
from mockdreams.harness.handle import LocalServer, default_server


class InProcess(MockDreams):
    def _http_options(self) -> dict[str, Any]:
        return {"transport": self.transport}


class InProcessServer(LocalServer):
    """Stands before the server of this process, which is the one that goes on."""

    @property
    def url(self) -> str:
        return default_server.url

    def world(self, **options: Any) -> MockDreams:
        return InProcess(**options)
