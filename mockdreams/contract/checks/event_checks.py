"""Events of sessions, and their streams."""

from datetime import datetime, timedelta
from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import completed, finished_turn
from mockdreams.contract.checking.workbench import ABSENT, Workbench, message
from mockdreams.contract.client.answers import require, require_each, require_equal
from mockdreams.contract.client.event_stream import StreamTimeout

FIRST = ["session.status_running", "session.thread_status_running", "user.message", "span.model_request_start"]
LAST = ["session.thread_status_idle", "session.usage", "session.status_idle"]
PREVIEWS = ("event_start", "event_delta")
MICROSECOND = timedelta(microseconds=1)


def url(session: str) -> str:
    return f"/v1/sessions/{session}/events"


def types(events: list[Any]) -> list[str]:
    return [event["type"] for event in events]


def at(event: Any) -> datetime:
    return datetime.fromisoformat(event["processed_at"])


def one(stage: Workbench, type: str) -> Any:
    """The only event of a type in the turn."""
    found = [frame.data for frame in finished_turn(stage).streamed if frame.event == type]
    require_equal(f"how many events of {type}", len(found), 1)
    return found[0]


@check
def events_send_echo(stage: Workbench) -> None:
    sent = finished_turn(stage).sent
    require_equal("the keys of the answer", set(sent), {"data"})
    require_equal("events", types(sent["data"]), ["user.message"])
    require(sent["data"][0]["id"].startswith("sevt_"), "the event has no id")
    require_equal("content", sent["data"][0]["content"][0]["type"], "text")


@check
def events_unprocessed(stage: Workbench) -> None:
    session = stage.new_session()["id"]
    with stage.frozen_clock():
        sent = stage.send(session, message("One."), message("Two.")).ok()["data"]
        require_each("a sent event", sent, lambda event: event.get("processed_at") is None)
        listed = stage.listed(url(session))
    waiting = [event.get("processed_at") is None for event in listed]
    require_equal("the place of unprocessed events", waiting, sorted(waiting))
    require({event["id"] for event in sent} <= {event["id"] for event in listed}, "a sent event is not listed")


@check
def events_type_400(stage: Workbench) -> None:
    answer = stage.send(stage.session, {"type": "session.usage"})
    answer.invalid('Failed to parse request: events[0].type: "session.usage" is not a valid value')


@check
def events_empty_text_400(stage: Workbench) -> None:
    answer = stage.send(stage.session, message(""))
    answer.invalid("events.0.user_message.content.0.text: value is required")


@check
def events_tool_result_403(stage: Workbench) -> None:
    answer = stage.send(stage.session, {"type": "user.tool_result", "tool_use_id": f"sevt_{ABSENT}"})
    error = answer.refused(403, "permission_error")
    said = "events[0]: `user.tool_result` may only be sent with environment credentials"
    require(error["message"].startswith(said), f"the message is {error['message']!r}", answer)


@check
def events_none_400(stage: Workbench) -> None:
    stage.send(stage.session).invalid()


@check
def events_all_or_nothing(stage: Workbench) -> None:
    session = stage.new_session()["id"]
    stage.send(session, message("Good."), message("")).invalid()
    stage.send(session, message("Good."), {"type": "user.tool_result", "tool_use_id": "sevt_x"})
    require_equal("events", stage.listed(url(session)), [])


@check
def events_absent_404(stage: Workbench) -> None:
    session = f"sesn_{ABSENT}"
    stage.send(session, message("Hello?")).not_found(f"Session not found: {session}")


@check
def events_turn_order(stage: Workbench) -> None:
    streamed = [frame.event for frame in finished_turn(stage).streamed if frame.event not in PREVIEWS]
    require_equal("the first events of a turn", streamed[:4], FIRST)
    require_equal("the last events of a turn", streamed[-3:], LAST)
    require(
        streamed.index("agent.message") < streamed.index("span.model_request_end"),
        f"the answer is not in the request: {streamed}",
    )


@check
def events_list_by_processing(stage: Workbench) -> None:
    listed = finished_turn(stage).listed
    times = [at(event) for event in listed]
    require(times == sorted(times), f"the times are in no order: {[event['processed_at'] for event in listed]}")
    own = types(listed[len(finished_turn(stage).earlier) :])
    require_equal("the first events of a turn", own[:4], FIRST)


@check
def events_turn_times(stage: Workbench) -> None:
    running, thread, words, request = (at(one(stage, type)) for type in FIRST)
    require_equal("the thread", thread, running + MICROSECOND)
    require(words > thread, f"the message is processed at {words}, and the thread runs at {thread}")
    require_equal("the model request", request, words + MICROSECOND)


@check
def events_end_turn(stage: Workbench) -> None:
    for type in ("session.status_idle", "session.thread_status_idle"):
        require_equal(f"stop_reason of {type}", one(stage, type)["stop_reason"], {"type": "end_turn"})


@check
def events_model_request(stage: Workbench) -> None:
    start, end = one(stage, "span.model_request_start"), one(stage, "span.model_request_end")
    require_equal("model_request_start_id", end["model_request_start_id"], start["id"])
    keys = {"input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"}
    require_equal("the keys of model_usage", set(end["model_usage"]) - {"speed"}, keys)


@check
def events_agent_message(stage: Workbench) -> None:
    content = one(stage, "agent.message")["content"]
    require_each("a block", content, lambda block: block["type"] in ("text", "redacted"))


@check
def events_thinking_has_no_content(stage: Workbench) -> None:
    session = completed(stage).end["session_id"]
    thoughts = stage.listed(url(session), {"types[]": ["agent.thinking"]})
    require_each("a thought", thoughts, lambda event: set(event) == {"id", "type", "processed_at"})


@check
def events_usage(stage: Workbench) -> None:
    usage = one(stage, "session.usage")["usage"]
    session = stage.get(f"/v1/sessions/{finished_turn(stage).session}").ok()
    require_equal("the keys of usage", set(usage), set(session["usage"]))
    require_equal("output_tokens", session["usage"]["output_tokens"], usage["output_tokens"])


@check
def events_interrupt(stage: Workbench) -> None:
    session = stage.new_session(initial_events=[message("Count to a thousand, one number a line.")])["id"]
    stage.send(session, {"type": "user.interrupt"}).ok()
    events = stage.until(
        lambda: stage.listed(url(session)),
        lambda events: events and events[-1]["type"] == "session.status_idle",
        "the end of an interrupted turn",
    )
    require_equal("stop_reason", events[-1]["stop_reason"], {"type": "end_turn"})
    require("user.interrupt" in types(events), "the interrupt is not listed")
    require_equal("status", stage.get(f"/v1/sessions/{session}").ok()["status"], "idle")


@check
def events_list_order(stage: Workbench) -> None:
    listed = finished_turn(stage).listed
    require_equal("desc", stage.listed(url(finished_turn(stage).session), {"order": "desc"}), listed[::-1])
    require_equal("asc", stage.listed(url(finished_turn(stage).session), {"order": "asc"}), listed)


@check
def events_list_types(stage: Workbench) -> None:
    wanted = ["agent.message", "session.usage"]
    found = stage.listed(url(finished_turn(stage).session), {"types[]": wanted})
    require_equal("events", found, [event for event in finished_turn(stage).listed if event["type"] in wanted])


@check
def events_list_type_unknown_400(stage: Workbench) -> None:
    stage.get(url(stage.session), {"types[]": ["nonsense"]}).invalid()


@check
def events_list_limit_1000(stage: Workbench) -> None:
    require_equal(
        "events",
        stage.get(url(finished_turn(stage).session), {"limit": 1000}).ok()["data"],
        finished_turn(stage).listed,
    )
    stage.get(url(stage.session), {"limit": 0}).invalid()


@check
def events_list_pages(stage: Workbench) -> None:
    path, listed = url(finished_turn(stage).session), finished_turn(stage).listed
    require_equal("pages of four", stage.listed(path, limit=4), listed)
    require_equal("pages of four, newest first", stage.listed(path, {"order": "desc"}, limit=4), listed[::-1])


@check
def events_list_created_at(stage: Workbench) -> None:
    path, listed, n = url(finished_turn(stage).session), finished_turn(stage).listed, len(finished_turn(stage).earlier)
    middle = listed[n]["processed_at"]
    for bound, wanted in (("gt", listed[n + 1 :]), ("gte", listed[n:]), ("lt", listed[:n]), ("lte", listed[: n + 1])):
        require_equal(bound, stage.listed(path, {f"created_at[{bound}]": middle}), wanted)


@check
def events_list_last_page(stage: Workbench) -> None:
    require_equal("the keys of the last page", set(stage.get(url(finished_turn(stage).session)).ok()), {"data"})


@check
def events_listed_after_archive(stage: Workbench) -> None:
    session = stage.new_session()["id"]
    stage.say(session, "Hello.")
    before = stage.listed(url(session))
    stage.post(f"/v1/sessions/{session}/archive").ok()
    require_equal("events", stage.listed(url(session)), before)


@check
def stream_framing(stage: Workbench) -> None:
    for frame in finished_turn(stage).streamed:
        names = [line.partition(":")[0] for line in frame.lines if not line.startswith(":")]
        require_equal("the fields of a frame", names, ["event", "data"])
        require_equal("the name of a frame", frame.event, frame.data["type"])


@check
def stream_content_type(stage: Workbench) -> None:
    with stage.stream(stage.session) as stream:
        kind, id = stream.headers.get("content-type", ""), stream.headers.get("request-id", "")
    require(kind.startswith("text/event-stream"), f"content-type is {kind!r}")
    require(id.startswith("req_"), f"request-id is {id!r}")


@check
def stream_live_tail(stage: Workbench) -> None:
    past = {event["id"] for event in finished_turn(stage).earlier}
    require_each(
        "an event of the stream", finished_turn(stage).streamed, lambda frame: frame.data.get("id") not in past
    )


@check
def stream_as_listed(stage: Workbench) -> None:
    listed = {event["id"]: event for event in finished_turn(stage).listed}
    shown = [frame.data for frame in finished_turn(stage).streamed if frame.event not in PREVIEWS]
    require_each("an event of the stream", shown, lambda event: listed.get(event["id"]) == event)


@check
def stream_stays_open(stage: Workbench) -> None:
    with stage.stream(finished_turn(stage).session, seconds=stage.quiet_seconds) as stream:
        try:
            frame = next(stream.frames(), None)
        except StreamTimeout:
            return
    require(False, "the stream ended" if frame is None else f"the stream has {frame.event}")


@check
def stream_deltas_unknown_400(stage: Workbench) -> None:
    answer = stage.refused_stream(stage.session, {"event_deltas[]": ["user.message"]})
    require("event_deltas" in answer.invalid()["message"], "the parameter is not named", answer)


@check
def stream_deltas_100(stage: Workbench) -> None:
    stage.refused_stream(stage.session, {"event_deltas[]": ["agent.message"] * 101}).invalid()
