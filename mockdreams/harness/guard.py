"""The guard: while it is on, an official SDK's request to any host that is not the test's own fails before it is sent.

It stands where the SDK makes the URL of a request, which is one place for its synchronous and asynchronous clients and
is before its retries, and where the HTTP client that the SDK has made (`client._client`) makes a request, because some
code asks with that directly. An HTTP client that somebody hands to the SDK is theirs to ask with. The SDK is not
imported for it: if it is not there yet, it is guarded when it comes. Requests of a client with a transport that reaches
no network pass.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from mockdreams.harness.control_errors import UnexpectedHostError
from mockdreams.harness.environ import is_loopback

SDK = "anthropic._base_client"
HOW = (
    "point the client at the test's world with `with mockdreams.redirect(client):`, or make it when the test runs; "
    'if the request is meant, allow its host with @pytest.mark.mockdreams(allow_hosts=["{host}"]) or the ini key '
    "mockdreams_allow_hosts"
)
_MAKES_URL = {
    "BaseClient": "_prepare_url",
    "SyncHttpxClientWrapper": "build_request",
    "AsyncHttpxClientWrapper": "build_request",
}
"""Classes of the SDK, and which method of each makes a URL or a request that has one."""
OFFLINE = ("MockTransport", "ASGITransport", "WSGITransport")
_allowed: list[frozenset[str]] = []
"""The hosts that each guard which is on allows; the innermost counts."""


@contextmanager
def guarded(hosts: Iterable[str]) -> Iterator[None]:
    """A block in which official SDKs reach only `hosts` and this machine; `"*"` is any."""
    if SDK in sys.modules:
        _guard(sys.modules[SDK])
    elif not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    allowed = frozenset(hosts)
    _allowed.append(allowed)
    try:
        yield
    finally:
        _allowed.remove(allowed)
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]


def _guard(module: ModuleType) -> None:
    """Let every URL that the SDK makes be looked at, from now on; with no guard on, nothing is asked of it."""
    for owner, method in _MAKES_URL.items():
        _guard_method(getattr(module, owner, None), method)


def _guard_method(owner: Any, method: str) -> None:
    make: Callable[..., Any] | None = getattr(owner, method, None)
    if make is None or hasattr(make, "guards"):
        return

    @wraps(make)
    def guarding(self: Any, *args: Any, **kwargs: Any) -> Any:
        made = make(self, *args, **kwargs)
        if _allowed:
            _check(self, getattr(made, "url", made).host)
        return made

    guarding.guards = True  # type: ignore[attr-defined]
    setattr(owner, method, guarding)


def _check(client: Any, host: str) -> None:
    allowed = _allowed[-1]
    if host in allowed or "*" in allowed or is_loopback(host) or _is_offline(client):
        return
    name = type(client).__name__
    raise UnexpectedHostError(
        f"{name} was about to send a request to {host}, not to the test's world: {HOW.format(host=host)}"
    )


def _is_offline(client: Any) -> bool:
    transport = type(getattr(getattr(client, "_client", client), "_transport", None))
    return transport.__name__ in OFFLINE or transport.__module__.startswith("mockdreams.")


class _Finder(MetaPathFinder):
    """Finds the SDK as everybody else does, and guards it when it has been loaded."""

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != SDK:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader = _GuardingLoader(spec.loader)
                return spec
        return None


class _GuardingLoader(Loader):
    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        _guard(module)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)
