"""The score of a dream: an audit without labels, figures with them, on the command line and in Python."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from mockdreams import MockDreams
from mockdreams.cli import main
from mockdreams.generating import generate
from mockdreams.scoring import assert_dream, audit, score
from tests.support.helpers import Scene
from tests.support.real_stores import CATALOGUE, LESSONS, MINUTES


@pytest.mark.parametrize("memories", [MINUTES, CATALOGUE, LESSONS], ids=["minutes", "catalogue", "lessons"])
@pytest.mark.long
def test_our_own_dream_passes_the_audit(memories: dict[str, str]) -> None:
    with MockDreams() as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = client.beta.memory_stores.create(name="Notes").id
        for path, content in memories.items():
            client.beta.memory_stores.memories.create(store, path=path, content=content)
            mock.clock.advance(days=1)
        dream = scene.finished(store_id=store)
        result = assert_dream(client, dream, gone=0, tokens_gone=0, invented=0, markup=0)
        assert result.figures["kept"] == 1


def test_an_audit_tells_what_is_gone_reworded_invented_and_broken() -> None:
    before = {
        "/a.md": "Backups are kept for 35 days.\n\nThe gate code is 4711.\n\n```\nx\n```\n",
        "/b.md": "Ana has the key.\n",
    }
    after = {"/a.md": "Backups are always kept 35 days.\n\n```\nx\n", "/c.md": "Ana has the key.\n\nPigs fly.\n"}
    result = audit(before, after)
    told = [(miss.kind, miss.text, miss.path) for miss in result.misses]
    assert ("gone", "The gate code is 4711.", "/a.md") in told
    assert ("tokens_gone", "4711", "/a.md") in told
    assert ("invented", "Pigs fly.", "/c.md") in told
    assert ("markup", "a fence is not closed", "/a.md") in told
    assert result.figures["elsewhere"] == 0.25


def test_labels_are_scored_by_facts_and_not_by_files() -> None:
    labels = {
        "facts": {"/a.md": ["Backups are kept for 35 days."]},
        "near": [{"level": "order", "any": ["In CI tests run twice.", "Tests run twice in CI."]}],
        "apart": [{"kind": "number", "one": "Lot 1 is red.", "other": "Lot 2 is red."}],
    }
    store = {"/new.md": "- Backups are kept for 35 days.\n- Tests run twice in CI.\n- Lot 1 is red.\n"}
    result = score(labels, store, store)
    assert dict(result.figures) == {"facts": 1, "near": 1, "near_order": 1, "wrong_merges": 1}
    assert [str(miss) for miss in result.misses] == ["wrong_merges (number): : Lot 1 is red. | Lot 2 is red."]


def test_near_duplicates_have_a_figure_for_each_grade() -> None:
    labels = {
        "near": [
            {"level": "order", "any": ["In CI tests run twice.", "Tests run twice in CI."]},
            {"level": "function words", "any": ["Tea is hot if brewed.", "Tea is hot when brewed."]},
            {"level": "function words", "any": ["All boxes are red.", "All of the boxes are red."]},
        ]
    }
    after = {
        "/a.md": "In CI tests run twice.\nTea is hot if brewed.\n",
        "/b.md": "Tea is hot when brewed.\nAll boxes\n  are red.\n",
    }
    result = score(labels, {}, after)
    assert dict(result.figures) == {"near": 0.6667, "near_order": 1, "near_function_words": 0.5}
    assert str(result.misses[0]) == ("near (function words): : Tea is hot if brewed. | Tea is hot when brewed.")
    assert json.loads(result.json())["misses"][0]["grade"] == "function words"
    assert result.below({"near_function_words": 0.7, "near_order": 0.7}) == ["near_function_words"]
    cases = ElementTree.fromstring(result.junit())
    assert {case.attrib["name"]: len(case) for case in cases} == {"near": 1, "near_order": 0}


@pytest.mark.parametrize(
    ("after", "near"),
    [
        ("The pumps are tested by Ana before each release.", 1),
        ("- The pumps are tested by Ana before a release\n", 1),
        ("Before a release the valves are tested by Ana.", 0),
        ("Ana tests the pumps before a release.\n\nThe pumps: Ana tests them before a release.", 0),
    ],
)
def test_a_near_duplicate_may_be_said_in_words_of_the_dream(after: str, near: int) -> None:
    wordings = ["Before a release the pumps are tested by Ana.", "The pumps are tested by Ana before a release."]
    assert score({"near": [{"any": wordings}]}, {}, {"/a.md": after}).figures["near"] == near


@pytest.mark.parametrize(
    ("one", "other", "after", "lost"),
    [
        ("Lot 1 is red.", "Lot 2 is red.", "Lot 1 and lot 2 are red.", 0),
        ("Lot 1 is red.", "Lot 2 is red.", "Lot 12 is red.", 1),
        ("Go from Oslo to Bergen.", "Go from Bergen to Oslo.", "One may go from Oslo to Bergen.", 1),
        (
            "Go from Oslo to Bergen.",
            "Go from Bergen to Oslo.",
            "Do go from Oslo to Bergen.\n\nDo go from Bergen to Oslo.",
            0,
        ),
    ],
)
def test_what_must_stay_apart_is_told_by_its_numbers_or_in_two_sentences(
    one: str, other: str, after: str, lost: int
) -> None:
    labels = {"apart": [{"kind": "number", "one": one, "other": other}]}
    assert score(labels, {}, {"/a.md": after}).figures["wrong_merges"] == lost


@pytest.mark.parametrize(
    ("after", "stale", "current"),
    [
        ("Deploys happen on Thursday.", 1, 1),
        ("Deployment is on Thursday, at nine.", 1, 1),
        ("Deploys were moved from Tuesday to Thursday.", 1, 1),
        ("Deployment is on Tuesday.", 0, 0),
        ("Deploys happen on Tuesday.\n\nDeploys happen on Thursday.", 0, 1),
    ],
)
def test_a_contradiction_is_settled_by_what_it_is_about(after: str, stale: int, current: int) -> None:
    row = {
        "about": ["deploy"],
        "stale": "Deploys happen on Tuesday.",
        "current": "Deploys happen on Thursday.",
        "form": "slot",
    }
    figures = score({"contradictions": [row]}, {}, {"/a.md": after}).figures
    assert figures == {"stale": stale, "stale_slot": stale, "current": current, "current_slot": current}


def test_records_and_blocks_may_be_moved_but_not_to_another_owner() -> None:
    block = "```sh\nmake\n```\n"
    labels = {
        "records": [{"owner": ["run", "31"], "path": "/runs/31.md", "values": ["Result: clear"]}],
        "blocks": [{"path": "/runs/31.md", "text": block}],
    }
    moved = {"/runs.md": f"# Runs\n\n## Run 31\n\n- Result: clear\n\n{block}"}
    assert dict(score(labels, {}, moved).figures) == {"records": 1, "blocks": 1}
    wrong = {"/runs.md": moved["/runs.md"].replace("Run 31", "Run 32").replace("make", "make it")}
    assert dict(score(labels, {}, wrong).figures) == {"records": 0, "blocks": 0}


def test_a_wish_is_surfaced_once_and_counted() -> None:
    row = {"about": ["summar", "handover"], "text": "Put a summary on top of each handover.", "sessions": 3}
    told = "- Handovers begin with a summary. (in 3 of 9 sessions)\n"
    twice = f"{told}- I'd like summaries in handovers. (in 1 of 9 sessions)\n"
    figures = [dict(score({"insights": [row]}, {}, {"/i.md": text}).figures) for text in (told, twice, "Nothing.")]
    assert figures == [{"insights": 1, "surfaced": 1}, {"insights": 1, "surfaced": 0}, {"insights": 0, "surfaced": 0}]


def test_copies_are_merged_if_what_they_say_is_said_once() -> None:
    before = dict.fromkeys(("/a.md", "/b.md", "/c.md"), "Tea is hot.\n\nIce is cold.\n")
    labels = {"duplicates": [["/a.md", "/b.md", "/c.md"]]}
    assert score(labels, before, before).figures["duplicates"] == 0
    gone = {"/a.md": before["/a.md"]}
    assert score(labels, before, gone).figures["duplicates"] == 1
    shared = {"/a.md": "Tea is hot.\n", "/b.md": "Ice is cold.\n"}
    assert score(labels, before, shared).figures["duplicates"] == 1


@pytest.mark.parametrize(
    ("after", "torn"),
    [
        ("Sets the depth. It must be a number.", ["Only names of the top are read."]),
        ("Only names of the top are read. Sets the depth.", ["It must be a number."]),
        ("Only names of the top are read. It must be a number.", ["Sets the depth."]),
        ("All names are read. Sets the depth. It must be a number.", []),
        ("See below.", []),
    ],
)
def test_a_paragraph_out_of_which_a_sentence_is_cut_is_torn(after: str, torn: list[str]) -> None:
    before = "## Depth\n\nOnly names of the top are read. Sets the depth. It must be a number.\n"
    result = audit({"/a.md": before}, {"/a.md": f"## Depth\n\n{after}\n"})
    assert [miss.text for miss in result.misses if miss.kind == "torn"] == torn
    assert result.figures["torn"] == len(torn)


def test_a_list_of_statements_is_not_torn() -> None:
    before = "Tea is hot.\nIce is cold.\nSnow is white.\n"
    assert audit({"/a.md": before}, {"/a.md": before.replace("Ice is cold.\n", "")}).figures["torn"] == 0


@pytest.fixture
def stores(tmp_path: Path) -> list[str]:
    for name, text in (("before", "Ana has the key 17.\n"), ("after", "Ben has a cat.\n")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.md").write_text(text, "utf-8")
    return [str(tmp_path / "before"), str(tmp_path / "after")]


def test_the_command_writes_figures_json_and_junit(stores: list[str], tmp_path: Path) -> None:
    told = CliRunner().invoke(main, ["score", *stores, "--show"])
    assert told.exit_code == 0
    assert "gone: /a.md: Ana has the key 17." in told.output
    as_json = CliRunner().invoke(main, ["score", *stores, "--json"])
    assert json.loads(as_json.output)["figures"]["gone"] == 1
    junit = ElementTree.fromstring(CliRunner().invoke(main, ["score", *stores, "--format", "junit"]).output)
    assert int(junit.attrib["failures"]) >= 1
    baseline = tmp_path / "baseline.json"
    baseline.write_text(as_json.output, "utf-8")
    assert CliRunner().invoke(main, ["score", *stores, "--baseline", str(baseline)]).exit_code == 0
    better = CliRunner().invoke(main, ["score", stores[0], stores[0], "--json"]).output
    baseline.write_text(better, "utf-8")
    worse = CliRunner().invoke(main, ["score", *stores, "--baseline", str(baseline)])
    assert worse.exit_code == 1
    assert "gone was 0, is 1" in worse.output


def test_the_command_writes_markdown(stores: list[str]) -> None:
    told = CliRunner().invoke(main, ["score", *stores, "--format", "markdown"]).output
    assert told.startswith("| figure | value |\n|---|---|\n| kept | 0 |\n")
    assert "\n- gone: `/a.md` Ana has the key 17.\n" in told


def always(sentence: str, other: str) -> bool:
    """A judge to whom all that is said is the same."""
    return bool(sentence and other)


def test_what_may_be_said_in_other_words_is_unsure_and_a_judge_decides() -> None:
    before = {"/a.md": "The spare key of the shed hangs behind the door.\n"}
    after = {"/a.md": "The spare key of the shed is in the kitchen behind the bread.\n"}
    unsure = audit(before, after)
    assert (unsure.figures["unsure"], unsure.figures["gone"]) == (1, 0)
    assert str(unsure.misses[0]) == f"unsure: /a.md: {before['/a.md'].strip()} -> {after['/a.md'].strip()}"
    assert json.loads(unsure.json())["misses"][0]["became"] == after["/a.md"].strip()
    assert audit(before, after, judge=always).misses[0].kind == "invented"
    assert audit(before, after, judge=lambda one, other: False).figures["gone"] == 1
    labels = {"facts": {"/a.md": [before["/a.md"].strip()]}}
    assert score(labels, before, after, always).figures["facts"] == 1
    assert [miss.kind for miss in score(labels, before, after).misses] == ["facts", "unsure"]


def test_a_value_under_another_heading_is_misattributed() -> None:
    before = {"/alpha.md": "# Alpha\n\n- Stars: 24\n", "/beta.md": "# Beta\n\n- Stars: 1689\n"}
    after = {"/alpha.md": "# Alpha\n\n- Stars: 1689\n"}
    result = audit(before, after)
    assert [str(miss) for miss in result.misses if miss.kind == "misattributed"] == [
        "misattributed: /beta.md: Stars: 1689 -> /alpha.md: Stars: 1689"
    ]
    renamed = {"/repositories/beta.md": before["/beta.md"], "/alpha.md": before["/alpha.md"]}
    assert audit(before, renamed).figures["misattributed"] == 0


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        (
            "---\na: 1\n---\n\nIt runs on Tuesdays.\n",
            "---\na: 1\n\nIt runs on Tuesdays.\n",
            "the front matter is not closed",
        ),
        ("| a | b |\n|---|---|\n| 1 | 2 |\n", "| a | b |\n| 1 | 2 |\n", "the table '| a | b |' has lost its rule"),
        (
            "# A\n\n## B\n\nTea is hot.\n\n## C\n\nIce is cold.\n",
            "# A\n\n## B\n\n## C\n\nIce is cold.\n",
            "nothing stands under 'B'",
        ),
    ],
)
def test_markup_that_breaks_is_told(before: str, after: str, fault: str) -> None:
    told = [miss.text for miss in audit({"/a.md": before}, {"/a.md": after}).misses if miss.kind == "markup"]
    assert told == [fault]
    assert audit({"/a.md": before}, {"/a.md": before}).figures["markup"] == 0


def test_noise_may_be_facts_too() -> None:
    labels = {"noise": {"memories": ["/b.md"], "facts": ["Tea is hot.", "Ice is cold."]}}
    result = score(labels, {}, {"/a.md": "- tea is hot.\n"})
    assert result.figures["noise"] == pytest.approx(2 / 3, abs=1e-3)


@pytest.mark.long
def test_a_dream_is_made_again_to_tell_how_much_it_varies() -> None:
    with MockDreams() as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = scene.store({"/a.md": "Ana has the key 17.\n"})
        dream = scene.finished(store_id=store, instructions="Keep it short.")
        mock.dreams.script(write={"/b.md": "Pigs fly.\n"})
        arguments = ["score", "--dream", dream.id, "--target", mock.url, "--api-key", mock.api_key, "--repeat", "3"]
        refused = CliRunner().invoke(main, arguments, input="n\n")
        assert refused.exit_code == 1
        assert len(list(client.beta.dreams.list())) == 1
        with mock.clock.virtual_sleep():
            told = CliRunner().invoke(main, [*arguments, "--yes", "--json"])
        assert told.exit_code == 0, told.output
        assert "2 more dreams, each about " in told.stderr
        assert " at list prices" in told.stderr
        kept = json.loads(told.stdout)
        assert kept["figures"]["invented"] == pytest.approx(1 / 3, abs=1e-3)
        assert kept["ranges"]["invented"] == [0, 1]
        assert [one.instructions for one in client.beta.dreams.list()] == ["Keep it short."] * 3
        with mock.clock.virtual_sleep():
            line = CliRunner().invoke(main, [*arguments, "--yes"]).stdout
        assert "invented 0 (0 to 0)" in line


@pytest.mark.long
def test_a_dream_that_fails_the_second_time_is_told() -> None:
    with MockDreams() as mock, mock.client() as client:
        dream = Scene(mock, client.beta).finished()
        mock.dreams.script(fail="internal_error")
        arguments = ["--target", mock.url, "--api-key", mock.api_key, "--repeat", "2", "--yes"]
        with mock.clock.virtual_sleep():
            told = CliRunner().invoke(main, ["score", "--dream", dream.id, *arguments])
        assert told.exit_code == 2
        assert "has failed" in told.stderr


@pytest.mark.parametrize(("limits", "code"), [("gone=0", 1), ("gone=1", 0), ("nothing=1", 2), ("gone=x", 2)])
def test_limits_decide_how_the_command_ends(stores: list[str], limits: str, code: int) -> None:
    assert CliRunner().invoke(main, ["score", *stores, "--fail-under", limits]).exit_code == code


@pytest.mark.long
def test_a_generated_world_is_scored_by_its_own_labels(tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text(generate(4, 20, 0.5, 3), "utf-8")
    undreamed = CliRunner().invoke(main, ["score", str(world), str(world), "--labels", str(world), "--json"])
    assert json.loads(undreamed.output)["figures"]["facts"] == 1
    assert json.loads(undreamed.output)["figures"]["noise"] == 0


@pytest.mark.long
def test_a_dream_and_stores_of_an_endpoint_are_scored_by_their_ids() -> None:
    with MockDreams() as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = scene.store({"/a.md": "Ana has the key 17.\n"})
        mock.dreams.script(write={"/b.md": "Ben wants a lamp.\n", "/c.md": "Pigs fly.\n"})
        dream = scene.finished(store_id=store, session_ids=[scene.session("Ben wants a lamp.")])
        where = ["--target", mock.url, "--api-key", mock.api_key, "--json"]
        told = CliRunner().invoke(main, ["score", "--dream", dream.id, *where])
        assert told.exit_code == 0, told.output
        misses = json.loads(told.output)["misses"]
        assert misses == [{"kind": "invented", "text": "Pigs fly.", "path": "/c.md"}]
        ids = [store, dream.outputs[0].memory_store_id]
        unheard = CliRunner().invoke(main, ["score", *ids, *where])
        assert json.loads(unheard.output)["figures"]["invented"] == 2, "without the sessions nobody said it"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Name two stores"),
        (["--dream", "drm_1", "a", "b"], "Name two stores"),
        (["a", "b", "--repeat", "2"], "which --repeat needs"),
        (["a", "b", "--judge", "nowhere:nobody"], "there is no judge nowhere:nobody"),
        (["a", "b", "--judge", "json:__doc__"], "json:__doc__ cannot be called"),
        (["--dream", "drm_1"], "need --target and --api-key"),
        (["memstore_1", "memstore_2"], "need --target and --api-key"),
    ],
)
def test_what_cannot_be_scored_is_told(arguments: list[str], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    refused = CliRunner().invoke(main, ["score", *arguments])
    assert refused.exit_code == 2
    assert told in refused.output


def test_a_dream_that_is_not_there_or_reads_what_it_writes_is_told() -> None:
    with MockDreams() as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        where = ["--target", mock.url, "--api-key", mock.api_key]
        absent = CliRunner().invoke(main, ["score", "--dream", "drm_absent", *where])
        assert absent.exit_code == 2
        dream = scene.dream()
        scene.beta.dreams.cancel(dream.id)
        none = CliRunner().invoke(main, ["score", "--dream", dream.id, *where])
        assert none.exit_code == 2
        assert "has no output store yet" in none.output


def test_a_miss_is_the_message_of_the_helper() -> None:
    with MockDreams() as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = client.beta.memory_stores.create(name="Notes").id
        client.beta.memory_stores.memories.create(store, path="/a.md", content="Ana has the key 17.\n")
        mock.dreams.script(write={"/a.md": "Ben has a cat.\n"})
        with pytest.raises(AssertionError, match=r"gone: /a.md 'Ana has the key 17.'"):
            assert_dream(client, scene.finished(store_id=store), gone=0)
