"""Runs of deployments: each creates a session, or tells by its error why it could not."""

from typing import Any, NamedTuple

from mockdreams.wire.deployments import (
    Deployment,
    DeploymentRun,
    FileConfig,
    ManualTrigger,
    MemoryStoreConfig,
    RepositoryConfig,
    ResourceConfig,
    RunError,
    RunErrorType,
    ScheduleTrigger,
)
from mockdreams.wire.errors import ServiceError, not_found
from mockdreams.wire.multiagent import AgentReference, Coordinator, Multiagent, Team
from mockdreams.wire.sessions import (
    BudgetParams,
    CreateSession,
    FileResourceParams,
    MemoryStoreResourceParams,
    MonetaryAmountParams,
    RepositoryResourceParams,
    ResourceParams,
    Session,
    SessionAgentReference,
)
from mockdreams.world.agents.agents import Agents
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import UNBOUNDED, Table, TimeRange, first_page
from mockdreams.world.sessions.sessions import Sessions

REFUSALS: dict[str, RunErrorType] = {
    "environment-archived-unusable-400": "environment_archived_error",
    "session-environment-absent-404": "environment_not_found_error",
    "agent-archived-unusable-400": "agent_archived_error",
    "session-store-absent-404": "session_resource_not_found_error",
    "session-store-archived-400": "memory_store_archived_error",
    "resource-file-absent-404": "file_not_found_error",
    "session-vault-absent-404": "vault_not_found_error",
    "session-vault-archived-400": "vault_archived_error",
    "session-skill-absent-400": "skill_not_found_error",
    "session-mcp-blocked-400": "mcp_egress_blocked_error",
    "session-self-hosted-resources-400": "self_hosted_resources_unsupported_error",
}
"""The error of a run by the rule for which creating its session is refused; another refusal is `OTHER`."""
OTHER: RunErrorType = "session_creation_rejected_error"
PAUSING = frozenset[RunErrorType](
    {
        *REFUSALS.values(),
        "workspace_archived_error",
        "organization_disabled_error",
        "unknown_error",
    }
)
"""What pauses a deployment when its schedule meets it: it would fail again. The other two may pass by themselves."""
_TEXTS: dict[RunErrorType, str] = {
    "session_resource_not_found_error": "a referenced resource was not found; check deployment configuration",
    "environment_archived_error": "environment `{}` is archived",
    "memory_store_archived_error": "a referenced memory store is archived; check deployment resources",
}
"""Recorded; the others repeat what creating the session says."""


def deployment_of(run: DeploymentRun) -> str:
    """Lists of runs are filtered by their deployment."""
    return run.deployment_id


class RunFilter(NamedTuple):
    """Which runs a list shows; the defaults show all."""

    deployment_id: str | None = None
    has_error: bool | None = None
    trigger_type: str | None = None
    window: TimeRange = UNBOUNDED

    def matches(self, run: DeploymentRun) -> bool:
        return self.has_error in (None, run.error is not None) and self.trigger_type in (None, run.trigger_context.type)


class DeploymentRuns:
    """All runs of a world, which are never changed."""

    def __init__(self, context: Context, agents: Agents, sessions: Sessions) -> None:
        self._context = context
        self._agents = agents
        self._sessions = sessions
        self.table = Table[DeploymentRun](kind=deployment_of)

    def retrieve(self, run_id: str) -> DeploymentRun:
        run = self.table.get(run_id)
        if run is None:
            raise not_found("Deployment run not found.", rule="deployment-run-absent-404")
        return run

    def page(self, shown: RunFilter, *, limit: int, after: int | None) -> tuple[list[DeploymentRun], bool]:
        """Newest first."""
        kinds = (shown.deployment_id,) if shown.deployment_id else ()
        walk = self.table.iterate(after=after, window=shown.window, kinds=kinds)
        return first_page(filter(shown.matches, walk), limit)

    def record(self, deployment: Deployment, trigger: ManualTrigger | ScheduleTrigger) -> DeploymentRun:
        """Create the session of a deployment, and a record of how that went."""
        made: dict[str, Any]
        try:
            self._check_roster(deployment.agent)
            made = {"session_id": self._create_session(deployment).id}
        except ServiceError as refused:
            made = {"error": _error(refused, deployment)}
        return self.table.put(
            DeploymentRun(
                id=self._context.ids.mint("drun"),
                deployment_id=deployment.id,
                agent=deployment.agent,
                trigger_context=trigger,
                created_at=self.table.next_time(self._context.clock.time),
                **made,
            )
        )

    def _create_session(self, deployment: Deployment) -> Session:
        now = self._context.clock.time.isoformat(timespec="seconds").replace("+00:00", "Z")
        return self._sessions.create(
            _request(deployment), deployment_id=deployment.id, system_addition=f"The current date and time is {now}."
        )

    def _check_roster(self, agent: AgentReference) -> None:
        """Refuse an agent that puts archived ones to work."""
        pinned = self._agents.find(agent.id, agent.version)
        for reference in _subagents(pinned.multiagent if pinned else None):
            self._agents.check_active(reference.id)


def _subagents(multiagent: Multiagent | None) -> list[AgentReference]:
    if multiagent is None:
        return []
    if isinstance(multiagent, Coordinator):
        return [entry for entry in multiagent.agents if isinstance(entry, AgentReference)]
    teams = (multiagent.subagents, multiagent.workflows)
    return [entry for team in teams if isinstance(team, Team) for entry in team.predefined_agents]


def _request(deployment: Deployment) -> CreateSession:
    """What creating the session by hand would ask for; its values were checked when the deployment was saved."""
    agent, most = deployment.agent, deployment.budget and deployment.budget.max_list_cost.amount
    fields: dict[str, Any] = {
        "agent": SessionAgentReference.model_construct(type="agent", id=agent.id, version=agent.version),
        "environment_id": deployment.environment_id,
        "title": deployment.name,
        "metadata": deployment.metadata,
        "resources": [_params(resource) for resource in deployment.resources],
        "vault_ids": list(deployment.vault_ids),
        "budget": most and BudgetParams(type="limit", max_list_cost=MonetaryAmountParams(amount=most, currency="USD")),
        "initial_events": list(deployment.initial_events),
    }
    return CreateSession.model_construct(**fields)


def _params(resource: ResourceConfig) -> ResourceParams:
    """The resource as a session is asked for it."""
    match resource:
        case MemoryStoreConfig():
            return MemoryStoreResourceParams.model_construct(**dict(resource))
        case FileConfig():
            return FileResourceParams.model_construct(**dict(resource))
        case RepositoryConfig():
            return RepositoryResourceParams.model_validate({**resource.model_dump(), "authorization_token": ""})


def _error(refused: ServiceError, deployment: Deployment) -> RunError:
    kind = next((REFUSALS[rule] for rule in refused.rule.split() if rule in REFUSALS), OTHER)
    words = _TEXTS[kind].format(deployment.environment_id) if kind in _TEXTS else refused.message
    return RunError(type=kind, message=f"session creation rejected: {words}")
