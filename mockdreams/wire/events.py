"""Session events: what a caller sends, and what a transcript and its stream show."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, Field, SerializerFunctionWrapHandler, ValidationInfo, model_serializer
from pydantic_core import PydanticCustomError

from mockdreams.freeing import AT_A_STROKE
from mockdreams.wire.base import (
    Model,
    NotNull,
    OmitIfEmpty,
    OmitIfNone,
    Params,
    Record,
    Sparse,
    Timestamp,
    remembered,
)
from mockdreams.wire.content import AgentContent, MessageContent, ResultContent, TextBlock
from mockdreams.wire.telling import LONG_TEXT, is_much


class Event(Sparse, Record):
    """One event. A sent event has no `processed_at` until the session takes it up."""

    id: str
    type: str
    processed_at: OmitIfNone[Timestamp] = None

    @remembered
    def frame(self) -> bytes:
        """The event as its stream carries it, encoded once for every reader."""
        return b"".join((b"event: ", self.type.encode(), b"\ndata: ", self.body, b"\n\n"))

    def _is_long(self) -> bool:
        content = self.__dict__.get("content")
        return isinstance(content, tuple) and (
            len(content) > AT_A_STROKE
            or any(not isinstance(block, TextBlock) or len(block.text) > LONG_TEXT for block in content)
        )


class StatusRunning(Event):
    type: Literal["session.status_running"] = "session.status_running"


class StatusRescheduled(Event):
    type: Literal["session.status_rescheduled"] = "session.status_rescheduled"


class StatusTerminated(Event):
    type: Literal["session.status_terminated"] = "session.status_terminated"


class SessionDeletedEvent(Event):
    """Stream only; never listed."""

    type: Literal["session.deleted"] = "session.deleted"


class EndTurn(Model):
    type: Literal["end_turn"] = "end_turn"


class RequiresAction(Model):
    type: Literal["requires_action"] = "requires_action"
    event_ids: tuple[str, ...]


class RetriesExhausted(Model):
    type: Literal["retries_exhausted"] = "retries_exhausted"


class BudgetReached(Model):
    type: Literal["budget_reached"] = "budget_reached"


class Refusal(Model):
    type: Literal["refusal"] = "refusal"


StopReason: TypeAlias = Annotated[
    EndTurn | RequiresAction | RetriesExhausted | BudgetReached | Refusal, Field(discriminator="type")
]
RefusalCategory: TypeAlias = Literal["cyber", "bio", "frontier_llm", "reasoning_extraction", "general_harms"]


class RefusalDetails(Model):
    type: Literal["refusal"] = "refusal"
    category: RefusalCategory | None = None
    explanation: str | None = None


class StatusIdle(Event):
    type: Literal["session.status_idle"] = "session.status_idle"
    stop_reason: StopReason = EndTurn.unchecked()
    stop_details: RefusalDetails | None = None


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
    stop_reason: StopReason = EndTurn.unchecked()
    stop_details: RefusalDetails | None = None


class ThreadStatusRescheduled(Event):
    type: Literal["session.thread_status_rescheduled"] = "session.thread_status_rescheduled"
    session_thread_id: str
    agent_name: str


class ThreadStatusTerminated(Event):
    type: Literal["session.thread_status_terminated"] = "session.thread_status_terminated"
    session_thread_id: str
    agent_name: str


class ThreadMessageSent(Event):
    type: Literal["agent.thread_message_sent"] = "agent.thread_message_sent"
    to_session_thread_id: str
    to_agent_name: OmitIfNone[str] = None
    content: tuple[MessageContent, ...]


class ThreadMessageReceived(Event):
    type: Literal["agent.thread_message_received"] = "agent.thread_message_received"
    from_session_thread_id: str
    from_agent_name: OmitIfNone[str] = None
    content: tuple[MessageContent, ...]


class SessionUpdated(Event):
    """Carries what an update changed (`agent`, `budget`, `metadata`, `title`), and no key that it did not change."""

    type: Literal["session.updated"] = "session.updated"
    changes: dict[str, Any]

    def _is_long(self) -> bool:
        return is_much(self.changes)

    @model_serializer(mode="wrap")
    def _without_omitted(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        told = super()._without_omitted(whole)
        changes: dict[str, Any] = told.pop("changes")
        return told | changes

    def _told(self) -> dict[str, Any]:
        told = super()._told()
        changes: dict[str, Any] = told.pop("changes")
        return told | changes


RetryStatus: TypeAlias = Literal["retrying", "exhausted", "terminal"]


class SessionError(Event):
    """`error` has `type`, `message`, `retry_status` and what else goes with its type."""

    type: Literal["session.error"] = "session.error"
    error: dict[str, Any]

    def _is_long(self) -> bool:
        return is_much(self.error)


class CacheCreation(Model):
    ephemeral_5m_input_tokens: int = 0
    ephemeral_1h_input_tokens: int = 0


class ServerToolUse(Model):
    web_search_requests: int = 0
    web_fetch_requests: int = 0


class MonetaryAmount(Model):
    amount: str
    currency: str = "USD"


class SessionUsage(Model):
    """Tokens and time since the session began."""

    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation: CacheCreation | None = None
    """None until a model has used tokens."""
    active_seconds: float = 0.0
    list_cost: MonetaryAmount = MonetaryAmount.unchecked(amount="0")
    server_tool_use: ServerToolUse = ServerToolUse.unchecked()


class UsageReported(Event):
    type: Literal["session.usage"] = "session.usage"
    usage: SessionUsage
    budget: dict[str, Any] | None = None


class ModelUsage(Sparse, Model):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int = 0
    cache_creation_input_tokens: int = 0
    speed: OmitIfNone[Literal["standard", "fast"]] = None


class ModelRequestStart(Event):
    type: Literal["span.model_request_start"] = "span.model_request_start"


class ModelRequestEnd(Event):
    type: Literal["span.model_request_end"] = "span.model_request_end"
    model_request_start_id: str
    is_error: bool | None = False
    model_usage: ModelUsage = ModelUsage.unchecked()


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
    evaluation: OmitIfNone[dict[str, Any]] = None
    session_thread_id: OmitIfNone[str] = None

    def _is_long(self) -> bool:
        return is_much(self.input)


class ToolResult(Event):
    type: Literal["agent.tool_result"] = "agent.tool_result"
    tool_use_id: str
    content: OmitIfEmpty[ResultContent] = ()
    is_error: bool = False


class McpToolUse(Event):
    type: Literal["agent.mcp_tool_use"] = "agent.mcp_tool_use"
    mcp_server_name: str
    name: str
    input: dict[str, Any]
    evaluated_permission: Literal["allow", "ask", "deny"] = "allow"
    evaluation: OmitIfNone[dict[str, Any]] = None
    session_thread_id: OmitIfNone[str] = None

    def _is_long(self) -> bool:
        return is_much(self.input)


class McpToolResult(Event):
    type: Literal["agent.mcp_tool_result"] = "agent.mcp_tool_result"
    mcp_tool_use_id: str
    content: OmitIfEmpty[ResultContent] = ()
    is_error: bool = False


class CustomToolUse(Event):
    type: Literal["agent.custom_tool_use"] = "agent.custom_tool_use"
    name: str
    input: dict[str, Any]
    session_thread_id: OmitIfNone[str] = None

    def _is_long(self) -> bool:
        return is_much(self.input)


class OutcomeEvaluationStart(Event):
    type: Literal["span.outcome_evaluation_start"] = "span.outcome_evaluation_start"
    outcome_id: str
    iteration: int


class OutcomeEvaluationOngoing(Event):
    type: Literal["span.outcome_evaluation_ongoing"] = "span.outcome_evaluation_ongoing"
    outcome_id: str
    iteration: int


class OutcomeEvaluationEnd(Event):
    type: Literal["span.outcome_evaluation_end"] = "span.outcome_evaluation_end"
    outcome_id: str
    outcome_evaluation_start_id: str
    iteration: int
    result: str
    explanation: str
    usage: ModelUsage = ModelUsage.unchecked()


class UserMessage(Event):
    type: Literal["user.message"] = "user.message"
    content: tuple[MessageContent, ...]


class UserInterrupt(Event):
    type: Literal["user.interrupt"] = "user.interrupt"
    session_thread_id: OmitIfNone[str] = None


class ToolConfirmation(Event):
    type: Literal["user.tool_confirmation"] = "user.tool_confirmation"
    tool_use_id: str
    result: Literal["allow", "deny"]
    deny_message: OmitIfNone[str] = None
    session_thread_id: OmitIfNone[str] = None

    def _is_long(self) -> bool:
        return is_much(self.deny_message)


class CustomToolResult(Event):
    type: Literal["user.custom_tool_result"] = "user.custom_tool_result"
    custom_tool_use_id: str
    content: OmitIfEmpty[ResultContent] = ()
    is_error: OmitIfNone[bool] = None
    session_thread_id: OmitIfNone[str] = None


class UserToolResult(Event):
    """What a worker says came of a call of the service's own tools."""

    type: Literal["user.tool_result"] = "user.tool_result"
    tool_use_id: str
    content: OmitIfEmpty[ResultContent] = ()
    is_error: bool = False
    session_thread_id: OmitIfNone[str] = None


class SystemMessage(Event):
    type: Literal["system.message"] = "system.message"
    content: tuple[TextBlock, ...]


LONGEST_RUBRIC = 262_144


class TextRubric(Params):
    type: Literal["text"]
    content: Annotated[str, Field(min_length=1, max_length=LONGEST_RUBRIC)]


class FileRubric(Params):
    type: Literal["file"]
    file_id: str


Rubric: TypeAlias = Annotated[TextRubric | FileRubric, Field(discriminator="type")]


class DefineOutcome(Event):
    type: Literal["user.define_outcome"] = "user.define_outcome"
    outcome_id: str
    description: str
    rubric: Rubric
    max_iterations: int | None = None

    def _is_long(self) -> bool:
        return is_much(self.description, self.rubric)


def _only_with_deny(message: str | None, info: ValidationInfo) -> str | None:
    if message is not None and info.data.get("result") == "allow":
        raise PydanticCustomError("misplaced", "only allowed when result is deny")
    return message


class UserMessageParams(Params):
    type: Literal["user.message"]
    content: list[MessageContent] = Field(min_length=1)


class UserInterruptParams(Params):
    type: Literal["user.interrupt"]
    session_thread_id: str | None = None


class _AnswerParams(Params):
    """An answer may name a thread, whatever it is: the service shows that of the call."""

    session_thread_id: str | None = None


class ToolConfirmationParams(_AnswerParams):
    type: Literal["user.tool_confirmation"]
    tool_use_id: str
    result: Literal["allow", "deny"]
    deny_message: Annotated[str | None, AfterValidator(_only_with_deny)] = None


class CustomToolResultParams(_AnswerParams):
    type: Literal["user.custom_tool_result"]
    custom_tool_use_id: str
    content: NotNull[list[ResultContent]] = None
    is_error: bool | None = None


class ToolResultParams(_AnswerParams):
    type: Literal["user.tool_result"]
    tool_use_id: str
    content: NotNull[list[ResultContent]] = None
    is_error: bool | None = None


class DefineOutcomeParams(Params):
    type: Literal["user.define_outcome"]
    description: Annotated[str, Field(min_length=1)]
    rubric: Rubric
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
