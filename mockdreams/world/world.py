"""A world: one workspace. It builds everything in it, in one order, and its clock; nothing in it knows the world."""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, assert_never
from uuid import UUID

from mockdreams.wire.errors import ServiceError
from mockdreams.wire.memory import ApiActor
from mockdreams.world.core.clock import MANY_TASKS, Clock, ClockMode, Now
from mockdreams.world.core.context import Context
from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.core.policy import Policy, default_policy
from mockdreams.world.core.tasks import Task
from mockdreams.world.parts import Parts

if TYPE_CHECKING:
    from mockdreams.dreaming.plan import Dreamer
    from mockdreams.wire.dreams import Dream
    from mockdreams.world.webhooks.endpoints import WebhookParams

A = TypeVar("A")
MANY_ACTS = 200
"""Of a turn: so many take some 3 ms."""
MUCH_SAID = 5_000
"""Characters; an agent reads fewer in a few milliseconds."""


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
    webhooks: "tuple[WebhookParams, ...]" = ()


class World(Parts):
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
        dreamer: "Dreamer | None" = None,
        now: Now | None = None,
        webhooks: "tuple[WebhookParams, ...]" = (),
        wall: datetime | None = None,
    ) -> None:
        """`wall`: the instant at which it begins, where that is not the present; the clock holds it."""
        self.lock = RLock()
        self.seed = seed
        self._dreamer = dreamer
        self.organization_id = str(UUID(bytes=blake2b(seed.encode(), digest_size=16).digest(), version=4))
        names = _names(seed)
        self.workspace_id = names.mint("wrkspc")
        self.actor = ApiActor.unchecked(api_key_id=names.mint("apikey"))
        self.clock = Clock(self._dispatch, self.lock, clock, speed, now, wall)
        self.send_webhooks: Callable[[], None] = _do_nothing
        """Called when webhooks have something to send."""
        self.log: InputLog | None = None
        """Who keeps what changes this world, if anybody does."""
        self.config = WorldConfig(clock, speed, policy or default_policy(), load, now, webhooks)
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
        if self.has("session_store"):
            self.session_store.close_streams()

    def close(self) -> None:
        """Nobody is to use it any more."""
        self.log, self.send_webhooks, self.clock.perform = None, _do_nothing, _ignore_task
        self.forget_parts()

    def touch_session(self, session_id: str) -> bool:
        """Somebody looks at a session; at a dream's own, the dream gets on with it. Whether more is to come."""
        dream = self._owning_dream(session_id)
        return self.dreams.touch(dream.id) if dream is not None else self.session_store.touch(session_id)

    def has_pending_work(self, session_id: str) -> bool:
        """Whether anything more will happen in a session by itself."""
        return self._owning_dream(session_id) is not None or self.session_store.is_live(session_id)

    def touch_files(self, session_id: str) -> None:
        """Somebody looks at the files of a session: it moves on, and what it has written is listed."""
        self.touch_session(session_id)
        self.session_outputs.touch(session_id)

    def touch_sessions(self) -> None:
        """Somebody looks at the list of sessions: everything in it moves on."""
        if self.has("dreams"):
            self.dreams.touch_all()
        if self.has("session_store"):
            self.session_store.touch_all()

    def perform(self, what: Any, run: Callable[[], A], *, changes: bool = False) -> A:
        """`run`, with the lock held; kept as the input `what` if anybody keeps them."""
        return run() if self.log is None else self.log.perform(what, run, changes=changes)

    def go_on(self) -> bool:
        """In `auto` mode whatever is under way moves on, and what is told of it. Whether anything did."""
        before = self.clock.progress
        self.touch_sessions()
        due = self.webhooks.next_due if self.has("webhooks") else None
        if due is not None and not self.webhooks.is_sending:
            self.clock.touch(due)
        return self.clock.progress != before

    def may_think(self, *, looks: bool = True) -> bool:
        """Whether a request may take long for what it makes happen: a dream is about to make its plan and its output
        store, or may be adopted when it ends; much is due; or a turn may be of many acts, of a long message, or one of
        many. `looks`: it looks at something, which is all that makes things happen in `auto` mode."""
        if self.clock.mode == "auto" and not looks and not (self.has("dreams") and self.dreams.may_hold_stores):
            return False
        return (
            self.clock.is_crowded
            or (self.has("dreams") and bool(self.dreams.planning))
            or (self.has("session_scripts") and self.session_scripts.most_acts > MANY_ACTS)
            or (self.has("inbox") and (self.inbox.most_waiting > MANY_TASKS or self.inbox.most_said > MUCH_SAID))
            or (self.has("schedules") and self.schedules.may_adopt)
        )

    @property
    def is_live(self) -> bool:
        """Whether a dream, a session or a delivery is under way."""
        return (
            (self.has("dreams") and bool(self.dreams.runs))
            or (self.has("session_store") and self.session_store.any_live)
            or (self.has("webhooks") and self.webhooks.next_due is not None)
        )

    @property
    def has_webhooks(self) -> bool:
        """Whether anybody is to be told what happens."""
        return self.has("webhooks") and bool(self.webhooks.endpoints)

    @property
    def policy(self) -> Policy:
        return self.context.policy

    @policy.setter
    def policy(self, policy: Policy) -> None:
        self.context.policy = policy

    def _build(self, load: InitialState | None) -> None:
        """Begin, with `load` or with nothing."""
        self.ids = IdGenerator(self.seed)
        self.request_ids = IdGenerator(f"{self.seed} requests")
        self.clock.reset_to(self.config.clock, self.config.speed, self.config.now)
        self.context = Context(self.clock, self.ids, self.config.policy.copied(), self.actor)
        self.forget_parts()
        if load is not None:
            begins = self.clock.time
            load.apply(self)
            if self.config.now is not None:
                self.clock.move_to(max(begins, self.clock.time))
        for endpoint in self.config.webhooks:
            self.webhooks.add(endpoint)

    def _owning_dream(self, session_id: str) -> "Dream | None":
        return self.dreams.owning_dream(session_id) if self.has("dreams") else None

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
