"""Sessions: changing them, their resources and their threads."""

from typing import Any

from mockdreams.contract.answers import demand, each, same
from mockdreams.contract.checking import check
from mockdreams.contract.lives import completed, once, turn
from mockdreams.contract.stage import ABSENT, Stage, message

URL = "/v1/sessions"
THREAD_KEYS = set(
    "id type session_id parent_thread_id agent status stats usage archived_at created_at updated_at".split()
)
BUDGET = {"type": "limit", "max_list_cost": {"amount": "2500", "currency": "USD"}}


@once
def archived(stage: Stage) -> str:
    """The URL of an archived session."""
    path = f"{URL}/{stage.new_session()['id']}"
    stage.post(f"{path}/archive").ok()
    return path


def updated(stage: Stage, session: str) -> list[Any]:
    events = stage.listed(f"{URL}/{session}/events")
    return [event for event in events if event["type"] == "session.updated"]


def threads(stage: Stage, session: str) -> list[Any]:
    return stage.listed(f"{URL}/{session}/threads")


@check
def session_agent_three_forms(stage: Stage) -> None:
    overrides = {"type": "agent_with_overrides", "id": stage.agent, "system": "Be brief."}
    for form in (stage.agent, {"type": "agent", "id": stage.agent, "version": 1}, overrides):
        agent = stage.new_session(agent=form)["agent"]
        same("the agent", (agent["id"], agent["type"], agent["version"]), (stage.agent, "agent", 1))
    same("system of the session's agent", agent["system"], "Be brief.")
    same("system of the agent", stage.get(f"/v1/agents/{stage.agent}").ok()["system"], None)


@check
def session_budget_price_400(stage: Stage) -> None:
    agent = stage.new_agent(model="some-model-without-a-price")["id"]
    stage.post(URL, stage.session_body(agent=agent, budget=BUDGET)).invalid()


@check
def session_budget_not_added_400(stage: Stage) -> None:
    session = stage.new_session()["id"]
    stage.post(f"{URL}/{session}", {"budget": BUDGET}).invalid()
    same("budget", stage.get(f"{URL}/{session}").ok()["budget"], None)


@check
def session_list_cost_minor_units(stage: Stage) -> None:
    same("list_cost", stage.new_session()["usage"]["list_cost"], {"amount": "0", "currency": "USD"})


@check
def session_update_200(stage: Stage) -> None:
    session = stage.new_session(metadata={"keep": "1", "drop": "1"})
    title = stage.name()
    after = stage.post(f"{URL}/{session['id']}", {"title": title, "metadata": {"drop": None}}).ok()
    same("title and metadata", (after["title"], after["metadata"]), (title, {"keep": "1"}))
    said = [{key: e[key] for key in e if key not in ("id", "processed_at")} for e in updated(stage, session["id"])]
    same("what is said", said, [{"type": "session.updated", "title": title, "metadata": {"keep": "1"}}])


@check
def session_update_noop(stage: Stage) -> None:
    session = stage.new_session()
    stage.post(f"{URL}/{session['id']}", {"title": session["title"]}).ok()
    same("events", updated(stage, session["id"]), [])


@check
def session_update_vaults_400(stage: Stage) -> None:
    stage.post(f"{URL}/{stage.session}", {"vault_ids": []}).invalid()


@check
def session_update_terminated_400(stage: Stage) -> None:
    stage.post(archived(stage), {"title": stage.name()}).invalid()


@check
def session_list_cursor_outside_400(stage: Stage) -> None:
    agent = stage.new_agent()["id"]
    sessions = [stage.new_session(agent=agent) for _ in range(2)]
    cursor = stage.get(URL, {"agent_id": agent, "limit": 1}).ok()["next_page"]
    query = {"agent_id": agent, "page": cursor, "created_at[gt]": sessions[1]["created_at"]}
    stage.get(URL, query).invalid()


@check
def resource_add_file_only_400(stage: Stage) -> None:
    body = {"type": "memory_store", "memory_store_id": stage.store}
    answer = stage.post(f"{URL}/{stage.session}/resources", body)
    answer.invalid('Failed to parse request: type: "memory_store" is not a valid value')


@check
def resource_absent_404(stage: Stage) -> None:
    path = f"{URL}/{stage.session}/resources/sesrsc_{ABSENT}"
    for answer in (stage.get(path), stage.delete(path)):
        answer.not_found()


@check
def resource_terminated_400(stage: Stage) -> None:
    stage.post(f"{archived(stage)}/resources", {"type": "file", "file_id": f"file_{ABSENT}"}).invalid()


@check
def events_interrupt_idle(stage: Stage) -> None:
    session = stage.new_session()["id"]
    stage.send(session, {"type": "user.interrupt"}).ok()
    events = stage.until(
        lambda: stage.listed(f"{URL}/{session}/events"),
        lambda events: events and events[-1].get("processed_at"),
        "the end of an interrupt",
    )
    same("events", [event["type"] for event in events], ["user.interrupt"])
    same("status", stage.get(f"{URL}/{session}").ok()["status"], "idle")


@check
def events_system_message_last_400(stage: Stage) -> None:
    system = {"type": "system.message", "content": [{"type": "text", "text": "Be brief."}]}
    stage.send(stage.session, system).invalid()
    stage.send(stage.session, message("Hello."), system, message("Hello.")).invalid()


@check
def events_answer_undue_400(stage: Stage) -> None:
    for answer in (
        {"type": "user.tool_confirmation", "tool_use_id": f"sevt_{ABSENT}", "result": "allow"},
        {"type": "user.custom_tool_result", "custom_tool_use_id": f"sevt_{ABSENT}"},
    ):
        stage.send(stage.session, answer).invalid()


@check
def thread_primary(stage: Stage) -> None:
    found = threads(stage, stage.session)
    same("how many threads", len(found), 1)
    thread = found[0]
    same("the keys of a thread", set(thread) - {"workflow_run_id"}, THREAD_KEYS)
    demand(thread["id"].startswith("sthr_"), f"the id is {thread['id']!r}")
    same("parent, stats and usage", [thread[key] for key in ("parent_thread_id", "stats", "usage")], [None] * 3)
    same("the session", thread["session_id"], stage.session)
    same("the thread, alone", stage.get(f"{URL}/{stage.session}/threads/{thread['id']}").ok(), thread)


@check
def thread_primary_events(stage: Stage) -> None:
    session = turn(stage).session
    primary = next(thread for thread in threads(stage, session) if thread["parent_thread_id"] is None)
    found = stage.listed(f"{URL}/{session}/threads/{primary['id']}/events")
    same("events", found, turn(stage).listed)


@check
def thread_archive_primary_400(stage: Stage) -> None:
    path = f"{URL}/{stage.session}/threads/{threads(stage, stage.session)[0]['id']}/archive"
    stage.post(path).invalid("The primary thread cannot be archived; archive the session instead.")


@check
def thread_malformed_400(stage: Stage) -> None:
    path = f"{URL}/{stage.session}/threads"
    message = stage.get(f"{path}/nonsense").invalid()["message"]
    demand(message.startswith("Invalid thread ID: "), f"the message is {message!r}")
    stage.get(f"{path}/sthr_{ABSENT}").not_found(f"Thread not found: sthr_{ABSENT}")


@check
def thread_interrupt_absent_404(stage: Stage) -> None:
    stage.send(stage.session, {"type": "user.interrupt", "session_thread_id": f"sthr_{ABSENT}"}).not_found()


@check
def dream_reader_threads(stage: Stage) -> None:
    life = completed(stage)
    children = [thread for thread in threads(stage, life.end["session_id"]) if thread["parent_thread_id"]]
    same("readers", len(children), len(life.sessions))
    each("the agent of a reader", children, lambda thread: thread["agent"]["type"] == "inline")


@check
def stream_previews(stage: Stage) -> None:
    session = stage.new_session()["id"]
    with stage.stream(session, {"event_deltas[]": ["agent.message"]}) as stream:
        stage.send(session, message("Hello.")).ok()
        seen = stream.until("session.status_idle")
    kinds = [frame.event for frame in seen]
    demand("event_start" in kinds and "event_delta" in kinds, f"there is no preview: {kinds}")
    demand(kinds.index("event_start") < kinds.index("event_delta") < kinds.index("agent.message"), f"order: {kinds}")
    previews = [frame.data for frame in seen if frame.event in ("event_start", "event_delta")]
    each("a preview", previews, lambda event: "id" not in event and "processed_at" not in event)
    types = {event["type"] for event in stage.listed(f"{URL}/{session}/events")}
    demand(not types & {"event_start", "event_delta"}, "a preview is listed")
