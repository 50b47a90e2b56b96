"""Faults that are waiting to strike."""

from typing import Any

from mockdreams.http.control.endpoint import Named, Operation, OperationRoute, named
from mockdreams.http.faults import Fault
from mockdreams.http.workspaces import Workspace


def show_faults(workspace: Workspace) -> dict[str, Any]:
    """The faults that are left, each with how often it has struck."""
    return {"data": workspace.faults.state()}


def add_fault(workspace: Workspace, fault: Named[Fault]) -> dict[str, Any]:
    """Add a fault: the fields of `faults.add`."""
    workspace.note_prepared(fault.name, workspace.faults.add(fault.prepared))
    return show_faults(workspace)


def clear_faults(workspace: Workspace) -> dict[str, Any]:
    """Forget the faults that are left."""
    workspace.faults.clear()
    return show_faults(workspace)


ROUTES = (
    OperationRoute(
        "/faults",
        GET=Operation(show_faults),
        POST=Operation(add_fault, named(Fault)),
        DELETE=Operation(clear_faults),
    ),
)
