"""What a dream changed, and adopting it. Works on any endpoint, from public answers only."""

from mockdreams.review.model import Adoption, Change, Conflict, DiffLine, Reason, Review, Source
from mockdreams.review.request_steps import ReviewError
from mockdreams.review.sdk_clients import adopt, review

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
