"""What a run has created, and how it is removed again."""

from collections.abc import Callable
from typing import Any

from mockdreams.contract.client.answers import TargetResponse

CREATING = {
    "/v1/dreams": "dreams",
    "/v1/deployments": "deployments",
    "/v1/sessions": "sessions",
    "/v1/environments": "environments",
    "/v1/agents": "agents",
    "/v1/memory_stores": "memory_stores",
    "/v1/vaults": "vaults",
    "/v1/skills": "skills",
    "/v1/files": "files",
}
"""What a POST to these paths creates, in the order in which it has to be removed."""
TRIES = 20
GONE = (200, 404)

Ask = Callable[..., TargetResponse]
"""Sends a request: method, path, body."""


class Cleanup:
    """Every record that a run has made and not removed itself. Agents, deployments and dreams can only be archived."""

    def __init__(self, ask: Ask, pause: Callable[[], None]) -> None:
        self._ask = ask
        self._pause = pause
        self.left: dict[str, list[str]] = {kind: [] for kind in CREATING.values()}
        self.created = dict.fromkeys(CREATING.values(), 0)
        self.counting = True
        """Off while records are made that are only made where the target is the fake."""

    def note(self, answer: TargetResponse) -> None:
        """Remember what a request created, if it created anything."""
        kind = CREATING.get(answer.path)
        if kind and answer.method == "POST" and answer.status // 100 == 2:
            body = answer.json()
            if isinstance(body, dict) and "id" in body:
                self.left[kind].append(body["id"])
                self.created[kind] += self.counting

    def remove(self) -> list[str]:
        """Remove everything, newest first within its kind; what is still there after all is returned."""
        for dream in reversed(self.left["dreams"]):
            self._end(dream)
        still: list[str] = []
        for kind in CREATING.values():
            still += [f"/v1/{kind}/{id}" for id in reversed(self.left[kind]) if not self._removed(kind, id)]
            self.left[kind].clear()
        return still

    def _end(self, dream: str) -> None:
        """Stop a dream, and count in what it has made itself."""
        self._ask("POST", f"/v1/dreams/{dream}/cancel")
        body = self._ask("GET", f"/v1/dreams/{dream}").json()
        if not isinstance(body, dict):
            return
        outputs = [output["memory_store_id"] for output in body.get("outputs", ())]
        self.left["memory_stores"] += [id for id in outputs if id not in self.left["memory_stores"]]
        if body.get("session_id"):
            self.left["sessions"].append(body["session_id"])

    def _removed(self, kind: str, id: str) -> bool:
        path = f"/v1/{kind}/{id}"
        for _ in range(TRIES):
            archive = kind in ("dreams", "deployments", "agents")
            answer = self._ask("POST", f"{path}/archive") if archive else self._ask("DELETE", path)
            if answer.status in GONE:
                return True
            self._ease(kind, path)
        return False

    def _ease(self, kind: str, path: str) -> None:
        """Do what lets go of a record that cannot be removed yet: interrupt a session, let time pass."""
        if kind == "sessions":
            interrupt: dict[str, Any] = {"events": [{"type": "user.interrupt"}]}
            self._ask("POST", f"{path}/events", interrupt)
        self._ask("GET", path)
        self._pause()
