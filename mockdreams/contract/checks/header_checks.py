"""Headers and the envelope."""

import re

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.client.answers import require, require_each, require_equal
from mockdreams.contract.client.target import AGENT_MEMORY, DREAMING, MANAGED_AGENTS

NAMES = ("anthropic-organization-id", "anthropic-workspace-id")
LISTS = ("/v1/dreams", "/v1/memory_stores", "/v1/sessions", "/v1/agents", "/v1/environments")
UNKNOWN, OAUTH = "made-up-2026-01-01", "oauth-2025-04-20"
FOREIGN = "wrkspc_01" + "1" * 21 + "2"
UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@check
def key_missing_401(stage: Workbench) -> None:
    for path in LISTS:
        answer = stage.get(path, headers={"x-api-key": None})
        answer.refused(401, "authentication_error", "x-api-key header is required", retry="false")


@check
def key_missing_unnamed(stage: Workbench) -> None:
    answer = stage.get("/v1/memory_stores", headers={"x-api-key": None})
    require(not any(name in answer.headers for name in NAMES), "the answer names an organization or workspace", answer)


@check
def bearer_bad_401(stage: Workbench) -> None:
    answer = stage.get("/v1/memory_stores", headers={"x-api-key": None, "authorization": "Bearer"})
    answer.refused(401, "authentication_error", "Invalid bearer token")


@check
def key_as_bearer(stage: Workbench) -> None:
    named = stage.get("/v1/memory_stores").headers
    answer = stage.get("/v1/memory_stores", headers=stage.target.bearer)
    answer.ok()
    for name in NAMES:
        require_equal(name, answer.headers.get(name), named.get(name))


@check
def version_missing_400(stage: Workbench) -> None:
    for path in LISTS:
        stage.get(path, headers={"anthropic-version": None}).invalid("anthropic-version: header is required")


@check
def version_unknown_400(stage: Workbench) -> None:
    for version in ("latest", "2023-06-02"):
        stage.get("/v1/memory_stores", headers={"anthropic-version": version}).invalid()


@check
def version_either(stage: Workbench) -> None:
    for path in LISTS:
        for version in ("2023-06-01", "2026-10-21"):
            stage.get(path, headers={"anthropic-version": version}).ok()


@check
def gate_order(stage: Workbench) -> None:
    lacking: dict[str, str | None] = {"x-api-key": None, "anthropic-beta": None, "anthropic-version": None}
    stage.post("/v1/nonsense", b"{", headers=lacking).not_found("Not found", retry="false")
    stage.post("/v1/sessions", b"{", headers=lacking).refused(401, "authentication_error")
    del lacking["x-api-key"]
    stage.post("/v1/sessions", b"{", headers=lacking).not_found("not found", retry="false")
    del lacking["anthropic-beta"]
    stage.post("/v1/sessions", b"{", headers=lacking).invalid("anthropic-version: header is required")


@check
def beta_unknown_400(stage: Workbench) -> None:
    answer = stage.get("/v1/environments", headers={"anthropic-beta": f"{MANAGED_AGENTS},{UNKNOWN}"})
    require(f"`{UNKNOWN}`" in answer.invalid()["message"], "the value is not named", answer)


@check
def beta_unknown_ignored(stage: Workbench) -> None:
    for path in ("/v1/sessions", "/v1/agents"):
        stage.get(path, headers={"anthropic-beta": f"{MANAGED_AGENTS},{UNKNOWN}"}).ok()
        stage.get(path, headers={"anthropic-beta": UNKNOWN}).not_found("not found", retry="false")


@check
def beta_unknown_ignored_dreams(stage: Workbench) -> None:
    for path, beta in (("/v1/dreams", DREAMING), ("/v1/memory_stores", AGENT_MEMORY)):
        stage.get(path, headers={"anthropic-beta": f"{beta},{UNKNOWN}"}).ok()
        stage.get(path, headers={"anthropic-beta": UNKNOWN}).not_found(retry="false")


@check
def beta_oauth_ignored(stage: Workbench) -> None:
    own = {"/v1/dreams": DREAMING, "/v1/memory_stores": AGENT_MEMORY}
    for path in LISTS:
        stage.get(path, headers={"anthropic-beta": f"{own.get(path, MANAGED_AGENTS)},{OAUTH}"}).ok()


@check
def beta_environments_one(stage: Workbench) -> None:
    answer = stage.get("/v1/environments", headers={"anthropic-beta": f"{MANAGED_AGENTS},environments-2025-11-01"})
    answer.invalid("Only one environments beta header may be specified per request.")


@check
def beta_dreaming_missing_404(stage: Workbench) -> None:
    for path in ("/v1/dreams", f"/v1/dreams/drm_{ABSENT}"):
        for beta in (None, MANAGED_AGENTS):
            stage.get(path, headers={"anthropic-beta": beta}).not_found(retry="false")


@check
def beta_managed_agents_missing_404(stage: Workbench) -> None:
    for path in ("/v1/sessions", "/v1/agents"):
        for beta in (None, DREAMING):
            stage.get(path, headers={"anthropic-beta": beta}).not_found("not found", retry="false")


@check
def beta_memory_either(stage: Workbench) -> None:
    for beta in (AGENT_MEMORY, MANAGED_AGENTS):
        stage.get("/v1/memory_stores", headers={"anthropic-beta": beta}).ok()


@check
def beta_memory_both_400(stage: Workbench) -> None:
    stage.get("/v1/memory_stores", headers={"anthropic-beta": f"{AGENT_MEMORY},{MANAGED_AGENTS}"}).invalid()


@check
def beta_memory_missing_404(stage: Workbench) -> None:
    stage.get("/v1/memory_stores", headers={"anthropic-beta": None}).not_found(retry="false")


@check
def beta_dreams_alone_or_with(stage: Workbench) -> None:
    for beta in (DREAMING, f"{MANAGED_AGENTS},{DREAMING}", f"{DREAMING}, {MANAGED_AGENTS}"):
        stage.get("/v1/dreams", headers={"anthropic-beta": beta}).ok()


@check
def beta_environments_optional(stage: Workbench) -> None:
    stage.get("/v1/environments", headers={"anthropic-beta": None}).ok()


@check
def beta_query_ignored(stage: Workbench) -> None:
    for path in ("/v1/dreams", "/v1/memory_stores"):
        require_equal(path, set(stage.get(path, {"beta": True}).ok()), set(stage.get(path).ok()))


@check
def workspace_malformed_400(stage: Workbench) -> None:
    for sent in ("default", "wrkspc_", "nonsense"):
        answer = stage.get("/v1/memory_stores", headers={"anthropic-workspace-id": sent})
        answer.invalid("anthropic-workspace-id header must be a valid workspace ID.")


@check
def workspace_foreign_404(stage: Workbench) -> None:
    answer = stage.get("/v1/memory_stores", headers={"anthropic-workspace-id": FOREIGN})
    message = answer.not_found()["message"]
    require(re.fullmatch(f"Workspace `{UUID}` not found.", message), "the workspace is not named by its UUID", answer)


@check
def workspace_own_accepted(stage: Workbench) -> None:
    own = stage.get("/v1/memory_stores").headers["anthropic-workspace-id"]
    stage.get("/v1/memory_stores", headers={"anthropic-workspace-id": own}).ok()


@check
def envelope(stage: Workbench) -> None:
    stage.get(f"/v1/dreams/drm_{ABSENT}").not_found()
    stage.get(f"/v1/memory_stores/memstore_{ABSENT}").not_found()
    stage.get(f"/v1/sessions/sesn_{ABSENT}").not_found()
    stage.get("/v1/dreams", {"limit": 0}).invalid()
    stage.get("/v1/nonsense").not_found()
    stage.post("/v1/memory_stores", b"{").invalid()


@check
def request_id_every_answer(stage: Workbench) -> None:
    answers = [stage.get(path) for path in (*LISTS, "/v1/nonsense")]
    require_each("request-id", answers, lambda answer: answer.headers.get("request-id", "").startswith("req_"))
    ids = [answer.headers["request-id"] for answer in answers]
    require_equal("different request ids", len(set(ids)), len(ids))


@check
def content_type_json(stage: Workbench) -> None:
    answers = [stage.get("/v1/dreams"), stage.get("/v1/nonsense"), stage.get("/v1/memory_stores")]
    require_each("content-type", answers, lambda a: a.headers.get("content-type", "").startswith("application/json"))


@check
def organization_headers(stage: Workbench) -> None:
    named = [stage.get(path) for path in LISTS[:4]] + [stage.get(f"/v1/dreams/drm_{ABSENT}")]
    require_each("organization", named, lambda answer: re.fullmatch(UUID, answer.headers.get(NAMES[0], "")))
    require_each("workspace", named, lambda answer: answer.headers.get(NAMES[1], "").startswith("wrkspc_"))
    require_equal("one workspace", len({answer.headers[NAMES[1]] for answer in named}), 1)


@check
def organization_headers_environments(stage: Workbench) -> None:
    answer = stage.get("/v1/environments")
    require(not any(name in answer.headers for name in NAMES), "the answer names an organization or workspace", answer)


@check
def unknown_path_404(stage: Workbench) -> None:
    for path in ("/v1/nonsense", "/v1/memory_stores/a/b", "/v2/dreams"):
        stage.get(path).not_found("Not found", retry="false")


@check
def method_405(stage: Workbench) -> None:
    for path in ("/v1/memory_stores", "/v1/sessions"):
        stage.target.ask("PUT", path, {}).refused(405, "invalid_request_error", "Method Not Allowed")


@check
def body_too_large_413(stage: Workbench) -> None:
    body = b'{"name": "' + b"x" * (32 * 1024 * 1024) + b'"}'
    for path in ("/v1/agents", "/v1/sessions"):
        stage.post(path, body).refused(413, "request_too_large")


@check
def body_not_json_400(stage: Workbench) -> None:
    for body in (b"", b"{", b"nonsense", b'{"name": "\xff"}'):
        for path in ("/v1/memory_stores", "/v1/dreams", "/v1/sessions"):
            stage.post(path, body).invalid()


@check
def body_not_object_400(stage: Workbench) -> None:
    for body in (b"[]", b"null", b"3", b'"x"'):
        stage.post("/v1/memory_stores", body).invalid()


@check
def body_keys_400(stage: Workbench) -> None:
    schema = {"type": "object", "properties": {f"p{number}": {} for number in range(5_001)}}
    tool = {"type": "custom", "name": "large", "description": "Large.", "input_schema": schema}
    stage.post("/v1/agents", {"name": stage.name(), "model": stage.model, "tools": [tool]}).invalid()


@check
def unknown_field_400(stage: Workbench) -> None:
    for path in ("/v1/memory_stores", "/v1/agents"):
        body = {"name": stage.name(), "model": stage.model} if path == "/v1/agents" else {"name": stage.name()}
        stage.post(path, {**body, "x": 1}).invalid('Failed to parse request body: unknown field "x"')


@check
def unknown_field_first(stage: Workbench) -> None:
    for path in ("/v1/memory_stores", "/v1/agents", "/v1/dreams", "/v1/sessions"):
        stage.post(path, {"x": 1}).invalid('Failed to parse request body: unknown field "x"')


@check
def limit_not_a_number_400(stage: Workbench) -> None:
    for path in LISTS:
        stage.get(path, {"limit": "ten"}).invalid()


@check
def flag_malformed_400(stage: Workbench) -> None:
    for path in LISTS:
        answer = stage.get(path, {"include_archived": "perhaps"})
        answer.invalid('Failed to parse request body: invalid value for bool field include_archived: "perhaps"')


@check
def time_malformed_400(stage: Workbench) -> None:
    for path in ("/v1/sessions", "/v1/dreams"):
        stage.get(path, {"created_at[gt]": "soon"}).invalid()


@check
def cursor_foreign_400(stage: Workbench) -> None:
    for path in LISTS:
        for cursor in ("2", "page_", "page_AAAA"):
            stage.get(path, {"page": cursor}).invalid("invalid page cursor")


@check
def session_list_agent_malformed_400(stage: Workbench) -> None:
    for id in ("agent_x", f"env_{ABSENT}"):
        stage.get("/v1/sessions", {"agent_id": id}).invalid("Invalid agent ID.")
