"""Requests from web pages, and to names that are not this server's, are refused.

A page on the internet may send requests to a server on the developer's machine; after DNS rebinding even as if it were
of the same origin. The `Host` of such a request is a foreign name, and its `Origin` a foreign page.
"""

from collections.abc import Awaitable, Iterable
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from mockdreams.http.response import JSON, error_response, send_response
from mockdreams.wire.errors import ServiceError, shortened
from mockdreams.world.core.ids import IdGenerator

LONGEST_NAME = 255
FORWARDED = b"x-mockdreams-forwarded"
"""The header of a request that another replica handed on, with a `1` for each that did."""


class OriginMiddleware:
    """Refuses (403) a request whose `Host` or `Origin` is foreign.

    Not foreign are the names and addresses of the loopback interface, the address at which the request arrived, and
    `allow_hosts`: a name, `*.domain` for all below it, or `*` for all.
    """

    def __init__(self, app: ASGIApp, allow_hosts: Iterable[str], request_ids: IdGenerator) -> None:
        self.app = app
        self._allowed = frozenset(name.lower().strip("[]") for name in allow_hosts)
        self._domains = tuple(name[1:] for name in self._allowed if name.startswith("*."))
        self._request_ids = request_ids

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        refused = self.refusal(scope) if scope["type"] == "http" else None
        return self.app(scope, receive, send) if refused is None else self._refuse(refused, send)

    async def _refuse(self, refused: ServiceError, send: Send) -> None:
        request_id = self._request_ids.mint("req")
        await send_response(
            error_response(refused, [JSON, (b"request-id", request_id.encode())], request_id, None), send
        )

    def refusal(self, scope: Scope) -> ServiceError | None:
        """Why a request is refused, if it is."""
        for name, value in scope["headers"]:
            if name == b"host" and value:
                host = host_name(value) if len(value) <= LONGEST_NAME else None
                if not self._is_ours(host, scope):
                    how = f"; mockdreams serve --allow-host {host} allows it" if host else ""
                    return _refused(f"Host `{_shown(value)}` is not this server's{how}")
            elif name == b"origin":
                scheme, _, authority = value.partition(b"://")
                host = host_name(authority) if scheme in (b"http", b"https") and len(value) <= LONGEST_NAME else None
                if not self._is_ours(host, scope):
                    return _refused(f"Origin `{_shown(value)}` is not allowed: web pages of others may not ask")
        return None

    def _is_ours(self, host: str | None, scope: Scope) -> bool:
        if host is None:
            return "*" in self._allowed
        server = scope.get("server")
        return (
            is_loopback(host)
            or host in self._allowed
            or host.endswith(self._domains)
            or "*" in self._allowed
            or (server is not None and host == server[0].lower())
        )


@lru_cache(maxsize=128)
def host_name(authority: bytes) -> str | None:
    """The name or address in `name:port`, in lower case; None if there is none."""
    text = authority.decode("latin-1").lower()
    if text.startswith("["):
        name, bracket, port = text[1:].partition("]")
        port = port.removeprefix(":") if bracket else "?"
    else:
        name, _, port = text.partition(":")
    if not name or (port and not port.isdecimal()):
        return None
    return name.removesuffix(".")


@lru_cache(maxsize=128)
def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_loopback)


def _refused(message: str) -> ServiceError:
    return ServiceError("permission_error", message, retry=False)


def _shown(value: bytes) -> str:
    return shortened(value.decode("latin-1"))
