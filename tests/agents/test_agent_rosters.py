"""Multiagent configurations: rosters pinned to versions, merged in updates, spelled out in sessions."""

from typing import Any

import pytest
from anthropic.types.beta import BetaManagedAgentsMultiagent20261001, BetaManagedAgentsMultiagentCoordinator

from tests.support.agent_bodies import SELF, UNUSABLE, change, coordinator, create, get, post, team
from tests.support.helpers import MODEL, Scene, refused


def test_a_roster_is_pinned_to_versions(scene: Scene) -> None:
    first, second = create(scene), create(scene)
    change(scene, second.id, name="Second")
    roster = coordinator(first.id, {"type": "agent", "id": second.id}, SELF, {"type": "advisor", "model": MODEL})
    agent = create(scene, multiagent=roster)
    assert isinstance(agent.multiagent, BetaManagedAgentsMultiagentCoordinator)
    assert agent.multiagent.to_dict()["agents"] == [
        {"type": "agent", "id": first.id, "version": 1},
        {"type": "agent", "id": second.id, "version": 2},
        {"type": "agent", "id": agent.id, "version": 1},
        {"type": "advisor", "model": MODEL},
    ]
    change(scene, second.id, name="Third")
    assert get(scene, agent.id)["multiagent"] == agent.multiagent.to_dict()
    old = create(scene, multiagent=coordinator({"type": "agent", "id": second.id, "version": 1}))
    assert old.to_dict()["multiagent"]["agents"][0]["version"] == 1  # type: ignore[index]


def test_self_follows_the_agent(scene: Scene) -> None:
    agent = create(scene, multiagent=coordinator(SELF))
    renamed = change(scene, agent.id, name="Other").json()
    assert renamed["multiagent"]["agents"] == [{"type": "agent", "id": agent.id, "version": 2}]
    again = change(scene, agent.id, multiagent=renamed["multiagent"])
    assert again.json() == renamed
    assert get(scene, agent.id, version=1)["multiagent"]["agents"][0]["version"] == 1


def test_a_roster_refuses_what_cannot_be_put_to_work(scene: Scene) -> None:
    helper, archived, lead = (create(scene).id for _ in range(3))
    nested = create(scene, multiagent=coordinator(SELF)).id
    scene.beta.agents.archive(archived)
    for roster, words in [
        (coordinator(helper, helper), f"subagent {helper} referenced multiple times"),
        (
            coordinator(helper, {"type": "agent", "id": helper, "version": 2}),
            f"subagent {helper} referenced multiple times",
        ),
        (coordinator({"type": "agent", "id": helper, "version": 9}), f"subagent {helper} version 9 not found"),
        (coordinator(archived), f"subagent {archived} is archived"),
        (coordinator(nested), f"subagent {nested} has its own subagents; maximum depth is 1"),
    ]:
        assert refused(post(scene, multiagent=roster), 400, "invalid_request_error") == UNUSABLE + words
        assert refused(change(scene, lead, multiagent=roster), 400, "invalid_request_error") == UNUSABLE + words
    own = {"type": "agent", "id": lead, "version": 7}
    words = refused(change(scene, lead, multiagent=coordinator(own)), 400, "invalid_request_error")
    assert words == f"{UNUSABLE}subagent {lead} version 7 not found"
    words = refused(change(scene, lead, multiagent=coordinator(SELF, lead)), 400, "invalid_request_error")
    assert words == f"{UNUSABLE}subagent {lead} referenced multiple times"
    words = refused(change(scene, lead, multiagent=coordinator()), 400, "invalid_request_error")
    assert words == "agent.multiagent.coordinator.agents: must contain at least 1 item"
    anything = {"type": "agent", "id": helper, "version": None}
    words = refused(change(scene, lead, multiagent=coordinator(anything)), 400, "invalid_request_error")
    assert words == "agent.multiagent.agents[0].version: Value is not nullable"
    words = refused(change(scene, lead, multiagent=coordinator(None)), 400, "invalid_request_error")
    assert words == "Failed to parse request: agent.multiagent.agents[0]: must be a string or an object (got null)"
    assert get(scene, lead)["version"] == 1


def test_an_agent_that_is_put_to_work_puts_no_others_to_work(scene: Scene) -> None:
    helper = create(scene).id
    lead = create(scene, multiagent=coordinator(helper)).id
    answer = change(scene, helper, multiagent=coordinator(SELF))
    words = f"{UNUSABLE}subagent {helper} has its own subagents; maximum depth is 1"
    assert refused(answer, 400, "invalid_request_error") == words
    scene.beta.agents.archive(lead)
    assert change(scene, helper, multiagent=coordinator(SELF)).json()["version"] == 2


@pytest.mark.long
def test_a_roster_has_a_limit(scene: Scene) -> None:
    helpers = [create(scene).id for _ in range(21)]
    words = "multiagent.coordinator.agents: must contain no more than 20 item(s)"
    assert refused(post(scene, multiagent=coordinator(*helpers)), 400, "invalid_request_error") == words
    assert create(scene, multiagent=coordinator(*helpers[:20])).multiagent is not None


def test_the_new_multiagent_has_defaults(scene: Scene) -> None:
    agent = create(scene, multiagent=team())
    assert isinstance(agent.multiagent, BetaManagedAgentsMultiagent20261001)
    enabled = {"type": "enabled", "inline_agents": {"type": "enabled"}, "predefined_agents": []}
    full = team(advisor={"type": "disabled"}, subagents=enabled, workflows=enabled)
    assert agent.multiagent.to_dict() == full
    assert post(scene, multiagent=team(advisor=None, subagents=None, workflows=None)).json()["multiagent"] == full


def test_the_new_multiagent_is_merged_level_by_level(scene: Scene) -> None:
    helper, other = create(scene).id, create(scene).id
    agent = create(
        scene,
        multiagent=team(
            advisor={"type": "enabled", "model": MODEL},
            subagents={"type": "enabled", "predefined_agents": [helper], "inline_agents": {"type": "disabled"}},
            workflows={"type": "disabled"},
        ),
    )

    def merged(**members: Any) -> Any:
        response = change(scene, agent.id, multiagent=team(**members))
        assert response.status_code == 200, response.text
        return response.json()["multiagent"]

    assert change(scene, agent.id, multiagent=team()).json()["version"] == 1
    kept = merged(workflows=None)
    assert kept["advisor"] == {"type": "enabled", "model": MODEL}
    assert kept["workflows"]["inline_agents"] == {"type": "enabled"}
    assert kept["subagents"]["predefined_agents"] == [{"type": "agent", "id": helper, "version": 1}]
    replaced = merged(subagents={"type": "enabled", "predefined_agents": [other]})["subagents"]
    assert replaced["inline_agents"] == {"type": "disabled"}
    assert [entry["id"] for entry in replaced["predefined_agents"]] == [other]
    bare = change(scene, agent.id, multiagent=team(subagents={"type": "enabled", "predefined_agents": None}))
    assert "agent.multiagent.subagents.predefined_agents" in refused(bare, 400, "invalid_request_error")
    assert merged(subagents={"type": "disabled"}, advisor=None)["subagents"] == {"type": "disabled"}
    assert merged(subagents={"type": "enabled"})["subagents"]["predefined_agents"] == []
    assert change(scene, agent.id, multiagent=None).json()["multiagent"] is None


def test_a_session_spells_out_the_agents_of_its_agent(scene: Scene) -> None:
    helper = create(scene, system="Help.")
    agents = {"predefined_agents": [helper.id]}
    lead = create(scene, multiagent=coordinator(helper.id, SELF, {"type": "advisor", "model": MODEL}))
    modern = create(scene, multiagent=team(subagents={"type": "enabled", **agents}, workflows={"type": "disabled"}))
    change(scene, helper.id, system="Help more.")
    environment = scene.beta.environments.create(name="Cloud")
    with scene.mock.client(_strict_response_validation=True) as client:
        old = client.beta.sessions.create(agent=lead.id, environment_id=environment.id)
        new = client.beta.sessions.create(agent=modern.id, environment_id=environment.id)
    snapshot: Any = old.to_dict()["agent"]
    members = snapshot["multiagent"]["agents"]
    assert [(entry.get("id"), entry.get("system")) for entry in members] == [
        (helper.id, "Help."),
        (lead.id, None),
        (None, None),
    ]
    assert all("multiagent" not in entry for entry in members)
    snapshot = new.to_dict()["agent"]
    multiagent = snapshot["multiagent"]
    assert multiagent["subagents"]["predefined_agents"][0]["name"] == "Helper"
    assert multiagent["workflows"] == {"type": "disabled"}
