"""Many writers at once: one wins, the others are told, nothing is lost."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from hashlib import sha256
from typing import Any

import anthropic
import pytest
from anthropic import AsyncAnthropic
from anthropic.types.beta.memory_stores import BetaManagedAgentsMemory

from mockdreams import MockDreams
from tests.support.deep import deep
from tests.support.machines import EXAMPLES

pytestmark = pytest.mark.long
MANY = 50 if EXAMPLES else 12
"""The weekly job has more."""


class Crowd:
    """Many clients of one store, with and without connections of their own."""

    def __init__(self, mock: MockDreams, clients: list[AsyncAnthropic], store: str) -> None:
        self.mock = mock
        self.clients = clients
        self.store = store

    async def create(self, writer: int, path: str, content: str = "Text.") -> BetaManagedAgentsMemory:
        memories = self.clients[writer].beta.memory_stores.memories
        return await memories.create(self.store, path=path, content=content)

    async def update(self, writer: int, memory_id: str, **fields: Any) -> BetaManagedAgentsMemory:
        memories = self.clients[writer].beta.memory_stores.memories
        return await memories.update(memory_id, memory_store_id=self.store, **fields)

    async def read(self, writer: int, memory_id: str) -> BetaManagedAgentsMemory:
        memories = self.clients[writer].beta.memory_stores.memories
        return await memories.retrieve(memory_id, memory_store_id=self.store)

    async def delete(self, writer: int, memory_id: str) -> Any:
        memories = self.clients[writer].beta.memory_stores.memories
        return await memories.delete(memory_id, memory_store_id=self.store)

    async def contents(self) -> dict[str, str | None]:
        listed = self.clients[0].beta.memory_stores.memories.list(self.store, view="full")
        return {memory.path: memory.content async for memory in listed if memory.type == "memory"}

    async def history(self) -> list[Any]:
        """All versions, oldest first."""
        listed = self.clients[0].beta.memory_stores.memory_versions.list(self.store, view="full")
        return [version async for version in listed][::-1]


@pytest.fixture(params=["one client", deep("a client each")])
async def crowd(mockdreams: MockDreams, request: pytest.FixtureRequest) -> AsyncIterator[Crowd]:
    async with AsyncExitStack() as stack:
        count = MANY if request.param == "a client each" else 1
        own = [await stack.enter_async_context(mockdreams.async_client()) for _ in range(count)]
        clients = own * (MANY // count)
        store = await clients[0].beta.memory_stores.create(name="Notes")
        yield Crowd(mockdreams, clients, store.id)


async def race(calls: list[Awaitable[Any]]) -> tuple[list[tuple[int, Any]], list[anthropic.APIStatusError]]:
    """All calls at once: who won what, and the refusals of the others."""
    results = await asyncio.gather(*calls, return_exceptions=True)
    won = [(writer, result) for writer, result in enumerate(results) if not isinstance(result, BaseException)]
    refusals = [result for result in results if isinstance(result, anthropic.APIStatusError)]
    assert len(won) + len(refusals) == len(calls), results
    return won, refusals


def condition(content: str) -> Any:
    return {"type": "content_sha256", "content_sha256": sha256(content.encode()).hexdigest()}


async def test_of_many_writers_with_one_precondition_one_wins(crowd: Crowd) -> None:
    memory = await crowd.create(0, "/a", "Old.")
    expected = condition("Old.")
    calls = [crowd.update(n, memory.id, content=f"By {n}.", precondition=expected) for n in range(MANY)]
    [(winner, after)], refusals = await race([*calls])
    assert len(refusals) == MANY - 1
    assert {(refusal.status_code, refusal.type) for refusal in refusals} == {(409, "memory_precondition_failed_error")}
    assert await crowd.contents() == {"/a": f"By {winner}."}
    history = await crowd.history()
    assert [version.content for version in history] == ["Old.", f"By {winner}."]
    assert history[-1].id == after.memory_version_id


async def test_a_refusal_is_not_retried(crowd: Crowd) -> None:
    await crowd.create(0, "/a")
    _, refusals = await race([crowd.create(n, "/a") for n in range(MANY)])
    counts = {refusal.request.headers["x-stainless-retry-count"] for refusal in refusals}
    assert counts == {"0"}
    assert crowd.clients[0].max_retries == 2


async def test_of_many_creates_at_one_path_one_wins(crowd: Crowd) -> None:
    [(winner, memory)], refusals = await race([crowd.create(n, "/a", f"By {n}.") for n in range(MANY)])
    assert len(refusals) == MANY - 1
    for refusal in refusals:
        assert (refusal.status_code, refusal.type) == (409, "memory_path_conflict_error")
        assert isinstance(refusal.body, dict)
        assert refusal.body["error"]["conflicting_memory_id"] == memory.id
    assert await crowd.contents() == {"/a": f"By {winner}."}
    assert [version.operation for version in await crowd.history()] == ["created"]


async def test_of_a_file_and_what_lies_below_it_one_wins(crowd: Crowd) -> None:
    paths = ["/a", "/a/b", "/a/b/c"]
    won, refusals = await race([crowd.create(n, paths[n % 3]) for n in range(MANY)])
    [(winner, _)] = won
    assert {refusal.type for refusal in refusals} == {"memory_path_conflict_error"}
    assert list(await crowd.contents()) == [paths[winner % 3]]


async def test_of_many_renames_to_one_path_one_wins(crowd: Crowd) -> None:
    memories = await asyncio.gather(*(crowd.create(n, f"/{n}", f"{n}") for n in range(MANY)))
    [(winner, _)], refusals = await race([crowd.update(n, memories[n].id, path="/a") for n in range(MANY)])
    assert {refusal.type for refusal in refusals} == {"memory_path_conflict_error"}
    expected = {f"/{n}": f"{n}" for n in range(MANY) if n != winner} | {"/a": f"{winner}"}
    assert await crowd.contents() == expected
    assert len(await crowd.history()) == MANY + 1


async def test_of_many_deletes_one_wins(crowd: Crowd) -> None:
    memory = await crowd.create(0, "/a")
    won, refusals = await race([crowd.delete(n, memory.id) for n in range(MANY)])
    assert len(won) == 1
    assert {refusal.status_code for refusal in refusals} == {404}
    assert [version.operation for version in await crowd.history()] == ["created", "deleted"]


async def test_many_paths_at_once_are_as_many_memories(crowd: Crowd) -> None:
    won, refusals = await race([crowd.create(n, f"/{n}", f"{n}") for n in range(MANY)])
    assert refusals == []
    assert await crowd.contents() == {f"/{n}": f"{n}" for n in range(MANY)}
    assert len({memory.id for _, memory in won}) == MANY
    assert len({memory.created_at for _, memory in won}) == MANY


async def test_without_precondition_the_last_wins_and_history_has_all(crowd: Crowd) -> None:
    memory = await crowd.create(0, "/a", "Old.")
    won, refusals = await race([crowd.update(n, memory.id, content=f"By {n}.") for n in range(MANY)])
    assert refusals == []
    history = await crowd.history()
    assert sorted(version.content for version in history) == sorted(["Old.", *(f"By {n}." for n in range(MANY))])
    assert {version.id for version in history[1:]} == {after.memory_version_id for _, after in won}
    assert await crowd.contents() == {"/a": history[-1].content}


async def test_read_modify_write_loses_no_line(crowd: Crowd) -> None:
    memory = await crowd.create(0, "/a", "")

    async def append(writer: int) -> None:
        while True:
            before = (await crowd.read(writer, memory.id)).content or ""
            try:
                content = f"{before}{writer}\n"
                await crowd.update(writer, memory.id, content=content, precondition=condition(before))
            except anthropic.ConflictError:
                continue
            return

    writers = range(MANY)
    await asyncio.gather(*map(append, writers))
    content = (await crowd.contents())["/a"] or ""
    assert sorted(map(int, content.split())) == list(writers)
    history = [version.content for version in await crowd.history()]
    assert len(history) == len(writers) + 1
    assert all(after.startswith(before) for before, after in itertools.pairwise(history))


async def test_the_store_never_holds_more_than_it_may(crowd: Crowd) -> None:
    crowd.mock.policy.memories_per_store = 10
    won, refusals = await race([crowd.create(n, f"/{n}") for n in range(MANY)])
    assert len(won) == 10
    assert {(refusal.status_code, refusal.type) for refusal in refusals} == {(400, "invalid_request_error")}
    assert len(await crowd.contents()) == 10


async def test_archiving_draws_a_line_through_fifty_writes(crowd: Crowd) -> None:
    stores = crowd.clients[0].beta.memory_stores
    calls: list[Awaitable[Any]] = [crowd.create(n, f"/{n}") for n in range(MANY)]
    calls.insert(MANY // 2, stores.archive(crowd.store))
    won, refusals = await race(calls)
    written = [result for _, result in won if result.type == "memory"]
    [archived] = [result for _, result in won if result.type == "memory_store"]
    assert len(written) + len(refusals) == MANY
    assert {refusal.status_code for refusal in refusals} <= {400}
    assert len(await crowd.contents()) == len(written)
    assert await stores.retrieve(crowd.store) == archived
