"""The registry of what a snapshot holds: short names of shapes, which never change, and their listed fields.

A class, a module or an attribute is renamed by repointing its line here: users' files stay as they are. What is new in
a world's state is listed here, too, and is a new format with a migration.
"""

from collections import deque
from collections.abc import Callable
from datetime import datetime
from importlib import import_module
from typing import Annotated, Any, NamedTuple, TypeAlias

from mockdreams.default_agent.actions import Action, UseCustomTool, UseMcpTool, UseTool
from mockdreams.default_agent.agent_context import FinishedCall
from mockdreams.default_agent.grader import Verdict
from mockdreams.dreaming import plan
from mockdreams.wire.agents import Agent
from mockdreams.wire.deployments import Deployment, DeploymentRun
from mockdreams.wire.dreams import Dream
from mockdreams.wire.environments import Environment
from mockdreams.wire.events import Event
from mockdreams.wire.files import FileMetadata
from mockdreams.wire.memory import Memory, MemoryStore, MemoryVersion
from mockdreams.wire.sessions import Session
from mockdreams.wire.skills import SkillRecord, SkillVersion
from mockdreams.wire.threads import SessionThread
from mockdreams.wire.vaults import Vault, VaultCredential
from mockdreams.wire.work import Work
from mockdreams.world.core.tables import Table
from mockdreams.world.core.tasks import TaskName
from mockdreams.world.core.uses import Uses
from mockdreams.world.dreams.executor import DreamTargets
from mockdreams.world.dreams.run import DreamRun, Timeline
from mockdreams.world.dreams.scripts import DreamScript, DreamScriptQueue
from mockdreams.world.memory.contents import StoreContents
from mockdreams.world.memory.paths import PathIndex
from mockdreams.world.memory.versions import MemoryVersions
from mockdreams.world.messages.scripts import MessageScript
from mockdreams.world.schedules.records import DreamSchedule, ScheduledDream
from mockdreams.world.sessions.event_log import EventLog
from mockdreams.world.sessions.scripts import SessionScript
from mockdreams.world.sessions.state import OutcomeProgress, SessionState, ThreadState
from mockdreams.world.vaults.validation import CredentialScript
from mockdreams.world.webhooks.deliveries import WebhookAttempt, WebhookDelivery
from mockdreams.world.webhooks.endpoints import WebhookEndpoint
from mockdreams.world.work.queue import WorkLease
from mockdreams.world.work.worker_credentials import EnvironmentKey


class Field(NamedTuple):
    """Where the code keeps a field of the document, and the type that it must have."""

    attribute: str
    type: Any


class Shape(NamedTuple):
    """A class whose objects are saved, and their fields by their names in the document.

    `shared`: two references to one object stay references to one. `context`: the attribute for the world's context.
    `anew`: attributes that are of the process only, and what makes them.
    """

    cls: Any
    fields: dict[str, Field]
    shared: bool = False
    context: str | None = None
    anew: dict[str, Callable[[], Any]] = {}


class Holder(NamedTuple):
    """A part of a world that keeps something: the world's attribute, and its fields by their names in the document."""

    attribute: str
    fields: dict[str, Field]


class Listed(NamedTuple):
    """A function of ours, by one of these names; or None."""

    names: tuple[str, ...]


def _fields(types: dict[str, Any]) -> dict[str, Field]:
    return {name: type if isinstance(type, Field) else Field(name, type) for name, type in types.items()}


def _state(
    cls: Any,
    *,
    shared: bool = True,
    context: str | None = None,
    anew: dict[str, Callable[[], Any]] | None = None,
    **types: Any,
) -> Shape:
    """A shape with its fields: a type, or a `Field` where the code has another name for it."""
    return Shape(cls, _fields(types), shared, context, anew or {})


def _record(line: str) -> Shape:
    path, *names = line.split()
    return Shape(_find(path), {name: Field(name, Any) for name in names})


def _find(path: str) -> Any:
    module, name = path.split(":")
    return getattr(import_module(f"mockdreams.{module}"), name)


FUNCTIONS = {
    "everything": "world.core.tables:accept_all",
    "status": "world.core.tables:status",
    "unarchived": "world.core.tables:unarchived",
    "file scope": "world.files.files:scope_of",
    "unterminated": "world.sessions.store:unterminated",
    "environment": "world.work.queue:environment_of",
    "deployment": "world.deployments.runs:deployment_of",
    "consolidate": "world.world:_consolidate",
    "consolidate at once": "dreaming.consolidate:consolidate",
}
"""Functions of ours that a world keeps; found when needed, because the consolidator takes long to import."""
_SHOWN: TypeAlias = Annotated[Any, Listed(("everything", "unarchived", "unterminated"))]
_KIND: TypeAlias = Annotated[Any, Listed(("status", "file scope", "deployment", "environment"))]
_DREAMER: TypeAlias = Annotated[Any, Listed(("consolidate", "consolidate at once"))]


def function(name: Any) -> Any:
    """The function that is listed by a name. Raises ValueError."""
    if not isinstance(name, str) or name not in FUNCTIONS:
        raise ValueError("there is a function that is not listed")
    return _find(FUNCTIONS[name])


def name_of(value: Any) -> str | None:
    """The name by which a function is listed."""
    path = f"{value.__module__.removeprefix('mockdreams.')}:{value.__qualname__}"
    return next((name for name, listed in FUNCTIONS.items() if listed == path and function(name) is value), None)


HOLDERS = {
    "agents": Holder(
        "agents", {"table": Field("table", Table[Agent]), "versions": Field("_versions", dict[str, list[Agent]])}
    ),
    "environments": Holder("environments", {"table": Field("table", Table[Environment])}),
    "vaults": Holder(
        "vaults",
        {
            "table": Field("table", Table[Vault]),
            "credentials": Field("_credentials", dict[str, Table[VaultCredential]]),
        },
    ),
    "skills": Holder(
        "skills",
        {
            "table": Field("table", Table[SkillRecord]),
            "versions": Field("_versions", dict[str, Table[SkillVersion]]),
            "files": Field("_files", dict[str, dict[str, str]]),
        },
    ),
    "credential_scripts": Holder(
        "credential_scripts", {"waiting": Field("_waiting", list[tuple[CredentialScript, int]])}
    ),
    "memory_stores": Holder(
        "memory_stores",
        {"table": Field("table", Table[MemoryStore]), "contents": Field("_contents", dict[str, StoreContents])},
    ),
    "session_scripts": Holder("session_scripts", {"waiting": Field("_waiting", list[tuple[SessionScript, int]])}),
    "blobs": Holder(
        "blobs", {"contents": Field("_contents", dict[str, bytes]), "uses": Field("_uses", dict[str, int])}
    ),
    "files": Holder(
        "files",
        {
            "table": Field("table", Table[FileMetadata]),
            "digests": Field("_digests", dict[str, str]),
            "expiring": Field("_expiring", list[tuple[datetime, str]]),
            "stored_bytes": Field("_stored_bytes", int),
        },
    ),
    "session_outputs": Holder(
        "session_outputs",
        {
            "written": Field("_written", dict[str, dict[str, str]]),
            "listed": Field("_listed", dict[str, dict[str, tuple[str, str]]]),
            "due": Field("_due", dict[str, datetime]),
        },
    ),
    "messages": Holder("message_scripts", {"waiting": Field("_waiting", list[tuple[MessageScript, int]])}),
    "webhooks": Holder(
        "webhooks",
        {
            "minted": Field("minted", int),
            "events": Field("_events", int),
            "endpoints": Field("_endpoints", dict[str, WebhookEndpoint]),
            "open": Field("_open", dict[str, WebhookDelivery]),
            "attempts": Field("_attempts", deque[WebhookAttempt]),
        },
    ),
    "sessions": Holder(
        "session_store",
        {
            "table": Field("table", Table[Session]),
            "states": Field("_states", dict[str, SessionState]),
            "threads": Field("_threads", dict[str, ThreadState]),
        },
    ),
    "deployments": Holder(
        "deployments",
        {
            "table": Field("table", Table[Deployment]),
            "awaited": Field("_awaited", dict[str, tuple[datetime, datetime]]),
        },
    ),
    "deployment_runs": Holder("deployment_runs", {"table": Field("table", Table[DeploymentRun])}),
    "work": Holder(
        "work",
        {
            "table": Field("table", Table[Work]),
            "leases": Field("_leases", dict[str, WorkLease]),
            "pollers": Field("_pollers", dict[str, dict[str, datetime]]),
        },
    ),
    "worker_credentials": Holder(
        "worker_credentials",
        {
            "keys": Field("_keys", dict[str, EnvironmentKey]),
            "item_tokens": Field("_item_tokens", dict[str, tuple[str, str]]),
        },
    ),
    "schedules": Holder(
        "schedules", {"table": Field("table", Table[DreamSchedule]), "runs": Field("runs", Table[ScheduledDream])}
    ),
    "dreams": Holder(
        "dreams",
        {
            "table": Field("table", Table[Dream]),
            "scripts": Field("scripts", DreamScriptQueue),
            "runs": Field("runs", dict[str, DreamRun]),
            "planning": Field("planning", set[str]),
            "sessions": Field("_owners", dict[str, str]),
        },
    ),
}
"""The parts of a world that keep something, and what."""

_TOKENS: dict[str, Any] = {"tokens": plan.Tokens}
_STEP = plan.ReadMemory | plan.ReadSession | plan.Think | plan.Say | plan.Write | plan.Delete | plan.Spend
"""What a plan is made of."""

STATE: dict[str, Shape] = {
    "session_state": _state(
        SessionState,
        primary=ThreadState,
        threads=dict[str, ThreadState],
        thread_records=Table[SessionThread],
        running_since=datetime | None,
        active_seconds=float,
        scripted_turns=deque[tuple[Action, ...]],
        scripted_verdicts=deque[Verdict],
        repeated_turn=tuple[Action, ...],
        repeats_left=int,
        outcome=OutcomeProgress | None,
        interrupt_due=datetime | None,
    ),
    "thread_state": _state(
        ThreadState,
        session_id=str,
        thread_id=str,
        parent_id=str | None,
        log=EventLog,
        due=datetime | None,
        scheduled_task=TaskName | None,
        running_since=datetime | None,
        started_at=datetime | None,
        request_id=str,
        pending_actions=tuple[Action, ...],
        pending_event_ids=tuple[str, ...],
        script=tuple[Action, ...] | None,
        calls=dict[str, UseTool | UseMcpTool | UseCustomTool],
        held_calls=dict[str, UseTool | UseMcpTool],
        worker_calls=set[str],
        waiting_for_results=bool,
        paused=bool,
        children=set[str],
        turn_messages=list[str],
        heard=int,
        turn_tool_results=list[FinishedCall],
        turn_text=str,
        previewed=set[str],
        active_seconds=float,
        nanodollars=int,
        tokens=plan.Tokens,
        unread_chars=int,
        context_tokens=int,
    ),
    "outcome_progress": _state(
        OutcomeProgress,
        outcome_id=str,
        description=str,
        rubric=str,
        iterations=int,
        iteration=int,
        start_id=str,
        graded_text=list[str],
        missing=tuple[str, ...],
        exhausted=bool,
    ),
    "work_lease": _state(
        WorkLease,
        shared=False,
        queued_at=datetime,
        polled_at=datetime | None,
        token=str,
        ttl_seconds=int,
        ends=datetime | None,
    ),
    "environment_key": _state(EnvironmentKey, shared=False, environment_id=str, revoked=bool),
    "tool_result": _state(FinishedCall, shared=False, name=str, input=dict, result=str, is_error=bool),
    "verdict": _state(Verdict, shared=False, result=str, explanation=str, missing=tuple[str, ...]),
    "event_log": _state(EventLog, context="_context", emitted=list[Event], waiting=list[Event]),
    "table": _state(Table, shown=_SHOWN, kind=_KIND, rows=list, next_place=int, last_time=datetime | None),
    "store_contents": _state(
        StoreContents,
        context="_context",
        store_id=Field("_store_id", str),
        memories=Table[Memory],
        paths=PathIndex,
        versions=MemoryVersions,
        size=int,
    ),
    "memory_versions": _state(
        MemoryVersions,
        context="_context",
        store_id=Field("_store_id", str),
        table=Table[MemoryVersion],
        newest=Field("_newest", dict[str, list[MemoryVersion]]),
        expiring=Field("_expiry_queue", list[tuple[datetime, str]]),
    ),
    "path_index": _state(PathIndex, owners=Field("_owners", dict[str, str]), sorted=Field("_sorted", list[str])),
    "dream_targets": _state(
        DreamTargets,
        shared=False,
        session_id=str,
        output_store_id=str,
        input_mount=str,
        output_mount=str,
        notes=dict[str, str],
        lengths=dict[str, int],
    ),
    "dream_run": _state(
        DreamRun,
        schedule=Field("timeline", Timeline),
        script=DreamScript | None,
        dreamer=_DREAMER,
        inputs=plan.DreamInputs | None,
        plan=tuple[_STEP, ...],
        position=int,
        tokens=plan.Tokens,
        targets=DreamTargets | None,
        winds_down=datetime | None,
    ),
    "dream_schedule": _state(
        Timeline,
        shared=False,
        starts=datetime | None,
        ready=datetime | None,
        ends=datetime | None,
        times_out=datetime | None,
    ),
    "dream_scripts": _state(
        DreamScriptQueue,
        anew={"_taken": Uses},
        waiting=Field("_waiting", list[tuple[DreamScript, _DREAMER, int]]),
        taken_by=Field("_taken_by", dict[str, DreamScript]),
    ),
    "tokens": _state(plan.Tokens, shared=False, input=int, output=int, cache_read=int, cache_creation=int),
    "input_memory": _state(plan.Note, shared=False, path=str, content=str, written_at=datetime),
    "message": _state(plan.Utterance, shared=False, speaker=str, text=str, at=datetime),
    "transcript": _state(
        plan.Transcript, shared=False, session_id=str, started_at=datetime, utterances=tuple[plan.Utterance, ...]
    ),
    "dream_inputs": _state(
        plan.DreamInputs,
        shared=False,
        notes=tuple[plan.Note, ...],
        transcripts=tuple[plan.Transcript, ...],
        instructions=str | None,
        model=str,
        memory_max_bytes=int | None,
        memories_max=int | None,
    ),
    "step.read_memory": _state(plan.ReadMemory, shared=False, path=str, **_TOKENS),
    "step.read_session": _state(plan.ReadSession, shared=False, session_id=str, **_TOKENS),
    "step.think": _state(plan.Think, shared=False, **_TOKENS),
    "step.say": _state(plan.Say, shared=False, text=str, **_TOKENS),
    "step.write": _state(plan.Write, shared=False, path=str, content=str, **_TOKENS),
    "step.delete": _state(plan.Delete, shared=False, path=str, **_TOKENS),
    "step.spend": _state(plan.Spend, shared=False, **_TOKENS),
}
"""State of ours, each field with its type."""

_RECORDS = {
    "Advisor": "wire.multiagent:Advisor type model",
    "AdvisorEnabled": "wire.multiagent:AdvisorEnabled type model",
    "Agent": (
        "wire.agents:Agent id type version name description model system tools mcp_servers skills multiagent "
        "execution_identity metadata created_at updated_at archived_at"
    ),
    "AgentMessage": "wire.events:AgentMessage id type processed_at content",
    "AgentModel": "wire.agents:AgentModel id effort inference_geo speed",
    "AgentReference": "wire.multiagent:AgentReference type id version",
    "AgentThinking": "wire.events:AgentThinking id type processed_at",
    "AgentToolset": "wire.tools:AgentToolset type default_config configs",
    "AllUrls": "wire.tools:AllUrls type",
    "ApiActor": "wire.memory:ApiActor type api_key_id",
    "AwsRole": "wire.agents:AwsRole type role_arn",
    "Base64Source": "wire.content:Base64Source type data media_type",
    "Budget": "wire.sessions:Budget type max_list_cost",
    "BudgetReached": "wire.events:BudgetReached type",
    "BuiltInConfig": "wire.tools:BuiltInConfig enabled permission_policy name type",
    "CacheCreation": "wire.events:CacheCreation ephemeral_5m_input_tokens ephemeral_1h_input_tokens",
    "Citations": "wire.content:Citations enabled",
    "Cloud": "wire.environments:Cloud type networking packages",
    "ClientAuth": "wire.vaults:ClientAuth type",
    "Coordinator": "wire.multiagent:Coordinator type agents",
    "CredentialMatch": "world.vaults.validation:CredentialMatch credential_id vault_id mcp_server_url",
    "CredentialScript": "world.vaults.validation:CredentialScript outcome match times",
    "CreateNew": "wire.dreams:CreateNew type",
    "CustomTool": "wire.tools:CustomTool type name description input_schema",
    "CustomToolResult": (
        "wire.events:CustomToolResult id type processed_at custom_tool_use_id content is_error session_thread_id"
    ),
    "CustomToolUse": "wire.events:CustomToolUse id type processed_at name input session_thread_id",
    "DefineOutcome": "wire.events:DefineOutcome id type processed_at outcome_id description rubric max_iterations",
    "DefineOutcomeParams": "wire.events:DefineOutcomeParams type description rubric max_iterations",
    "Deployment": (
        "wire.deployments:Deployment id type name description agent environment_id initial_events resources vault_ids "
        "metadata schedule status paused_reason budget created_at updated_at archived_at"
    ),
    "DeploymentRun": (
        "wire.deployments:DeploymentRun id type deployment_id agent trigger_context session_id error created_at"
    ),
    "Disabled": "wire.multiagent:Disabled type",
    "DocumentBlock": "wire.content:DocumentBlock type source context title",
    "Dream": (
        "wire.dreams:Dream id type status inputs outputs model instructions output_behavior session_id "
        "created_at ended_at archived_at usage error"
    ),
    "DreamError": "wire.dreams:DreamError type message",
    "DreamMatch": "world.dreams.scripts:DreamMatch memory_store_id model instructions",
    "DreamModel": "wire.dreams:DreamModel id speed",
    "DreamOutput": "wire.dreams:DreamOutput type memory_store_id",
    "DreamScript": "world.dreams.scripts:DreamScript match times duration write delete say usage fail message at hang",
    "DreamSchedule": (
        "world.schedules.records:DreamSchedule id memory_store_id every cron timezone after_sessions mode model "
        "instructions sessions created_at next_run_at finished_session_ids"
    ),
    "DreamUsage": (
        "wire.dreams:DreamUsage input_tokens output_tokens cache_read_input_tokens cache_creation_input_tokens"
    ),
    "Effort": "wire.agents:Effort type",
    "EndTurn": "wire.events:EndTurn type",
    "Environment": (
        "wire.environments:Environment id type name description config metadata scope created_at updated_at archived_at"
    ),
    "EnvironmentVariable": ("wire.vaults:EnvironmentVariable type secret_name networking injection_location"),
    "ErrorPause": "wire.deployments:ErrorPause type error",
    "Event": "wire.events:Event id type processed_at",
    "ExceptFrom": "wire.tools:ExceptFrom type tools",
    "FileConfig": "wire.deployments:FileConfig type file_id mount_path",
    "FileMetadata": (
        "wire.files:FileMetadata id type filename mime_type size_bytes created_at downloadable expires_at scope"
    ),
    "FileResource": "wire.sessions:FileResource id type file_id mount_path created_at updated_at",
    "FileRubric": "wire.events:FileRubric type file_id",
    "FileScope": "wire.files:FileScope type id",
    "FileSource": "wire.content:FileSource type file_id",
    "ImageBlock": "wire.content:ImageBlock type source",
    "InjectionLocation": "wire.vaults:InjectionLocation header body",
    "InlineAgent": (
        "wire.threads:InlineAgent type name description model system tools mcp_servers skills execution_identity"
    ),
    "InlineAgents": "wire.multiagent:InlineAgents type",
    "InputSchema": "wire.tools:InputSchema type properties required",
    "Limited": "wire.environments:Limited type allowed_hosts allow_mcp_servers allow_package_managers",
    "LimitedHosts": "wire.vaults:LimitedHosts type allowed_hosts",
    "McpOauth": "wire.vaults:McpOauth type mcp_server_url expires_at refresh",
    "ManualPause": "wire.deployments:ManualPause type",
    "ManualTrigger": "wire.deployments:ManualTrigger type",
    "McpServer": "wire.tools:McpServer type name url",
    "McpToolConfig": "wire.tools:McpToolConfig enabled permission_policy name",
    "McpToolResult": "wire.events:McpToolResult id type processed_at mcp_tool_use_id content is_error",
    "McpToolUse": (
        "wire.events:McpToolUse id type processed_at mcp_server_name name input evaluated_permission "
        "evaluation session_thread_id"
    ),
    "McpToolset": "wire.tools:McpToolset type mcp_server_name default_config configs",
    "Memory": (
        "wire.memory:Memory content id type memory_store_id memory_version_id path content_sha256 "
        "content_size_bytes created_at updated_at"
    ),
    "MemoryStore": "wire.memory:MemoryStore id type name description metadata created_at updated_at archived_at",
    "MemoryStoreConfig": "wire.deployments:MemoryStoreConfig type memory_store_id access instructions",
    "MemoryStoreInput": "wire.dreams:MemoryStoreInput type memory_store_id",
    "MemoryStoreResource": (
        "wire.sessions:MemoryStoreResource type memory_store_id name description mount_path access instructions"
    ),
    "MemoryVersion": (
        "wire.memory:MemoryVersion content id type memory_id memory_store_id operation path content_sha256 "
        "content_size_bytes created_at created_by redacted_at redacted_by"
    ),
    "MessageMatch": "world.messages.scripts:MessageMatch model message",
    "MessageScript": "world.messages.scripts:MessageScript content stop_reason usage match times",
    "ModelRequestEnd": "wire.events:ModelRequestEnd id type processed_at model_request_start_id is_error model_usage",
    "ModelRequestStart": "wire.events:ModelRequestStart id type processed_at",
    "ModelUsage": (
        "wire.events:ModelUsage input_tokens output_tokens cache_read_input_tokens cache_creation_input_tokens speed"
    ),
    "MonetaryAmount": "wire.events:MonetaryAmount amount currency",
    "Multiagent20261001": "wire.multiagent:Multiagent20261001 type advisor subagents workflows",
    "NoUrls": "wire.tools:NoUrls type",
    "OnlyFrom": "wire.tools:OnlyFrom type tools",
    "OutcomeEvaluation": (
        "wire.sessions:OutcomeEvaluation type outcome_id description iteration result explanation completed_at"
    ),
    "OutcomeEvaluationEnd": (
        "wire.events:OutcomeEvaluationEnd id type processed_at outcome_id outcome_evaluation_start_id "
        "iteration result explanation usage"
    ),
    "OutcomeEvaluationOngoing": "wire.events:OutcomeEvaluationOngoing id type processed_at outcome_id iteration",
    "OutcomeEvaluationStart": "wire.events:OutcomeEvaluationStart id type processed_at outcome_id iteration",
    "Packages": "wire.environments:Packages type apt cargo gem go npm pip",
    "PausingError": "wire.deployments:PausingError type",
    "PermissionPolicy": "wire.tools:PermissionPolicy type",
    "PlainTextSource": "wire.content:PlainTextSource type data media_type",
    "RedactedBlock": "wire.content:RedactedBlock type",
    "Refresh": "wire.vaults:Refresh client_id token_endpoint token_endpoint_auth scope resource",
    "Refusal": "wire.events:Refusal type",
    "RefusalDetails": "wire.events:RefusalDetails type category explanation",
    "ReplyText": "world.messages.scripts:ReplyText type text",
    "ReplyThinking": "world.messages.scripts:ReplyThinking type thinking signature",
    "ReplyToolUse": "world.messages.scripts:ReplyToolUse type name input id",
    "ReplyUsage": (
        "world.messages.scripts:ReplyUsage input_tokens output_tokens cache_creation_input_tokens "
        "cache_read_input_tokens"
    ),
    "RepositoryConfig": "wire.deployments:RepositoryConfig type url checkout mount_path",
    "RepositoryResource": "wire.sessions:RepositoryResource id type url mount_path checkout created_at updated_at",
    "RequiresAction": "wire.events:RequiresAction type event_ids",
    "RetriesExhausted": "wire.events:RetriesExhausted type",
    "RunError": "wire.deployments:RunError type message",
    "ScheduledDream": (
        "world.schedules.records:ScheduledDream id schedule_id created_at dream_id status message adopted conflicts "
        "settled_at"
    ),
    "Schedule": "wire.deployments:Schedule type expression timezone last_run_at upcoming_runs_at",
    "ScheduleTrigger": "wire.deployments:ScheduleTrigger type scheduled_at",
    "ScriptedUsage": (
        "world.dreams.scripts:ScriptedUsage input_tokens output_tokens cache_read_input_tokens "
        "cache_creation_input_tokens"
    ),
    "ScriptedVerdict": "world.sessions.scripts:ScriptedVerdict result explanation",
    "SearchResultBlock": "wire.content:SearchResultBlock type source title content citations",
    "SearchResultText": "wire.content:SearchResultText type text",
    "SelfHosted": "wire.environments:SelfHosted type",
    "ServerToolUse": "wire.events:ServerToolUse web_search_requests web_fetch_requests",
    "ServiceAccount": "wire.agents:ServiceAccount type",
    "Session": (
        "wire.sessions:Session id type status agent environment_id title metadata vault_ids resources "
        "outcome_evaluations stats usage budget deployment_id created_at updated_at archived_at"
    ),
    "SessionActor": "wire.memory:SessionActor type session_id",
    "SessionAgent": (
        "wire.agents:SessionAgent id type version name description model system tools mcp_servers skills "
        "execution_identity multiagent"
    ),
    "SessionCoordinator": "wire.agents:SessionCoordinator type agents",
    "SessionDeletedEvent": "wire.events:SessionDeletedEvent id type processed_at",
    "SessionError": "wire.events:SessionError id type processed_at error",
    "SessionMatch": "world.sessions.scripts:SessionMatch session_id agent_id memory_store_id message",
    "SessionMultiagent20261001": "wire.agents:SessionMultiagent20261001 type advisor subagents workflows",
    "SessionScript": "world.sessions.scripts:SessionScript match times turns verdicts",
    "SessionStats": "wire.sessions:SessionStats active_seconds duration_seconds",
    "SessionTeam": "wire.agents:SessionTeam type inline_agents predefined_agents",
    "SessionThread": (
        "wire.threads:SessionThread id type session_id parent_thread_id agent status stats usage "
        "workflow_run_id created_at updated_at archived_at"
    ),
    "SessionUpdated": "wire.events:SessionUpdated id type processed_at changes",
    "SessionUsage": (
        "wire.events:SessionUsage input_tokens output_tokens cache_read_input_tokens cache_creation "
        "active_seconds list_cost server_tool_use"
    ),
    "SessionsInput": "wire.dreams:SessionsInput type session_ids",
    "SkillRecord": "wire.skills:SkillRecord id type display_name source latest_version_id created_at updated_at",
    "SkillSource": "wire.skills:SkillSource type",
    "SkillVersion": "wire.skills:SkillVersion id type skill_id name description created_at",
    "Skill": "wire.tools:Skill type skill_id version",
    "StaticBearer": "wire.vaults:StaticBearer type mcp_server_url",
    "StatusIdle": "wire.events:StatusIdle id type processed_at stop_reason stop_details",
    "StatusRescheduled": "wire.events:StatusRescheduled id type processed_at",
    "StatusRunning": "wire.events:StatusRunning id type processed_at",
    "StatusTerminated": "wire.events:StatusTerminated id type processed_at",
    "Switch": "wire.tools:ToolSetting enabled permission_policy",
    "SystemMessageParams": "wire.events:SystemMessageParams type content",
    "SystemMessage": "wire.events:SystemMessage id type processed_at content",
    "Team": "wire.multiagent:Team type inline_agents predefined_agents",
    "TextBlock": "wire.content:TextBlock type text",
    "TextRubric": "wire.events:TextRubric type content",
    "ThreadAgent": (
        "wire.agents:ThreadAgent id type version name description model system tools mcp_servers skills "
        "execution_identity"
    ),
    "ThreadCreated": "wire.events:ThreadCreated id type processed_at session_thread_id agent_name workflow_run_id",
    "ThreadMessageReceived": (
        "wire.events:ThreadMessageReceived id type processed_at from_session_thread_id from_agent_name content"
    ),
    "ThreadMessageSent": (
        "wire.events:ThreadMessageSent id type processed_at to_session_thread_id to_agent_name content"
    ),
    "ThreadStats": "wire.threads:ThreadStats active_seconds duration_seconds startup_seconds",
    "ThreadStatusIdle": (
        "wire.events:ThreadStatusIdle id type processed_at session_thread_id agent_name stop_reason stop_details"
    ),
    "ThreadStatusRescheduled": "wire.events:ThreadStatusRescheduled id type processed_at session_thread_id agent_name",
    "ThreadStatusRunning": "wire.events:ThreadStatusRunning id type processed_at session_thread_id agent_name",
    "ThreadStatusTerminated": "wire.events:ThreadStatusTerminated id type processed_at session_thread_id agent_name",
    "ToolConfirmation": (
        "wire.events:ToolConfirmation id type processed_at tool_use_id result deny_message session_thread_id"
    ),
    "ToolReference": "wire.tools:ToolReference type name",
    "ToolResult": "wire.events:ToolResult id type processed_at tool_use_id content is_error",
    "ToolUse": "wire.events:ToolUse id type processed_at name input evaluated_permission evaluation session_thread_id",
    "Unrestricted": "wire.environments:Unrestricted type",
    "UpdateExisting": "wire.dreams:UpdateExisting type memory_store_id",
    "UrlSource": "wire.content:UrlSource type url",
    "UrlSources": "wire.tools:UrlSources user_input client_tool_results server_tool_results",
    "UsageReported": "wire.events:UsageReported id type processed_at usage budget",
    "UserInterrupt": "wire.events:UserInterrupt id type processed_at session_thread_id",
    "UserLocation": "wire.tools:UserLocation type city country region timezone",
    "UserMessageParams": "wire.events:UserMessageParams type content",
    "UserMessage": "wire.events:UserMessage id type processed_at content",
    "UserToolResult": (
        "wire.events:UserToolResult id type processed_at tool_use_id content is_error session_thread_id"
    ),
    "Vault": "wire.vaults:Vault id type display_name metadata created_at updated_at archived_at",
    "VaultCredential": (
        "wire.vaults:VaultCredential id type vault_id display_name auth metadata created_at updated_at archived_at"
    ),
    "WebhookAttempt": (
        "world.webhooks.deliveries:WebhookAttempt id number endpoint_id url event_id type at headers body status "
        "response error"
    ),
    "WebhookDelivery": (
        "world.webhooks.deliveries:WebhookDelivery id endpoint_id event_id type body sequence at number progress "
        "held last"
    ),
    "WebhookEndpoint": (
        "world.webhooks.endpoints:WebhookEndpoint id url events secret created_at duplicate reorder lose delay "
        "wrong_signature timestamp_age disabled_reason failing_since seen"
    ),
    "WebFetchConfig": (
        "wire.tools:WebFetchConfig enabled permission_policy name type url_sources allowed_domains "
        "blocked_domains max_content_tokens"
    ),
    "WebSearchConfig": (
        "wire.tools:WebSearchConfig enabled permission_policy name type allowed_domains blocked_domains user_location"
    ),
    "SessionWork": "wire.work:SessionWork type id",
    "Work": (
        "wire.work:Work id type environment_id state data metadata secret created_at started_at acknowledged_at "
        "latest_heartbeat_at stop_requested_at stopped_at actor"
    ),
    "act.Delegate": "default_agent.actions:Delegate delegate message turn",
    "act.Fail": "default_agent.actions:Fail error message retry details",
    "act.AwaitedEvents": "default_agent.actions:AwaitedEvents event_ids",
    "act.Idle": "default_agent.actions:IdleAction idle",
    "act.RepeatTurn": "default_agent.actions:RepeatTurn repeat_turn",
    "act.Refuse": "default_agent.actions:Refuse refuse explanation",
    "act.Say": "default_agent.actions:SayAction say",
    "act.Slow": "default_agent.actions:Slow slow",
    "act.Spend": "default_agent.actions:SpendAction spend",
    "act.Terminate": "default_agent.actions:Terminate terminate",
    "act.Think": "default_agent.actions:ThinkAction think",
    "act.Tokens": (
        "default_agent.actions:TokensAction input_tokens output_tokens cache_read_input_tokens "
        "cache_creation_input_tokens"
    ),
    "act.UseCustomTool": "default_agent.actions:UseCustomTool custom_tool input",
    "act.UseMcpTool": "default_agent.actions:UseMcpTool mcp_tool server input result is_error permission reason_code",
    "act.UseTool": "default_agent.actions:UseTool tool input result is_error permission reason_code",
    "act.WriteOutput": "default_agent.actions:WriteOutput output",
}
"""Records and scripts: the class, then its fields. Pydantic checks their values."""

SHAPES: dict[str, Shape] = STATE | {name: _record(line) for name, line in _RECORDS.items()}
NAMES: dict[type, str] = {shape.cls: name for name, shape in SHAPES.items()}
