"""Agents."""

from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, NEVER, Workbench
from mockdreams.contract.client.answers import TargetResponse, require, require_equal

URL = "/v1/agents"
KEYS = set(
    "id type version name description model system tools mcp_servers skills multiagent metadata "
    "execution_identity archived_at created_at updated_at".split()
)
STALE = "Concurrent modification detected. Please fetch the latest version and retry."


@cached
def three(stage: Workbench) -> list[Any]:
    """Three agents, oldest first; the last is archived."""
    made = [stage.new_agent() for _ in range(3)]
    made[2] = stage.post(f"{URL}/{made[2]['id']}/archive").ok()
    return made


@cached
def revised(stage: Workbench) -> list[Any]:
    """An agent at its first and at its second version."""
    first = stage.new_agent(description="Old.", system="Be kind.")
    return [first, stage.post(f"{URL}/{first['id']}", {"description": None, "system": "Be brief."}).ok()]


def ours(stage: Workbench, **query: Any) -> list[str]:
    mine = {agent["id"] for agent in three(stage)}
    return [agent["id"] for agent in stage.listed(URL, query) if agent["id"] in mine]


def refused(stage: Workbench, **fields: Any) -> TargetResponse:
    body = {"name": stage.name(), "model": stage.model, **fields}
    return stage.post(URL, {key: value for key, value in body.items() if value is not ...})


@check
def agent_create_200(stage: Workbench) -> None:
    agent = stage.new_agent(description="Helps.", metadata={"a": "b"})
    require_equal("description and metadata", (agent["description"], agent["metadata"]), ("Helps.", {"a": "b"}))
    require_equal("the agent", stage.get(f"{URL}/{agent['id']}").ok(), agent)


@check
def agent_keys(stage: Workbench) -> None:
    require_equal("the keys of an agent", set(three(stage)[0]), KEYS)


@check
def agent_defaults(stage: Workbench) -> None:
    agent = three(stage)[0]
    require_equal("version", agent["version"], 1)
    for key in ("description", "system", "multiagent"):
        require_equal(key, agent[key], None)
    require_equal("lists", [agent[key] for key in ("tools", "mcp_servers", "skills")], [[], [], []])


@check
def agent_model_object(stage: Workbench) -> None:
    require_equal("the id of the model", three(stage)[0]["model"]["id"], stage.model)


@check
def agent_execution_identity(stage: Workbench) -> None:
    require_equal("execution_identity", three(stage)[0]["execution_identity"], {"type": "service_account"})


@check
def agent_name_required_400(stage: Workbench) -> None:
    refused(stage, name=...).invalid("name: Field required")


@check
def agent_name_length_400(stage: Workbench) -> None:
    refused(stage, name="n" * 257).invalid("name: maximum string length is 256")
    refused(stage, name="").invalid("name: minimum string length is 1")


@check
def agent_description_length_400(stage: Workbench) -> None:
    refused(stage, description="d" * 2049).invalid("description: maximum string length is 2048")


@check
def agent_system_length_400(stage: Workbench) -> None:
    refused(stage, system="s" * 100_001).invalid("system: maximum string length is 100000")


@check
def agent_metadata_16(stage: Workbench) -> None:
    answer = refused(stage, metadata={f"k{number}": "" for number in range(17)})
    answer.invalid("invalid metadata: metadata map would have 17 entries, exceeding the maximum of 16")


@check
def agent_mcp_servers_used_400(stage: Workbench) -> None:
    server = {"type": "url", "name": "docs", "url": "https://example.com/mcp"}
    refused(stage, mcp_servers=[server]).invalid()
    refused(stage, tools=[{"type": "mcp_toolset", "mcp_server_name": "docs"}]).invalid()


@check
def agent_mcp_servers_unique_400(stage: Workbench) -> None:
    server = {"type": "url", "name": "docs", "url": "https://example.com/mcp"}
    toolset = {"type": "mcp_toolset", "mcp_server_name": "docs"}
    refused(stage, mcp_servers=[server, server], tools=[toolset]).invalid()


@check
def agent_malformed_id_400(stage: Workbench) -> None:
    stage.get(f"{URL}/agent_x").invalid("Invalid agent ID.")


@check
def agent_absent_404(stage: Workbench) -> None:
    stage.get(f"{URL}/agent_{ABSENT}").not_found("Agent not found.", retry=None)


@check
def agent_delete_404(stage: Workbench) -> None:
    stage.delete(f"{URL}/agent_{ABSENT}").not_found("not found")


@check
def agent_update_new_version(stage: Workbench) -> None:
    first, second = revised(stage)
    require_equal("version", second["version"], 2)
    require_equal("system", second["system"], "Be brief.")
    require_equal("name", second["name"], first["name"])


@check
def agent_update_null_clears(stage: Workbench) -> None:
    require_equal("description", revised(stage)[1]["description"], None)


@check
def agent_update_noop_200(stage: Workbench) -> None:
    for body in ({}, {"version": None}):
        require_equal("the agent", stage.post(f"{URL}/{revised(stage)[1]['id']}", body).ok(), revised(stage)[1])


@check
def agent_update_guard_200(stage: Workbench) -> None:
    agent = stage.new_agent()
    after = stage.post(f"{URL}/{agent['id']}", {"version": 1, "system": "Be kind."}).ok()
    require_equal("version", after["version"], 2)


@check
def agent_update_stale_409(stage: Workbench) -> None:
    answer = stage.post(f"{URL}/{revised(stage)[1]['id']}", {"version": 1, "system": "x"})
    answer.refused(409, "invalid_request_error", STALE, retry=None)


@check
def agent_update_paths_prefixed(stage: Workbench) -> None:
    answer = stage.post(f"{URL}/{revised(stage)[1]['id']}", {"name": "n" * 257})
    answer.invalid("agent.name: maximum string length is 256")


@check
def agent_retrieve_version(stage: Workbench) -> None:
    first, second = revised(stage)
    path = f"{URL}/{first['id']}"
    require_equal("version 1", stage.get(path, {"version": 1}).ok(), first)
    require_equal("the latest version", stage.get(path).ok(), second)
    stage.get(path, {"version": 3}).not_found("Agent version not found.")


@check
def agent_versions_newest_first(stage: Workbench) -> None:
    path = f"{URL}/{revised(stage)[0]['id']}/versions"
    require_equal("versions", stage.listed(path), revised(stage)[::-1])
    require_equal("pages of one", stage.listed(path, limit=1), revised(stage)[::-1])


@check
def agent_versions_last_page(stage: Workbench) -> None:
    require_equal("the keys", set(stage.get(f"{URL}/{revised(stage)[0]['id']}/versions").ok()), {"data"})


@check
def agent_archive(stage: Workbench) -> None:
    agent = three(stage)[2]
    require(agent["archived_at"] is not None, "archived_at is not set")
    require_equal("the agent, read again", stage.get(f"{URL}/{agent['id']}").ok(), agent)
    require_equal("the agent, archived again", stage.post(f"{URL}/{agent['id']}/archive").ok(), agent)


@check
def agent_archived_unusable_400(stage: Workbench) -> None:
    id = three(stage)[2]["id"]
    stage.post(f"{URL}/{id}", {"system": "x"}).invalid("Cannot modify archived agent")
    answer = stage.post("/v1/sessions", stage.session_body(agent=id))
    answer.invalid(f"agent {id} is archived and cannot be used to create a session")


@check
def agent_list_newest_first(stage: Workbench) -> None:
    require_equal("the agents", ours(stage, include_archived=True), [agent["id"] for agent in three(stage)][::-1])


@check
def agent_list_archived(stage: Workbench) -> None:
    require_equal("the agents", ours(stage), [agent["id"] for agent in three(stage)][1::-1])


@check
def agent_list_created_at(stage: Workbench) -> None:
    ids, middle = [agent["id"] for agent in three(stage)], three(stage)[1]["created_at"]
    require_equal("gte", ours(stage, **{"include_archived": True, "created_at[gte]": middle}), ids[:0:-1])
    require_equal("lte", ours(stage, **{"include_archived": True, "created_at[lte]": middle}), ids[1::-1])


@check
def agent_list_limit(stage: Workbench) -> None:
    for limit in (0, 101):
        stage.get(URL, {"limit": limit}).invalid()
    require(len(stage.get(URL).ok()["data"]) <= 20, "the page is longer than 20")


@check
def agent_list_last_page(stage: Workbench) -> None:
    require_equal("the list", stage.get(URL, NEVER).ok(), {"data": []})
