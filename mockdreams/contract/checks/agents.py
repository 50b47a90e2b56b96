"""Agents."""

from typing import Any

from mockdreams.contract.answers import Answer, demand, same
from mockdreams.contract.checking import check
from mockdreams.contract.lives import once
from mockdreams.contract.stage import ABSENT, NEVER, Stage

URL = "/v1/agents"
KEYS = set(
    "id type version name description model system tools mcp_servers skills multiagent metadata "
    "execution_identity archived_at created_at updated_at".split()
)
STALE = "Concurrent modification detected. Please fetch the latest version and retry."


@once
def three(stage: Stage) -> list[Any]:
    """Three agents, oldest first; the last is archived."""
    made = [stage.new_agent() for _ in range(3)]
    made[2] = stage.post(f"{URL}/{made[2]['id']}/archive").ok()
    return made


@once
def revised(stage: Stage) -> list[Any]:
    """An agent at its first and at its second version."""
    first = stage.new_agent(description="Old.", system="Be kind.")
    return [first, stage.post(f"{URL}/{first['id']}", {"description": None, "system": "Be brief."}).ok()]


def ours(stage: Stage, **query: Any) -> list[str]:
    mine = {agent["id"] for agent in three(stage)}
    return [agent["id"] for agent in stage.listed(URL, query) if agent["id"] in mine]


def refused(stage: Stage, **fields: Any) -> Answer:
    body = {"name": stage.name(), "model": stage.model, **fields}
    return stage.post(URL, {key: value for key, value in body.items() if value is not ...})


@check
def agent_create_200(stage: Stage) -> None:
    agent = stage.new_agent(description="Helps.", metadata={"a": "b"})
    same("description and metadata", (agent["description"], agent["metadata"]), ("Helps.", {"a": "b"}))
    same("the agent", stage.get(f"{URL}/{agent['id']}").ok(), agent)


@check
def agent_keys(stage: Stage) -> None:
    same("the keys of an agent", set(three(stage)[0]), KEYS)


@check
def agent_defaults(stage: Stage) -> None:
    agent = three(stage)[0]
    same("version", agent["version"], 1)
    for key in ("description", "system", "multiagent"):
        same(key, agent[key], None)
    same("lists", [agent[key] for key in ("tools", "mcp_servers", "skills")], [[], [], []])


@check
def agent_model_object(stage: Stage) -> None:
    same("the id of the model", three(stage)[0]["model"]["id"], stage.model)


@check
def agent_execution_identity(stage: Stage) -> None:
    same("execution_identity", three(stage)[0]["execution_identity"], {"type": "service_account"})


@check
def agent_name_required_400(stage: Stage) -> None:
    refused(stage, name=...).invalid("name: Field required")


@check
def agent_name_length_400(stage: Stage) -> None:
    refused(stage, name="n" * 257).invalid("name: maximum string length is 256")
    refused(stage, name="").invalid("name: minimum string length is 1")


@check
def agent_description_length_400(stage: Stage) -> None:
    refused(stage, description="d" * 2049).invalid("description: maximum string length is 2048")


@check
def agent_system_length_400(stage: Stage) -> None:
    refused(stage, system="s" * 100_001).invalid("system: maximum string length is 100000")


@check
def agent_metadata_16(stage: Stage) -> None:
    answer = refused(stage, metadata={f"k{number}": "" for number in range(17)})
    answer.invalid("invalid metadata: metadata map would have 17 entries, exceeding the maximum of 16")


@check
def agent_mcp_servers_used_400(stage: Stage) -> None:
    server = {"type": "url", "name": "docs", "url": "https://example.com/mcp"}
    refused(stage, mcp_servers=[server]).invalid()
    refused(stage, tools=[{"type": "mcp_toolset", "mcp_server_name": "docs"}]).invalid()


@check
def agent_mcp_servers_unique_400(stage: Stage) -> None:
    server = {"type": "url", "name": "docs", "url": "https://example.com/mcp"}
    toolset = {"type": "mcp_toolset", "mcp_server_name": "docs"}
    refused(stage, mcp_servers=[server, server], tools=[toolset]).invalid()


@check
def agent_malformed_id_400(stage: Stage) -> None:
    stage.get(f"{URL}/agent_x").invalid("Invalid agent ID.")


@check
def agent_absent_404(stage: Stage) -> None:
    stage.get(f"{URL}/agent_{ABSENT}").not_found(retry=None)


@check
def agent_delete_404(stage: Stage) -> None:
    stage.delete(f"{URL}/agent_{ABSENT}").not_found("not found")


@check
def agent_update_new_version(stage: Stage) -> None:
    first, second = revised(stage)
    same("version", second["version"], 2)
    same("system", second["system"], "Be brief.")
    same("name", second["name"], first["name"])


@check
def agent_update_null_clears(stage: Stage) -> None:
    same("description", revised(stage)[1]["description"], None)


@check
def agent_update_noop_200(stage: Stage) -> None:
    for body in ({}, {"version": None}):
        same("the agent", stage.post(f"{URL}/{revised(stage)[1]['id']}", body).ok(), revised(stage)[1])


@check
def agent_update_guard_200(stage: Stage) -> None:
    agent = stage.new_agent()
    after = stage.post(f"{URL}/{agent['id']}", {"version": 1, "system": "Be kind."}).ok()
    same("version", after["version"], 2)


@check
def agent_update_stale_409(stage: Stage) -> None:
    answer = stage.post(f"{URL}/{revised(stage)[1]['id']}", {"version": 1, "system": "x"})
    answer.refused(409, "invalid_request_error", STALE, retry=None)


@check
def agent_update_paths_prefixed(stage: Stage) -> None:
    answer = stage.post(f"{URL}/{revised(stage)[1]['id']}", {"name": "n" * 257})
    answer.invalid("agent.name: maximum string length is 256")


@check
def agent_retrieve_version(stage: Stage) -> None:
    first, second = revised(stage)
    path = f"{URL}/{first['id']}"
    same("version 1", stage.get(path, {"version": 1}).ok(), first)
    same("the latest version", stage.get(path).ok(), second)
    stage.get(path, {"version": 3}).not_found()


@check
def agent_versions_newest_first(stage: Stage) -> None:
    path = f"{URL}/{revised(stage)[0]['id']}/versions"
    same("versions", stage.listed(path), revised(stage)[::-1])
    same("pages of one", stage.listed(path, limit=1), revised(stage)[::-1])


@check
def agent_versions_last_page(stage: Stage) -> None:
    same("the keys", set(stage.get(f"{URL}/{revised(stage)[0]['id']}/versions").ok()), {"data"})


@check
def agent_archive(stage: Stage) -> None:
    agent = three(stage)[2]
    demand(agent["archived_at"] is not None, "archived_at is not set")
    same("the agent, read again", stage.get(f"{URL}/{agent['id']}").ok(), agent)
    same("the agent, archived again", stage.post(f"{URL}/{agent['id']}/archive").ok(), agent)


@check
def agent_archived_unusable_400(stage: Stage) -> None:
    id = three(stage)[2]["id"]
    stage.post(f"{URL}/{id}", {"system": "x"}).invalid()
    stage.post("/v1/sessions", stage.session_body(agent=id)).invalid()


@check
def agent_list_newest_first(stage: Stage) -> None:
    same("the agents", ours(stage, include_archived=True), [agent["id"] for agent in three(stage)][::-1])


@check
def agent_list_archived(stage: Stage) -> None:
    same("the agents", ours(stage), [agent["id"] for agent in three(stage)][1::-1])


@check
def agent_list_created_at(stage: Stage) -> None:
    ids, middle = [agent["id"] for agent in three(stage)], three(stage)[1]["created_at"]
    same("gte", ours(stage, **{"include_archived": True, "created_at[gte]": middle}), ids[:0:-1])
    same("lte", ours(stage, **{"include_archived": True, "created_at[lte]": middle}), ids[1::-1])


@check
def agent_list_limit(stage: Stage) -> None:
    for limit in (0, 101):
        stage.get(URL, {"limit": limit}).invalid()
    demand(len(stage.get(URL).ok()["data"]) <= 20, "the page is longer than 20")


@check
def agent_list_last_page(stage: Stage) -> None:
    same("the list", stage.get(URL, NEVER).ok(), {"data": []})
