"""Environments."""

from typing import Any

from mockdreams.contract.answers import demand, same
from mockdreams.contract.checking import check
from mockdreams.contract.lives import once
from mockdreams.contract.stage import ABSENT, Stage

URL = "/v1/environments"
KEYS = {"id", "type", "name", "description", "config", "metadata", "archived_at", "created_at", "updated_at"}
PACKAGES = {"apt", "cargo", "gem", "go", "npm", "pip"}
MARCH, NOVEMBER = "environments-2026-03-01", "environments-2025-11-01"


@once
def three(stage: Stage) -> list[Any]:
    """Three environments, oldest first; the last is archived."""
    made = [stage.new_environment() for _ in range(3)]
    made[2] = stage.post(f"{URL}/{made[2]['id']}/archive").ok()
    return made


def ours(stage: Stage, **query: Any) -> list[str]:
    mine = {environment["id"] for environment in three(stage)}
    return [found["id"] for found in stage.listed(URL, query) if found["id"] in mine]


def occupied(stage: Stage, **config: Any) -> str:
    """The URL of an environment in which a session lives."""
    id = stage.new_environment(**({"config": config} if config else {}))["id"]
    stage.post("/v1/sessions", stage.session_body(environment_id=id)).ok()
    return f"{URL}/{id}"


@check
def environment_create_200(stage: Stage) -> None:
    environment = stage.new_environment(description="For work.", metadata={"a": "b"})
    same("description", environment["description"], "For work.")
    same("metadata", environment["metadata"], {"a": "b"})
    same("the environment", stage.get(f"{URL}/{environment['id']}").ok(), environment)


@check
def environment_keys(stage: Stage) -> None:
    same("the keys of an environment", set(three(stage)[0]) - {"scope"}, KEYS)


@check
def environment_cloud_by_default(stage: Stage) -> None:
    config = three(stage)[0]["config"]
    same("type", config["type"], "cloud")
    same("networking", config["networking"], {"type": "unrestricted"})
    same("packages", {key: config["packages"][key] for key in PACKAGES}, {key: [] for key in PACKAGES})


@check
def environment_name_required_400(stage: Stage) -> None:
    stage.post(URL, {}).invalid("name: Field required", retry="false")


@check
def environment_unknown_field_400(stage: Stage) -> None:
    answer = stage.post(URL, {"name": stage.name(), "x": 1})
    answer.invalid("x: Extra inputs are not permitted", retry="false")


@check
def environment_absent_404(stage: Stage) -> None:
    for id in (f"env_{ABSENT}", "env_x"):
        stage.get(f"{URL}/{id}").not_found(f"Environment {id} not found.", retry=None)


@check
def environment_absent_removal_404(stage: Stage) -> None:
    stage.delete(f"{URL}/env_{ABSENT}").not_found(retry="false")
    stage.post(f"{URL}/env_{ABSENT}/archive").not_found(retry="false")


@check
def environment_update_partial(stage: Stage) -> None:
    before = stage.new_environment(description="Old.", metadata={"a": "1"})
    after = stage.post(f"{URL}/{before['id']}", {"description": "New."}).ok()
    same("the environment", after, {**before, "description": "New.", "updated_at": after["updated_at"]})


@check
def environment_kind_change_400(stage: Stage) -> None:
    answer = stage.post(f"{URL}/{stage.environment}", {"config": {"type": "self_hosted"}})
    error = answer.invalid("Cannot change environment type from Cloud to BYOC")
    details = {"error_code": "invalid_config_type_change", "error_visibility": "user_facing"}
    same("details", error.get("details"), details)


@check
def environment_metadata_code(stage: Stage) -> None:
    answer = stage.post(URL, {"name": stage.name(), "metadata": {"k" * 65: "v"}})
    same("the code", answer.invalid().get("details", {}).get("error_code"), "invalid_metadata")


@check
def environment_archive(stage: Stage) -> None:
    environment = three(stage)[2]
    demand(environment["archived_at"] is not None, "archived_at is not set")
    path = f"{URL}/{environment['id']}"
    same("the environment, read again", stage.get(path).ok(), environment)
    same("the environment, archived again", stage.post(f"{path}/archive").ok(), environment)


@check
def environment_archived_code(stage: Stage) -> None:
    answer = stage.post(f"{URL}/{three(stage)[2]['id']}", {"name": stage.name()})
    same("the code", answer.invalid().get("details", {}).get("error_code"), "environment_archived")


@check
def environment_archived_unusable_400(stage: Stage) -> None:
    stage.post("/v1/sessions", stage.session_body(environment_id=three(stage)[2]["id"])).invalid()


@check
def environment_delete(stage: Stage) -> None:
    id = stage.new_environment()["id"]
    same("the answer", stage.delete(f"{URL}/{id}").ok(), {"id": id, "type": "environment_deleted"})
    stage.get(f"{URL}/{id}").not_found()


@check
def environment_delete_cloud_200(stage: Stage) -> None:
    stage.delete(occupied(stage)).ok()


@check
def environment_delete_self_hosted_409(stage: Stage) -> None:
    answer = stage.delete(occupied(stage, type="self_hosted"))
    message = "Environment has 1 active sessions. Use force=true to delete anyway."
    answer.refused(409, "invalid_request_error", message, retry="false")


@check
def environment_delete_force_200(stage: Stage) -> None:
    stage.delete(occupied(stage, type="self_hosted"), query={"force": True}).ok()


@check
def environment_list_newest_first(stage: Stage) -> None:
    same("the environments", ours(stage, include_archived=True), [each["id"] for each in three(stage)][::-1])


@check
def environment_list_archived(stage: Stage) -> None:
    same("the environments", ours(stage), [each["id"] for each in three(stage)][1::-1])


@check
def environment_list_pages(stage: Stage) -> None:
    three(stage)
    whole = [each["id"] for each in stage.listed(URL)]
    same("pages of one", [each["id"] for each in stage.listed(URL, limit=1)], whole)


@check
def environment_list_null(stage: Stage) -> None:
    last = stage.get(URL, {"limit": 100}).ok()
    while last["next_page"]:
        last = stage.get(URL, {"limit": 100, "page": last["next_page"]}).ok()
    same("the keys of the last page", set(last), {"data", "next_page"})


@check
def environment_list_march(stage: Stage) -> None:
    page = stage.get(URL, {"limit": 1}, headers={"anthropic-beta": MARCH}).ok()
    same("the keys", set(page), {"data", "next_page", "has_more"})
    same("has_more", page["has_more"], page["next_page"] is not None)


@check
def environment_list_november(stage: Stage) -> None:
    page = stage.get(URL, {"limit": 1}, headers={"anthropic-beta": NOVEMBER}).ok()
    same("the keys", set(page), {"data", "first_id", "last_id", "has_more"})


@check
def environment_list_november_ids(stage: Stage) -> None:
    three(stage)
    november = {"anthropic-beta": NOVEMBER}
    first = stage.get(URL, {"limit": 2}, headers=november).ok()
    ids = [each["id"] for each in first["data"]]
    same("first_id and last_id", [first["first_id"], first["last_id"]], [ids[0], ids[-1]])
    rest = stage.get(URL, {"limit": 1, "after_id": ids[0]}, headers=november).ok()
    same("after the first", [each["id"] for each in rest["data"]], ids[1:])
