"""Where what is large is planned and compared: in a process for that, if there is one, and nobody can tell."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mockdreams.side_process import NoAnswerError, SideProcess
from mockdreams.world.dreams.thinking import LARGE, LARGE_STORES, use_process
from tests.support.deep import deep
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

    def ask(self, function: Callable[..., Any], *arguments: Any) -> Any:
        self.asked.append(function.__name__)
        if not self._broken:
            return super().ask(function, *arguments)
        with pytest.raises(NoAnswerError):
            super().ask(os._exit, 3)
        raise NoAnswerError


@pytest.fixture
def process(request: pytest.FixtureRequest) -> Iterator[Watched]:
    process = Watched(broken=getattr(request, "param", False))
    use_process(process, process)
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
    assert process.asked == ["_plan"]
    assert there["contents"] != LARGE_NOTES
    use_process(None)
    scene.mock.reset()
    assert dreamt(scene, LARGE_NOTES) == there


@pytest.mark.parametrize("process", [False, deep(True)], indirect=True, ids=["whole", "broken"])
@pytest.mark.long
def test_the_review_of_a_large_store_is_the_same_wherever_it_is_made(scene: Scene, process: Watched) -> None:
    large = {f"/{page}{path}": content * 4 for page in range(2) for path, content in LARGE_NOTES.items()}
    assert sum(map(len, large.values())) > LARGE_STORES
    scene.mock.dreams.script(write={"/0/0.md": large["/0/0.md"] + "And one more."})
    dream = scene.finished(store_id=scene.store(large))
    path = f"/_mockdreams/dreams/{dream.id}/review"
    there = scene.http.get(path).json()
    assert process.asked == ["_tell_review"]
    assert [change["path"] for change in there["changed"]] == ["/0/0.md"]
    assert there["changed"][0]["because"]
    use_process(None)
    assert scene.http.get(path).json() == there
    assert scene.mock.dreams.review(dream).model_dump(mode="json") == there


def test_a_small_dream_and_its_review_start_no_process(scene: Scene, process: Watched) -> None:
    dreamt(scene, SMALL_NOTES)
    assert scene.http.get(f"/_mockdreams/dreams/{scene.beta.dreams.list().data[0].id}/review").is_success
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
