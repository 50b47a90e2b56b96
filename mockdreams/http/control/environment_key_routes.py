"""Keys of self-hosted environments, which for the service are made in its Console."""

from typing import Any

from mockdreams.http.control.endpoint import Operation, OperationRoute, body
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.base import Params
from mockdreams.wire.errors import not_found


class NewKey(Params):
    environment_id: str


class RevokedKey(Params):
    key: str


def create_key(workspace: Workspace, new: NewKey) -> dict[str, Any]:
    """A key with which workers poll an environment."""
    environment = workspace.world.environments.retrieve(new.environment_id)
    return {"environment_id": environment.id, "key": workspace.world.worker_credentials.create_key(environment.id)}


def revoke_key(workspace: Workspace, revoked: RevokedKey) -> dict[str, Any]:
    """Let a key be good for nothing any more."""
    if not workspace.world.worker_credentials.revoke_key(revoked.key):
        raise not_found("no environment of this world has that key")
    return {"revoked": True}


ROUTES = (
    OperationRoute(
        "/environment_keys",
        POST=Operation(create_key, body(NewKey)),
        DELETE=Operation(revoke_key, body(RevokedKey)),
    ),
)
