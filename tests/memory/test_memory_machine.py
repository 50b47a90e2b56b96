"""All fourteen memory operations in any order, against a model of plain dicts; and cursors while lists change.

`MOCKDREAMS_TEST_EXAMPLES=5000 pytest tests/memory/test_memory_machine.py` digs deeper, at random.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test

from mockdreams import MockDreams
from tests.support.machines import depth
from tests.support.memory_machine import MOST_PAGES, STORES, Json, Memories, segments

pytestmark = pytest.mark.machine


def test_all_operations_agree_with_the_model() -> None:
    run_state_machine_as_test(Memories, settings=settings(depth(6), stateful_step_count=30))


class Change(NamedTuple):
    """Something that happens between two pages."""

    what: str
    which: int
    path: str


tree = segments("a", "b", "c")
changes = st.builds(Change, st.sampled_from(["create", "delete", "change", "archive"]), st.integers(0, 9), tree)
between = st.lists(st.lists(changes, max_size=3), max_size=12)


class Shelf:
    """One store whose memories change while a list of them is read."""

    def __init__(self, mock: MockDreams) -> None:
        self.http = mock.http
        self.clock = mock.clock
        self.url = f"{STORES}/{self.http.post(STORES, json={'name': 'Notes'}).json()['id']}"
        self.paths: dict[str, str] = {}

    def apply(self, change: Change) -> None:
        url, ids = f"{self.url}/memories", list(self.paths)
        if change.what == "create":
            response = self.http.post(url, json={"path": change.path, "content": ""})
            if response.status_code == 200:
                self.paths[response.json()["id"]] = change.path
        elif ids:
            id = ids[change.which % len(ids)]
            if change.what == "delete":
                self.http.delete(f"{url}/{id}")
                del self.paths[id]
            elif self.http.post(f"{url}/{id}", json={"path": change.path}).status_code == 200:
                self.paths[id] = change.path

    def below(self, prefix: str, depth: int) -> set[str]:
        """What a list shows now: ids, and at depth 1 also directories."""
        rest = {id: path.removeprefix(prefix) for id, path in self.paths.items() if path.startswith(prefix)}
        if not depth:
            return set(rest)
        return {prefix + path.split("/")[0] + "/" if "/" in path else id for id, path in rest.items()}

    def versions(self) -> set[str]:
        """The ids of all versions that are kept; a hundred at most."""
        answer = self.http.get(f"{self.url}/memory_versions", params={"limit": 100}).json()
        return {version["id"] for version in answer["data"]}


def check_pages(
    http: Any,
    url: str,
    query: Json,
    gaps: list[list[Change]],
    apply: Callable[[Change], None],
    now: Callable[[], set[str]],
) -> None:
    """Read a list while `gaps` happen between its pages: nothing comes twice, and what was there throughout comes."""
    came, throughout = [], now()
    page: Json = {}
    for _ in range(MOST_PAGES):
        answer = http.get(url, params=query | page).json()
        came += [item.get("id") or item["path"] for item in answer["data"]]
        if "next_page" not in answer:
            break
        page = {"page": answer["next_page"]}
        for change in gaps.pop(0) if gaps else []:
            apply(change)
            throughout &= now()
    assert "next_page" not in answer
    assert len(came) == len(set(came))
    assert throughout <= set(came)


@depth(6)
@given(
    st.lists(tree, min_size=4, max_size=12),
    between,
    st.sampled_from(["/", "/a/"]),
    st.sampled_from([0, 1]),
    st.integers(1, 3),
)
def test_memory_cursors_survive_changes(
    start: list[str], gaps: list[list[Change]], prefix: str, depth: int, limit: int
) -> None:
    with MockDreams() as mock:
        shelf = Shelf(mock)
        for path in start:
            shelf.apply(Change("create", 0, path))
        query = {"path_prefix": prefix, "depth": depth, "limit": limit}
        check_pages(mock.http, f"{shelf.url}/memories", query, gaps, shelf.apply, lambda: shelf.below(prefix, depth))


@depth(5)
@given(st.lists(changes, min_size=4, max_size=12), between, st.integers(1, 3))
def test_version_cursors_survive_writes_and_expiry(start: list[Change], gaps: list[list[Change]], limit: int) -> None:
    with MockDreams(policy={"versions_always_kept": 1}) as mock:
        shelf = Shelf(mock)
        for change in start:
            shelf.apply(change)
            mock.clock.advance(days=3)

        def apply(change: Change) -> None:
            if change.what == "archive":
                mock.clock.advance(days=change.which)
            else:
                shelf.apply(change)

        check_pages(mock.http, f"{shelf.url}/memory_versions", {"limit": limit}, gaps, apply, shelf.versions)


@depth(5)
@given(st.integers(3, 8), between, st.integers(1, 3), st.booleans())
def test_store_cursors_survive_changes(count: int, gaps: list[list[Change]], limit: int, archived: bool) -> None:
    with MockDreams() as mock:
        shown: dict[str, bool] = {}

        def apply(change: Change) -> None:
            ids = list(shown)
            if change.what == "create" or not ids:
                shown[mock.http.post(STORES, json={"name": "Notes"}).json()["id"]] = True
                return
            id = ids[change.which % len(ids)]
            if change.what == "delete":
                mock.http.delete(f"{STORES}/{id}")
                del shown[id]
            elif change.what == "archive":
                mock.http.post(f"{STORES}/{id}/archive")
                shown[id] = archived
            else:
                mock.http.post(f"{STORES}/{id}", json={"name": change.path})

        for _ in range(count):
            apply(Change("create", 0, "/a"))
        query = {"limit": limit, "include_archived": str(archived).lower()}
        check_pages(mock.http, STORES, query, gaps, apply, lambda: {id for id, here in shown.items() if here})
