"""Where stores, labels and judges come from: folders, files, and the endpoints of dreams."""

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from mockdreams.files import read_document, read_text
from mockdreams.scoring.audits import audit
from mockdreams.scoring.by_labels import score
from mockdreams.scoring.scores import Score
from mockdreams.scoring.sentences import Judge


def load_store(source: str | Path) -> dict[str, str]:
    """The memories of a folder, or of the first store of a world, by path. ValueError if there are none."""
    path = Path(source)
    if os.path.isdir(path):
        return {
            f"/{file.relative_to(path).as_posix()}": read_text(file)
            for file in sorted(path.rglob("*"))
            if file.is_file()
        }
    world = read_document(path)
    stores = world.get("memory_stores") if isinstance(world, dict) else None
    if stores:
        with suppress(LookupError, TypeError, AttributeError):
            return _texts({memory["path"]: memory["content"] for memory in stores[0]["memories"]})
    elif isinstance(world, dict) and world:
        with suppress(TypeError):
            return _texts(world)
    raise ValueError(f"{source} is no folder, no world with a memory store, and no texts by path")


def load_labels(source: str | Path) -> dict[str, Any]:
    """The labels of a world, or a file of labels alone."""
    document = read_document(source)
    labels = document.get("labels", document) if isinstance(document, dict) else None
    if not isinstance(labels, dict):
        raise ValueError(f"{source} holds no labels")
    return labels


def load_judge(name: str) -> Judge:
    """The function that `module:function` names. ValueError if there is none."""
    module, _, function = name.partition(":")
    try:
        judge = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as absent:
        raise ValueError(f"there is no judge {name}: {absent}") from None
    if not callable(judge):
        raise ValueError(f"{name} cannot be called")
    found: Judge = judge
    return found


def load_figures(source: str | Path) -> dict[str, float]:
    """The figures of a score that was kept as JSON."""
    document = read_document(source)
    figures = document.get("figures") if isinstance(document, dict) else None
    if not isinstance(figures, dict) or not all(isinstance(value, int | float) for value in figures.values()):
        raise ValueError(f"{source} holds no figures")
    return figures


def _texts(store: dict[Any, Any]) -> dict[str, str]:
    """Texts by path. Raises TypeError for anything else."""
    for path, text in store.items():
        if not isinstance(path, str) or not isinstance(text, str):
            raise TypeError(path)
        f"{path}{text}".encode()  # no lone surrogates
    return store


def contents(client: Any, store_id: str) -> dict[str, str]:
    """The memories of a store by path, through any client of the official SDK."""
    listed = client.beta.memory_stores.memories.list(store_id, view="full")
    return {memory.path: memory.content or "" for memory in listed if getattr(memory, "content", None) is not None}


class Dreamed(NamedTuple):
    """What a dream read and what it made of it: both stores, and what was said in its sessions."""

    before: dict[str, str]
    after: dict[str, str]
    said: tuple[str, ...]


def gather(client: Any, dream_id: str) -> Dreamed:
    """Both stores of a dream and its sessions, through any client of the official SDK, of any endpoint.

    Raises ValueError for a dream that has no output store of its own.
    """
    dream = client.beta.dreams.retrieve(dream_id)
    given = {entry.type: entry for entry in dream.inputs}
    store_id = given["memory_store"].memory_store_id
    output_id = next((output.memory_store_id for output in dream.outputs), None)
    if output_id in (None, store_id):
        why = "has no output store yet" if output_id is None else "writes to the store that it reads"
        raise ValueError(f"{dream_id} {why}: there are no two stores to compare")
    session_ids = given["sessions"].session_ids if "sessions" in given else ()
    said = tuple(text for session_id in session_ids for text in _said(client, session_id))
    return Dreamed(contents(client, store_id), contents(client, output_id), said)


def _said(client: Any, session_id: str) -> Iterator[str]:
    for event in client.beta.sessions.events.list(session_id, types=["user.message", "agent.message"], limit=1000):
        for part in event.content:
            if part.type == "text":
                yield part.text


def assert_dream(
    client: Any, dream: Any, labels: Mapping[str, Any] | None = None, *, judge: Judge | None = None, **limits: float
) -> Score:
    """Score a dream; fail with the list of misses if a limit is not met. By default nothing is invented or broken."""
    before, after, said = gather(client, getattr(dream, "id", dream))
    result = score(labels, before, after, judge) if labels is not None else audit(before, after, said, judge)
    missed = result.below(
        limits or ({"markup": 0, "invented": 0} if labels is None else dict.fromkeys(result.figures, 1))
    )
    if missed:
        listed = "\n".join(
            f"  {miss.kind}: {miss.path} {miss.text!r}" + (f" -> {miss.became!r}" if miss.became else "")
            for miss in result.misses
            if not {*missed}.isdisjoint(miss.figures)
        )
        raise AssertionError(f"{', '.join(missed)} not met: {result.line()}\n{listed}")
    return result
