"""The least that could answer: what our server is measured beside."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from socket import socket

import uvicorn
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

SENT = {
    "request-id": "req_01GsQPNRSXpjwcK5kWhbBhvz",
    "anthropic-organization-id": "6f5902ac-237b-4b4e-8a7f-1b6f5a1f3d2c",
    "anthropic-workspace-id": "wrkspc_01GsQPNRSXpjwcK5kWhbBhvz",
}
"""What every answer of the service says beside its body, so that a floor sends as many bytes."""


class BareUvicorn(uvicorn.Server):
    """The Uvicorn that ours runs on, and nothing else. `ready` is called once connections are accepted."""

    def __init__(self, app: ASGIApp, ready: Callable[[], None]) -> None:
        quiet = uvicorn.Config(
            app, log_level="critical", access_log=False, lifespan="off", server_header=False, ws="none"
        )
        super().__init__(quiet)
        self._ready = ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def starlette_app(path: str, body: bytes) -> Starlette:
    """One route that answers `body`, and the service's headers."""

    async def answer(request: Request) -> Response:
        return Response(body, headers=SENT, media_type="application/json")

    return Starlette(routes=[Route(path, answer, methods=["GET", "POST"])])


def headless_app(path: str, body: bytes) -> Starlette:
    """One route that answers `body`, without the service's headers."""

    async def answer(request: Request) -> Response:
        return Response(body, media_type="application/json")

    return Starlette(routes=[Route(path, answer)])


def parsing_app(path: str, body: bytes) -> Starlette:
    """One route that parses what creates a dream, a memory or events, by the end of its path, and answers `body`."""
    from mockdreams.wire.dreams import CreateDream
    from mockdreams.wire.events import SendEvents
    from mockdreams.wire.memory import CreateMemory

    shapes: dict[str, type[BaseModel]] = {"dreams": CreateDream, "memories": CreateMemory, "events": SendEvents}
    shape = shapes[path.rpartition("/")[2]]

    async def answer(request: Request) -> Response:
        shape.model_validate_json(await request.body())
        return Response(body, headers=SENT, media_type="application/json")

    return Starlette(routes=[Route(path, answer, methods=["POST"])])


def modelled_app(path: str, body: bytes) -> Starlette:
    """One route that parses what it is sent with the one model of a Pydantic that nothing else uses."""

    class Named(BaseModel):
        name: str
        description: str | None = None

    async def answer(request: Request) -> Response:
        Named.model_validate_json(await request.body())
        return Response(body, headers=SENT, media_type="application/json")

    return Starlette(routes=[Route(path, answer, methods=["POST"])])


def streaming_app(path: str, body: bytes) -> Starlette:
    """GET streams wait for a POST, and then send the frames of `body`, a JSON list, one by one and end."""
    return _streaming(path, [frame.encode() for frame in json.loads(body)])


def bursting_app(path: str, body: bytes) -> Starlette:
    """The same, but what there is by then is sent at once."""
    return _streaming(path, ["".join(json.loads(body)).encode()])


def _streaming(path: str, chunks: list[bytes]) -> Starlette:
    told = asyncio.Event()

    async def stream(request: Request) -> Response:
        async def content() -> AsyncIterator[bytes]:
            yield b": stream\n\n"
            await told.wait()
            for chunk in chunks:
                yield chunk

        return StreamingResponse(content(), media_type="text/event-stream")

    async def tell(request: Request) -> Response:
        told.set()
        await asyncio.sleep(0)
        told.clear()
        return Response(b"{}", media_type="application/json")

    return Starlette(routes=[Route(path, stream), Route(path, tell, methods=["POST"])])


def asgi_app(path: str, body: bytes) -> ASGIApp:
    """Answers `body` to everything."""
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in SENT.items()]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer
