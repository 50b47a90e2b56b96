"""Deployments: created, changed, paused, archived; and what makes them run."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Literal, NamedTuple, TypeAlias

from mockdreams.wire.deployments import (
    CreateDeployment,
    Deployment,
    DeploymentRun,
    ErrorPause,
    InitialEvent,
    ManualPause,
    ManualTrigger,
    PausingError,
    Schedule,
    ScheduleParams,
    ScheduleTrigger,
    UpdateDeployment,
    configured,
)
from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.wire.multiagent import AgentReference
from mockdreams.wire.sessions import BudgetParams, SessionAgentReference
from mockdreams.world.agents.agents import Agents
from mockdreams.world.agents.environments import Environments
from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.context import Context
from mockdreams.world.core.ids import is_valid_id
from mockdreams.world.core.tables import UNBOUNDED, Table, TimeRange, first_page, status, unarchived
from mockdreams.world.core.tasks import Task
from mockdreams.world.core.validation import check_metadata, merge_metadata, null_metadata
from mockdreams.world.deployments.runs import PAUSING, DeploymentRuns
from mockdreams.world.deployments.schedule import CronSchedule, checked
from mockdreams.world.sessions.sessions import Sessions, budget_of
from mockdreams.world.vaults.vaults import Vaults

State: TypeAlias = Literal["active", "paused", "archived"]
TRANSITIONS: dict[State, frozenset[State]] = {
    "active": frozenset({"paused", "archived"}),
    "paused": frozenset({"active", "archived"}),
    "archived": frozenset(),
}
"""What a deployment can become. An archived one says that it is active; its `archived_at` tells."""


class DeploymentFilter(NamedTuple):
    """Which deployments a list shows; the defaults leave out only the archived."""

    agent_id: str | None = None
    status: str | None = None
    include_archived: bool = False
    window: TimeRange = UNBOUNDED

    def matches(self, deployment: Deployment) -> bool:
        return self.agent_id in (None, deployment.agent.id)


class Deployments:
    """All deployments of a world."""

    def __init__(
        self,
        context: Context,
        agents: Agents,
        environments: Environments,
        vaults: Vaults,
        sessions: Sessions,
        runs: DeploymentRuns,
    ) -> None:
        self._context = context
        self._agents = agents
        self._environments = environments
        self._vaults = vaults
        self._sessions = sessions
        self._runs = runs
        self.table = Table[Deployment](shown=unarchived, kind=status)
        self._awaited: dict[str, tuple[datetime, datetime]] = {}
        """When the schedule of an active deployment matches next, and when its run for that begins."""
        agents.archive_hooks.append(self._archive_of_agent)

    def create(self, params: CreateDeployment) -> Deployment:
        check_metadata(params.metadata, self._context.policy)
        agent = self._pinned(params.agent)
        self._check_environment(params.environment_id)
        self._check_vaults(params.vault_ids)
        _check_events(params.initial_events)
        now = self.table.next_time(self._context.clock.time)
        schedule = self._schedule(params.schedule, now)
        self._check_budget(params.budget, agent)
        deployment = Deployment(
            id=self._context.ids.mint("depl"),
            name=params.name,
            description=params.description or None,
            agent=agent,
            environment_id=params.environment_id,
            initial_events=tuple(params.initial_events),
            resources=tuple(map(configured, params.resources)),
            vault_ids=tuple(params.vault_ids),
            metadata=params.metadata,
            schedule=schedule,
            budget=budget_of(params.budget),
            created_at=now,
            updated_at=now,
        )
        self._await_next(deployment, now)
        self._context.happened("deployment.created", deployment.id)
        return self.table.put(deployment)

    def retrieve(self, deployment_id: str) -> Deployment:
        deployment = self.table.get(deployment_id)
        if deployment is None:
            raise not_found("Deployment not found.", rule="deployment-absent-404")
        return deployment

    def current(self, deployment: Deployment) -> Deployment:
        """The deployment with the occurrences that are still to come."""
        now, schedule = self._context.clock.time, deployment.schedule
        if schedule is None or not schedule.upcoming_runs_at or schedule.upcoming_runs_at[0] > now:
            return deployment
        return deployment.replace(schedule=schedule.replace(upcoming_runs_at=_cron(schedule).upcoming(now)))

    def page(self, shown: DeploymentFilter, *, limit: int, after: int | None) -> tuple[list[Deployment], bool]:
        """Newest first."""
        kinds = (shown.status,) if shown.status else ()
        walk = self.table.iterate(after=after, hidden=shown.include_archived, window=shown.window, kinds=kinds)
        return first_page(filter(shown.matches, walk), limit)

    def update(self, deployment_id: str, params: UpdateDeployment) -> Deployment:
        """Change what is given. A paused deployment stays paused, for the same reason."""
        before = self._changeable(deployment_id)
        updated = before.replace(**dict(self._changes(before, params)))
        if updated == before:
            return before
        now = max(self._context.clock.time, before.updated_at)
        if updated.schedule != before.schedule and updated.status == "active":
            self._await_next(updated, now)
        self._context.happened("deployment.updated", deployment_id)
        return self.table.put(updated.replace(updated_at=now))

    def pause(self, deployment_id: str) -> Deployment:
        deployment = self._changeable(deployment_id)
        return deployment if deployment.status == "paused" else self._pause(deployment, ManualPause())

    def unpause(self, deployment_id: str) -> Deployment:
        """Go on with the next occurrence; nothing is made up for."""
        deployment = self._changeable(deployment_id)
        if deployment.status == "active":
            return deployment
        self._await_next(deployment, self._context.clock.time)
        return self._transition(deployment, "active", paused_reason=None)

    def archive(self, deployment_id: str, *, at: datetime | None = None) -> Deployment:
        """No run any more, for good. `at` is when its agent was archived, where that is why."""
        deployment = self.retrieve(deployment_id)
        if deployment.archived_at is not None:
            return deployment
        self._awaited.pop(deployment_id, None)
        schedule = deployment.schedule and deployment.schedule.replace(upcoming_runs_at=())
        now = at or max(self._context.clock.time, deployment.updated_at)
        return self._transition(deployment, "archived", schedule=schedule, paused_reason=None, archived_at=now)

    def run(self, deployment_id: str) -> DeploymentRun:
        """Run at once, also while paused. A failure is told by the run and changes nothing else."""
        return self._runs.record(self._changeable(deployment_id), ManualTrigger())

    def run_scheduled(self, deployment_id: str) -> None:
        """The schedule matched a moment ago: the clock has come to the run."""
        clock = self._context.clock
        occurrence, starts = self._awaited.get(deployment_id, (clock.time, None))
        if starts != clock.time:
            return
        earliest = add_seconds(clock.destination, -self._context.policy.deployment_catch_up_seconds)
        deployment = self.retrieve(deployment_id)
        if clock.mode == "real" and occurrence < earliest:
            self._await_next(deployment, earliest)
            return
        self._await_next(deployment, occurrence)
        run = self._runs.record(deployment, ScheduleTrigger(scheduled_at=occurrence))
        self._context.happened("deployment_run.started", run.id)
        self._context.happened(f"deployment_run.{'failed' if run.error else 'succeeded'}", run.id)
        self._note_run(deployment_id, run)

    def _note_run(self, deployment_id: str, run: DeploymentRun) -> None:
        """What a scheduled run leaves behind on its deployment: when it was, and a pause if it would fail again."""
        deployment = self.retrieve(deployment_id)
        if deployment.archived_at is not None or deployment.schedule is None:
            return
        schedule = deployment.schedule.replace(last_run_at=self._context.clock.time)
        deployment = self.table.put(self.current(deployment.replace(schedule=schedule)))
        if run.error is not None and run.error.type in PAUSING:
            self._pause(deployment, ErrorPause(error=PausingError(type=run.error.type)))

    def _pause(self, deployment: Deployment, reason: ManualPause | ErrorPause) -> Deployment:
        self._awaited.pop(deployment.id, None)
        return self._transition(deployment, "paused", paused_reason=reason)

    def _transition(self, deployment: Deployment, state: State, **fields: Any) -> Deployment:
        """The only place where the status of a deployment is set."""
        before: State = "archived" if deployment.archived_at else deployment.status
        if state not in TRANSITIONS[before]:
            raise RuntimeError(f"deployment {deployment.id} cannot become {state}: it is {before}")
        self._context.happened("deployment.unpaused" if state == "active" else f"deployment.{state}", deployment.id)
        shown = "paused" if state == "paused" else "active"
        now = max(self._context.clock.time, deployment.updated_at)
        return self.table.put(deployment.replace(status=shown, updated_at=now, **fields))

    def _changeable(self, deployment_id: str) -> Deployment:
        deployment = self.retrieve(deployment_id)
        if deployment.archived_at is not None:
            raise invalid("Cannot modify archived deployment", rule="deployment-archived-400")
        return self.current(deployment)

    def _archive_of_agent(self, agent_id: str) -> None:
        """An agent was archived: so are its deployments, in the same moment and without a run."""
        for deployment in [each for each in self.table if each.agent.id == agent_id]:
            self.archive(deployment.id, at=self._agents.retrieve(agent_id).archived_at)

    def _await_next(self, deployment: Deployment, moment: datetime) -> None:
        """Let the clock come back at the first occurrence after `moment`, if there is one, and for no other."""
        self._awaited.pop(deployment.id, None)
        occurrence = _cron(deployment.schedule).next(moment) if deployment.schedule else None
        if occurrence is not None:
            jitter = self._context.policy.deployment_jitter_seconds
            starts = max(add_seconds(occurrence, jitter), self._context.clock.time)
            self._awaited[deployment.id] = occurrence, starts
            self._context.clock.schedule(starts, Task("deployment runs", deployment.id))

    def _changes(self, deployment: Deployment, params: UpdateDeployment) -> Iterator[tuple[str, Any]]:
        if params.name is not None:
            yield "name", params.name
        if params.given("description"):
            yield "description", params.description or None
        agent = deployment.agent
        if params.agent is not None:
            agent = self._pinned(params.agent)
            yield "agent", agent
        if params.environment_id is not None:
            self._check_environment(params.environment_id)
            yield "environment_id", params.environment_id
        if params.initial_events is not None:
            _check_events(params.initial_events)
            yield "initial_events", tuple(params.initial_events)
        if params.given("resources"):
            yield "resources", tuple(map(configured, params.resources or ()))
        if params.given("vault_ids"):
            self._check_vaults(params.vault_ids or ())
            yield "vault_ids", tuple(params.vault_ids or ())
        if params.given("metadata"):
            if params.metadata is None:
                raise null_metadata("deployment")
            yield "metadata", merge_metadata(deployment.metadata, params.metadata, self._context.policy)
        if params.given("schedule"):
            yield "schedule", self._schedule(params.schedule, self._context.clock.time, deployment)
        if params.given("budget"):
            self._check_budget(params.budget, agent)
            yield "budget", budget_of(params.budget)

    def _schedule(
        self, params: ScheduleParams | None, now: datetime, stored: Deployment | None = None
    ) -> Schedule | None:
        if params is None:
            return None
        before = stored.schedule if stored else None
        cron = checked(params.expression, params.timezone, now)
        if before is None:
            self._check_room()
        elif _cron(before) == cron:
            return before
        return Schedule(
            expression=cron.expression,
            timezone=cron.timezone,
            last_run_at=before and before.last_run_at,
            upcoming_runs_at=cron.upcoming(now),
        )

    def _check_room(self) -> None:
        most = self._context.policy.scheduled_deployments
        if sum(each.schedule is not None for each in self.table.iterate()) >= most:
            raise invalid(f"schedule: this organization has {most} scheduled deployments, the most that it may have")

    def _pinned(self, wanted: str | SessionAgentReference) -> AgentReference:
        """An agent at a version: its latest, or the one that is named."""
        id, version = (wanted, None) if isinstance(wanted, str) else (wanted.id, wanted.version)
        if not is_valid_id(id, "agent"):
            raise invalid("Invalid agent ID.")
        agent = self._agents.find(id, version)
        if agent is None:
            raise _not_accessible("agent")
        if agent.archived_at is not None:
            raise invalid("Cannot modify archived agent", rule="deployment-agent-archived-400")
        return AgentReference(id=agent.id, version=agent.version)

    def _check_environment(self, environment_id: str) -> None:
        environment = self._environments.table.get(environment_id)
        if environment is None or environment.archived_at is not None:
            raise _not_accessible("environment")

    def _check_vaults(self, vault_ids: Iterable[str]) -> None:
        for vault in map(self._vaults.table.get, vault_ids):
            if vault is None or vault.archived_at is not None:
                raise _not_accessible("vault")

    def _check_budget(self, budget: BudgetParams | None, agent: AgentReference) -> None:
        if budget is not None:
            self._sessions.check_prices(self._agents.snapshot(agent.id, agent.version))


def _cron(schedule: Schedule) -> CronSchedule:
    return CronSchedule(schedule.expression, schedule.timezone)


def _check_events(events: list[InitialEvent]) -> None:
    if any(event.type == "system.message" for event in events[:-1]):
        raise invalid(
            "invalid deployment: `initial_events`: a `system.message` event must be the last event in the list",
            rule="deployment-system-message-last-400",
        )


def _not_accessible(what: str) -> ServiceError:
    return not_found(f"Referenced {what} not found or not accessible.", rule="deployment-reference-404")
