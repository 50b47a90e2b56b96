"""The shapes of a snapshot: state of ours, by short names that never change and with listed fields, and all records.

A class, a module or an attribute is renamed by repointing its line here, in `holders.py`, `record_shapes.py` or
`listing.py`: users' files stay as they are. What is new in a world's state is listed there, too, and is a new format
with a migration.
"""

from collections import deque
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from mockdreams.default_agent.actions import Action, UseCustomTool, UseMcpTool, UseTool
from mockdreams.default_agent.agent_context import FinishedCall
from mockdreams.default_agent.grader import Verdict
from mockdreams.dreaming import plan
from mockdreams.wire.events import Event
from mockdreams.wire.memory import Memory, MemoryVersion
from mockdreams.wire.threads import SessionThread
from mockdreams.world.core.tables import Table
from mockdreams.world.core.tasks import TaskName
from mockdreams.world.core.uses import Uses
from mockdreams.world.dreams.executor import DreamTargets
from mockdreams.world.dreams.run import DreamRun, Timeline
from mockdreams.world.dreams.scripts import DreamScript, DreamScriptQueue
from mockdreams.world.memory.contents import StoreContents
from mockdreams.world.memory.paths import PathIndex
from mockdreams.world.memory.versions import MemoryVersions
from mockdreams.world.sessions.event_log import EventLog
from mockdreams.world.sessions.state import OutcomeProgress, SessionState, ThreadState
from mockdreams.world.state.listing import Field, Listed, Shape, record_shape, state_shape
from mockdreams.world.state.record_shapes import RECORDS
from mockdreams.world.work.queue import WorkLease
from mockdreams.world.work.worker_credentials import EnvironmentKey

_SHOWN: TypeAlias = Annotated[Any, Listed(("everything", "unarchived", "unterminated"))]
_KIND: TypeAlias = Annotated[Any, Listed(("status", "file scope", "deployment", "environment"))]
_DREAMER: TypeAlias = Annotated[Any, Listed(("consolidate", "consolidate at once"))]
_TOKENS: dict[str, Any] = {"tokens": plan.Tokens}
_STEP = plan.ReadMemory | plan.ReadSession | plan.Think | plan.Say | plan.Write | plan.Delete | plan.Spend
"""What a plan is made of."""

STATE: dict[str, Shape] = {
    "session_state": state_shape(
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
    "thread_state": state_shape(
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
    "outcome_progress": state_shape(
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
    "work_lease": state_shape(
        WorkLease,
        shared=False,
        queued_at=datetime,
        polled_at=datetime | None,
        token=str,
        ttl_seconds=int,
        ends=datetime | None,
    ),
    "environment_key": state_shape(EnvironmentKey, shared=False, environment_id=str, revoked=bool),
    "tool_result": state_shape(FinishedCall, shared=False, name=str, input=dict, result=str, is_error=bool),
    "verdict": state_shape(Verdict, shared=False, result=str, explanation=str, missing=tuple[str, ...]),
    "event_log": state_shape(EventLog, context="_context", emitted=list[Event], waiting=list[Event]),
    "table": state_shape(Table, shown=_SHOWN, kind=_KIND, rows=list, next_place=int, last_time=datetime | None),
    "store_contents": state_shape(
        StoreContents,
        context="_context",
        store_id=Field("_store_id", str),
        memories=Table[Memory],
        paths=PathIndex,
        versions=MemoryVersions,
        size=int,
    ),
    "memory_versions": state_shape(
        MemoryVersions,
        context="_context",
        store_id=Field("_store_id", str),
        table=Table[MemoryVersion],
        newest=Field("_newest", dict[str, list[MemoryVersion]]),
        expiring=Field("_expiry_queue", list[tuple[datetime, str]]),
    ),
    "path_index": state_shape(PathIndex, owners=Field("_owners", dict[str, str]), sorted=Field("_sorted", list[str])),
    "dream_targets": state_shape(
        DreamTargets,
        shared=False,
        session_id=str,
        output_store_id=str,
        input_mount=str,
        output_mount=str,
        notes=dict[str, str],
        lengths=dict[str, int],
    ),
    "dream_run": state_shape(
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
    "dream_schedule": state_shape(
        Timeline,
        shared=False,
        starts=datetime | None,
        ready=datetime | None,
        ends=datetime | None,
        times_out=datetime | None,
    ),
    "dream_scripts": state_shape(
        DreamScriptQueue,
        anew={"_taken": Uses},
        waiting=Field("_waiting", list[tuple[DreamScript, _DREAMER, int]]),
        taken_by=Field("_taken_by", dict[str, DreamScript]),
    ),
    "tokens": state_shape(plan.Tokens, shared=False, input=int, output=int, cache_read=int, cache_creation=int),
    "input_memory": state_shape(plan.Note, shared=False, path=str, content=str, written_at=datetime),
    "message": state_shape(plan.Utterance, shared=False, speaker=str, text=str, at=datetime),
    "transcript": state_shape(
        plan.Transcript, shared=False, session_id=str, started_at=datetime, utterances=tuple[plan.Utterance, ...]
    ),
    "dream_inputs": state_shape(
        plan.DreamInputs,
        shared=False,
        notes=tuple[plan.Note, ...],
        transcripts=tuple[plan.Transcript, ...],
        instructions=str | None,
        model=str,
        memory_max_bytes=int | None,
        memories_max=int | None,
    ),
    "step.read_memory": state_shape(plan.ReadMemory, shared=False, path=str, **_TOKENS),
    "step.read_session": state_shape(plan.ReadSession, shared=False, session_id=str, **_TOKENS),
    "step.think": state_shape(plan.Think, shared=False, **_TOKENS),
    "step.say": state_shape(plan.Say, shared=False, text=str, **_TOKENS),
    "step.write": state_shape(plan.Write, shared=False, path=str, content=str, **_TOKENS),
    "step.delete": state_shape(plan.Delete, shared=False, path=str, **_TOKENS),
    "step.spend": state_shape(plan.Spend, shared=False, **_TOKENS),
}
"""State of ours, each field with its type."""

SHAPES: dict[str, Shape] = STATE | {name: record_shape(line) for name, line in RECORDS.items()}
NAMES: dict[type, str] = {shape.cls: name for name, shape in SHAPES.items()}
