"""Stubs: answers for any path."""

from typing import Any

from mockdreams.http.control.endpoint import Named, Operation, OperationRoute, named
from mockdreams.http.stubs import Stub
from mockdreams.http.workspaces import Workspace


def show_stubs(workspace: Workspace) -> dict[str, Any]:
    """The stubs that are left, in the order in which they answer, each with how often it has."""
    return {"data": workspace.stubs.state()}


def add_stub(workspace: Workspace, stub: Named[Stub]) -> dict[str, Any]:
    """Add a stub: the fields of `stubs.add`."""
    workspace.note_prepared(stub.name, workspace.stubs.add(stub.prepared))
    return show_stubs(workspace)


def clear_stubs(workspace: Workspace) -> dict[str, Any]:
    """Forget the stubs that are left."""
    workspace.stubs.clear()
    return show_stubs(workspace)


ROUTES = (
    OperationRoute(
        "/stubs",
        GET=Operation(show_stubs),
        POST=Operation(add_stub, named(Stub)),
        DELETE=Operation(clear_stubs),
    ),
)
