"""Memory stores: creating, reading, updating, listing, archiving and deleting."""

from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.types.beta import BetaManagedAgentsMemoryStore

from mockdreams import MockDreams
from tests.support.deep import one_in
from tests.support.helpers import ABSENT, Scene, refused

URL = "/v1/memory_stores"
KEYS = {"id", "type", "name", "description", "metadata", "created_at", "updated_at", "archived_at"}
SHA = "0" * 64
OPERATIONS = {
    "retrieve": ("GET", "", None),
    "update": ("POST", "", {"name": "New"}),
    "delete": ("DELETE", "", None),
    "archive": ("POST", "/archive", None),
    "create memory": ("POST", "/memories", {"path": "/new.md", "content": "New."}),
    "list memories": ("GET", "/memories", None),
    "retrieve memory": ("GET", "/memories/{memory}", None),
    "update memory": ("POST", "/memories/{memory}", {"content": "New."}),
    "delete memory": ("DELETE", "/memories/{memory}", None),
    "list versions": ("GET", "/memory_versions", None),
    "retrieve version": ("GET", "/memory_versions/{version}", None),
    "redact version": ("POST", "/memory_versions/{version}/redact", None),
}
"""Everything that can be asked of one store."""
BODIES = ["create", "update", "create memory", "update memory"]
"""The operations that read a body."""


class Shelf:
    """A store with one memory of two versions; `ask` does any of `OPERATIONS` to them."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.store = scene.store()
        memories = f"memory_stores/{self.store}/memories"
        created = scene.ask("POST", memories, {"path": "/a.md", "content": "Old."})
        self.memory, self.version = created["id"], created["memory_version_id"]
        scene.ask("POST", f"{memories}/{self.memory}", {"content": "Less old."})

    def ask(self, operation: str, store: str | None = None, **options: Any) -> httpx2.Response:
        if operation == "create":
            return self.scene.http.post(URL, **({"json": {"name": "New"}} | options))
        method, path, body = OPERATIONS[operation]
        url = f"{URL}/{store or self.store}{path.format(memory=self.memory, version=self.version)}"
        return self.scene.http.request(method, url, **({"json": body} if body else {}) | options)

    def everything(self) -> list[Any]:
        """All that there is to see, to compare before with after."""
        http = self.scene.http
        urls = [f"{URL}?include_archived=true", f"{URL}/{self.store}/memories", f"{URL}/{self.store}/memory_versions"]
        return [http.get(url, params={"view": "full"}).json() for url in urls]


@pytest.fixture
def shelf(scene: Scene) -> Shelf:
    return Shelf(scene)


def create(scene: Scene, **fields: Any) -> BetaManagedAgentsMemoryStore:
    return scene.beta.memory_stores.create(**{"name": "Notes", **fields})


def test_a_new_store_has_all_eight_keys(scene: Scene) -> None:
    response = scene.http.post(URL, json={"name": "Notes"})
    assert response.status_code == 200
    store = response.json()
    assert set(store) == KEYS
    assert store["id"].startswith("memstore_01")
    assert store["created_at"] == store["updated_at"]
    shown = {key: store[key] for key in ("type", "name", "description", "metadata", "archived_at")}
    assert shown == {"type": "memory_store", "name": "Notes", "description": "", "metadata": {}, "archived_at": None}
    assert scene.http.get(f"{URL}/{store['id']}").json() == store


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "é" * 255},
        {"name": "x"},
        {"description": ""},
        {"description": "é\n" * 512},
        {"metadata": {}},
        {"metadata": {f"{number:064}": "é" * 512 for number in range(16)}},
        {"metadata": {"k": "", "a.b": "\x00"}},
    ],
)
def test_fields_are_kept_up_to_their_limits(scene: Scene, fields: dict[str, Any]) -> None:
    created = create(scene, **fields)
    assert {key: getattr(created, key) for key in fields} == fields
    assert scene.beta.memory_stores.retrieve(created.id) == created


def test_names_need_not_differ(scene: Scene) -> None:
    assert create(scene).id != create(scene).id


BAD_FIELDS = [
    ({"name": ""}, "name: minimum string length is 1"),
    ({"name": "x" * 256}, "name: maximum string length is 255"),
    ({"name": "x" * 2_000_000}, "name: maximum string length is 255"),
    ({"name": "a\nb"}, "name: must not contain control characters"),
    ({"name": "a\x7f"}, "name: must not contain control characters"),
    ({"name": 5}, "Failed to parse request: name: expected a string"),
    ({"name": ["x"]}, "Failed to parse request: name: expected a string"),
    ({"description": "x" * 1025}, "description: maximum string length is 1024"),
    ({"description": {}}, "Failed to parse request: description: expected a string"),
    ({"metadata": {f"k{n}": "" for n in range(17)}}, "metadata map would have 17 entries, exceeding the maximum of 16"),
    ({"metadata": {"": "v"}}, "invalid metadata: key '' must be 1 to 64 characters long"),
    ({"metadata": {"k" * 65: "v"}}, f"invalid metadata: key '{'k' * 65}' must be 1 to 64 characters long"),
    ({"metadata": {"k" * 9999: "v"}}, f"invalid metadata: key '{'k' * 80}' must be 1 to 64 characters long"),
    ({"metadata": {"k": "v" * 513}}, "metadata.k: maximum string length is 512"),
    ({"metadata": {"k": 1}}, "Failed to parse request: metadata.k: expected a string"),
    ({"metadata": {"k": {"k": "v"}}}, "Failed to parse request: metadata.k: expected a string"),
    ({"metadata": ["k"]}, "Failed to parse request: metadata: expected an object"),
    ({"metadata": "k"}, "Failed to parse request: metadata: expected an object"),
    ({"id": "memstore_1"}, 'Failed to parse request body: unknown field "id"'),
    ({"archived_at": None}, 'Failed to parse request body: unknown field "archived_at"'),
    ({"x" * 9999: 1}, f'Failed to parse request body: unknown field "{"x" * 80}…"'),
]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        *BAD_FIELDS,
        ({"name": ...}, "name: Field required"),
        ({"name": None}, "name: Value is not nullable"),
        ({"description": None}, "description: Value is not nullable"),
        ({"metadata": None}, "metadata: Value is not nullable"),
        ({"metadata": {"k": None}}, "metadata.k: Value is not nullable"),
    ],
)
def test_bad_create_bodies_are_refused_by_name(scene: Scene, fields: dict[str, Any], message: str) -> None:
    body = {key: value for key, value in ({"name": "Notes"} | fields).items() if value is not ...}
    response = scene.http.post(URL, json=body)
    assert refused(response, 400, "invalid_request_error").endswith(message)
    assert "x-should-retry" not in response.headers
    assert scene.beta.memory_stores.list(include_archived=True).data == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        *BAD_FIELDS,
        ({}, "at least one of name, description, or metadata must be provided"),
        ({"name": None}, "name cannot be empty"),
        ({"metadata": {"k" * 65: None}}, f"invalid metadata: key '{'k' * 65}' must be 1 to 64 characters long"),
        (
            {"metadata": None},
            'Failed to parse request: params: field "metadata": null is not a valid value for a map field; '
            "omit the field to preserve, or set individual keys to null to delete them",
        ),
    ],
)
def test_bad_update_bodies_are_refused_by_name(shelf: Shelf, fields: dict[str, Any], message: str) -> None:
    before = shelf.everything()
    response = shelf.ask("update", json=fields)
    assert refused(response, 400, "invalid_request_error").endswith(message)
    assert "x-should-retry" not in response.headers
    assert shelf.everything() == before


DEEP = b'{"name":' + b"[" * 5000 + b"]" * 5000 + b"}"


@pytest.mark.parametrize("operation", BODIES)
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Failed to parse request body: invalid JSON"),
        (b"{", "Failed to parse request body: invalid JSON"),
        (b'{"name": "x"} {}', "Failed to parse request body: invalid JSON"),
        (b"{'name': 'x'}", "Failed to parse request body: invalid JSON"),
        (b'{"name": "\xff"}', "Failed to parse request body: invalid JSON"),
        (b'{"name": "\\ud800"}', "Failed to parse request body: invalid JSON"),
        ('{"name": "x"}'.encode("utf-16"), "Failed to parse request body: invalid JSON"),
        (DEEP, "Failed to parse request body: invalid JSON"),
        (b"null", "Failed to parse request body: expected an object"),
        (b"[]", "Failed to parse request body: expected an object"),
        (b'"name"', "Failed to parse request body: expected an object"),
        (b"7", "Failed to parse request body: expected an object"),
    ],
)
def test_bodies_that_are_no_json_object_are_refused(shelf: Shelf, operation: str, body: bytes, message: str) -> None:
    before = shelf.everything()
    assert refused(shelf.ask(operation, json=None, content=body), 400, "invalid_request_error") == message
    assert shelf.everything() == before


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("create", '{"name": %s}', "Failed to parse request: name: expected a string"),
        ("update", '{"metadata": {"k": %s}}', "Failed to parse request: metadata.k: expected a string"),
        ("create memory", '{"path": %s, "content": ""}', "Failed to parse request: path: expected a string"),
        (
            "update memory",
            '{"content": "", "precondition": {"type": %s}}',
            "Failed to parse request: precondition.type: expected a string",
        ),
    ],
)
@pytest.mark.parametrize("number", ["9" * 4000, "-1.5e99", "true"])
def test_numbers_of_any_size_are_no_strings(shelf: Shelf, operation: str, body: str, message: str, number: str) -> None:
    response = shelf.ask(operation, json=None, content=body % number)
    assert refused(response, 400, "invalid_request_error") == message


@pytest.mark.parametrize("operation", BODIES)
def test_bodies_beyond_the_cap_are_too_large(shelf: Shelf, operation: str) -> None:
    before = shelf.everything()
    shelf.scene.mock.policy.body_max_bytes = 1000
    refused(shelf.ask(operation, json={"name": "x" * 1000}), 413, "request_too_large")
    assert shelf.everything() == before


@pytest.mark.parametrize(
    ("patch", "becomes"),
    [
        ({"name": "New"}, {"name": "New"}),
        ({"description": "New"}, {"description": "New"}),
        ({"description": ""}, {"description": ""}),
        ({"description": None}, {"description": ""}),
        ({"metadata": {"c": "3"}}, {"metadata": {"a": "1", "b": "2", "c": "3"}}),
        ({"metadata": {"a": "3"}}, {"metadata": {"a": "3", "b": "2"}}),
        ({"metadata": {"a": ""}}, {"metadata": {"a": "", "b": "2"}}),
        ({"metadata": {"a": None}}, {"metadata": {"b": "2"}}),
        ({"metadata": {"a": None, "b": None, "c": None}}, {"metadata": {}}),
        ({"name": "New", "metadata": {"b": None}}, {"name": "New", "metadata": {"a": "1"}}),
    ],
)
def test_an_update_patches(scene: Scene, patch: dict[str, Any], becomes: dict[str, Any]) -> None:
    before = create(scene, description="Old", metadata={"a": "1", "b": "2"})
    after = scene.beta.memory_stores.update(before.id, **patch)
    assert after.updated_at > before.updated_at
    expected = before.to_dict(mode="json") | becomes | {"updated_at": after.to_dict(mode="json")["updated_at"]}
    assert after.to_dict(mode="json") == expected
    assert scene.beta.memory_stores.retrieve(before.id) == after


@pytest.mark.parametrize(
    "patch",
    [{"name": "Notes"}, {"description": ""}, {"metadata": {}}, {"metadata": {"x": None}}, {"metadata": {"a": "1"}}],
)
def test_an_update_to_what_is_there_changes_nothing(scene: Scene, patch: dict[str, Any]) -> None:
    before = create(scene, metadata={"a": "1"})
    scene.mock.clock.advance(hours=1)
    assert scene.beta.memory_stores.update(before.id, **patch) == before


def test_the_limit_of_pairs_holds_after_the_patch(scene: Scene) -> None:
    full = {f"k{number}": "v" for number in range(16)}
    store = create(scene, metadata=full)
    with pytest.raises(anthropic.BadRequestError, match="would have 17 entries, exceeding the maximum of 16"):
        scene.beta.memory_stores.update(store.id, metadata={"new": "v"})
    assert scene.beta.memory_stores.retrieve(store.id).metadata == full
    swapped = scene.beta.memory_stores.update(store.id, metadata={"new": "v", "k0": None})
    assert swapped.metadata == {**dict.fromkeys(list(full)[1:], "v"), "new": "v"}


def test_limits_of_metadata_are_policy(scene: Scene) -> None:
    scene.mock.policy.metadata_max_pairs = 1
    with pytest.raises(anthropic.BadRequestError, match="would have 2 entries, exceeding the maximum of 1"):
        create(scene, metadata={"a": "1", "b": "2"})


def test_writing_memories_does_not_touch_the_store(scene: Scene) -> None:
    before = create(scene)
    scene.mock.clock.advance(hours=1)
    memory = scene.beta.memory_stores.memories.create(before.id, path="/a.md", content="A.")
    scene.beta.memory_stores.memories.update(memory.id, memory_store_id=before.id, content="B.")
    scene.beta.memory_stores.memories.delete(memory.id, memory_store_id=before.id)
    assert scene.beta.memory_stores.retrieve(before.id) == before


def test_archive_happens_once(scene: Scene) -> None:
    before = create(scene)
    archived = scene.beta.memory_stores.archive(before.id)
    assert archived.archived_at is not None
    assert archived.archived_at == archived.updated_at > before.updated_at
    scene.mock.clock.advance(hours=1)
    assert scene.beta.memory_stores.archive(before.id) == archived
    assert scene.beta.memory_stores.retrieve(before.id) == archived


@pytest.mark.parametrize("operation", ["update", "create memory", "update memory"])
def test_an_archived_store_refuses_writes(shelf: Shelf, operation: str) -> None:
    shelf.scene.beta.memory_stores.archive(shelf.store)
    before = shelf.everything()
    response = shelf.ask(operation)
    message = refused(response, 400, "invalid_request_error")
    assert message == f"cannot modify archived resource: memory store {shelf.store}"
    assert "x-should-retry" not in response.headers
    assert shelf.everything() == before


@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - {"update", "create memory", "update memory"}))
def test_an_archived_store_allows_everything_else(shelf: Shelf, operation: str) -> None:
    archived = shelf.scene.beta.memory_stores.archive(shelf.store)
    assert shelf.ask(operation).status_code == 200
    if operation != "delete":
        assert shelf.scene.beta.memory_stores.retrieve(shelf.store) == archived


@pytest.mark.parametrize("archived", [False, True])
def test_delete_takes_everything_with_it(shelf: Shelf, archived: bool) -> None:
    stores = shelf.scene.beta.memory_stores
    if archived:
        stores.archive(shelf.store)
    assert stores.delete(shelf.store).to_dict() == {"id": shelf.store, "type": "memory_store_deleted"}
    assert list(stores.list(include_archived=True)) == []
    for operation in OPERATIONS:
        message = refused(shelf.ask(operation), 404, "not_found_error")
        assert message == f"Memory store `{shelf.store}` not found."


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    "store", one_in(3, [f"memstore_{ABSENT}", "memstore_x", f"sesn_{ABSENT}", "x" * 5000, "a b", "ü", "null"])
)
def test_an_unknown_store_is_not_found(shelf: Shelf, operation: str, store: str) -> None:
    before = shelf.everything()
    response = shelf.ask(operation, store)
    assert refused(response, 404, "not_found_error") == f"Memory store `{store}` not found."
    assert "x-should-retry" not in response.headers
    assert shelf.everything() == before


@pytest.mark.parametrize("operation", OPERATIONS)
def test_another_key_sees_none_of_it(shelf: Shelf, operation: str) -> None:
    before = shelf.everything()
    with MockDreams() as other:
        response = shelf.ask(operation, headers={"x-api-key": other.api_key})
        refused(response, 404, "not_found_error")
        assert list(other.http.get(URL).json()["data"]) == []
    assert shelf.everything() == before


@pytest.mark.parametrize("operation", ["create", *OPERATIONS])
@pytest.mark.parametrize(
    ("betas", "status"),
    [
        ("agent-memory-2026-07-22", 200),
        ("managed-agents-2026-04-01", 200),
        ("agent-memory-2026-07-22, files-api-2025-04-14", 200),
        ("agent-memory-2026-07-22,managed-agents-2026-04-01", 400),
        ("agent-memory-2026-07-22,agent-memory-2026-07-23", 200),
        ("dreaming-2026-04-21", 404),
        ("", 404),
    ],
)
def test_one_of_two_betas_is_needed(shelf: Shelf, operation: str, betas: str, status: int) -> None:
    before = shelf.everything()
    response = shelf.ask(operation, headers={"anthropic-beta": betas})
    assert response.status_code == status
    if status == 404:
        assert response.headers["x-should-retry"] == "false"
    if status != 200:
        refused(response, status, "not_found_error" if status == 404 else "invalid_request_error")
        assert shelf.everything() == before


def test_the_sdk_adds_its_own_beta_to_the_callers(scene: Scene) -> None:
    with pytest.raises(anthropic.BadRequestError, match="cannot be used together"):
        scene.beta.memory_stores.create(name="Notes", betas=["managed-agents-2026-04-01"])


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("", ["PUT", "PATCH", "DELETE"]),
        ("/{store}", ["PUT", "PATCH"]),
        ("/{store}/archive", ["GET", "PUT", "DELETE"]),
        ("/{store}/memories", ["PUT", "PATCH", "DELETE"]),
        ("/{store}/memories/{memory}", ["PUT", "PATCH"]),
        ("/{store}/memory_versions", ["POST", "PUT", "DELETE"]),
        ("/{store}/memory_versions/{version}", ["POST", "PATCH", "DELETE"]),
        ("/{store}/memory_versions/{version}/redact", ["GET", "DELETE"]),
    ],
)
def test_other_methods_are_not_allowed(shelf: Shelf, path: str, methods: list[str]) -> None:
    before = shelf.everything()
    url = URL + path.format(store=shelf.store, memory=shelf.memory, version=shelf.version)
    for method in methods:
        response = shelf.scene.http.request(method, url)
        assert refused(response, 405, "invalid_request_error") == "Method Not Allowed"
    assert shelf.everything() == before


@pytest.mark.parametrize("path", ["/unarchive", "/memories/{memory}/versions", "/memory_versions/{version}/restore"])
def test_unknown_paths_are_not_found(shelf: Shelf, path: str) -> None:
    url = f"{URL}/{shelf.store}{path.format(memory=shelf.memory, version=shelf.version)}"
    response = shelf.scene.http.post(url)
    assert refused(response, 404, "not_found_error") == "Not found"
    assert response.headers["x-should-retry"] == "false"


def test_answers_name_organization_and_workspace(shelf: Shelf) -> None:
    for operation in ("create", *OPERATIONS):
        headers = shelf.ask(operation).headers
        assert headers["anthropic-workspace-id"].startswith("wrkspc_")
        assert len(headers["anthropic-organization-id"]) == 36
        assert headers["request-id"].startswith("req_")


@pytest.fixture
def stores(scene: Scene) -> list[str]:
    """Five stores, oldest first, a second apart."""
    ids = []
    for _ in range(5):
        ids.append(create(scene).id)
        scene.mock.clock.advance(seconds=1)
    return ids


def test_newest_first(scene: Scene, stores: list[str]) -> None:
    assert [store.id for store in scene.beta.memory_stores.list()] == stores[::-1]


def test_an_update_moves_no_place(scene: Scene, stores: list[str]) -> None:
    scene.beta.memory_stores.update(stores[1], name="New")
    assert [store.id for store in scene.beta.memory_stores.list()] == stores[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_add_up(scene: Scene, stores: list[str], limit: int) -> None:
    page = scene.beta.memory_stores.list(limit=limit)
    sizes = [len(page.data)]
    seen = [store.id for store in page.data]
    while page.has_next_page():
        page = page.get_next_page()
        sizes.append(len(page.data))
        seen += [store.id for store in page.data]
    assert seen == stores[::-1]
    assert all(0 < size <= limit for size in sizes)


def test_the_last_page_has_no_next_page(scene: Scene, stores: list[str]) -> None:
    assert set(scene.http.get(URL).json()) == {"data"}
    first = scene.http.get(URL, params={"limit": 4}).json()
    assert set(first) == {"data", "next_page"}
    assert first["next_page"].startswith("page_")


def test_twenty_by_default(scene: Scene) -> None:
    for _ in range(21):
        create(scene)
    page = scene.beta.memory_stores.list()
    assert len(page.data) == 20
    assert page.has_next_page()


def test_archived_stores_are_left_out_unless_asked_for(scene: Scene, stores: list[str]) -> None:
    scene.beta.memory_stores.archive(stores[2])
    assert [store.id for store in scene.beta.memory_stores.list()] == [stores[n] for n in (4, 3, 1, 0)]
    assert [store.id for store in scene.beta.memory_stores.list(include_archived=False)] == [
        stores[n] for n in (4, 3, 1, 0)
    ]
    assert [store.id for store in scene.beta.memory_stores.list(include_archived=True, limit=2)] == stores[::-1]


def test_creation_times_bound_inclusively(scene: Scene, stores: list[str]) -> None:
    at = [scene.beta.memory_stores.retrieve(id).created_at for id in stores]

    def listed(**bounds: Any) -> list[int]:
        return [stores.index(store.id) for store in scene.beta.memory_stores.list(limit=2, **bounds)]

    assert listed(created_at_gte=at[3]) == [4, 3]
    assert listed(created_at_lte=at[1]) == [1, 0]
    assert listed(created_at_gte=at[1], created_at_lte=at[3]) == [3, 2, 1]
    assert listed(created_at_gte=at[2], created_at_lte=at[2]) == [2]
    assert listed(created_at_gte=at[3], created_at_lte=at[1]) == []
    assert listed(created_at_gte="2020-01-01T00:00:00+05:00", created_at_lte=at[0]) == [0]
    assert listed(created_at_lte="2020-01-01T00:00:00Z") == []


def test_stores_of_one_instant_differ_in_their_creation_time(scene: Scene) -> None:
    first, second = create(scene), create(scene)
    assert first.created_at < second.created_at
    assert [s.id for s in scene.beta.memory_stores.list(created_at_lte=first.created_at)] == [first.id]


LIMIT = "limit: value must be greater than or equal to 1 and less than or equal to 100"
LISTS: dict[str, Callable[[Shelf], str]] = {
    "stores": lambda shelf: URL,
    "memories": lambda shelf: f"{URL}/{shelf.store}/memories",
    "versions": lambda shelf: f"{URL}/{shelf.store}/memory_versions",
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=0", LIMIT),
        ("limit=-1", LIMIT),
        ("limit=-999999999999999999", LIMIT),
        ("limit=101", LIMIT),
        ("limit=1000", LIMIT),
        ("limit=1001", "limit: must be greater than or equal to 1 and less than or equal to 1000"),
        ("limit=", 'Failed to parse request: limit: "" is not a valid value'),
        ("limit=ten", 'Failed to parse request: limit: "ten" is not a valid value'),
        ("limit=1.5", 'Failed to parse request: limit: "1.5" is not a valid value'),
        ("limit=null", 'Failed to parse request: limit: "null" is not a valid value'),
        ("limit=٣", 'Failed to parse request: limit: "٣" is not a valid value'),
        ("limit=" + "9" * 5000, f'Failed to parse request: limit: "{"9" * 80}…" is not a valid value'),
        ("page=2", "invalid page cursor"),
        ("page=page_", "invalid page cursor"),
        ("page=page_AAAA", "invalid page cursor"),
        ("page=page_ü", "invalid page cursor"),
        ("page=%FF", "invalid page cursor"),
        ("page=" + "x" * 5000, "invalid page cursor"),
    ],
)
def test_bad_queries_are_refused_by_name(shelf: Shelf, name: str, query: str, message: str) -> None:
    response = shelf.scene.http.get(f"{LISTS[name](shelf)}?{query}")
    assert refused(response, 400, "invalid_request_error") == message
    assert "x-should-retry" not in response.headers


@pytest.mark.parametrize("name", ["stores", "versions"])
@pytest.mark.parametrize("bound", ["gte", "lte"])
@pytest.mark.parametrize(
    "time", ["", "soon", "9999-99-99", "1", "null", "2020-01-01", "2020-01-01T00:00:00", "20200101T000000Z"]
)
def test_bad_times_are_refused_by_name(shelf: Shelf, name: str, bound: str, time: str) -> None:
    response = shelf.scene.http.get(f"{LISTS[name](shelf)}?created_at[{bound}]={time}")
    message = refused(response, 400, "invalid_request_error")
    assert message == f'Failed to parse request: created_at[{bound}]: "{time}" is not a valid value'


@pytest.mark.parametrize("flag", ["yes", "", "1", "True", "null"])
def test_flags_are_true_or_false(scene: Scene, flag: str) -> None:
    response = scene.http.get(URL, params={"include_archived": flag})
    message = refused(response, 400, "invalid_request_error")
    assert message == f'Failed to parse request body: invalid value for bool field include_archived: "{flag}"'


def test_a_cursor_is_good_for_its_own_list_only(shelf: Shelf) -> None:
    scene = shelf.scene
    other = scene.store({"/a.md": "A.", "/b.md": "B."})
    scene.beta.memory_stores.memories.create(shelf.store, path="/b.md", content="B.")
    urls = [*(make(shelf) for make in LISTS.values()), f"{URL}/{other}/memories", f"{URL}/{other}/memory_versions"]
    cursors = [scene.http.get(url, params={"limit": 1}).json()["next_page"] for url in urls]
    for url in urls:
        for cursor in cursors:
            response = scene.http.get(url, params={"page": cursor})
            if urls.index(url) == cursors.index(cursor):
                assert response.status_code == 200
            else:
                refused(response, 400, "invalid_request_error")


@pytest.mark.parametrize("query", ["beta=true", "beta=true&limit=5", "unknown=1", "limit=5&limit=7", "%00=%00"])
def test_other_parameters_are_ignored(scene: Scene, stores: list[str], query: str) -> None:
    assert [store["id"] for store in scene.http.get(f"{URL}?{query}").json()["data"]] == stores[::-1]


def test_the_organization_holds_so_many_stores(scene: Scene) -> None:
    scene.mock.policy.memory_stores_per_organization = 1
    only = create(scene)
    scene.beta.memory_stores.archive(only.id)
    message = refused(scene.http.post(URL, json={"name": "Notes"}), 400, "invalid_request_error")
    assert message == "the organization has reached its limit of 1 memory stores"
    scene.beta.memory_stores.delete(only.id)
    assert create(scene).id != only.id
