"""All fourteen memory operations in any order, against a model of plain dicts."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
)

from mockdreams import MockDreams
from tests.support.helpers import ABSENT

STORES = "/v1/memory_stores"
MOST_STORES = 3
MOST_MEMORIES = 3
ALWAYS_KEPT = 2
MOST_PAGES = 200
RETENTION = timedelta(days=30)

Json = dict[str, Any]


def segments(*names: str) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=3).map(lambda parts: "/" + "/".join(parts))


paths = st.sampled_from(["/a", "/b", "/c", "/a/a", "/a/b", "/b/a", "/a/a/a", "/a/a/b"])
contents = st.sampled_from(["", "x", "é"])
prefixes = st.sampled_from(["/", "/a/", "/b/", "/a/a/", "/a/b/"])
views = st.sampled_from([None, "basic", "full"])
limits = st.sampled_from([None, 1, 2, 100])
expectations = st.sampled_from([None, None, None, "", "x"])
maybe = st.none


def described(content: str) -> Json:
    encoded = content.encode()
    return {
        "content": content,
        "content_sha256": sha256(encoded).hexdigest(),
        "content_size_bytes": len(encoded),
    }


def coexist(path: str, other: str) -> bool:
    return not f"{path}/".startswith(f"{other}/") and not f"{other}/".startswith(f"{path}/")


def seen(record: Json, view: str) -> Json:
    return record if view == "full" else record | {"content": None}


def time(record: Json, key: str = "created_at") -> datetime:
    return datetime.fromisoformat(record[key])


class Memory(NamedTuple):
    """Where a memory is, or was."""

    store: str
    id: str


class Store:
    """What the model knows of one store: answers of the service, oldest first."""

    def __init__(self, body: Json) -> None:
        self.body = body
        self.memories: dict[str, Json] = {}
        self.versions: list[Json] = []

    @property
    def archived(self) -> bool:
        return self.body["archived_at"] is not None

    def conflicts(self, path: str, besides: str = "") -> set[str]:
        """The memories that leave no room for one at `path`."""
        return {id for id, memory in self.memories.items() if id != besides and not coexist(path, memory["path"])}

    def listed(self, prefix: str, depth: int | None) -> list[Json]:
        below = [memory for memory in reversed(self.memories.values()) if memory["path"].startswith(prefix)]
        if not depth:
            return below
        rest = {memory["id"]: memory["path"].removeprefix(prefix) for memory in below}
        directories = sorted({prefix + path.split("/")[0] + "/" for path in rest.values() if "/" in path})
        children = [memory for memory in below if "/" not in rest[memory["id"]]]
        return children + [{"type": "memory_prefix", "path": path} for path in directories]

    def forget(self, now: datetime) -> None:
        """Drop the versions that are past retention."""
        self.versions = [version for version in self.versions if self._kept(version, now)]

    def _kept(self, version: Json, now: datetime) -> bool:
        lineage = [other for other in self.versions if other["memory_id"] == version["memory_id"]]
        alive, recent = version["memory_id"] in self.memories, version in lineage[-ALWAYS_KEPT:]
        ages_from = time(lineage[-1]) if recent else time(version)
        return (alive and recent) or now - ages_from <= RETENTION


class Memories(RuleBasedStateMachine):
    """Every rule asks the service and the model, and compares the answers."""

    stores = Bundle("stores")
    spare_stores = Bundle("spare_stores")
    memories = Bundle("memories")

    def __init__(self) -> None:
        super().__init__()
        policy = {"memories_per_store": MOST_MEMORIES, "versions_always_kept": ALWAYS_KEPT}
        self.mock = self.world(clock="manual", policy=policy)
        self.model: dict[str, Store] = {}
        self.touched: str | None = None
        self.first, self.spare = self.add_store("Notes", None), self.add_store("Notes", None)

    def world(self, **options: Any) -> MockDreams:
        """The world that all this happens to."""
        return MockDreams(**options)

    def teardown(self) -> None:
        self.mock.close()

    def ask(self, method: str, path: str, body: Json | None = None, **query: Any) -> tuple[int, Json]:
        given = {key: value for key, value in query.items() if value is not None}
        response = self.mock.http.request(method, STORES + path, json=body, params=given)
        assert ("x-should-retry" in response.headers) == (response.status_code == 409)
        answer: Json = response.json()
        return response.status_code, answer

    def expect(self, status: int, answer: tuple[int, Json], type: str = "") -> Json:
        """Check status and error type; returns the answer's body."""
        type = type or {200: "", 400: "invalid_request_error", 404: "not_found_error"}[status]
        assert (answer[0], answer[1].get("error", {}).get("type", "")) == (status, type), answer
        return answer[1]

    def walk(self, path: str, limit: int | None = None, **query: Any) -> list[Json]:
        """A whole list, page by page; every page but the last is full."""
        items: list[Json] = []
        size = min(limit or 20, 20 if query.get("view") == "full" else 100)
        page = None
        for _ in range(MOST_PAGES):
            answer = self.expect(200, self.ask("GET", path, limit=limit, page=page, **query))
            items += answer["data"]
            page = answer.get("next_page")
            assert len(answer["data"]) == size if page else len(answer["data"]) <= size
            if page is None:
                return items
        raise AssertionError(f"{path} never ends")

    def touch(self, store: str) -> Store | None:
        """`reach`, to write: the invariant will look at what became of it."""
        self.touched = store
        return self.reach(store)

    def reach(self, store: str) -> Store | None:
        """The store in the model, its old versions forgotten."""
        known = self.model.get(store)
        if known is not None:
            known.forget(self.mock.clock.now())
        return known

    def wrote(self, store: Store, operation: str, memory: Json, version: Json) -> None:
        """Check a fresh version, and remember it."""
        alive = operation != "deleted"
        expected: Json = {
            "id": memory["memory_version_id"] if alive else version["id"],
            "type": "memory_version",
            "memory_id": memory["id"],
            "memory_store_id": memory["memory_store_id"],
            "operation": operation,
            "path": memory["path"],
            "created_at": memory["updated_at"] if alive else version["created_at"],
            "created_by": version["created_by"],
            "redacted_at": None,
            **{key: memory[key] if alive else None for key in described("")},
        }
        assert version == expected
        assert version["id"] not in [other["id"] for other in store.versions]
        assert not store.versions or time(version) > time(store.versions[-1])
        store.versions.append(version)

    def newest(self, store: str) -> Json:
        return self.walk(f"/{store}/memory_versions", view="full")[0]

    @invariant()
    def what_was_touched_is_as_expected(self) -> None:
        if self.touched is None:
            return
        store, url = self.reach(self.touched), f"/{self.touched}"
        self.touched = None
        if store is None:
            for path in ("", "/memories", "/memory_versions"):
                self.expect(404, self.ask("GET", url + path))
        else:
            assert self.expect(200, self.ask("GET", url)) == store.body
            assert self.walk(f"{url}/memories", view="full") == store.listed("/", 0)
            assert self.walk(f"{url}/memory_versions", view="full") == store.versions[::-1]

    @initialize(target=memories, start=st.lists(st.tuples(st.booleans(), paths, contents), min_size=1, max_size=5))
    def begin(self, start: list[tuple[bool, str, str]]) -> Any:
        """Something to work on: memories in a store that stays, and in one that may be archived and deleted."""
        stores = [self.first, self.spare]
        created = [self.add_memory(stores[spare], path, content, None) for spare, path, content in start]
        return multiple(*filter(None, created))

    @initialize(target=stores)
    def the_first_store(self) -> str:
        return self.first

    @initialize(targets=(stores, spare_stores))
    def the_spare_store(self) -> str:
        return self.spare

    @rule(targets=(stores, spare_stores), name=st.sampled_from(["Notes", "x" * 255]), description=maybe() | contents)
    def create_store(self, name: str, description: str | None) -> Any:
        return self.add_store(name, description) if len(self.model) < MOST_STORES else multiple()

    def add_store(self, name: str, description: str | None) -> str:
        body = {"name": name} if description is None else {"name": name, "description": description}
        answer = self.expect(200, self.ask("POST", "", body))
        expected: Json = {"type": "memory_store", "description": "", "metadata": {}, "archived_at": None, **body}
        at = {"id": answer["id"], "created_at": answer["created_at"], "updated_at": answer["created_at"]}
        assert answer == expected | at
        assert answer["id"] not in self.model
        self.model[answer["id"]] = Store(answer)
        return str(answer["id"])

    @rule(store=stores)
    def retrieve_store(self, store: str) -> None:
        known = self.model.get(store)
        answer = self.ask("GET", f"/{store}")
        assert self.expect(200 if known else 404, answer) == (known.body if known else answer[1])

    @rule(store=stores, name=maybe() | st.just("New"), metadata=st.dictionaries(paths, maybe() | contents, max_size=2))
    def update_store(self, store: str, name: str | None, metadata: Json) -> None:
        known = self.touch(store)
        answer = self.ask("POST", f"/{store}", {"metadata": metadata} | ({"name": name} if name else {}))
        if known is None or known.archived:
            self.expect(400 if known else 404, answer)
            return
        patched = {key: value for key, value in (known.body["metadata"] | metadata).items() if value is not None}
        expected = known.body | {"name": name or known.body["name"], "metadata": patched}
        body = self.expect(200, answer)
        if expected != known.body:
            assert time(body, "updated_at") > time(known.body, "updated_at")
            expected["updated_at"] = body["updated_at"]
        assert body == expected
        known.body = body

    @rule(limit=limits, include_archived=st.sampled_from([None, "true", "false"]))
    def list_stores(self, limit: int | None, include_archived: str | None) -> None:
        shown = [s.body for s in self.model.values() if include_archived == "true" or not s.archived]
        assert self.walk("", limit, include_archived=include_archived) == shown[::-1]

    @rule(store=spare_stores)
    def archive_store(self, store: str) -> None:
        known = self.touch(store)
        body = self.expect(200 if known else 404, self.ask("POST", f"/{store}/archive"))
        if known and not known.archived:
            assert time(body, "archived_at") > time(known.body, "updated_at")
            known.body |= {"archived_at": body["archived_at"], "updated_at": body["archived_at"]}
        assert known is None or body == known.body

    @rule(store=consumes(spare_stores))
    def delete_store(self, store: str) -> None:
        known = self.touch(store)
        body = self.expect(200 if known else 404, self.ask("DELETE", f"/{store}"))
        if known:
            assert body == {"id": store, "type": "memory_store_deleted"}
            del self.model[store]

    @rule(target=memories, store=stores, path=paths, content=contents, view=views)
    def create_memory(self, store: str, path: str, content: str, view: str | None) -> Any:
        return self.add_memory(store, path, content, view) or multiple()

    def add_memory(self, store: str, path: str, content: str, view: str | None) -> Memory | None:
        known = self.touch(store)
        answer = self.ask("POST", f"/{store}/memories", {"path": path, "content": content}, view=view)
        if known is None or known.archived:
            self.expect(400 if known else 404, answer)
        elif known.conflicts(path):
            error = self.expect(409, answer, "memory_path_conflict_error")["error"]
            assert error["conflicting_memory_id"] in known.conflicts(path)
            assert error["conflicting_path"] == known.memories[error["conflicting_memory_id"]]["path"]
        elif len(known.memories) == MOST_MEMORIES:
            self.expect(400, answer)
        else:
            memory = self.expect(200, answer) | {"content": content}
            assert answer[1] == seen(memory, view or "basic")
            fixed = {"type": "memory", "memory_store_id": store, "path": path, **described(content)}
            assert memory == memory | fixed | {"updated_at": memory["created_at"]}
            known.memories[memory["id"]] = memory
            self.wrote(known, "created", memory, self.newest(store))
            return Memory(store, memory["id"])
        return None

    @rule(memory=memories, view=views)
    def retrieve_memory(self, memory: Memory, view: str | None) -> None:
        store = self.model.get(memory.store)
        known = store.memories.get(memory.id) if store else None
        body = self.expect(200 if known else 404, self.ask("GET", f"/{memory.store}/memories/{memory.id}", view=view))
        assert known is None or body == seen(known, view or "full")

    @rule(memory=memories, path=maybe() | paths, content=maybe() | contents, expected=expectations, view=views)
    def update_memory(
        self, memory: Memory, path: str | None, content: str | None, expected: str | None, view: str | None
    ) -> None:
        store = self.touch(memory.store)
        body: Json = {"path": path, "content": content}
        if expected is not None:
            digest = described(expected)["content_sha256"]
            body |= {"precondition": {"type": "content_sha256", "content_sha256": digest}}
        answer = self.ask("POST", f"/{memory.store}/memories/{memory.id}", body, view=view)
        known = store.memories.get(memory.id) if store else None
        if store is None or known is None:
            self.expect(400 if store and store.archived else 404, answer)
            return
        if store.archived or (path is None and content is None):
            self.expect(400, answer)
            return
        wanted = known | ({"path": path} if path else {}) | (described(content) if content is not None else {})
        if wanted == known:
            assert self.expect(200, answer) == seen(known, view or "basic")
        elif expected not in (None, known["content"]):
            self.expect(409, answer, "memory_precondition_failed_error")
        elif store.conflicts(wanted["path"], besides=memory.id):
            error = self.expect(409, answer, "memory_path_conflict_error")["error"]
            assert error["conflicting_memory_id"] in store.conflicts(wanted["path"], besides=memory.id)
        else:
            after = self.expect(200, answer)
            assert time(after, "updated_at") > time(known, "updated_at")
            assert after["memory_version_id"] != known["memory_version_id"]
            wanted |= {key: after[key] for key in ("memory_version_id", "updated_at")}
            assert after == seen(wanted, view or "basic")
            store.memories[memory.id] = wanted
            self.wrote(store, "modified", wanted, self.newest(memory.store))

    @rule(store=stores, prefix=maybe() | prefixes, depth=st.sampled_from([None, 0, 1]), limit=limits, view=views)
    def list_memories(
        self, store: str, prefix: str | None, depth: int | None, limit: int | None, view: str | None
    ) -> None:
        known = self.model.get(store)
        if known is None:
            self.expect(404, self.ask("GET", f"/{store}/memories"))
            return
        items = self.walk(f"/{store}/memories", limit, path_prefix=prefix, depth=depth, view=view)
        expected = known.listed(prefix or "/", depth)
        assert items == [seen(item, view or "basic") if item["type"] == "memory" else item for item in expected]

    @rule(memory=memories, expected=expectations)
    def delete_memory(self, memory: Memory, expected: str | None) -> None:
        store = self.touch(memory.store)
        known = store.memories.get(memory.id) if store else None
        digest = None if expected is None else described(expected)["content_sha256"]
        answer = self.ask("DELETE", f"/{memory.store}/memories/{memory.id}", expected_content_sha256=digest)
        if store is None or known is None:
            self.expect(404, answer)
        elif expected not in (None, known["content"]):
            self.expect(409, answer, "memory_precondition_failed_error")
        else:
            assert self.expect(200, answer) == {"id": memory.id, "type": "memory_deleted"}
            del store.memories[memory.id]
            self.wrote(store, "deleted", known, self.newest(memory.store))

    @rule(
        memory=memories,
        mine=st.booleans(),
        operation=st.sampled_from([None, "created", "modified", "deleted"]),
        limit=limits,
        view=views,
    )
    def list_versions(
        self, memory: Memory, mine: bool, operation: str | None, limit: int | None, view: str | None
    ) -> None:
        store, url = self.reach(memory.store), f"/{memory.store}/memory_versions"
        if store is None:
            self.expect(404, self.ask("GET", url))
            return
        memory_id = memory.id if mine else None
        versions = self.walk(url, limit, memory_id=memory_id, operation=operation, view=view)
        assert versions == [
            seen(version, view or "basic")
            for version in reversed(store.versions)
            if memory_id in (None, version["memory_id"]) and operation in (None, version["operation"])
        ]

    def version(self, memory: Memory, age: int) -> Json:
        """A version of `memory` that is kept, counted from the newest; or one that never was."""
        store = self.reach(memory.store)
        kept = [version for version in store.versions if version["memory_id"] == memory.id] if store else []
        return kept[-1 - age % len(kept)] if kept else {"id": f"memver_{ABSENT}"}

    @rule(memory=memories, age=st.integers(0, 3), view=views)
    def retrieve_version(self, memory: Memory, age: int, view: str | None) -> None:
        known = self.version(memory, age)
        answer = self.ask("GET", f"/{memory.store}/memory_versions/{known['id']}", view=view)
        body = self.expect(200 if "type" in known else 404, answer)
        assert "type" not in known or body == seen(known, view or "full")

    @rule(memory=memories, age=st.integers(0, 3))
    def redact_version(self, memory: Memory, age: int) -> None:
        known, store = self.version(memory, age), self.touch(memory.store)
        answer = self.ask("POST", f"/{memory.store}/memory_versions/{known['id']}/redact")
        if store is None or "type" not in known:
            self.expect(404, answer)
        elif known["id"] == store.memories.get(memory.id, {}).get("memory_version_id"):
            self.expect(400, answer)
        elif known["redacted_at"] is not None:
            assert self.expect(200, answer) == known
        else:
            body = self.expect(200, answer)
            assert time(body, "redacted_at") > time(known)
            erased = dict.fromkeys(["path", *described("")])
            known |= erased | {"redacted_at": body["redacted_at"], "redacted_by": known["created_by"]}
            assert body == known

    @rule(days=st.sampled_from([1, 20, 31]))
    def advance(self, days: int) -> None:
        self.mock.clock.advance(days=days)
