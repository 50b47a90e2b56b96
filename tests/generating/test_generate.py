"""Generated worlds: the same again for the same arguments, and labels that are true."""

import os
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from mockdreams import MockDreams
from mockdreams.cli import main
from mockdreams.generating import generate
from mockdreams.world.state import seeds
from tests.support.deep import deep
from tests.support.helpers import Scene
from tests.support.machines import depth
from tests.support.scoring import Share, score, wordings_of

SMALL = ["generate", "--sessions", "12", "--memories", "40", "--messiness", "0.5", "--seed", "3"]
SHA_OF_SMALL = "c657a8e6b91a3531dc1dc0a7915e2341b120f4ea9faeadab8a70be70bfa43188"
SHARES = {"duplicates": 0.2, "near_duplicates": 0.2, "contradictions": 0.15, "noise": 0.15}

Asked: TypeAlias = tuple[int, int, float, int]
arguments = st.tuples(st.integers(0, 40), st.integers(0, 120), st.floats(0, 1), st.integers(0, 2**64))


def read(text: str) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The memories by path, the sessions by title, and the labels."""
    world = yaml.load(text, Loader=yaml.CSafeLoader)
    (store,) = world["memory_stores"]
    memories = {memory["path"]: memory for memory in store["memories"]}
    sessions = {session["title"]: session for session in world["sessions"]}
    assert len(memories) == len(store["memories"])
    assert len(sessions) == len(world["sessions"])
    return memories, sessions, world["labels"]


def copies(groups: list[list[str]]) -> list[str]:
    return [path for group in groups for path in group[1:]]


@depth(2)
@given(arguments)
def test_there_is_exactly_what_was_asked_for(asked: Asked) -> None:
    count, size, messiness, _ = asked
    memories, sessions, labels = read(generate(*asked))
    assert len(sessions) == count
    assert len(memories) == size
    stale = {row["in"] for row in labels["contradictions"]} - set(labels["facts"])
    made = {
        "duplicates": copies(labels["duplicates"]),
        "near_duplicates": copies(labels["near_duplicates"]),
        "contradictions": list(stale),
        "noise": labels["noise"]["memories"],
    }
    for kind, paths in made.items():
        assert size * messiness * SHARES[kind] - 1 <= len(paths) <= size * messiness * SHARES[kind] + 1e-6, kind
    roles = Counter([*labels["facts"], *(path for paths in made.values() for path in paths)])
    assert roles == Counter(memories.keys()), "every memory has exactly one role"


@depth(2)
@given(arguments)
def test_the_labels_are_true(asked: Asked) -> None:
    memories, sessions, labels = read(generate(*asked))
    texts = Counter(text for facts in labels["facts"].values() for fact in facts for text in wordings_of(fact)[:1])
    assert set(texts.values()) <= {1}
    for path, facts in labels["facts"].items():
        near = [memories[copy]["content"] for group in labels["near_duplicates"] if path in group for copy in group]
        for fact in facts:
            first, *others = wordings_of(fact)
            assert first in memories[path]["content"]
            assert all(any(other in content for content in near) for other in others)
    for original, *copied in labels["duplicates"]:
        assert original in labels["facts"]
        for path in copied:
            assert memories[path]["content"] == memories[original]["content"]
            assert memories[path]["at"] > memories[original]["at"]
    for original, *copied in labels["near_duplicates"]:
        facts = [wordings_of(fact) for fact in labels["facts"][original]]
        for path in copied:
            assert memories[path]["at"] > memories[original]["at"]
            for line in memories[path]["content"].splitlines():
                assert any(line.removeprefix("- ") in wordings for wordings in facts)
    for insight in labels["insights"]:
        assert len(set(insight["titles"])) == len(insight["titles"]) == insight["sessions"]
        said = {title for title, session in sessions.items() if insight["text"][1:] in words(session)}
        assert said == set(insight["titles"])


@depth(2)
@given(arguments)
def test_the_newest_evidence_of_a_contradiction_holds(asked: Asked) -> None:
    memories, sessions, labels = read(generate(*asked))
    for row in labels["contradictions"]:
        evidence = memories.get(row["evidence"]) or sessions[row["evidence"]]
        told = evidence["content"] if "content" in evidence else words(evidence)
        assert row["stale"] != row["current"]
        assert row["stale"] in memories[row["in"]]["content"]
        assert row["current"][1:] in told
        assert memories[row["in"]]["at"] < evidence["at"]
        assert row["path"] in labels["facts"]
    outdated = {row["stale"] for row in labels["contradictions"]}
    surviving = {text for facts in labels["facts"].values() for fact in facts for text in wordings_of(fact)}
    assert outdated.isdisjoint(surviving)


def words(session: dict[str, Any]) -> str:
    return "\n".join(turn["user"] for turn in session["transcript"] if "user" in turn)


@depth(2)
@given(asked=arguments)
def test_every_world_can_be_lived_through(tmp_path_factory: pytest.TempPathFactory, asked: Asked) -> None:
    path = tmp_path_factory.mktemp("world") / "world.yaml"
    path.write_text(generate(*asked), "utf-8")
    memories, sessions, _ = read(path.read_text("utf-8"))
    with MockDreams(load=path) as mock, mock.client() as client:
        store = client.beta.memory_stores.list().data[0]
        listed = [memory.to_dict() for memory in client.beta.memory_stores.memories.list(store.id, view="full")]
        assert {memory["path"]: (memory["created_at"], memory["content"]) for memory in listed} == {
            path: (memory["at"], memory["content"]) for path, memory in memories.items()
        }
        assert {session.title for session in client.beta.sessions.list()} == set(sessions)


@pytest.mark.long
def test_without_messiness_there_is_no_mess() -> None:
    _, _, labels = read(generate(messiness=0))
    assert [labels[kind] for kind in ("duplicates", "near_duplicates", "contradictions")] == [[], [], []]
    assert labels["noise"] == {"memories": []}
    assert len(labels["insights"]) == 15


@pytest.mark.long
def test_another_seed_is_another_world() -> None:
    assert len({generate(5, 20, 0.5, seed) for seed in range(5)}) == 5


@pytest.mark.process
@pytest.mark.parametrize("hashing", [deep("0"), "77"])
def test_equal_arguments_make_equal_bytes_everywhere(hashing: str) -> None:
    """The file as it has always been. Another sum means that recipes have changed, or Faker its names."""
    environment = {**os.environ, "PYTHONHASHSEED": hashing}
    command = [sys.executable, "-m", "mockdreams", *SMALL]
    made = subprocess.run(command, env=environment, capture_output=True, check=True)
    assert sha256(made.stdout).hexdigest() == SHA_OF_SMALL


@pytest.mark.long
def test_the_file_is_what_stdout_would_be(tmp_path: Path) -> None:
    told = CliRunner().invoke(main, SMALL)
    written = CliRunner().invoke(main, [*SMALL, "--out", str(tmp_path / "world.yaml")])
    assert (told.exit_code, written.exit_code, written.output) == (0, 0, "")
    assert (tmp_path / "world.yaml").read_bytes() == told.stdout_bytes
    assert told.stdout.startswith(f"# Made by: mockdreams {' '.join(SMALL)}\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--memories", "10001"], "from 0 to 10000 memories, not 10001"),
        (["--memories", "-1"], "--memories"),
        (["--sessions", "-1"], "--sessions"),
        (["--messiness", "1.1"], "--messiness"),
        (["--messiness", "nan"], "messiness must be from 0 to 1"),
        (["--out", "no/such/folder/world.yaml"], "no/such/folder"),
    ],
)
def test_what_cannot_be_made_is_refused(options: list[str], said: str) -> None:
    refused = CliRunner().invoke(main, ["generate", *options])
    assert refused.exit_code == 2
    assert said in refused.stderr


@pytest.mark.process
def test_without_faker_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['faker'] = None; from mockdreams.cli import main; main()"
    refused = subprocess.run([sys.executable, "-c", code, "generate"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "the generator needs faker, which comes with the extra [generate] of mockdreams" in refused.stderr


def test_recipes_are_no_seed_world() -> None:
    assert sorted(seeds.bundled_seeds()) == ["messy-store"]


def dreamed(text: str, path: Path) -> dict[str, Share]:
    """The score of a dream over a generated world, through the official client."""
    path.write_text(text, "utf-8")
    labels = read(text)[2]
    with MockDreams(load=path) as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = client.beta.memory_stores.list().data[0].id
        sessions = [session.id for session in client.beta.sessions.list()]
        dream = scene.finished(store_id=store, session_ids=sessions, instructions=labels["instructions"])
        after = scene.contents(dream.outputs[0].memory_store_id)
        return score(labels, {path: content or "" for path, content in after.items()})


@pytest.mark.fuzzing
@pytest.mark.parametrize("messiness", [deep(0.4), 1.0])
def test_our_own_dream_loses_nothing_and_tidies_most(tmp_path: Path, messiness: float) -> None:
    total: dict[str, Share] = {}
    for seed in range(1, 3):
        done = dreamed(generate(50, 200, messiness, seed), tmp_path / "world.yaml")
        total = {kind: share.plus(total.get(kind, Share())) for kind, share in done.items()}
    for kind in ("facts", "duplicates", "noise", "insights"):
        assert total[kind].all, (kind, total[kind])
    assert float(total["near_duplicates"]) >= 0.5
    assert float(total["stale"]) >= 0.8
    assert float(total["current"]) >= 0.95


@pytest.mark.long
def test_a_store_without_mess_is_left_as_it_is(tmp_path: Path) -> None:
    text = generate(0, 150, 0, 11)
    memories = read(text)[0]
    (tmp_path / "world.yaml").write_text(text, "utf-8")
    with MockDreams(load=tmp_path / "world.yaml") as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = client.beta.memory_stores.list().data[0].id
        dream = scene.finished(store_id=store)
        assert scene.contents(dream.outputs[0].memory_store_id) == {path: m["content"] for path, m in memories.items()}
