"""/v1/messages."""

from mockdreams.http.auth import MESSAGES
from mockdreams.http.body_parsing import parse_plainly
from mockdreams.http.message_events import message_frames
from mockdreams.http.piecewise import Piecewise
from mockdreams.http.request import Request
from mockdreams.http.routing import Answer, Route
from mockdreams.wire.betas import NEWEST_VERSION
from mockdreams.wire.messages import CountTokens, CreateMessage

_EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]


def create(call: Request) -> Answer:
    params = parse_plainly(CreateMessage, call.body)
    message = call.world.messages.create(params, strict=call.version == NEWEST_VERSION)
    return Piecewise(_EVENTS, message_frames(message)) if params.stream else message.body


def count_tokens(call: Request) -> bytes:
    return call.world.messages.count_tokens(parse_plainly(CountTokens, call.body)).body


ROUTES = (
    Route("POST", "/v1/messages", create, MESSAGES),
    Route("POST", "/v1/messages/count_tokens", count_tokens, MESSAGES),
)
