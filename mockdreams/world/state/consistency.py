"""Whether the parts of a world fit together, so that no later request finds half of something."""

from collections import Counter
from collections.abc import Collection, Iterable
from hashlib import sha256
from typing import Any

from mockdreams.world.core.tables import Table, status, unarchived
from mockdreams.world.deployments.schedule import checked_names
from mockdreams.world.state.shapes import NAMES, SHAPES

_LISTED = (
    "agents",
    "environments",
    "files",
    "vaults",
    "skills",
    "memory_stores",
    "sessions",
    "deployments",
    "deployment_runs",
    "work",
    "schedules",
    "dreams",
)


def check_parts(parts: dict[str, dict[str, Any]], tables: dict[str, Table[Any]]) -> None:
    """Raises ValueError for the first thing that does not fit. `parts` are those of the document's holders.

    `tables` are a world's own, by holder: those of the document have to be listed as they are.
    """
    for name in _LISTED:
        _check_listing(f"{name}.table", parts[name]["table"], tables[name])
    _check_agents(parts["agents"])
    _check_vaults(parts["vaults"])
    _check_skills(parts["skills"])
    _check_stores(parts["memory_stores"])
    _check_sessions(parts["sessions"])
    _check_files(parts["files"], parts["session_outputs"])
    _check_blobs(parts)
    _check_webhooks(parts["webhooks"])
    _check_dreams(parts["dreams"], parts["sessions"])
    _check_work(parts["work"], parts["sessions"])
    _check_deployments(parts["deployments"], parts["deployment_runs"])
    _check_schedules(parts["schedules"], parts["dreams"])


def field(value: Any, name: str) -> Any:
    """A field of an object by its name in the document."""
    return getattr(value, SHAPES[NAMES[type(value)]].fields[name].attribute)


def _check_agents(agents: dict[str, Any]) -> None:
    _same("agents.versions", agents["versions"], _ids(agents["table"]))
    for agent in agents["table"]:
        versions = agents["versions"][agent.id]
        if [each.version for each in versions] != list(range(1, agent.version + 1)) or versions[-1] != agent:
            raise ValueError("agents.versions are not those of the table")


def _check_vaults(vaults: dict[str, Any]) -> None:
    _same("vaults.credentials", vaults["credentials"], _ids(vaults["table"]))
    for vault_id, credentials in vaults["credentials"].items():
        _check_listing("vaults.credentials", credentials, Table(shown=unarchived))
        for credential in credentials:
            _equal("VaultCredential.vault_id", credential.vault_id, vault_id)


def _check_skills(skills: dict[str, Any]) -> None:
    _same("skills.versions", skills["versions"], _ids(skills["table"]))
    for skill_id, versions in skills["versions"].items():
        _check_listing("skills.versions", versions, Table())
        for version in versions:
            _equal("SkillVersion.skill_id", version.skill_id, skill_id)
        _known("SkillRecord.latest_version_id", [skills["table"].get(skill_id).latest_version_id], _ids(versions))
    _same("skills.files", skills["files"], {id for each in skills["versions"].values() for id in _ids(each)})


def _check_stores(stores: dict[str, Any]) -> None:
    _same("memory_stores.contents", stores["contents"], _ids(stores["table"]))
    for store_id, contents in stores["contents"].items():
        memories, versions, paths = (field(contents, name) for name in ("memories", "versions", "paths"))
        _equal("store_contents.store_id", field(contents, "store_id"), store_id)
        _equal("memory_versions.store_id", field(versions, "store_id"), store_id)
        _check_listing("store_contents.memories", memories, Table())
        _equal("store_contents.size", field(contents, "size"), sum(each.content_size_bytes for each in memories))
        _equal("path_index.owners", field(paths, "owners"), {memory.path: memory.id for memory in memories})
        _equal("path_index.sorted", field(paths, "sorted"), sorted(memory.path for memory in memories))
        _check_versions(versions, _ids(memories))


def _check_versions(versions: Any, memory_ids: set[str]) -> None:
    table, newest, expiring = (field(versions, name) for name in ("table", "newest", "expiring"))
    _check_listing("memory_versions.table", table, Table())
    _same("memory_versions.newest", newest, memory_ids)
    if not all(newest.values()):
        raise ValueError("memory_versions.newest has none of a memory")
    recent = [version.id for some in newest.values() for version in some]
    old = [version_id for _, version_id in expiring]
    _known("memory_versions", recent + old, _ids(table))
    if len(set(recent + old)) != len(recent + old):
        raise ValueError("memory_versions.expiring has a version twice, or one of the newest")
    if any(expiring[(index - 1) // 2] > entry for index, entry in enumerate(expiring) if index):
        raise ValueError("memory_versions.expiring is in no order")


def _check_sessions(sessions: dict[str, Any]) -> None:
    _same("sessions.states", sessions["states"], _ids(sessions["table"]))
    threads = {id: each for state in sessions["states"].values() for id, each in field(state, "threads").items()}
    _same("sessions.threads", sessions["threads"], threads)
    if any(sessions["threads"][id] is not thread for id, thread in threads.items()):
        raise ValueError("sessions.threads are not those of the states")
    for session_id, state in sessions["states"].items():
        _check_threads(session_id, state)


def _check_threads(session_id: str, state: Any) -> None:
    primary, threads, records = (field(state, name) for name in ("primary", "threads", "thread_records"))
    _check_listing("session_state.thread_records", records, Table())
    _same("session_state.threads", threads, _ids(records))
    if threads.get(field(primary, "thread_id")) is not primary:
        raise ValueError("session_state.primary is none of its threads")
    for thread_id, thread in threads.items():
        record = records.get(thread_id)
        _equal("thread_state.thread_id", field(thread, "thread_id"), thread_id)
        _equal("thread_state.session_id", field(thread, "session_id"), session_id)
        _equal("thread_state.parent_id", field(thread, "parent_id"), record.parent_thread_id)
        _equal("session_state.thread_records", record.session_id, session_id)
        if (thread is primary) != (record.parent_thread_id is None):
            raise ValueError("session_state.primary is not the one that has no parent")
        _known("thread_state.parent_id", {record.parent_thread_id} - {None}, threads)
        _known("thread_state.children", field(thread, "children"), threads)
        if len(field(thread, "pending_actions")) != len(field(thread, "pending_event_ids")):
            raise ValueError("thread_state.pending_event_ids are not those of the actions")


def _check_files(files: dict[str, Any], outputs: dict[str, Any]) -> None:
    table, uploads = files["table"], [file for file in files["table"] if file.scope is None]
    _same("files.digests", files["digests"], _ids(table))
    _equal("files.expiring", files["expiring"], sorted((each.expires_at, each.id) for each in table if each.expires_at))
    _equal("files.stored_bytes", files["stored_bytes"], sum(file.size_bytes for file in uploads))
    for listed in outputs["listed"].values():
        for digest, file_id in listed.values():
            _equal("session_outputs.listed", files["digests"].get(file_id, digest), digest)


def _check_blobs(parts: dict[str, dict[str, Any]]) -> None:
    contents, digests = parts["blobs"]["contents"], parts["files"]["digests"]
    used = [*digests.values()]
    for each in (*parts["session_outputs"]["written"].values(), *parts["skills"]["files"].values()):
        used += each.values()
    _equal("blobs.uses", parts["blobs"]["uses"], dict(Counter(used)))
    _same("blobs.contents", contents, parts["blobs"]["uses"])
    for digest, content in contents.items():
        _equal("blobs.contents", sha256(content).hexdigest(), digest)
    for file in parts["files"]["table"]:
        _equal("files.size_bytes", len(contents[digests[file.id]]), file.size_bytes)


def _check_webhooks(webhooks: dict[str, Any]) -> None:
    endpoints, deliveries = webhooks["endpoints"], webhooks["open"]
    for name, some in (("endpoints", endpoints), ("open", deliveries)):
        _equal(f"webhooks.{name}", [each.id for each in some.values()], list(some))
    _known("webhooks.open", {each.endpoint_id for each in deliveries.values()}, endpoints)
    if webhooks["minted"] < len(endpoints) + len(deliveries):
        raise ValueError("webhooks.minted does not fit")


def _check_dreams(dreams: dict[str, Any], sessions: dict[str, Any]) -> None:
    runs, ids = dreams["runs"], _ids(dreams["table"])
    _known("dreams.runs", runs, ids)
    _known("dreams.planning", dreams["planning"], runs)
    _known("dream_scripts.taken_by", field(dreams["scripts"], "taken_by"), ids)
    targets = {id: field(run, "targets") for id, run in runs.items()}
    owners = {field(target, "session_id"): id for id, target in targets.items() if target is not None}
    _equal("dreams.sessions", dreams["sessions"], owners)
    for dream in dreams["table"]:
        if sorted(each.type for each in dream.inputs) != ["memory_store", "sessions"]:
            raise ValueError("Dream.inputs are not a memory store and sessions")
        live = dream.status in ("pending", "running") or (dream.id in runs and field(runs[dream.id], "winds_down"))
        if bool(live) != (dream.id in runs):
            raise ValueError("dreams.runs are not those of the table")
    for run in runs.values():
        if not 0 <= field(run, "position") <= len(field(run, "plan")):
            raise ValueError("dream_run.position is beyond its plan")


def _check_work(work: dict[str, Any], sessions: dict[str, Any]) -> None:
    _same("work.leases", work["leases"], _ids(work["table"]))
    for item in work["table"]:
        if item.data.id != item.id or item.secret is not None:
            raise ValueError("Work is not that of its session, or shows a secret")
    open_items = {item.id for item in work["table"] if item.state != "stopped"}
    _known("Work.id", open_items, _ids(sessions["table"]))
    for state in sessions["states"].values():
        for thread in field(state, "threads").values():
            _known("thread_state.worker_calls", field(thread, "worker_calls"), field(thread, "calls"))


def _check_schedules(schedules: dict[str, Any], dreams: dict[str, Any]) -> None:
    _check_listing("schedules.runs", schedules["runs"], Table(kind=status))
    for schedule in schedules["table"]:
        if schedule.cron is not None:
            checked_names(schedule.cron, schedule.timezone or "")
    begun = {run.dream_id for run in schedules["runs"] if run.dream_id is not None}
    _known("ScheduledDream.dream_id", begun, _ids(dreams["table"]))
    for run in schedules["runs"]:
        if run.dream_id is None and run.status not in ("failed", "skipped"):
            raise ValueError("ScheduledDream.dream_id is missing")


def _check_deployments(deployments: dict[str, Any], runs: dict[str, Any]) -> None:
    scheduled = {
        each.id: each.schedule
        for each in deployments["table"]
        if each.schedule is not None and each.status == "active" and each.archived_at is None
    }
    _known("deployments.awaited", deployments["awaited"], scheduled)
    _known("DeploymentRun.deployment_id", {run.deployment_id for run in runs["table"]}, _ids(deployments["table"]))
    for deployment in deployments["table"]:
        if (deployment.status == "paused") != (deployment.paused_reason is not None):
            raise ValueError("Deployment.paused_reason is not that of its status")
        if deployment.schedule is not None:
            checked_names(deployment.schedule.expression, deployment.schedule.timezone)
    for run in runs["table"]:
        if (run.session_id is None) == (run.error is None):
            raise ValueError("DeploymentRun has a session and an error, or neither")


def _ids(table: Iterable[Any]) -> set[str]:
    return {record.id for record in table}


def _check_listing(name: str, table: Table[Any], wanted: Table[Any]) -> None:
    _equal(f"{name}.shown", field_of_table(table, "shown"), field_of_table(wanted, "shown"))
    _equal(f"{name}.kind", field_of_table(table, "kind"), field_of_table(wanted, "kind"))


def field_of_table(table: Table[Any], name: str) -> Any:
    return table.__getstate__()[name]


def _equal(name: str, one: Any, other: Any) -> None:
    if one != other:
        raise ValueError(f"{name} does not fit")


def _same(name: str, keys: Collection[str], ids: Collection[str]) -> None:
    if set(keys) != set(ids):
        raise ValueError(f"{name} are not those of the table")


def _known(name: str, ids: Iterable[str], among: Collection[str]) -> None:
    unknown = set(ids).difference(among)
    if unknown:
        raise ValueError(f"{name}: nothing has the id {min(unknown)[:80]}")
