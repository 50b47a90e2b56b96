"""Which ids exist that this world keeps no records of; a store of such records replaces the answer."""

from collections.abc import Callable
from typing import Literal, TypeAlias

from mockdreams.world.core.context import Context

IsKnown: TypeAlias = Callable[[Literal["vault", "skill"], str], bool]
"""Whether there is a vault or a skill with an id."""


def known_by_policy(context: Context) -> IsKnown:
    """As the policy of the world says."""

    def is_known(kind: Literal["vault", "skill"], id: str) -> bool:
        ids = context.policy.known_vaults if kind == "vault" else context.policy.known_skills
        return ids is None or id in ids

    return is_known
