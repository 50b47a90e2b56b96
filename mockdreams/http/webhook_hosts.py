"""Where webhooks may go: to this machine, and wherever the server was told that they may."""

from collections.abc import Iterable

from mockdreams.extras import MissingExtraError, extra
from mockdreams.http.origins import is_loopback
from mockdreams.wire.errors import invalid, shortened


class HostPatterns:
    """Which hosts may be told beside this machine: a name, `*.domain` for all below it, or `*` for all."""

    def __init__(self, patterns: Iterable[str] = ()) -> None:
        self._names = frozenset(pattern.lower().strip("[]") for pattern in patterns)
        self._domains = tuple(name[1:] for name in self._names if name.startswith("*."))

    def allows(self, host: str) -> bool:
        host = host.lower().removesuffix(".")
        return host in self._names or host.endswith(self._domains) or "*" in self._names

    def check(self, url: str) -> None:
        """Raises ServiceError (400) for what is no URL, or for a host that nothing allows."""
        try:
            with extra("webhooks", "a webhook"):
                import httpx2
            read = httpx2.URL(url)
        except MissingExtraError as missing:
            raise invalid(str(missing)) from None
        except httpx2.InvalidURL as unfit:
            raise invalid(f"url: {unfit}") from None
        if not is_loopback(read.host.lower()) and not self.allows(read.host):
            raise invalid(
                f"url: {shortened(read.host)} is not on the loopback interface; "
                "mockdreams serve --webhook-hosts allows others"
            )


LOOPBACK_ONLY = HostPatterns()
