"""Sessions: changing them, their resources and their threads."""

from typing import Any

from mockdreams.contract.checking.registry import check, scripted_check
from mockdreams.contract.checking.scenarios import cached, completed, finished_turn
from mockdreams.contract.checking.workbench import ABSENT, Workbench, message
from mockdreams.contract.client.answers import require, require_each, require_equal

URL = "/v1/sessions"
THREAD_KEYS = set(
    "id type session_id parent_thread_id agent status stats usage archived_at created_at updated_at".split()
)
BUDGET = {"type": "limit", "max_list_cost": {"amount": "2500", "currency": "USD"}}


@cached
def archived(stage: Workbench) -> str:
    """The URL of an archived session."""
    path = f"{URL}/{stage.new_session()['id']}"
    stage.post(f"{path}/archive").ok()
    return path


def updated(stage: Workbench, session: str) -> list[Any]:
    events = stage.listed(f"{URL}/{session}/events")
    return [event for event in events if event["type"] == "session.updated"]


def threads(stage: Workbench, session: str) -> list[Any]:
    return stage.listed(f"{URL}/{session}/threads")


@check
def session_agent_three_forms(stage: Workbench) -> None:
    overrides = {"type": "agent_with_overrides", "id": stage.agent, "system": "Be brief."}
    for form in (stage.agent, {"type": "agent", "id": stage.agent, "version": 1}, overrides):
        agent = stage.new_session(agent=form)["agent"]
        require_equal("the agent", (agent["id"], agent["type"], agent["version"]), (stage.agent, "agent", 1))
    require_equal("system of the session's agent", agent["system"], "Be brief.")
    require_equal("system of the agent", stage.get(f"/v1/agents/{stage.agent}").ok()["system"], None)


@check
def session_budget_price_400(stage: Workbench) -> None:
    agent = stage.new_agent(model="some-model-without-a-price")["id"]
    stage.post(URL, stage.session_body(agent=agent, budget=BUDGET)).invalid()


@check
def session_budget_not_added_400(stage: Workbench) -> None:
    session = stage.new_session()["id"]
    stage.post(f"{URL}/{session}", {"budget": BUDGET}).invalid()
    require_equal("budget", stage.get(f"{URL}/{session}").ok()["budget"], None)


@check
def session_list_cost_minor_units(stage: Workbench) -> None:
    require_equal("list_cost", stage.new_session()["usage"]["list_cost"], {"amount": "0", "currency": "USD"})


@check
def session_update_200(stage: Workbench) -> None:
    session = stage.new_session(metadata={"keep": "1", "drop": "1"})
    title = stage.name()
    after = stage.post(f"{URL}/{session['id']}", {"title": title, "metadata": {"drop": None}}).ok()
    require_equal("title and metadata", (after["title"], after["metadata"]), (title, {"keep": "1"}))
    said = [{key: e[key] for key in e if key not in ("id", "processed_at")} for e in updated(stage, session["id"])]
    require_equal("what is said", said, [{"type": "session.updated", "title": title, "metadata": {"keep": "1"}}])


@check
def session_update_noop(stage: Workbench) -> None:
    session = stage.new_session()
    stage.post(f"{URL}/{session['id']}", {"title": session["title"]}).ok()
    require_equal("events", updated(stage, session["id"]), [])


@check
def session_update_vaults_400(stage: Workbench) -> None:
    stage.post(f"{URL}/{stage.session}", {"vault_ids": []}).invalid()


@check
def session_update_agent_fields_400(stage: Workbench) -> None:
    url = f"{URL}/{stage.session}"
    only = "only `tools` and `mcp_servers` are updatable. To change other fields, create a new session."
    for key in ("system", "skills"):
        stage.post(url, {"agent": {key: None}}).invalid(f"`agent.{key}`: {only}")
    for key in ("model", "multiagent", "version"):
        stage.post(url, {"agent": {key: None}}).invalid(f'Failed to parse request body: unknown field "{key}"')


@check
def session_override_system_400(stage: Workbench) -> None:
    overrides = {"type": "agent_with_overrides", "id": stage.agent, "system": "x" * 100_001}
    stage.post(URL, stage.session_body(agent=overrides)).invalid(
        "agent.agent_with_overrides.config.system: must be at most 100000 characters"
    )


@check
def session_update_terminated_400(stage: Workbench) -> None:
    stage.post(archived(stage), {"title": stage.name()}).invalid()


@check
def session_list_cursor_outside_400(stage: Workbench) -> None:
    agent = stage.new_agent()["id"]
    sessions = [stage.new_session(agent=agent) for _ in range(2)]
    cursor = stage.get(URL, {"agent_id": agent, "limit": 1}).ok()["next_page"]
    query = {"agent_id": agent, "page": cursor, "created_at[gt]": sessions[1]["created_at"]}
    stage.get(URL, query).invalid()


@check
def resource_add_file_only_400(stage: Workbench) -> None:
    body = {"type": "memory_store", "memory_store_id": stage.store}
    answer = stage.post(f"{URL}/{stage.session}/resources", body)
    answer.invalid('Failed to parse request: type: "memory_store" is not a valid value')


@check
def resource_absent_404(stage: Workbench) -> None:
    path = f"{URL}/{stage.session}/resources/sesrsc_{ABSENT}"
    for answer in (stage.get(path), stage.delete(path)):
        answer.not_found()


@check
def resource_terminated_400(stage: Workbench) -> None:
    stage.post(f"{archived(stage)}/resources", {"type": "file", "file_id": f"file_{ABSENT}"}).invalid()


@check
def events_interrupt_idle(stage: Workbench) -> None:
    session = stage.new_session()["id"]
    stage.send(session, {"type": "user.interrupt"}).ok()
    events = stage.until(
        lambda: stage.listed(f"{URL}/{session}/events"),
        lambda events: events and events[-1].get("processed_at"),
        "the end of an interrupt",
    )
    require_equal("events", [event["type"] for event in events], ["user.interrupt"])
    require_equal("status", stage.get(f"{URL}/{session}").ok()["status"], "idle")


@check
def events_system_message_model_400(stage: Workbench) -> None:
    system = {"type": "system.message", "content": [{"type": "text", "text": "Be brief."}]}
    overrides = {"type": "agent_with_overrides", "id": stage.agent, "model": "claude-sonnet-4-6"}
    session = stage.new_session(agent=overrides)["id"]
    refused = "`system.message` events are not supported on model claude-sonnet-4-6"
    stage.send(session, message("Hello."), system).invalid(refused)
    require_equal("the events", stage.listed(f"{URL}/{session}/events"), [])


@check
def events_system_message_last_400(stage: Workbench) -> None:
    system = {"type": "system.message", "content": [{"type": "text", "text": "Be brief."}]}
    stage.send(stage.session, system).invalid()
    stage.send(stage.session, message("Hello."), system, message("Hello.")).invalid()


@check
def events_answer_undue_400(stage: Workbench) -> None:
    for answer in (
        {"type": "user.tool_confirmation", "tool_use_id": f"sevt_{ABSENT}", "result": "allow"},
        {"type": "user.custom_tool_result", "custom_tool_use_id": f"sevt_{ABSENT}"},
    ):
        stage.send(stage.session, answer).invalid()


@check
def thread_primary(stage: Workbench) -> None:
    found = threads(stage, stage.session)
    require_equal("how many threads", len(found), 1)
    thread = found[0]
    require_equal("the keys of a thread", set(thread) - {"workflow_run_id"}, THREAD_KEYS)
    require(thread["id"].startswith("sthr_"), f"the id is {thread['id']!r}")
    require_equal(
        "parent, stats and usage", [thread[key] for key in ("parent_thread_id", "stats", "usage")], [None] * 3
    )
    require_equal("the session", thread["session_id"], stage.session)
    require_equal("the thread, alone", stage.get(f"{URL}/{stage.session}/threads/{thread['id']}").ok(), thread)


@check
def thread_primary_events(stage: Workbench) -> None:
    session = finished_turn(stage).session
    primary = next(thread for thread in threads(stage, session) if thread["parent_thread_id"] is None)
    found = stage.listed(f"{URL}/{session}/threads/{primary['id']}/events")
    require_equal("events", found, finished_turn(stage).listed)


@check
def thread_archive_primary_400(stage: Workbench) -> None:
    path = f"{URL}/{stage.session}/threads/{threads(stage, stage.session)[0]['id']}/archive"
    stage.post(path).invalid("The primary thread cannot be archived; archive the session instead.")


@check
def thread_malformed_400(stage: Workbench) -> None:
    path = f"{URL}/{stage.session}/threads"
    message = stage.get(f"{path}/nonsense").invalid()["message"]
    require(message.startswith("Invalid thread ID: "), f"the message is {message!r}")
    stage.get(f"{path}/sthr_{ABSENT}").not_found(f"Thread not found: sthr_{ABSENT}")


@check
def thread_interrupt_malformed_400(stage: Workbench) -> None:
    message = stage.send(stage.session, {"type": "user.interrupt", "session_thread_id": "nonsense"}).invalid()[
        "message"
    ]
    require(message.startswith("Invalid session_thread_id: "), f"the message is {message!r}")


@check
def thread_interrupt_absent_404(stage: Workbench) -> None:
    stage.send(stage.session, {"type": "user.interrupt", "session_thread_id": f"sthr_{ABSENT}"}).not_found()


@check
def dream_reader_threads(stage: Workbench) -> None:
    life = completed(stage)
    children = [thread for thread in threads(stage, life.end["session_id"]) if thread["parent_thread_id"]]
    require_equal("readers", len(children), len(life.sessions))
    require_each("the agent of a reader", children, lambda thread: thread["agent"]["type"] == "inline")


@check
def stream_previews(stage: Workbench) -> None:
    session = stage.new_session()["id"]
    with stage.stream(session, {"event_deltas[]": ["agent.message"]}) as stream:
        stage.send(session, message("Hello.")).ok()
        seen = stream.until("session.status_idle")
    kinds = [frame.event for frame in seen]
    require("event_start" in kinds and "event_delta" in kinds, f"there is no preview: {kinds}")
    require(kinds.index("event_start") < kinds.index("event_delta") < kinds.index("agent.message"), f"order: {kinds}")
    previews = [frame.data for frame in seen if frame.event in ("event_start", "event_delta")]
    require_each("a preview", previews, lambda event: "id" not in event and "processed_at" not in event)
    types = {event["type"] for event in stage.listed(f"{URL}/{session}/events")}
    require(not types & {"event_start", "event_delta"}, "a preview is listed")


def self_hosted(stage: Workbench) -> str:
    id: str = stage.new_environment(config={"type": "self_hosted"})["id"]
    return id


def connected(stage: Workbench, *servers: tuple[str, str]) -> str:
    """The id of an agent with MCP servers, by name and host."""
    id: str = stage.new_agent(
        mcp_servers=[{"type": "url", "name": name, "url": f"https://{host}/mcp"} for name, host in servers],
        tools=[{"type": "mcp_toolset", "mcp_server_name": name} for name, _ in servers],
    )["id"]
    return id


@check
def session_self_hosted_resources_400(stage: Workbench) -> None:
    environment = self_hosted(stage)
    words = (
        f"Environment {environment} is a self-hosted environment. "
        "`resources` are not supported with self-hosted environments."
    )
    for resource in (
        {"type": "file", "file_id": f"file_{ABSENT}"},
        {"type": "github_repository", "url": "https://github.com/acme/harbor"},
    ):
        stage.post(URL, stage.session_body(environment_id=environment, resources=[resource])).invalid(words)
    store = {"type": "memory_store", "memory_store_id": stage.store}
    session = stage.new_session(environment_id=environment, resources=[store])["id"]
    stage.post(f"{URL}/{session}/resources", {"type": "file", "file_id": f"file_{ABSENT}"}).invalid(words)


@check
def session_mcp_blocked_400(stage: Workbench) -> None:
    networking = {"type": "limited", "allowed_hosts": ["*.example.com"]}
    environment = stage.new_environment(config={"type": "cloud", "networking": networking})["id"]
    bare = connected(stage, ("docs", "mcp.example.com"), ("github", "example.com"))
    words = (
        'MCP server host(s) blocked by environment network policy: "github" (example.com). '
        "Add these hosts to the environment's allowed_hosts, or set allow_mcp_servers=true."
    )
    stage.post(URL, stage.session_body(agent=bare, environment_id=environment)).invalid(words)
    roster = {"type": "coordinator", "agents": [{"type": "agent", "id": bare}]}
    lead = stage.new_agent(multiagent=roster)["id"]
    stage.post(URL, stage.session_body(agent=lead, environment_id=environment)).invalid(words)
    session = stage.new_session(environment_id=environment)["id"]
    server = {"type": "url", "name": "github", "url": "https://example.com/mcp"}
    wanted = {"mcp_servers": [server], "tools": [{"type": "mcp_toolset", "mcp_server_name": "github"}]}
    stage.post(f"{URL}/{session}", {"agent": wanted}).invalid(words)
    opened = {"config": {"type": "cloud", "networking": {"type": "limited", "allow_mcp_servers": True}}}
    stage.post(f"/v1/environments/{environment}", opened).ok()
    stage.new_session(agent=bare, environment_id=environment)


@scripted_check
def resource_token_renewed(stage: Workbench) -> None:
    """A session that the real service creates has a repository that is really there."""
    token, other = "ghp_contract_first", "ghp_contract_second"
    url = "https://github.com/acme/harbor"
    repository = {"type": "github_repository", "url": url, "authorization_token": token}
    session = stage.new_session(resources=[repository])
    (resource,) = session["resources"]
    path = f"{URL}/{session['id']}/resources"
    renewed = stage.post(f"{path}/{resource['id']}", {"authorization_token": other})
    require_equal("the resource", {**renewed.ok(), "updated_at": ""}, {**resource, "updated_at": ""})
    shown = [renewed.text, str(session), stage.get(path).text, stage.get(f"{URL}/{session['id']}").text]
    require(not any(secret in text for secret in (token, other) for text in shown), "a token is shown")
