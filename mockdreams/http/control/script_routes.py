"""Scripts of dreams, of sessions, of messages and of vault credentials."""

from typing import Any

from mockdreams.http.control.endpoint import Named, Operation, OperationRoute, named
from mockdreams.http.workspaces import Workspace
from mockdreams.world.dreams.scripts import DreamScript
from mockdreams.world.messages.scripts import MessageScript
from mockdreams.world.sessions.scripts import SessionScript
from mockdreams.world.vaults.validation import CredentialScript


def show_scripts(workspace: Workspace) -> dict[str, Any]:
    """The scripts that no dream has taken."""
    return {"data": workspace.world.dreams.scripts.state()}


def add_script(workspace: Workspace, script: Named[DreamScript]) -> dict[str, Any]:
    """Tell the next dream what to do: the fields of `dreams.script`."""
    workspace.note_prepared(script.name, workspace.world.dreams.scripts.add(script.prepared))
    return show_scripts(workspace)


def clear_scripts(workspace: Workspace) -> dict[str, Any]:
    """Forget the scripts that no dream has taken."""
    workspace.world.dreams.scripts.clear()
    return show_scripts(workspace)


def show_session_scripts(workspace: Workspace) -> dict[str, Any]:
    """The scripts that no session has taken."""
    return {"data": workspace.world.session_scripts.state()}


def add_session_script(workspace: Workspace, script: Named[SessionScript]) -> dict[str, Any]:
    """Tell a session what to do in its next turns: the fields of `sessions.script`."""
    workspace.note_prepared(script.name, workspace.world.session_scripts.add(script.prepared))
    return show_session_scripts(workspace)


def clear_session_scripts(workspace: Workspace) -> dict[str, Any]:
    """Forget the scripts that no session has taken."""
    workspace.world.session_scripts.clear()
    return show_session_scripts(workspace)


def show_credential_scripts(workspace: Workspace) -> dict[str, Any]:
    """The scripts that no validation has used up."""
    return {"data": workspace.world.credential_scripts.state()}


def add_credential_script(workspace: Workspace, script: Named[CredentialScript]) -> dict[str, Any]:
    """Tell the next validation of a credential what to find: the fields of `vaults.script`."""
    workspace.note_prepared(script.name, workspace.world.credential_scripts.add(script.prepared))
    return show_credential_scripts(workspace)


def clear_credential_scripts(workspace: Workspace) -> dict[str, Any]:
    """Forget the scripts that no validation has used up."""
    workspace.world.credential_scripts.clear()
    return show_credential_scripts(workspace)


def show_message_scripts(workspace: Workspace) -> dict[str, Any]:
    """The replies that are left."""
    return {"data": workspace.world.message_scripts.state()}


def add_message_script(workspace: Workspace, script: Named[MessageScript]) -> dict[str, Any]:
    """Prepare an answer of `/v1/messages`: the fields of `messages.reply`."""
    workspace.note_prepared(script.name, workspace.world.message_scripts.add(script.prepared))
    return show_message_scripts(workspace)


def clear_message_scripts(workspace: Workspace) -> dict[str, Any]:
    """Forget the replies that are left."""
    workspace.world.message_scripts.clear()
    return show_message_scripts(workspace)


ROUTES = (
    OperationRoute(
        "/dreams/scripts",
        GET=Operation(show_scripts),
        POST=Operation(add_script, named(DreamScript)),
        DELETE=Operation(clear_scripts),
    ),
    OperationRoute(
        "/sessions/scripts",
        GET=Operation(show_session_scripts),
        POST=Operation(add_session_script, named(SessionScript)),
        DELETE=Operation(clear_session_scripts),
    ),
    OperationRoute(
        "/vaults/scripts",
        GET=Operation(show_credential_scripts),
        POST=Operation(add_credential_script, named(CredentialScript)),
        DELETE=Operation(clear_credential_scripts),
    ),
    OperationRoute(
        "/messages/scripts",
        GET=Operation(show_message_scripts),
        POST=Operation(add_message_script, named(MessageScript)),
        DELETE=Operation(clear_message_scripts),
    ),
)
