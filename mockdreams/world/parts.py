"""The parts of a world: each is made, of those that it leans on, when it is first asked for.

Only then is its module imported, and with it the shapes that it speaks of: making their classes is most of what a start
takes, and most worlds use few of them.
"""

from collections.abc import Callable, Iterable
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from mockdreams.world.core.context import Context, tell_nobody

if TYPE_CHECKING:
    from mockdreams.dreaming.plan import Dreamer, DreamInputs, Step
    from mockdreams.world.agents.agents import Agents
    from mockdreams.world.agents.environments import Environments
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
    from mockdreams.world.webhooks.webhooks import Webhooks
    from mockdreams.world.work.queue import WorkQueue
    from mockdreams.world.work.worker_credentials import WorkerCredentials

P = TypeVar("P")
_making = RLock()


class part(Generic[P]):  # noqa: N801, it is used like a function
    """A `cached_property` of which there is one, whichever threads ask for it first."""

    def __init__(self, make: Callable[[Any], P]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, parts: None, owner: type) -> Self: ...

    @overload
    def __get__(self, parts: "Parts", owner: type) -> P: ...

    def __get__(self, parts: "Parts | None", owner: type) -> Self | P:
        if parts is None:
            return self
        with _making:
            made = vars(parts)
            if self.name not in made:
                made[self.name] = self._make(parts)
            value: P = made[self.name]
            return value


class Parts:
    """What a world is made of. A part that keeps something and was never asked for keeps nothing."""

    context: Context
    """What every rule has."""
    seed: str
    organization_id: str
    workspace_id: str
    send_webhooks: Callable[[], None]
    """Called when webhooks have something to send."""
    _dreamer: "Dreamer | None"

    def has(self, name: str) -> bool:
        """Whether a part was asked for; one that was not keeps nothing."""
        return name in self.__dict__

    def forget_parts(self) -> None:
        """Whatever is asked for from now on is made anew, and empty.

        What is forgotten forgets whom it calls back: without that it is freed at once, and not in a search for circles,
        which takes longer than to make a world.
        """
        if self.has("webhooks"):
            self.context.happened = tell_nobody
        if self.has("session_store"):
            self.session_store.guards.clear()
            self.session_store.rest_hooks.clear()
        if self.has("memory_stores"):
            self.memory_stores.veto_hooks.clear()
        if self.has("agents"):
            self.agents.archive_hooks.clear()
        if self.has("dreams"):
            self.dreams.end_hooks.clear()
        for name in PARTS:
            self.__dict__.pop(name, None)

    @part
    def session_store(self) -> "SessionStore":
        from mockdreams.world.sessions.store import SessionStore

        store = SessionStore(self.context)
        store.rest_hooks.append(self.session_outputs.settle)
        return store

    @part
    def memory_stores(self) -> "MemoryStores":
        from mockdreams.world.memory.stores import MemoryStores

        return MemoryStores(self.context)

    @part
    def worker_credentials(self) -> "WorkerCredentials":
        from mockdreams.world.work.worker_credentials import WorkerCredentials

        return WorkerCredentials(self.context)

    @part
    def work(self) -> "WorkQueue":
        from mockdreams.world.work.queue import WorkQueue

        return WorkQueue(self.context, self.worker_credentials)

    @part
    def environments(self) -> "Environments":
        from mockdreams.world.agents.environments import Environments

        return Environments(self.context, lambda id: self.session_store.count_in(id), self.work)

    @part
    def vaults(self) -> "Vaults":
        from mockdreams.world.vaults.vaults import Vaults

        return Vaults(self.context)

    @part
    def credential_scripts(self) -> "CredentialScriptQueue":
        from mockdreams.world.vaults.credential_validation import CredentialScriptQueue

        return CredentialScriptQueue()

    @part
    def credentials(self) -> "Credentials":
        from mockdreams.world.vaults.credentials import Credentials

        return Credentials(self.context, self.vaults, self.credential_scripts)

    @part
    def blobs(self) -> "BlobStore":
        from mockdreams.world.files.blobs import BlobStore

        return BlobStore()

    @part
    def files(self) -> "Files":
        from mockdreams.world.files.files import Files

        return Files(self.context, self.blobs)

    @part
    def skills(self) -> "Skills":
        from mockdreams.world.skills.skills import Skills

        return Skills(self.context, self.blobs)

    @part
    def agents(self) -> "Agents":
        from mockdreams.world.agents.agents import Agents

        return Agents(self.context, lambda id, version: self.skills.skill_exists(id, version))

    @part
    def session_outputs(self) -> "SessionOutputs":
        from mockdreams.world.files.outputs import SessionOutputs

        return SessionOutputs(self.context, self.blobs, self.files)

    @part
    def models(self) -> "Models":
        from mockdreams.world.messages.models import Models

        return Models(self.context)

    @part
    def message_scripts(self) -> "MessageScriptQueue":
        from mockdreams.world.messages.scripts import MessageScriptQueue

        return MessageScriptQueue()

    @part
    def messages(self) -> "Messages":
        from mockdreams.world.messages.messages import Messages

        return Messages(self.context, self.models, self.message_scripts, self.files)

    @part
    def session_resources(self) -> "SessionResources":
        from mockdreams.world.sessions.resources import SessionResources

        return SessionResources(
            self.context,
            self.session_store,
            self.memory_stores,
            self.files,
            self.session_outputs,
            self.environments.check_mounts,
        )

    @part
    def threads(self) -> "Threads":
        from mockdreams.world.sessions.threads import Threads

        return Threads(self.context, self.session_store)

    @part
    def outcomes(self) -> "Outcomes":
        from mockdreams.world.sessions.outcomes import Outcomes

        return Outcomes(self.context, self.session_store)

    @part
    def session_scripts(self) -> "SessionScriptQueue":
        from mockdreams.world.sessions.scripts import SessionScriptQueue

        return SessionScriptQueue()

    @part
    def model_requests(self) -> "ModelRequests":
        from mockdreams.world.sessions.model_requests import ModelRequests

        return ModelRequests(
            self.context,
            self.session_store,
            self.threads,
            self.outcomes,
            self.session_scripts,
            self.memory_stores,
            self.files,
            self.session_outputs,
            self.environments.is_self_hosted,
        )

    @part
    def turns(self) -> "Turns":
        from mockdreams.world.sessions.turns import Turns

        return Turns(self.context, self.session_store, self.threads, self.model_requests, self.outcomes)

    @part
    def inbox(self) -> "Inbox":
        from mockdreams.world.sessions.inbox import Inbox

        return Inbox(self.context, self.session_store, self.threads, self.outcomes, self.turns, self.files, self.work)

    @part
    def sessions(self) -> "Sessions":
        from mockdreams.world.sessions.sessions import Sessions

        return Sessions(
            self.context,
            self.session_store,
            self.agents,
            self.environments,
            self.session_resources,
            self.threads,
            self.inbox,
            self.turns,
            lambda id: self.vaults.retrieve_active(id),
            lambda id, version: self.skills.skill_exists(id, version),
            self.work,
        )

    @part
    def deployment_runs(self) -> "DeploymentRuns":
        from mockdreams.world.deployments.runs import DeploymentRuns

        return DeploymentRuns(self.context, self.agents, self.sessions)

    @part
    def deployments(self) -> "Deployments":
        from mockdreams.world.deployments.deployments import Deployments

        return Deployments(
            self.context, self.agents, self.environments, self.vaults, self.sessions, self.deployment_runs
        )

    @part
    def _dream_executor(self) -> "DreamExecutor":
        from mockdreams.world.dreams.executor import DreamExecutor

        return DreamExecutor(
            self.context,
            self.memory_stores,
            self.session_resources,
            self.session_store,
            self.sessions,
            self.threads,
            self.turns,
        )

    @part
    def dreams(self) -> "Dreams":
        from mockdreams.world.dreams.dreams import Dreams

        return Dreams(
            self.context, self.memory_stores, self.session_store, self._dream_executor, self._dreamer or _consolidate
        )

    @part
    def reviews(self) -> "Reviews":
        from mockdreams.world.dreams.reviews import Reviews

        return Reviews(self.context, self.dreams, self.memory_stores, self.session_store)

    @part
    def schedules(self) -> "DreamSchedules":
        from mockdreams.world.schedules.schedules import DreamSchedules

        return DreamSchedules(self.context, self.memory_stores, self.session_store, self.dreams, self.reviews)

    @part
    def webhooks(self) -> "Webhooks":
        from mockdreams.world.webhooks.webhooks import Webhooks

        webhooks = Webhooks(
            self.context, self.seed, (self.organization_id, self.workspace_id), lambda: self.send_webhooks()
        )
        self.context.happened = webhooks.happened
        return webhooks


PARTS = tuple(name for name, each in vars(Parts).items() if isinstance(each, part))
"""The names of all parts."""


def _consolidate(inputs: "DreamInputs") -> "Iterable[Step]":
    """The consolidator, which is imported by the first dream."""
    from mockdreams.world.dreams.thinking import plan

    return plan(inputs)
