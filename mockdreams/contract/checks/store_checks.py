"""Memory stores."""

from functools import partial
from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, NEVER, Workbench
from mockdreams.contract.client.answers import require, require_equal

URL = "/v1/memory_stores"
KEYS = {"id", "type", "name", "description", "metadata", "created_at", "updated_at", "archived_at"}


def store_at(stage: Workbench, id: str) -> Any:
    return stage.get(f"{URL}/{id}").ok()


@cached
def three(stage: Workbench) -> list[Any]:
    """Three stores, oldest first; the last is archived."""
    made = [stage.new_store() for _ in range(3)]
    made[2] = stage.post(f"{URL}/{made[2]['id']}/archive").ok()
    return made


@cached
def archived(stage: Workbench) -> Any:
    """An archived store, as it was before and after, with its memory."""
    store = stage.new_store()
    memory = stage.memory(store["id"], "/a.md", "old")
    path = f"{URL}/{store['id']}/memories/{memory['id']}"
    changed = stage.post(path, {"content": "new"}).ok()
    after = stage.post(f"{URL}/{store['id']}/archive").ok()
    return {"before": store, "after": after, "memory": memory, "changed": changed, "path": path}


def ours(stage: Workbench, **query: Any) -> list[str]:
    mine = {store["id"] for store in three(stage)}
    return [store["id"] for store in stage.listed(URL, query) if store["id"] in mine]


def refused(stage: Workbench, message: str | None = None, **fields: Any) -> None:
    stage.post(URL, fields).invalid(message)


@check
def store_create_200(stage: Workbench) -> None:
    store = stage.new_store(description="For work.", metadata={"a": "b"})
    require_equal("description and metadata", (store["description"], store["metadata"]), ("For work.", {"a": "b"}))
    require_equal("the store", store_at(stage, store["id"]), store)


@check
def store_eight_keys(stage: Workbench) -> None:
    require_equal("the keys of a store", set(three(stage)[0]), KEYS)


@check
def store_description_empty(stage: Workbench) -> None:
    require_equal("description", three(stage)[0]["description"], "")


@check
def store_name_required_400(stage: Workbench) -> None:
    refused(stage, "name: Field required")


@check
def store_name_empty_400(stage: Workbench) -> None:
    refused(stage, "name: minimum string length is 1", name="")


@check
def store_name_length_400(stage: Workbench) -> None:
    refused(stage, "name: maximum string length is 255", name="n" * 256)


@check
def store_name_255(stage: Workbench) -> None:
    name = stage.name().ljust(255, "n")
    require_equal("name", stage.new_store(name=name)["name"], name)


@check
def store_name_control_400(stage: Workbench) -> None:
    refused(stage, name=f"{stage.name()}\u0007")


@check
def store_names_not_unique(stage: Workbench) -> None:
    name = stage.name()
    require(stage.new_store(name=name)["id"] != stage.new_store(name=name)["id"], "two stores have one id")


@check
def store_description_length_400(stage: Workbench) -> None:
    refused(stage, name=stage.name(), description="d" * 1025)


@check
def store_metadata_16(stage: Workbench) -> None:
    refused(stage, name=stage.name(), metadata={f"k{number}": "" for number in range(17)})


@check
def store_metadata_lengths(stage: Workbench) -> None:
    refused(stage, name=stage.name(), metadata={"k" * 65: ""})
    refused(stage, name=stage.name(), metadata={"k": "v" * 513})


@check
def store_absent_404(stage: Workbench) -> None:
    id = f"memstore_{ABSENT}"
    stage.get(f"{URL}/{id}").not_found(f"Memory store `{id}` not found.", retry=None)


@check
def store_update_partial(stage: Workbench) -> None:
    before = stage.new_store(description="Old.", metadata={"a": "1"})
    after = stage.post(f"{URL}/{before['id']}", {"description": "New."}).ok()
    require_equal("the store", after, {**before, "description": "New.", "updated_at": after["updated_at"]})
    require_equal("the store, read again", store_at(stage, before["id"]), after)


@check
def store_update_empty_400(stage: Workbench) -> None:
    answer = stage.post(f"{URL}/{stage.store}", {})
    answer.invalid("at least one of name, description, or metadata must be provided")


@check
def store_update_name_null_400(stage: Workbench) -> None:
    stage.post(f"{URL}/{stage.store}", {"name": None}).invalid("name cannot be empty")


@check
def store_update_metadata_null_400(stage: Workbench) -> None:
    stage.post(f"{URL}/{stage.store}", {"metadata": None}).invalid(
        'Failed to parse request: params: field "metadata": null is not a valid value for a map field; '
        "omit the field to preserve, or set individual keys to null to delete them"
    )


@check
def store_update_description_null(stage: Workbench) -> None:
    store = stage.new_store(description="Old.")
    require_equal("description", stage.post(f"{URL}/{store['id']}", {"description": None}).ok()["description"], "")


@check
def store_update_metadata_patch(stage: Workbench) -> None:
    store = stage.new_store(metadata={"keep": "1", "drop": "1"})
    after = stage.post(f"{URL}/{store['id']}", {"metadata": {"drop": None, "new": "2"}}).ok()
    require_equal("metadata", after["metadata"], {"keep": "1", "new": "2"})


@check
def store_updated_at_moves(stage: Workbench) -> None:
    store = stage.new_store()
    after = stage.post(f"{URL}/{store['id']}", {"description": "New."}).ok()
    require(after["updated_at"] > store["updated_at"], "an update does not move updated_at")
    require_equal("created_at", after["created_at"], store["created_at"])


@check
def store_updated_at_not_by_memories(stage: Workbench) -> None:
    store = stage.new_store()
    stage.memory(store["id"], "/a.md", "x")
    require_equal("updated_at", store_at(stage, store["id"])["updated_at"], store["updated_at"])


@check
def store_archive(stage: Workbench) -> None:
    before, after = archived(stage)["before"], archived(stage)["after"]
    require(after["archived_at"] is not None, "archived_at is not set")
    require_equal("updated_at", after["updated_at"], after["archived_at"])
    require_equal("the rest", {**after, "archived_at": None, "updated_at": before["updated_at"]}, before)


@check
def store_archive_again_200(stage: Workbench) -> None:
    after = archived(stage)["after"]
    require_equal("the store", stage.post(f"{URL}/{after['id']}/archive").ok(), after)


@check
def store_archived_update_400(stage: Workbench) -> None:
    id = archived(stage)["after"]["id"]
    message = stage.post(f"{URL}/{id}", {"name": stage.name()}).invalid()["message"]
    require(message.startswith("cannot modify archived resource: memory store "), f"the message is {message!r}")


@check
def store_archived_memory_writes_400(stage: Workbench) -> None:
    made = archived(stage)
    answers = (
        stage.post(f"{URL}/{made['after']['id']}/memories", {"path": "/b.md", "content": ""}),
        stage.post(made["path"], {"content": "newer"}),
    )
    for answer in answers:
        message = answer.invalid()["message"]
        require(message.startswith("cannot modify archived resource: memory store "), f"the message is {message!r}")


@check
def store_archived_readable(stage: Workbench) -> None:
    made = archived(stage)
    require_equal("the store", store_at(stage, made["after"]["id"]), made["after"])
    require_equal("content", stage.get(made["path"]).ok()["content"], "new")


@check
def store_archived_memory_delete_200(stage: Workbench) -> None:
    store = stage.new_store()["id"]
    memory = stage.memory(store, "/a.md")
    stage.post(f"{URL}/{store}/archive").ok()
    stage.delete(f"{URL}/{store}/memories/{memory['id']}").ok()


@check
def store_archived_redact_200(stage: Workbench) -> None:
    made = archived(stage)
    version = made["memory"]["memory_version_id"]
    after = stage.post(f"{URL}/{made['after']['id']}/memory_versions/{version}/redact").ok()
    require(after["redacted_at"] is not None, "the version is not redacted")


@check
def store_delete(stage: Workbench) -> None:
    id = stage.new_store()["id"]
    require_equal("the answer", stage.delete(f"{URL}/{id}").ok(), {"id": id, "type": "memory_store_deleted"})
    stage.get(f"{URL}/{id}").not_found()


@check
def store_delete_contents(stage: Workbench) -> None:
    id = stage.new_store({"/a.md": ""})["id"]
    stage.delete(f"{URL}/{id}").ok()
    for kind in ("memories", "memory_versions"):
        stage.get(f"{URL}/{id}/{kind}").not_found(f"Memory store `{id}` not found.")


@check
def store_list_newest_first(stage: Workbench) -> None:
    require_equal("the stores", ours(stage, include_archived=True), [store["id"] for store in three(stage)][::-1])


@check
def store_list_archived(stage: Workbench) -> None:
    require_equal("the stores", ours(stage), [store["id"] for store in three(stage)][1::-1])


@check
def store_list_created_at(stage: Workbench) -> None:
    ids, shown = [store["id"] for store in three(stage)], partial(ours, stage, include_archived=True)
    middle = three(stage)[1]["created_at"]
    require_equal("gte", shown(**{"created_at[gte]": middle}), ids[:0:-1])
    require_equal("lte", shown(**{"created_at[lte]": middle}), ids[1::-1])


@check
def store_list_limit(stage: Workbench) -> None:
    for limit in (0, 101):
        stage.get(URL, {"limit": limit}).invalid()
    require(len(stage.get(URL).ok()["data"]) <= 20, "the page is longer than 20")
    require(len(stage.get(URL, {"limit": 1}).ok()["data"]) <= 1, "the page is longer than 1")


@check
def store_list_pages(stage: Workbench) -> None:
    first = three(stage)[0]["created_at"]
    query = {"created_at[gte]": first, "include_archived": True}
    whole = [store["id"] for store in stage.listed(URL, query)]
    require_equal("pages of two", [store["id"] for store in stage.listed(URL, query, limit=2)], whole)


@check
def store_list_last_page(stage: Workbench) -> None:
    require_equal("the list", stage.get(URL, NEVER).ok(), {"data": []})
