"""Rosters: the agents that an agent may put to work, each pinned to a version."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from mockdreams.wire.agents import (
    Agent,
    SessionCoordinator,
    SessionMultiagent,
    SessionMultiagent20261001,
    SessionTeam,
    ThreadAgent,
)
from mockdreams.wire.errors import ServiceError, invalid, shortened
from mockdreams.wire.multiagent import (
    DISABLED,
    INLINE_AGENTS,
    Advisor,
    AgentEntry,
    AgentReference,
    Coordinator,
    CoordinatorParams,
    Disabled,
    Multiagent,
    Multiagent20261001,
    Multiagent20261001Params,
    MultiagentParams,
    SelfEntry,
    Team,
    TeamParams,
)
from mockdreams.world.core.ids import is_valid_id

TEAMS = ("subagents", "workflows")


class AgentLookup(Protocol):
    """Where agents are looked up."""

    def find(self, agent_id: str, version: int | None = None) -> Agent | None: ...


class MultiagentResolver:
    """Resolves the multiagent configuration of the agent `own_id`, whose version is `version`.

    `root` begins the paths in refusals; `most` is how many agents one list may name.
    """

    def __init__(self, agents: AgentLookup, own_id: str, version: int, *, root: str, most: int) -> None:
        self._agents = agents
        self._own_id = own_id
        self._version = version
        self._root = root
        self._most = most

    def resolve(self, sent: MultiagentParams, stored: Multiagent | None = None) -> Multiagent:
        """What `sent` makes of `stored`. Raises ServiceError (400)."""
        if isinstance(sent, CoordinatorParams):
            return self._coordinator(sent)
        base = stored if isinstance(stored, Multiagent20261001) else Multiagent20261001()
        return self._merged(sent, base)

    def _coordinator(self, sent: CoordinatorParams) -> Coordinator:
        if not sent.agents:
            raise invalid(
                f"{self._root}multiagent.coordinator.agents: must contain at least 1 item", rule="agent-roster-20-400"
            )
        self._check_length("multiagent.coordinator.agents", sent.agents)
        self._check_single("multiagent.agents", sent.agents, SelfEntry, Advisor)
        self._check_distinct(entry for entry in sent.agents if not isinstance(entry, Advisor))
        return Coordinator(
            agents=tuple(e if isinstance(e, Advisor) else self._pinned(e, nested=False) for e in sent.agents)
        )

    def _merged(self, sent: Multiagent20261001Params, base: Multiagent20261001) -> Multiagent20261001:
        advisor = (sent.advisor or DISABLED) if sent.given("advisor") else base.advisor
        teams = {
            name: self._team(name, getattr(sent, name), getattr(base, name))
            if sent.given(name)
            else getattr(base, name)
            for name in TEAMS
        }
        return Multiagent20261001(advisor=advisor, **teams)

    def _team(self, name: str, sent: TeamParams | None, base: Team | Disabled) -> Team | Disabled:
        if sent is None or isinstance(sent, Disabled):
            return sent or Team()
        kept = base if isinstance(base, Team) else Team()
        inline, agents = kept.inline_agents, kept.predefined_agents
        if sent.given("inline_agents"):
            inline = sent.inline_agents or INLINE_AGENTS
        if sent.given("predefined_agents"):
            agents = self._predefined(f"multiagent.{name}.predefined_agents", sent.predefined_agents or [])
        if inline.type == "disabled" and not agents:
            raise invalid(
                f"{self._root}multiagent.{name}.predefined_agents: "
                "must contain at least 1 item while inline_agents is disabled"
            )
        return Team(inline_agents=inline, predefined_agents=agents)

    def _predefined(self, path: str, sent: Sequence[AgentEntry | SelfEntry]) -> tuple[AgentReference, ...]:
        self._check_length(path, sent)
        self._check_single(path, sent, SelfEntry)
        self._check_distinct(sent)
        return tuple(self._pinned(entry) for entry in sent)

    def _pinned(self, entry: AgentEntry | SelfEntry, *, nested: bool = True) -> AgentReference:
        if isinstance(entry, SelfEntry) or (entry.id == self._own_id and entry.version in (None, self._version)):
            return AgentReference(id=self._own_id, version=self._version)
        if not is_valid_id(entry.id, "agent"):
            raise _unusable(f"{shortened(entry.id)} is not a valid agent ID")
        latest, agent = self._agents.find(entry.id), self._agents.find(entry.id, entry.version)
        if latest is None:
            raise _unusable(f"{entry.id} not found")
        if agent is None:
            raise _unusable(f"{entry.id} version {entry.version} not found")
        if latest.archived_at is not None:
            raise _unusable(f"{entry.id} is archived")
        if agent.multiagent is not None and not nested:
            raise too_deep(entry.id)
        return AgentReference(id=agent.id, version=agent.version)

    def _check_distinct(self, entries: Iterable[AgentEntry | SelfEntry]) -> None:
        seen: set[str] = set()
        for entry in entries:
            id = self._own_id if isinstance(entry, SelfEntry) else entry.id
            if id in seen:
                raise _unusable(f"{shortened(id)} referenced multiple times")
            seen.add(id)

    def _check_length(self, path: str, entries: Sequence[object]) -> None:
        if len(entries) > self._most:
            raise invalid(
                f"{self._root}{path}: must contain no more than {self._most} item(s)", rule="agent-roster-20-400"
            )

    def _check_single(self, path: str, entries: Sequence[object], *kinds: type[SelfEntry] | type[Advisor]) -> None:
        for kind in kinds:
            places = [index for index, entry in enumerate(entries) if isinstance(entry, kind)]
            if len(places) > 1:
                name = "self" if kind is SelfEntry else "advisor"
                place = f"{self._root}{path}.{places[1]}"
                raise invalid(f'{place}: at most one {{"type":"{name}"}} entry is allowed')


def with_new_self_version(multiagent: Multiagent | None, own_id: str, version: int) -> Multiagent | None:
    """The same configuration, where the agent's references to itself name its new `version`."""
    before = AgentReference(id=own_id, version=version - 1)

    def pin(entry: AgentReference) -> AgentReference:
        return AgentReference(id=own_id, version=version) if entry == before else entry

    if isinstance(multiagent, Coordinator):
        return Coordinator(agents=tuple(e if isinstance(e, Advisor) else pin(e) for e in multiagent.agents))
    if multiagent is None:
        return None
    return multiagent.model_copy(
        update={
            name: team.model_copy(update={"predefined_agents": tuple(map(pin, team.predefined_agents))})
            for name in TEAMS
            if isinstance(team := getattr(multiagent, name), Team)
        }
    )


def expanded(
    multiagent: Multiagent | None, define: Callable[[AgentReference], ThreadAgent]
) -> SessionMultiagent | None:
    """The configuration as a session carries it, with the definition of each agent."""
    if multiagent is None:
        return None
    if isinstance(multiagent, Coordinator):
        return SessionCoordinator(agents=tuple(e if isinstance(e, Advisor) else define(e) for e in multiagent.agents))
    teams = {name: _expanded_team(getattr(multiagent, name), define) for name in TEAMS}
    return SessionMultiagent20261001(advisor=multiagent.advisor, **teams)


def _expanded_team(team: Team | Disabled, define: Callable[[AgentReference], ThreadAgent]) -> SessionTeam | Disabled:
    if isinstance(team, Disabled):
        return team
    agents = tuple(map(define, team.predefined_agents))
    return SessionTeam(inline_agents=team.inline_agents, predefined_agents=agents)


def too_deep(agent_id: str) -> ServiceError:
    """The refusal of an agent that is put to work and puts others to work."""
    return _unusable(f"{agent_id} has its own subagents; maximum depth is 1")


def _unusable(what: str) -> ServiceError:
    return invalid(f"Agent has invalid configuration: subagent {what}", rule="agent-roster-400 agent-roster-nested-400")
