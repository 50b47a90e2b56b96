"""The context: what every rule of a world may use, and nothing about its neighbours."""

from dataclasses import dataclass
from typing import Protocol

from mockdreams.wire.memory import ApiActor
from mockdreams.world.core.clock import Clock
from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.core.policy import Policy


class Happened(Protocol):
    """Called once for each thing that webhooks tell of: its type, the id of the resource, and what else is told."""

    def __call__(self, type: str, id: str, /, **about: str) -> object: ...


def tell_nobody(type: str, id: str, /, **about: str) -> None:
    """Nobody wants to know what happens."""


@dataclass(slots=True)
class Context:
    """The clock, the ids, the policy and the caller of one world, and whom to tell what happens.

    The policy can be replaced while it runs.
    """

    clock: Clock
    ids: IdGenerator
    policy: Policy
    actor: ApiActor
    happened: Happened = tell_nobody
