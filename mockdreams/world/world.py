"""A world: one workspace. It builds everything in it, in one order, and its clock; nothing in it knows the world."""

from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import blake2b
from threading import RLock
from typing import Any, NamedTuple, Protocol, TypeVar, assert_never
from uuid import UUID

from mockdreams.dreaming.plan import Dreamer, DreamInputs, Step
from mockdreams.wire.errors import ServiceError
from mockdreams.wire.memory import ApiActor
from mockdreams.world.agents.agents import Agents
from mockdreams.world.agents.environments import Environments
from mockdreams.world.core.clock import MANY_TASKS, Clock, ClockMode, Now
from mockdreams.world.core.context import Context, tell_nobody
from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.core.policy import Policy
from mockdreams.world.core.tasks import Task
from mockdreams.world.deployments.deployments import Deployments
from mockdreams.world.deployments.runs import DeploymentRuns
from mockdreams.world.dreams.dreams import Dreams
from mockdreams.world.dreams.executor import DreamExecutor
from mockdreams.world.dreams.reviews import Reviews
from mockdreams.world.files.blobs import BlobStore
from mockdreams.world.files.files import Files
from mockdreams.world.files.outputs import SessionOutputs
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.messages.messages import Messages
from mockdreams.world.messages.models import Models
from mockdreams.world.messages.scripts import MessageScriptQueue
from mockdreams.world.schedules.schedules import DreamSchedules
from mockdreams.world.sessions.inbox import Inbox
from mockdreams.world.sessions.model_requests import ModelRequests
from mockdreams.world.sessions.outcomes import Outcomes
from mockdreams.world.sessions.resources import SessionResources
from mockdreams.world.sessions.scripts import SessionScriptQueue
from mockdreams.world.sessions.sessions import Sessions
from mockdreams.world.sessions.store import SessionStore
from mockdreams.world.sessions.threads import Threads
from mockdreams.world.sessions.turns import Turns
from mockdreams.world.skills.skills import Skills
from mockdreams.world.vaults.credential_validation import CredentialScriptQueue
from mockdreams.world.vaults.credentials import Credentials
from mockdreams.world.vaults.vaults import Vaults
from mockdreams.world.webhooks.endpoints import WebhookParams
from mockdreams.world.webhooks.webhooks import Webhooks
from mockdreams.world.work.queue import WorkQueue
from mockdreams.world.work.worker_credentials import WorkerCredentials

A = TypeVar("A")
MANY_ACTS = 200
"""Of a turn: so many take some 3 ms."""


class InitialState(Protocol):
    """What a world can begin with: a seed that is lived through, or a snapshot."""

    def apply(self, world: "World") -> None: ...

    def as_json(self) -> dict[str, Any]:
        """The document that it can be read from."""


class InputLog(Protocol):
    """Who keeps what changes a world."""

    def perform(self, what: Any, run: Callable[..., A], *given: Any, changes: bool = False) -> A:
        """`run(*given)`, the input `what`; with the lock held. It `changes` it, or may only move its clock."""

    @property
    def failed(self) -> Exception | None:
        """Why the world in memory is not the one that is kept, if so."""

    @property
    def refusal(self) -> ServiceError | None:
        """The answer to every request, if so."""

    def call_when_settled(self, then: Callable[[], object]) -> None:
        """Call `then` once all that was performed is kept, or cannot be; on this event loop."""

    async def settled(self) -> None:
        """Wait until all that was performed is kept. Raises ServiceError if it cannot be."""

    def wait_settled(self) -> None:
        """The same, for a thread."""


class WorldConfig(NamedTuple):
    """How a world begins, each time that it does."""

    clock: ClockMode
    speed: float
    policy: Policy
    load: InitialState | None
    now: Now | None = None
    webhooks: tuple[WebhookParams, ...] = ()


class World:
    """Everything that one API key sees. Hold `lock` around every call of its rules.

    Equal seeds, equal requests and equal clocks make equal worlds, to the byte.
    """

    def __init__(
        self,
        seed: str,
        *,
        clock: ClockMode = "auto",
        speed: float = 60,
        policy: Policy | None = None,
        load: InitialState | None = None,
        dreamer: Dreamer | None = None,
        now: Now | None = None,
        webhooks: tuple[WebhookParams, ...] = (),
        wall: datetime | None = None,
    ) -> None:
        """`wall`: the instant at which it begins, where that is not the present; the clock holds it."""
        self.lock = RLock()
        self.seed = seed
        self._dreamer = dreamer or _consolidate
        self.organization_id = str(UUID(bytes=blake2b(seed.encode(), digest_size=16).digest(), version=4))
        names = _names(seed)
        self.workspace_id = names.mint("wrkspc")
        self.actor = ApiActor.unchecked(api_key_id=names.mint("apikey"))
        self.clock = Clock(self._dispatch, self.lock, clock, speed, now, wall)
        self.send_webhooks: Callable[[], None] = _do_nothing
        """Called when webhooks have something to send."""
        self.log: InputLog | None = None
        """Who keeps what changes this world, if anybody does."""
        self.config = WorldConfig(clock, speed, policy or Policy.model_construct(), load, now, webhooks)
        self.own_seed = seed
        """Its seed, but for a while that of a snapshot."""
        self._build(load)

    def reset(self) -> None:
        """Make everything as it was at first: records, ids, clock, policy. Open streams end."""
        with self.lock:
            self.close_streams()
            self.seed = self.own_seed
            self._build(self.config.load)

    def reset_to(self, seed: str) -> None:
        """Be empty, with the ids of `seed`; for a snapshot to be filled in. Open streams end."""
        self.close_streams()
        self.seed = seed
        self._build(load=None)

    def close_streams(self) -> None:
        """End every open stream."""
        self.session_store.close_streams()

    def close(self) -> None:
        """Nobody is to use it any more: without whom its parts call back it is freed at once, and not in a search for
        circles, which takes longer than to make a world.
        """
        self.log, self.send_webhooks = None, _do_nothing
        self.clock.perform, self.webhooks.send, self.context.happened = _ignore_task, _do_nothing, tell_nobody
        store = self.session_store
        for hooks in (store.guards, store.rest_hooks, self.memory_stores.veto_hooks, self.agents.archive_hooks):
            hooks.clear()
        self.dreams.end_hooks.clear()

    def touch_session(self, session_id: str) -> bool:
        """Somebody looks at a session; at a dream's own, the dream gets on with it. Whether more is to come."""
        dream = self.dreams.owning_dream(session_id)
        return self.dreams.touch(dream.id) if dream is not None else self.session_store.touch(session_id)

    def has_pending_work(self, session_id: str) -> bool:
        """Whether anything more will happen in a session by itself."""
        return self.dreams.owning_dream(session_id) is not None or self.session_store.is_live(session_id)

    def touch_files(self, session_id: str) -> None:
        """Somebody looks at the files of a session: it moves on, and what it has written is listed."""
        self.touch_session(session_id)
        self.session_outputs.touch(session_id)

    def touch_sessions(self) -> None:
        """Somebody looks at the list of sessions: everything in it moves on."""
        self.dreams.touch_all()
        self.session_store.touch_all()

    def perform(self, what: Any, run: Callable[[], A], *, changes: bool = False) -> A:
        """`run`, with the lock held; kept as the input `what` if anybody keeps them."""
        return run() if self.log is None else self.log.perform(what, run, changes=changes)

    def go_on(self) -> bool:
        """In `auto` mode whatever is under way moves on, and what is told of it. Whether anything did."""
        before = self.clock.progress
        self.touch_sessions()
        due = self.webhooks.next_due
        if due is not None and not self.webhooks.is_sending:
            self.clock.touch(due)
        return self.clock.progress != before

    @property
    def may_think(self) -> bool:
        """Whether what happens next may take long: a dream is about to make its plan and its output store, or may be
        adopted when it ends; much is due; or a turn may be of many acts, or one of many."""
        return (
            bool(self.dreams.planning)
            or self.clock.is_crowded
            or self.session_scripts.most_acts > MANY_ACTS
            or self.inbox.most_waiting > MANY_TASKS
            or self.schedules.may_adopt
        )

    @property
    def is_live(self) -> bool:
        """Whether a dream, a session or a delivery is under way."""
        return bool(self.dreams.runs) or self.session_store.any_live or self.webhooks.next_due is not None

    @property
    def policy(self) -> Policy:
        return self._context.policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self._context.policy = policy

    @property
    def context(self) -> Context:
        """What every rule has; for a snapshot that is filled in."""
        return self._context

    def _build(self, load: InitialState | None) -> None:
        """Build the parts, each from those above it, and begin with `load`."""
        self.ids = IdGenerator(self.seed)
        self.request_ids = IdGenerator(f"{self.seed} requests")
        self.clock.reset_to(self.config.clock, self.config.speed, self.config.now)
        self._context = Context(self.clock, self.ids, self.config.policy.model_copy(), self.actor)
        self._build_resources(self._context)
        self._build_sessions(self._context)
        self._build_jobs(self._context)
        if load is not None:
            begins = self.clock.time
            load.apply(self)
            if self.config.now is not None:
                self.clock.move_to(max(begins, self.clock.time))
        for endpoint in self.config.webhooks:
            self.webhooks.add(endpoint)

    def _build_resources(self, context: Context) -> None:
        """What a session is made of and reads, and the table of sessions, which some of it looks at."""
        self.session_store = SessionStore(context)
        self.memory_stores = MemoryStores(context)
        self.worker_credentials = WorkerCredentials(context)
        self.work = WorkQueue(context, self.worker_credentials)
        self.environments = Environments(context, self.session_store.count_in, self.work)
        self.vaults = Vaults(context)
        self.credential_scripts = CredentialScriptQueue()
        self.credentials = Credentials(context, self.vaults, self.credential_scripts)
        self.blobs = BlobStore()
        self.files = Files(context, self.blobs)
        self.skills = Skills(context, self.blobs)
        self.agents = Agents(context, self.skills.skill_exists)
        self.session_outputs = SessionOutputs(context, self.blobs, self.files)
        self.session_store.rest_hooks.append(self.session_outputs.settle)
        self.models = Models(context)
        self.message_scripts = MessageScriptQueue()
        self.messages = Messages(context, self.models, self.message_scripts, self.files)

    def _build_sessions(self, context: Context) -> None:
        """What happens in a session, from its threads up to what a caller does with one."""
        store = self.session_store
        self.session_resources = SessionResources(
            context, store, self.memory_stores, self.files, self.session_outputs, self.environments.check_mounts
        )
        self.threads = Threads(context, store)
        self.outcomes = Outcomes(context, store)
        self.session_scripts = SessionScriptQueue()
        self.model_requests = ModelRequests(
            context,
            store,
            self.threads,
            self.outcomes,
            self.session_scripts,
            self.memory_stores,
            self.files,
            self.session_outputs,
            self.environments.is_self_hosted,
        )
        self.turns = Turns(context, store, self.threads, self.model_requests, self.outcomes)
        self.inbox = Inbox(context, store, self.threads, self.outcomes, self.turns, self.files, self.work)
        self.sessions = Sessions(
            context,
            store,
            self.agents,
            self.environments,
            self.session_resources,
            self.threads,
            self.inbox,
            self.turns,
            self.vaults.retrieve_active,
            self.skills.skill_exists,
            self.work,
        )

    def _build_jobs(self, context: Context) -> None:
        """What starts sessions by itself, and the webhooks that tell of everything."""
        self.deployment_runs = DeploymentRuns(context, self.agents, self.sessions)
        self.deployments = Deployments(
            context, self.agents, self.environments, self.vaults, self.sessions, self.deployment_runs
        )
        store = self.session_store
        executor = DreamExecutor(
            context, self.memory_stores, self.session_resources, store, self.sessions, self.threads, self.turns
        )
        self.dreams = Dreams(context, self.memory_stores, store, executor, self._dreamer)
        self.reviews = Reviews(context, self.dreams, self.memory_stores, store)
        self.schedules = DreamSchedules(context, self.memory_stores, store, self.dreams, self.reviews)
        organization = (self.organization_id, self.workspace_id)
        self.webhooks = Webhooks(context, self.seed, organization, lambda: self.send_webhooks())
        context.happened = self.webhooks.happened

    def _dispatch(self, task: Task) -> None:
        """The handler of each task; a checker sees that none is missing."""
        id = task.target_id
        match task.name:
            case "dream starts":
                self.dreams.start(id)
            case "dream output is ready":
                self.dreams.provision(id)
            case "dream steps":
                self.dreams.step(id)
            case "dream ends":
                self.dreams.finish(id)
            case "dream fails":
                self.dreams.fail(id)
            case "dream times out":
                self.dreams.time_out(id)
            case "dream winds down":
                self.dreams.finish_cancel(id)
            case "session takes up its messages":
                self.turns.start(id)
            case "session is interrupted":
                self.turns.land_interrupts(id)
            case "session tries again":
                self.turns.retry(id)
            case "thread tries again":
                self.turns.retry_thread(id)
            case "thread speaks":
                self.turns.emit_previews(id)
            case "thread answers":
                self.turns.finish_request(id)
            case "grader goes on":
                self.outcomes.continue_evaluation(id)
            case "grader is done":
                self.turns.finish_grading(id)
            case "session outputs are listed":
                self.session_outputs.publish(id)
            case "deployment runs":
                self.deployments.run_scheduled(id)
            case "work lease runs out":
                self.work.run_out(id)
            case "webhook is attempted":
                self.webhooks.attempt(id)
            case "schedule is due":
                self.schedules.run_due(id)
            case "schedule has its sessions":
                self.schedules.run_counted(id)
            case _:
                assert_never(task.name)


def workspace_id_of(seed: str) -> str:
    """The id of the workspace whose world has a seed."""
    return _names(seed).mint("wrkspc")


def _names(seed: str) -> IdGenerator:
    return IdGenerator(f"{seed} names")


def _do_nothing() -> None:
    """Nobody sends webhooks."""


def _ignore_task(task: Task) -> None:
    """Nothing is due in a world that is closed."""


def _consolidate(inputs: DreamInputs) -> Iterable[Step]:
    """The consolidator is imported by the first dream: it takes 40 ms, and many worlds never dream."""
    from mockdreams.dreaming.consolidate import consolidate

    return consolidate(inputs)
