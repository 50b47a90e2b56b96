"""A worker of a self-hosted environment, as checks ask the queue with its key."""

from typing import Any

from mockdreams.contract.client.answers import CheckSkipped, TargetResponse
from mockdreams.contract.client.target import Target


class QueueWorker:
    """Asks the work queue of one environment. A key is made by the fake only: for the service, in its Console."""

    def __init__(self, target: Target, environment_id: str) -> None:
        if not target.is_fake:
            raise CheckSkipped("the keys of environments are made in the Console")
        self._target = target
        self.url = f"/v1/environments/{environment_id}/work"
        self.key: str = target.control("POST", "/environment_keys", {"environment_id": environment_id})["key"]

    def ask(
        self, method: str, path: str, body: Any = None, *, query: dict[str, Any] | None = None, token: str = ""
    ) -> TargetResponse:
        """A request below the queue, with a token or the key."""
        headers = {"x-api-key": None, "authorization": f"Bearer {token or self.key}"}
        return self._target.ask(method, self.url + path, body, query=query, headers=headers)

    def poll(self, **query: Any) -> TargetResponse:
        return self.ask("GET", "/poll", query=query)

    def taken(self) -> Any:
        """An item that was polled and acknowledged."""
        work = self.poll().ok()
        self.ask("POST", f"/{work['id']}/ack").ok()
        return work

    def beat(self, work_id: str, expected: str | None = None) -> TargetResponse:
        query = {} if expected is None else {"expected_last_heartbeat": expected}
        return self.ask("POST", f"/{work_id}/heartbeat", query=query)

    def stop(self, work_id: str, *, force: bool = True) -> TargetResponse:
        return self.ask("POST", f"/{work_id}/stop", {"force": force})
