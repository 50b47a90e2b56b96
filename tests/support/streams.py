"""What readers of a stream have seen."""

from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest

from tests.support.helpers import Scene

PATIENCE = (0.2, 2, 20)
"""Seconds without a word after which a stream is silent; a machine that is busy gets more."""

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


def said_before_silence(listen: Callable[[httpx2.Timeout, list[Any]], object], least: int) -> list[Any]:
    """What `listen(timeout, said)` adds to `said` until it is timed out; `least` of it may take its time to come."""
    said: list[Any] = []
    for seconds in PATIENCE:
        said.clear()
        with pytest.raises((httpx2.ReadTimeout, anthropic.APITimeoutError)):
            listen(httpx2.Timeout(seconds), said)
        if len(said) >= least:
            break
    return said
