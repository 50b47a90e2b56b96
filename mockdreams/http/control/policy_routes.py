"""The policy of a world."""

from typing import Any

from pydantic import ValidationError

from mockdreams.http.body_parsing import parse_object
from mockdreams.http.body_process import is_large, read_elsewhere
from mockdreams.http.control.endpoint import Operation, OperationRoute, Payload
from mockdreams.http.query_params import Query
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.errors import ServiceError, invalid, shortened
from mockdreams.world.core.policy import Policy, policy_error
from mockdreams.world.core.profiles import make_policy


def show_policy(workspace: Workspace) -> dict[str, Any]:
    """Every field of the policy."""
    return workspace.world.policy.model_dump(mode="json")


def change_policy(workspace: Workspace, changes: dict[str, Any]) -> dict[str, Any]:
    """Change the fields that are given; with a `profile` all others are its own. Answers as `GET`."""
    try:
        if "profile" in changes:
            changed = make_policy(changes)
        else:
            changed = Policy.model_validate({**workspace.world.policy.model_dump(), **changes})
    except ValidationError as refused:
        raise refusal(refused) from None
    except ValueError as refused:
        raise invalid(str(refused)) from None
    workspace.world.policy = changed
    return show_policy(workspace)


def refusal(refused: ValidationError) -> ServiceError:
    """The first thing that is wrong with a policy, or with what is loaded, in one line."""
    if refused.title == Policy.__name__:
        return invalid(policy_error(refused))
    error = refused.errors(include_url=False)[0]
    return invalid(f"{'.'.join(shortened(str(key)) for key in error['loc'])}: {error['msg']}")


def _read(sent: bytes, query: Query) -> dict[str, Any]:
    return read_elsewhere(_checked if is_large(sent) else parse_object, sent)


def _checked(sent: bytes) -> dict[str, Any]:
    """Raises ServiceError for what no policy has, whatever the others of its fields are."""
    changes = parse_object(sent)
    try:
        make_policy(changes)
    except ValidationError as refused:
        raise refusal(refused) from None
    except ValueError as refused:
        raise invalid(str(refused)) from None
    return changes


_CHANGES = Payload(_read, Policy)

ROUTES = (
    OperationRoute(
        "/policy", GET=Operation(show_policy, answer=Policy), PATCH=Operation(change_policy, _CHANGES, answer=Policy)
    ),
)
