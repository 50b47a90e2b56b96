"""The story of a world, for people."""

from mockdreams.http.control.endpoint import Operation, OperationRoute
from mockdreams.http.places import Place
from mockdreams.http.report import story


def tell_story(workspace: Place) -> dict[str, str]:
    """What the report of a failing test tells: `{"story"}`."""
    return {"story": story(workspace)}


ROUTES = (OperationRoute("/story", GET=Operation(tell_story)),)
