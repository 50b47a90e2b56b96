"""/v1/memory_stores and what is in them."""

from collections.abc import Sequence
from typing import get_args

from mockdreams.http.auth import MEMORY, MEMORY_OF_WORK
from mockdreams.http.cursors import is_item, is_place
from mockdreams.http.pagination import body, cursor, render_page
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.wire.errors import invalid
from mockdreams.wire.memory import (
    CreateMemory,
    CreateMemoryStore,
    Memory,
    MemoryPrefix,
    Operation,
    UpdateMemory,
    UpdateMemoryStore,
)
from mockdreams.wire.pages import page
from mockdreams.world.memory.versions import VersionFilter

STORES = "memory_stores"
FULL_VIEW_LIMIT = 20


def create_store(call: Request) -> bytes:
    return call.world.memory_stores.create(call.parse_body(CreateMemoryStore)).body


def list_stores(call: Request) -> bytes:
    query, stores = call.query, call.world.memory_stores
    records, more = stores.page(
        limit=query.limit(),
        after=query.place(STORES),
        include_archived=query.flag("include_archived"),
        window=query.window("gte", "lte"),
    )
    return render_page(STORES, stores.table, records, more, body)


def retrieve_store(call: Request, store_id: str) -> bytes:
    return call.world.memory_stores.retrieve(store_id).body


def update_store(call: Request, store_id: str) -> bytes:
    return call.world.memory_stores.update(store_id, call.parse_body(UpdateMemoryStore)).body


def archive_store(call: Request, store_id: str) -> bytes:
    return call.world.memory_stores.archive(store_id).body


def delete_store(call: Request, store_id: str) -> bytes:
    return call.world.memory_stores.delete(store_id).body


def create_memory(call: Request, store_id: str) -> bytes:
    view, params = call.query.view("basic"), call.parse_body(CreateMemory)
    return call.world.memory_stores.writable_contents(store_id).create(params, call.actor).seen(view)


def list_memories(call: Request, store_id: str) -> bytes:
    query, contents = call.query, call.world.memory_stores.contents(store_id)
    view = query.view("basic")
    limit = query.limit() if view == "basic" else min(query.limit(), FULL_VIEW_LIMIT)
    prefix, depth = query.text("path_prefix"), query.integer("depth") or 0
    prefix = "/" if prefix is None else prefix
    if depth not in (0, 1):
        raise invalid("depth must be 0 or 1 when provided", rule="memory-list-depth-2-400")
    if not (prefix.startswith("/") and prefix.endswith("/")):
        raise invalid("path_prefix must be segment-aligned and end with /", rule="memory-list-prefix-slash-400")
    listing = f"{store_id}/memories/{depth}{prefix}"
    position = query.position(listing, is_item if depth else is_place)
    items: Sequence[Memory | MemoryPrefix]
    if depth:
        items, more = contents.list_directory(prefix=prefix, limit=limit, after=position)
    else:
        items, more = contents.page(prefix=prefix, limit=limit, after=position)
    rendered = [item.seen(view) if isinstance(item, Memory) else item.body for item in items]
    following = cursor(
        listing,
        more,
        lambda: contents.memories.position(items[-1].id) if isinstance(items[-1], Memory) else items[-1].path,
    )
    return page(rendered, following, prefixes=[])


def retrieve_memory(call: Request, store_id: str, memory_id: str) -> bytes:
    view = call.query.view("full")
    return call.world.memory_stores.contents(store_id).retrieve(memory_id).seen(view)


def update_memory(call: Request, store_id: str, memory_id: str) -> bytes:
    view, params = call.query.view("basic"), call.parse_body(UpdateMemory)
    contents = call.world.memory_stores.writable_contents(store_id)
    return contents.update(memory_id, params, call.actor).seen(view)


def delete_memory(call: Request, store_id: str, memory_id: str) -> bytes:
    expected = call.query.text("expected_content_sha256")
    return call.world.memory_stores.contents(store_id).delete(memory_id, call.actor, expected).body


def list_versions(call: Request, store_id: str) -> bytes:
    query, versions = call.query, call.world.memory_stores.contents(store_id).versions
    view, listing = query.view("basic"), f"{store_id}/versions"
    operation = query.choice("operation", *get_args(Operation))
    shown = VersionFilter(
        memory_id=query.text("memory_id"),
        operation=operation,  # type: ignore[arg-type]
        session_id=query.text("session_id"),
        api_key_id=query.text("api_key_id"),
        service_account_id=query.text("service_account_id"),
        window=query.window("gte", "lte"),
    )
    limit = query.limit() if view == "basic" else min(query.limit(), FULL_VIEW_LIMIT)
    records, more = versions.page(shown, limit=limit, after=query.place(listing))
    return render_page(listing, versions.table, records, more, lambda version: version.seen(view))


def retrieve_version(call: Request, store_id: str, version_id: str) -> bytes:
    view = call.query.view("full")
    return call.world.memory_stores.contents(store_id).versions.retrieve(version_id).seen(view)


def redact_version(call: Request, store_id: str, version_id: str) -> bytes:
    return call.world.memory_stores.contents(store_id).versions.redact(version_id, call.world.actor).body


_STORE = "/v1/memory_stores/{store_id}"
_MEMORY = _STORE + "/memories/{memory_id}"
_VERSION = _STORE + "/memory_versions/{version_id}"

ROUTES = (
    Route("POST", "/v1/memory_stores", create_store, MEMORY),
    Route("GET", "/v1/memory_stores", list_stores, MEMORY),
    Route("GET", _STORE, retrieve_store, MEMORY_OF_WORK),
    Route("POST", _STORE, update_store, MEMORY),
    Route("DELETE", _STORE, delete_store, MEMORY),
    Route("POST", _STORE + "/archive", archive_store, MEMORY),
    Route("POST", _STORE + "/memories", create_memory, MEMORY_OF_WORK),
    Route("GET", _STORE + "/memories", list_memories, MEMORY_OF_WORK),
    Route("GET", _MEMORY, retrieve_memory, MEMORY_OF_WORK),
    Route("POST", _MEMORY, update_memory, MEMORY_OF_WORK),
    Route("DELETE", _MEMORY, delete_memory, MEMORY_OF_WORK),
    Route("GET", _STORE + "/memory_versions", list_versions, MEMORY, changes=True),
    Route("GET", _VERSION, retrieve_version, MEMORY, changes=True),
    Route("POST", _VERSION + "/redact", redact_version, MEMORY),
)
