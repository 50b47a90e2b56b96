"""Seed worlds: readable files that are replayed, through the ordinary rules, into a world that has just begun."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from mockdreams import data
from mockdreams.files import TooLargeFileError, UnusableFileError, is_regular, name_of, one_line, read_document
from mockdreams.suggestions import did_you_mean, words_at
from mockdreams.wire.agents import CreateAgent
from mockdreams.wire.base import Timestamp
from mockdreams.wire.content import text
from mockdreams.wire.environments import CreateEnvironment
from mockdreams.wire.errors import ServiceError
from mockdreams.wire.events import UserMessageParams
from mockdreams.wire.memory import CreateMemory, CreateMemoryStore, UpdateMemory
from mockdreams.wire.sessions import CreateSession, MemoryStoreResourceParams
from mockdreams.world.core.clock import in_utc
from mockdreams.world.state.snapshots import SnapshotState
from mockdreams.world.world import InitialState, World

MODEL = "claude-opus-4-8"
NAME = "assistant"


class SeedError(ValueError):
    """A seed that cannot be found, read or understood."""


Moment = Annotated[Timestamp, AfterValidator(in_utc)]


class _SeedPart(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class SeedVersion(_SeedPart):
    """What a memory was from `at` on."""

    at: Moment
    content: str


class SeedMemory(_SeedPart):
    """A memory, which was written at `at`; `earlier` are the contents that it had before, oldest first."""

    path: str
    at: Moment
    content: str
    earlier: tuple[SeedVersion, ...] = ()

    @property
    def versions(self) -> tuple[SeedVersion, ...]:
        """All its contents, oldest first."""
        return (*self.earlier, SeedVersion.model_construct(at=self.at, content=self.content))


class SeedStore(_SeedPart):
    """A memory store, as old as its first memory."""

    name: str
    description: str = ""
    metadata: dict[str, str] = {}
    memories: tuple[SeedMemory, ...] = ()


class SeedSession(_SeedPart):
    """A past session; `transcript` is a list of `user: …` and `agent: …`, `memory_stores` of names."""

    title: str | None = None
    at: Moment
    memory_stores: tuple[str, ...] = ()
    transcript: tuple[dict[str, str], ...] = ()


class Seed(_SeedPart):
    """A world to begin with. Everything in it happened before `now`.

    `labels` say what a good dream makes of it: they are for whoever measures one, and no part of the world.
    """

    now: Moment
    memory_stores: tuple[SeedStore, ...] = ()
    sessions: tuple[SeedSession, ...] = ()
    labels: Any = Field(default=None, exclude=True)

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [store.name for store in self.memory_stores]
        moments = [each.at for store in self.memory_stores for memory in store.memories for each in memory.versions]
        moments += [session.at for session in self.sessions]
        if len(set(names)) != len(names):
            raise ValueError("two memory stores have the same name")
        if any(at > self.now for at in moments):
            raise ValueError(f"something happens after its own now, {self.now.isoformat()}")
        unknown = {name for session in self.sessions for name in session.memory_stores}.difference(names)
        if unknown:
            raise ValueError(f"no memory store is called {', '.join(sorted(unknown))}")
        return self

    def apply(self, world: World) -> None:
        """Live through the seed, in its order of time, and leave the clock in the mode it had.

        Raises SeedError for what a rule of the world refuses.
        """
        mode, now = world.clock.mode, world.clock.time
        events = sorted(self._events(world), key=lambda event: event[0])
        world.clock.mode = "manual"
        world.clock.start_at(min([self.now, *(at for at, _ in events)]))
        for at, happen in events:
            world.clock.move_to(max(at, world.clock.time))
            try:
                happen()
            except ServiceError as refused:
                raise SeedError(f"the seed's event of {at.isoformat()} is refused: {refused}") from None
        world.clock.run_until_idle()
        world.clock.move_to(max(self.now, now, world.clock.time))
        world.clock.mode = mode

    def as_json(self) -> dict[str, Any]:
        return self.model_dump(mode="json")

    def _events(self, world: World) -> Iterator[tuple[datetime, Callable[[], None]]]:
        stores: dict[str, str] = {}
        for store in self.memory_stores:
            mounted = [session.at for session in self.sessions if store.name in session.memory_stores]
            written = [memory.versions[0].at for memory in store.memories]
            born = min([*written, *mounted], default=self.now)
            yield born, partial(_add_store, world, store, stores)
            for memory in store.memories:
                for version in memory.versions:
                    yield version.at, partial(_write_memory, world, memory.path, version.content, store.name, stores)
        if self.sessions:
            first = min(session.at for session in self.sessions)
            home: dict[str, str] = {}
            yield first, partial(_add_home, world, home)
            for session in self.sessions:
                yield session.at, partial(_add_session, world, session, home, stores)


def load(name: str | Path | Mapping[str, Any]) -> InitialState:
    """A seed or snapshot by file, or as it is, or a seed by the name of one that is shipped. Raises SeedError."""
    if isinstance(name, Mapping):
        return _read("the document", dict(name))
    if not isinstance(name, str | Path):
        raise SeedError(f"a seed world is a name, a file or a document, not {name_of(repr(name))}")
    if not is_regular(name):
        return load_bundled(str(name))
    try:
        document = read_document(name)
    except TooLargeFileError as refused:
        raise SeedError(f"{refused}; a snapshot of any size can be sent to a running server") from None
    except UnusableFileError as refused:
        raise SeedError(f"{name_of(name)} is not a seed world: {refused}") from None
    return _read(str(name), document)


def load_bundled(name: str) -> InitialState:
    """A seed by the name of one that is shipped. Raises SeedError."""
    shipped = bundled_seeds()
    if name not in shipped:
        raise SeedError(f"no seed world {name_of(name)!r}: no such file, and shipped are {', '.join(sorted(shipped))}")
    return _read(name, read_document(shipped[name]))


def read(document: Any) -> InitialState:
    """A seed or a snapshot from its JSON. Raises ValueError for what is neither."""
    if isinstance(document, dict) and "mockdreams" in document:
        return SnapshotState(document)
    try:
        return Seed.model_validate(document)
    except ValidationError as refused:
        raise SeedError(_mistake(refused, document)) from None


def _mistake(refused: ValidationError, document: Any) -> str:
    """The first thing that is wrong with a seed, in one line."""
    error = refused.errors(include_url=False)[0]
    *keys, last = error["loc"] or ("",)
    if error["type"] == "extra_forbidden":
        known = sorted(words_at(Seed.model_json_schema(), keys, document))
        return f"{_place(keys)}no such key `{name_of(str(last))}`{did_you_mean(str(last), known)}"
    return one_line(f"{_place(error['loc'])}{error['msg'].removeprefix('Value error, ').replace('tuple', 'list')}")


def _place(keys: Iterable[int | str]) -> str:
    """Where in the document: `"sessions[0].at: "`, and nothing for the whole of it."""
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")
    return f"{place}: " if place else ""


def _read(name: str, document: Any) -> InitialState:
    try:
        return read(document)
    except (ValueError, OverflowError) as refused:
        raise SeedError(f"{name_of(name)} is not a seed world: {refused}") from refused


def bundled_seeds() -> dict[str, Path]:
    """The seed worlds that come with the package, by name."""
    return {
        entry.name.removesuffix(".yaml"): entry
        for entry in data.folder("fixtures").iterdir()
        if entry.name.endswith(".yaml") and not entry.name.endswith(".labels.yaml")
    }


def _add_store(world: World, store: SeedStore, stores: dict[str, str]) -> None:
    params = CreateMemoryStore(name=store.name, description=store.description, metadata=store.metadata)
    stores[store.name] = world.memory_stores.create(params).id


def _write_memory(world: World, path: str, content: str, store: str, stores: dict[str, str]) -> None:
    contents = world.memory_stores.writable_contents(stores[store])
    there = contents.get_by_path(path)
    if there is None:
        contents.create(CreateMemory(path=path, content=content), world.actor)
    else:
        contents.update(there.id, UpdateMemory(content=content), world.actor)


def _add_home(world: World, home: dict[str, str]) -> None:
    home["agent"] = world.agents.create(CreateAgent(name=NAME, model=MODEL)).id
    home["environment"] = world.environments.create(CreateEnvironment(name=NAME)).id


def _add_session(world: World, session: SeedSession, home: dict[str, str], stores: dict[str, str]) -> None:
    created = world.sessions.create(
        CreateSession(
            agent=home["agent"],
            environment_id=home["environment"],
            title=session.title,
            resources=[
                MemoryStoreResourceParams(type="memory_store", memory_store_id=stores[name])
                for name in session.memory_stores
            ],
        )
    )
    for heard, said in _turns(session):
        world.sessions.script(created.id, [()] * (len(heard) - 1) + [said])
        messages = [UserMessageParams(type="user.message", content=[text(words)]) for words in heard]
        world.inbox.send(created.id, messages)
        world.clock.run_until_idle()


def _turns(session: SeedSession) -> Iterator[tuple[list[str], tuple[str, ...]]]:
    """What the user said and what the agent answered, turn by turn."""
    lines = [(speaker, words) for entry in session.transcript for speaker, words in entry.items()]
    spoken = [(who, [words for _, words in said]) for who, said in groupby(lines, key=lambda line: line[0])]
    for index, (who, heard) in enumerate(spoken):
        if who == "user":
            answered = index + 1 < len(spoken)
            yield heard, tuple(spoken[index + 1][1]) if answered else ()
