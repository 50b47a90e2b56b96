"""The story of a world, for people."""

from mockdreams.http.control.endpoint import Operation, OperationRoute
from mockdreams.http.places import Place


def tell_story(workspace: Place) -> dict[str, str]:
    """What the report of a failing test tells: `{"story"}`."""
    return {"story": workspace.story()}


ROUTES = (OperationRoute("/story", GET=Operation(tell_story)),)
