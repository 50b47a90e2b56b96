"""What a dream changed, and adopting it."""

from typing import Any, Literal

from mockdreams.http.control.endpoint import Operation, OperationRoute, body
from mockdreams.http.query_params import Query
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.base import Params
from mockdreams.world.dreams.thinking import plain, tell_review


class AdoptOptions(Params):
    """Which changes are written onto the input store."""

    only: Literal["all", "none"] | list[str] = "all"
    """`all`, `none`, or the paths of some."""


def show_review(workspace: Workspace, dream_id: str) -> dict[str, Any]:
    """What a dream made of its input store: per memory kept, merged, changed, dropped, added or moved, and why."""
    return plain(workspace.world.reviews.review(dream_id))


def adopt_dream(workspace: Workspace, options: AdoptOptions, dream_id: str) -> dict[str, Any]:
    """Write the changes of a dream, or those at the paths in `only`, onto its input store; conflicts are told."""
    return workspace.world.reviews.adopt(dream_id, options.only).model_dump(mode="json")


def _stream_review(workspace: Workspace, _: list[bytes], query: Query, dream_id: str) -> list[bytes]:
    """The same in pieces; while a large one is made the world goes on."""
    with workspace.world.lock:
        workspace.world.clock.sync()
        gathered = workspace.world.reviews.gather(dream_id)
    return tell_review(gathered)


ROUTES = (
    OperationRoute("/dreams/{dream_id}/review", GET=Operation(show_review, stream=_stream_review)),
    OperationRoute(
        "/dreams/{dream_id}/adopt", POST=Operation(adopt_dream, body(AdoptOptions, optional=True), slow=True)
    ),
)
