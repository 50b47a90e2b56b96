"""What a dream changed, and adopting it. Works on any endpoint, from public answers only."""

from mockdreams.review.clients import adopt, review
from mockdreams.review.model import Adoption, Change, Conflict, DiffLine, Reason, Review, Source
from mockdreams.review.requests import ReviewError

__all__ = [
    "Adoption",
    "Change",
    "Conflict",
    "DiffLine",
    "Reason",
    "Review",
    "ReviewError",
    "Source",
    "adopt",
    "review",
]
