"""GET /v1/dreams."""

from datetime import UTC, datetime

import pytest

from tests.support.helpers import Scene, refused


@pytest.fixture
def dreams(scene: Scene) -> list[str]:
    """Five dreams, oldest first."""
    store, session = scene.store(), scene.session()
    return [scene.dream(store, [session]).id for _ in range(5)]


def test_newest_first(scene: Scene, dreams: list[str]) -> None:
    assert [dream.id for dream in scene.beta.dreams.list()] == dreams[::-1]


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
def test_pages_add_up(scene: Scene, dreams: list[str], limit: int) -> None:
    page = scene.beta.dreams.list(limit=limit)
    seen = [dream.id for dream in page.data]
    assert len(seen) <= limit
    while page.has_next_page():
        page = page.get_next_page()
        seen += [dream.id for dream in page.data]
    assert seen == dreams[::-1]


def test_the_last_page_says_null(scene: Scene, dreams: list[str]) -> None:
    body = scene.http.get("/v1/dreams").json()
    assert set(body) == {"data", "next_page"}
    assert body["next_page"] is None
    first = scene.http.get("/v1/dreams", params={"limit": 2}).json()
    assert first["next_page"].startswith("page_")


@pytest.mark.long
def test_twenty_by_default(scene: Scene) -> None:
    store, session = scene.store(), scene.session()
    for _ in range(21):
        scene.dream(store, [session])
    assert len(scene.beta.dreams.list().data) == 20


def test_a_cursor_survives_what_happens_between_pages(scene: Scene, dreams: list[str]) -> None:
    page = scene.beta.dreams.list(limit=2)
    scene.mock.clock.run_until_idle()
    scene.beta.dreams.archive(dreams[3])
    scene.beta.dreams.archive(dreams[1])
    scene.dream()
    rest = scene.beta.dreams.list(limit=2, page=page.next_page or "")
    assert [dream.id for dream in rest] == [dreams[2], dreams[0]]


@pytest.mark.parametrize("brackets", ["", "[]"])
def test_statuses_are_alternatives(scene: Scene, dreams: list[str], brackets: str) -> None:
    scene.beta.dreams.cancel(dreams[0])
    scene.mock.clock.run_until_idle()
    query = f"statuses{brackets}=canceled&statuses{brackets}=failed"
    assert [dream["id"] for dream in scene.http.get(f"/v1/dreams?{query}").json()["data"]] == [dreams[0]]
    listed = scene.beta.dreams.list(statuses=["canceled", "completed"])
    assert [dream.id for dream in listed] == dreams[::-1]


@pytest.mark.long
def test_statuses_page_in_the_one_order(scene: Scene, dreams: list[str]) -> None:
    scene.beta.dreams.cancel(dreams[0])
    scene.beta.dreams.cancel(dreams[3])
    scene.mock.clock.run_until_idle()
    scene.beta.dreams.archive(dreams[3])
    scene.beta.dreams.archive(dreams[1])

    def listed(**query: object) -> list[str]:
        return [dream.id for dream in scene.beta.dreams.list(limit=1, **query)]  # type: ignore[arg-type]

    assert listed(statuses=["canceled", "completed"]) == [dreams[4], dreams[2], dreams[0]]
    assert listed(statuses=["canceled", "completed"], include_archived=True) == dreams[::-1]
    assert listed(statuses=["canceled"], include_archived=True) == [dreams[3], dreams[0]]
    assert listed(statuses=["pending", "running", "failed"]) == []


def test_archived_dreams_are_left_out_unless_asked_for(scene: Scene, dreams: list[str]) -> None:
    scene.mock.clock.run_until_idle()
    scene.beta.dreams.archive(dreams[2])
    assert dreams[2] not in [dream.id for dream in scene.beta.dreams.list()]
    assert [dream.id for dream in scene.beta.dreams.list(include_archived=True)] == dreams[::-1]


@pytest.mark.mockdreams(clock="manual")
def test_creation_times_bound_exclusively(scene: Scene) -> None:
    store, session, created = scene.store(), scene.session(), []
    for _ in range(4):
        created.append(scene.dream(store, [session]))
        scene.mock.clock.advance(seconds=1)
    after = scene.beta.dreams.list(created_at_gt=created[1].created_at)
    before = scene.beta.dreams.list(created_at_lt=created[1].created_at)
    between = scene.beta.dreams.list(created_at_gt=created[0].created_at, created_at_lt=created[3].created_at)
    assert [dream.id for dream in after] == [created[3].id, created[2].id]
    assert [dream.id for dream in before] == [created[0].id]
    assert [dream.id for dream in between] == [created[2].id, created[1].id]


def test_times_may_come_in_any_zone(scene: Scene, dreams: list[str]) -> None:
    def listed(after: str) -> int:
        return len(scene.http.get("/v1/dreams", params={"created_at[gt]": after}).json()["data"])

    assert listed("2020-01-01T00:00:00+05:00") == listed("2020-01-01T00:00:00.5Z") == 5
    assert listed("2999-01-01T00:00:00Z") == 0
    assert len(list(scene.beta.dreams.list(created_at_gt=datetime(2020, 1, 1, tzinfo=UTC)))) == 5


def test_polling_the_list_ends_as_polling_a_dream_does(scene: Scene, dreams: list[str]) -> None:
    for _ in range(10):
        if len(scene.beta.dreams.list(statuses=["completed"]).data) == 5:
            return
    raise AssertionError("ten looks at the list did not bring five dreams to their end")


EXPECTED = "; expected one of canceled, completed, failed, pending, running"


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=0", "limit: value must be greater than or equal to 1 and less than or equal to 100"),
        ("limit=-1", "limit: value must be greater than or equal to 1 and less than or equal to 100"),
        ("limit=101", "limit: value must be greater than or equal to 1 and less than or equal to 100"),
        ("limit=1001", "limit: must be greater than or equal to 1 and less than or equal to 1000"),
        ("limit=ten", 'Failed to parse request: limit: "ten" is not a valid value'),
        ("limit=" + "9" * 5000, f'Failed to parse request: limit: "{"9" * 80}…" is not a valid value'),
        ("limit=9223372036854775808", 'Failed to parse request: limit: "9223372036854775808" is not a valid value'),
        ("limit=٣", 'Failed to parse request: limit: "٣" is not a valid value'),
        ("include_archived=yes", 'Failed to parse request body: invalid value for bool field include_archived: "yes"'),
        ("statuses[]=done", 'Failed to parse request: statuses[0]: "done" is not a valid value' + EXPECTED),
        ("statuses[]=failed&statuses[]=x", 'Failed to parse request: statuses[1]: "x" is not a valid value' + EXPECTED),
        ("created_at[gt]=soon", 'Failed to parse request: created_at[gt]: "soon" is not a valid value'),
        ("created_at[gt]=2020-01-01", 'Failed to parse request: created_at[gt]: "2020-01-01" is not a valid value'),
        ("created_at[lt]=9999-99-99", 'Failed to parse request: created_at[lt]: "9999-99-99" is not a valid value'),
        ("page=2", "invalid page cursor"),
        ("page=page_", "invalid page cursor"),
        ("page=page_AAAA", "invalid page cursor"),
        ("page=" + "x" * 5000, "invalid page cursor"),
    ],
)
def test_bad_queries_are_refused_by_name(scene: Scene, query: str, message: str) -> None:
    assert refused(scene.http.get(f"/v1/dreams?{query}"), 400, "invalid_request_error") == message


def test_a_refused_list_is_no_look(scene: Scene, dreams: list[str]) -> None:
    before = scene.mock.clock.now()
    scene.http.get("/v1/dreams?limit=0")
    assert scene.mock.clock.now() == before
    scene.http.get("/v1/dreams?limit=1")
    assert scene.mock.clock.now() > before


@pytest.mark.long
def test_a_list_that_was_read_before_is_still_current(scene: Scene, dreams: list[str]) -> None:
    scene.mock.clock.mode = "manual"
    for act in (
        lambda: scene.beta.dreams.cancel(dreams[0]),
        lambda: scene.beta.dreams.archive(dreams[0]),
        scene.dream,
        scene.mock.clock.run_until_idle,
    ):
        before = scene.http.get("/v1/dreams").content
        assert scene.http.get("/v1/dreams").content == before
        act()
        assert scene.http.get("/v1/dreams").content != before
    scene.mock.reset()
    assert scene.http.get("/v1/dreams").json()["data"] == []


def test_a_cursor_of_another_list_is_refused(scene: Scene, dreams: list[str]) -> None:
    scene.store()
    cursor = scene.http.get("/v1/memory_stores?limit=1").json()["next_page"]
    refused(scene.http.get("/v1/dreams", params={"page": cursor}), 400, "invalid_request_error")
