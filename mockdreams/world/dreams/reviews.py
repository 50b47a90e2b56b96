"""Reviews of dreams within the world. What they need is imported by the first: 20 ms that few worlds need."""

from typing import TYPE_CHECKING, TypeVar

from mockdreams.world.core.context import Context
from mockdreams.world.dreams.dreams import Dreams
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.sessions.store import SessionStore

if TYPE_CHECKING:
    from mockdreams.review.adoption import Only
    from mockdreams.review.gathering import Gathered
    from mockdreams.review.model import Adoption, Review
    from mockdreams.review.request_steps import Steps

A = TypeVar("A")


class Reviews:
    """Reviews and adopts dreams, as the caller of the world."""

    def __init__(self, context: Context, dreams: Dreams, memory_stores: MemoryStores, sessions: SessionStore) -> None:
        self._context = context
        self._dreams = dreams
        self._memory_stores = memory_stores
        self._sessions = sessions

    def review(self, dream_id: str) -> "Review":
        """What a dream made of its input store. Raises ServiceError if there is nothing to review."""
        from mockdreams.review.gathering import review_steps

        return self._run(review_steps(dream_id))

    def gather(self, dream_id: str) -> "Gathered":
        """What the review of a dream is made of. Raises ServiceError as `review` does."""
        from mockdreams.review.gathering import gathering_steps

        return self._run(gathering_steps(dream_id))

    def adopt(self, dream_id: str, only: "Only" = "all") -> "Adoption":
        """Write what was chosen onto the input store. Raises ServiceError if that cannot be."""
        from mockdreams.review.adoption import adoption_steps

        return self._run(adoption_steps(self.review(dream_id), only))

    def _run(self, steps: "Steps[A]") -> A:
        from mockdreams.world.dreams.review_requests import ReviewRequests

        return ReviewRequests(self._context, self._dreams, self._memory_stores, self._sessions).run(steps)
