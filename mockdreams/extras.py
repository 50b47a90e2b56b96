"""Extras: what some commands need beside the package itself, and the sentence for whoever lacks it."""

from collections.abc import Iterator
from contextlib import contextmanager

PACKAGES = {
    "sdk": "anthropic",
    "contract": "httpx2",
    "generate": "faker",
    "demo": "rich",
    "webhooks": "standardwebhooks",
    "board": "jinja2",
    "metrics": "prometheus_client",
    "postgres": "psycopg",
}
"""The package whose absence says that an extra is not installed."""


class MissingExtraError(ImportError):
    """A package of an extra is not installed."""


@contextmanager
def extra(name: str, what: str) -> Iterator[None]:
    """A block that imports what the extra `name` brings, for `what`. Raises MissingExtraError, which says how."""
    try:
        yield
    except ModuleNotFoundError as absent:
        if absent.name is None or absent.name.partition(".")[0] not in PACKAGES.values():
            raise
        raise MissingExtraError(
            f"{what} needs {absent.name.partition('.')[0]}, which comes with the extra [{name}] of mockdreams: "
            "see docs/install.md"
        ) from None
