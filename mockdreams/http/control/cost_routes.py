"""What dreams cost."""

from mockdreams.http.control.answers import Cost
from mockdreams.http.control.endpoint import Operation, OperationRoute
from mockdreams.http.workspaces import Workspace


def show_cost(workspace: Workspace, dream_id: str) -> dict[str, str | None]:
    """What a dream has cost so far, at list price: `{"usd"}`, null for a model that has no price."""
    cost = workspace.world.dreams.cost(dream_id)
    return {"usd": None if cost is None else str(cost)}


ROUTES = (OperationRoute("/dreams/{dream_id}/cost", GET=Operation(show_cost, answer=Cost)),)
