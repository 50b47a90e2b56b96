"""The environment in which code under test builds its own client. Imports nothing that takes long."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1,localhost,::1"
CREDENTIALS = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS")
"""What would speak beside the key."""


def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def variables(url: str, api_key: str) -> dict[str, str | None]:
    """What points code at a world, past any proxy; None for what must not be set."""
    direct = {name: ",".join(filter(None, (os.environ.get(name), LOOPBACK))) for name in ("NO_PROXY", "no_proxy")}
    return {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": api_key,
        **dict.fromkeys(CREDENTIALS),
        **direct,
    }


@contextmanager
def pointed_at(url: str, api_key: str) -> Iterator[None]:
    """A block with that environment; afterwards it is as before."""
    wanted = variables(url, api_key)
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _set(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
