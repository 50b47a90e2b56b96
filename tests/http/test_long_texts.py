"""Long texts are written as JSON, and long answers sent, in pieces: their bytes are the same."""

from typing import Any

import pytest
from pydantic_core import to_json

from tests.support.helpers import Scene

LONG = 'a"\\\n\t\x01é\u2028😀' * 60_000


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": LONG}],
        [{"type": "text", "text": "Short."}, {"type": "text", "text": LONG}],
        [{"type": "text", "text": "Short."}, {"type": "image", "source": {"type": "url", "url": "https://a.example"}}],
        [{"type": "document", "source": {"type": "text", "data": LONG, "media_type": "text/plain"}, "title": "A"}],
        [{"type": "text", "text": f"Line {number}."} for number in range(200)],
    ],
    ids=["text", "two", "short", "document", "many"],
)
def test_a_long_message(scene: Scene, content: list[dict[str, Any]]) -> None:
    session = scene.session()
    events = {"events": [{"type": "user.message", "content": content}]}
    sent = scene.http.post(f"/v1/sessions/{session}/events", json=events)
    assert sent.json()["data"][0]["content"] == content
    assert sent.content == to_json(sent.json())
    scene.mock.clock.run_until_idle()
    listed = scene.http.get(f"/v1/sessions/{session}/events?types[]=user.message")
    assert [each["content"] for each in listed.json()["data"]] == [content]
    assert listed.content == to_json(listed.json())


@pytest.mark.parametrize("size", [1, 2**18, 2**18 + 1, 2**20, 2**20 + 1, 2**21 + 1])
def test_an_answer_of_any_length(scene: Scene, size: int) -> None:
    scene.mock.stubs.add("GET /x", body="a" * size)
    answer = scene.http.get("/x")
    assert answer.headers["content-length"] == str(size)
    assert answer.content == b"a" * size
