"""The story of a world, for people."""

from mockdreams.http.control.answer_shapes import Story
from mockdreams.http.control.endpoint import Operation, OperationRoute
from mockdreams.http.report import render_report
from mockdreams.http.workspaces import Workspace


def show_report(workspace: Workspace) -> dict[str, str]:
    """What the report of a failing test tells: `{"story"}`."""
    return {"story": render_report(workspace)}


ROUTES = (OperationRoute("/story", GET=Operation(show_report, slow=True, answer=Story)),)
