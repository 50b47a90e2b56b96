"""Memories: listing them, and their versions."""

from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, NOTES, Workbench
from mockdreams.contract.client.answers import require, require_each, require_equal

KEYS = set(
    "id type memory_id memory_store_id operation path content content_sha256 content_size_bytes created_at "
    "created_by redacted_at".split()
)
NOTHING = {"path_prefix": "/nothing/"}


def url(stage: Workbench, kind: str = "memories", store: str = "") -> str:
    return f"/v1/memory_stores/{store or stage.store}/{kind}"


@cached
def history(stage: Workbench) -> dict[str, Any]:
    """A store in which one memory was created, changed and deleted, and another created."""
    store = stage.new_store()["id"]
    created = stage.memory(store, "/gone.md", "one")
    memory = f"{url(stage, store=store)}/{created['id']}"
    changed = stage.post(memory, {"content": "two"}).ok()
    stage.delete(memory).ok()
    other = stage.memory(store, "/here.md", "here")
    listed = stage.listed(url(stage, "memory_versions", store), {"view": "full"}, limit=20)
    return {"store": store, "created": created, "changed": changed, "other": other, "versions": listed}


def versions(stage: Workbench, **query: Any) -> list[Any]:
    return stage.listed(url(stage, "memory_versions", history(stage)["store"]), query)


@check
def query_unknown_ignored(stage: Workbench) -> None:
    require_equal("memories", stage.listed(url(stage), {"order_by": "path", "order": "asc"}), stage.listed(url(stage)))


@check
def memory_list_newest_first(stage: Workbench) -> None:
    require_equal("paths", [memory["path"] for memory in stage.listed(url(stage))], list(NOTES)[::-1])


@check
def memory_list_views(stage: Workbench) -> None:
    require_each("content in the basic view", stage.listed(url(stage)), lambda memory: memory["content"] is None)
    full = stage.listed(url(stage), {"view": "full"}, limit=20)
    require_equal("content in the full view", {memory["path"]: memory["content"] for memory in full}, NOTES)


@check
def memory_list_prefixes_key(stage: Workbench) -> None:
    for query in ({}, {"depth": 1}):
        require_equal("prefixes", stage.get(url(stage), query).ok().get("prefixes"), [])


@check
def memory_list_path_prefix(stage: Workbench) -> None:
    found = stage.listed(url(stage), {"path_prefix": "/work/"})
    require_equal("paths", {memory["path"] for memory in found}, {"/work/deploys.md", "/work/style.md"})


@check
def memory_list_depth_1(stage: Workbench) -> None:
    found = stage.listed(url(stage), {"depth": 1})
    require_equal("types", sorted(item["type"] for item in found), ["memory", "memory_prefix"])
    require({"type": "memory_prefix", "path": "/work/"} in found, "the directory is not listed")
    below = stage.listed(url(stage), {"depth": 1, "path_prefix": "/work/"})
    require_equal("paths below", {item["path"] for item in below}, {"/work/deploys.md", "/work/style.md"})


@check
def memory_list_depth_0(stage: Workbench) -> None:
    require_equal("memories", stage.listed(url(stage), {"depth": 0}), stage.listed(url(stage)))
    require_equal("memories below", len(stage.listed(url(stage), {"depth": 0, "path_prefix": "/work/"})), 2)


@check
def memory_list_depth_2_400(stage: Workbench) -> None:
    stage.get(url(stage), {"depth": 2}).invalid("depth must be 0 or 1 when provided")


@check
def memory_list_prefix_slash_400(stage: Workbench) -> None:
    answer = stage.get(url(stage), {"path_prefix": "/work"})
    answer.invalid("path_prefix must be segment-aligned and end with /")


@check
def memory_list_limit_400(stage: Workbench) -> None:
    for limit in (0, 101, 1000):
        answer = stage.get(url(stage), {"limit": limit})
        answer.invalid("limit: value must be greater than or equal to 1 and less than or equal to 100")


@check
def memory_list_limit_1001_400(stage: Workbench) -> None:
    answer = stage.get(url(stage), {"limit": 1001})
    answer.invalid("limit: must be greater than or equal to 1 and less than or equal to 1000")


@check
def memory_list_pages(stage: Workbench) -> None:
    require_equal("pages of one", stage.listed(url(stage), limit=1), stage.listed(url(stage)))
    by_depth = stage.listed(url(stage), {"depth": 1}, limit=1)
    require_equal("pages of one, by directory", by_depth, stage.listed(url(stage), {"depth": 1}))


@check
def memory_list_last_page(stage: Workbench) -> None:
    require_equal("the list", stage.get(url(stage), NOTHING).ok(), {"data": [], "prefixes": []})


@check
def memory_list_full_20(stage: Workbench) -> None:
    store = stage.new_store({f"/{number:02d}.md": "" for number in range(21)})["id"]
    full = stage.get(url(stage, store=store), {"view": "full", "limit": 100}).ok()
    require_equal("memories on a page", len(full["data"]), 20)
    require(full.get("next_page"), "there is no next page")
    require_equal("by default", len(stage.get(url(stage, store=store)).ok()["data"]), 20)
    require_equal("in the basic view", len(stage.get(url(stage, store=store), {"limit": 100}).ok()["data"]), 21)


@check
def version_keys(stage: Workbench) -> None:
    require_each("the keys of a version", history(stage)["versions"], lambda version: set(version) == KEYS)


@check
def version_operations(stage: Workbench) -> None:
    operations = [version["operation"] for version in history(stage)["versions"]]
    require_equal("operations, newest first", operations, ["created", "deleted", "modified", "created"])


@check
def version_head(stage: Workbench) -> None:
    made, found = history(stage), history(stage)["versions"]
    require_equal("the first version", found[3]["id"], made["created"]["memory_version_id"])
    require_equal("the second version", found[2]["id"], made["changed"]["memory_version_id"])


@check
def version_contents(stage: Workbench) -> None:
    contents = [version["content"] for version in history(stage)["versions"]]
    require_equal("contents, newest first", contents, ["here", None, "two", "one"])


@check
def version_deleted_null(stage: Workbench) -> None:
    deleted = history(stage)["versions"][1]
    require_equal("path", deleted["path"], "/gone.md")
    for key in ("content", "content_sha256", "content_size_bytes"):
        require_equal(key, deleted[key], None)


@check
def version_survives_delete(stage: Workbench) -> None:
    made = history(stage)
    path = f"{url(stage, 'memory_versions', made['store'])}/{made['changed']['memory_version_id']}"
    require_equal("the content of a version of a deleted memory", stage.get(path).ok()["content"], "two")


@check
def version_api_actor(stage: Workbench) -> None:
    actors = [version["created_by"] for version in history(stage)["versions"]]
    require_each(
        "the actor", actors, lambda actor: actor["type"] == "api_actor" and actor["api_key_id"].startswith("apikey_")
    )


@check
def version_views(stage: Workbench) -> None:
    require_each("content in a list", versions(stage), lambda version: version["content"] is None)
    head = history(stage)["other"]["memory_version_id"]
    path = f"{url(stage, 'memory_versions', history(stage)['store'])}/{head}"
    require_equal("content on retrieve", stage.get(path).ok()["content"], "here")
    require_equal("content on retrieve, basic", stage.get(path, {"view": "basic"}).ok()["content"], None)


@check
def version_list_filters(stage: Workbench) -> None:
    made = history(stage)
    require_equal("by memory", len(versions(stage, memory_id=made["other"]["id"])), 1)
    require_equal("by operation", [v["operation"] for v in versions(stage, operation="deleted")], ["deleted"])
    require_equal("by session", versions(stage, session_id=f"sesn_{ABSENT}"), [])
    key = made["versions"][0]["created_by"]["api_key_id"]
    require_equal("by key", len(versions(stage, api_key_id=key)), 4)


@check
def version_operation_unknown_400(stage: Workbench) -> None:
    stage.get(url(stage, "memory_versions"), {"operation": "create"}).invalid(
        'Failed to parse request: operation: "create" is not a valid value; expected one of created, deleted, modified'
    )


@check
def version_list_created_at(stage: Workbench) -> None:
    found = history(stage)["versions"]
    ids = [version["id"] for version in found]
    after = versions(stage, **{"created_at[gte]": found[1]["created_at"]})
    before = versions(stage, **{"created_at[lte]": found[1]["created_at"]})
    require_equal("gte", [version["id"] for version in after], ids[:2])
    require_equal("lte", [version["id"] for version in before], ids[1:])


@check
def version_list_pages(stage: Workbench) -> None:
    path = url(stage, "memory_versions", history(stage)["store"])
    require_equal("pages of one", stage.listed(path, limit=1), versions(stage))


@check
def version_list_last_page(stage: Workbench) -> None:
    page = stage.get(url(stage, "memory_versions", history(stage)["store"]), {"limit": 100}).ok()
    require_equal("the keys of the last page", set(page), {"data"})


@check
def version_redact(stage: Workbench) -> None:
    store = stage.new_store()["id"]
    memory = stage.memory(store, "/a.md", "secret")
    stage.post(f"{url(stage, store=store)}/{memory['id']}", {"content": "clean"}).ok()
    path = f"{url(stage, 'memory_versions', store)}/{memory['memory_version_id']}"
    redacted = stage.post(f"{path}/redact").ok()
    for key in ("path", "content", "content_sha256", "content_size_bytes"):
        require_equal(key, redacted[key], None)
    require(redacted["redacted_at"] and redacted["redacted_by"]["type"] == "api_actor", "nobody redacted it")
    require_equal("the keys", set(redacted), {*KEYS, "redacted_by"})
    require_equal("the version, read again", stage.get(path).ok(), redacted)
    require_equal("the version, redacted again", stage.post(f"{path}/redact").ok(), redacted)


@check
def version_redact_again_200(stage: Workbench) -> None:
    made = history(stage)
    path = f"{url(stage, 'memory_versions', made['store'])}/{made['created']['memory_version_id']}/redact"
    first = stage.post(path).ok()
    require_equal("the version", stage.post(path).ok(), first)


@check
def version_redact_head_400(stage: Workbench) -> None:
    other = history(stage)["other"]
    path = f"{url(stage, 'memory_versions', history(stage)['store'])}/{other['memory_version_id']}/redact"
    stage.post(path).invalid(f"version is the current content of {other['id']}; write a new version first")


@check
def version_absent_404(stage: Workbench) -> None:
    path = f"{url(stage, 'memory_versions')}/memver_{ABSENT}"
    for answer in (stage.get(path), stage.post(f"{path}/redact")):
        answer.not_found()
