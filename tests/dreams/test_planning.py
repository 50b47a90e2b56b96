"""Where a plan is made: of large inputs in a process of their own, if there is one, and nobody can tell."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from mockdreams.side_process import NoAnswerError, SideProcess
from mockdreams.world.dreams.planning import LARGE, use_process
from tests.support.helpers import Scene

FACT = "- Service {n} listens on port {n}.\n"
LARGE_NOTES = {
    f"/{page}.md": "".join(FACT.format(n=8000 + n) for n in range(page, page + 600)) for page in range(0, 900, 450)
}
SMALL_NOTES = {"/a.md": FACT.format(n=8000), "/b.md": FACT.format(n=8000)}


class Watched(SideProcess):
    """A process, and what was asked of it."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._broken = broken

    def ask(self, function: Callable[..., Any], *arguments: Any, parts: Iterable[Any] | None = None) -> Any:
        self.asked.append(function.__name__)
        if not self._broken:
            return super().ask(function, *arguments, parts=parts)
        with pytest.raises(NoAnswerError):
            super().ask(os._exit, 3)
        raise NoAnswerError


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[Watched]:
    process = Watched(broken=getattr(request, "param", False))
    use_process(process)
    yield process
    use_process(None)
    process.close()


def dreamt(scene: Scene, notes: dict[str, str]) -> dict[str, Any]:
    dream = scene.finished(
        store_id=scene.store(notes), session_ids=[scene.session("Service 8007 now listens on port 9.")]
    )
    (output,) = dream.outputs
    assert dream.session_id is not None
    said = [
        block.text
        for event in scene.beta.sessions.events.list(dream.session_id)
        if event.type == "agent.message"
        for block in event.content
        if block.type == "text"
    ]
    return {"contents": scene.contents(output.memory_store_id), "said": said, "usage": dream.usage.to_dict()}


@pytest.mark.parametrize("process", [False, True], indirect=True, ids=["whole", "broken"])
@pytest.mark.long
def test_a_large_dream_is_the_same_wherever_it_is_planned(scene: Scene, process: Watched) -> None:
    assert sum(map(len, LARGE_NOTES.values())) > LARGE
    there = dreamt(scene, LARGE_NOTES)
    assert process.asked == ["_plan_parts"]
    assert there["contents"] != LARGE_NOTES
    use_process(None)
    scene.mock.reset()
    assert dreamt(scene, LARGE_NOTES) == there


def test_a_small_dream_starts_no_process(scene: Scene, process: Watched) -> None:
    dreamt(scene, SMALL_NOTES)
    assert process.asked == []


def test_what_a_dream_has_read_is_forgotten_once_its_session_is_open(scene: Scene) -> None:
    scene.mock.clock.mode = "manual"
    store, session = scene.store(SMALL_NOTES), scene.session("Good morning, pelican.")

    def kept() -> int:
        return scene.http.get("/_mockdreams/snapshot").text.count("pelican")

    before = kept()
    dream = scene.dream(store, [session])
    scene.mock.clock.advance(seconds=5)
    assert scene.beta.dreams.retrieve(dream.id).status == "running"
    assert kept() > before
    scene.mock.clock.advance(seconds=5)
    assert scene.beta.dreams.retrieve(dream.id).outputs
    assert kept() == before
