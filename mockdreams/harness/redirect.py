"""Points official clients that exist already at a world, for as long as a block lasts."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from mockdreams.harness.control_errors import ControlError

_CREDENTIALS = {"auth_token": None, "credentials": None, "_token_cache": None}
"""Other ways in which a client may say who it is; in the block it has only the key."""


@contextmanager
def redirected(clients: Iterable[Any], url: str, api_key: str) -> Iterator[None]:
    """A block in which the clients, and copies of them that are made in it, send to `url` with `api_key`."""
    with ExitStack() as stack:
        for client in clients:
            stack.enter_context(_redirected(client, url, api_key))
        yield


@contextmanager
def _redirected(client: Any, url: str, api_key: str) -> Iterator[None]:
    if not hasattr(client, "base_url") or not hasattr(client, "api_key"):
        raise ControlError(f"a client of an official SDK can be redirected, not a {type(client).__name__}")
    changes = {"api_key": api_key, **{name: value for name, value in _CREDENTIALS.items() if hasattr(client, name)}}
    base_url, before = client.base_url, {name: getattr(client, name) for name in changes}
    below: Any = getattr(client, "_client", None)  # the HTTP client that it asks with, and that some code asks directly
    base_url_below = getattr(below, "base_url", None)
    client.base_url = url
    vars(client).update(changes)
    if base_url_below is not None:
        below.base_url = url
    try:
        yield
    finally:
        client.base_url = base_url
        vars(client).update(before)
        if base_url_below is not None:
            below.base_url = base_url_below
