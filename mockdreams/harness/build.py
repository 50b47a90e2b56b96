"""What most tests begin with: a memory store, a session, a dream over both, in one line each."""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from mockdreams.harness.control_errors import ControlError, control

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

    @control
    def store(self, memories: Mapping[str, str] = {}, *, name: str = "Notes") -> "BetaManagedAgentsMemoryStore":
        """A memory store, with a content for each path in `memories`."""
        if not isinstance(memories, Mapping):
            raise ControlError(f"memories is a dict of contents by path, not {memories!r}")
        store = self._client.beta.memory_stores.create(name=name)
        for path, content in memories.items():
            self._client.beta.memory_stores.memories.create(store.id, path=path, content=content)
        return store

    @control
    def session(
        self,
        *messages: str,
        title: str | None = None,
        stores: "BetaManagedAgentsMemoryStore | str | Iterable[BetaManagedAgentsMemoryStore | str]" = (),
        agent: str | None = None,
        environment: str | None = None,
    ) -> "BetaManagedAgentsSession":
        """A session in which a user has sent `messages`, with `stores` (one or several, or their ids) mounted.

        An agent and an environment are made for it, unless there are ids of others.
        """
        beta = self._client.beta
        optional: dict[str, Any] = {} if title is None else {"title": title}
        mounted = [{"type": "memory_store", "memory_store_id": store} for store in _each("stores", stores)]
        session = beta.sessions.create(
            agent=agent or beta.agents.create(name="Helper", model=MODEL).id,
            environment_id=environment or beta.environments.create(name="Cloud").id,
            **optional | ({"resources": mounted} if mounted else {}),
        )
        for message in messages:
            content: Any = [{"type": "text", "text": message}]
            beta.sessions.events.send(session.id, events=[{"type": "user.message", "content": content}])
        return session

    @control
    def dream(
        self,
        store: "BetaManagedAgentsMemoryStore | str | None" = None,
        sessions: "BetaManagedAgentsSession | str | Iterable[BetaManagedAgentsSession | str] | None" = None,
        *,
        model: str = MODEL,
        instructions: str | None = None,
    ) -> "BetaDream":
        """A dream over `store` and `sessions` (one or several), or their ids.

        What is not given is made first: a store, a session.
        """
        store_id = _id("store", self.store() if store is None else store)
        session_ids = _each("sessions", self.session() if sessions is None else sessions)
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


def _id(name: str, of: Any) -> str:
    """The id of an object of the SDK, or what is one already. Raises ControlError for what has none."""
    if not isinstance(of, str) and not isinstance(getattr(of, "id", None), str):
        raise ControlError(f"{name} takes ids, or what has one, not {of!r}")
    return of if isinstance(of, str) else str(of.id)


def _each(name: str, of: Any) -> list[str]:
    """The ids of one or several."""
    one = isinstance(of, str) or hasattr(of, "id") or not isinstance(of, Iterable)
    return [_id(name, each) for each in ([of] if one else of)]
