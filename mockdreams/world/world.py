"""A world: one workspace. It builds everything in it, in one order, and its clock; nothing in it knows the world."""

from collections.abc import Iterable
from hashlib import blake2b
from threading import RLock
from typing import Any, NamedTuple, Protocol, assert_never
from uuid import UUID

from mockdreams.dreaming.plan import Dreamer, DreamInputs, Step
from mockdreams.wire.memory import ApiActor
from mockdreams.world.agents import Agents
from mockdreams.world.attachments import Attachments
from mockdreams.world.clock import Clock, ClockMode, Now
from mockdreams.world.context import Context
from mockdreams.world.dreams import Dreams
from mockdreams.world.environments import Environments
from mockdreams.world.ids import Ids
from mockdreams.world.memory_stores import MemoryStores
from mockdreams.world.outcomes import Outcomes
from mockdreams.world.pipeline import Pipeline
from mockdreams.world.policy import Policy
from mockdreams.world.sending import Sending
from mockdreams.world.session_scripts import SessionScripts
from mockdreams.world.session_store import SessionStore
from mockdreams.world.sessions import Sessions
from mockdreams.world.speech import Speech
from mockdreams.world.tasks import Task
from mockdreams.world.threads import Threads
from mockdreams.world.turns import Turns


class Beginning(Protocol):
    """What a world can begin with: a seed that is lived through, or a snapshot."""

    def replay(self, world: "World") -> None: ...

    def as_json(self) -> dict[str, Any]:
        """The document that it can be read from."""


class Start(NamedTuple):
    """How a world begins, each time that it does."""

    clock: ClockMode
    speed: float
    policy: Policy
    load: Beginning | None
    now: Now | None = None


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
        load: Beginning | None = None,
        dreamer: Dreamer | None = None,
        now: Now | None = None,
    ) -> None:
        self.lock = RLock()
        self.seed = seed
        self._dreamer = dreamer or _consolidate
        self.organization_id = str(UUID(bytes=blake2b(seed.encode(), digest_size=16).digest(), version=4))
        names = Ids(f"{seed} names")
        self.workspace_id = names.mint("wrkspc")
        self.actor = ApiActor.made(api_key_id=names.mint("apikey"))
        self.clock = Clock(self._perform, self.lock, clock, speed, now)
        self.start = Start(clock, speed, policy or Policy.model_construct(), load, now)
        self._own_seed = seed
        self._begin(load)

    def reset(self) -> None:
        """Make everything as it was at first: records, ids, clock, policy. Open streams end."""
        with self.lock:
            self.hang_up()
            self.seed = self._own_seed
            self._begin(self.start.load)

    def start_over(self, seed: str) -> None:
        """Be empty, with the ids of `seed`; for a snapshot to be filled in. Open streams end."""
        self.hang_up()
        self.seed = seed
        self._begin(load=None)

    def hang_up(self) -> None:
        """End every open stream."""
        self.session_store.hang_up()

    def look_at_session(self, session_id: str) -> bool:
        """Somebody looks at a session; at a dream's own, the dream gets on with it. Whether more is to come."""
        dream = self.dreams.owner(session_id)
        return self.dreams.look(dream.id) if dream is not None else self.session_store.look(session_id)

    def session_is_live(self, session_id: str) -> bool:
        """Whether anything more will happen in a session by itself."""
        return self.dreams.owner(session_id) is not None or self.session_store.live(session_id)

    def look_at_sessions(self) -> None:
        """Somebody looks at the list of sessions: everything in it moves on."""
        self.dreams.look_all()
        self.session_store.look_all()

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

    def _begin(self, load: Beginning | None) -> None:
        """Build the parts, each from those above it."""
        self.ids = Ids(self.seed)
        self.request_ids = Ids(f"{self.seed} requests")
        self.clock.start_over(self.start.clock, self.start.speed, self.start.now)
        self._context = context = Context(self.clock, self.ids, self.start.policy.model_copy(), self.actor)
        self.session_store = store = SessionStore(context)
        self.memory_stores = MemoryStores(context)
        self.agents = Agents(context)
        self.environments = Environments(context, store.count_in)
        self.attachments = Attachments(context, store, self.memory_stores)
        self.threads = Threads(context, store)
        self.outcomes = Outcomes(context, store)
        self.session_scripts = SessionScripts()
        self.speech = Speech(context, store, self.threads, self.outcomes, self.session_scripts, self.memory_stores)
        self.turns = Turns(context, store, self.threads, self.speech, self.outcomes)
        self.sending = Sending(context, store, self.threads, self.outcomes, self.turns)
        self.sessions = Sessions(
            context, store, self.agents, self.environments, self.attachments, self.threads, self.sending
        )
        pipeline = Pipeline(
            context, self.memory_stores, self.attachments, store, self.sessions, self.threads, self.turns
        )
        self.dreams = Dreams(context, self.memory_stores, store, pipeline, self._dreamer)
        if load is not None:
            begins = self.clock.time
            load.replay(self)
            if self.start.now is not None:
                self.clock.move_to(max(begins, self.clock.time))

    def _perform(self, task: Task) -> None:
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
                self.dreams.wind_down(id)
            case "session takes up its messages":
                self.turns.begin(id)
            case "session tries again":
                self.turns.retry(id)
            case "thread tries again":
                self.turns.retry_thread(id)
            case "thread speaks":
                self.turns.preview(id)
            case "thread answers":
                self.turns.finish_request(id)
            case "grader goes on":
                self.outcomes.go_on(id)
            case "grader is done":
                self.turns.finish_grading(id)
            case _:
                assert_never(task.name)


def _consolidate(inputs: DreamInputs) -> Iterable[Step]:
    """The consolidator is imported by the first dream: it takes 40 ms, and many worlds never dream."""
    from mockdreams.dreaming.consolidate import consolidate

    return consolidate(inputs)
