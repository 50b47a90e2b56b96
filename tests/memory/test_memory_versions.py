"""Memory versions: what each change leaves behind, reading it, redacting it, and how long it is kept."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.resources.beta.memory_stores import Memories, MemoryVersions
from anthropic.types.beta.memory_stores import BetaManagedAgentsMemory, BetaManagedAgentsMemoryVersion

from mockdreams.world.core.policy import Policy
from tests.support.helpers import ABSENT, Scene, refused

KEYS = {
    "id",
    "type",
    "memory_id",
    "memory_store_id",
    "operation",
    "path",
    "content",
    "content_sha256",
    "content_size_bytes",
    "created_at",
    "created_by",
    "redacted_at",
}
OPERATIONS = "; expected one of created, deleted, modified"
GONE = ("path", "content", "content_sha256", "content_size_bytes")


class Shelf:
    """One store, its memories and their versions."""

    def __init__(self, scene: Scene, store: str | None = None) -> None:
        self.scene = scene
        self.store = store or scene.store()
        self.url = f"/v1/memory_stores/{self.store}/memory_versions"

    @property
    def memories(self) -> Memories:
        return self.scene.beta.memory_stores.memories

    @property
    def versions(self) -> MemoryVersions:
        return self.scene.beta.memory_stores.memory_versions

    def create(self, path: str = "/a", content: str = "One.") -> BetaManagedAgentsMemory:
        return self.memories.create(self.store, path=path, content=content)

    def update(self, memory: BetaManagedAgentsMemory, **fields: Any) -> BetaManagedAgentsMemory:
        return self.memories.update(memory.id, memory_store_id=self.store, **fields)

    def delete(self, memory: BetaManagedAgentsMemory) -> None:
        self.memories.delete(memory.id, memory_store_id=self.store)

    def read(self, version_id: str) -> BetaManagedAgentsMemoryVersion:
        return self.versions.retrieve(version_id, memory_store_id=self.store)

    def redact(self, version_id: str) -> BetaManagedAgentsMemoryVersion:
        return self.versions.redact(version_id, memory_store_id=self.store)

    def ask_to_redact(self, version_id: str) -> httpx2.Response:
        return self.scene.http.post(f"{self.url}/{version_id}/redact")

    def listed(self, **query: Any) -> list[BetaManagedAgentsMemoryVersion]:
        """A whole list, page by page."""
        return list(self.versions.list(self.store, **query))

    def history(self, **query: Any) -> list[str | None]:
        """The contents of all versions, newest first."""
        return [version.content for version in self.listed(view="full", **query)]


@pytest.fixture
def shelf(scene: Scene) -> Shelf:
    return Shelf(scene)


def test_a_version_that_is_not_redacted_has_twelve_keys(shelf: Shelf) -> None:
    memory = shelf.create("/a", "Grüße")
    version = shelf.scene.http.get(f"{shelf.url}/{memory.memory_version_id}").json()
    assert set(version) == KEYS
    assert version.pop("created_by")["api_key_id"].startswith("apikey_01")
    assert version == {
        "id": memory.memory_version_id,
        "type": "memory_version",
        "memory_id": memory.id,
        "memory_store_id": shelf.store,
        "operation": "created",
        "path": "/a",
        "content": "Grüße",
        "content_sha256": sha256("Grüße".encode()).hexdigest(),
        "content_size_bytes": 7,
        "created_at": memory.to_dict(mode="json")["created_at"],
        "redacted_at": None,
    }


def test_every_change_writes_one_version(shelf: Shelf) -> None:
    memories = [shelf.create("/a", "One.")]
    for fields in ({"content": "Two."}, {"path": "/b"}, {"path": "/c", "content": ""}):
        memories.append(shelf.update(memories[-1], **fields))
    shelf.delete(memories[-1])
    deleted, *others = shelf.listed(view="full")
    assert [(v.operation, v.path, v.content) for v in others] == [
        ("modified", "/c", ""),
        ("modified", "/b", "Two."),
        ("modified", "/a", "Two."),
        ("created", "/a", "One."),
    ]
    for version, memory in zip(others, memories[::-1], strict=True):
        assert version.id == memory.memory_version_id
        assert version.created_at == memory.updated_at
        assert (version.content_sha256, version.content_size_bytes) == (
            memory.content_sha256,
            memory.content_size_bytes,
        )
    assert (deleted.operation, deleted.path) == ("deleted", "/c")
    assert (deleted.content, deleted.content_sha256, deleted.content_size_bytes) == (None, None, None)
    assert {version.memory_id for version in shelf.listed()} == {memories[0].id}
    assert shelf.listed(view="full") == [shelf.read(version.id) for version in shelf.listed()]


def test_what_changes_nothing_writes_no_version(shelf: Shelf) -> None:
    memory = shelf.create()
    shelf.update(memory, content="One.", path="/a")
    shelf.memories.retrieve(memory.id, memory_store_id=shelf.store)
    with pytest.raises(anthropic.ConflictError):
        shelf.create()
    with pytest.raises(anthropic.BadRequestError):
        shelf.update(memory, path="nowhere")
    with pytest.raises(anthropic.ConflictError):
        shelf.memories.delete(memory.id, memory_store_id=shelf.store, expected_content_sha256="0" * 64)
    assert [version.id for version in shelf.listed()] == [memory.memory_version_id]


def test_versions_never_change(shelf: Shelf) -> None:
    memory = shelf.create()
    first = shelf.read(memory.memory_version_id)
    for content in ("Two.", "Three."):
        memory = shelf.update(memory, content=content, path=f"/{content}")
    shelf.delete(memory)
    shelf.scene.beta.memory_stores.update(shelf.store, name="New")
    shelf.scene.beta.memory_stores.archive(shelf.store)
    assert shelf.read(first.id) == first


def test_a_rollback_is_a_new_version(shelf: Shelf) -> None:
    memory = shelf.create()
    shelf.update(memory, content="Two.")
    old = shelf.read(memory.memory_version_id)
    restored = shelf.update(memory, content=old.content)
    assert restored.content_sha256 == old.content_sha256
    assert restored.memory_version_id != old.id
    assert shelf.history() == ["One.", "Two.", "One."]


def test_versions_outlive_their_memory(shelf: Shelf) -> None:
    memory = shelf.create()
    shelf.delete(memory)
    assert [v.operation for v in shelf.listed(memory_id=memory.id)] == ["deleted", "created"]
    again = shelf.create()
    assert again.id != memory.id
    assert [v.memory_id for v in shelf.listed()] == [again.id, memory.id, memory.id]


def test_a_dream_signs_what_it_writes_with_its_session(scene: Scene) -> None:
    store = scene.store({"/a.md": "- Tabs, not spaces.\n- Tabs, not spaces.\n"})
    dream = scene.finished(store_id=store)
    assert dream.session_id is not None
    output = Shelf(scene, dream.outputs[0].memory_store_id)
    by_session = output.listed(session_id=dream.session_id)
    assert by_session == output.listed()
    for version in by_session:
        assert version.created_by is not None
        assert version.created_by.to_dict() == {"type": "session_actor", "session_id": dream.session_id}
    mine = Shelf(scene, store).listed()[0].created_by
    assert mine is not None
    assert mine.type == "api_actor"
    assert output.listed(api_key_id=mine.api_key_id) == []
    assert Shelf(scene, store).listed(session_id=dream.session_id) == []
    output.create("/mine.md")
    assert [version.path for version in output.listed(api_key_id=mine.api_key_id)] == ["/mine.md"]
    assert output.listed(session_id=dream.session_id) == by_session


@pytest.fixture
def busy(shelf: Shelf) -> Shelf:
    """Eight versions of three memories, a second apart."""
    wait = shelf.scene.mock.clock.advance
    first = shelf.create("/1", "a")
    wait(seconds=1)
    second = shelf.create("/2", "b")
    wait(seconds=1)
    shelf.update(first, content="c")
    wait(seconds=1)
    third = shelf.create("/3", "d")
    wait(seconds=1)
    shelf.update(second, content="e")
    wait(seconds=1)
    shelf.delete(first)
    wait(seconds=1)
    shelf.update(third, path="/4")
    wait(seconds=1)
    shelf.delete(third)
    return shelf


@pytest.mark.parametrize("limit", [1, 2, 3, 8, 100])
def test_pages_add_up_newest_first(busy: Shelf, limit: int) -> None:
    page = busy.versions.list(busy.store, limit=limit)
    sizes, seen = [len(page.data)], list(page.data)
    while page.has_next_page():
        page = page.get_next_page()
        sizes.append(len(page.data))
        seen += page.data
    assert len(seen) == 8
    assert all(0 < size <= limit for size in sizes)
    times = [version.created_at for version in seen]
    assert times == sorted(times, reverse=True)
    assert len(set(times)) == 8


@pytest.mark.long
def test_filters_narrow_the_list(busy: Shelf) -> None:
    whole = busy.listed()
    someone = whole[0].created_by
    assert someone is not None
    assert someone.type == "api_actor"
    for memory_id in {version.memory_id for version in whole}:
        mine = [version for version in whole if version.memory_id == memory_id]
        assert busy.listed(memory_id=memory_id, limit=1) == mine
        deleted = [version for version in mine if version.operation == "deleted"]
        assert busy.listed(memory_id=memory_id, operation="deleted") == deleted
    for operation, count in (("created", 3), ("modified", 3), ("deleted", 2)):
        listed = busy.listed(operation=operation, limit=2)
        assert len(listed) == count
        assert listed == [version for version in whole if version.operation == operation]
    assert busy.listed(api_key_id=someone.api_key_id) == whole


@pytest.mark.parametrize(
    "query",
    [
        {"memory_id": f"mem_{ABSENT}"},
        {"memory_id": f"sesn_{ABSENT}"},
        {"session_id": f"sesn_{ABSENT}"},
        {"api_key_id": f"apikey_{ABSENT}"},
        {"service_account_id": f"svac_{ABSENT}"},
        {"api_key_id": ""},
        {"memory_id": "x" * 5000},
    ],
)
def test_a_filter_that_nothing_fits_gives_an_empty_list(busy: Shelf, query: dict[str, str]) -> None:
    assert busy.scene.http.get(busy.url, params=query).json() == {"data": []}


def test_times_bound_inclusively(busy: Shelf) -> None:
    whole = busy.listed()
    at = [version.created_at for version in whole]
    assert busy.listed(created_at_gte=at[2], limit=2) == whole[:3]
    assert busy.listed(created_at_lte=at[2], limit=2) == whole[2:]
    assert busy.listed(created_at_gte=at[5], created_at_lte=at[3]) == whole[3:6]
    assert busy.listed(created_at_gte=at[4], created_at_lte=at[4]) == [whole[4]]
    assert busy.listed(created_at_gte=at[0] + timedelta(microseconds=1)) == []
    mine = [version for version in whole[:5] if version.memory_id == whole[0].memory_id]
    assert busy.listed(created_at_gte=at[4], memory_id=whole[0].memory_id) == mine


@pytest.mark.parametrize("operation", ["", "Created", "redacted", "created,deleted", "x" * 5000])
def test_unknown_operations_are_refused(shelf: Shelf, operation: str) -> None:
    response = shelf.scene.http.get(shelf.url, params={"operation": operation})
    shown = operation if len(operation) <= 80 else operation[:80] + "…"
    message = refused(response, 400, "invalid_request_error")
    assert message == f'Failed to parse request: operation: "{shown}" is not a valid value{OPERATIONS}'


@pytest.mark.parametrize("view", ["", "FULL", "all"])
def test_unknown_views_are_refused(shelf: Shelf, view: str) -> None:
    for url in (shelf.url, f"{shelf.url}/{shelf.create(f'/{view}x').memory_version_id}"):
        response = shelf.scene.http.get(url, params={"view": view})
        message = refused(response, 400, "invalid_request_error")
        assert message == f'Failed to parse request: view: "{view}" is not a valid value; expected one of basic, full'
        shelf = Shelf(shelf.scene)


def test_views(shelf: Shelf) -> None:
    version = shelf.create().memory_version_id
    full, basic = shelf.read(version), shelf.versions.retrieve(version, memory_store_id=shelf.store, view="basic")
    assert full.content == "One."
    assert basic.content is None
    assert basic.content_sha256 == full.content_sha256
    assert basic.to_dict(mode="json") | {"content": "One."} == full.to_dict(mode="json")
    assert shelf.versions.list(shelf.store).data == [basic]
    assert shelf.versions.list(shelf.store, view="basic").data == [basic]
    assert shelf.versions.list(shelf.store, view="full").data == [full]


@pytest.mark.parametrize(
    ("query", "size"),
    [({}, 20), ({"limit": 100}, 25), ({"view": "full"}, 20), ({"view": "full", "limit": 100}, 20), ({"limit": 7}, 7)],
)
def test_page_sizes(shelf: Shelf, query: dict[str, Any], size: int) -> None:
    for number in range(25):
        shelf.create(f"/{number}")
    page = shelf.versions.list(shelf.store, **query)
    assert len(page.data) == size
    assert page.has_next_page() == (size < 25)
    assert len(shelf.listed(**query)) == 25


def test_the_last_page_has_no_next_page(busy: Shelf) -> None:
    assert set(busy.scene.http.get(busy.url).json()) == {"data"}
    assert set(busy.scene.http.get(busy.url, params={"limit": 7}).json()) == {"data", "next_page"}


@pytest.mark.parametrize("action", ["", "/redact"])
@pytest.mark.parametrize("id", [f"memver_{ABSENT}", f"mem_{ABSENT}", "memver_x", "x" * 5000, "a b", "ü", "null"])
def test_an_unknown_version_is_not_found(shelf: Shelf, action: str, id: str) -> None:
    shelf.create()
    response = shelf.scene.http.request("POST" if action else "GET", f"{shelf.url}/{id}{action}")
    assert refused(response, 404, "not_found_error") == f"memory version `{id}` not found"
    assert "x-should-retry" not in response.headers


def test_a_version_is_found_in_its_own_store_only(busy: Shelf) -> None:
    other = Shelf(busy.scene)
    for version in busy.listed():
        with pytest.raises(anthropic.NotFoundError):
            other.read(version.id)
        with pytest.raises(anthropic.NotFoundError):
            other.redact(version.id)
    assert all(version.redacted_at is None for version in busy.listed())
    assert other.listed() == []


def test_redact_erases_what_was_written(shelf: Shelf) -> None:
    memory = shelf.create("/secret", "hunter2")
    shelf.update(memory, path="/a", content="One.")
    before = shelf.read(memory.memory_version_id)
    shelf.scene.mock.clock.advance(hours=1)
    redacted = shelf.redact(before.id)
    assert [getattr(redacted, key) for key in GONE] == [None] * 4
    assert redacted.redacted_by == before.created_by
    assert redacted.redacted_at is not None
    assert redacted.redacted_at > before.created_at + timedelta(minutes=59)
    kept = KEYS - {*GONE, "redacted_at"}
    assert {key: getattr(redacted, key) for key in kept} == {key: getattr(before, key) for key in kept}
    assert shelf.read(before.id) == redacted
    assert shelf.listed(view="full")[1] == redacted
    for url in (shelf.url, f"{shelf.url}/{before.id}"):
        answer = shelf.scene.http.get(url, params={"view": "full"}).text
        assert "hunter2" not in answer
        assert "/secret" not in answer
        assert memory.content_sha256 not in answer


def test_redact_happens_once(shelf: Shelf) -> None:
    memory = shelf.create()
    shelf.update(memory, content="Two.")
    redacted = shelf.redact(memory.memory_version_id)
    shelf.scene.mock.clock.advance(hours=1)
    assert shelf.redact(memory.memory_version_id) == redacted


def test_redact_keeps_all_other_versions_and_the_memory(shelf: Shelf) -> None:
    memory = shelf.create()
    for content in ("Two.", "Three."):
        memory = shelf.update(memory, content=content)
    before = shelf.listed(view="full")
    shelf.redact(before[1].id)
    after = shelf.listed(view="full")
    assert (after[0], after[2]) == (before[0], before[2])
    read = shelf.memories.retrieve(memory.id, memory_store_id=shelf.store)
    assert (read.content, read.memory_version_id) == ("Three.", before[0].id)


def test_the_current_version_of_a_live_memory_cannot_be_redacted(shelf: Shelf) -> None:
    memory = shelf.create()
    response = shelf.ask_to_redact(memory.memory_version_id)
    message = refused(response, 400, "invalid_request_error")
    assert message == f"version is the current content of {memory.id}; write a new version first"
    assert "x-should-retry" not in response.headers
    assert shelf.read(memory.memory_version_id).content == "One."
    newer = shelf.update(memory, path="/b")
    assert shelf.redact(memory.memory_version_id).redacted_at is not None
    refused(shelf.ask_to_redact(newer.memory_version_id), 400, "invalid_request_error")


def test_every_version_of_a_deleted_memory_can_be_redacted(shelf: Shelf) -> None:
    memory = shelf.create()
    shelf.update(memory, content="Two.")
    shelf.delete(memory)
    for version in shelf.listed():
        assert shelf.redact(version.id).redacted_at is not None
    assert [(v.operation, v.path) for v in shelf.listed()] == [("deleted", None), ("modified", None), ("created", None)]
    assert shelf.history(memory_id=memory.id) == [None, None, None]


@pytest.mark.mockdreams(clock="manual")
def test_versions_are_kept_for_thirty_days_to_the_microsecond(shelf: Shelf) -> None:
    memory = shelf.create()
    shelf.delete(memory)
    whole = shelf.listed()
    shelf.scene.mock.clock.move_to(whole[0].created_at + timedelta(days=30))
    assert shelf.listed() == whole
    shelf.scene.mock.clock.advance(seconds=0.000001)
    assert shelf.listed() == []
    for version in whole:
        with pytest.raises(anthropic.NotFoundError):
            shelf.read(version.id)
        refused(shelf.ask_to_redact(version.id), 404, "not_found_error")


def test_the_newest_versions_of_a_live_memory_are_always_kept(shelf: Shelf) -> None:
    memory = shelf.create(content="0")
    for number in range(1, 8):
        shelf.update(memory, content=f"{number}")
    assert shelf.history() == list("76543210")
    shelf.scene.mock.clock.advance(days=31)
    assert shelf.history() == list("76543")
    assert shelf.memories.retrieve(memory.id, memory_store_id=shelf.store).content == "7"


def test_an_edit_of_an_old_memory_keeps_what_it_overwrote(shelf: Shelf) -> None:
    memory = shelf.create(content="Old.")
    shelf.scene.mock.clock.advance(days=400)
    shelf.update(memory, content="New.")
    assert shelf.history() == ["New.", "Old."]
    assert shelf.read(memory.memory_version_id).content == "Old."


def test_deleting_an_old_memory_keeps_what_was_deleted(shelf: Shelf) -> None:
    memory = shelf.create(content="Old.")
    shelf.scene.mock.clock.advance(days=400)
    shelf.delete(memory)
    assert shelf.history() == [None, "Old."]
    shelf.scene.mock.clock.advance(days=31)
    assert shelf.history() == []


def test_each_memory_ages_by_itself(shelf: Shelf) -> None:
    shelf.scene.mock.policy.versions_always_kept = 1
    quiet, busy, gone = shelf.create("/1", "quiet"), shelf.create("/2", "busy"), shelf.create("/3", "gone")
    shelf.update(busy, content="busier")
    shelf.delete(gone)
    shelf.scene.mock.clock.advance(days=20)
    shelf.update(busy, content="busiest")
    shelf.update(quiet, content="quieter")
    shelf.scene.mock.clock.advance(days=11)
    assert shelf.history() == ["quieter", "busiest"]
    shelf.scene.mock.clock.advance(days=31)
    assert shelf.history() == ["quieter", "busiest"]


def test_redaction_does_not_postpone_expiry(shelf: Shelf) -> None:
    shelf.scene.mock.policy.versions_always_kept = 1
    memory = shelf.create()
    shelf.update(memory, content="Two.")
    shelf.scene.mock.clock.advance(days=29)
    shelf.redact(memory.memory_version_id)
    shelf.scene.mock.clock.advance(days=2)
    assert shelf.history() == ["Two."]


def test_an_archived_store_forgets_too(shelf: Shelf) -> None:
    shelf.delete(shelf.create())
    shelf.scene.beta.memory_stores.archive(shelf.store)
    shelf.scene.mock.clock.advance(days=31)
    assert shelf.listed() == []


@pytest.mark.mockdreams(policy=Policy(version_retention_days=1, versions_always_kept=2))
def test_retention_is_policy(shelf: Shelf) -> None:
    memory = shelf.create()
    for content in ("Two.", "Three."):
        shelf.update(memory, content=content)
    shelf.scene.mock.clock.advance(hours=23)
    assert shelf.history() == ["Three.", "Two.", "One."]
    shelf.scene.mock.clock.advance(hours=2)
    assert shelf.history() == ["Three.", "Two."]


def test_a_cursor_survives_expiry(shelf: Shelf) -> None:
    shelf.scene.mock.policy.versions_always_kept = 1
    memory = shelf.create(content="0")
    for number in range(1, 5):
        shelf.update(memory, content=f"{number}")
    other = shelf.create("/b", "b")
    page = shelf.versions.list(shelf.store, limit=3)
    assert next(version.id for version in page.data) == other.memory_version_id
    shelf.scene.mock.clock.advance(days=31)
    assert shelf.versions.list(shelf.store, limit=3, page=page.next_page or "").data == []
    assert shelf.history() == ["b", "4"]
