"""What a review says of a dream, asked through the official clients and the handle."""

import pytest
from anthropic.types.beta import BetaDream

from mockdreams import ControlError
from mockdreams.review import Change, Review, ReviewError, review
from tests.support.helpers import ABSENT, Scene

KINDS = ("kept", "merged", "changed", "dropped", "added", "moved")


def dreamt(scene: Scene, before: dict[str, str], after: dict[str, str], **script: object) -> BetaDream:
    """A completed dream that made `after` of a store with `before`."""
    written = {path: content for path, content in after.items() if before.get(path) != content}
    deleted = [path for path in before if path not in after]
    scene.mock.dreams.script(write=written, delete=deleted, **script)  # type: ignore[arg-type]
    return scene.finished(store_id=scene.store(before))


def reviewed(scene: Scene, before: dict[str, str], after: dict[str, str]) -> Review:
    return review(scene.mock.client(), dreamt(scene, before, after).id)


def paths(found: Review) -> dict[str, list[str]]:
    """The paths of each kind of change that there is."""
    told = {kind: [change.path for change in getattr(found, kind)] for kind in KINDS}
    return {kind: each for kind, each in told.items() if each}


def lines(change: Change) -> list[tuple[str, str]]:
    return [(line.operation, line.text) for line in change.diff]


def test_each_memory_is_told_of_once_by_what_became_of_it(scene: Scene) -> None:
    found = reviewed(
        scene,
        {
            "/same.md": "Stays as it is.",
            "/prefs.md": "- Indents with spaces.",
            "/old.md": "Was let go in March.",
            "/people/ann.md": "Ann is the release manager.",
            "/tea.md": "- Likes green tea in the morning.",
            "/drinks.md": "# Drinks\n- No coffee after noon.",
        },
        {
            "/same.md": "Stays as it is.",
            "/prefs.md": "- Indents with tabs.",
            "/team/ann.md": "Ann is the release manager.",
            "/drinks.md": "# Drinks\n- No coffee after noon.\n- Likes green tea in the morning.",
            "/new.md": "Deploys on Thursdays.",
        },
    )
    assert paths(found) == {
        "kept": ["/same.md"],
        "merged": ["/drinks.md"],
        "changed": ["/prefs.md"],
        "dropped": ["/old.md"],
        "added": ["/new.md"],
        "moved": ["/team/ann.md"],
    }
    assert [source.path for source in found.merged[0].sources] == ["/drinks.md", "/tea.md"]
    assert [source.path for source in found.moved[0].sources] == ["/people/ann.md"]


def test_a_change_has_both_contents_and_sizes(scene: Scene) -> None:
    found = reviewed(scene, {"/a.md": "Tea."}, {"/a.md": "Grüner Tee."})
    (change,) = found.changed
    assert (change.before, change.after) == ("Tea.", "Grüner Tee.")
    assert (change.bytes_before, change.bytes_after) == (4, 12)
    assert (found.bytes_before, found.bytes_after) == (4, 12)


def test_what_is_added_has_no_before_and_what_is_dropped_no_after(scene: Scene) -> None:
    found = reviewed(scene, {"/a.md": "Was let go in March."}, {"/b.md": "Deploys on Thursdays."})
    assert (found.added[0].before, found.added[0].after) == (None, "Deploys on Thursdays.")
    assert (found.dropped[0].before, found.dropped[0].after) == ("Was let go in March.", None)


def test_a_list_item_that_moved_is_no_deletion_and_addition(scene: Scene) -> None:
    found = reviewed(
        scene,
        {"/a.md": "# Habits\n- Runs tests first.\n- Likes tea.\n- Uses tabs.\n"},
        {"/a.md": "# Habits\n- Uses tabs.\n- Runs tests first.\n- Likes tea.\n"},
    )
    assert lines(found.changed[0]) == [
        ("same", "# Habits"),
        ("moved", "- Uses tabs."),
        ("same", "- Runs tests first."),
        ("same", "- Likes tea."),
    ]
    assert (found.changed[0].diff[1].before_line, found.changed[0].diff[1].after_line) == (4, 2)


def test_an_item_that_got_another_number_stays_the_same(scene: Scene) -> None:
    found = reviewed(scene, {"/a.md": "1. Build\n2. Ship"}, {"/a.md": "1. Check\n2. Build\n3. Ship"})
    assert [(line.operation, line.text, line.was) for line in found.changed[0].diff] == [
        ("added", "1. Check", None),
        ("same", "2. Build", "1. Build"),
        ("same", "3. Ship", "2. Ship"),
    ]


def test_a_line_that_was_edited_stands_beside_what_it_was(scene: Scene) -> None:
    found = reviewed(
        scene,
        {"/a.md": "- Deploys on Tuesdays at nine.\n- Likes tea."},
        {"/a.md": "- Deploys on Thursdays at nine.\n- Likes tea."},
    )
    (edited, same) = found.changed[0].diff
    assert (edited.operation, edited.was) == ("changed", "- Deploys on Tuesdays at nine.")
    assert same.operation == "same"


def test_a_merged_memory_accounts_for_the_lines_of_all_its_sources(scene: Scene) -> None:
    found = reviewed(
        scene,
        {"/a.md": "- Uses tabs.", "/b.md": "- Likes green tea.\n- Hates it."},
        {"/a.md": "- Uses tabs.\n- Likes green tea."},
    )
    assert [(line.operation, line.text, line.source) for line in found.merged[0].diff] == [
        ("same", "- Uses tabs.", None),
        ("moved", "- Likes green tea.", "/b.md"),
        ("removed", "- Hates it.", "/b.md"),
    ]


def test_a_copy_that_was_dropped_was_merged_into_the_original(scene: Scene) -> None:
    found = reviewed(
        scene, {"/a.md": "- Likes green tea.", "/copy.md": "- Likes green tea."}, {"/a.md": "- Likes green tea."}
    )
    assert paths(found) == {"merged": ["/a.md"]}
    assert [source.path for source in found.merged[0].sources] == ["/a.md", "/copy.md"]


def test_two_memories_that_became_a_new_one_are_merged_into_it(scene: Scene) -> None:
    found = reviewed(
        scene,
        {"/a.md": "- Uses tabs everywhere.", "/b.md": "- Likes green tea."},
        {"/both.md": "- Uses tabs everywhere.\n- Likes green tea."},
    )
    assert paths(found) == {"merged": ["/both.md"]}
    assert [source.path for source in found.merged[0].sources] == ["/a.md", "/b.md"]


def test_a_memory_that_was_moved_and_edited_is_moved(scene: Scene) -> None:
    found = reviewed(
        scene,
        {"/a.md": "Ann is the release manager of the web team."},
        {"/b.md": "Ann is the release manager of the app team."},
    )
    assert paths(found) == {"moved": ["/b.md"]}
    assert found.moved[0].diff[0].was == "Ann is the release manager of the web team."


def test_of_equal_memories_that_moved_each_is_told_from_the_one_with_its_name(scene: Scene) -> None:
    text = "Ann is the release manager."
    found = reviewed(scene, {"/a/x.md": text, "/b/y.md": text}, {"/c/y.md": text, "/d/x.md": text})
    assert [(change.path, change.sources[0].path) for change in found.moved] == [
        ("/c/y.md", "/b/y.md"),
        ("/d/x.md", "/a/x.md"),
    ]


def test_the_events_of_the_session_say_why(scene: Scene) -> None:
    dream = dreamt(
        scene,
        {"/prefs.md": "Spaces.", "/old.md": "Let go."},
        {"/prefs.md": "Tabs."},
        say=["The user asked for tabs.", "`/old.md` is out of date."],
    )
    found = review(scene.mock.client(), dream.id)
    assert [(reason.type, reason.text) for reason in found.change("/prefs.md").because] == [
        ("agent.message", "The user asked for tabs."),
        ("agent.tool_use", "write /mnt/memory/notes-dream/prefs.md"),
    ]
    assert [(reason.type, reason.text) for reason in found.change("/old.md").because] == [
        ("agent.message", "`/old.md` is out of date."),
        ("agent.tool_use", "bash rm /mnt/memory/notes-dream/old.md"),
    ]


def test_reasons_name_events_that_can_be_retrieved(scene: Scene) -> None:
    dream = dreamt(scene, {}, {"/new.md": "Fresh."})
    (reason,) = review(scene.mock.client(), dream.id).added[0].because
    assert dream.session_id is not None
    events = {event.id: event for event in scene.beta.sessions.events.list(dream.session_id)}
    assert events[reason.event_id].type == reason.type


def test_the_decisions_of_the_consolidator_are_reasons(scene: Scene) -> None:
    store = scene.store({"/a.md": "- Likes green tea.\n", "/b.md": "- Likes green tea.\n- Uses tabs.\n"})
    found = review(scene.mock.client(), scene.finished(store_id=store).id)
    (merged,) = (*found.merged, *found.changed)
    assert any(reason.text.startswith("Merged into") for reason in merged.because)
    assert not any(reason.text.startswith("read ") for reason in merged.because), "to look is no reason"


def test_a_session_that_is_gone_gives_no_reasons_and_no_error(scene: Scene) -> None:
    dream = dreamt(scene, {}, {"/new.md": "Fresh."})
    assert dream.session_id is not None
    scene.beta.sessions.delete(dream.session_id)
    assert review(scene.mock.client(), dream.id).added[0].because == ()


def test_what_changed_in_the_input_since_is_a_conflict_and_told(scene: Scene) -> None:
    dream = dreamt(scene, {"/a.md": "One.", "/b.md": "Two.", "/c.md": "Three."}, {"/a.md": "Uno.", "/n.md": "New."})
    store, _ = scene.inputs(dream)
    memories = {memory.path: memory.id for memory in scene.beta.memory_stores.memories.list(store)}  # type: ignore[union-attr]
    scene.beta.memory_stores.memories.update(memories["/a.md"], memory_store_id=store, content="Ein.")
    scene.beta.memory_stores.memories.delete(memories["/b.md"], memory_store_id=store)
    scene.beta.memory_stores.memories.create(store, path="/n.md", content="Other.")
    found = review(scene.mock.client(), dream.id)
    assert [conflict.message for conflict in found.conflicts] == [
        "/a.md was changed since the dream read it",
        "/n.md was created since the dream began",
    ]
    assert (found.change("/a.md").before, found.change("/a.md").state) == ("One.", "conflict")
    assert found.change("/b.md").state == "adopted", "it is gone, as the dream wants"
    assert found.open == ("/c.md",)


@pytest.mark.mockdreams(clock="manual")
def test_what_is_written_in_the_moment_of_the_clone_is_told_apart(scene: Scene) -> None:
    """Virtual time stands still, so that both have the same time."""
    store = scene.store({"/a.md": "One."})
    scene.mock.dreams.script(write={"/a.md": "Two."})
    dream = scene.dream(store_id=store)
    scene.mock.clock.advance(seconds=10)
    (memory,) = scene.beta.memory_stores.memories.list(store)
    scene.beta.memory_stores.memories.update(memory.id, memory_store_id=store, content="Ein.")  # type: ignore[union-attr]
    scene.beta.memory_stores.memories.create(store, path="/b.md", content="Later.")
    scene.mock.clock.run_until_idle()
    found = review(scene.mock.client(), dream.id)
    assert paths(found) == {"changed": ["/a.md"]}
    assert found.changed[0].before == "One."


def test_a_dream_that_wrote_to_its_input_is_reviewed_from_versions(scene: Scene) -> None:
    store = scene.store({"/a.md": "One.", "/b.md": "Two, to be dropped.", "/same.md": "Stays."})
    scene.mock.dreams.script(write={"/a.md": "Uno.", "/n.md": "New."}, delete=["/b.md"])
    behavior = {"type": "update_existing", "memory_store_id": store}
    dream = scene.finished(store_id=store, output_behavior=behavior)
    found = review(scene.mock.client(), dream.id)
    assert paths(found) == {"kept": ["/same.md"], "changed": ["/a.md"], "dropped": ["/b.md"], "added": ["/n.md"]}
    assert (found.output_behavior, found.changed[0].before) == ("update_existing", "One.")
    assert found.adopted == ["/a.md", "/b.md", "/n.md"]


def test_what_others_wrote_to_the_store_is_not_the_work_of_the_dream(scene: Scene) -> None:
    store = scene.store({"/a.md": "One."})
    scene.mock.dreams.script(write={"/a.md": "Uno."})
    behavior = {"type": "update_existing", "memory_store_id": store}
    dream = scene.finished(store_id=store, output_behavior=behavior)
    scene.beta.memory_stores.memories.create(store, path="/later.md", content="By somebody.")
    found = review(scene.mock.client(), dream.id)
    assert paths(found) == {"kept": ["/later.md"], "changed": ["/a.md"]}


@pytest.mark.mockdreams(clock="manual")
def test_a_dream_without_an_output_has_no_review(scene: Scene) -> None:
    dream = scene.dream()
    with pytest.raises(ReviewError, match="has no output store to review: it is pending"):
        review(scene.mock.client(), dream.id)
    with pytest.raises(ControlError, match="has no output store to review: it is pending"):
        scene.mock.dreams.review(dream)


def test_a_store_that_is_gone_is_told(scene: Scene) -> None:
    dream = dreamt(scene, {}, {"/new.md": "Fresh."})
    scene.beta.memory_stores.delete(dream.outputs[0].memory_store_id)
    with pytest.raises(ReviewError, match=r"a memory store of dream .* is gone"):
        review(scene.mock.client(), dream.id)


def test_an_unknown_dream_is_told(scene: Scene) -> None:
    with pytest.raises(LookupError):
        scene.mock.dreams.review(f"drm_{ABSENT}")


@pytest.mark.long
async def test_all_ways_to_ask_give_the_same_review(scene: Scene) -> None:
    dream = dreamt(scene, {"/a.md": "One.", "/b.md": "Two."}, {"/a.md": "Uno.", "/n.md": "New."}, say=["So be it."])
    by_sdk = review(scene.mock.client(), dream.id)
    async with scene.mock.async_client() as client:
        assert await review(client, dream.id) == by_sdk
    assert scene.mock.dreams.review(dream) == by_sdk
    assert scene.mock.dreams.review(dream.id) == by_sdk
    answer = scene.http.get(f"/_mockdreams/dreams/{dream.id}/review")
    assert Review.model_validate(answer.json()) == by_sdk


@pytest.mark.long
def test_a_review_of_a_page_full_of_memories_has_them_all(scene: Scene) -> None:
    before = {f"/{number}.md": f"Note {number}." for number in range(45)}
    found = reviewed(scene, before, before | {"/7.md": "Something else entirely."})
    assert (len(found.kept), [change.path for change in found.changed]) == (44, ["/7.md"])
    assert found.change("/44.md").kind == "kept"
