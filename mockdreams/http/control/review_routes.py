"""What a dream changed, and adopting it."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel

from mockdreams.http.control.endpoint import Operation, OperationRoute, body
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.base import Params

if TYPE_CHECKING:
    from mockdreams.review.model import Review


class AdoptOptions(Params):
    """Which changes are written onto the input store."""

    only: Literal["all", "none"] | list[str] = "all"
    """`all`, `none`, or the paths of some."""


def show_review(workspace: Workspace, dream_id: str) -> dict[str, Any]:
    """What a dream made of its input store: per memory kept, merged, changed, dropped, added or moved, and why."""
    return _told(workspace.world.reviews.review(dream_id))


def adopt_dream(workspace: Workspace, options: AdoptOptions, dream_id: str) -> dict[str, Any]:
    """Write the changes of a dream, or those at the paths in `only`, onto its input store; conflicts are told."""
    return workspace.world.reviews.adopt(dream_id, options.only).model_dump(mode="json")


def _told(review: "Review") -> dict[str, Any]:
    """A review as JSON, change by change: Pydantic holds the interpreter for as long as a whole one takes it."""
    told: dict[str, Any] = {}
    for name in type(review).model_fields:
        value = getattr(review, name)
        told[name] = [_plain(item) for item in value] if isinstance(value, list) else value
    return told


def _plain(item: Any) -> Any:
    return item.model_dump(mode="json") if isinstance(item, BaseModel) else item


ROUTES = (
    OperationRoute("/dreams/{dream_id}/review", GET=Operation(show_review, slow=True)),
    OperationRoute(
        "/dreams/{dream_id}/adopt", POST=Operation(adopt_dream, body(AdoptOptions, optional=True), slow=True)
    ),
)
