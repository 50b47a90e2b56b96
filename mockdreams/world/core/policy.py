"""What the service could change without us: one record, settable per world. No such number lives elsewhere."""

from functools import cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mockdreams.patterns import lazy_pattern
from mockdreams.suggestions import did_you_mean
from mockdreams.wire.errors import shortened
from mockdreams.world.core.prices import LIST_PRICES, ListPrice

CURRENT = "current"
"""The profile of today."""
GUIDE_MODELS = (
    "claude-opus-5",
    "claude-fable-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-sonnet-5",
    "claude-sonnet-4-6",
)
"""Those that the guide of September 2026 lists for dreams."""
_HOW = lazy_pattern(", unable to .*")
"""How Pydantic tried to read a value that it refuses."""


class Policy(BaseModel):
    """Limits, sizes, durations and guards of one world; the defaults are the documented values of today.

    Durations are virtual seconds. Those of a dream are chosen, not documented: the service says "minutes to a
    few hours".
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False, defer_build=True)

    profile: str = CURRENT
    """The profile that the other fields began with: `current`, `docs-2026-09` or `launch-2026-05`. To set it sets the
    fields in which that differs."""
    enrolled: bool = True
    """Whether the organization takes part in the preview of dreams; if not, every dreams route is 404."""
    supported_models: tuple[str, ...] = (
        *GUIDE_MODELS,
        "claude-opus-5-5",
        "claude-sonnet-5-5",
        "claude-haiku-5-5",
        "claude-fable-5-2",
        "claude-fable-5-1",
    )
    """Models that a dream may run on: the six that the guide of September lists, then newer ones that are current, of
    which nothing public says so yet."""
    models: tuple[str, ...] = (
        "claude-fable-5-2",
        "claude-haiku-5-5",
        "claude-sonnet-5-5",
        "claude-fable-5-1",
        "claude-opus-5-5",
        "claude-sonnet-5",
        "claude-fable-5",
        "claude-opus-5",
        "claude-opus-4-8",
        "claude-opus-4-7",
        "claude-opus-4-6",
        "claude-sonnet-4-6",
        "claude-haiku-4-5",
        "claude-opus-4-5",
        "claude-sonnet-4-5",
    )
    """Models that `/v1/models` lists and `/v1/messages` runs, newest first."""
    models_without_system_messages: tuple[str, ...] = (
        "claude-opus-4-7",
        "claude-opus-4-6",
        "claude-opus-4-5",
        "claude-sonnet-4-6",
        "claude-sonnet-4-5",
        "claude-haiku-4-5",
    )
    """Models that take no `system.message`: users report that `claude-opus-4-8` was the first to take one."""
    extra_betas: tuple[str, ...] = ()
    """Values of `anthropic-beta` that the service knows beside those of the schema and of the installed SDK."""
    unknown_betas: Literal["by_route", "refused"] = "by_route"
    """What an unknown value of `anthropic-beta` does beside a good one: as recorded by route, it is passed over or, on
    environments, 400; `refused` is 400 on every route, as a general page of the guide says."""
    environments_need_beta: bool = False
    """Whether environments are 404 without a beta, as recorded in May; in September they were served."""
    unique_environment_names: bool = False
    """Refuse (409) an environment whose name another has. Reported once; the guide only advises it."""
    extra_schema_keywords: bool = True
    """Accept further keywords in the `input_schema` of a custom tool, as documented; a recording of May has 400."""
    update_existing: bool = True
    """Whether `output_behavior` can be sent, so that a dream may write into its input store."""
    dream_max_sessions: int = Field(default=100, ge=1)
    """Sessions that one dream may read."""
    guard_output_store: bool = True
    """Refuse (400) to archive or delete the output store of a pending or running dream."""
    guard_dream_session: bool = True
    """Refuse (400) to send to, archive or delete the session of a pending or running dream."""

    dream_queue_seconds: float = Field(default=5, ge=0)
    """How long a dream stays `pending`."""
    dream_provision_seconds: float = Field(default=5, ge=0)
    """From `running` to the output store being named in `outputs`."""
    dream_base_seconds: float = Field(default=50, gt=0)
    """The run of a dream that reads no session."""
    dream_seconds_per_session: float = Field(default=12, ge=0)
    """What each input session adds to the run."""
    dream_seconds_per_message: float = Field(default=0.5, ge=0)
    """What each message in an input session adds to the run."""
    dream_runtime_budget_seconds: float = Field(default=14_400, gt=0)
    """A dream that has not ended so long after its creation fails with `timeout`."""
    dream_wind_down_seconds: float = Field(default=3, ge=0)
    """How long after a cancel the last write lands and the session is archived, and for how long a dream that has ended
    still holds the store that it updates."""
    dream_input_max_bytes: int | None = Field(default=None, ge=0)
    """A dream over a larger input store fails with `input_memory_store_too_large`; None: no limit."""
    memory_stores_per_organization: int | None = Field(default=None, ge=0)
    """Beyond it creating a store is 400 and a dream fails with `memory_store_org_limit_exceeded`; None: no limit."""
    dreams_per_day: int | None = Field(default=None, ge=0)
    """Dreams that may be created in 24 hours, else 429; None: no limit."""
    creates_per_minute: int | None = Field(default=None, ge=1)
    """Requests that write, else 429. Documented are 300; None, no limit, because virtual minutes are long."""
    reads_per_minute: int | None = Field(default=None, ge=1)
    """Requests that read, else 429. Documented are 1,200; None, no limit."""
    rate_limit_reset: Literal["virtual", "wall"] = "virtual"
    """The time in which answers say when a limit begins anew: the world's, or the wall clock's for code that computes
    with that."""
    list_prices: dict[str, ListPrice] = dict(LIST_PRICES)
    """What each model's tokens cost. What a model costs that is not here is unknown; it cannot have a budget."""
    turn_queue_seconds: float = Field(default=0.5, ge=0)
    """From a sent message to the session running."""
    turn_queue_wall_seconds: float = Field(default=0.2, ge=0, le=60)
    """The least of it that is wall time under the real clock, however fast: so that a stream which is opened just
    after a message was sent sees the whole turn."""
    interrupt_seconds: float = Field(default=0.3, ge=0)
    """From a sent interrupt to what is under way being stopped. Recorded of August; in July it was 30 s and more."""
    turn_seconds: float = Field(default=3, ge=0)
    """How long the agent takes over one model request; a turn is one, and one more after each round of tool calls."""
    retry_seconds: float = Field(default=10, ge=0)
    """How long a session stays `rescheduling` before it tries again."""
    grading_seconds: float = Field(default=4, ge=0)
    """How long the grader of an outcome takes over one evaluation."""
    context_window_tokens: int = Field(default=1_000_000, ge=1)
    """A session that has more in its context than this is terminated."""
    threads_per_session: int = Field(default=25, ge=1)
    """Threads of one session that may be there at one time, without those that are terminated."""
    session_hour_cents: float = Field(default=8, ge=0, le=1e12)
    """What an hour of a running session costs beside its tokens."""

    scheduled_deployments: int = Field(default=1000, ge=0)
    """Deployments with a schedule that a workspace may have."""
    deployment_jitter_seconds: float = Field(default=0, ge=0, le=540)
    """How long after its listed time a scheduled run begins; documented: 5 to 540 seconds, the same for a schedule."""
    deployment_catch_up_seconds: float = Field(default=86_400, ge=0)
    """Under the real clock, the runs that a schedule, of dreams too, still has when nobody has looked for longer."""

    work_requeued_without_heartbeats: bool = False
    """Queue an item of work again when the heartbeats of its worker stop. Recorded: the service does not, and the
    session waits until somebody answers its calls."""

    memories_per_store: int = Field(default=10_000, ge=0)
    """Beyond it creating a memory is 400; those that are there can still be changed."""
    memory_max_bytes: int = Field(default=102_400, ge=0)
    """The size of one memory's content in UTF-8 bytes."""
    version_retention_days: float = Field(default=30, ge=0, le=36_500)
    """How long every version is kept."""
    versions_always_kept: int = Field(default=5, ge=1)
    """How many of a live memory's newest versions are kept however old they are: documented as "recent versions",
    the number is inferred."""
    memory_stores_per_session: int = Field(default=8, ge=0)
    """Memory stores that one session may attach."""
    default_effort: Literal["low", "medium", "high", "xhigh", "max"] = "high"
    """How hard the model of an agent works that names no effort."""
    tools_per_agent: int = Field(default=256, ge=0)
    """Tools of an agent, the agent toolset counted as its eight; the guide of August says 128, the SDK 256."""
    mcp_servers_per_agent: int = Field(default=20, ge=0)
    """Entries of an agent's `mcp_servers`."""
    skills_per_agent: int = Field(default=20, ge=0)
    """Entries of an agent's `skills`."""
    credentials_per_vault: int = Field(default=20, ge=0)
    """Credentials of one vault that may be unarchived at one time."""
    oauth_token_seconds: float = Field(default=3600, gt=0, le=1e9)
    """How long the access token lasts that a refresh of a credential gets."""
    skill_max_bytes: int = Field(default=30 * 1024 * 1024, ge=0)
    """What the files of one upload of a skill may hold together, zipped or not; a larger one is refused with 413."""
    agents_per_roster: int = Field(default=20, ge=0)
    """Agents that one list of a multiagent configuration may name."""
    file_max_bytes: int = Field(default=500 * 1024 * 1024, ge=0)
    """The size of one file; a larger upload is refused with 413."""
    file_storage_max_bytes: int = Field(default=10**12, ge=0)
    """What all uploads together may hold, else 400; copies of sessions do not count."""
    file_retention_days: float = Field(default=30, ge=0, le=36_500)
    """How long a file that has expired can still be looked up."""
    files_per_session: int = Field(default=500, ge=0)
    """Files that one session may attach."""
    session_output_seconds: float = Field(default=2, ge=0)
    """From a session's coming to rest to its outputs being listed as files: documented as a few seconds."""
    webhook_attempts: int = Field(default=3, ge=1)
    """How often a delivery to a webhook is attempted."""
    webhook_retry_min_seconds: float = Field(default=5, gt=0)
    """The least time between two attempts."""
    webhook_retry_max_seconds: float = Field(default=120, gt=0)
    """The most time between two attempts."""
    webhook_timeout_seconds: float = Field(default=10, gt=0, le=600)
    """Wall seconds within which a receiver has to answer; inferred."""
    webhook_disable_seconds: float = Field(default=86_400, ge=0)
    """A webhook is disabled by a failure so long after the first since its last success; the number is inferred."""
    webhook_older_types: bool = False
    """Whether webhooks are also told `session.created`, `.running`, `.idled`, `.requires_action` and `.archived`,
    which the SDK has and no guide lists."""
    body_max_bytes: int = Field(default=32 * 1024 * 1024, ge=0)
    """A larger request body is refused with 413."""
    metadata_max_pairs: int = Field(default=16, ge=0)
    """Pairs in the `metadata` of anything."""
    metadata_max_key: int = Field(default=64, ge=1)
    """Characters of a key of it."""
    metadata_max_value: int = Field(default=512, ge=0)
    """Characters of a value of it."""

    def copied(self) -> Self:
        """Another that is the same, and stays so whatever becomes of this one."""
        return self.model_copy(update={"list_prices": self.list_prices.copy()})

    def price_of(self, model: str) -> ListPrice | None:
        """What the tokens of a model cost, with or without a date in its name; None: nobody knows."""
        return self.list_prices.get(model) or self.list_prices.get(undated(model))


@cache
def default_policy() -> Policy:
    """The documented values of today: whoever may change them takes a copy."""
    return Policy.model_construct()  # which builds no shape before it is needed


_DATE = lazy_pattern(r"-(\d{8}|latest)$")


def undated(model: str) -> str:
    """The name of a model without the date that it may end with."""
    return _DATE.sub("", model)


def unknown_field(name: str) -> str:
    """What is said of a field that no policy has, with the nearest one."""
    name = shortened(name)
    return f"the policy has no `{name}`{did_you_mean(name, Policy.model_fields)}"


def policy_error(refused: ValidationError) -> str:
    """The first thing that is wrong with a policy, in a line."""
    error = refused.errors(include_url=False)[0]
    if error["type"] == "extra_forbidden" and len(error["loc"]) == 1:
        return unknown_field(str(error["loc"][0]))
    said = error["msg"]
    if said.startswith("Input should be"):
        needed = _HOW.sub("", said).replace("Input should be", "has to be").replace("valid tuple", "valid list")
        said = f"{needed}, not {shortened(repr(error['input']))}"
    return f"{'.'.join(shortened(str(key)) for key in error['loc'])}: {said}"
