"""What most tests begin with: a memory store, a session, a dream over both, in one line each."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anthropic import Anthropic
    from anthropic.types.beta import BetaDream, BetaManagedAgentsMemoryStore, BetaManagedAgentsSession

MODEL = "claude-opus-4-8"


class Build:
    """What most tests begin with, in one line each: `mock.build`.

    It asks as any client does, with the official SDK: its requests are in the journal, and faults meet them. What it
    answers with are the SDK's own objects.
    """

    def __init__(self, make_client: "Callable[[], Anthropic]") -> None:
        self._make_client = make_client
        self._made: Anthropic | None = None

    def store(self, memories: Mapping[str, str] = {}, *, name: str = "Notes") -> "BetaManagedAgentsMemoryStore":
        """A memory store, with a content for each path in `memories`."""
        store = self._client.beta.memory_stores.create(name=name)
        for path, content in memories.items():
            self._client.beta.memory_stores.memories.create(store.id, path=path, content=content)
        return store

    def session(
        self,
        *messages: str,
        title: str | None = None,
        stores: "Iterable[BetaManagedAgentsMemoryStore | str]" = (),
        agent: str | None = None,
        environment: str | None = None,
    ) -> "BetaManagedAgentsSession":
        """A session in which a user has sent `messages`, with `stores` (or their ids) mounted.

        An agent and an environment are made for it, unless there are ids of others.
        """
        beta = self._client.beta
        optional: dict[str, Any] = {} if title is None else {"title": title}
        mounted = [{"type": "memory_store", "memory_store_id": _id(store)} for store in stores]
        session = beta.sessions.create(
            agent=agent or beta.agents.create(name="Helper", model=MODEL).id,
            environment_id=environment or beta.environments.create(name="Cloud").id,
            **optional | ({"resources": mounted} if mounted else {}),
        )
        for message in messages:
            content: Any = [{"type": "text", "text": message}]
            beta.sessions.events.send(session.id, events=[{"type": "user.message", "content": content}])
        return session

    def dream(
        self,
        store: "BetaManagedAgentsMemoryStore | str | None" = None,
        sessions: "Iterable[BetaManagedAgentsSession | str] | None" = None,
        *,
        model: str = MODEL,
        instructions: str | None = None,
    ) -> "BetaDream":
        """A dream over `store` and `sessions`, or their ids. What is not given is made first: a store, a session."""
        store_id = _id(self.store() if store is None else store)
        session_ids = [_id(session) for session in ([self.session()] if sessions is None else sessions)]
        inputs: Any = [
            {"type": "memory_store", "memory_store_id": store_id},
            {"type": "sessions", "session_ids": session_ids},
        ]
        optional: dict[str, Any] = {} if instructions is None else {"instructions": instructions}
        return self._client.beta.dreams.create(model=model, inputs=inputs, **optional)

    def __repr__(self) -> str:
        return "<build: store(), session(), dream()>"

    @property
    def _client(self) -> "Anthropic":
        self._made = self._made or self._make_client()
        return self._made


def _id(of: Any) -> str:
    return of if isinstance(of, str) else str(of.id)
