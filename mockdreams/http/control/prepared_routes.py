"""What was prepared: faults and scripts, and how often they were used."""

from typing import Any

from mockdreams.http.control.answers import PreparedState
from mockdreams.http.control.endpoint import Operation, OperationRoute
from mockdreams.http.report import unused
from mockdreams.http.workspaces import Workspace


def show_prepared(workspace: Workspace) -> dict[str, Any]:
    """What was prepared: `{"hits": {name: how often it was used}, "unused": [what was never used, and why]}`.

    Named is what was added with `?name=`.
    """
    return {"hits": {name: hits() for name, hits in workspace.prepared.items()}, "unused": unused(workspace)}


ROUTES = (OperationRoute("/prepared", GET=Operation(show_prepared, answer=PreparedState)),)
