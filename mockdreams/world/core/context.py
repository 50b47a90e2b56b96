"""The context: what every rule of a world may use, and nothing about its neighbours."""

from dataclasses import dataclass

from mockdreams.wire.memory import ApiActor
from mockdreams.world.core.clock import Clock
from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.core.policy import Policy


@dataclass(slots=True)
class Context:
    """The clock, the ids, the policy and the caller of one world. The policy can be replaced while it runs."""

    clock: Clock
    ids: IdGenerator
    policy: Policy
    actor: ApiActor
