"""Memory stores: their memories, the versions of these, and any two versions side by side."""

from collections.abc import Hashable
from typing import Any

from mockdreams.http.board.diffs import ShownLine, shown
from mockdreams.http.board.page_views import Asked, PageView, absent, state_of
from mockdreams.http.workspaces import Workspace
from mockdreams.world.core.tables import first_page
from mockdreams.world.memory.contents import StoreContents
from mockdreams.world.memory.versions import VersionFilter

STORES = 200
MEMORIES = 500
VERSIONS = 100


def show_stores(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The stores, the newest first, archived ones too."""
    stores = workspace.world.memory_stores
    newest, more = first_page(stores.table.iterate(hidden=True), STORES)
    return {"stores": [(store, stores.contents(store.id)) for store in newest], "more": more, "url": asked.server_url}


def show_store(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The memories of a store by path, and the newest versions of all."""
    stores = workspace.world.memory_stores
    store, contents = stores.retrieve(asked["store"]), stores.contents(asked["store"])
    start = asked.text("path")
    found = sorted((memory for memory in contents.memories if memory.path.startswith(start)), key=lambda m: m.path)
    versions, _ = contents.versions.page(VersionFilter(), limit=VERSIONS, after=None)
    return {
        "store": store,
        "start": start,
        "memories": found[:MEMORIES],
        "hidden": max(0, len(found) - MEMORIES),
        "count": len(contents.memories),
        "size": contents.size,
        "versions": versions,
    }


def show_memory(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """A memory, and its versions; of a deleted one only these."""
    stores = workspace.world.memory_stores
    store, contents = stores.retrieve(asked["store"]), stores.contents(asked["store"])
    versions, _ = contents.versions.page(VersionFilter(asked["memory"]), limit=VERSIONS, after=None)
    memory = contents.memories.get(asked["memory"])
    if memory is None and not versions:
        raise absent("memory", asked["memory"])
    return {"store": store, "memory": memory, "versions": versions}


def show_comparison(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """Any two versions of a store's memories."""
    stores = workspace.world.memory_stores
    store, contents = stores.retrieve(asked["store"]), stores.contents(asked["store"])
    old, new = (_version(contents, asked.text(name)) for name in ("old", "new"))
    return {"store": store, "old": old, "new": new, "compare": compare}


def compare(old: str, new: str) -> list[ShownLine]:
    """The lines that differ; asked for by the template, when nobody waits for the world."""
    from mockdreams.review.diff import diff

    return shown(diff(old, new))


def _version(contents: StoreContents, id: str) -> Any:
    if not id:
        raise absent("version", "chosen: choose two of them to compare")
    return contents.versions.retrieve(id)


def _revision(workspace: Workspace, asked: Asked) -> Hashable:
    stores = workspace.world.memory_stores
    if asked["store"] not in stores.table:
        return None
    return (state_of(workspace), stores.contents(asked["store"]).versions.table.revision)


VIEWS = (
    PageView("/stores", "stores", show_stores, parts=("list",), state=lambda workspace, _: state_of(workspace)),
    PageView("/stores/{store}", "store", show_store, parts=("memories",), state=_revision),
    PageView("/stores/{store}/compare", "comparison", show_comparison),
    PageView("/stores/{store}/memories/{memory}", "memory", show_memory, parts=("content",), state=_revision),
)
