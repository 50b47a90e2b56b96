"""Rules of the world that are broken: a transition allowed, a write in the wrong store, a cursor that skips."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mockdreams.http import cursors, message_events, pagination, service
from mockdreams.http.auth import RouteRequirements, check_headers
from mockdreams.http.query_params import Query
from mockdreams.http.sse import EventStream, ReadResult
from mockdreams.wire.deployments import Deployment, DeploymentRun
from mockdreams.wire.dreams import Dream, DreamUsage
from mockdreams.wire.errors import ServiceError, invalid, not_found
from mockdreams.wire.memory import ApiActor, HasContent, Memory
from mockdreams.wire.work import Work, WorkHeartbeat
from mockdreams.world.agents.agents import Agents
from mockdreams.world.agents.environments import Environments
from mockdreams.world.core.ids import IdGenerator
from mockdreams.world.core.tables import Table, TimeRange
from mockdreams.world.deployments import deployments, schedule
from mockdreams.world.deployments.deployments import Deployments
from mockdreams.world.deployments.schedule import checked_names
from mockdreams.world.dreams import executor, requests
from mockdreams.world.dreams.dreams import Dreams
from mockdreams.world.dreams.executor import DreamExecutor, DreamTargets
from mockdreams.world.dreams.run import DreamRun
from mockdreams.world.files import files
from mockdreams.world.files.files import Files
from mockdreams.world.files.outputs import SessionOutputs
from mockdreams.world.memory import contents
from mockdreams.world.memory.contents import StoreContents
from mockdreams.world.memory.paths import PathIndex
from mockdreams.world.memory.stores import MemoryStores
from mockdreams.world.memory.versions import MemoryVersions
from mockdreams.world.messages import messages
from mockdreams.world.messages import requests as model_requests
from mockdreams.world.messages.messages import Messages
from mockdreams.world.sessions import mounts, resources
from mockdreams.world.sessions.event_log import EventFilter, EventLog
from mockdreams.world.sessions.inbox import Inbox
from mockdreams.world.sessions.resources import SessionResources
from mockdreams.world.sessions.sessions import Sessions
from mockdreams.world.sessions.store import SessionFilter
from mockdreams.world.skills import bundles
from mockdreams.world.skills.skills import Skills
from mockdreams.world.vaults import credentials
from mockdreams.world.vaults.credentials import Credentials
from mockdreams.world.vaults.vaults import Vaults
from mockdreams.world.work.queue import WorkQueue
from tools.mutants.patching import Mutant, patch

MATCHES = SessionFilter.matches
CANCEL, ARCHIVE, BECOME, FAIL = Dreams.cancel, Dreams.archive, Dreams._transition, Dreams._fail
LOST, WALK, BEGUN, OVER = Dreams._lost_input, Table.iterate, TimeRange.has_begun, TimeRange.is_over
WRITABLE, DELETE, DESCRIBED = MemoryStores.writable_contents, StoreContents.delete, contents._digest
DELETE_ENVIRONMENT = Environments.delete
NEW_VERSION = Skills.create_version
RUN, RENEW = Deployments.run, SessionResources.update
ACKNOWLEDGE, HEARTBEAT = WorkQueue.acknowledge, WorkQueue.heartbeat
RECORD, UPDATE, MINT = MemoryVersions.record, Agents.update, IdGenerator.mint
CLOSE, REMOVE, END = Sessions.close, Sessions.delete, EventLog.end
LIMIT, ENCODE, READ, SEND = Query.limit, cursors.encode, EventStream.read, Inbox.send
REFUSAL = check_headers
INIT, MOUNT = EventStream.__init__, mounts.mount_path


def nothing(*_: Any, **__: Any) -> None:
    """A rule that says nothing any more."""


def pauses_what_fails(self: Deployments, deployment_id: str) -> DeploymentRun:
    run = RUN(self, deployment_id)
    if run.error is not None:
        self.pause(deployment_id)
    return run


def makes_up(self: Deployments, deployment_id: str) -> Deployment:
    deployment = self.retrieve(deployment_id)
    self._await_next(deployment, deployment.updated_at)
    return self._transition(deployment, "active", paused_reason=None)


def in_winter_time(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    return [wall.replace(tzinfo=zone).astimezone(UTC)]


def tells_the_token(self: SessionResources, session_id: str, resource_id: str, params: Any) -> Any:
    return RENEW(self, session_id, resource_id, params).replace(url=f"https://{params.authorization_token}@github.com")


def follows_its_agent(self: Deployments, deployment: Deployment) -> Deployment:
    latest = self._agents.retrieve(deployment.agent.id)
    return deployment.replace(agent=deployment.agent.replace(version=latest.version))


def acknowledges_again(self: WorkQueue, environment_id: str, work_id: str) -> Work:
    work = self.retrieve(environment_id, work_id)
    return ACKNOWLEDGE(self, environment_id, work_id) if work.state == "queued" else work


def compares_no_heartbeat(
    self: WorkQueue, environment: str, work: str, _: str | None, ttl: int | None
) -> WorkHeartbeat:
    return HEARTBEAT(self, environment, work, None, ttl)


def refuses_unknown_betas(gate: RouteRequirements, *sent: Any) -> ServiceError | None:
    return REFUSAL(replace(gate, strict=True), *sent)


def refuses_token_providers(
    gate: RouteRequirements, version: bytes | None, sent: bytes, *_: Any
) -> ServiceError | None:
    return invalid("Unexpected value(s)") if b"oauth-" in sent else REFUSAL(gate, version, sent)


def refuses_the_newer_version(
    gate: RouteRequirements, version: bytes | None, sent: bytes, *_: Any
) -> ServiceError | None:
    return invalid("anthropic-version") if version == b"2026-10-21" else REFUSAL(gate, version, sent)


def looks_at_the_version_first(gate: RouteRequirements, version: bytes | None, *sent: Any) -> ServiceError | None:
    return REFUSAL(gate, version, *sent) if version else invalid("anthropic-version: header is required")


def any_sessions(ids: list[str], *_: Any) -> tuple[str, ...]:
    return tuple(sorted(ids))


def cancels_anything(self: Dreams, id: str) -> Dream:
    dream = self.retrieve(id)
    return CANCEL(self, id) if dream.live else dream


def archives_anything(self: Dreams, id: str, **seen: Any) -> Dream:
    dream = self.retrieve(id)
    if dream.live:
        return self.table.put(dream.replace(archived_at=self._context.clock.time))
    return ARCHIVE(self, id, **seen)


def cancels_again(self: Dreams, id: str) -> Dream:
    dream = CANCEL(self, id)
    return self.table.put(dream.replace(ended_at=dream.ended_at and dream.ended_at + timedelta(seconds=1)))


def archive_ends(self: Dreams, id: str, **seen: Any) -> Dream:
    return self.table.put(ARCHIVE(self, id, **seen).replace(status="completed"))


def endless(self: Dreams, dream: Dream, status: Any, **fields: Any) -> Dream:
    became = BECOME(self, dream, status, **fields)
    return self.table.put(became.replace(ended_at=became.ended_at and became.created_at))


def errors_on_cancel(self: Dreams, dream: Dream, status: Any, **fields: Any) -> Dream:
    from mockdreams.wire.dreams import DreamError

    error = DreamError(type="canceled", message="Canceled.") if status == "canceled" else fields.pop("error", None)
    return BECOME(self, dream, status, **{**fields, "error": error})


def fails_and_deletes(self: Dreams, dream: Dream, type: str, message: str) -> None:
    FAIL(self, dream, type, message)
    for output in self.retrieve(dream.id).outputs:
        self._memory_stores.delete(output.memory_store_id)


def dreads_archives(self: Dreams, dream: Dream) -> Any:
    for id in dream.input_session_ids:
        session = self._sessions.table.get(id)
        if session is not None and session.archived_at is not None:
            return "input_session_unavailable", "Gone."
    return LOST(self, dream)


def twin_is_input(self: DreamExecutor, store_id: str) -> str:
    return store_id


def walks_all(self: Table[Any], **options: Any) -> Any:
    return WALK(self, **{**options, "hidden": True})


def walks_up(self: Table[Any], **options: Any) -> Any:
    return WALK(self, **{**options, "oldest_first": not options.get("oldest_first", False), "after": None})


def skips(listing: str, position: Any) -> str:
    return ENCODE(listing, position - 1 if isinstance(position, int) else position)


def repeats(listing: str, position: Any) -> str:
    return ENCODE(listing, position + 1 if isinstance(position, int) else position)


def begun_exclusive(self: TimeRange, at: Any) -> bool:
    return BEGUN(self, at) and (self.gte is None or at > self.gte)


def begun_inclusive(self: TimeRange, at: Any) -> bool:
    return BEGUN(self._replace(gt=None, gte=self.gt or self.gte), at)


def over_exclusive(self: TimeRange, at: Any) -> bool:
    return OVER(self._replace(lt=self.lte or self.lt, lte=None), at)


def lenient_limit(self: Query, **options: Any) -> int:
    return max(1, min(self.integer("limit") or 20, 1000))


def long_pages(self: Query, **options: Any) -> int:
    return LIMIT(self, **{**options, "default": 100})


def wrong_digest(content: str) -> tuple[str, int]:
    return hashlib.sha256(content.encode("utf-16")).hexdigest(), DESCRIBED(content)[1]


def wrong_size(content: str) -> tuple[str, int]:
    return DESCRIBED(content)[0], len(content)


def eager_update(self: StoreContents, memory_id: str, params: Any, actor: Any) -> Memory:
    memory = self.retrieve(memory_id)
    self._check_update(params)
    return self.replace_unchecked(memory, params.path or memory.path, params.content or memory.content, actor)


def forgetful_delete(self: StoreContents, memory_id: str, *rest: Any) -> Any:
    gone = DELETE(self, memory_id, *rest)
    for version in list(self.versions.table):
        if version.memory_id == memory_id and version.operation != "deleted":
            self.versions.table.remove(version.id)
    return gone


def blind_delete(self: StoreContents, memory_id: str, actor: Any, expected_sha256: str | None = None) -> Any:
    return DELETE(self, memory_id, actor)


def touching_write(self: MemoryStores, store_id: str) -> StoreContents:
    shelf, store = WRITABLE(self, store_id), self.retrieve(store_id)
    self.table.put(store.replace(updated_at=store.updated_at + timedelta(seconds=1)))
    return shelf


def remembers_deleted(self: MemoryVersions, operation: Any, memory: Memory, at: Any, actor: Any) -> None:
    RECORD(self, operation, memory, at, actor)
    version = self.table.get(memory.memory_version_id)
    assert version is not None
    self.table.put(version.replace(content=memory.content))


def nameless_record(self: MemoryVersions, operation: Any, memory: Memory, at: Any, actor: Any) -> None:
    RECORD(self, "modified" if operation == "deleted" else operation, memory, at, actor)


def redacts_nothing(self: MemoryVersions, version_id: str, actor: Any) -> Any:
    version = self.retrieve(version_id)
    return self.table.put(version.replace(redacted_at=self.next_time(), redacted_by=actor))


def always_next(self: Agents, agent_id: str, params: Any) -> Any:
    agent = self.retrieve(agent_id)
    return self._next(agent.replace(**self._changes(agent, params)))


def deletes_busy(self: Environments, environment_id: str, *, force: bool = False) -> Any:
    return DELETE_ENVIRONMENT(self, environment_id, force=True)


def leaves_credentials(self: Vaults, vault_id: str) -> Any:
    return self.table.put(self.retrieve(vault_id).replace(archived_at=self._context.clock.time))


def finds_in_any_vault(self: Credentials, vault_id: str, credential_id: str) -> Any:
    for table in self._vaults._credentials.values():
        if (found := table.get(credential_id)) is not None:
            return found
    raise not_found("Credential not found.")


def keeps_the_latest(self: Skills, skill_id: str, bundle: Any) -> Any:
    before = self.retrieve(skill_id)
    version = NEW_VERSION(self, skill_id, bundle)
    self.table.put(before)
    return version


def mints_memories(self: IdGenerator, prefix: str) -> str:
    return MINT(self, "memory" if prefix == "mem" else prefix)


def mints_letters(self: IdGenerator, prefix: str) -> str:
    return MINT(self, prefix)[:-1] + "l"


def tells_of_archiving(self: Sessions, session_id: str) -> Any:
    from mockdreams.wire import events as ev

    self._store.event_log(session_id).append(ev.StatusTerminated)
    return CLOSE(self, session_id)


def archives_running(self: Sessions, session_id: str, **_: object) -> Any:
    return self.close(session_id)


def replays(self: EventStream, *args: Any, **options: Any) -> None:
    INIT(self, *args, **options)
    self._position = 0


def reads_without_names(self: EventStream) -> ReadResult:
    glance = READ(self)
    return glance._replace(frames=[frame[frame.index(b"\n") + 1 :] for frame in glance.frames])


def reads_backwards(self: EventStream) -> ReadResult:
    glance = READ(self)
    return glance._replace(frames=glance.frames[::-1])


def sends_one_by_one(self: Inbox, session_id: str, sent: Any, **who: Any) -> Any:
    return [event for one in sent for event in SEND(self, session_id, [one], **who)]


def mounts_anywhere(name: str, store_id: str, taken: Any) -> str:
    return MOUNT(name, store_id, ())


EVENTS, COPY = message_events._events, Files.copy


def downloads(self: Files, file_id: str) -> Any:
    return self.retrieve(file_id), b"{}"


def copies_for_nobody(self: Files, file_id: str, copy_id: str, session_id: str) -> Any:
    return self.table.put(COPY(self, file_id, copy_id, session_id).replace(scope=None))


def blocks_unfinished(message: Any) -> Any:
    return (event for event in EVENTS(message) if event["type"] != "content_block_stop")


def starts_whole(message: Any) -> Any:
    whole = message.model_dump(mode="json")
    return ({**event, "message": whole} if "message" in event else event for event in EVENTS(message))


CHECK_NOT_LOCKED = Dreams._check_not_locked


def lets_go_at_once(self: Dreams, store_id: str) -> None:
    if self.runs:
        CHECK_NOT_LOCKED(self, store_id)


RULES: list[tuple[str, str, object, str, object]] = [
    ("an ended dream can be canceled", "dream-cancel-completed-400", Dreams, "cancel", cancels_anything),
    ("a live dream can be archived", "dream-archive-live-400", Dreams, "archive", archives_anything),
    ("a second cancel moves the end", "dream-cancel-again-200", Dreams, "cancel", cancels_again),
    ("archiving completes a dream", "dream-archive-keeps-status", Dreams, "archive", archive_ends),
    ("a dream ends when it begins", "dream-ended-at", Dreams, "_transition", endless),
    ("a canceled dream has an error", "dream-error-iff-failed", Dreams, "_transition", errors_on_cancel),
    ("a failed dream deletes its output", "dream-output-kept", Dreams, "_fail", fails_and_deletes),
    ("two dreams update one store", "dream-update-held-409", Dreams, "_check_not_locked", nothing),
    ("an ended dream lets go at once", "dream-update-held-after-end", Dreams, "_check_not_locked", lets_go_at_once),
    ("lost inputs go unnoticed", "dream-input-store-lost dream-input-session-lost", Dreams, "_lost_input", nothing),
    (
        "archiving an input session is fatal",
        "dream-input-session-archived-harmless",
        Dreams,
        "_lost_input",
        dreads_archives,
    ),
    (
        "a dream writes into its input store",
        "dream-input-untouched dream-output-is-a-clone",
        DreamExecutor,
        "_create_output_store",
        twin_is_input,
    ),
    ("an output store begins empty", "dream-output-is-a-clone", DreamExecutor, "_copy", nothing),
    ("an output store has its input's name", "dream-output-name", executor, "NAME_SUFFIX", ""),
    ("the clone is by the caller", "dream-clone-versions", DreamTargets, "actor", ApiActor(api_key_id="apikey_x")),
    ("a dream's session is left open", "dream-session-archived-at-end", DreamExecutor, "close", nothing),
    ("a dream uses nothing", "dream-usage-grows", DreamRun, "usage", lambda self: DreamUsage()),
    (
        "archived records are listed",
        "dream-list-archived store-list-archived",
        Table,
        "iterate",
        walks_all,
    ),
    (
        "archived sessions are listed",
        "session-list-archived",
        SessionFilter,
        "matches",
        lambda self, session: MATCHES(self._replace(include_archived=True), session),
    ),
    ("lists are oldest first", "dream-list-newest-first agent-list-newest-first", Table, "iterate", walks_up),
    ("cursors skip a record", "store-list-pages memory-list-pages", pagination, "encode", skips),
    ("cursors repeat a record", "store-list-pages", pagination, "encode", repeats),
    (
        "inclusive bounds are exclusive",
        "store-list-created-at version-list-created-at",
        TimeRange,
        "has_begun",
        begun_exclusive,
    ),
    ("exclusive bounds are inclusive", "dream-list-created-at", TimeRange, "has_begun", begun_inclusive),
    (
        "the last of a span is left out",
        "store-list-created-at agent-list-created-at",
        TimeRange,
        "is_over",
        over_exclusive,
    ),
    ("any limit will do", "dream-list-limit memory-list-limit-400", Query, "limit", lenient_limit),
    ("a page has a hundred", "memory-list-full-20", Query, "limit", long_pages),
    ("digests are of other bytes", "memory-digest", contents, "_digest", wrong_digest),
    ("sizes count characters", "memory-size", contents, "_digest", wrong_size),
    (
        "any path will do",
        "memory-path-absolute-400 memory-path-dots-400 memory-path-nfc-400 memory-path-control-400",
        contents,
        "check_path",
        nothing,
    ),
    ("a file may be a directory", "memory-path-prefix-409", PathIndex, "conflict_with", nothing),
    (
        "updates know no condition",
        "memory-precondition-409 memory-update-noop-200",
        StoreContents,
        "update",
        eager_update,
    ),
    (
        "deletes know no condition",
        "memory-delete-mismatch-409 memory-delete-malformed-400",
        StoreContents,
        "delete",
        blind_delete,
    ),
    ("versions die with their memory", "version-survives-delete", StoreContents, "delete", forgetful_delete),
    ("a deletion keeps the content", "version-deleted-null", MemoryVersions, "record", remembers_deleted),
    ("a deletion is a change", "version-operations", MemoryVersions, "record", nameless_record),
    ("redacting hides nothing", "version-redact", MemoryVersions, "redact", redacts_nothing),
    ("the current version can be redacted", "version-redact-head-400", MemoryVersions, "_is_head", nothing),
    (
        "the basic view is full",
        "memory-views memory-list-views version-views",
        HasContent,
        "basic_body",
        property(lambda self: self.body),
    ),
    (
        "writing a memory touches its store",
        "store-updated-at-not-by-memories",
        MemoryStores,
        "writable_contents",
        touching_write,
    ),
    (
        "archived stores can be written",
        "store-archived-update-400 store-archived-memory-writes-400",
        MemoryStores,
        "check_writable",
        nothing,
    ),
    ("an idle update makes a version", "agent-update-noop-200 agent-update-stale-409", Agents, "update", always_next),
    (
        "busy environments can be deleted",
        "environment-delete-self-hosted-409",
        Environments,
        "delete",
        deletes_busy,
    ),
    (
        "archived vaults can be used",
        "vault-archived-writes-400",
        Vaults,
        "retrieve_active",
        Vaults.retrieve,
    ),
    ("archiving a vault leaves its credentials", "vault-archive-credentials", Vaults, "archive", leaves_credentials),
    (
        "credentials are found in any vault",
        "credential-other-vault-404",
        Credentials,
        "retrieve",
        finds_in_any_vault,
    ),
    (
        "URLs of MCP servers are compared as they are",
        "credential-url-canonical",
        credentials,
        "canonical_url",
        str,
    ),
    ("tokens may have expired long ago", "credential-expiry-past-400", Credentials, "_check_expiry", nothing),
    ("agents have skills that are not there", "agent-skill-absent-400", Agents, "_check_skills", nothing),
    ("sessions have skills that are not there", "session-skill-absent-400", Sessions, "_check_skills", nothing),
    (
        "new versions are not the latest",
        "skill-version-latest",
        Skills,
        "create_version",
        keeps_the_latest,
    ),
    ("names of skills are free", "skill-bundle-400", bundles, "_RESERVED", ()),
    ("ids have another prefix", "id-prefixes", IdGenerator, "mint", mints_memories),
    ("ids have any letter", "id-bodies", IdGenerator, "mint", mints_letters),
    (
        "no header is needed",
        "version-missing-400 version-unknown-400 beta-unknown-400 beta-dreaming-missing-404 beta-memory-both-400 "
        "beta-environments-one",
        service,
        "check_headers",
        nothing,
    ),
    (
        "every gate is strict",
        "beta-unknown-ignored beta-unknown-ignored-dreams",
        service,
        "check_headers",
        refuses_unknown_betas,
    ),
    ("token providers are unknown", "beta-oauth-ignored", service, "check_headers", refuses_token_providers),
    ("there is one version", "version-either", service, "check_headers", refuses_the_newer_version),
    ("the version is looked at first", "gate-order", service, "check_headers", looks_at_the_version_first),
    ("any workspace will do", "workspace-malformed-400 workspace-foreign-404", service, "check_workspace", nothing),
    (
        "any sessions will do",
        "dream-sessions-unique dream-sessions-1-to-100",
        requests,
        "_session_ids",
        any_sessions,
    ),
    ("archiving a session says so", "session-archive-no-event", Sessions, "close", tells_of_archiving),
    ("running sessions can be archived", "session-archive-running-400", Sessions, "archive", archives_running),
    ("streams begin with the past", "stream-live-tail", EventStream, "__init__", replays),
    ("events of streams have no name", "stream-framing", EventStream, "read", reads_without_names),
    ("streams run backwards", "events-turn-order", EventStream, "read", reads_backwards),
    ("the end of a session is not told", "session-delete-stream", EventLog, "end", nothing),
    ("half of a send is kept", "events-all-or-nothing", Inbox, "send", sends_one_by_one),
    ("types filter nothing", "events-list-types events-list-created-at", EventFilter, "matches", lambda *_: True),
    ("any worker acknowledges again", "work-ack-409", WorkQueue, "acknowledge", acknowledges_again),
    ("a stale heartbeat extends the lease", "work-heartbeat-412", WorkQueue, "heartbeat", compares_no_heartbeat),
    ("stopped work stays stopped", "work-requeued", WorkQueue, "wake", nothing),
    (
        "any key polls any queue",
        "work-environment-foreign-403 work-api-key-401 file-content-environment-key-404 skill-environment-key-403",
        service,
        "check_caller",
        nothing,
    ),
    ("the queue says that a key is missing", "work-no-key-401", service, "check_credential", nothing),
    (
        "a manual run that fails pauses",
        "deployment-run-failed-manual",
        Deployments,
        "run",
        pauses_what_fails,
    ),
    (
        "a schedule may never match",
        "deployment-cron-never-400",
        deployments,
        "checked",
        lambda expression, timezone, _: checked_names(expression, timezone),
    ),
    ("what was paused is made up for", "deployment-no-making-up", Deployments, "unpause", makes_up),
    ("a failing schedule goes on", "deployment-error-pauses", deployments, "PAUSING", frozenset()),
    ("a schedule knows one offset", "deployment-wall-clock", schedule, "_instants", in_winter_time),
    ("files have any size", "file-too-large-413 file-quota-400 file-quota-code", Files, "_check_upload", nothing),
    ("a session attaches any number of files", "session-files-500", SessionResources, "_check_files", nothing),
    ("a new token is told", "resource-token-renewed", SessionResources, "update", tells_the_token),
    ("deployments follow their agents", "deployment-agent-pinned", Deployments, "current", follows_its_agent),
    ("two stores are mounted at one place", "session-mount-slug", resources, "mount_path", mounts_anywhere),
    ("any talk will do", "message-none-400 message-empty-text-400", model_requests, "_check", nothing),
    ("any model will do", "model-absent-404", Messages, "_check", nothing),
    (
        "the newest version is as the old one",
        "message-sampling-400 message-assistant-document-400 message-user-citations-400",
        model_requests,
        "_strictly",
        nothing,
    ),
    (
        "any file name will do",
        "file-name-400 file-name-last-part file-unnamed",
        files,
        "_filename",
        lambda sent: sent.filename,
    ),
    ("files never expire", "file-expired-404", Files, "_is_expired", lambda *_: False),
    ("uploads can be downloaded", "file-not-downloadable-400 file-expired-404", Files, "download", downloads),
    (
        "absent files are passed over",
        "resource-file-absent-404 events-file-absent-404 message-file-absent-404",
        Files,
        "check",
        nothing,
    ),
    (
        "copies are of no session",
        "resource-file-copied file-scope file-copy-survives",
        Files,
        "copy",
        copies_for_nobody,
    ),
    ("outputs are never listed", "file-output-listed file-output-downloaded", SessionOutputs, "publish", nothing),
    ("a rubric stays a file", "outcome-file-rubric-text", Inbox, "_rubric", lambda _, rubric: rubric),
    ("all messages are as long", "message-count-tokens", messages, "_tokens", lambda _: 1),
    ("blocks are never finished", "message-stream-order", message_events, "_events", blocks_unfinished),
    ("the start says it all", "message-stream-parts", message_events, "_events", starts_whole),
    ("previews of anything", "stream-deltas-unknown-400 stream-deltas-100", Query, "previews", lambda *_: frozenset()),
]
POLICIES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "output stores are not guarded",
        "dream-output-guarded-400 dream-update-target-guarded-400",
        {"guard_output_store": False},
    ),
    ("dreams' sessions are not guarded", "dream-session-guarded-400", {"guard_dream_session": False}),
    ("a session has nine stores", "session-stores-8", {"memory_stores_per_session": 9}),
    ("metadata has 17 pairs", "store-metadata-16 agent-metadata-16 session-metadata-16", {"metadata_max_pairs": 17}),
    ("a dream reads 101 sessions", "dream-sessions-1-to-100", {"dream_max_sessions": 101}),
    (
        "dreams run on anything",
        "dream-model-unsupported-400 dream-models-newer",
        {"supported_models": ["gpt-nonsense", "claude-sonnet-4-6"]},
    ),
    ("every model takes system messages", "events-system-message-model-400", {"models_without_system_messages": []}),
    ("memories are larger", "memory-content-too-large-400", {"memory_max_bytes": 200_000}),
    ("bodies are larger", "body-too-large-413", {"body_max_bytes": 64 * 1024 * 1024}),
]

SABOTAGES = [
    *(Mutant(fault, tuple(breaks.split()), patch(target, name, value)) for fault, breaks, target, name, value in RULES),
    *(Mutant(fault, tuple(breaks.split()), policy=policy) for fault, breaks, policy in POLICIES),
]
