"""The clients of a handle: the official SDK and plain HTTP, pointed at its world."""

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from mockdreams.harness.environ import host_of, is_loopback

if TYPE_CHECKING:
    import anthropic
    import httpx2

    from mockdreams.harness.build import Build

TIMEOUT_SECONDS = 600
"""As long as the official SDK waits for an answer; a busy machine is no failure."""


def http_options(url: str) -> dict[str, Any]:
    """How our own clients reach a server: no certificates for plain HTTP, no proxy to this machine, no redirects."""
    plain = url.startswith("http://")
    return {"verify": not plain, "trust_env": not is_loopback(host_of(url)), "follow_redirects": False}


class Clients(ABC):
    """Whatever has a `url` and an `api_key`, for a `with` block; its synchronous clients are closed with it.

    Over plain HTTP they are made with `verify=False`, because loading certificates takes 20 ms; to this machine they
    use no proxy, whatever the environment says. A redirect is not followed: the key is for this server.
    """

    api_key: str
    """The key that chooses this world of the server's many."""

    @property
    @abstractmethod
    def url(self) -> str:
        """The base URL for any client."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the clients."""
        while self._clients:
            self._clients.pop().close()

    def client(self, **options: Any) -> "anthropic.Anthropic":
        """The official client, pointed here; `options` go to it. It is closed with the handle."""
        from anthropic import Anthropic, DefaultHttpxClient

        options.setdefault("http_client", DefaultHttpxClient(**self._http_options()))
        client = Anthropic(**{"api_key": self.api_key, "base_url": self.url, **options})
        self._clients.append(client)
        return client

    def async_client(self, **options: Any) -> "anthropic.AsyncAnthropic":
        """The official asynchronous client, pointed here; `options` go to it. Close it with `async with`."""
        from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

        options.setdefault("http_client", DefaultAsyncHttpxClient(**http_options(self.url)))
        return AsyncAnthropic(**{"api_key": self.api_key, "base_url": self.url, **options})

    @cached_property
    def build(self) -> "Build":
        """What most tests begin with, in one line each: a memory store, a session, a dream."""
        from mockdreams.harness.build import Build

        return Build(self.client)

    @cached_property
    def http(self) -> "httpx2.Client":
        """A plain HTTP client with the headers that the service wants, for what no SDK would send."""
        import httpx2

        from mockdreams.wire.betas import DREAMING, MANAGED_AGENTS

        headers = {
            "x-api-key": self.api_key,
            "anthropic-version": "2023-06-01",
            "anthropic-beta": f"{MANAGED_AGENTS},{DREAMING}",
        }
        client = httpx2.Client(base_url=self.url, headers=headers, timeout=TIMEOUT_SECONDS, **self._http_options())
        self._clients.append(client)
        return client

    def _http_options(self) -> dict[str, Any]:
        return http_options(self.url)

    def _forget_clients(self) -> None:
        """Make others when they are asked for: in a forked process these share their connections with the parent."""
        for name in ("http", "build", "_clients"):
            self.__dict__.pop(name, None)

    @cached_property
    def _clients(self) -> "list[anthropic.Anthropic | httpx2.Client]":
        return []
