"""Memories: writing them."""

import re
from hashlib import sha256
from typing import Any

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.client.answers import TargetResponse, require, require_equal

KEYS = set(
    "id type memory_store_id memory_version_id path content content_sha256 content_size_bytes created_at "
    "updated_at".split()
)
NO_PATH = r"path: does not match regex pattern `^(/[^/\x00]+)+$`"
TEXT = "Grüße, 世界\n"
OTHER_SHA = "0" * 64


@cached
def shelf(stage: Workbench) -> str:
    """The URL of the memories of a store that checks may fill."""
    return f"/v1/memory_stores/{stage.new_store()['id']}/memories"


def write(stage: Workbench, path: str, content: str = "", **query: Any) -> Any:
    return stage.post(shelf(stage), {"path": path, "content": content}, query=query).ok()


def fresh(stage: Workbench, content: str = TEXT) -> tuple[Any, str]:
    """A new memory and its URL."""
    memory = write(stage, f"/{stage.name().replace(' ', '/')}.md", content, view="full")
    return memory, f"{shelf(stage)}/{memory['id']}"


def sha(content: str) -> str:
    return sha256(content.encode()).hexdigest()


def refused_path(stage: Workbench, message: str | None, *paths: str) -> None:
    for path in paths:
        stage.post(shelf(stage), {"path": path, "content": ""}).invalid(message)


def guarded(stage: Workbench, url: str, content: str, **precondition: Any) -> TargetResponse:
    """An update under a condition."""
    return stage.post(url, {"content": content, "precondition": precondition})


@check
def memory_ten_keys(stage: Workbench) -> None:
    memory, url = fresh(stage)
    require_equal("the keys of a memory", set(memory), KEYS)
    require_equal("the keys of a memory", set(stage.get(url).ok()), KEYS)
    require_equal("the memory", stage.get(url).ok(), memory)


@check
def memory_views(stage: Workbench) -> None:
    memory, url = fresh(stage)
    require_equal("content on retrieve", stage.get(url).ok()["content"], TEXT)
    require_equal("content in the basic view", stage.get(url, {"view": "basic"}).ok()["content"], None)
    require_equal("content on create", write(stage, "/views/a.md", TEXT)["content"], None)
    require_equal("content on create in the full view", memory["content"], TEXT)
    require_equal("content on update", stage.post(url, {"content": "x"}).ok()["content"], None)
    require_equal(
        "content on update, full", stage.post(url, {"content": "y"}, query={"view": "full"}).ok()["content"], "y"
    )


@check
def memory_view_unknown_400(stage: Workbench) -> None:
    stage.get(f"/v1/memory_stores/{stage.store}/memories", {"view": "wide"}).invalid(
        'Failed to parse request: view: "wide" is not a valid value; expected one of basic, full'
    )


@check
def memory_digest(stage: Workbench) -> None:
    memory, _ = fresh(stage)
    require_equal("content_sha256", memory["content_sha256"], sha(TEXT))


@check
def memory_size(stage: Workbench) -> None:
    memory, _ = fresh(stage)
    require_equal("content_size_bytes", memory["content_size_bytes"], len(TEXT.encode()))


@check
def memory_empty_content(stage: Workbench) -> None:
    memory, _ = fresh(stage, "")
    require_equal("content and size", (memory["content"], memory["content_size_bytes"]), ("", 0))


@check
def memory_content_null_400(stage: Workbench) -> None:
    stage.post(shelf(stage), {"path": "/null.md", "content": None}).invalid("content: value is required")


@check
def memory_content_too_large_400(stage: Workbench) -> None:
    for content in ("x" * 102_401, "é" * 51_201):
        answer = stage.post(shelf(stage), {"path": "/large.md", "content": content})
        answer.invalid("content must be at most 102400 bytes")


@check
def memory_content_largest(stage: Workbench) -> None:
    memory, _ = fresh(stage, "x" * 102_400)
    require_equal("content_size_bytes", memory["content_size_bytes"], 102_400)


@check
def memory_path_absolute_400(stage: Workbench) -> None:
    refused_path(stage, NO_PATH, "a.md", "./a.md")
    refused_path(stage, "path: minimum string length is 2", "")


@check
def memory_path_segments_400(stage: Workbench) -> None:
    refused_path(stage, None, "/a" * 21)
    require_equal("20 segments", write(stage, "/s" * 20)["path"], "/s" * 20)


@check
def memory_path_dots_400(stage: Workbench) -> None:
    refused_path(stage, "path must not contain . or .. segments", "/a/../b.md", "/./b.md", "/..")
    refused_path(stage, NO_PATH, "/a//b.md")


@check
def memory_path_slash_400(stage: Workbench) -> None:
    refused_path(stage, NO_PATH, "/a/")
    refused_path(stage, "path: minimum string length is 2", "/")


@check
def memory_path_bytes_400(stage: Workbench) -> None:
    refused_path(stage, "path: maximum string length is 1024", "/" + "p" * 1024, "/" + "é" * 512)
    require_equal("1,024 bytes", len(write(stage, "/" + "p" * 1023)["path"]), 1024)


@check
def memory_path_nfc_400(stage: Workbench) -> None:
    refused_path(stage, "path must be NFC-normalized", "/cafe\u0301.md")
    require_equal("a composed path", write(stage, "/caf\u00e9.md")["path"], "/caf\u00e9.md")


@check
def memory_path_control_400(stage: Workbench) -> None:
    message = "path must not contain control or format characters"
    refused_path(stage, message, "/a\u0007.md", "/a\u200b.md", "/a\u2028.md", "/a\n.md")


@check
def memory_path_case(stage: Workbench) -> None:
    require(write(stage, "/Case.md")["id"] != write(stage, "/case.md")["id"], "two paths have one memory")


@check
def memory_path_taken_409(stage: Workbench) -> None:
    memory, _ = fresh(stage)
    answer = stage.post(shelf(stage), {"path": memory["path"], "content": "x"})
    message = f"path `{memory['path']}` is already used by `{memory['id']}`; use update to modify it"
    error = answer.refused(409, "memory_path_conflict_error", message, retry="false")
    require_equal("conflicting_memory_id", error.get("conflicting_memory_id"), memory["id"])
    require_equal("conflicting_path", error.get("conflicting_path"), memory["path"])


@check
def memory_rename_taken_409(stage: Workbench) -> None:
    (one, _), (_, url) = fresh(stage), fresh(stage)
    answer = stage.post(url, {"path": one["path"]})
    message = f"path `{one['path']}` is already used by `{one['id']}`; delete it first to rename-and-replace"
    answer.refused(409, "memory_path_conflict_error", message, retry="false")


@check
def memory_path_prefix_409(stage: Workbench) -> None:
    write(stage, "/prefix/a")
    for path in ("/prefix/a/b", "/prefix"):
        answer = stage.post(shelf(stage), {"path": path, "content": ""})
        message = (
            f"path `{path}` conflicts with existing memory at `/prefix/a`: a memory and a path prefix of it "
            "cannot coexist. Delete or rename the other memory first."
        )
        answer.refused(409, "memory_path_conflict_error", message, retry="false")


@check
def memory_update_empty_400(stage: Workbench) -> None:
    _, url = fresh(stage)
    stage.post(url, {}).invalid("v1_update_memory_params: at least one of content or path must be provided")


@check
def memory_update_noop_200(stage: Workbench) -> None:
    memory, url = fresh(stage)
    require_equal("the memory", stage.post(url, {"content": TEXT}, query={"view": "full"}).ok(), memory)
    found = stage.listed(f"/v1/memory_stores/{memory['memory_store_id']}/memory_versions", {"memory_id": memory["id"]})
    require_equal("versions", len(found), 1)


@check
def memory_update_new_version(stage: Workbench) -> None:
    memory, url = fresh(stage)
    after = stage.post(url, {"content": "new"}).ok()
    require(after["memory_version_id"] != memory["memory_version_id"], "the version is the same")
    require(after["updated_at"] > memory["updated_at"], "updated_at does not move")
    require_equal("id, path and created_at", *([m[k] for k in ("id", "path", "created_at")] for m in (after, memory)))
    require_equal("content_sha256", after["content_sha256"], sha("new"))


@check
def memory_rename_keeps_id(stage: Workbench) -> None:
    memory, url = fresh(stage)
    after = stage.post(url, {"path": memory["path"] + "x"}, query={"view": "full"}).ok()
    require_equal("path", after["path"], memory["path"] + "x")
    require_equal("id and content", (after["id"], after["content"]), (memory["id"], TEXT))
    require_equal("the old path", write(stage, memory["path"])["path"], memory["path"])


@check
def memory_precondition_200(stage: Workbench) -> None:
    _, url = fresh(stage)
    after = guarded(stage, url, "new", type="content_sha256", content_sha256=sha(TEXT)).ok()
    require_equal("content_sha256", after["content_sha256"], sha("new"))


@check
def memory_precondition_409(stage: Workbench) -> None:
    memory, url = fresh(stage)
    answer = guarded(stage, url, "new", type="content_sha256", content_sha256=OTHER_SHA)
    message = "precondition content_sha256 failed: content has changed"
    answer.refused(409, "memory_precondition_failed_error", message, retry="false")
    require_equal("the memory", stage.get(url).ok(), memory)


@check
def memory_precondition_idempotent_200(stage: Workbench) -> None:
    memory, url = fresh(stage)
    after = guarded(stage, url, TEXT, type="content_sha256", content_sha256=OTHER_SHA).ok()
    require_equal("the version", after["memory_version_id"], memory["memory_version_id"])


@check
def memory_precondition_sha_missing_400(stage: Workbench) -> None:
    _, url = fresh(stage)
    message = "precondition.content_sha256: must be 64 characters (and 1 more validation errors)"
    guarded(stage, url, "new", type="content_sha256").invalid(message)


@check
def memory_precondition_sha_null_400(stage: Workbench) -> None:
    _, url = fresh(stage)
    answer = guarded(stage, url, "new", type="content_sha256", content_sha256=None)
    answer.invalid("precondition.content_sha256: Value is not nullable")


@check
def memory_precondition_type_400(stage: Workbench) -> None:
    _, url = fresh(stage)
    answer = guarded(stage, url, "new", content_sha256=OTHER_SHA)
    answer.invalid("Failed to parse request: precondition.type: Field required")


@check
def memory_delete(stage: Workbench) -> None:
    memory, url = fresh(stage)
    require_equal("the answer", stage.delete(url).ok(), {"id": memory["id"], "type": "memory_deleted"})
    stage.get(url).not_found()
    require(write(stage, memory["path"])["id"] != memory["id"], "the memory is back")


@check
def memory_delete_expected(stage: Workbench) -> None:
    _, url = fresh(stage)
    stage.delete(url, query={"expected_content_sha256": sha(TEXT)}).ok()


@check
def memory_delete_mismatch_409(stage: Workbench) -> None:
    memory, url = fresh(stage)
    answer = stage.delete(url, query={"expected_content_sha256": OTHER_SHA})
    answer.refused(409, "memory_precondition_failed_error", retry="false")
    require_equal("the memory", stage.get(url).ok(), memory)


@check
def memory_delete_malformed_400(stage: Workbench) -> None:
    _, url = fresh(stage)
    answer = stage.delete(url, query={"expected_content_sha256": "xyz"})
    answer.invalid("expected_content_sha256: must be 64 characters (and 1 more validation errors)")


@check
def memory_absent_404(stage: Workbench) -> None:
    url = f"/v1/memory_stores/{stage.store}/memories/mem_{ABSENT}"
    for answer in (stage.get(url), stage.post(url, {"content": "x"}), stage.delete(url)):
        answer.not_found(f"memory `mem_{ABSENT}` not found", retry=None)


@check
def memory_absent_store_404(stage: Workbench) -> None:
    store = f"memstore_{ABSENT}"
    answer = stage.post(f"/v1/memory_stores/{store}/memories", {"path": "/a.md", "content": ""})
    require(re.fullmatch(f"Memory store `{store}` not found.", answer.not_found()["message"]), "another text", answer)
