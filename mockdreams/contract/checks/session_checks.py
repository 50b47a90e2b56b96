"""Sessions."""

from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, NEVER, Workbench, message
from mockdreams.contract.client.answers import TargetResponse, require, require_each, require_equal
from mockdreams.contract.client.event_stream import StreamTimeout

URL = "/v1/sessions"
KEYS = set(
    "id type agent environment_id status title metadata vault_ids resources outcome_evaluations stats usage budget "
    "deployment_id archived_at created_at updated_at".split()
)
AGENT_KEYS = set(
    "id type version name description model system tools mcp_servers skills multiagent execution_identity".split()
)


@cached
def three(stage: Workbench) -> list[Any]:
    """Three sessions of an agent of their own, oldest first; the last is archived."""
    agent = stage.new_agent()["id"]
    made = [stage.new_session(agent=agent) for _ in range(3)]
    made[2] = stage.post(f"{URL}/{made[2]['id']}/archive").ok()
    return made


def ours(stage: Workbench, **query: Any) -> list[str]:
    agent = three(stage)[0]["agent"]["id"]
    return [session["id"] for session in stage.listed(URL, {"agent_id": agent, **query})]


def ids(stage: Workbench) -> list[str]:
    return [session["id"] for session in three(stage)]


def attach(stage: Workbench, *stores: str, **fields: Any) -> TargetResponse:
    resources = [{"type": "memory_store", "memory_store_id": store, **fields} for store in stores]
    return stage.post(URL, stage.session_body(resources=resources))


def busy(stage: Workbench) -> Any:
    """A running session."""
    return stage.new_session(initial_events=[message("Think of a number between 1 and 1000, and explain it.")])


@check
def session_create_200(stage: Workbench) -> None:
    session = stage.new_session(metadata={"a": "b"})
    require_equal("metadata", session["metadata"], {"a": "b"})
    require_equal("environment", session["environment_id"], stage.environment)
    require_equal("title", stage.get(f"{URL}/{session['id']}").ok()["title"], session["title"])


@check
def session_keys(stage: Workbench) -> None:
    require_equal("the keys of a session", set(three(stage)[0]), KEYS)
    require_equal("the keys of a session", set(stage.get(f"{URL}/{ids(stage)[0]}").ok()), KEYS)


@check
def session_stats(stage: Workbench) -> None:
    for session in (three(stage)[0], stage.get(f"{URL}/{ids(stage)[0]}").ok(), three(stage)[2]):
        require_equal("the keys of stats", set(session["stats"]), {"active_seconds", "duration_seconds"})
        require_each("a time", list(session["stats"].values()), lambda seconds: seconds >= 0)


@check
def session_agent_snapshot(stage: Workbench) -> None:
    agent = three(stage)[0]["agent"]
    require_equal("the keys of its agent", set(agent), AGENT_KEYS)
    require_equal("the version of its agent", agent["version"], 1)
    stage.post(f"/v1/agents/{agent['id']}", {"description": stage.name()}).ok()
    require_equal("its agent after an update", stage.get(f"{URL}/{ids(stage)[0]}").ok()["agent"], agent)


@check
def session_agent_version(stage: Workbench) -> None:
    agent = stage.new_agent(system="Be kind.")["id"]
    stage.post(f"/v1/agents/{agent}", {"system": "Be brief."}).ok()
    session = stage.new_session(agent={"type": "agent", "id": agent, "version": 1})
    require_equal("version and system", (session["agent"]["version"], session["agent"]["system"]), (1, "Be kind."))


@check
def session_budget_null(stage: Workbench) -> None:
    for key in ("budget", "deployment_id", "archived_at"):
        require(key in three(stage)[0] and three(stage)[0][key] is None, f"{key} is not null")


@check
def session_environment_absent_404(stage: Workbench) -> None:
    id = f"env_{ABSENT}"
    answer = stage.post(URL, stage.session_body(environment_id=id))
    answer.not_found(f"Environment {id} not found.", retry=None)


@check
def session_agent_absent_404(stage: Workbench) -> None:
    stage.post(URL, stage.session_body(agent=f"agent_{ABSENT}")).not_found("Agent not found.", retry=None)
    wanted = {"type": "agent", "id": stage.agent, "version": 999}
    answer = stage.post(URL, stage.session_body(agent=wanted))
    answer.not_found("agent.version: 999 not found", retry=None)


@check
def session_metadata_16(stage: Workbench) -> None:
    stage.post(URL, stage.session_body(metadata={f"k{number}": "" for number in range(17)})).invalid()


@check
def session_initial_event_kind_400(stage: Workbench) -> None:
    body = {"agent": f"agent_{ABSENT}", "environment_id": f"env_{ABSENT}"}
    answer = stage.post(URL, {**body, "initial_events": [message("a"), {"type": "user.interrupt"}]})
    answer.invalid('Failed to parse request: initial_events[1].type: "user.interrupt" is not a valid value')


@check
def session_initial_events_50(stage: Workbench) -> None:
    body = {"agent": f"agent_{ABSENT}", "environment_id": f"env_{ABSENT}"}
    stage.post(URL, {**body, "initial_events": [message("a")] * 51}).invalid()


@check
def session_create_idle(stage: Workbench) -> None:
    require_equal("status", three(stage)[0]["status"], "idle")


@check
def session_initial_events_running(stage: Workbench) -> None:
    require_equal("status", busy(stage)["status"], "running")


@check
def session_store_element(stage: Workbench) -> None:
    store = stage.new_store(name=f"{stage.name()} Notes")
    element = attach(stage, store["id"]).ok()["resources"][0]
    keys = {"type", "memory_store_id", "name", "description", "mount_path", "access"}
    require_equal("the keys of the element", set(element), keys)
    require_equal("name and description", (element["name"], element["description"]), (store["name"], ""))


@check
def session_store_access(stage: Workbench) -> None:
    for access in ({}, {"access": None}, {"access": "read_write"}):
        require_equal("access", attach(stage, stage.store, **access).ok()["resources"][0]["access"], "read_write")
    require_equal("access", attach(stage, stage.store, access="read_only").ok()["resources"][0]["access"], "read_only")


@check
def session_store_instructions(stage: Workbench) -> None:
    element = attach(stage, stage.store, instructions="Read it first.").ok()["resources"][0]
    require_equal("instructions", element.get("instructions"), "Read it first.")
    attach(stage, stage.store, instructions="x" * 4097).invalid()


@check
def session_mount_slug(stage: Workbench) -> None:
    stores = [stage.new_store(name=name)["id"] for name in [f"{stage.run} Ünïcode!"] * 3]
    mounts = [element["mount_path"] for element in attach(stage, *stores).ok()["resources"]]
    slug = f"/mnt/memory/{stage.run}-n-code"
    require_equal("mounts", mounts, [slug, f"{slug}-2", f"{slug}-3"])


@check
def session_stores_8(stage: Workbench) -> None:
    stores = [stage.new_store()["id"] for _ in range(9)]
    attach(stage, *stores[:8]).ok()
    attach(stage, *stores).invalid("resources cannot contain more than 8 memory_store entries")


@check
def session_store_twice_400(stage: Workbench) -> None:
    answer = attach(stage, stage.store, stage.store)
    answer.invalid(f"resources contains duplicate memory_store_id: {stage.store}")


@check
def session_store_archived_400(stage: Workbench) -> None:
    store = stage.new_store()["id"]
    stage.post(f"/v1/memory_stores/{store}/archive").ok()
    attach(stage, store).invalid(f"Memory store {store} is archived.")


@check
def session_store_absent_404(stage: Workbench) -> None:
    attach(stage, f"memstore_{ABSENT}").not_found(f"Memory store `memstore_{ABSENT}` not found.")


@check
def session_store_snapshot(stage: Workbench) -> None:
    store = stage.new_store()["id"]
    session = attach(stage, store).ok()
    stage.delete(f"/v1/memory_stores/{store}").ok()
    require_equal("resources", stage.get(f"{URL}/{session['id']}").ok()["resources"], session["resources"])


@check
def session_absent_404(stage: Workbench) -> None:
    for id in (f"sesn_{ABSENT}", "sesn_x"):
        for answer in (stage.get(f"{URL}/{id}"), stage.get(f"{URL}/{id}/events"), stage.refused_stream(id)):
            answer.not_found(f"Session not found: {id}", retry=None)


@check
def session_archive_terminated(stage: Workbench) -> None:
    session = three(stage)[2]
    require_equal("status", session["status"], "terminated")
    require(session["archived_at"] is not None, "archived_at is not set")
    require_equal("the status, read again", stage.get(f"{URL}/{session['id']}").ok()["status"], "terminated")


@check
def session_archive_no_event(stage: Workbench) -> None:
    require_equal("events", stage.get(f"{URL}/{ids(stage)[2]}/events").ok()["data"], [])


@check
def session_archive_again_200(stage: Workbench) -> None:
    after = stage.post(f"{URL}/{ids(stage)[2]}/archive").ok()
    require_equal("archived_at", after["archived_at"], three(stage)[2]["archived_at"])


@check
def session_archive_running_400(stage: Workbench) -> None:
    session = busy(stage)["id"]
    stage.post(f"{URL}/{session}/archive").invalid(
        f'Session {session} cannot be archived while its status is "running". '
        "Only pending or idle sessions may be archived."
    )


@check
def session_delete_running_400(stage: Workbench) -> None:
    stage.delete(f"{URL}/{busy(stage)['id']}").invalid(
        "Cannot delete session while it is running. Send an interrupt event or wait for the session to complete."
    )


@check
def session_delete(stage: Workbench) -> None:
    id = stage.new_session()["id"]
    require_equal("the answer", stage.delete(f"{URL}/{id}").ok(), {"id": id, "type": "session_deleted"})
    stage.get(f"{URL}/{id}").not_found(f"Session not found: {id}")


@check
def session_delete_stream(stage: Workbench) -> None:
    id = stage.new_session()["id"]
    with stage.stream(id) as stream:
        stage.delete(f"{URL}/{id}").ok()
        require_equal("events", [frame.event for frame in stream.until("session.deleted")], ["session.deleted"])


@check
def session_send_archived_400(stage: Workbench) -> None:
    stage.send(ids(stage)[2], message("Hello?")).invalid()


@check
def session_list_archived(stage: Workbench) -> None:
    require_equal("the sessions", ours(stage), ids(stage)[1::-1])
    require_equal("the terminated", ours(stage, **{"statuses[]": ["terminated"]}), [])


@check
def session_list_newest_first(stage: Workbench) -> None:
    require_equal("the sessions", ours(stage, include_archived=True), ids(stage)[::-1])


@check
def session_list_order(stage: Workbench) -> None:
    require_equal("asc", ours(stage, include_archived=True, order="asc"), ids(stage))
    require_equal("desc", ours(stage, include_archived=True, order="desc"), ids(stage)[::-1])
    stage.get(URL, {"order": "random"}).invalid()


@check
def session_list_statuses(stage: Workbench) -> None:
    require_equal("terminated", ours(stage, include_archived=True, **{"statuses[]": ["terminated"]}), ids(stage)[2:])
    require_equal("idle or running", ours(stage, **{"statuses[]": ["idle", "running"]}), ids(stage)[1::-1])


@check
def session_list_agent(stage: Workbench) -> None:
    require_equal("version 1", ours(stage, agent_version=1), ids(stage)[1::-1])
    require_equal("version 9", ours(stage, agent_version=9), [])


@check
def session_list_store(stage: Workbench) -> None:
    store = stage.new_store()["id"]
    session = attach(stage, store).ok()["id"]
    require_equal("the sessions", [each["id"] for each in stage.listed(URL, {"memory_store_id": store})], [session])


@check
def session_list_created_at(stage: Workbench) -> None:
    middle, query = three(stage)[1]["created_at"], {"include_archived": True}
    for bound, wanted in (("gt", [2]), ("gte", [2, 1]), ("lt", [0]), ("lte", [1, 0])):
        found = ours(stage, **query, **{f"created_at[{bound}]": middle})
        require_equal(bound, found, [ids(stage)[index] for index in wanted])


@check
def session_list_limit(stage: Workbench) -> None:
    for limit in (0, 101):
        stage.get(URL, {"limit": limit}).invalid()
    require(len(stage.get(URL).ok()["data"]) <= 20, "the page is longer than 20")


@check
def session_list_pages(stage: Workbench) -> None:
    query = {"agent_id": three(stage)[0]["agent"]["id"], "include_archived": True}
    for order in ("asc", "desc"):
        paged = [each["id"] for each in stage.listed(URL, {**query, "order": order}, limit=1)]
        require_equal(f"pages of one, {order}", paged, ids(stage) if order == "asc" else ids(stage)[::-1])


@check
def session_list_cursor_order_400(stage: Workbench) -> None:
    query = {"agent_id": three(stage)[0]["agent"]["id"], "limit": 1}
    cursor = stage.get(URL, {**query, "order": "asc"}).ok()["next_page"]
    answer = stage.get(URL, {**query, "order": "desc", "page": cursor})
    answer.invalid("page token order does not match request")


@check
def session_list_last_page(stage: Workbench) -> None:
    require_equal("the list", stage.get(URL, NEVER).ok(), {"data": []})


@check
def session_list_prev_page(stage: Workbench) -> None:
    query = {"agent_id": three(stage)[0]["agent"]["id"], "include_archived": True, "limit": 1}
    first = stage.get(URL, query).ok()
    require("prev_page" not in first, "the first page has a page before it")
    second = stage.get(URL, {**query, "page": first["next_page"]}).ok()
    require("prev_page" in second, "the second page has no page before it")
    require_equal("the page before", stage.get(URL, {**query, "page": second["prev_page"]}).ok()["data"], first["data"])


@check
def stream_archived_silent(stage: Workbench) -> None:
    with stage.stream(ids(stage)[2], seconds=stage.quiet_seconds) as stream:
        try:
            frame = next(stream.frames(), None)
        except StreamTimeout:
            return
    require(False, "the stream ended" if frame is None else f"the stream has {frame.event}")
