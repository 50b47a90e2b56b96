"""Webhooks: the envelope that a receiver gets, and the types of what it can be told."""

from typing import Literal

from pydantic import ConfigDict

from mockdreams.wire.base import Model, OmitIfNone, Record, Sparse, Timestamp

SESSION_TYPES = (
    "session.status_run_started",
    "session.status_idled",
    "session.budget_reached",
    "session.status_rescheduled",
    "session.status_terminated",
    "session.thread_created",
    "session.thread_idled",
    "session.thread_terminated",
    "session.outcome_evaluation_ended",
    "session.updated",
    "session.deleted",
)
RESOURCE_TYPES = (
    "memory_store.created",
    "memory_store.archived",
    "memory_store.deleted",
    "agent.created",
    "agent.updated",
    "agent.archived",
    "agent.deleted",
    "environment.created",
    "environment.updated",
    "environment.archived",
    "environment.deleted",
    "vault.created",
    "vault.archived",
    "vault.deleted",
    "vault_credential.created",
    "vault_credential.archived",
    "vault_credential.deleted",
    "vault_credential.refresh_failed",
    "deployment.created",
    "deployment.updated",
    "deployment.paused",
    "deployment.unpaused",
    "deployment.archived",
    "deployment.deleted",
    "deployment_run.started",
    "deployment_run.succeeded",
    "deployment_run.failed",
)
OLDER_SESSION_TYPES = (
    "session.created",
    "session.running",
    "session.idled",
    "session.requires_action",
    "session.archived",
)
"""Types of the SDK's that no guide lists; the policy says whether they are told."""
OTHER_TYPES = (
    "session.pending",
    "external_key.failed",
    "external_key.recovered",
    "external_storage.failed",
    "external_storage.recovered",
    "user_profile.enforcement_action_opened",
    "user_profile.enforcement_action_resolved",
    "user_profile.program_status_updated",
)
"""Types that nothing here causes but a test: most are of what is not faked."""
EVENT_TYPES = (*SESSION_TYPES, *RESOURCE_TYPES, *OLDER_SESSION_TYPES, *OTHER_TYPES)


class WebhookData(Sparse, Model):
    """What happened to which resource. It is to be fetched: nothing else is told of it."""

    model_config = ConfigDict(extra="allow")  # of an event that a test makes up

    type: str
    id: str
    organization_id: str
    workspace_id: str
    session_thread_id: OmitIfNone[str] = None
    """Of `session.thread_*`."""
    vault_id: OmitIfNone[str] = None
    """Of `vault_credential.*`."""


class WebhookEvent(Record):
    """The body of a delivery."""

    type: Literal["event"] = "event"
    id: str
    created_at: Timestamp
    data: WebhookData
