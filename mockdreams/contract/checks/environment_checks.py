"""Environments."""

from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.checking.worker import QueueWorker
from mockdreams.contract.client.answers import require, require_equal

URL = "/v1/environments"
KEYS = set("id type name description config metadata state archived_at created_at updated_at".split())
PACKAGES = {"apt", "cargo", "gem", "go", "npm", "pip"}
MARCH, NOVEMBER = "environments-2026-03-01", "environments-2025-11-01"


@cached
def three(stage: Workbench) -> list[Any]:
    """Three environments, oldest first; the last is archived."""
    made = [stage.new_environment() for _ in range(3)]
    made[2] = stage.post(f"{URL}/{made[2]['id']}/archive").ok()
    return made


def ours(stage: Workbench, **query: Any) -> list[str]:
    mine = {environment["id"] for environment in three(stage)}
    return [found["id"] for found in stage.listed(URL, query) if found["id"] in mine]


def occupied(stage: Workbench, **config: Any) -> str:
    """The URL of an environment in which a session lives."""
    id = stage.new_environment(**({"config": config} if config else {}))["id"]
    stage.post("/v1/sessions", stage.session_body(environment_id=id)).ok()
    return f"{URL}/{id}"


@check
def environment_create_200(stage: Workbench) -> None:
    environment = stage.new_environment(description="For work.", metadata={"a": "b"})
    require_equal("description", environment["description"], "For work.")
    require_equal("metadata", environment["metadata"], {"a": "b"})
    require_equal("the environment", stage.get(f"{URL}/{environment['id']}").ok(), environment)


@check
def environment_keys(stage: Workbench) -> None:
    require_equal("the keys of an environment", set(three(stage)[0]) - {"scope"}, KEYS)


@check
def environment_cloud_by_default(stage: Workbench) -> None:
    config = three(stage)[0]["config"]
    require_equal("type", config["type"], "cloud")
    require_equal("networking", config["networking"], {"type": "unrestricted"})
    require_equal("packages", {key: config["packages"][key] for key in PACKAGES}, {key: [] for key in PACKAGES})


@check
def environment_name_required_400(stage: Workbench) -> None:
    stage.post(URL, {}).invalid("name: Field required", retry="false")


@check
def environment_unknown_field_400(stage: Workbench) -> None:
    answer = stage.post(URL, {"name": stage.name(), "x": 1})
    answer.invalid("x: Extra inputs are not permitted", retry="false")


@check
def environment_absent_404(stage: Workbench) -> None:
    for id in (f"env_{ABSENT}", "env_x"):
        stage.get(f"{URL}/{id}").not_found(f"Environment {id} not found.", retry=None)


@check
def environment_absent_removal_404(stage: Workbench) -> None:
    stage.delete(f"{URL}/env_{ABSENT}").not_found(retry="false")
    stage.post(f"{URL}/env_{ABSENT}/archive").not_found(retry="false")


@check
def environment_update_partial(stage: Workbench) -> None:
    before = stage.new_environment(description="Old.", metadata={"a": "1"})
    after = stage.post(f"{URL}/{before['id']}", {"description": "New."}).ok()
    require_equal("the environment", after, {**before, "description": "New.", "updated_at": after["updated_at"]})


@check
def environment_kind_change_400(stage: Workbench) -> None:
    answer = stage.post(f"{URL}/{stage.environment}", {"config": {"type": "self_hosted"}})
    error = answer.invalid("Cannot change environment type from Cloud to BYOC")
    details = {"error_code": "invalid_config_type_change", "error_visibility": "user_facing"}
    require_equal("details", error.get("details"), details)


@check
def environment_metadata_400(stage: Workbench) -> None:
    answer = stage.post(URL, {"name": stage.name(), "metadata": {"k" * 65: "v"}})
    require_equal("the keys of the error", set(answer.invalid()), {"type", "message"})


@check
def environment_state(stage: Workbench) -> None:
    require_equal("states", [each["state"] for each in three(stage)], ["active", "active", "archived"])


@check
def environment_description_empty(stage: Workbench) -> None:
    environment = stage.new_environment()
    require_equal("description", environment["description"], "")
    for sent in (None, ""):
        changed = stage.post(f"{URL}/{environment['id']}", {"description": sent}).ok()
        require_equal("description", changed["description"], sent)


@check
def environment_hosts_bare_400(stage: Workbench) -> None:
    for host, words in (
        ("example.com:443", "contains a port. Entries must be bare hostnames without ports."),
        ("https://example.com", 'contains a URL scheme. Entries must be bare hostnames like "google.com".'),
    ):
        networking = {"type": "limited", "allowed_hosts": ["a.com", host]}
        body = {"name": stage.name(), "config": {"type": "cloud", "networking": networking}}
        stage.post(URL, body).invalid(f'`allowed_hosts` entry "{host}" {words}')


@check
def environment_name_reused(stage: Workbench) -> None:
    stage.new_environment(name=three(stage)[0]["name"])


@check
def environment_archive(stage: Workbench) -> None:
    environment = three(stage)[2]
    require(environment["archived_at"] is not None, "archived_at is not set")
    path = f"{URL}/{environment['id']}"
    require_equal("the environment, read again", stage.get(path).ok(), environment)
    require_equal("the environment, archived again", stage.post(f"{path}/archive").ok(), environment)


@check
def environment_archived_code(stage: Workbench) -> None:
    answer = stage.post(f"{URL}/{three(stage)[2]['id']}", {"name": stage.name()})
    require_equal("the code", answer.invalid().get("details", {}).get("error_code"), "environment_archived")


@check
def environment_archived_unusable_400(stage: Workbench) -> None:
    stage.post("/v1/sessions", stage.session_body(environment_id=three(stage)[2]["id"])).invalid()


@check
def environment_delete(stage: Workbench) -> None:
    id = stage.new_environment()["id"]
    require_equal("the answer", stage.delete(f"{URL}/{id}").ok(), {"id": id, "type": "environment_deleted"})
    stage.get(f"{URL}/{id}").not_found()


@check
def environment_delete_cloud_200(stage: Workbench) -> None:
    stage.delete(occupied(stage)).ok()


@check
def environment_delete_self_hosted_409(stage: Workbench) -> None:
    path = occupied(stage, type="self_hosted")
    worker = QueueWorker(stage.target, path.rpartition("/")[2])
    worker.stop(worker.poll().ok()["id"]).ok()
    answer = stage.delete(path)
    message = "Environment has 1 active sessions. Use force=true to delete anyway."
    answer.refused(409, "invalid_request_error", message, retry="false")


@check
def environment_delete_queued_409(stage: Workbench) -> None:
    answer = stage.delete(occupied(stage, type="self_hosted"))
    message = (
        "Cannot delete self-hosted environment with work in the queue. Either archive the environment first to allow "
        "the queue to drain, or use force=true to delete immediately."
    )
    answer.refused(409, "invalid_request_error", message, retry="false")


@check
def environment_delete_force_200(stage: Workbench) -> None:
    stage.delete(occupied(stage, type="self_hosted"), query={"force": True}).ok()


@check
def environment_list_newest_first(stage: Workbench) -> None:
    require_equal("the environments", ours(stage, include_archived=True), [each["id"] for each in three(stage)][::-1])


@check
def environment_list_archived(stage: Workbench) -> None:
    require_equal("the environments", ours(stage), [each["id"] for each in three(stage)][1::-1])


@check
def environment_list_pages(stage: Workbench) -> None:
    three(stage)
    whole = [each["id"] for each in stage.listed(URL)]
    require_equal("pages of one", [each["id"] for each in stage.listed(URL, limit=1)], whole)


@check
def environment_list_null(stage: Workbench) -> None:
    *_, last = stage.pages(URL)
    require_equal("the keys of the last page", set(last), {"data", "next_page"})


@check
def environment_list_march(stage: Workbench) -> None:
    page = stage.get(URL, {"limit": 1}, headers={"anthropic-beta": MARCH}).ok()
    require_equal("the keys", set(page), {"data", "next_page", "has_more"})
    require_equal("has_more", page["has_more"], page["next_page"] is not None)


@check
def environment_list_november(stage: Workbench) -> None:
    page = stage.get(URL, {"limit": 1}, headers={"anthropic-beta": NOVEMBER}).ok()
    require_equal("the keys", set(page), {"data", "first_id", "last_id", "has_more"})


@check
def environment_list_november_ids(stage: Workbench) -> None:
    three(stage)
    november = {"anthropic-beta": NOVEMBER}
    first = stage.get(URL, {"limit": 2}, headers=november).ok()
    ids = [each["id"] for each in first["data"]]
    require_equal("first_id and last_id", [first["first_id"], first["last_id"]], [ids[0], ids[-1]])
    rest = stage.get(URL, {"limit": 1, "after_id": ids[0]}, headers=november).ok()
    require_equal("after the first", [each["id"] for each in rest["data"]], ids[1:])
