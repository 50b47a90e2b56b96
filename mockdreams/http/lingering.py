"""Connections that are closed before all was read of them, so that the client still hears why (RFC 9112, 9.6).

A socket that is closed while there is more to read resets the connection, and a client that writes its whole body
before it reads never sees the answer that was sent meanwhile. So only our end is closed; what still comes is dropped
until the client closes its own, for a while and up to a size.
"""

import asyncio
from collections.abc import Callable
from typing import Any

LINGER_BYTES = 512 * 1024 * 1024
LINGER_SECONDS = 30


class LingeringTransport:
    """A transport whose `close` lingers where `expects_more` says that the client may not have sent all.

    To its protocol the connection is lost then. `connections` are those of the server, which ends them with itself.
    """

    def __init__(self, transport: asyncio.Transport, expects_more: Callable[[], bool], connections: set[Any]) -> None:
        self._transport = transport
        self._expects_more = expects_more
        self._connections = connections
        self._lingers = False

    def __getattr__(self, name: str) -> Any:
        """What the transport has, which is found without this from then on."""
        found = getattr(self._transport, name)
        setattr(self, name, found)
        return found

    def is_closing(self) -> bool:
        return self._lingers or self._transport.is_closing()

    def close(self) -> None:
        if self._expects_more() and not self.is_closing():
            self.linger()
        elif not self._lingers:
            self._transport.close()

    def linger(self) -> None:
        """Close our end after what was written, and drop what the client still sends."""
        protocol = self._transport.get_protocol()
        self._lingers = True
        self._transport.set_protocol(_Lingering(self._transport, self._connections))
        self._transport.write_eof()
        self._transport.resume_reading()
        protocol.connection_lost(None)


class _Lingering(asyncio.Protocol):
    """Reads to the end of a connection, and forgets what it reads."""

    def __init__(self, transport: asyncio.Transport, connections: set[Any]) -> None:
        self._transport = transport
        self._connections = connections
        self._left = LINGER_BYTES
        self._timer = asyncio.get_running_loop().call_later(LINGER_SECONDS, transport.abort)
        connections.add(self)

    def data_received(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()
        self._connections.discard(self)

    def shutdown(self) -> None:
        self._transport.abort()
