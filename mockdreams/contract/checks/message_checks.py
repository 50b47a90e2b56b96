"""Messages and models."""

import json
from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.client.answers import TargetResponse, require, require_each, require_equal

URL = "/v1/messages"
COUNT = f"{URL}/count_tokens"
NEWEST = {"anthropic-version": "2026-10-21"}
KEYS = {"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "usage"}
TOKENS = ("input_tokens", "output_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
UNKNOWN = "claude-that-nobody-has-trained"
DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}


def body(stage: Workbench, **changed: Any) -> dict[str, Any]:
    """A request that costs next to nothing; what is changed to `...` is left out."""
    said = [{"role": "user", "content": "Say yes."}]
    whole = {"model": stage.model, "max_tokens": 16, "messages": said, **changed}
    return {name: value for name, value in whole.items() if value is not ...}


def refused(stage: Workbench, **changed: Any) -> TargetResponse:
    """What the service says to a request that is wrong in what is changed only."""
    return stage.post(URL, body(stage, **changed))


def said(*content: Any, role: str = "user") -> list[Any]:
    return [{"role": role, "content": list(content)}]


@cached
def message(stage: Workbench) -> Any:
    return stage.post(URL, body(stage)).ok()


@cached
def events(stage: Workbench) -> list[Any]:
    """The events of a streamed message."""
    answer = stage.post(URL, body(stage, stream=True))
    if answer.status != 200:
        answer.broken(f"the status is {answer.status}, not 200")
    kind = answer.headers.get("content-type", "")
    require(kind.startswith("text/event-stream"), f"the content type is {kind!r}", answer)
    frames = [dict(line.split(": ", 1) for line in each.splitlines()) for each in answer.text.split("\n\n") if each]
    found = [json.loads(frame["data"]) for frame in frames]
    require_equal("the event lines", [frame.get("event") for frame in frames], [each["type"] for each in found])
    return [each for each in found if each["type"] != "ping"]


@check
def message_method_unnamed(stage: Workbench) -> None:
    stage.get(URL).refused(405, "invalid_request_error", "Method Not Allowed", unnamed=True)


@check
def message_keys(stage: Workbench) -> None:
    found = message(stage)
    require_equal("keys that are missing", KEYS - set(found), set())
    constants = {"type": "message", "role": "assistant", "model": stage.model, "stop_sequence": None}
    require_equal("the constants", {name: found[name] for name in constants}, constants)
    require(found["id"].startswith("msg_"), f"the id is {found['id']}")
    require(found["stop_reason"] in ("end_turn", "max_tokens"), f"stop_reason is {found['stop_reason']}")
    require_each("the content", found["content"], lambda block: block["type"] == "text" and block["text"])
    require_each("the usage", [found["usage"].get(name) for name in TOKENS], lambda n: isinstance(n, int) and n >= 0)


@check
def message_stream_order(stage: Workbench) -> None:
    types = [event["type"] for event in events(stage)]
    require_equal("the first and the last", [types[0], *types[-2:]], ["message_start", "message_delta", "message_stop"])
    index, opened = -1, False
    for event in events(stage)[1:-2]:
        if event["type"] == "content_block_start":
            require(not opened, "a block starts within another")
            index, opened = index + 1, True
        require_equal("the index", event.get("index"), index)
        if event["type"] == "content_block_stop":
            opened = False
    require(index >= 0 and not opened, "no block starts and stops")


@check
def message_stream_parts(stage: Workbench) -> None:
    start, *_, end, _ = events(stage)
    begun = start["message"]
    require_equal("what is said at the start", [begun["content"], begun["stop_reason"]], [[], None])
    text = "".join(each["delta"]["text"] for each in events(stage) if each["type"] == "content_block_delta")
    require(text, "there is no text")
    require(end["delta"]["stop_reason"] in ("end_turn", "max_tokens"), "there is no reason for the end")
    require(end["usage"]["output_tokens"] > 0, "there are no tokens in all")


@check
def message_count_tokens(stage: Workbench) -> None:
    short = stage.post(COUNT, body(stage, max_tokens=...)).ok()
    long = stage.post(COUNT, body(stage, max_tokens=..., messages=said({"type": "text", "text": "word " * 500}))).ok()
    require_equal("the keys", set(short) - {"context_management"}, {"input_tokens"})
    require(0 < short["input_tokens"] < long["input_tokens"], f"{short} tokens of little, {long} of much")


@check
def message_required_400(stage: Workbench) -> None:
    for name in ("model", "max_tokens", "messages"):
        refused(stage, **{name: ...}).invalid(f"{name}: Field required")


@check
def message_role_400(stage: Workbench) -> None:
    refused(stage, messages=said({"type": "text", "text": "x"}, role="tool")).invalid()


@check
def message_none_400(stage: Workbench) -> None:
    refused(stage, messages=[]).invalid("messages: at least one message is required")


@check
def message_empty_text_400(stage: Workbench) -> None:
    refused(stage, messages=said({"type": "text", "text": ""})).invalid(
        "messages: text content blocks must be non-empty"
    )


@check
def message_file_absent_404(stage: Workbench) -> None:
    document = {"type": "document", "source": {"type": "file", "file_id": f"file_{ABSENT}"}}
    refused(stage, messages=said(document)).not_found()


@check
def message_sampling_400(stage: Workbench) -> None:
    for name, value in (("temperature", 1), ("top_p", 0.5), ("top_k", 5)):
        stage.post(URL, body(stage, **{name: value}), headers=NEWEST).invalid()


@check
def message_assistant_document_400(stage: Workbench) -> None:
    talk = [*said({"type": "text", "text": "Hi."}), *said(DOCUMENT, role="assistant")]
    stage.post(URL, body(stage, messages=talk), headers=NEWEST).invalid()


@check
def message_user_citations_400(stage: Workbench) -> None:
    cited = {"type": "char_location", "cited_text": "x", "document_index": 0, "document_title": None}
    block = {"type": "text", "text": "x", "citations": [{**cited, "start_char_index": 0, "end_char_index": 1}]}
    stage.post(URL, body(stage, messages=said(block)), headers=NEWEST).invalid()


@check
def message_beta_unknown_400(stage: Workbench) -> None:
    odd = {"anthropic-beta": "future-beta"}
    for answer in (stage.post(COUNT, body(stage, max_tokens=...), headers=odd), stage.get("/v1/models", headers=odd)):
        require("`future-beta`" in answer.invalid()["message"], "the beta is not named", answer)


@check
def message_no_beta(stage: Workbench) -> None:
    none = {"anthropic-beta": None}
    stage.post(COUNT, body(stage, max_tokens=...), headers=none).ok()
    stage.get("/v1/models", headers=none).ok()


@check
def model_absent_404(stage: Workbench) -> None:
    stage.get(f"/v1/models/{UNKNOWN}").not_found(f"model: {UNKNOWN}")
    refused(stage, model=UNKNOWN).not_found(f"model: {UNKNOWN}")


@check
def model_list(stage: Workbench) -> None:
    whole = stage.get("/v1/models", {"limit": 1000}).ok()
    ids = [model["id"] for model in whole["data"]]
    require_equal("the keys", set(whole), {"data", "first_id", "last_id", "has_more"})
    require_equal("the ends", [whole["first_id"], whole["last_id"], whole["has_more"]], [ids[0], ids[-1], False])
    first = stage.get("/v1/models", {"limit": 2}).ok()
    rest = stage.get("/v1/models", {"limit": 1000, "after_id": first["last_id"]}).ok()
    require_equal("page by page", [model["id"] for page in (first, rest) for model in page["data"]], ids)
    before = stage.get("/v1/models", {"limit": 1, "before_id": ids[2]}).ok()
    require_equal("the page before", [model["id"] for model in before["data"]], ids[1:2])
    retired = stage.get("/v1/models", {"lifecycle[]": "retired"}).ok()["data"]
    require(all(model["lifecycle"] == "retired" for model in retired), "not all are of the lifecycle")


@check
def model_list_cursor_400(stage: Workbench) -> None:
    for query in ({"after_id": UNKNOWN}, {"before_id": UNKNOWN}, {"after_id": stage.model, "before_id": stage.model}):
        stage.get("/v1/models", query).invalid()


@check
def model_same_alone(stage: Workbench) -> None:
    listed = stage.get("/v1/models").ok()["data"][0]
    require_equal("type", listed["type"], "model")
    require_equal("the model, by its id", stage.get(f"/v1/models/{listed['id']}").ok(), listed)
