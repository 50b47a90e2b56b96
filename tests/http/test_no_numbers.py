"""`NaN`, `Infinity` and numbers beyond all bounds are no JSON: refused wherever JSON is read."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.files import parse_document
from mockdreams.http.body_process import use_process
from mockdreams.side_process import SideProcess
from mockdreams.world.state.json_stream import parse
from tests.support.helpers import Scene, refused

NUMBERS = ["NaN", "Infinity", "-Infinity", "1e400", "-1E+400", "1" * 400 + ".5", "1" * 300 + "e99"]
SCHEMA = '{"type":"object","properties":{"a":{"default":NUMBER}}}'
TOOL = f'{{"type":"custom","name":"t","description":"d","input_schema":{SCHEMA}}}'
AGENT = f'{{"name":"a","model":"claude-opus-4-8","tools":[{TOOL}]}}'
ASKED = '{"model":"claude-opus-4-8","max_tokens":9,"messages":[{"role":"user","content":"a"}]'
MESSAGE = f'{ASKED},"tools":[{{"name":"t","input_schema":{SCHEMA}}}]}}'
INVALID = "Failed to parse request body: invalid JSON"


@pytest.fixture(scope="module", params=["here", pytest.param("large", marks=pytest.mark.process)])
def padding(request: pytest.FixtureRequest) -> Iterator[str]:
    """What is beside the number in a body, which a process of its own reads if it is large."""
    if request.param == "here":
        yield ""
        return
    process = SideProcess()
    use_process(process)
    yield "a" * 70_000
    use_process(None)
    process.close()


def post(scene: Scene, path: str, body: str) -> Any:
    return scene.http.post(path, content=body.encode())


def test_in_the_body_of_a_request(scene: Scene) -> None:
    for number in NUMBERS:
        check_body(scene, number)
    assert scene.http.get("/v1/agents").json()["data"] == []


def check_body(scene: Scene, number: str) -> None:
    agent, message = AGENT.replace("NUMBER", number), MESSAGE.replace("NUMBER", number)
    assert refused(post(scene, "/v1/agents", agent), 400, "invalid_request_error") == INVALID
    assert "not valid JSON" in refused(post(scene, "/v1/messages", message), 400, "invalid_request_error")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("stubs", '{"match":"GET /x","json":[NUMBER],"headers":{"x-a":"PADDING"}}'),
        ("sessions/scripts", '{"turns":[[{"tool":"t","input":{"a":NUMBER}},{"say":"PADDING"}]]}'),
        ("dreams/scripts", '{"usage":{"input_tokens":NUMBER},"say":"PADDING"}'),
        ("messages/scripts", '{"tool":"t","input":{"a":[[NUMBER]]},"say":"PADDING"}'),
        ("reset", '{"load":{"now":"PADDING","memory_stores":[NUMBER]}}'),
        ("snapshot", '{"a":NUMBER,"b":"PADDING"}'),
    ],
)
def test_in_an_order(scene: Scene, path: str, body: str, padding: str) -> None:
    for number in NUMBERS:
        answer = post(scene, f"/_mockdreams/{path}", body.replace("NUMBER", number).replace("PADDING", padding))
        assert refused(answer, 400, "invalid_request_error").startswith((INVALID, "not a snapshot"))
    assert scene.http.get("/_mockdreams/stubs").json()["data"] == []


def test_in_a_policy(mockdreams: MockDreams) -> None:
    for number in NUMBERS:
        answer = mockdreams.http.patch("/_mockdreams/policy", content=f'{{"memory_max_bytes":{number}}}')
        refused(answer, 400, "invalid_request_error")


@pytest.mark.parametrize("document", ["[NUMBER]", '{"a": [1, NUMBER]}', "[" + "1," * 20_000 + "NUMBER]"])
def test_in_what_is_read_in_pieces(document: str) -> None:
    for number in NUMBERS[:6]:
        with pytest.raises(ValueError, match="is no number"):
            parse([document.replace("NUMBER", number).encode()])


@pytest.mark.parametrize("text", ['{"a": [NaN]}', '{"a": 1e400}', "a: .nan", "a: [-.inf]", "a: 1.0e+400"])
def test_in_files(text: str) -> None:
    with pytest.raises(ValueError, match="is no number"):
        parse_document(text)


def test_texts_that_look_like_them_are_texts(scene: Scene) -> None:
    for text in ("NaN", "Infinity", "1e400", "1" * 400, 'a "NaN", 1e999', "é1e400"):
        for said in (json.dumps(text), json.dumps(text, ensure_ascii=False)):
            answer = post(scene, "/v1/memory_stores", f'{{"name":"a","description":{said}}}')
            assert answer.json()["description"] == text


def test_long_whole_numbers_are_numbers(scene: Scene) -> None:
    answer = post(scene, "/_mockdreams/stubs", f'{{"match":"GET /x","json":[{"1" * 400},1e300]}}')
    assert answer.status_code == 200
    assert scene.http.get("/x").json() == [int("1" * 400), 1e300]
