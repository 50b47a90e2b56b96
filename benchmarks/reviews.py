"""What a review costs: memories of 1 kB, of which the dream changed, merged, moved, dropped or added three in five."""

import time
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from benchmarks.options import Options
from benchmarks.report import Row, Table
from benchmarks.scenes import MODEL
from mockdreams import MockDreams
from mockdreams.dreaming.plan import Delete, DreamInputs, Step, Write
from mockdreams.review import review as review_dream

SIZES = (200, 1000, 2000)
LINES, WORDS = 16, 10
VOCABULARY = 3000
BEGUN = "2026-01-01T00:00:00Z"
POLICY = {"memories_per_store": 10_000}
REVIEWS = 1
"""Of each size, after a first one: CPU time hardly varies."""


def review(options: Options) -> Iterator[Table]:
    """a review on growing stores: CPU a memory, beside the smallest"""
    sizes = SIZES[:2] if options.quick else SIZES
    taken: dict[str, dict[int, list[float]]] = {"in the world": {}, "official SDK and server": {}}
    for size in sizes:
        text = _writer()
        before = {f"/topic-{number % 40}/{number}.md": text() for number in range(size)}
        memories = [{"path": path, "content": content, "at": BEGUN} for path, content in before.items()]
        seed = {"now": BEGUN, "memory_stores": [{"name": "Notes", "memories": memories}]}
        with MockDreams(load=seed, policy=POLICY) as mock:
            dream_id, client = _dreamt(mock, before, text), mock.client()
            ways: dict[str, Callable[[], Any]] = {
                "in the world": lambda mock=mock, id=dream_id: mock.dreams.review(id),  # type: ignore[misc]
                "official SDK and server": lambda client=client, id=dream_id: review_dream(client, id),  # type: ignore[misc]
            }
            for way, ask in ways.items():
                ask()
                taken[way][size] = [_cpu(ask) / size * 1e6 for _ in range(REVIEWS)]
    for way, each in taken.items():
        yield Table(
            f"review: memories of 1 kB, three in five of them changed, {way}",
            "CPU µs a memory",
            f"{sizes[0]} memories",
            [
                Row(f"{size:,} memories: {min(found) * size / 1e6:.2f} s a review", found, each[sizes[0]], size=size)
                for size, found in each.items()
            ],
        )


def _cpu(ask: Callable[[], Any]) -> float:
    start = time.process_time()
    ask()
    return time.process_time() - start


def _writer() -> Callable[[], str]:
    """What writes a list of some lines of random words."""
    random = Random(7)
    words = ["".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=random.randint(3, 9))) for _ in range(VOCABULARY)]
    return lambda: "\n".join(f"- {' '.join(random.choices(words, k=WORDS))}" for _ in range(LINES))


def _dreamt(mock: MockDreams, before: dict[str, str], text: Callable[[], str]) -> str:
    """A completed dream of the one store, of these memories."""
    client = mock.client()
    (store,) = client.beta.memory_stores.list()
    agent = client.beta.agents.create(name="Helper", model=MODEL)
    environment = client.beta.environments.create(name="Cloud")
    session = client.beta.sessions.create(agent=agent.id, environment_id=environment.id)

    def dreamer(inputs: DreamInputs) -> Iterator[Step]:
        paths = list(before)
        for number, path in enumerate(paths):
            yield from _steps(number % 10, path, paths[number - 1], before, text)

    mock.dreams.script(dreamer=dreamer)
    inputs: Any = [
        {"type": "memory_store", "memory_store_id": store.id},
        {"type": "sessions", "session_ids": [session.id]},
    ]
    dream = client.beta.dreams.create(model=MODEL, inputs=inputs)
    mock.clock.run_until_idle()
    assert client.beta.dreams.retrieve(dream.id).status == "completed"
    return dream.id


def _steps(kind: int, path: str, other: str, before: dict[str, str], text: Callable[[], str]) -> Iterator[Step]:
    """What becomes of a memory: of ten, three are changed, one each is merged, moved, dropped, or joined by another."""
    lines = before[path].split("\n")
    if kind < 3:
        yield Write(path, "\n".join([*lines[:3], text().split("\n")[0], *lines[5:], lines[4]]))
    elif kind == 3:
        yield Write(other, "\n".join([before[other], *lines[:12]]))
    elif kind == 4:
        yield Write(f"/moved{path}", "\n".join([*lines, "- And one more."]))
    elif kind == 6:
        yield Write(f"/new{path}", text())
    if kind in (3, 4, 5):
        yield Delete(path)
