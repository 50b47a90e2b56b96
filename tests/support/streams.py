"""What readers of a stream have seen."""

from typing import Any

from tests.support.helpers import Scene

STREAMED = [
    "session.status_running",
    "session.thread_status_running",
    "user.message",
    "span.model_request_start",
    "agent.message",
    "span.model_request_end",
    "session.thread_status_idle",
    "session.usage",
    "session.status_idle",
]


def follow(scene: Scene, session: str) -> list[Any]:
    seen = []
    with scene.beta.sessions.events.stream(session) as stream:
        for event in stream:
            seen.append(event)
            if event.type == "session.status_idle":
                return seen
    raise AssertionError("the stream ended before the turn did")
