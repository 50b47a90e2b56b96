"""Answers that are falsified on their way out: a status off by one, a missing header, a field dropped."""

from collections.abc import Callable
from typing import Any

from tools.mutants.patching import Mutant, Reply, falsify, records


def status(method: str, path: str, before: int, after: int) -> Callable[[Reply], None]:
    def change(reply: Reply) -> None:
        if (reply.method, reply.path, reply.status) == (method, path, before):
            reply.status = after

    return change


def no_header(name: str, statuses: tuple[int, ...] = (200,)) -> Callable[[Reply], None]:
    def change(reply: Reply) -> None:
        if reply.status in statuses:
            reply.headers.pop(name, None)

    return change


def header(name: str, value: str, path: str, *statuses: int) -> Callable[[Reply], None]:
    def change(reply: Reply) -> None:
        if reply.path.startswith(path) and reply.status in statuses:
            reply.headers[name] = value

    return change


def each(type: str, alter: Callable[[dict[str, Any]], object]) -> Callable[[Reply], None]:
    """Alter every record of a type."""

    def change(reply: Reply) -> None:
        for record in records(reply, type):
            alter(record)

    return change


def error(alter: Callable[[dict[str, Any]], object]) -> Callable[[Reply], None]:
    """Alter the body of every refusal."""

    def change(reply: Reply) -> None:
        if reply.status >= 400:
            alter(reply.body)

    return change


def page(path: str, alter: Callable[[dict[str, Any]], object]) -> Callable[[Reply], None]:
    """Alter the envelope of a list; `path` is how its own ends."""

    def change(reply: Reply) -> None:
        if reply.method == "GET" and reply.path.endswith(path) and "data" in reply.body:
            alter(reply.body)

    return change


def turned(reply: Reply) -> None:
    """A newest first that is not."""
    if reply.method == "GET" and "order=desc" in reply.query and reply.status == 200:
        reply.body["data"].reverse()


def empty_is_null(store: dict[str, Any]) -> None:
    store["description"] = store["description"] or None


def reworded(reply: Reply) -> None:
    message = reply.body.get("error", {}).get("message", "")
    if message.startswith(("path", "`agent.", "agent.agent_with_overrides")):
        reply.body["error"]["message"] = "path is not valid"
    elif "; expected one of" in message:
        reply.body["error"]["message"] = message.partition(";")[0]
    elif "bool field" in message:
        reply.body["error"]["message"] = "not a boolean"


def wordy(reply: Reply) -> None:
    if reply.status == 404 and "error" in reply.body:
        reply.body["error"]["message"] += " Try again later."


def changed_before(agent: dict[str, Any]) -> None:
    agent["updated_at"] = "2000-01-01T00:00:00Z"


def zone(record: dict[str, Any]) -> None:
    record["created_at"] = record["created_at"].replace("Z", "+00:00")


def sent_is_processed(reply: Reply) -> None:
    if reply.method == "POST" and reply.path.endswith("/events") and reply.status == 200:
        for event in reply.body["data"]:
            event["processed_at"] = "2026-01-01T00:00:00Z"


def without_threads(body: dict[str, Any]) -> None:
    body["data"] = [event for event in body["data"] if event["type"] != "session.thread_created"]


def terminated_is_idle(session: dict[str, Any]) -> None:
    session["status"] = session["status"].replace("terminated", "idle")


def no_nulls(dream: dict[str, Any]) -> None:
    for key in [key for key, value in dream.items() if value is None]:
        del dream[key]


def unsorted(dream: dict[str, Any]) -> None:
    for given in dream["inputs"]:
        given.get("session_ids", []).reverse()


ORG = "anthropic-organization-id"
RETRY = "x-should-retry"


def less_of_models(body: Any) -> None:
    for model in body["data"]:
        model["capabilities"] = None


WIRE = [
    ("a new dream is 201", "dream-create-200", status("POST", "/v1/dreams", 200, 201)),
    ("a new store is 201", "store-create-200", status("POST", "/v1/memory_stores", 200, 201)),
    ("a new session is 202", "session-create-200", status("POST", "/v1/sessions", 200, 202)),
    ("a bad dream is 422", "dream-model-fast-400 dream-unknown-field-400", status("POST", "/v1/dreams", 400, 422)),
    (
        "a refused key names its organization",
        "credential-refused-unnamed",
        header("anthropic-organization-id", "x", "/v1/agents", 401),
    ),
    ("no key is 403", "key-missing-401", status("GET", "/v1/dreams", 401, 403)),
    ("successes have no request id", "request-id-every-answer", no_header("request-id")),
    ("refusals have no request id", "envelope", no_header("request-id", (400, 404))),
    ("the envelope has another request id", "envelope", error(lambda body: body.update(request_id="req_x"))),
    ("the envelope has no type", "envelope", error(lambda body: body.pop("type"))),
    ("refusals say a little more", "unknown-path-404 store-absent-404 memory-absent-404", wordy),
    (
        "refusals are worded otherwise",
        "memory-path-absolute-400 memory-path-dots-400 memory-path-slash-400 memory-path-bytes-400 "
        "memory-path-nfc-400 memory-path-control-400 version-operation-unknown-400 flag-malformed-400 "
        "dream-list-status-unknown-400 memory-view-unknown-400 session-update-agent-fields-400 "
        "session-override-system-400",
        reworded,
    ),
    ("a 401 may be retried", "key-missing-401", no_header(RETRY, (401,))),
    ("a conflict may be retried", "memory-path-taken-409", no_header(RETRY, (409,))),
    ("a beta 404 may be retried", "beta-dreaming-missing-404", no_header(RETRY, (404,))),
    ("an absent dream forbids retries", "dream-absent-404", header(RETRY, "false", "/v1/dreams", 404)),
    ("a stale agent forbids retries", "agent-update-stale-409", header(RETRY, "false", "/v1/agents", 409)),
    ("the organization is not named", "organization-headers", no_header(ORG)),
    ("environments are stamped", "organization-headers-environments", header(ORG, "x", "/v1/environments", 200)),
    ("answers are plain text", "content-type-json", header("content-type", "text/plain", "/", 200, 404)),
    ("a dream lacks a key", "dream-fourteen-keys", each("dream", lambda dream: dream.pop("output_behavior"))),
    ("a dream has a key more", "dream-fourteen-keys", each("dream", lambda dream: dream.update(updated_at=None))),
    ("a dream leaves out nulls", "dream-fourteen-keys-always", each("dream", no_nulls)),
    ("a dream's model is a string", "dream-model-object", each("dream", lambda d: d.update(model=d["model"]["id"]))),
    ("a dream's speed is left out", "dream-model-speed-echoed", each("dream", lambda d: d["model"].pop("speed"))),
    ("session ids are not sorted", "dream-session-ids-sorted", each("dream", unsorted)),
    ("no description is null", "store-description-empty", each("memory_store", empty_is_null)),
    ("a store counts its memories", "store-eight-keys", each("memory_store", lambda s: s.update(memory_count=0))),
    ("a list of memories lacks prefixes", "memory-list-prefixes-key", page("/memories", lambda b: b.pop("prefixes"))),
    (
        "credentials show their tokens",
        "credential-secrets-hidden credential-oauth-unset",
        each("vault_credential", lambda credential: credential["auth"].update(token="mockdreams-contract-secret")),
    ),
    ("a skill too large is only invalid", "skill-too-large-413", status("POST", "/v1/skills", 413, 400)),
    ("skills have no source", "skill-create-200", each("skill", lambda skill: skill.pop("source"))),
    (
        "the last page of stores says null",
        "store-list-last-page",
        page("/memory_stores", lambda body: body.setdefault("next_page", None)),
    ),
    (
        "the last page of dreams does not say null",
        "dream-list-last-page-null",
        page("/dreams", lambda body: body["next_page"] or body.pop("next_page")),
    ),
    (
        "memories are listed by path",
        "memory-list-newest-first",
        page("/memories", lambda body: body["data"].sort(key=lambda memory: memory["path"])),
    ),
    (
        "a conflict does not name the holder",
        "memory-path-taken-409",
        error(lambda b: b["error"].pop("conflicting_path", 0)),
    ),
    ("a change of kind has no details", "environment-kind-change-400", error(lambda b: b["error"].pop("details", 0))),
    ("agents change before they are created", "times-in-order", each("agent", changed_before)),
    ("times have an offset", "times-rfc3339", each("session", zone)),
    ("an archived session is idle", "session-archive-terminated", each("session", terminated_is_idle)),
    ("no budget is left out", "session-keys session-budget-null", each("session", lambda s: s.pop("budget"))),
    (
        "an attached store has an id",
        "session-store-element",
        each("session", lambda s: [r.update(id="x") for r in s["resources"]]),
    ),
    ("a sent event is processed at once", "events-unprocessed", sent_is_processed),
    ("newest first is oldest first", "events-list-order", turned),
    ("no threads are told of", "dream-thread-per-session", page("/events", without_threads)),
    (
        "a thought has content",
        "events-thinking-has-no-content",
        page("/events", lambda body: [e.update(content=[]) for e in body["data"] if e["type"] == "agent.thinking"]),
    ),
    ("an agent hides who it runs as", "agent-execution-identity", each("agent", lambda a: a.pop("execution_identity"))),
    (
        "a deleted store is not said to be",
        "store-delete",
        each("memory_store_deleted", lambda s: s.update(deleted=True)),
    ),
    ("files are paged in the old way", "file-list-keys", page("/files", lambda body: body.update(has_more=False))),
    ("a file without a scope says so", "file-upload-200", each("file", lambda file: file.setdefault("scope", None))),
    (
        "a message counts no cached tokens",
        "message-keys",
        each("message", lambda m: m["usage"].pop("cache_read_input_tokens")),
    ),
    ("the list of models has no ends", "model-list", page("/models", lambda body: body.pop("last_id"))),
    ("a model is told in full only alone", "model-same-alone", page("/models", less_of_models)),
]

SABOTAGES = [Mutant(fault, tuple(breaks.split()), falsify(change)) for fault, breaks, change in WIRE]
