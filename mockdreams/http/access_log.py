"""One line of the log for each request, where the level asks for it; else requests pay nothing."""

import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockdreams.http.auth import api_key
from mockdreams.http.log import ACCESS, logger
from mockdreams.http.response import headers_of
from mockdreams.secrets import mask_text, printable, shortened
from mockdreams.wire.errors import ServiceError

HINT = "mockdreams.hint"
"""Where the scope of a request has the hint that its answer got."""


def with_access_log(app: ASGIApp) -> ASGIApp:
    """The application, which logs its requests if the level is `access` or below."""
    return _AccessLog(app) if logger.isEnabledFor(ACCESS) else app


class _AccessLog:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status: int | None = None

        async def note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = time.perf_counter_ns()
        try:
            await self._app(scope, receive, note)
        finally:
            _log(scope, status, (time.perf_counter_ns() - begun) // 1000)


def _log(scope: Scope, status: int | None, microseconds: int) -> None:
    request: dict[str, Any] = {
        "method": scope["method"],
        "path": printable(mask_text(scope["path"])),
        "status": status,
        "microseconds": microseconds,
        "key": _key_end(scope),
        "hint": printable(mask_text(scope.get(HINT, ""))) or None,
    }
    told = f" ({request['hint']})" if request["hint"] else ""
    words = "%s %s: %s in %d us%s"
    logger.log(
        ACCESS, words, request["method"], request["path"], status, microseconds, told, extra={"request": request}
    )


def _key_end(scope: Scope) -> str | None:
    try:
        return shortened(api_key(headers_of(scope)))
    except ServiceError:
        return None
