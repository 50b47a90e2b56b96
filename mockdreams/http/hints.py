"""Hints: what the service would not say, for the developer of its caller. They go to the log, the journal and the
report of a failing test, never onto the wire; none of them can change an answer."""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from difflib import get_close_matches
from typing import Any, NamedTuple

from mockdreams.http.body_process import is_large
from mockdreams.http.path_shape import ID, LONGEST_PATH
from mockdreams.http.workspaces import Workspace, Workspaces
from mockdreams.wire.errors import shortened
from mockdreams.world.core.ids import is_valid_id
from mockdreams.world.world import World

FAULT_ANSWERED = "a fault answered"
FAULT_DROPPED = "a fault dropped the connection"
NOT_ENROLLED = "the organization is not enrolled: its policy says enrolled = false"
HUNG_UP = "the client hung up before its request was whole"
SIMILARITY = 0.75
"""How alike an unknown path and a known one must be, of 1, for a typing error."""
LONGEST_ID = 200


class ResourceKind(NamedTuple):
    """What an id can be of."""

    prefix: str
    whose: str


_KINDS = (
    ResourceKind("drm", "a dream's"),
    ResourceKind("memstore", "a memory store's"),
    ResourceKind("mem", "a memory's"),
    ResourceKind("memver", "a memory version's"),
    ResourceKind("sesn", "a session's"),
    ResourceKind("sthr", "a thread's"),
    ResourceKind("sevt", "an event's"),
    ResourceKind("sesrsc", "a session resource's"),
    ResourceKind("agent", "an agent's"),
    ResourceKind("env", "an environment's"),
    ResourceKind("skill", "a skill's"),
    ResourceKind("skver", "a skill version's"),
    ResourceKind("vlt", "a vault's"),
    ResourceKind("vcrd", "a vault credential's"),
    ResourceKind("file", "a file's"),
    ResourceKind("depl", "a deployment's"),
    ResourceKind("drun", "a deployment run's"),
)
_BY_PREFIX = {kind.prefix: kind for kind in _KINDS}
_WANTED = {
    "dream_id": "drm",
    "store_id": "memstore",
    "memory_store_id": "memstore",
    "memory_id": "mem",
    "version_id": "memver",
    "session_id": "sesn",
    "session_ids": "sesn",
    "thread_id": "sthr",
    "session_thread_id": "sthr",
    "resource_id": "sesrsc",
    "agent_id": "agent",
    "agent": "agent",
    "environment_id": "env",
    "vault_id": "vlt",
    "vault_ids": "vlt",
    "credential_id": "vcrd",
    "file_id": "file",
    "deployment_id": "depl",
    "work_id": "sesn",
    "deployment_run_id": "drun",
}
"""The kind of id that each name in a path or a body wants."""
_FREE = ("metadata", "content", "input")
"""What people put into these is theirs."""


def missing_beta(betas: Iterable[str]) -> str:
    return f"the request lacks the header anthropic-beta: {' or '.join(sorted(betas))}"


def wrong_method(allow: str) -> str:
    return f"this path answers {allow}"


def unknown_path(path: str, known: Iterable[str]) -> str:
    """That nothing is served there, and at which of the `known` paths something like it is."""
    told = f"nothing is served at {shortened(path, LONGEST_PATH)}"
    if len(path) > LONGEST_PATH:
        return told
    shapes = {re.sub(r"{\w+}", "{}", each): each for each in known}
    close = get_close_matches(ID.sub("{}", path), shapes, 1, SIMILARITY)
    return f"{told}; the nearest path is {shapes[close[0]]}" if close else told


def about_ids(named: Iterable[tuple[str, str]], body: bytes, place: Workspace, places: Workspaces) -> str | None:
    """What may be wrong with the ids in the path (`named`) and the body of a request that was refused."""
    with suppress(ValueError, RecursionError):
        for name, id in [*named, *_ids(None if is_large(body) else json.loads(body or b"null"))]:
            wanted = _BY_PREFIX.get(_WANTED.get(name, ""))
            if wanted is None or not id.isascii() or not id.isprintable() or len(id) > LONGEST_ID:
                continue
            if not id.startswith(f"{wanted.prefix}_"):
                return _wrong_kind(id, wanted)
            if is_valid_id(id, wanted.prefix) and _is_elsewhere(id, wanted, place, places):
                return f"{id} exists in the world of another API key: each key has a world of its own"
    return None


def _ids(body: Any) -> Iterator[tuple[str, str]]:
    """Every name and id in a body that want to agree."""
    if isinstance(body, list):
        for each in body:
            yield from _ids(each)
    elif isinstance(body, dict):
        for name, value in body.items():
            if name not in _WANTED:
                yield from _ids(value if name not in _FREE else None)
                continue
            for id in value if isinstance(value, list) else [value]:
                id = id.get("id") if isinstance(id, dict) else id
                if isinstance(id, str):
                    yield name, id


def _wrong_kind(id: str, wanted: ResourceKind) -> str:
    given = _BY_PREFIX.get(id.partition("_")[0])
    what = f"{id} is {given.whose} id" if given else f"{id!r} is no id"
    return f"{what}, and {wanted.whose} is wanted here ({wanted.prefix}_…)"


def _is_elsewhere(id: str, kind: ResourceKind, place: Workspace, places: Workspaces) -> bool:
    if _holds(place.world, id, kind):
        return False
    return any(_holds(other.world, id, kind) for other in places)


_PARTS = {
    "drm": "dreams",
    "memstore": "memory_stores",
    "sesn": "session_store",
    "agent": "agents",
    "env": "environments",
    "vlt": "vaults",
    "file": "files",
    "depl": "deployments",
    "drun": "deployment_runs",
}
"""The parts of a world that have a table of what has ids of a prefix."""


def _holds(world: World, id: str, kind: ResourceKind) -> bool:
    part = _PARTS.get(kind.prefix)
    return part is not None and world.has(part) and id in getattr(world, part).table


def about_window(begins: datetime, now: datetime) -> str | None:
    """That a list was asked for what was made after the world's own now, as code that reads the wall clock does."""
    if begins <= now:
        return None
    return (
        f"the filter begins at {begins.isoformat()}, after the world's now, {now.isoformat()}: "
        'begin the world with now="wall", or move its clock'
    )
