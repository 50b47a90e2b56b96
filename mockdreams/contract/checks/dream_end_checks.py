"""Dreams: canceling, archiving, listing."""

from datetime import datetime

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import canceled, canceled_dreams, completed, failed
from mockdreams.contract.checking.workbench import Workbench
from mockdreams.contract.client.answers import require, require_equal

FUTURE = "2999-01-01T00:00:00Z"


def ids(stage: Workbench) -> list[str]:
    """The dreams that were canceled at once, oldest first; the last is archived."""
    return [spare.created.ok()["id"] for spare in canceled_dreams(stage)]


def ours(stage: Workbench, **query: object) -> list[str]:
    """Those of them that a list shows, in its order."""
    mine = set(ids(stage))
    return [dream["id"] for dream in stage.listed("/v1/dreams", query) if dream["id"] in mine]


@check
def dream_cancel_pending(stage: Workbench) -> None:
    for spare in canceled_dreams(stage):
        dream = spare.canceled.ok()
        require_equal("status", dream["status"], "canceled")
        require(dream["ended_at"] is not None, "a canceled dream has no end", spare.canceled)
        require_equal(
            "outputs, session and error", [dream[k] for k in ("outputs", "session_id", "error")], [[], None, None]
        )


@check
def dream_cancel_live(stage: Workbench) -> None:
    seen = canceled(stage).seen
    after = next(index for index, dream in enumerate(seen) if dream["status"] == "canceled")
    require_equal("the status before", seen[after - 1]["status"], "running")
    require(seen[after]["ended_at"] is not None, "a canceled dream has no end")


@check
def dream_cancel_again_200(stage: Workbench) -> None:
    for id, spare in zip(ids(stage)[:2], canceled_dreams(stage), strict=False):
        require_equal("the dream", stage.post(f"/v1/dreams/{id}/cancel").ok(), spare.canceled.ok())


@check
def dream_cancel_completed_400(stage: Workbench) -> None:
    for life in (completed(stage), failed(stage)):
        stage.post(f"/v1/dreams/{life.id}/cancel").invalid()
        require_equal("the status after", stage.get(f"/v1/dreams/{life.id}").ok()["status"], life.end["status"])


@check
def dream_archive_live_400(stage: Workbench) -> None:
    dream = stage.new_dream()
    pending = stage.post(f"/v1/dreams/{dream['id']}/archive")
    stage.cancel(dream["id"])
    pending.invalid()
    with stage.running() as dream:
        stage.post(f"/v1/dreams/{dream['id']}/archive").invalid()


@check
def dream_archive_again_200(stage: Workbench) -> None:
    path = f"/v1/dreams/{ids(stage)[2]}"
    before = stage.get(path).ok()
    require(before["archived_at"] is not None, "the dream is not archived")
    require_equal("the dream", stage.post(f"{path}/archive").ok(), before)


@check
def dream_archive_keeps_status(stage: Workbench) -> None:
    before, after = canceled_dreams(stage)[2].canceled.ok(), stage.get(f"/v1/dreams/{ids(stage)[2]}").ok()
    require(after["archived_at"] is not None, "the dream is not archived")
    require_equal("the rest of the dream", {**after, "archived_at": None}, before)


@check
def dream_archive_output_untouched(stage: Workbench) -> None:
    dream = stage.new_dream()
    stage.cancel(dream["id"])
    life = completed(stage)
    stage.post(f"/v1/dreams/{life.id}/archive").ok()
    require_equal("archived_at of the output", stage.get(f"/v1/memory_stores/{life.output}").ok()["archived_at"], None)


@check
def dream_list_newest_first(stage: Workbench) -> None:
    require_equal("the dreams", ours(stage, include_archived=True), ids(stage)[::-1])


@check
def dream_list_archived(stage: Workbench) -> None:
    require_equal("the dreams", ours(stage), ids(stage)[1::-1])


@check
def dream_list_statuses(stage: Workbench) -> None:
    query = {"include_archived": True}
    require_equal("canceled", ours(stage, **query, **{"statuses[]": ["canceled", "failed"]}), ids(stage)[::-1])
    require_equal("completed", ours(stage, **query, **{"statuses[]": ["completed", "running"]}), [])


@check
def dream_list_statuses_bare(stage: Workbench) -> None:
    require_equal("canceled", ours(stage, statuses=["canceled", "failed"]), ids(stage)[1::-1])
    require_equal("completed", ours(stage, statuses=["completed", "running"]), [])


@check
def dream_list_status_unknown_400(stage: Workbench) -> None:
    stage.get("/v1/dreams", {"statuses[]": ["failed", "done"]}).invalid(
        'Failed to parse request: statuses[1]: "done" is not a valid value; '
        "expected one of canceled, completed, failed, pending, running"
    )


@check
def dream_list_created_at(stage: Workbench) -> None:
    first, middle, last = (spare.created.ok()["created_at"] for spare in canceled_dreams(stage))
    query = {"include_archived": True}
    require_equal("gt", ours(stage, **query, **{"created_at[gt]": first}), ids(stage)[:0:-1])
    require_equal("lt", ours(stage, **query, **{"created_at[lt]": last}), ids(stage)[1::-1])
    require_equal("both", ours(stage, **query, **{"created_at[gt]": first, "created_at[lt]": last}), [ids(stage)[1]])
    require(datetime.fromisoformat(first) < datetime.fromisoformat(middle), "two dreams were created at once")


@check
def dream_list_pages(stage: Workbench) -> None:
    whole = [dream["id"] for dream in stage.listed("/v1/dreams", {"include_archived": True})]
    paged = [dream["id"] for dream in stage.listed("/v1/dreams", {"include_archived": True}, limit=1)]
    require_equal("pages of one", paged, whole)


@check
def dream_list_limit(stage: Workbench) -> None:
    for limit in (0, -1, 101):
        stage.get("/v1/dreams", {"limit": limit}).invalid()
    for good in (1, 100):
        require(len(stage.get("/v1/dreams", {"limit": good}).ok()["data"]) <= good, "the page is too long")
    require(len(stage.get("/v1/dreams").ok()["data"]) <= 20, "the page is longer than 20")


@check
def dream_list_last_page_null(stage: Workbench) -> None:
    require_equal("the list", stage.get("/v1/dreams", {"created_at[gt]": FUTURE}).ok(), {"data": [], "next_page": None})


@check
def dream_list_cursor(stage: Workbench) -> None:
    canceled_dreams(stage)
    page = stage.get("/v1/dreams", {"limit": 1, "include_archived": True}).ok()
    require(str(page["next_page"]).startswith("page_"), f"the cursor is {page['next_page']!r}")
    stage.get("/v1/memory_stores", {"page": page["next_page"]}).invalid()
