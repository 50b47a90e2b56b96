"""The parts of a world that keep something: short names, which never change, and their listed fields."""

from collections import deque
from datetime import datetime

from mockdreams.wire.agents import Agent
from mockdreams.wire.deployments import Deployment, DeploymentRun
from mockdreams.wire.dreams import Dream
from mockdreams.wire.environments import Environment
from mockdreams.wire.files import FileMetadata
from mockdreams.wire.memory import MemoryStore
from mockdreams.wire.sessions import Session
from mockdreams.wire.skills import SkillRecord, SkillVersion
from mockdreams.wire.vaults import Vault, VaultCredential
from mockdreams.wire.work import Work
from mockdreams.world.core.tables import Table
from mockdreams.world.dreams.run import DreamRun
from mockdreams.world.dreams.scripts import DreamScriptQueue
from mockdreams.world.memory.contents import StoreContents
from mockdreams.world.messages.scripts import MessageScript
from mockdreams.world.schedules.records import DreamSchedule, ScheduledDream
from mockdreams.world.sessions.scripts import SessionScript
from mockdreams.world.sessions.state import SessionState, ThreadState
from mockdreams.world.state.listing import Field, Holder
from mockdreams.world.vaults.credential_validation import CredentialScript
from mockdreams.world.webhooks.deliveries import WebhookAttempt, WebhookDelivery
from mockdreams.world.webhooks.endpoints import WebhookEndpoint
from mockdreams.world.work.queue import WorkLease
from mockdreams.world.work.worker_credentials import EnvironmentKey

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
