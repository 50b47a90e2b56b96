"""Threads of a session: the primary one, and those that it puts to work."""

from typing import Any, Literal, TypeAlias

from mockdreams.wire.agents import SERVICE_ACCOUNT, AgentModel, ExecutionIdentity, ThreadAgent
from mockdreams.wire.base import Model, Record, Timestamp
from mockdreams.wire.events import SessionUsage
from mockdreams.wire.multiagent import Advisor
from mockdreams.wire.telling import is_much

ThreadStatus: TypeAlias = Literal["running", "idle", "rescheduling", "terminated"]


class InlineAgent(Model):
    """An agent that was defined on the spot, and is saved nowhere."""

    type: Literal["inline"] = "inline"
    name: str
    description: str | None = None
    model: AgentModel
    system: str | None = None
    tools: tuple[Any, ...] = ()
    mcp_servers: tuple[Any, ...] = ()
    skills: tuple[Any, ...] = ()
    execution_identity: ExecutionIdentity = SERVICE_ACCOUNT


ThreadOwner: TypeAlias = ThreadAgent | Advisor | InlineAgent
"""The agent of a thread."""


class ThreadStats(Model):
    active_seconds: float = 0.0
    duration_seconds: float = 0.0
    startup_seconds: float = 0.0


class SessionThread(Record):
    """`stats` and `usage` are null until the thread first changes its status, and first idles."""

    id: str
    type: Literal["session_thread"] = "session_thread"
    session_id: str
    parent_thread_id: str | None = None
    agent: ThreadOwner
    status: ThreadStatus = "idle"
    stats: ThreadStats | None = None
    usage: SessionUsage | None = None
    workflow_run_id: str | None = None
    created_at: Timestamp
    updated_at: Timestamp
    archived_at: Timestamp | None = None

    def _is_long(self) -> bool:
        return self.agent.is_much if isinstance(self.agent, ThreadAgent) else is_much(self.agent)
