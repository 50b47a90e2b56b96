"""A second dream over the result of a first changes nothing, over the API and with the times that it gives."""

from pathlib import Path

import pytest

from mockdreams import MockDreams
from mockdreams.generating import generate
from tests.support.dreaming import again, day, inputs, note, store_after, talk
from tests.support.helpers import Scene
from tests.support.real_stores import CATALOGUE, LESSONS, MINUTES

HOUSEHOLD = {
    "/familie/termine.md": "# Termine\n\nDer Termin beim Kinderarzt ist am 12. Mai.\n"
    "Die Müllabfuhr kommt am Dienstag.\n\n- [ ] Kuchen backen\n",
    "/familie/ada.md": "# Ada\n\nAda mag keine Pilze.\n\n**Schule:**\n\n- Klasse: 3b\n",
    "/eingang/1.md": "- Ada mag keine Pilze.\n- Der Schlüssel liegt beim Nachbarn.\n",
    "/eingang/2.md": "- Notiz: Die Müllabfuhr kommt am Dienstag.\n- Der Schlüssel liegt im Schuppen.\n",
}
GERMAN = (
    "Die Müllabfuhr kommt jetzt am Mittwoch.",
    "Nenne nie den Preis.",
    "Nenne nie den Preis.",
    "Der Termin beim Kinderarzt wurde vom 12. Mai auf den 19. Mai verschoben.",
)
ENGLISH = (
    "From now on backups are kept for 35 days.",
    "Never mention the fee in public.",
    "Never mention the fee in public.",
    "I'd like a summary at the top of each handover.",
)
BACKUPS = {
    "/ops/backups.md": "# Backups\n\nBackups are kept for 30 days.\n\n```sh\nmake backup\n```\n",
    "/notes/gym.md": "Her gym is Fitport.\n\nThe queue broker is RabbitMQ.\n",
    "/inbox/3.md": "RabbitMQ was replaced by NATS as the queue broker.\n\nBackups are kept for 30 days.\n",
}


def dreamed(scene: Scene, store: str, sessions: list[str], instructions: str | None = None) -> str:
    extra = {"instructions": instructions} if instructions else {}
    return scene.finished(store_id=store, session_ids=sessions, **extra).outputs[0].memory_store_id


@pytest.mark.parametrize("days", [0, 1])
@pytest.mark.parametrize(
    ("memories", "said"),
    [(MINUTES, ENGLISH), (CATALOGUE, ENGLISH), (LESSONS | BACKUPS, ENGLISH), (HOUSEHOLD, GERMAN)],
    ids=["minutes", "catalogue", "lessons", "haushalt"],
)
@pytest.mark.long
def test_over_a_store_of_real_shape(memories: dict[str, str], said: tuple[str, ...], days: int) -> None:
    with MockDreams() as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = scene.store()
        for path, content in memories.items():
            client.beta.memory_stores.memories.create(store, path=path, content=content)
            mock.clock.advance(days=days)
        sessions = [scene.session(text) for text in said]
        once = dreamed(scene, store, sessions)
        assert scene.contents(once) != scene.contents(store)
        assert scene.contents(dreamed(scene, once, sessions)) == scene.contents(once)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_over_a_generated_world(seed: int, tmp_path: Path) -> None:
    world = tmp_path / "world.yaml"
    world.write_text(generate(10, 40, 1.0, seed), "utf-8")
    twice_is_once(world)


@pytest.mark.long
def test_over_the_shipped_world() -> None:
    twice_is_once("messy-store")


def twice_is_once(load: str | Path) -> None:
    with MockDreams(load=load) as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        store = client.beta.memory_stores.list().data[0].id
        sessions = [session.id for session in client.beta.sessions.list(limit=50)]
        once = dreamed(scene, store, sessions)
        assert scene.contents(once) != scene.contents(store)
        assert scene.contents(dreamed(scene, once, sessions)) == scene.contents(once)


@pytest.mark.long
def test_what_a_dream_copied_has_one_age() -> None:
    """Which of two values is newer is not decided by the order in which a dream has copied them."""
    with MockDreams() as mock, mock.client() as client:
        scene = Scene(mock, client.beta)
        values = {"build": "master", "deploy": "trunk", "web": "main"}
        store = scene.store({f"/{name}/a.md": f"The default branch is `{value}`.\n" for name, value in values.items()})
        once = dreamed(scene, store, [scene.session("Hello.")])
        memories = client.beta.memory_stores.memories
        gone = next(each.id for each in memories.list(once) if each.type == "memory" and each.path == "/web/a.md")
        memories.delete(gone, memory_store_id=once)
        twice = scene.contents(dreamed(scene, once, [scene.session("Hello.")]))
        assert twice == scene.contents(once)
        assert twice.keys() == {"/build/a.md", "/deploy/a.md"}


def test_a_user_who_repeats_what_is_held_is_not_overruled_by_what_was_said_between() -> None:
    dream = inputs(
        note("/ops/a.md", "The grace period of a trial is 10 days.\n"),
        sessions=[
            talk(2, "From now on the grace period of a trial is 14 days."),
            talk(4, "From now on the grace period of a trial is 10 days."),
        ],
    )
    assert store_after(dream) == {"/ops/a.md": "The grace period of a trial is 10 days.\n"}


def test_a_wish_in_other_words_is_no_correction_of_what_was_learned() -> None:
    said = ("Write the letters to the tenants without any slang.", "Please no slang at all in letters to the tenants.")
    dream = inputs(
        note("/a.md", "The cat is called Miso.\n"), sessions=[talk(1, said[0]), talk(2, said[0]), talk(3, said[1])]
    )
    once = store_after(dream)
    assert store_after(again(dream, once, day(9))) == once


def test_what_holds_between_two_pages_does_not_depend_on_a_third() -> None:
    """The two records may not be one; whatever else says the same does not draw one of them in."""
    form = "- Result: clear\n- Remark: none\n\n"
    dream = inputs(
        note("/runs/run-31.md", f"# Run 31\n\n{form}The scale is read twice by Ana.\n", 1),
        note("/runs/run-32.md", f"# Run 32\n\n{form}The scale is read twice by Ana.\n", 2),
        note("/lab/scale.md", "# Scale\n\nThe scale is read twice by Ana.\n", 3),
    )
    once = store_after(dream)
    assert store_after(again(dream, once, day(9))) == once
    assert {"/runs/run-31.md", "/runs/run-32.md"} <= once.keys()
