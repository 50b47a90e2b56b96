"""Creating sessions with all that they can have, changing them, and turning the pages of their list."""

from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from tests.support.helpers import ABSENT, Scene, refused
from tests.support.turns import WEATHER, budget, create_body, listed, message, pass_turn, session_with, types

TOOLSET = {"type": "agent_toolset_20260401"}


def test_the_agent_of_one_session_can_be_overridden(scene: Scene) -> None:
    body = create_body(scene)
    overrides = {
        "type": "agent_with_overrides",
        "id": body["agent"],
        "model": "claude-sonnet-5",
        "system": "Be brief.",
        "tools": [TOOLSET],
    }
    agent = scene.http.post("/v1/sessions", json={**body, "agent": overrides}).json()["agent"]
    assert (agent["id"], agent["version"], agent["name"]) == (body["agent"], 1, "Helper")
    assert (agent["model"]["id"], agent["system"]) == ("claude-sonnet-5", "Be brief.")
    assert [tool["type"] for tool in agent["tools"]] == ["agent_toolset_20260401"]
    assert scene.beta.agents.retrieve(body["agent"]).system is None
    kept = scene.http.post("/v1/sessions", json={**body, "agent": {**overrides, "system": None}}).json()["agent"]
    assert kept["system"] is None


ONLY = "only `tools` and `mcp_servers` are updatable. To change other fields, create a new session."


@pytest.mark.parametrize(
    ("agent", "status", "said"),
    [
        ({"type": "agent_with_overrides"}, 400, "agent.id: Field required"),
        ({"type": "robot", "id": "x"}, 400, 'Failed to parse request: agent.type: "robot" is not a valid value'),
        ({"type": "agent", "id": f"agent_{ABSENT}"}, 404, None),
        ({"type": "agent", "id": f"agent_{ABSENT}", "version": 0}, 400, None),
        (
            {"type": "agent_with_overrides", "id": f"agent_{ABSENT}", "system": "x" * 100_001},
            400,
            "agent.agent_with_overrides.config.system: must be at most 100000 characters",
        ),
        (3, 400, None),
        (None, 400, "agent: Value is not nullable"),
    ],
)
def test_bad_agents_are_refused(scene: Scene, agent: Any, status: int, said: str | None) -> None:
    body = {**create_body(scene), "agent": agent}
    kind = "not_found_error" if status == 404 else "invalid_request_error"
    assert said in (None, refused(scene.http.post("/v1/sessions", json=body), status, kind))


def test_overrides_have_to_fit_together(scene: Scene) -> None:
    body = create_body(scene)
    toolset = {"type": "mcp_toolset", "mcp_server_name": "wiki"}
    overrides = {"type": "agent_with_overrides", "id": body["agent"], "tools": [toolset]}
    said = refused(scene.http.post("/v1/sessions", json={**body, "agent": overrides}), 400, "invalid_request_error")
    assert 'references server "wiki" which is not defined' in said


def test_an_update_changes_what_it_names_and_says_so(scene: Scene) -> None:
    session = scene.session("Hello.")
    scene.beta.sessions.update(session, title="Talk", metadata={"a": "1", "b": "2"})
    updated = scene.beta.sessions.update(session, metadata={"a": None, "c": "3"})
    assert (updated.title, updated.metadata) == ("Talk", {"b": "2", "c": "3"})
    assert scene.beta.sessions.retrieve(session).metadata == updated.metadata
    told = [event for event in listed(scene, session) if event["type"] == "session.updated"]
    assert [set(event) - {"id", "type", "processed_at"} for event in told] == [{"title", "metadata"}, {"metadata"}]
    assert told[1]["metadata"] == {"b": "2", "c": "3"}


def test_an_update_that_changes_nothing_says_nothing(scene: Scene) -> None:
    session = scene.beta.sessions.create(**create_body(scene, title="Talk"))
    before = scene.http.get(f"/v1/sessions/{session.id}").json()
    bodies: list[dict[str, Any]] = [{}, {"title": "Talk"}, {"metadata": {}}]
    for body in bodies:
        assert scene.http.post(f"/v1/sessions/{session.id}", json=body).json() == before
    assert listed(scene, session.id) == []


def test_clearing_title_and_metadata(scene: Scene) -> None:
    session = scene.beta.sessions.create(**create_body(scene, title="Talk", metadata={"a": "1"}))
    updated = scene.beta.sessions.update(session.id, title=None, metadata={"a": None})
    assert (updated.title, updated.metadata) == (None, {})
    (told,) = scene.http.get(f"/v1/sessions/{session.id}/events").json()["data"]
    assert set(told) == {"id", "type", "processed_at", "title"}
    assert told["title"] is None


def test_tools_can_be_replaced_while_idle(scene: Scene) -> None:
    session = session_with(scene, WEATHER)
    pass_turn(scene, session, message("Hello."))
    updated = scene.beta.sessions.update(session, agent={"tools": []})
    assert updated.agent.tools == []
    assert (updated.agent.name, updated.agent.version) == ("Helper", 1)
    (told,) = (event for event in listed(scene, session) if event["type"] == "session.updated")
    assert told["agent"] == updated.agent.to_dict()
    assert "agent.custom_tool_use" not in types(pass_turn(scene, session, message("Please call get_weather.")))


@pytest.mark.mockdreams(clock="manual")
def test_tools_cannot_be_replaced_while_running(scene: Scene) -> None:
    session = scene.session()
    scene.send(session, "Work.")
    scene.mock.clock.advance(seconds=1)
    answer = scene.http.post(f"/v1/sessions/{session}", json={"title": "x", "agent": {"tools": []}})
    assert refused(answer, 400, "invalid_request_error").startswith("agent: ")
    assert scene.beta.sessions.retrieve(session).title is None
    assert scene.beta.sessions.update(session, title="x").title == "x"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"vault_ids": ["vlt_x"]}, "vault_ids: updating vault_ids is not supported yet"),
        ({"metadata": None}, None),
        ({"metadata": {"a": 1}}, None),
        ({"metadata": {str(n): "" for n in range(17)}}, None),
        ({"metadata": {"": None}}, "invalid metadata: key '' must be 1 to 64 characters long"),
        ({"title": 3}, "Failed to parse request: title: expected a string"),
        ({"agent": None}, "agent: Value is not nullable"),
        ({"agent": {"system": "x"}}, f"`agent.system`: {ONLY}"),
        ({"agent": {"skills": []}, "zzz": 1}, f"`agent.skills`: {ONLY}"),
        ({"agent": {"model": "x"}}, 'Failed to parse request body: unknown field "model"'),
        ({"agent": {"multiagent": None}}, 'Failed to parse request body: unknown field "multiagent"'),
        ({"agent": {"version": 2}}, 'Failed to parse request body: unknown field "version"'),
        ({"agent": {"tools": None}}, "agent.tools: Value is not nullable"),
        ({"status": "idle"}, 'Failed to parse request body: unknown field "status"'),
        ({"budget": budget(5)}, "budget: a budget can only be set when the session is created"),
    ],
)
def test_bad_updates_are_refused(scene: Scene, body: dict[str, Any], said: str | None) -> None:
    session = scene.session()
    before = scene.http.get(f"/v1/sessions/{session}").json()
    assert said in (None, refused(scene.http.post(f"/v1/sessions/{session}", json=body), 400, "invalid_request_error"))
    assert scene.http.get(f"/v1/sessions/{session}").json() == before


def test_a_terminated_session_is_not_updated(scene: Scene) -> None:
    session = scene.session()
    scene.beta.sessions.archive(session)
    refused(scene.http.post(f"/v1/sessions/{session}", json={"title": "x"}), 400, "invalid_request_error")
    refused(scene.http.post("/v1/sessions/sesn_x", json={"title": "x"}), 404, "not_found_error")


def test_a_budget_can_be_raised_and_removed_but_not_added(scene: Scene) -> None:
    session = session_with(scene, budget=budget(100))
    scene.mock.sessions.script([[{"spend": {"output_tokens": 8_000}}, "Done."]])
    pass_turn(scene, session, message("Spend twenty cents."))

    def reason(answer: httpx2.Response) -> Any:
        refused(answer, 400, "invalid_request_error")
        return answer.json()["error"]["details"]["error_code"]

    url = f"/v1/sessions/{session}"
    assert reason(scene.http.post(url, json={"budget": budget(20)})) == "budget_not_raised"
    assert scene.http.post(url, json={"budget": budget(30)}).json()["budget"] == budget(30)
    assert scene.http.post(url, json={"budget": None}).json()["budget"] is None
    assert reason(scene.http.post(url, json={"budget": budget(500)})) == "budget_create_only"
    told = scene.http.get(f"{url}/events?types[]=session.updated").json()["data"]
    assert [event["budget"] for event in told] == [budget(30), None]


def test_a_model_without_a_price_has_no_budget(scene: Scene) -> None:
    agent = scene.beta.agents.create(name="Helper", model="claude-unpriced-1")
    body = {**create_body(scene), "agent": agent.id, "budget": budget(5)}
    answer = scene.http.post("/v1/sessions", json=body)
    refused(answer, 400, "invalid_request_error")
    assert answer.json()["error"]["details"]["error_code"] == "model_not_budgetable"


@pytest.mark.long
def test_every_model_of_the_list_has_a_price(scene: Scene) -> None:
    for model in ("claude-opus-4-8-20260301", *(each.id for each in scene.beta.models.list(limit=100))):
        agent = scene.beta.agents.create(name="Helper", model=model)
        answer = scene.http.post("/v1/sessions", json={**create_body(scene, budget=budget(5)), "agent": agent.id})
        assert answer.status_code == 200, answer.text


def test_no_budget_is_left_out_not_null(scene: Scene) -> None:
    answer = scene.http.post("/v1/sessions", json=create_body(scene, budget=None))
    assert refused(answer, 400, "invalid_request_error") == "budget: Value is not nullable"


@pytest.mark.parametrize("amount", ["", "0", "05", "1.5", "-1", 5, None])
def test_bad_budgets_are_refused(scene: Scene, amount: Any) -> None:
    limit = {"type": "limit", "max_list_cost": {"amount": amount, "currency": "USD"}}
    answer = scene.http.post("/v1/sessions", json=create_body(scene, budget=limit))
    assert "budget.max_list_cost.amount" in refused(answer, 400, "invalid_request_error")


def test_only_one_outcome_can_be_there_from_the_start(scene: Scene) -> None:
    outcome = {"type": "user.define_outcome", "description": "x", "rubric": {"type": "text", "content": "y"}}
    answer = scene.http.post("/v1/sessions", json=create_body(scene, initial_events=[outcome, outcome]))
    assert refused(answer, 400, "invalid_request_error") == (
        "initial_events[1]: at most one user.define_outcome event is allowed"
    )


def page(scene: Scene, **query: Any) -> dict[str, Any]:
    answer = scene.http.get("/v1/sessions", params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    return body


def ids(page: dict[str, Any]) -> list[str]:
    return [session["id"] for session in page["data"]]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_list_can_be_turned_both_ways(scene: Scene, order: str) -> None:
    made = [scene.session() for _ in range(5)]
    wanted = made if order == "asc" else made[::-1]
    first = page(scene, limit=2, order=order)
    assert (ids(first), "prev_page" in first) == (wanted[:2], False)
    second = page(scene, limit=2, order=order, page=first["next_page"])
    assert ids(second) == wanted[2:4]
    last = page(scene, limit=2, order=order, page=second["next_page"])
    assert (ids(last), "next_page" in last) == (wanted[4:], False)
    back = page(scene, limit=2, order=order, page=last["prev_page"])
    assert ids(back) == wanted[2:4]
    assert ids(page(scene, limit=2, order=order, page=back["next_page"])) == wanted[4:]
    start = page(scene, limit=2, order=order, page=back["prev_page"])
    assert (ids(start), "prev_page" in start) == (wanted[:2], False)


def test_turning_back_keeps_to_the_filters(scene: Scene) -> None:
    store = scene.store()
    made = [scene.session(stores=(store,) if n % 2 else ()) for n in range(8)]
    wanted = made[1::2][::-1]
    first = page(scene, limit=1, memory_store_id=store)
    second = page(scene, limit=1, memory_store_id=store, page=first["next_page"])
    third = page(scene, limit=1, memory_store_id=store, page=second["next_page"])
    assert ids(third) == [wanted[2]]
    assert ids(page(scene, limit=1, memory_store_id=store, page=third["prev_page"])) == [wanted[1]]


def test_a_cursor_remembers_the_order_and_the_times(scene: Scene) -> None:
    for _ in range(3):
        scene.session()
    first = page(scene, limit=1)
    newest = datetime.fromisoformat(first["data"][0]["created_at"])

    def refusal(**query: Any) -> str:
        answer = scene.http.get("/v1/sessions", params={"page": first["next_page"], **query})
        return refused(answer, 400, "invalid_request_error")

    assert "page" in refusal(order="asc")
    outside = refusal(**{"created_at[lt]": (newest - timedelta(days=1)).isoformat()})
    assert outside == "page: the cursor is outside the created_at filters of this request"
    inside = page(scene, limit=1, page=first["next_page"], **{"created_at[lte]": newest.isoformat()})
    assert len(inside["data"]) == 1
    assert "page" in refusal(page="page_x")
    refused(scene.http.get("/v1/sessions?limit=0"), 400, "invalid_request_error")
    refused(scene.http.get("/v1/sessions?statuses[]=asleep"), 400, "invalid_request_error")


def test_the_pager_of_the_sdk_sees_every_session_once(scene: Scene) -> None:
    made = [scene.session() for _ in range(7)]
    assert [session.id for session in scene.beta.sessions.list(limit=3)] == made[::-1]
