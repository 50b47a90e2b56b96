"""What the caller of a world has met."""

from mockdreams.http.control.endpoint import Operation, OperationRoute
from mockdreams.http.workspaces import Workspace


def show_coverage(workspace: Workspace) -> dict[str, list[str]]:
    """What the key's requests have met, names by group: `{"dreams", "error types", "statuses", "rules", …}`."""
    workspace.encounters.note_world(workspace.world)
    return workspace.encounters.state()


ROUTES = (OperationRoute("/coverage", GET=Operation(show_coverage, answer=dict[str, list[str]])),)
