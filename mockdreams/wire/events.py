"""Session events: what a caller sends, and what a transcript and its stream show."""

from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from mockdreams.wire.content import AgentContent, MessageContent, ResultContent, TextBlock
from mockdreams.wire.shapes import Omitted, Params, Part, Record


class Event(Record):
    """One event. A sent event has no `processed_at` until the session takes it up."""

    id: str
    type: str
    processed_at: Omitted[datetime] = None

    @cached_property
    def frame(self) -> bytes:
        """The event as its stream carries it, encoded once for every reader."""
        return b"event: %b\ndata: %b\n\n" % (self.type.encode(), self.body)


class StatusRunning(Event):
    type: Literal["session.status_running"] = "session.status_running"


class StatusRescheduled(Event):
    type: Literal["session.status_rescheduled"] = "session.status_rescheduled"


class StatusTerminated(Event):
    type: Literal["session.status_terminated"] = "session.status_terminated"


class SessionDeletedEvent(Event):
    """Stream only; never listed."""

    type: Literal["session.deleted"] = "session.deleted"


class EndTurn(Part):
    type: Literal["end_turn"] = "end_turn"


class RequiresAction(Part):
    type: Literal["requires_action"] = "requires_action"
    event_ids: tuple[str, ...]


class RetriesExhausted(Part):
    type: Literal["retries_exhausted"] = "retries_exhausted"


class BudgetReached(Part):
    type: Literal["budget_reached"] = "budget_reached"


StopReason: TypeAlias = Annotated[
    EndTurn | RequiresAction | RetriesExhausted | BudgetReached, Field(discriminator="type")
]


class StatusIdle(Event):
    type: Literal["session.status_idle"] = "session.status_idle"
    stop_reason: StopReason = EndTurn()
    stop_details: dict[str, Any] | None = None


class ThreadCreated(Event):
    type: Literal["session.thread_created"] = "session.thread_created"
    session_thread_id: str
    agent_name: str
    workflow_run_id: str | None = None


class ThreadStatusRunning(Event):
    type: Literal["session.thread_status_running"] = "session.thread_status_running"
    session_thread_id: str
    agent_name: str


class ThreadStatusIdle(Event):
    type: Literal["session.thread_status_idle"] = "session.thread_status_idle"
    session_thread_id: str
    agent_name: str
    stop_reason: StopReason = EndTurn()
    stop_details: dict[str, Any] | None = None


class ThreadMessageSent(Event):
    type: Literal["agent.thread_message_sent"] = "agent.thread_message_sent"
    to_session_thread_id: str
    to_agent_name: Omitted[str] = None
    content: tuple[MessageContent, ...]


class ThreadMessageReceived(Event):
    type: Literal["agent.thread_message_received"] = "agent.thread_message_received"
    from_session_thread_id: str
    from_agent_name: Omitted[str] = None
    content: tuple[MessageContent, ...]


class CacheCreation(Part):
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0


class ServerToolUse(Part):
    web_search_requests: int = 0
    web_fetch_requests: int = 0


class MonetaryAmount(Part):
    amount: str
    currency: str = "USD"


class SessionUsage(Part):
    """Tokens and time since the session began."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation: CacheCreation = CacheCreation()
    active_seconds: float = 0
    list_cost: MonetaryAmount = MonetaryAmount(amount="0")
    server_tool_use: ServerToolUse = ServerToolUse()


class UsageReported(Event):
    type: Literal["session.usage"] = "session.usage"
    usage: SessionUsage
    budget: dict[str, Any] | None = None


class ModelUsage(Part):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    speed: Literal["standard", "fast"] | None = "standard"


class ModelRequestStart(Event):
    type: Literal["span.model_request_start"] = "span.model_request_start"


class ModelRequestEnd(Event):
    type: Literal["span.model_request_end"] = "span.model_request_end"
    model_request_start_id: str
    is_error: bool | None = None
    model_usage: ModelUsage = ModelUsage()


class AgentMessage(Event):
    type: Literal["agent.message"] = "agent.message"
    content: tuple[AgentContent, ...]


class AgentThinking(Event):
    """Says that the agent thought, never what."""

    type: Literal["agent.thinking"] = "agent.thinking"


class ToolUse(Event):
    type: Literal["agent.tool_use"] = "agent.tool_use"
    name: str
    input: dict[str, Any]
    evaluated_permission: Literal["allow", "ask", "deny"] = "allow"
    evaluation: dict[str, Any] = {"type": "always_allow"}
    session_thread_id: Omitted[str] = None


class ToolResult(Event):
    type: Literal["agent.tool_result"] = "agent.tool_result"
    tool_use_id: str
    content: tuple[ResultContent, ...] = ()
    is_error: bool = False


class UserMessage(Event):
    type: Literal["user.message"] = "user.message"
    content: tuple[MessageContent, ...]


class UserInterrupt(Event):
    type: Literal["user.interrupt"] = "user.interrupt"
    session_thread_id: Omitted[str] = None


class SystemMessage(Event):
    type: Literal["system.message"] = "system.message"
    content: tuple[TextBlock, ...]


class UserMessageParams(Params):
    type: Literal["user.message"]
    content: list[MessageContent] = Field(min_length=1)


class UserInterruptParams(Params):
    type: Literal["user.interrupt"]
    session_thread_id: str | None = None


class ToolConfirmationParams(Params):
    type: Literal["user.tool_confirmation"]
    tool_use_id: str
    result: Literal["allow", "deny"]
    deny_message: str | None = None


class CustomToolResultParams(Params):
    type: Literal["user.custom_tool_result"]
    custom_tool_use_id: str
    content: list[ResultContent] = []
    is_error: bool | None = None


class ToolResultParams(Params):
    type: Literal["user.tool_result"]
    tool_use_id: str
    content: list[ResultContent] = []
    is_error: bool | None = None


class TextRubric(Params):
    type: Literal["text"]
    content: str


class FileRubric(Params):
    type: Literal["file"]
    file_id: str


class DefineOutcomeParams(Params):
    type: Literal["user.define_outcome"]
    description: str
    rubric: Annotated[TextRubric | FileRubric, Field(discriminator="type")]
    max_iterations: Annotated[int, Field(ge=1, le=20)] | None = None


class SystemMessageParams(Params):
    type: Literal["system.message"]
    content: list[TextBlock] = Field(min_length=1)


EventParams: TypeAlias = Annotated[
    UserMessageParams
    | UserInterruptParams
    | ToolConfirmationParams
    | CustomToolResultParams
    | ToolResultParams
    | DefineOutcomeParams
    | SystemMessageParams,
    Field(discriminator="type"),
]
InitialEventParams: TypeAlias = Annotated[UserMessageParams | DefineOutcomeParams, Field(discriminator="type")]


class SendEvents(Params):
    events: list[EventParams] = Field(min_length=1)


EVENT_TYPES = frozenset(
    """
    user.message user.interrupt user.tool_confirmation user.custom_tool_result user.tool_result user.define_outcome
    system.message agent.custom_tool_use agent.message agent.thinking agent.mcp_tool_use agent.mcp_tool_result
    agent.tool_use agent.tool_result agent.thread_message_received agent.thread_message_sent
    agent.thread_context_compacted session.error session.updated session.usage session.status_rescheduled
    session.status_running session.status_idle session.status_terminated session.thread_created
    session.thread_status_running session.thread_status_idle session.thread_status_rescheduled
    session.thread_status_terminated span.model_request_start span.model_request_end span.outcome_evaluation_start
    span.outcome_evaluation_ongoing span.outcome_evaluation_end workflow_run.created workflow_run.status_running
    workflow_run.status_idle workflow_run.status_ended workflow_run.error workflow_run.phase_started
    workflow_run.phase_ended
    """.split()
)
"""Every type that an event list can be filtered by."""
