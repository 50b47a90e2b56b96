"""Memories: creating, reading, updating, listing and deleting; their paths, content and preconditions."""

from hashlib import sha256
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic.resources.beta.memory_stores import Memories
from anthropic.types.beta.memory_stores import BetaManagedAgentsMemory

from tests.support.helpers import ABSENT, Scene, refused

KEYS = {
    "id",
    "type",
    "memory_store_id",
    "memory_version_id",
    "path",
    "content",
    "content_sha256",
    "content_size_bytes",
    "created_at",
    "updated_at",
}
CONFLICT = "memory_path_conflict_error"
PRECONDITION = "memory_precondition_failed_error"
CHANGED = "precondition content_sha256 failed: content has changed"


def digest(content: str) -> str:
    return sha256(content.encode()).hexdigest()


def condition(content: str) -> Any:
    return {"type": "content_sha256", "content_sha256": digest(content)}


class Shelf:
    """One store, addressed by the SDK (`memories`) and by raw requests."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.store = scene.store()
        self.url = f"/v1/memory_stores/{self.store}/memories"

    @property
    def memories(self) -> Memories:
        return self.scene.beta.memory_stores.memories

    def create(self, path: str, content: str = "Text.", **options: Any) -> BetaManagedAgentsMemory:
        return self.memories.create(self.store, path=path, content=content, **options)

    def update(self, memory: BetaManagedAgentsMemory, **fields: Any) -> BetaManagedAgentsMemory:
        return self.memories.update(memory.id, memory_store_id=self.store, **fields)

    def read(self, memory: BetaManagedAgentsMemory) -> BetaManagedAgentsMemory:
        return self.memories.retrieve(memory.id, memory_store_id=self.store)

    def post(self, body: Any, memory: BetaManagedAgentsMemory | None = None) -> httpx2.Response:
        """Create, or update `memory`."""
        return self.scene.http.post(self.url + (f"/{memory.id}" if memory else ""), json=body)

    def listed(self, **query: Any) -> list[str]:
        """The paths of a whole list, page by page."""
        return [item.path for item in self.memories.list(self.store, **query)]

    def everything(self) -> list[Any]:
        """All that there is to see, to compare before with after."""
        query = {"view": "full"}
        versions = f"/v1/memory_stores/{self.store}/memory_versions"
        return [self.scene.http.get(url, params=query).json() for url in (self.url, versions)]


@pytest.fixture
def shelf(scene: Scene) -> Shelf:
    return Shelf(scene)


def test_a_new_memory_has_all_ten_keys(shelf: Shelf) -> None:
    response = shelf.post({"path": "/a/b.md", "content": "Grüße\n"})
    assert response.status_code == 200
    memory = response.json()
    assert set(memory) == KEYS
    assert memory["id"].startswith("mem_01")
    assert memory["memory_version_id"].startswith("memver_01")
    assert memory["created_at"] == memory["updated_at"]
    assert memory["content"] is None
    shown = {key: memory[key] for key in ("type", "memory_store_id", "path", "content_sha256", "content_size_bytes")}
    assert shown == {
        "type": "memory",
        "memory_store_id": shelf.store,
        "path": "/a/b.md",
        "content_sha256": digest("Grüße\n"),
        "content_size_bytes": 8,
    }
    stored = shelf.scene.http.get(f"{shelf.url}/{memory['id']}").json()
    assert stored == memory | {"content": "Grüße\n"}


@pytest.mark.parametrize("content", ["", "\x00", "\r\n", "e\u0301", "\u2028", "🜚" * 25_600, "x" * 102_400])
def test_content_is_kept_to_the_byte(shelf: Shelf, content: str) -> None:
    memory = shelf.create("/a", content, view="full")
    assert memory.content == content
    assert memory.content_sha256 == digest(content)
    assert memory.content_size_bytes == len(content.encode())
    assert shelf.read(memory) == memory


@pytest.mark.parametrize("content", ["x" * 102_401, "🜚" * 25_600 + "x", "é" * 60_000, "x" * 3_000_000])
def test_more_than_102400_bytes_are_refused(shelf: Shelf, content: str) -> None:
    memory = shelf.create("/a", "x" * 102_400)
    before = shelf.everything()
    for response in (shelf.post({"path": "/b", "content": content}), shelf.post({"content": content}, memory)):
        message = refused(response, 400, "invalid_request_error")
        assert message == "content must be at most 102400 bytes"
    assert shelf.everything() == before


def test_the_size_limit_is_policy_and_for_new_content_only(shelf: Shelf) -> None:
    memory = shelf.create("/a", "four")
    shelf.scene.mock.policy.memory_max_bytes = 3
    with pytest.raises(anthropic.BadRequestError, match="content must be at most 3 bytes"):
        shelf.create("/b", "four")
    assert shelf.update(memory, path="/c").path == "/c"
    assert shelf.update(memory, content="one").content_size_bytes == 3


@pytest.mark.parametrize(
    ("operation", "default"), [("create", False), ("retrieve", True), ("update", False), ("list", False)]
)
@pytest.mark.parametrize("view", [None, "basic", "full"])
def test_views(shelf: Shelf, operation: str, default: bool, view: str | None) -> None:
    memory = shelf.create("/a", "Old.")
    query = {"view": view} if view else {}
    full = default if view is None else view == "full"
    http, url = shelf.scene.http, f"{shelf.url}/{memory.id}"
    if operation == "create":
        shown = http.post(shelf.url, json={"path": "/b", "content": "Old."}, params=query).json()
    elif operation == "retrieve":
        shown = http.get(url, params=query).json()
    elif operation == "update":
        shown = http.post(url, json={"path": "/b"}, params=query).json()
    else:
        [shown] = http.get(shelf.url, params=query).json()["data"]
    assert set(shown) == KEYS
    assert shown["content"] == ("Old." if full else None)
    assert shown["content_sha256"] == digest("Old.")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("view", ["", "FULL", "all", "null", "x" * 5000])
def test_unknown_views_are_refused_and_write_nothing(shelf: Shelf, method: str, view: str) -> None:
    memory = shelf.create("/a")
    before = shelf.everything()
    body: Any = {"json": {"path": "/b", "content": "New."}} if method == "POST" else {}
    for url in (shelf.url, f"{shelf.url}/{memory.id}"):
        response = shelf.scene.http.request(method, url, params={"view": view}, **body)
        shown = view if len(view) <= 80 else view[:80] + "…"
        message = refused(response, 400, "invalid_request_error")
        assert message == f'Failed to parse request: view: "{shown}" is not a valid value; expected one of basic, full'
    assert shelf.everything() == before


GOOD_PATHS = [
    "/a",
    "/a.md",
    "/A b/ç/日本語/🜚.md",
    "/...",
    "/.hidden/..more",
    "/" + "/".join("abcdefghijklmnopqrst"),
    "/" + "x" * 1023,
    "/" + "é" * 511 + "x",
    "/a\u00a0b",
    "/%2e%2e/~\\*?",
    "/\U000f0000",
]
NO_PATH = r"path: does not match regex pattern `^(/[^/\x00]+)+$`"
BAD_PATHS: list[tuple[Any, str]] = [
    ("", "path: minimum string length is 2"),
    ("a", "path: minimum string length is 2"),
    ("ab", NO_PATH),
    ("a/b", NO_PATH),
    (" /a", NO_PATH),
    ("/", "path: minimum string length is 2"),
    ("//", NO_PATH),
    ("/a/", NO_PATH),
    ("/a//b", NO_PATH),
    ("/.", "path must not contain . or .. segments"),
    ("/a/./b", "path must not contain . or .. segments"),
    ("/..", "path must not contain . or .. segments"),
    ("/a/..", "path must not contain . or .. segments"),
    ("/a\x00b", NO_PATH),
    ("/a\nb", "path must not contain control or format characters"),
    ("/a\x7f", "path must not contain control or format characters"),
    ("/a\x85", "path must not contain control or format characters"),
    ("/a\u00ad", "path must not contain control or format characters"),
    ("/a\u200b", "path must not contain control or format characters"),
    ("/a\u202e", "path must not contain control or format characters"),
    ("/a\ufeff", "path must not contain control or format characters"),
    ("/\U000e0041", "path must not contain control or format characters"),
    ("/a\u2028", "path must not contain control or format characters"),
    ("/a\u2029", "path must not contain control or format characters"),
    ("/e\u0301", "path must be NFC-normalized"),
    ("/\u212b", "path must be NFC-normalized"),
    ("/" + "x" * 1024, "path: maximum string length is 1024"),
    ("/" + "é" * 512, "path: maximum string length is 1024"),
    ("/" + "x" * 3_000_000, "path: maximum string length is 1024"),
    ("/" + "/".join("abcdefghijklmnopqrstu"), "path must have at most 20 segments"),
    (None, "path: Value is not nullable"),
    (5, "Failed to parse request: path: expected a string"),
    (["/a"], "Failed to parse request: path: expected a string"),
    ({}, "Failed to parse request: path: expected a string"),
]


@pytest.mark.parametrize("path", GOOD_PATHS)
def test_good_paths_are_kept_to_the_byte(shelf: Shelf, path: str) -> None:
    memory = shelf.create(path)
    assert memory.path == path
    assert shelf.update(memory, path="/other").path == "/other"
    assert shelf.update(memory, path=path).path == path
    assert shelf.listed() == [path]


@pytest.mark.parametrize(("path", "message"), BAD_PATHS)
def test_bad_paths_are_refused(shelf: Shelf, path: Any, message: str) -> None:
    memory = shelf.create("/old")
    before = shelf.everything()
    responses = [shelf.post({"path": path, "content": ""})]
    if path is not None:
        responses.append(shelf.post({"path": path}, memory))
    for response in responses:
        assert refused(response, 400, "invalid_request_error") == message
        assert "x-should-retry" not in response.headers
    assert shelf.everything() == before


def test_paths_are_case_sensitive(shelf: Shelf) -> None:
    assert shelf.create("/a").id != shelf.create("/A").id


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"content": ""}, "path: Field required"),
        ({"path": "/a"}, "content: Field required"),
        ({}, "path: Field required"),
        ({"path": "/a", "content": None}, "content: value is required"),
        ({"path": "/a", "content": 5}, "Failed to parse request: content: expected a string"),
        ({"path": "/a", "content": ["x"]}, "Failed to parse request: content: expected a string"),
        ({"path": "/a", "content": "", "view": "full"}, 'Failed to parse request body: unknown field "view"'),
        ({"path": "/a", "content": "", "id": "mem_x"}, 'Failed to parse request body: unknown field "id"'),
    ],
)
def test_bad_create_bodies_are_refused_by_name(shelf: Shelf, body: Any, message: str) -> None:
    assert refused(shelf.post(body), 400, "invalid_request_error") == message
    assert shelf.everything() == [{"data": [], "prefixes": []}, {"data": []}]


SHA = digest("Old.")
SHORT = "precondition.content_sha256: must be 64 characters"
TWICE = SHORT + " (and 1 more validation errors)"
HEX = "precondition.content_sha256: must be lower-case hexadecimal"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "v1_update_memory_params: at least one of content or path must be provided"),
        ({"content": None}, "v1_update_memory_params: at least one of content or path must be provided"),
        ({"path": None}, "v1_update_memory_params: at least one of content or path must be provided"),
        (
            {"precondition": {"type": "content_sha256", "content_sha256": SHA}},
            "v1_update_memory_params: at least one of content or path must be provided",
        ),
        ({"content": 5}, "Failed to parse request: content: expected a string"),
        ({"content": "", "metadata": {}}, 'Failed to parse request body: unknown field "metadata"'),
        ({"content": "", "precondition": None}, "precondition: Value is not nullable"),
        ({"content": "", "precondition": SHA}, "Failed to parse request: precondition: expected an object"),
        ({"content": "", "precondition": []}, "Failed to parse request: precondition: expected an object"),
        ({"content": "", "precondition": {}}, "Failed to parse request: precondition.type: Field required"),
        (
            {"content": "", "precondition": {"content_sha256": SHA}},
            "Failed to parse request: precondition.type: Field required",
        ),
        (
            {"content": "", "precondition": {"type": None, "content_sha256": SHA}},
            "precondition.type: Value is not nullable",
        ),
        (
            {"content": "", "precondition": {"type": "etag", "content_sha256": SHA}},
            'Failed to parse request: precondition.type: "etag" is not a valid value',
        ),
        (
            {"content": "", "precondition": {"type": "x" * 5000, "content_sha256": SHA}},
            f'Failed to parse request: precondition.type: "{"x" * 80}…" is not a valid value',
        ),
        (
            {"content": "", "precondition": {"type": "content_sha256", "content_sha256": SHA, "path": "/a"}},
            'Failed to parse request body: unknown field "path"',
        ),
        ({"content": "", "precondition": {"type": "content_sha256"}}, TWICE),
        (
            {"content": "", "precondition": {"type": "content_sha256", "content_sha256": None}},
            "precondition.content_sha256: Value is not nullable",
        ),
        (
            {"content": "", "precondition": {"type": "content_sha256", "content_sha256": 7}},
            "Failed to parse request: precondition.content_sha256: expected a string",
        ),
        *(
            ({"content": "", "precondition": {"type": "content_sha256", "content_sha256": sha}}, message)
            for sha, message in [
                ("", TWICE),
                ("zz", TWICE),
                ("z" * 2_000_000, TWICE),
                (SHA[:-1], SHORT),
                (SHA + "0", SHORT),
                (SHA.upper(), HEX),
                ("z" * 64, HEX),
                (SHA[:-1] + "\n", HEX),
            ]
        ),
    ],
)
def test_bad_update_bodies_are_refused_by_name(shelf: Shelf, body: Any, message: str) -> None:
    memory = shelf.create("/a", "Old.")
    before = shelf.everything()
    response = shelf.post(body, memory)
    assert refused(response, 400, "invalid_request_error") == message
    assert "x-should-retry" not in response.headers
    assert shelf.everything() == before


def conflict(response: httpx2.Response, other: BetaManagedAgentsMemory) -> str:
    """Check a path conflict that names `other`, and return its message."""
    message = refused(response, 409, CONFLICT)
    error = response.json()["error"]
    assert set(error) == {"type", "message", "conflicting_memory_id", "conflicting_path"}
    assert (error["conflicting_memory_id"], error["conflicting_path"]) == (other.id, other.path)
    assert response.headers["x-should-retry"] == "false"
    return message


def test_a_taken_path_is_a_conflict(shelf: Shelf) -> None:
    other, memory = shelf.create("/a"), shelf.create("/b")
    before = shelf.everything()
    message = conflict(shelf.post({"path": "/a", "content": "Text."}), other)
    assert message == f"path `/a` is already used by `{other.id}`; use update to modify it"
    message = conflict(shelf.post({"path": "/a", "content": "Text."}, memory), other)
    assert message == f"path `/a` is already used by `{other.id}`; delete it first to rename-and-replace"
    assert shelf.everything() == before


@pytest.mark.parametrize(
    ("taken", "path"), [("/a", "/a/b"), ("/a", "/a/b/c"), ("/a/b", "/a"), ("/a/b/c", "/a"), ("/a/b/c", "/a/b")]
)
def test_a_memory_and_a_path_prefix_of_it_cannot_coexist(shelf: Shelf, taken: str, path: str) -> None:
    other, memory = shelf.create(taken), shelf.create("/other")
    before = shelf.everything()
    for response in (shelf.post({"path": path, "content": ""}), shelf.post({"path": path}, memory)):
        assert conflict(response, other) == (
            f"path `{path}` conflicts with existing memory at `{taken}`: a memory and a path prefix of it cannot "
            "coexist. Delete or rename the other memory first."
        )
    assert shelf.everything() == before


@pytest.mark.parametrize(("taken", "path"), [("/a", "/ab"), ("/a/b", "/a/bc"), ("/a/b", "/a-b"), ("/a/b", "/a.b")])
def test_neighbours_do_not_conflict(shelf: Shelf, taken: str, path: str) -> None:
    first, second = shelf.create(taken), shelf.create(path)
    assert shelf.listed() == [path, taken]
    shelf.memories.delete(first.id, memory_store_id=shelf.store)
    assert shelf.update(second, path=taken).path == taken


@pytest.mark.parametrize(("path", "becomes"), [("/a", "/a/b"), ("/a/b", "/a"), ("/a/b/c", "/a"), ("/a", "/a/b/c")])
def test_a_memory_may_move_above_or_below_itself(shelf: Shelf, path: str, becomes: str) -> None:
    memory = shelf.create(path)
    assert shelf.update(memory, path=becomes).path == becomes
    assert shelf.create("/free").path == "/free"


def test_moving_up_still_conflicts_with_what_else_is_below(shelf: Shelf) -> None:
    memory, other = shelf.create("/a/b"), shelf.create("/a/c")
    conflict(shelf.post({"path": "/a"}, memory), other)


def test_a_renamed_and_a_deleted_memory_free_their_paths(shelf: Shelf) -> None:
    renamed, deleted = shelf.create("/a"), shelf.create("/b/c")
    shelf.update(renamed, path="/d")
    shelf.memories.delete(deleted.id, memory_store_id=shelf.store)
    assert shelf.create("/a/x").path == "/a/x"
    assert shelf.create("/b").path == "/b"
    conflict(shelf.post({"path": "/d/x", "content": ""}), shelf.read(renamed))


@pytest.mark.parametrize(
    "fields", [{"content": "New."}, {"path": "/new"}, {"path": "/new", "content": "New."}, {"content": ""}]
)
def test_an_update_changes_what_it_names(shelf: Shelf, fields: dict[str, Any]) -> None:
    before = shelf.create("/a", "Old.", view="full")
    after = shelf.update(before, view="full", **fields)
    expected = {"path": "/a", "content": "Old."} | fields
    assert {"path": after.path, "content": after.content} == expected
    assert after.content_sha256 == digest(expected["content"])
    assert after.content_size_bytes == len(expected["content"])
    assert (after.id, after.created_at) == (before.id, before.created_at)
    assert after.memory_version_id != before.memory_version_id
    assert after.updated_at > before.updated_at
    assert shelf.read(after) == after


@pytest.mark.parametrize(
    "fields",
    [
        {"content": "Old."},
        {"path": "/a"},
        {"path": "/a", "content": "Old."},
        {"content": "Old.", "path": None},
        {"content": "Old.", "precondition": condition("Old.")},
        {"content": "Old.", "precondition": condition("anything else")},
        {"path": "/a", "precondition": condition("anything else")},
    ],
)
def test_an_update_to_what_is_there_changes_nothing(shelf: Shelf, fields: dict[str, Any]) -> None:
    memory = shelf.create("/a", "Old.")
    before = shelf.everything()
    shelf.scene.mock.clock.advance(hours=1)
    assert shelf.update(memory, **fields) == memory
    assert shelf.everything() == before


@pytest.mark.parametrize(
    "fields", [{"content": "New."}, {"path": "/b"}, {"path": "/b", "content": "Old."}, {"path": "/taken"}]
)
def test_a_failed_precondition_changes_nothing(shelf: Shelf, fields: dict[str, Any]) -> None:
    memory = shelf.create("/a", "Old.")
    shelf.create("/taken")
    before = shelf.everything()
    response = shelf.post({**fields, "precondition": condition("Older.")}, memory)
    assert refused(response, 409, PRECONDITION) == CHANGED
    assert set(response.json()["error"]) == {"type", "message"}
    assert response.headers["x-should-retry"] == "false"
    assert shelf.everything() == before


@pytest.mark.parametrize("fields", [{"content": "New."}, {"path": "/b"}, {"path": "/b", "content": "New."}])
def test_a_precondition_that_holds_lets_the_update_pass(shelf: Shelf, fields: dict[str, Any]) -> None:
    memory = shelf.create("/a", "Old.")
    after = shelf.update(memory, precondition=condition("Old."), **fields)
    assert after.memory_version_id != memory.memory_version_id


def test_the_store_holds_so_many_memories(shelf: Shelf) -> None:
    shelf.scene.mock.policy.memories_per_store = 2
    memory, other = shelf.create("/a"), shelf.create("/b")
    before = shelf.everything()
    response = shelf.post({"path": "/c", "content": ""})
    message = refused(response, 400, "invalid_request_error")
    assert message == f"memory store {shelf.store} has reached its limit of 2 memories"
    assert "x-should-retry" not in response.headers
    assert shelf.everything() == before
    conflict(shelf.post({"path": "/a", "content": ""}), memory)
    assert shelf.update(memory, path="/c", content="New.").path == "/c"
    shelf.memories.delete(other.id, memory_store_id=shelf.store)
    assert shelf.create("/d").path == "/d"


@pytest.mark.parametrize("expected", [None, "Old."])
def test_delete_forgets_the_memory(shelf: Shelf, expected: str | None) -> None:
    memory = shelf.create("/a", "Old.")
    options: Any = {} if expected is None else {"expected_content_sha256": digest(expected)}
    deleted = shelf.memories.delete(memory.id, memory_store_id=shelf.store, **options)
    assert deleted.to_dict() == {"id": memory.id, "type": "memory_deleted"}
    assert shelf.listed() == []
    for response in (
        shelf.scene.http.get(f"{shelf.url}/{memory.id}"),
        shelf.post({"content": "New."}, memory),
        shelf.scene.http.delete(f"{shelf.url}/{memory.id}"),
    ):
        assert refused(response, 404, "not_found_error") == f"memory `{memory.id}` not found"
        assert "x-should-retry" not in response.headers


def test_delete_refuses_other_content(shelf: Shelf) -> None:
    memory = shelf.create("/a", "Old.")
    before = shelf.everything()
    query = {"expected_content_sha256": digest("Older.")}
    response = shelf.scene.http.delete(f"{shelf.url}/{memory.id}", params=query)
    assert refused(response, 409, PRECONDITION) == CHANGED
    assert response.headers["x-should-retry"] == "false"
    assert shelf.everything() == before


@pytest.mark.parametrize(
    ("sha", "message"),
    [
        ("", "must be 64 characters (and 1 more validation errors)"),
        ("not-a-digest", "must be 64 characters (and 1 more validation errors)"),
        ("null", "must be 64 characters (and 1 more validation errors)"),
        (SHA[:-1], "must be 64 characters"),
        (SHA.upper(), "must be lower-case hexadecimal"),
        ("z" * 64, "must be lower-case hexadecimal"),
    ],
)
def test_delete_refuses_what_is_no_digest(shelf: Shelf, sha: str, message: str) -> None:
    memory = shelf.create("/a", "Old.")
    before = shelf.everything()
    response = shelf.scene.http.delete(f"{shelf.url}/{memory.id}", params={"expected_content_sha256": sha})
    assert refused(response, 400, "invalid_request_error") == f"expected_content_sha256: {message}"
    assert shelf.everything() == before


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("id", [f"mem_{ABSENT}", "mem_x", f"memver_{ABSENT}", "x" * 5000, "a b", "ü", "null"])
def test_an_unknown_memory_is_not_found(shelf: Shelf, method: str, id: str) -> None:
    body: Any = {"json": {"content": "New."}} if method == "POST" else {}
    response = shelf.scene.http.request(method, f"{shelf.url}/{id}", **body)
    assert refused(response, 404, "not_found_error") == f"memory `{id}` not found"
    assert "x-should-retry" not in response.headers


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_memory_is_found_in_its_own_store_only(shelf: Shelf, method: str) -> None:
    memory, other = shelf.create("/a"), Shelf(shelf.scene)
    before = shelf.everything()
    body: Any = {"json": {"content": "New."}} if method == "POST" else {}
    for id in (memory.id, memory.memory_version_id, shelf.store):
        refused(shelf.scene.http.request(method, f"{other.url}/{id}", **body), 404, "not_found_error")
    assert shelf.everything() == before


def test_equal_paths_in_two_stores_are_two_memories(shelf: Shelf) -> None:
    assert shelf.create("/a").id != Shelf(shelf.scene).create("/a").id


PATHS = ["/a.md", "/b/c.md", "/b/d/e.md", "/b/d/f.md", "/b-x/g.md", "/b.md", "/h/i/j/k.md", "/b/é/l.md"]


@pytest.fixture
def tree(shelf: Shelf) -> Shelf:
    """The memories at `PATHS`, created in that order."""
    for path in PATHS:
        shelf.scene.create(f"memory_stores/{shelf.store}/memories", path=path, content="Text.")
    return shelf


def test_newest_first(tree: Shelf) -> None:
    assert tree.listed() == PATHS[::-1]


def test_neither_update_nor_rename_moves_a_place(tree: Shelf) -> None:
    first = next(memory for memory in tree.memories.list(tree.store) if memory.path == "/a.md")
    assert first.type == "memory"
    tree.update(first, path="/z.md", content="New.")
    assert tree.listed() == [*PATHS[:0:-1], "/z.md"]


def test_the_list_always_carries_empty_prefixes(tree: Shelf) -> None:
    assert set(tree.scene.http.get(tree.url).json()) == {"data", "prefixes"}
    for query in ({"limit": 2}, {"limit": 2, "depth": 1}):
        body = tree.scene.http.get(tree.url, params=query).json()
        assert set(body) == {"data", "prefixes", "next_page"}
        assert body["prefixes"] == []


@pytest.mark.parametrize("depth", [{}, {"depth": 0}])
@pytest.mark.parametrize(
    ("prefix", "below"),
    [
        ("/", PATHS[::-1]),
        ("/b/", ["/b/é/l.md", "/b/d/f.md", "/b/d/e.md", "/b/c.md"]),
        ("/b/d/", ["/b/d/f.md", "/b/d/e.md"]),
        ("/b/é/", ["/b/é/l.md"]),
        ("/h/i/j/", ["/h/i/j/k.md"]),
        ("/b-x/", ["/b-x/g.md"]),
        ("/B/", []),
        ("/b/d/e.md/", []),
        ("/none/", []),
        ("//", []),
    ],
)
def test_a_prefix_matches_whole_segments(tree: Shelf, depth: dict[str, Any], prefix: str, below: list[str]) -> None:
    assert tree.listed(path_prefix=prefix, **depth) == below


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
@pytest.mark.parametrize(
    ("prefix", "memories", "directories"),
    [
        ({}, ["/b.md", "/a.md"], ["/b-x/", "/b/", "/h/"]),
        ({"path_prefix": "/"}, ["/b.md", "/a.md"], ["/b-x/", "/b/", "/h/"]),
        ({"path_prefix": "/b/"}, ["/b/c.md"], ["/b/d/", "/b/é/"]),
        ({"path_prefix": "/b/d/"}, ["/b/d/f.md", "/b/d/e.md"], []),
        ({"path_prefix": "/h/"}, [], ["/h/i/"]),
        ({"path_prefix": "/none/"}, [], []),
    ],
)
def test_depth_one_rolls_up_what_lies_deeper(
    tree: Shelf, limit: int, prefix: dict[str, Any], memories: list[str], directories: list[str]
) -> None:
    items = list(tree.memories.list(tree.store, depth=1, limit=limit, **prefix))
    assert [item.path for item in items if item.type == "memory"] == memories
    assert [item.to_dict() for item in items if item.type == "memory_prefix"] == [
        {"type": "memory_prefix", "path": path} for path in directories
    ]
    assert len(items) == len(memories) + len(directories)


def test_descending_from_prefix_to_prefix_finds_everything(tree: Shelf) -> None:
    found, ahead = set(), ["/"]
    while ahead:
        for item in tree.memories.list(tree.store, depth=1, path_prefix=ahead.pop()):
            if item.type == "memory":
                found.add(item.path)
            else:
                ahead.append(item.path)
    assert found == set(PATHS)


@pytest.mark.parametrize("limit", [1, 3, 8, 100])
@pytest.mark.parametrize("depth", [0, 1])
def test_pages_add_up(tree: Shelf, limit: int, depth: int) -> None:
    whole = tree.listed(depth=depth)
    page = tree.memories.list(tree.store, limit=limit, depth=depth)
    sizes, seen = [len(page.data)], [item.path for item in page.data]
    while page.has_next_page():
        page = page.get_next_page()
        sizes.append(len(page.data))
        seen += [item.path for item in page.data]
    assert seen == whole
    assert all(size == limit for size in sizes[:-1])
    assert 0 < sizes[-1] <= limit


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ({}, 20),
        ({"limit": 100}, 25),
        ({"limit": 21}, 21),
        ({"view": "basic", "limit": 25}, 25),
        ({"view": "full"}, 20),
        ({"view": "full", "limit": 100}, 20),
        ({"view": "full", "limit": 19}, 19),
        ({"view": "full", "limit": 100, "depth": 1}, 20),
        ({"limit": 100, "depth": 1}, 25),
    ],
)
def test_page_sizes(shelf: Shelf, query: dict[str, Any], size: int) -> None:
    for number in range(15):
        shelf.create(f"/{number:02}")
    for number in range(10):
        shelf.create(f"/d{number}/x" if query.get("depth") else f"/x{number}")
    page = shelf.memories.list(shelf.store, **query)
    assert len(page.data) == size
    assert page.has_next_page() == (size < 25)
    assert len(shelf.listed(**query)) == 25
    contents = {item.content for item in page.data if item.type == "memory"}
    assert contents == ({"Text."} if query.get("view") == "full" else {None})


ALIGNED = "path_prefix must be segment-aligned and end with /"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("depth=2", "depth must be 0 or 1 when provided"),
        ("depth=-1", "depth must be 0 or 1 when provided"),
        ("depth=99", "depth must be 0 or 1 when provided"),
        ("depth=", 'Failed to parse request: depth: "" is not a valid value'),
        ("depth=one", 'Failed to parse request: depth: "one" is not a valid value'),
        ("depth=" + "9" * 500, f'Failed to parse request: depth: "{"9" * 80}…" is not a valid value'),
        ("path_prefix=", ALIGNED),
        ("path_prefix=/b", ALIGNED),
        ("path_prefix=b/", ALIGNED),
        ("path_prefix=b", ALIGNED),
        ("path_prefix=/b/d", ALIGNED),
        ("path_prefix=" + "x" * 5000, ALIGNED),
        ("path_prefix=/b&depth=1", ALIGNED),
    ],
)
def test_bad_queries_are_refused_by_name(tree: Shelf, query: str, message: str) -> None:
    response = tree.scene.http.get(f"{tree.url}?{query}")
    assert refused(response, 400, "invalid_request_error") == message
    assert "x-should-retry" not in response.headers


LONG = "/a-directory-with-a-name-of-some-length/"


@pytest.mark.parametrize(
    ("listing", "other"),
    [
        ({}, {"depth": 1}),
        ({}, {"path_prefix": "/b/"}),
        ({"path_prefix": "/b/", "depth": 1}, {"path_prefix": "/b/"}),
        ({"path_prefix": f"{LONG}b/"}, {"path_prefix": f"{LONG}c/"}),
        ({"path_prefix": f"{LONG}b/", "depth": 1}, {"path_prefix": f"{LONG}c/", "depth": 1}),
    ],
)
def test_a_cursor_is_good_for_its_own_prefix_and_depth_only(
    shelf: Shelf, listing: dict[str, Any], other: dict[str, Any]
) -> None:
    for prefix in ("/b/", f"{LONG}b/", f"{LONG}c/"):
        for number in range(3):
            shelf.create(f"{prefix}{number}")
    cursor = shelf.memories.list(shelf.store, limit=1, **listing).next_page or ""
    assert cursor.startswith("page_")
    assert len(shelf.memories.list(shelf.store, page=cursor, **listing).data) > 0
    with pytest.raises(anthropic.BadRequestError, match="invalid page cursor"):
        shelf.memories.list(shelf.store, page=cursor, **other)


def test_a_cursor_may_change_view_and_limit(tree: Shelf) -> None:
    cursor = tree.memories.list(tree.store, limit=3).next_page or ""
    rest = tree.memories.list(tree.store, page=cursor, view="full", limit=2)
    assert [item.path for item in rest.data] == PATHS[::-1][3:5]
    assert [item.path for item in rest] == PATHS[::-1][3:]


def test_a_write_through_the_list_is_seen_at_once(tree: Shelf) -> None:
    memory = tree.create("/new.md", "One.")
    tree.update(memory, content="Two.")
    [newest] = tree.scene.http.get(tree.url, params={"limit": 1, "view": "full"}).json()["data"]
    assert newest["content"] == "Two."
    tree.memories.delete(memory.id, memory_store_id=tree.store)
    assert tree.listed() == PATHS[::-1]
