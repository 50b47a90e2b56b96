"""Scenarios: how a world begins, and what is prepared in it, in one document.

The words are those of `MockDreams` and of the control API. What can be prepared joins by a line of `SECTIONS`.
"""

import json
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Annotated, Any, NamedTuple, Self, TypeAlias

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    WithJsonSchema,
    create_model,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from mockdreams.http.faults import Fault
from mockdreams.http.stubs import Stub
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.base import Params
from mockdreams.wire.errors import ServiceError, shortened
from mockdreams.world.core.clock import SLOWEST, ClockMode, parse_now
from mockdreams.world.core.policy import Policy
from mockdreams.world.core.profiles import PROFILES, find_profile, make_policy
from mockdreams.world.dreams.scripts import DreamScript
from mockdreams.world.messages.scripts import MessageScript
from mockdreams.world.schedules.records import AddSchedule, ScheduleTerms
from mockdreams.world.sessions.scripts import SessionScript
from mockdreams.world.state.seeds import Seed, SeedError, load_bundled
from mockdreams.world.state.snapshots import SnapshotState
from mockdreams.world.vaults.credential_validation import CredentialScript
from mockdreams.world.webhooks.endpoints import WebhookParams
from mockdreams.world.world import InitialState, World


class Section(NamedTuple):
    """A list of a scenario: what each entry is, and how a workspace takes it.

    `add` may answer with a function that tells how often the entry was used.
    """

    shape: type[Params]
    add: Callable[[Workspace, Any], Callable[[], int] | None]
    words: str


def _add_webhook(workspace: Workspace, wanted: WebhookParams) -> None:
    """One that the server may not send to is disabled by its first event, as one at a private address is."""
    workspace.world.webhooks.add(wanted)


class ScenarioSchedule(ScheduleTerms):
    """A schedule of a world that has just begun: its store is named as what the world begins with names it."""

    memory_store: str | None = None
    """The store that is dreamt of, and adopted to: by its name, or its id."""
    memory_store_id: str | None = None
    """Its id, instead."""

    @property
    def wanted_store(self) -> str:
        return self.memory_store or self.memory_store_id or ""

    @model_validator(mode="after")
    def _check_store(self) -> Self:
        if bool(self.memory_store) == bool(self.memory_store_id):
            raise ValueError("a schedule has a memory_store: the name of one, or its id")
        return self


def _add_schedule(world: World, wanted: ScenarioSchedule) -> None:
    """Raises SeedError where the world has no such store, or no such schedule can be."""
    named = [store.id for store in world.memory_stores.table if wanted.wanted_store in (store.id, store.name)]
    if len(named) != 1:
        many = "more than one memory store is" if named else "the world begins with no memory store"
        raise SeedError(f"{many} called {shortened(wanted.wanted_store)!r}")
    terms = wanted.model_dump(exclude={"memory_store", "memory_store_id"}, exclude_unset=True)
    try:
        world.schedules.add(AddSchedule(memory_store_id=named[0], **terms))
    except ServiceError as refused:
        raise SeedError(refused.message) from None


SECTIONS: dict[str, Section] = {
    "faults": Section(Fault, lambda workspace, entry: workspace.faults.add(entry), "Outages to come."),
    "stubs": Section(Stub, lambda workspace, entry: workspace.stubs.add(entry), "Answers of any path."),
    "messages": Section(
        MessageScript, lambda workspace, entry: workspace.world.message_scripts.add(entry), "Answers of `/v1/messages`."
    ),
    "dreams": Section(
        DreamScript, lambda workspace, entry: workspace.world.dreams.scripts.add(entry), "What the next dreams do."
    ),
    "sessions": Section(
        SessionScript, lambda workspace, entry: workspace.world.session_scripts.add(entry), "What the next turns are."
    ),
    "vaults": Section(
        CredentialScript,
        lambda workspace, entry: workspace.world.credential_scripts.add(entry),
        "What the next validations of credentials find.",
    ),
    "webhooks": Section(WebhookParams, _add_webhook, "Who is told of what happens."),
    "schedules": Section(
        ScenarioSchedule,
        lambda workspace, entry: _add_schedule(workspace.world, entry),
        "When the world dreams by itself.",
    ),
}
"""What a scenario can prepare, by its key."""


def _begins(value: object) -> str:
    if isinstance(value, dict):
        return "snapshot" if "mockdreams" in value else "seed"
    return "seed" if isinstance(value, Seed) else "name"


def _moment(now: str) -> str:
    parse_now(now)
    return now


def _profile(name: str) -> str:
    return find_profile(name).name


_Snapshot: TypeAlias = Annotated[dict[str, Any], WithJsonSchema({"type": "object", "required": ["mockdreams"]})]
Load: TypeAlias = Annotated[
    Annotated[str, Tag("name")] | Annotated[Seed, Tag("seed")] | Annotated[_Snapshot, Tag("snapshot")],
    Discriminator(_begins),
]


class ScenarioStart(Params):
    """How a world begins, and what is prepared in it."""

    schema_: str | None = Field(default=None, alias="$schema")
    """Where the schema of this document is, for editors."""
    description: str = ""
    """What this is, for people."""
    profile: Annotated[str, AfterValidator(_profile), Field(json_schema_extra={"enum": list(PROFILES)})] | None = None
    """The service as it was at a time, by name."""
    policy: Policy = Field(default_factory=Policy.model_construct)
    """The fields of the policy that differ from the profile's."""
    clock: ClockMode | None = None
    """How time moves."""
    speed: float | None = Field(default=None, ge=SLOWEST, allow_inf_nan=False)
    """Virtual seconds per wall second of a `real` clock."""
    now: Annotated[str, AfterValidator(_moment)] | None = None
    """When the world begins: a time, RFC 3339 with a time zone, or `wall`."""
    load: Load | None = None
    """What the world begins with: a seed by the name of one that is shipped, or of a file beside this one; or a seed
    or a snapshot itself."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        make_policy(self.policy_fields)
        return self

    @property
    def policy_fields(self) -> dict[str, Any]:
        """The fields of the policy that are given, with the profile."""
        given = self.policy.model_dump(exclude_unset=True)
        return given if self.profile is None else {"profile": self.profile, **given}

    @property
    def initial_state(self) -> InitialState | None:
        """What the world begins with. Raises SeedError for a name that no shipped seed has."""
        if isinstance(self.load, str):
            return load_bundled(self.load)
        return SnapshotState(self.load) if isinstance(self.load, dict) else self.load

    def prepare(self, workspace: Workspace) -> None:
        """Prepare everything in a workspace, section by section."""
        for key, section in SECTIONS.items():
            for index, entry in enumerate(getattr(self, key)):
                hits = section.add(workspace, entry)
                if hits is not None:
                    workspace.note_prepared(f"scenario/{key}/{index}", hits, entry)

    def counts(self) -> dict[str, int]:
        """How many fields of the policy it has, and how many entries each section, of those that have some."""
        sizes = {"policy": len(self.policy.model_fields_set), **{key: len(getattr(self, key)) for key in SECTIONS}}
        return {key: size for key, size in sizes.items() if size}

    def as_json(self) -> dict[str, Any]:
        """The document that it can be read from."""
        return self.model_dump(mode="json", exclude_unset=True, by_alias=True)


_FIELDS: dict[str, Any] = {
    key: (list[section.shape], Field(default=[], description=section.words))  # type: ignore[name-defined]
    for key, section in SECTIONS.items()
}
Scenario: type[ScenarioStart] = create_model(
    "Scenario",
    __base__=ScenarioStart,
    __doc__=ScenarioStart.__doc__,
    **_FIELDS,
)
"""A whole scenario: `ScenarioStart` and its sections."""


def read_scenario(document: Any) -> ScenarioStart:
    """A scenario from its JSON, or what YAML makes of it. Raises ValueError for anything else."""
    scenario = Scenario.model_validate_json(json.dumps(document, default=_as_text))
    _check_schedules(scenario)
    return scenario


def _check_schedules(scenario: ScenarioStart) -> None:
    """Try the schedules in a world that begins so. Raises ValidationError."""
    schedules: list[ScenarioSchedule] = vars(scenario)["schedules"]
    if not schedules:
        return
    policy = make_policy(scenario.policy_fields)
    now = parse_now(scenario.now)
    trial = World("trial", clock="manual", policy=policy, load=scenario.initial_state, now=now)
    for index, schedule in enumerate(schedules):
        try:
            _add_schedule(trial, schedule)
        except SeedError as refused:
            error = PydanticCustomError("schedule", "{message}", {"message": str(refused)})
            details = InitErrorDetails(type=error, loc=("schedules", index), input=schedule)
            raise ValidationError.from_exception_data("Scenario", [details]) from None


@cache
def scenario_schema() -> dict[str, Any]:
    """The JSON Schema of a scenario."""
    from mockdreams.http.json_schema import schema_of

    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema_of(Scenario)}


def _as_text(value: object) -> str:
    """YAML has times of its own; here, as in JSON, they are texts."""
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")
