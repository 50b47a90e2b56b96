"""What a dream changed, and adopting it. Works on any endpoint, from public answers only."""

from mockdreams.review.model import Adoption, Change, Conflict, DiffLine, Reason, Review, Source

__all__ = ["Adoption", "Change", "Conflict", "DiffLine", "Reason", "Review", "Source"]
