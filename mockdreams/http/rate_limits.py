"""Request rate limits: so many calls a virtual minute, counted apart for those that create and those that read."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from mockdreams.wire.errors import ServiceError
from mockdreams.world.world import World

MINUTE = timedelta(minutes=1)
Kind = Literal["create", "read"]


class _Window:
    """The calls of the minute that began at `since`; a world that is restored goes back to before it."""

    def __init__(self) -> None:
        self.since: datetime | None = None
        self.calls = 0


class RateLimiter:
    """The rate limits of one world; its policy says how many requests, or None for no limit."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.clear()

    def clear(self) -> None:
        self._windows: dict[Kind, _Window] = {"create": _Window(), "read": _Window()}

    def save(self) -> dict[str, Any]:
        """What was counted, as JSON."""
        return {
            kind: [window.since and window.since.isoformat(), window.calls] for kind, window in self._windows.items()
        }

    def restore(self, saved: dict[Kind, Any]) -> None:
        """Have counted what was saved."""
        for kind, (since, calls) in saved.items():
            self._windows[kind].since = since and datetime.fromisoformat(since)
            self._windows[kind].calls = calls

    def hit(self, method: str) -> None:
        """Count a request. Raises ServiceError (429) for one too many."""
        kind, most = self._kind(method)
        if most is None:
            return
        now, window = self._world.clock.time, self._windows[kind]
        if window.since is None or not window.since <= now < window.since + MINUTE:
            window.since, window.calls = now, 0
        window.calls += 1
        if window.calls > most:
            message = f"This request would exceed your organization's rate limit of {most} {kind} requests per minute."
            wait = (window.since + MINUTE - now).total_seconds()
            raise ServiceError("rate_limit_error", message, retry_after=wait)

    def headers(self, method: str) -> list[tuple[bytes, bytes]]:
        """What is left of the minute, as every answer says it while there is a limit."""
        kind, most = self._kind(method)
        window = self._windows[kind]
        if most is None or window.since is None:
            return []
        reset = self._reset(window.since + MINUTE).isoformat().replace("+00:00", "Z")
        values = {"limit": most, "remaining": max(0, most - window.calls), "reset": reset}
        return [
            (f"anthropic-ratelimit-requests-{name}".encode(), f"{value}".encode()) for name, value in values.items()
        ]

    def _reset(self, moment: datetime) -> datetime:
        """A moment of the world, as answers say it."""
        clock = self._world.clock
        if self._world.policy.rate_limit_reset == "virtual":
            return moment
        left = max(moment - clock.time, timedelta())
        return datetime.now(UTC) + (left / clock.speed if clock.mode == "real" else left)

    def _kind(self, method: str) -> tuple[Kind, int | None]:
        policy = self._world.policy
        return ("read", policy.reads_per_minute) if method == "GET" else ("create", policy.creates_per_minute)
