"""Acts: what an agent can do in a turn. The same words in the plans of the default agent and in a test's script."""

from typing import Annotated, Any, Literal, Self, TypeAlias, TypeGuard

from pydantic import Discriminator, Field, Tag, model_validator

from mockdreams.wire.base import Params, also_as
from mockdreams.wire.events import RefusalCategory, RetryStatus

OUTPUTS = "/mnt/session/outputs"
"""What an agent writes below it becomes files of the session."""
Permission: TypeAlias = Literal["allow", "ask", "deny"]
ErrorType: TypeAlias = Literal[
    "unknown_error",
    "model_overloaded_error",
    "model_rate_limited_error",
    "model_request_failed_error",
    "mcp_connection_failed_error",
    "mcp_authentication_failed_error",
    "billing_error",
    "credential_host_unreachable_error",
    "tool_use_limit_reached_error",
    "compaction_limit_reached_error",
    "repository_authentication_error",
    "repository_forbidden_error",
    "repository_not_found_error",
    "repository_checkout_error",
    "repository_clone_error",
]


class SayAction(Params):
    """Say something."""

    say: Annotated[str, Field(min_length=1)]


class ThinkAction(Params):
    """Think; the transcript shows that it happened, not what was thought."""

    think: Literal[True] = True


class UseTool(Params):
    """Call one of the service's own tools.

    Without a `result`, a file tool works on the memory stores of the session, and any other tool has none to show.
    `permission` overrides the agent's configuration; `reason_code` is why the automatic policy did not allow the call.
    """

    tool: str = Field(min_length=1)
    input: dict[str, Any] = {}
    result: str | None = None
    is_error: bool = False
    permission: Permission | None = None
    reason_code: Annotated[str, Field(min_length=1)] | None = None


class UseMcpTool(Params):
    """Call a tool of an MCP server; `permission` and `reason_code` as for the service's own tools."""

    mcp_tool: str = Field(min_length=1)
    server: str = Field(min_length=1)
    input: dict[str, Any] = {}
    result: str | None = None
    is_error: bool = False
    permission: Permission | None = None
    reason_code: Annotated[str, Field(min_length=1)] | None = None


class UseCustomTool(Params):
    """Call a tool that the caller runs, and wait for its result."""

    custom_tool: str = Field(min_length=1)
    input: dict[str, Any] = {}


class WriteOutput(Params):
    """Write files below `/mnt/session/outputs`: contents by path. Once the session rests they are files of it."""

    output: dict[str, str] = Field(min_length=1)

    def writes(self) -> "list[UseTool]":
        """The tool calls that do so."""
        return [
            UseTool(
                tool="write",
                input={"file_path": f"{OUTPUTS}/{path.lstrip('/')}", "content": content},
                permission="allow",
            )
            for path, content in self.output.items()
        ]


class Fail(Params):
    """Meet an error. `retrying`: the session is rescheduled and goes on; `exhausted`: the turn ends; `terminal`: all.

    An error of an MCP server or a repository is `retrying` where nothing is said, and the turn goes on without it and
    without being rescheduled; that of a repository is never anything else. Any other is `exhausted`. `details` are
    further keys of the error, such as `mcp_server_name`.
    """

    error: ErrorType
    message: str | None = None
    retry: RetryStatus | None = None
    details: dict[str, Any] = {}

    @model_validator(mode="after")
    def _check_retry(self) -> Self:
        if self.of_repository and self.retry not in (None, "retrying"):
            raise ValueError(f"retry: {self.error} is always retrying")
        return self

    @property
    def of_repository(self) -> bool:
        return self.error.startswith("repository_")

    @property
    def of_mcp_server(self) -> bool:
        return self.error.startswith("mcp_")

    @property
    def retry_status(self) -> RetryStatus:
        """What the error says of itself."""
        return self.retry or ("retrying" if self.of_repository or self.of_mcp_server else "exhausted")

    @property
    def at_limit(self) -> bool:
        """Whether it is a limit that is met, and no request that fails."""
        return self.error.endswith("_limit_reached_error")

    @property
    def words(self) -> str:
        return self.message or self.error.replace("_", " ").capitalize() + "."

    @property
    def passes(self) -> bool:
        """Whether the turn goes on all the same, without the server or the repository."""
        return self.retry_status == "retrying" and (self.of_repository or self.of_mcp_server)


class Slow(Params):
    """Take so many virtual seconds more over the model request that this belongs to."""

    slow: float = Field(ge=0, le=31_536_000, allow_inf_nan=False)


class TokensAction(Params):
    """Tokens by kind; what is left out is 0."""

    input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    cache_read_input_tokens: int = Field(default=0, ge=0)
    cache_creation_input_tokens: int = Field(default=0, ge=0)


class SpendAction(Params):
    """Spend tokens, beside those that the words amount to."""

    spend: TokensAction


class Refuse(Params):
    """End the turn with a refusal of this category, or of none."""

    refuse: RefusalCategory | None
    explanation: str | None = None


class Terminate(Params):
    """End the session."""

    terminate: Literal[True] = True


class AwaitedEvents(Params):
    """Events whose answers a session says it waits for, whether there are such events or not."""

    event_ids: list[Annotated[str, Field(min_length=1)]] = []


class IdleAction(Params):
    """End the turn, and let the session say that it waits for answers to these events, or to none.

    It does not wait: what is sent next begins a turn.
    """

    idle: AwaitedEvents


class RepeatTurn(Params):
    """Let the whole turn come again so many times by itself, once it is over; what is sent meanwhile waits."""

    repeat_turn: int = Field(ge=1, le=10_000)


class Delegate(Params):
    """Put an agent of the roster to work in a thread of its own, and wait for its report, its last words.

    `advisor` is the one that the agent's configuration has, if it has one: its thread ends with its answer.
    """

    delegate: str = Field(min_length=1)
    message: str = Field(default="Please take this on.", min_length=1)
    turn: "list[Action]" = []

    @model_validator(mode="after")
    def _check_turn(self) -> Self:
        if any(isinstance(act, IdleAction | RepeatTurn) for act in self.turn):
            raise ValueError("turn: idle and repeat_turn are of the session's own turns")
        return self


KINDS: dict[str, type[Params]] = {
    "say": SayAction,
    "think": ThinkAction,
    "tool": UseTool,
    "mcp_tool": UseMcpTool,
    "custom_tool": UseCustomTool,
    "output": WriteOutput,
    "error": Fail,
    "slow": Slow,
    "spend": SpendAction,
    "refuse": Refuse,
    "terminate": Terminate,
    "delegate": Delegate,
    "idle": IdleAction,
    "repeat_turn": RepeatTurn,
}
"""The key by which an act is known, and the act."""


def _kind(value: object) -> str | None:
    if isinstance(value, dict):
        return next((key for key in KINDS if key in value), None)
    return next((key for key, kind in KINDS.items() if isinstance(value, kind)), None)


def _said(value: object) -> object:
    return {"say": value} if isinstance(value, str) else value


_Act: TypeAlias = Annotated[
    Annotated[SayAction, Tag("say")]
    | Annotated[ThinkAction, Tag("think")]
    | Annotated[UseTool, Tag("tool")]
    | Annotated[UseMcpTool, Tag("mcp_tool")]
    | Annotated[UseCustomTool, Tag("custom_tool")]
    | Annotated[WriteOutput, Tag("output")]
    | Annotated[Fail, Tag("error")]
    | Annotated[Slow, Tag("slow")]
    | Annotated[SpendAction, Tag("spend")]
    | Annotated[Refuse, Tag("refuse")]
    | Annotated[Terminate, Tag("terminate")]
    | Annotated[Delegate, Tag("delegate")]
    | Annotated[IdleAction, Tag("idle")]
    | Annotated[RepeatTurn, Tag("repeat_turn")],
    Discriminator(
        _kind,
        custom_error_type="unknown_act",
        custom_error_message="an act is a text, or an object with one of: " + ", ".join(KINDS),
    ),
]
Action: TypeAlias = Annotated[_Act, also_as(str | _Act, _said)]
"""An act; a bare text is something to say."""

CALLS = (UseTool, UseMcpTool, UseCustomTool, Delegate)
"""After these the agent waits for what comes back."""


def is_end(act: Action) -> TypeGuard[Fail | Refuse | Terminate | IdleAction]:
    """Whether there is no more to the model request after this."""
    return isinstance(act, Refuse | Terminate | IdleAction) or (isinstance(act, Fail) and not act.passes)


def split_requests(acts: tuple[Action, ...]) -> tuple[tuple[Action, ...], tuple[Action, ...]]:
    """The acts of the next model request, and the rest of the turn: a request goes up to the end of its calls."""
    for index, act in enumerate(acts[:-1]):
        after_calls = isinstance(act, CALLS) and not isinstance(acts[index + 1], CALLS)
        if after_calls or is_end(act):
            return acts[: index + 1], acts[index + 1 :]
    return acts, ()


def with_outputs_written(acts: tuple[Action, ...]) -> tuple[Action, ...]:
    """The same acts, outputs being written by tool calls."""
    return tuple(each for act in acts for each in (act.writes() if isinstance(act, WriteOutput) else (act,)))
