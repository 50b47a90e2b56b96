"""The policy of a world, and the profiles that it can begin with."""

import json
from typing import Any

from mockdreams.http.board.page_views import Asked, FormAction, PageView, SentForm
from mockdreams.http.board.shape_forms import fields_of
from mockdreams.http.control.policy_routes import change_policy, show_policy
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.errors import invalid
from mockdreams.world.core.policy import Policy
from mockdreams.world.core.profiles import PROFILES


def show(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """Every field with its value."""
    policy = show_policy(workspace)
    profile = PROFILES[policy["profile"]]
    usual = Policy.model_validate(profile.values).model_dump(mode="json")
    return {
        "fields": [field for field in fields_of(Policy) if field.name != "profile"],
        "values": {name: json.dumps(value, ensure_ascii=False) for name, value in policy.items()},
        "changed": {name for name, value in policy.items() if value != usual[name]},
        "profile": profile,
        "profiles": list(PROFILES.values()),
    }


def change(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Change the fields whose values are others, or begin anew with a profile."""
    if form.text("profile"):
        change_policy(workspace, {"profile": form.text("profile")})
        return f"The profile is {form.text('profile')}. Load the page anew to see its values."
    now, changes = show_policy(workspace), {}
    for name, typed in form.fields.items():
        if name in now and (value := _value(name, typed)) != now[name]:
            changes[name] = value
    if not changes:
        return "Nothing was changed."
    change_policy(workspace, changes)
    return f"Changed: {', '.join(f'{name} is now {json.dumps(value)}' for name, value in changes.items())}."


def _value(name: str, typed: str) -> Any:
    try:
        return json.loads(typed)
    except ValueError:
        raise invalid(f"{name}: {typed!r} is no JSON; a text has quotation marks") from None


VIEW = PageView("/policy", "policy", show)
ACTIONS = (FormAction("/policy", change),)
