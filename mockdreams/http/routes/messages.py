"""/v1/messages."""

from functools import partial

from mockdreams.http.auth import MESSAGES
from mockdreams.http.body_parsing import digest_plainly
from mockdreams.http.message_events import message_frames
from mockdreams.http.piecewise import Piecewise
from mockdreams.http.request import Request
from mockdreams.http.routing import Answer, Route
from mockdreams.wire.betas import NEWEST_VERSION
from mockdreams.wire.messages import CountTokens, CreateMessage
from mockdreams.world.messages.requests import read_count, read_request

_EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-cache")]


def create(call: Request) -> Answer:
    messages = call.world.messages
    asked = digest_plainly(CreateMessage, partial(read_request, parts=messages.asked_parts), call.body)
    message = messages.create(asked, strict=call.version == NEWEST_VERSION)
    return Piecewise(_EVENTS, message_frames(message)) if asked.stream else message.body


def count_tokens(call: Request) -> bytes:
    return call.world.messages.count_tokens(digest_plainly(CountTokens, read_count, call.body)).body


ROUTES = (
    Route("POST", "/v1/messages", create, MESSAGES),
    Route("POST", "/v1/messages/count_tokens", count_tokens, MESSAGES),
)
