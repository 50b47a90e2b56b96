"""Adopting what a dream changed onto its input store."""

from collections.abc import Iterable

import anthropic
import httpx2
import pytest

from mockdreams import ControlError
from mockdreams.dreaming.plan import Delete, Dreamer, DreamInputs, Step, Write
from mockdreams.review import Review, ReviewError, adopt, review
from tests.support.helpers import Scene

BEFORE = {
    "/same.md": "Stays as it is.",
    "/prefs.md": "- Indents with spaces.",
    "/old.md": "Was let go in March.",
    "/people/ann.md": "Ann is the release manager.",
    "/tea.md": "- Likes green tea in the morning.",
    "/drinks.md": "# Drinks\n- No coffee after noon.",
}
AFTER = {
    "/same.md": "Stays as it is.",
    "/prefs.md": "- Indents with tabs.",
    "/team/ann.md": "Ann is the release manager.",
    "/drinks.md": "# Drinks\n- No coffee after noon.\n- Likes green tea in the morning.",
    "/new.md": "Deploys on Thursdays.",
}
CHANGED = ("/drinks.md", "/new.md", "/old.md", "/prefs.md", "/team/ann.md")


class Dreamt:
    """A completed dream that made one store of another."""

    def __init__(
        self,
        scene: Scene,
        before: dict[str, str] = BEFORE,
        after: dict[str, str] = AFTER,
        dreamer: Dreamer | None = None,
    ) -> None:
        if dreamer is not None:
            scene.mock.dreams.script(dreamer=dreamer)
        else:
            written = {path: content for path, content in after.items() if before.get(path) != content}
            scene.mock.dreams.script(write=written, delete=[path for path in before if path not in after])
        self._scene = scene
        self.store = scene.store(before)
        self.id = scene.finished(store_id=self.store).id
        self.client = scene.mock.client(max_retries=0)

    def review(self) -> Review:
        return review(self.client, self.id)

    def contents(self) -> dict[str, str | None]:
        return self._scene.contents(self.store)

    def memory(self, path: str) -> str:
        memories = self._scene.beta.memory_stores.memories.list(self.store)
        return next(memory.id for memory in memories if memory.type == "memory" and memory.path == path)

    def write(self, path: str, content: str) -> None:
        self.client.beta.memory_stores.memories.update(self.memory(path), memory_store_id=self.store, content=content)


@pytest.fixture
def dream(scene: Scene) -> Dreamt:
    return Dreamt(scene)


def test_what_is_adopted_is_a_review(scene: Scene) -> None:
    dream = scene.finished()
    with pytest.raises(
        ReviewError, match=r"^adopt\(\) takes a review, as review\(client, dream_id\) gives it, not 'drm_"
    ):
        adopt(scene.mock.client(), dream.id)  # type: ignore[call-overload]


@pytest.mark.long
def test_adopting_all_makes_the_input_the_output(dream: Dreamt) -> None:
    done = adopt(dream.client, dream.review())
    assert dream.contents() == AFTER
    assert (done.written, done.adopted, done.conflicts, done.left) == (CHANGED, CHANGED, (), ())


@pytest.mark.long
def test_a_memory_that_is_changed_or_moved_stays_the_same_memory(dream: Dreamt) -> None:
    before = dream.memory("/prefs.md"), dream.memory("/people/ann.md"), dream.memory("/drinks.md")
    adopt(dream.client, dream.review())
    assert (dream.memory("/prefs.md"), dream.memory("/team/ann.md"), dream.memory("/drinks.md")) == before


def test_only_what_is_chosen_is_adopted(dream: Dreamt) -> None:
    done = adopt(dream.client, dream.review(), only=["/prefs.md", "/new.md"])
    assert dream.contents() == BEFORE | {"/prefs.md": AFTER["/prefs.md"], "/new.md": AFTER["/new.md"]}
    assert done.written == ("/new.md", "/prefs.md")
    assert done.left == ("/drinks.md", "/old.md", "/team/ann.md")


@pytest.mark.parametrize("path", ["/tea.md", "/drinks.md"])
def test_a_merged_memory_is_chosen_by_its_path_or_that_of_a_source(dream: Dreamt, path: str) -> None:
    adopt(dream.client, dream.review(), only=[path])
    left = {path: content for path, content in BEFORE.items() if path != "/tea.md"}
    assert dream.contents() == left | {"/drinks.md": AFTER["/drinks.md"]}


def test_none_changes_nothing(dream: Dreamt) -> None:
    done = adopt(dream.client, dream.review(), only="none")
    assert dream.contents() == BEFORE
    assert (done.written, done.left) == ((), CHANGED)


def test_a_path_that_is_about_no_change_is_refused_and_nothing_written(dream: Dreamt) -> None:
    with pytest.raises(ReviewError, match=r"changed nothing at /nope\.md"):
        adopt(dream.client, dream.review(), only=["/prefs.md", "/nope.md"])
    assert dream.contents() == BEFORE


def test_adopting_twice_writes_once(scene: Scene, dream: Dreamt) -> None:
    found = dream.review()
    adopt(dream.client, found)
    scene.mock.requests.clear()
    again = adopt(dream.client, found)
    assert (again.written, again.adopted, again.conflicts) == ((), CHANGED, ())
    assert {exchange.method for exchange in scene.mock.requests} == {"GET"}


def test_what_is_adopted_is_told_by_the_next_review(dream: Dreamt) -> None:
    adopt(dream.client, dream.review(), only=["/prefs.md"])
    found = dream.review()
    assert found.adopted == ["/prefs.md"]
    assert found.change("/prefs.md").before == BEFORE["/prefs.md"], "a review tells what the dream found"
    assert found.conflicts == []


def test_what_changed_before_is_refused_and_the_rest_adopted(dream: Dreamt) -> None:
    dream.write("/prefs.md", "- Both.")
    done = adopt(dream.client, dream.review())
    assert dream.contents() == AFTER | {"/prefs.md": "- Both."}
    assert [(conflict.path, conflict.message) for conflict in done.conflicts] == [
        ("/prefs.md", "/prefs.md was changed since the dream read it")
    ]


def test_what_changed_after_the_review_is_refused_too(dream: Dreamt) -> None:
    found = dream.review()
    dream.write("/tea.md", "- Likes black tea.")
    done = adopt(dream.client, found)
    assert done.conflicts[0].memory_path == "/tea.md"
    assert dream.contents() == AFTER | {"/tea.md": "- Likes black tea.", "/drinks.md": BEFORE["/drinks.md"]}


def test_every_write_to_what_is_there_has_a_precondition(scene: Scene, dream: Dreamt) -> None:
    """What changes between the last look and the write is refused by the service itself."""
    found = dream.review()
    scene.mock.requests.clear()
    adopt(dream.client, found)
    deleted = [exchange for exchange in scene.mock.requests if exchange.method == "DELETE"]
    updated = [exchange for exchange in scene.mock.requests if exchange.method == "POST" and "/mem_" in exchange.path]
    hashes = {source.content_sha256 for change in found.changes for source in change.sources}
    assert len(deleted) == 2
    assert {exchange.query["expected_content_sha256"] for exchange in deleted} < hashes
    assert len(updated) == 3
    assert {exchange.body["precondition"]["content_sha256"] for exchange in updated} < hashes


@pytest.mark.long
def test_a_write_that_comes_too_late_is_a_conflict(scene: Scene) -> None:
    dream = Dreamt(scene, {"/a.md": "One."}, {"/a.md": "Uno."})
    others = iter(["Ein."])

    def interfere(request: httpx2.Request) -> None:
        """Somebody else writes just before the client does."""
        if request.method == "POST" and (content := next(others, None)):
            dream.write("/a.md", content)

    http = httpx2.Client(event_hooks={"request": [interfere]}, trust_env=False)
    client = scene.mock.client(http_client=http, max_retries=0)
    done = adopt(client, review(client, dream.id))
    assert dream.contents() == {"/a.md": "Ein."}
    assert [conflict.message for conflict in done.conflicts] == ["/a.md was changed since the dream read it"]
    assert (done.written, done.adopted) == ((), ())


def test_what_broke_off_is_finished_by_the_next_run(scene: Scene, dream: Dreamt) -> None:
    found = dream.review()
    scene.mock.faults.add("DELETE /v1/memory_stores/*/memories/*", status=500)
    with pytest.raises(anthropic.InternalServerError):
        adopt(dream.client, found)
    assert dream.contents()["/tea.md"] == BEFORE["/tea.md"], "nothing is deleted before it is written elsewhere"
    done = adopt(dream.client, found)
    assert done.conflicts == ()
    assert dream.contents() == AFTER


def nested(scene: Scene, gone: str, new: str) -> Dreamt:
    """A dream that took a path beside which a memory cannot live that it deleted."""

    def dreamer(inputs: DreamInputs) -> Iterable[Step]:
        return [Delete(gone), Write(new, "Deploys on Thursdays.")]

    return Dreamt(scene, {gone: "Was let go in March."}, {}, dreamer=dreamer)


@pytest.mark.long
def test_a_write_whose_answer_was_lost_is_no_conflict(scene: Scene, dream: Dreamt) -> None:
    """The client sends it again, and is refused for what it has done itself."""
    found = dream.review()
    lost = scene.mock.faults.add("POST /v1/memory_stores/*/memories", drop="during")
    done = adopt(scene.mock.client(max_retries=2), found)
    assert lost.used
    assert (done.adopted, done.conflicts) == (CHANGED, ())


@pytest.mark.parametrize(("gone", "new"), [("/a", "/a/b.md"), ("/a/b.md", "/a")])
def test_a_path_that_another_change_makes_free_can_be_taken(scene: Scene, gone: str, new: str) -> None:
    dream = nested(scene, gone, new)
    done = adopt(dream.client, dream.review())
    assert done.conflicts == ()
    assert done.written == tuple(sorted((gone, new)))
    assert dream.contents() == {new: "Deploys on Thursdays."}


def test_a_path_that_stays_taken_is_a_conflict(scene: Scene) -> None:
    dream = nested(scene, "/a", "/a/b.md")
    done = adopt(dream.client, dream.review(), only=["/a/b.md"])
    assert "conflicts with existing memory at `/a`" in done.conflicts[0].message
    assert dream.contents() == {"/a": "Was let go in March."}


@pytest.mark.mockdreams(clock="manual")
def test_a_dream_that_runs_is_reviewed_and_not_adopted(scene: Scene) -> None:
    dream = scene.dream()
    scene.mock.clock.advance(seconds=10)
    client = scene.mock.client()
    with pytest.raises(ReviewError, match="cannot be adopted while it is running"):
        adopt(client, review(client, dream.id))


def test_what_a_dream_wrote_to_its_input_is_adopted_already(scene: Scene) -> None:
    store = scene.store({"/a.md": "One."})
    scene.mock.dreams.script(write={"/a.md": "Uno."})
    behavior = {"type": "update_existing", "memory_store_id": store}
    dream = scene.finished(store_id=store, output_behavior=behavior)
    client = scene.mock.client()
    done = adopt(client, review(client, dream.id))
    assert (done.written, done.adopted) == ((), ("/a.md",))


@pytest.mark.long
async def test_an_asynchronous_client_adopts_the_same(scene: Scene, dream: Dreamt) -> None:
    async with scene.mock.async_client() as client:
        done = await adopt(client, await review(client, dream.id))
    assert (done.written, dream.contents()) == (CHANGED, AFTER)


def test_the_handle_adopts_with_no_request(scene: Scene, dream: Dreamt) -> None:
    scene.mock.requests.clear()
    done = scene.mock.dreams.adopt(dream, only=["/prefs.md"])
    assert done.written == ("/prefs.md",)
    assert scene.mock.requests.count("* /**") == 0
    assert scene.mock.dreams.review(dream).adopted == ["/prefs.md"]
    with pytest.raises(ControlError, match=r"changed nothing at /nope\.md"):
        scene.mock.dreams.adopt(dream, only="/nope.md")


def test_the_control_api_adopts_too(scene: Scene, dream: Dreamt) -> None:
    path = f"/_mockdreams/dreams/{dream.id}/adopt"
    assert scene.http.post(path, json={"only": "none"}).json()["written"] == []
    assert scene.http.post(path, json={"only": ["/new.md"]}).json()["written"] == ["/new.md"]
    assert scene.http.post(path).json()["adopted"] == list(CHANGED)
    assert dream.contents() == AFTER
    assert scene.http.post(path, json={"only": "some"}).status_code == 400
