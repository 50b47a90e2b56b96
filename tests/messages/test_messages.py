"""Messages: prepared answers and the fixed one, whole and streamed, counted, and refused as the service does."""

from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest

from mockdreams import ControlError, MockDreams
from tests.support.helpers import MODEL, Scene, refused

OLD, NEW = "2023-06-01", "2026-10-21"
TOOL: dict[str, Any] = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}
CALL: dict[str, Any] = {"type": "tool_use", "name": "weather", "input": {"city": "Zürich", "days": [1, 2, 3]}}


@pytest.fixture
def client(mockdreams: MockDreams) -> Iterator[anthropic.Anthropic]:
    with mockdreams.client(max_retries=0, _strict_response_validation=True) as client:
        yield client


def ask(client: anthropic.Anthropic, words: Any = "Hello.", **options: Any) -> anthropic.types.Message:
    asked: Any = {"model": MODEL, "max_tokens": 100, "messages": [{"role": "user", "content": words}], **options}
    message: anthropic.types.Message = client.messages.create(**asked)
    return message


def text(message: Any) -> str:
    return "".join(block.text for block in message.content if block.type == "text")


def post(mock: MockDreams, body: Any, version: str = OLD, path: str = "/v1/messages") -> httpx2.Response:
    return mock.http.post(path, json=body, headers={"anthropic-version": version})


def body(**changed: Any) -> dict[str, Any]:
    whole = {"model": MODEL, "max_tokens": 10, "messages": [{"role": "user", "content": "Hello."}], **changed}
    return {name: value for name, value in whole.items() if value is not ...}


def test_without_a_reply_the_answer_is_short_and_fixed(client: anthropic.Anthropic) -> None:
    first, second = ask(client), ask(client)
    assert text(first) == text(second) == "This is a fixed reply of mockdreams."
    assert first.id.startswith("msg_01")
    assert first.id != second.id
    assert (first.model, first.stop_reason, first.stop_sequence) == (MODEL, "end_turn", None)
    assert first.usage.input_tokens > 0
    assert first.usage.output_tokens > 0


def test_replies_come_in_order_and_are_used_up(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    prepared = mockdreams.messages.reply("One.")
    mockdreams.messages.reply("Two.", times=2)
    assert [text(ask(client)) for _ in range(4)] == ["One.", "Two.", "Two.", "This is a fixed reply of mockdreams."]
    assert (prepared.hits, prepared.used) == (1, True)
    assert list(mockdreams.messages) == []


def test_a_reply_for_ever(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    always = mockdreams.messages.reply("Always.", times=None)
    assert {text(ask(client)) for _ in range(3)} == {"Always."}
    assert always.hits == 3
    mockdreams.messages.clear()
    assert text(ask(client)) != "Always."


def test_by_model_and_by_what_was_said_last(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    mockdreams.messages.reply("Small.", match={"model": "claude-haiku-4-5"})
    mockdreams.messages.reply("It rains.", match={"message": "weather"})
    mockdreams.messages.reply("18 degrees.", match={"message": "temperature: 18"})
    mockdreams.messages.reply("Else.")
    talk = [
        {"role": "user", "content": "The weather?"},
        {"role": "assistant", "content": [{"id": "toolu_1", **CALL}]},
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "content": [{"type": "text", "text": "temperature: 18"}],
                }
            ],
        },
    ]
    assert text(ask(client, messages=talk)) == "18 degrees."
    assert text(ask(client, "How are you?")) == "Else."
    assert text(ask(client, [{"type": "text", "text": "How is the weather?"}])) == "It rains."
    assert text(ask(client, model="claude-haiku-4-5")) == "Small."


def test_a_tool_call_and_the_reason(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    mockdreams.messages.reply([{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "A moment."}, CALL])
    message = ask(client, tools=[TOOL])
    assert message.stop_reason == "tool_use"
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use"]
    call = message.content[2]
    assert call.type == "tool_use"
    assert call.id.startswith("toolu_01")
    assert (call.name, call.input) == (CALL["name"], CALL["input"])


def test_reason_and_usage_as_told(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    mockdreams.messages.reply("Cut", stop_reason="max_tokens", usage={"input_tokens": 7, "cache_read_input_tokens": 3})
    mockdreams.messages.reply("Stop", stop_reason="stop_sequence")
    cut, stopped = ask(client), ask(client, stop_sequences=["###", "END"])
    assert (cut.stop_reason, cut.usage.input_tokens, cut.usage.cache_read_input_tokens) == ("max_tokens", 7, 3)
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "###")


@pytest.mark.parametrize("beta", [False, True])
def test_a_stream_adds_up_to_the_whole_message(client: anthropic.Anthropic, mockdreams: MockDreams, beta: bool) -> None:
    content = [{"type": "thinking", "thinking": "Let me see."}, {"type": "text", "text": "Just a\n moment."}, CALL]
    mockdreams.messages.reply(content, times=2, usage={"output_tokens": 50})
    whole = ask(client, tools=[TOOL])
    messages: Any = client.beta.messages if beta else client.messages
    asked: Any = {"model": MODEL, "max_tokens": 100, "tools": [TOOL]}
    with messages.stream(**asked, messages=[{"role": "user", "content": "Hello."}]) as stream:
        words = list(stream.text_stream)
        final = stream.get_final_message()
    assert "".join(words) == "Just a\n moment."
    assert len(words) == 3
    mine = {"id", "content"}
    assert final.model_dump(exclude=mine, exclude_none=True) == whole.model_dump(exclude=mine, exclude_none=True)
    assert [block.model_dump(exclude={"id"}, exclude_none=True) for block in final.content] == [
        block.model_dump(exclude={"id"}, exclude_none=True) for block in whole.content
    ]


async def test_an_asynchronous_stream(mockdreams: MockDreams) -> None:
    mockdreams.messages.reply("Good day.")
    async with mockdreams.async_client() as client:
        request = client.messages.stream(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
        async with request as stream:
            assert [word async for word in stream.text_stream] == ["Good", " day."]


def test_the_events_in_their_order(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    mockdreams.messages.reply("Good day.")
    response = post(mockdreams, body(stream=True))
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["request-id"].startswith("req_")
    assert [line.removeprefix("event: ") for line in response.text.splitlines() if line.startswith("event: ")] == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_a_stream_that_breaks_off(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    mockdreams.faults.add("POST /v1/messages", cut_after_events=4)
    messages: Any = [{"role": "user", "content": "Hello."}]
    words: list[str] = []
    request = client.messages.stream(model=MODEL, max_tokens=100, messages=messages)
    with pytest.raises(httpx2.RemoteProtocolError), request as stream:
        words.extend(stream.text_stream)
    assert words == ["This"]


ORDER = ["message_start", "content_block_start", "ping", *["content_block_delta"] * 2, "content_block_stop"]
ORDER += ["message_delta", "message_stop"]


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ({"end_after_events": 3}, ORDER[:3]),
        ({"lose": ["ping", 0]}, [ORDER[1], *ORDER[3:]]),
        ({"repeat": ["message_stop"]}, [*ORDER, "message_stop"]),
        ({"swap": [6]}, [*ORDER[:6], "message_stop", "message_delta"]),
        ({"insert": {1: {"type": "error", "error": {"type": "overloaded_error"}}}}, [ORDER[0], "error", *ORDER[1:]]),
        ({"insert": {0: {"type": "novelty"}}, "event_delay": 0.0001}, ["novelty", *ORDER]),
    ],
)
def test_every_effect_on_a_stream_of_a_message(
    mockdreams: MockDreams, fault: dict[str, Any], wanted: list[str]
) -> None:
    mockdreams.messages.reply("Good day.")
    mockdreams.faults.add("POST /v1/messages", **fault)
    text = post(mockdreams, body(stream=True)).text
    assert [line.removeprefix("event: ") for line in text.splitlines() if line.startswith("event: ")] == wanted


def test_an_error_in_the_stream_of_a_message_is_raised(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    mockdreams.faults.add("POST /v1/messages", insert={2: overloaded})
    messages: Any = [{"role": "user", "content": "Hello."}]
    request = client.messages.stream(model=MODEL, max_tokens=100, messages=messages)
    with pytest.raises(anthropic.APIStatusError), request as stream:
        stream.get_final_message()
    mockdreams.requests.assert_called("POST /v1/messages", times=1)


def test_what_was_asked_can_be_looked_at(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    ask(client, system="Be brief.")
    client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "Hello."}])
    (request,) = mockdreams.messages.requests
    assert request.body["system"] == "Be brief."
    assert request.response["content"][0]["text"] == "This is a fixed reply of mockdreams."
    assert mockdreams.requests.assert_called("POST /v1/messages", times=1, body={"model": MODEL}).status == 200


def test_tokens_are_counted_by_length(client: anthropic.Anthropic) -> None:
    def count(words: str, **options: Any) -> int:
        messages: Any = [{"role": "user", "content": words}]
        return client.messages.count_tokens(model=MODEL, messages=messages, **options).input_tokens

    assert count("x" * 400) == 101
    assert count("x" * 400, system="y" * 40) == 111
    assert ask(client, "x" * 400).usage.input_tokens == 101
    betas = client.beta.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": "x" * 40}])
    assert betas.input_tokens == 11


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model": ...}, "model: Field required"),
        ({"max_tokens": ...}, "max_tokens: Field required"),
        ({"messages": ...}, "messages: Field required"),
        ({"max_tokens": "many"}, "max_tokens: Input should be a valid integer"),
        ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
        ({"messages": []}, "messages: at least one message is required"),
        ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
        (
            {"messages": [{"role": "tool", "content": "x"}]},
            "messages.0.role: Input should be 'user', 'assistant' or 'system'",
        ),
        ({"messages": [{"role": "user", "content": 1}]}, "messages.0.content: Input should be a valid array"),
        ({"messages": [{"role": "user", "content": [{}]}]}, "messages.0.content.0.type: Field required"),
        ({"messages": [{"role": "user", "content": ""}]}, "messages: text content blocks must be non-empty"),
    ],
)
def test_a_bad_body_is_refused(mockdreams: MockDreams, changed: dict[str, Any], message: str) -> None:
    mockdreams.messages.reply("Hello.")
    assert refused(post(mockdreams, body(**changed)), 400, "invalid_request_error") == message
    assert list(mockdreams.messages) == [{"content": [{"type": "text", "text": "Hello."}], "times": 1}]


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/messages/count_tokens"])
def test_an_unknown_model_is_not_found(mockdreams: MockDreams, path: str) -> None:
    answer = post(mockdreams, body(model="claude-99"), path=path)
    assert refused(answer, 404, "not_found_error") == "model: claude-99"


def test_what_is_not_looked_at_passes(mockdreams: MockDreams) -> None:
    odd = {"role": "user", "content": [{"type": "hologram", "volume": 3}]}
    assert post(mockdreams, body(messages=[odd], metadata={"user_id": 1}, top_k="?")).status_code == 200


def test_files_that_are_shown_are_counted_and_absent_ones_refused(client: anthropic.Anthropic) -> None:
    file = client.files.upload(file=("a.txt", b"x" * 400, "text/plain"))
    document: Any = {"type": "document", "source": {"type": "file", "file_id": file.id}}
    counted = client.messages.count_tokens(model=MODEL, messages=[{"role": "user", "content": [document]}])
    assert counted.input_tokens > 100
    client.files.delete(file.id)
    with pytest.raises(anthropic.NotFoundError, match=file.id):
        ask(client, [document])


DOCUMENT = {"type": "document", "source": {"type": "text", "data": "x", "media_type": "text/plain"}}


@pytest.mark.parametrize(
    "changed",
    [
        {"temperature": 1},
        {"top_p": 0.5},
        {"top_k": 5},
        {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [DOCUMENT]}]},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "x", "citations": [{"type": "page"}]}]}]},
    ],
)
def test_what_the_newest_version_refuses(mockdreams: MockDreams, changed: dict[str, Any]) -> None:
    assert post(mockdreams, body(**changed), OLD).status_code == 200
    refused(post(mockdreams, body(**changed), NEW), 400, "invalid_request_error")


def test_no_beta_is_needed_and_an_unknown_one_refused(mockdreams: MockDreams) -> None:
    with httpx2.Client(transport=mockdreams.transport, base_url="http://x") as plain:
        headers = {"x-api-key": mockdreams.api_key, "anthropic-version": OLD}
        assert plain.post("/v1/messages", json=body(), headers=headers).status_code == 200
        answer = plain.post("/v1/messages", json=body(), headers={**headers, "anthropic-beta": "future-beta"})
        assert "`future-beta`" in refused(answer, 400, "invalid_request_error")


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"match": {"modle": "x"}}, 'unknown field "modle"; did you mean `model`?'),
        ({"stop_reason": "bored"}, "stop_reason"),
        ({"times": 0}, "times"),
        ({"content": [{"type": "hologram"}]}, "content[0].type"),
        ({"stop": "x"}, "reply() has no `stop`"),
    ],
)
def test_a_mistaken_reply_is_refused(mockdreams: MockDreams, keywords: Any, said: str) -> None:
    with pytest.raises(ControlError) as mistake:
        mockdreams.messages.reply(**{"content": "x", **keywords})
    assert said in str(mistake.value)
    assert list(mockdreams.messages) == []


def test_a_reply_that_nobody_asked_for_is_told(mockdreams: MockDreams) -> None:
    mockdreams.messages.reply("Never.", match={"model": "claude-haiku-4-5"})
    (told,) = mockdreams.unused()
    assert told.startswith("message reply")
    assert told.endswith("was never given: no request to /v1/messages matched")


def test_replies_are_part_of_a_snapshot(client: anthropic.Anthropic, mockdreams: MockDreams) -> None:
    mockdreams.messages.reply("Kept.", times=2)
    ask(client)
    snapshot = mockdreams.snapshot()
    ask(client)
    mockdreams.restore(snapshot)
    assert [text(ask(client)) for _ in range(2)] == ["Kept.", "This is a fixed reply of mockdreams."]


def test_another_method_is_refused_without_a_request_id(scene: Scene) -> None:
    answer = scene.http.get("/v1/messages")
    assert (answer.status_code, "request-id" in answer.headers) == (405, False)
    told = {"type": "invalid_request_error", "message": "Method Not Allowed"}
    assert answer.json() == {"type": "error", "error": told, "request_id": None}
