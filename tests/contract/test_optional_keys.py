"""Whatever a body leaves out, or has as null or empty: it is accepted or refused, and what it left behind goes on."""

import re
from random import Random
from typing import Any

import anthropic
import pytest

from mockdreams import MockDreams
from mockdreams.contract.drift import sdk
from mockdreams.contract.drift.sdk import Method
from tests.support.deep import one_in
from tests.support.helpers import MODEL, Scene
from tests.support.machines import EXAMPLES
from tests.support.optional_keys import Bodies
from tests.support.turns import message

pytestmark = pytest.mark.fuzzing

CASES = EXAMPLES or 12
"""The weekly job has more."""
SENDING = [
    method
    for method in sdk.read(anthropic).methods
    if method.method == "POST" and method.body and "/work" not in method.path and not method.path.endswith("/files")
]


class Stage(Scene):
    """A world in which every path of the SDK leads somewhere."""

    def ids(self) -> dict[str, str]:
        store, session = self.store({"/a.md": "x"}), self.session("Hello.")
        existing = self.beta.sessions.retrieve(session)
        vault = self.beta.vaults.create(display_name="V").id
        auth: Any = {"type": "static_bearer", "mcp_server_url": "https://other.example.com", "token": "t"}
        greeting: Any = message("Hello.")
        deployment = self.beta.deployments.create(
            name="D", agent=existing.agent.id, environment_id=existing.environment_id, initial_events=[greeting]
        )
        repository: Any = {"type": "github_repository", "url": "https://github.com/a/b", "authorization_token": "t"}
        with_repository = self.beta.sessions.create(
            agent=existing.agent.id, environment_id=existing.environment_id, resources=[repository]
        )
        return {
            "agent_id": existing.agent.id,
            "environment_id": existing.environment_id,
            "session_id": session,
            "session_ids": session,
            "memory_store_id": store,
            "memory_id": next(iter(self.beta.memory_stores.memories.list(store))).id,  # type: ignore[union-attr]
            "file_id": self.beta.files.upload(file=("a.txt", b"x", "text/plain")).id,
            "vault_id": vault,
            "vault_ids": vault,
            "credential_id": self.beta.vaults.credentials.create(vault, auth=auth).id,
            "deployment_id": deployment.id,
            "resource_id": with_repository.resources[0].id,  # type: ignore[union-attr]
        }


@pytest.mark.parametrize("method", one_in(3, SENDING), ids=lambda method: method.path)
def test_nothing_that_is_left_out_crashes(mockdreams: MockDreams, method: Method) -> None:
    stage = Stage(mockdreams, mockdreams.client(max_retries=0).beta)
    ids = stage.ids()
    strings = {
        **ids,
        "agent": ids["agent_id"],
        "agents": ids["agent_id"],
        "id": MODEL if "/agents" in method.path or "/dreams" in method.path else ids["agent_id"],
        "model": MODEL,
        "path": "/a/b.md",
        "mcp_server_url": "https://mcp.example.com",
        "url": "https://mcp.example.com",
        "amount": "500",
        "currency": "USD",
        "expression": "0 9 * * *",
        "timezone": "UTC",
        "skill_id": "xlsx",
    }
    bodies = list(Bodies(strings).of(method))
    path = re.sub(r"\{(\w+)\}", lambda name: ids.get(name[1], "absent"), method.path)
    headers = {"anthropic-beta": method.beta} if method.beta else {}
    first, rest = bodies[:CASES], bodies[CASES:]
    for body in [*first, *Random(0).sample(rest, min(CASES, len(rest)))]:
        answer = stage.http.post(path, json=body, headers=headers)
        assert answer.status_code < 500, (body, answer.text)
    mockdreams.clock.run_until_idle()
    mockdreams.restore(mockdreams.snapshot())
