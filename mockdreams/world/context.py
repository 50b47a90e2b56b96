"""The context: what every rule of a world may use, and nothing about its neighbours."""

from dataclasses import dataclass

from mockdreams.wire.memory import ApiActor
from mockdreams.world.clock import Clock
from mockdreams.world.ids import Ids
from mockdreams.world.policy import Policy


@dataclass(slots=True)
class Context:
    """The clock, the ids, the policy and the caller of one world. The policy can be replaced while it runs."""

    clock: Clock
    ids: Ids
    policy: Policy
    actor: ApiActor
