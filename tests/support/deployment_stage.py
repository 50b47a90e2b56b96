"""What tests of deployments set the stage with."""

from datetime import datetime
from typing import Any

from anthropic.types.beta import BetaManagedAgentsDeployment, BetaManagedAgentsDeploymentRun

from tests.support.helpers import MODEL, Scene

HELLO: Any = {"type": "user.message", "content": [{"type": "text", "text": "Good morning."}]}


def cron(expression: str, timezone: str = "UTC") -> Any:
    return {"type": "cron", "expression": expression, "timezone": timezone}


class Stage(Scene):
    """A scene with deployments."""

    def body(self, store_id: Any = None, session_ids: Any = None, **fields: Any) -> dict[str, Any]:
        """A valid body for a new deployment, with `fields` changed."""
        if "agent" not in fields:
            fields["agent"] = self.create("agents", name="Helper", model=MODEL)
        if "environment_id" not in fields:
            fields["environment_id"] = self.create("environments", name="Cloud")
        return {"name": "Daily", "initial_events": [HELLO], **fields}

    def deployment(self, expression: str = "", timezone: str = "UTC", **fields: Any) -> BetaManagedAgentsDeployment:
        if expression:
            fields["schedule"] = cron(expression, timezone)
        return self.beta.deployments.create(**self.body(**fields))

    def post(self, path: str, json: Any = None) -> Any:
        return self.http.post(f"/v1/deployments{path}", json=json)

    def runs(self, deployment_id: str) -> list[BetaManagedAgentsDeploymentRun]:
        """The runs of a deployment, oldest first."""
        return list(self.beta.deployment_runs.list(deployment_id=deployment_id))[::-1]

    def scheduled(self, deployment_id: str) -> list[datetime]:
        """For which moments it has run."""
        contexts = [run.trigger_context for run in self.runs(deployment_id)]
        return [context.scheduled_at for context in contexts if context.type == "schedule"]
