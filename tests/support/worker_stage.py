"""What tests of the work queue set the stage with: a self-hosted environment, its key, and a session in it."""

import base64
import json
from functools import cached_property
from typing import Any

import anthropic
import httpx2
from anthropic.resources.beta.environments.work import Work
from anthropic.types.beta.environments import BetaSelfHostedWork

from mockdreams import MockDreams
from tests.support.helpers import MODEL
from tests.support.turns import message

SELF_HOSTED: Any = {"type": "self_hosted"}
TOOLSET: Any = {"type": "agent_toolset_20260401"}


def token_of(work: BetaSelfHostedWork) -> str:
    """The bearer that is in the secret of an item."""
    assert work.secret is not None
    token: str = json.loads(base64.urlsafe_b64decode(work.secret))["sessions_token"]
    return token


class Stage:
    def __init__(self, mock: MockDreams, client: anthropic.Anthropic) -> None:
        self.mock = mock
        self.client = client
        self.beta = client.beta

    @cached_property
    def environment(self) -> str:
        return self.beta.environments.create(name="Ours", config=SELF_HOSTED).id

    @cached_property
    def key(self) -> str:
        return self.mock.environment_keys.create(self.environment)

    @cached_property
    def agent(self) -> str:
        return self.beta.agents.create(name="Helper", model=MODEL, tools=[TOOLSET]).id

    @property
    def work(self) -> Work:
        """The queue, as a worker with the environment's key has it."""
        return self.bearing(self.key).beta.environments.work

    def bearing(self, token: str) -> anthropic.Anthropic:
        return self.client.copy(api_key=None, auth_token=token)

    def session(self, **fields: Any) -> str:
        return self.beta.sessions.create(agent=self.agent, environment_id=self.environment, **fields).id

    def poll(self, **fields: Any) -> BetaSelfHostedWork | None:
        return self.work.poll(self.environment, **fields)

    def taken(self, **fields: Any) -> BetaSelfHostedWork:
        """A polled item that was acknowledged."""
        work = self.poll(**fields)
        assert work is not None
        self.work.ack(work.id, environment_id=self.environment)
        return work

    def beat(self, work_id: str, expected: str | None = "NO_HEARTBEAT", **fields: Any) -> Any:
        if expected is not None:
            fields["expected_last_heartbeat"] = expected
        return self.work.heartbeat(work_id, environment_id=self.environment, **fields)

    def stop(self, work_id: str, **fields: Any) -> BetaSelfHostedWork:
        return self.work.stop(work_id, environment_id=self.environment, **fields)

    def state(self, work_id: str) -> str:
        return self.beta.environments.work.retrieve(work_id, environment_id=self.environment).state

    def ask(self, method: str, path: str, token: str, **options: Any) -> httpx2.Response:
        """A plain request below the environment's queue, with a bearer."""
        url = f"/v1/environments/{self.environment}/work{path}"
        return self.mock.http.request(
            method, url, headers={"x-api-key": "", "authorization": f"Bearer {token}"}, **options
        )

    def says(self, session_id: str, *actions: Any) -> None:
        """Let the agent of a session do this in its next turn."""
        self.mock.sessions.script([list(actions)])
        self.beta.sessions.events.send(session_id, events=[message("Go.")])

    def events(self, session_id: str) -> list[Any]:
        return list(self.beta.sessions.events.list(session_id))
