"""What waits to be used, and is shown, added to and forgotten in one way: faults, stubs, and scripts of all kinds."""

from collections.abc import Callable
from typing import Any

from mockdreams.http.control.answer_shapes import Waiting
from mockdreams.http.control.endpoint import Named, Operation, OperationRoute, named
from mockdreams.http.faults import Fault
from mockdreams.http.stubs import Stub
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.base import Params
from mockdreams.world.dreams.scripts import DreamScript
from mockdreams.world.messages.scripts import MessageScript
from mockdreams.world.sessions.scripts import SessionScript
from mockdreams.world.vaults.credential_validation import CredentialScript


def queue_route(
    path: str, shape: type[Params], queue: Callable[[Workspace], Any], *, shows: str, adds: str, clears: str
) -> OperationRoute:
    """The route of the `queue` of a workspace, and what the reference says of its three operations."""

    def show(workspace: Workspace) -> dict[str, Any]:
        return {"data": queue(workspace).state()}

    def add(workspace: Workspace, wanted: Named[Any]) -> dict[str, Any]:
        workspace.note_prepared(wanted.name, queue(workspace).add(wanted.prepared), wanted.prepared)
        return show(workspace)

    def clear(workspace: Workspace) -> dict[str, Any]:
        queue(workspace).clear()
        return show(workspace)

    show.__doc__, add.__doc__, clear.__doc__ = shows, adds, clears
    return OperationRoute(
        path,
        GET=Operation(show, answer=Waiting),
        POST=Operation(add, named(shape), answer=Waiting),
        DELETE=Operation(clear, answer=Waiting),
    )


ROUTES = (
    queue_route(
        "/faults",
        Fault,
        lambda workspace: workspace.faults,
        shows="The faults that are left, each with how often it has struck.",
        adds="Add a fault: the fields of `faults.add`.",
        clears="Forget the faults that are left.",
    ),
    queue_route(
        "/stubs",
        Stub,
        lambda workspace: workspace.stubs,
        shows="The stubs that are left, in the order in which they answer, each with how often it has.",
        adds="Add a stub: the fields of `stubs.add`.",
        clears="Forget the stubs that are left.",
    ),
    queue_route(
        "/dreams/scripts",
        DreamScript,
        lambda workspace: workspace.world.dreams.scripts,
        shows="The scripts that no dream has taken.",
        adds="Tell the next dream what to do: the fields of `dreams.script`.",
        clears="Forget the scripts that no dream has taken.",
    ),
    queue_route(
        "/sessions/scripts",
        SessionScript,
        lambda workspace: workspace.world.session_scripts,
        shows="The scripts that no session has taken.",
        adds="Tell a session what to do in its next turns: the fields of `sessions.script`.",
        clears="Forget the scripts that no session has taken.",
    ),
    queue_route(
        "/vaults/scripts",
        CredentialScript,
        lambda workspace: workspace.world.credential_scripts,
        shows="The scripts that no validation has used up.",
        adds="Tell the next validation of a credential what to find: the fields of `vaults.script`.",
        clears="Forget the scripts that no validation has used up.",
    ),
    queue_route(
        "/messages/scripts",
        MessageScript,
        lambda workspace: workspace.world.message_scripts,
        shows="The replies that are left.",
        adds="Prepare an answer of `/v1/messages`: the fields of `messages.reply`.",
        clears="Forget the replies that are left.",
    ),
)
