"""A world: one workspace, everything in it, and its clock."""

from collections.abc import Callable, Iterable
from hashlib import blake2b
from threading import RLock
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from mockdreams.dreaming.plan import Dreamer, DreamInputs, Step
from mockdreams.wire.memory import ApiActor
from mockdreams.world.agents import Agents
from mockdreams.world.attachments import Attachments
from mockdreams.world.clock import Action, Clock, ClockMode, Now
from mockdreams.world.dreams import Dreams
from mockdreams.world.environments import Environments
from mockdreams.world.ids import Ids
from mockdreams.world.memory_stores import MemoryStores
from mockdreams.world.outcomes import Outcomes
from mockdreams.world.policy import Policy
from mockdreams.world.sending import Sending
from mockdreams.world.session_scripts import SessionScripts
from mockdreams.world.sessions import Sessions
from mockdreams.world.speech import Speech
from mockdreams.world.threads import Threads
from mockdreams.world.turns import Turns

if TYPE_CHECKING:
    from mockdreams.world.seeds import Beginning


class Start(NamedTuple):
    """How a world begins, each time that it does."""

    clock: ClockMode
    speed: float
    policy: Policy
    load: "Beginning | None"
    now: Now | None = None


class World:
    """Everything that one API key sees. Hold `lock` around every call of its rules.

    Equal seeds, equal requests and equal clocks make equal worlds, to the byte.
    """

    clock: Clock
    policy: Policy

    def __init__(
        self,
        seed: str,
        *,
        clock: ClockMode = "auto",
        speed: float = 60,
        policy: Policy | None = None,
        load: "Beginning | None" = None,
        dreamer: Dreamer | None = None,
        now: Now | None = None,
    ) -> None:
        self.lock = RLock()
        self.seed = seed
        self.dreamer = dreamer or _consolidate
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
            self.sessions.hang_up()
            self.seed = self._own_seed
            self._begin(self.start.load)

    def start_over(self, seed: str) -> None:
        """Be empty, with the ids of `seed`; for a snapshot to be filled in. Open streams end."""
        self.sessions.hang_up()
        self.seed = seed
        self._begin(load=None)

    def look_at_session(self, session_id: str) -> bool:
        """Somebody looks at a session; at a dream's own, the dream gets on with it. Whether more is to come."""
        dream = self.dreams.owner(session_id)
        return self.dreams.look(dream.id) if dream is not None else self.sessions.look(session_id)

    def session_is_live(self, session_id: str) -> bool:
        """Whether anything more will happen in a session by itself."""
        return self.dreams.owner(session_id) is not None or self.sessions.live(session_id)

    def look_at_sessions(self) -> None:
        """Somebody looks at the list of sessions: everything in it moves on."""
        self.dreams.look_all()
        self.sessions.look_all()

    def _begin(self, load: "Beginning | None") -> None:
        self.ids = Ids(self.seed)
        self.request_ids = Ids(f"{self.seed} requests")
        self.clock.start_over(self.start.clock, self.start.speed, self.start.now)
        self.policy = self.start.policy.model_copy()
        self.agents = Agents(self)
        self.environments = Environments(self)
        self.memory_stores = MemoryStores(self)
        self.attachments = Attachments(self)
        self.session_scripts = SessionScripts(self)
        self.threads = Threads(self)
        self.outcomes = Outcomes(self)
        self.speech = Speech(self)
        self.turns = Turns(self)
        self.sending = Sending(self)
        self.sessions = Sessions(self)
        self.dreams = Dreams(self)
        self._rules: dict[str, Callable[[str], None]] = {
            "dream starts": self.dreams.start,
            "dream output is ready": self.dreams.provision,
            "dream steps": self.dreams.step,
            "dream ends": self.dreams.finish,
            "dream fails": self.dreams.fail,
            "dream times out": self.dreams.time_out,
            "dream winds down": self.dreams.wind_down,
            "session takes up its messages": self.turns.begin,
            "session tries again": self.turns.retry,
            "thread tries again": self.turns.retry_thread,
            "thread speaks": self.turns.speak,
            "thread answers": self.turns.answer,
            "grader goes on": self.outcomes.go_on,
            "grader is done": self.outcomes.judge,
        }
        if load is not None:
            begins = self.clock.time
            load.replay(self)
            if self.start.now is not None:
                self.clock.move_to(max(begins, self.clock.time))

    def _perform(self, action: Action) -> None:
        self._rules[action.what](action.subject)


def _consolidate(inputs: DreamInputs) -> Iterable[Step]:
    """The consolidator is imported by the first dream: it takes 40 ms, and many worlds never dream."""
    from mockdreams.dreaming.consolidate import consolidate

    return consolidate(inputs)
