"""The credentials of workers: keys of environments, and the token of each item of work."""

from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

from mockdreams.world.core.context import Context

PREFIX = "sk-ant-oat01-"
"""How every credential of a worker begins, as other access tokens do."""


class WorkerCredential(NamedTuple):
    """Whose a token is: any worker's of an environment, or that of one item, which is a session."""

    kind: Literal["environment", "item"]
    environment_id: str
    session_id: str | None = None
    revoked: bool = False


@dataclass(slots=True)
class EnvironmentKey:
    """A key for one environment, as it is made in the Console."""

    environment_id: str
    revoked: bool = False


class WorkerCredentials:
    """All credentials of a world's workers; a token that was revoked is still known as such."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._keys: dict[str, EnvironmentKey] = {}
        self._item_tokens: dict[str, tuple[str, str]] = {}
        """The environment and the session of each token that an item ever had."""

    @property
    def counts(self) -> tuple[int, int]:
        """How many keys and tokens of items there are."""
        return len(self._keys), len(self._item_tokens)

    def tokens_after(self, keys: int, items: int) -> list[str]:
        """Those that came after so many keys and tokens of items."""
        return [*islice(self._keys, keys, None), *islice(self._item_tokens, items, None)]

    def create_key(self, environment_id: str) -> str:
        token = self._mint("environment")
        self._keys[token] = EnvironmentKey(environment_id)
        return token

    def revoke_key(self, token: str) -> bool:
        """Whether there was such a key."""
        if token not in self._keys:
            return False
        self._keys[token].revoked = True
        return True

    def revoke_all(self, environment_id: str) -> None:
        """An environment is gone, and its keys with it."""
        for key in self._keys.values():
            key.revoked = key.revoked or key.environment_id == environment_id

    def create_item_token(self, environment_id: str, session_id: str) -> str:
        token = self._mint("item")
        self._item_tokens[token] = environment_id, session_id
        return token

    def find(self, token: str) -> WorkerCredential | None:
        """Whose a token is, if it was ever given out."""
        key = self._keys.get(token)
        if key is not None:
            return WorkerCredential("environment", key.environment_id, revoked=key.revoked)
        item = self._item_tokens.get(token)
        return None if item is None else WorkerCredential("item", *item)

    def _mint(self, kind: str) -> str:
        return PREFIX + self._context.ids.mint(kind)
