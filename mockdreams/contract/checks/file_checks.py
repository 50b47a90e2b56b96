"""Files."""

from typing import Any

from mockdreams.contract.checking.registry import check, scripted_check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.client.answers import CheckSkipped, TargetResponse, require, require_each, require_equal

URL = "/v1/files"
KEYS = {"id", "type", "filename", "mime_type", "size_bytes", "created_at", "downloadable", "expires_at"}
GONE = f"file_{ABSENT}"
NO_BETA = {"anthropic-beta": None}
BOUNDARY = "mockdreams-contract"
WORDS = "The staging port is 8081."


def form(*parts: tuple[str, str | None, str]) -> bytes:
    """A form of parts: a name, a filename if it is a file's, and what is in it."""
    lines = []
    for name, filename, content in parts:
        named = f'; filename="{filename}"' if filename is not None else ""
        kind = "content-type: text/plain\r\n" if filename is not None else ""
        lines.append(f'--{BOUNDARY}\r\ncontent-disposition: form-data; name="{name}"{named}\r\n{kind}\r\n{content}\r\n')
    return "".join([*lines, f"--{BOUNDARY}--\r\n"]).encode()


def post(stage: Workbench, content: bytes, kind: str = f"multipart/form-data; boundary={BOUNDARY}") -> TargetResponse:
    return stage.post(URL, content, headers={"content-type": kind, **NO_BETA})


def upload(stage: Workbench, filename: str = "", content: str = WORDS, **fields: Any) -> TargetResponse:
    others = [(name, None, str(value)) for name, value in fields.items()]
    return post(stage, form(("file", filename or f"{stage.name()}.txt", content), *others))


@cached
def three(stage: Workbench) -> list[Any]:
    """Three uploads, oldest first."""
    return [upload(stage).ok() for _ in range(3)]


@cached
def attached(stage: Workbench) -> Any:
    """A session with an upload; and the upload."""
    file = upload(stage).ok()
    return stage.new_session(resources=[{"type": "file", "file_id": file["id"]}]), file


def files_of(stage: Workbench, session_id: str) -> list[Any]:
    return stage.listed(URL, {"scope_id": session_id})


@cached
def written(stage: Workbench) -> Any:
    """A session whose agent has written a file; and the file."""
    agent = stage.new_agent(tools=[{"type": "agent_toolset_20260401"}])["id"]
    session = stage.new_session(agent=agent)["id"]
    stage.say(session, "Write one line that says: ready. Put it into /mnt/session/outputs/state.txt and nothing else.")
    return session, stage.until(lambda: files_of(stage, session), lambda found: found, "a file of the session")[0]


@check
def file_upload_200(stage: Workbench) -> None:
    file = three(stage)[0]
    require_equal("the keys of an upload", set(file), KEYS)
    told = {"type": "file", "mime_type": "text/plain", "size_bytes": len(WORDS), "downloadable": False}
    require_equal("what it says", {name: file[name] for name in told}, told)
    require_equal("expires_at", file["expires_at"], None)
    require_equal("the file, read again", stage.get(f"{URL}/{file['id']}", headers=NO_BETA).ok(), file)


@check
def file_list_newest_first(stage: Workbench) -> None:
    wanted = [file["id"] for file in reversed(three(stage))]
    found = [file["id"] for file in stage.listed(URL, limit=2) if file["id"] in wanted]
    require_equal("the files, page by page", found, wanted)


@check
def file_list_keys(stage: Workbench) -> None:
    wanted = {"ids[]": [file["id"] for file in three(stage)]}
    require_equal("the keys", set(stage.get(URL, wanted, headers=NO_BETA).ok()), {"data", "next_page"})
    managed = stage.get(URL, {"limit": 1}).ok()
    require_equal("the keys with the beta", set(managed), {"data", "next_page", "has_more", "first_id", "last_id"})
    require_equal("first and last", [managed["first_id"], managed["last_id"]], [managed["data"][0]["id"]] * 2)


@check
def file_list_by_ids(stage: Workbench) -> None:
    first, second, _ = (file["id"] for file in three(stage))
    page = stage.get(URL, {"ids[]": [first, GONE, second, first]}).ok()
    require_equal("the files", sorted(file["id"] for file in page["data"]), sorted([first, second]))
    require_equal("next_page", page["next_page"], None)


@check
def file_list_ids_400(stage: Workbench) -> None:
    id = three(stage)[0]["id"]
    many = [f"file_{number}" for number in range(101)]
    for query in ({"ids[]": [id], "limit": 1}, {"ids[]": [id], "page": "page_x"}, {"ids[]": many}):
        stage.get(URL, query).invalid()


@check
def file_list_cursors_400(stage: Workbench) -> None:
    id = three(stage)[0]["id"]
    stage.get(URL, {"after_id": id, "before_id": id}).invalid()


@check
def file_list_scope_beta_400(stage: Workbench) -> None:
    stage.get(URL, {"scope_id": stage.session}, headers=NO_BETA).invalid()


@check
def file_no_beta(stage: Workbench) -> None:
    stage.get(URL, {"limit": 1}, headers=NO_BETA).ok()
    stage.get(URL, {"limit": 1}, headers={"anthropic-beta": "files-api-2025-04-14"}).ok()


@check
def file_beta_unknown_400(stage: Workbench) -> None:
    answer = stage.get(URL, headers={"anthropic-beta": "future-beta"})
    require("`future-beta`" in answer.invalid()["message"], "the beta is not named", answer)


@check
def file_absent_404(stage: Workbench) -> None:
    for path in (f"{URL}/{GONE}", f"{URL}/{GONE}/content"):
        stage.get(path).not_found(f"File `{GONE}` not found.", retry="false")
    stage.delete(f"{URL}/{GONE}").not_found(retry="false")


@check
def file_delete(stage: Workbench) -> None:
    id = upload(stage).ok()["id"]
    require_equal("the answer", stage.delete(f"{URL}/{id}").ok(), {"id": id, "type": "file_deleted"})
    stage.get(f"{URL}/{id}").not_found()


@check
def file_required_400(stage: Workbench) -> None:
    post(stage, form(("files", "a.txt", "x"))).invalid("file: Field required", retry="false")


@check
def file_unnamed(stage: Workbench) -> None:
    for filename, name in (("", "unnamed.txt"), (None, "unnamed")):
        file = post(stage, form(("file", filename, WORDS))).ok()
        require_equal("the name", file["filename"], name)
        stage.delete(f"{URL}/{file['id']}", headers=NO_BETA).ok()


@check
def file_multipart_400(stage: Workbench) -> None:
    post(stage, b'{"file": "x"}', "application/json").invalid()
    post(stage, form(("file", "a.txt", "x"))[:-20]).invalid()


@check
def file_name_400(stage: Workbench) -> None:
    for name in ("a<b.txt", "a:b.txt", "a?b.txt", "x" * 256):
        upload(stage, name).invalid(retry="false")


@check
def file_name_last_part(stage: Workbench) -> None:
    name = f"{stage.name()}.txt"
    require_equal("the filename", upload(stage, f"/some/where/{name}").ok()["filename"], name)


@check
def file_expiry_range_400(stage: Workbench) -> None:
    for seconds in (3599, 7_776_001, "soon"):
        upload(stage, expires_in_seconds=seconds).invalid()


@check
def file_expires(stage: Workbench) -> None:
    file = upload(stage, expires_in_seconds=3600).ok()
    require(file["expires_at"] and file["expires_at"] > file["created_at"], "it never expires")


@check
def file_expired_404(stage: Workbench) -> None:
    if not stage.target.is_fake:
        raise CheckSkipped("needs an hour")
    file = upload(stage, expires_in_seconds=3600).ok()
    stage.target.control("POST", "/clock", {"advance": 3601})
    error = stage.get(f"{URL}/{file['id']}/content").not_found()
    require_equal("the details", error.get("details"), {"error_code": "file_expired"})
    require_equal("the file, read again", stage.get(f"{URL}/{file['id']}").ok(), file)


@check
def file_not_downloadable_400(stage: Workbench) -> None:
    id = three(stage)[0]["id"]
    error = stage.get(f"{URL}/{id}/content").invalid(
        f"File `{id}` is not downloadable. Only files generated by a tool (for example, the code execution tool) can "
        "be downloaded.",
        retry="false",
    )
    require_equal("the details", error.get("details"), {"error_code": "file_not_downloadable"})


@check
def resource_file_copied(stage: Workbench) -> None:
    session, original = attached(stage)
    (resource,) = session["resources"]
    require(resource["file_id"] != original["id"], "the resource names the upload itself")
    copy = stage.get(f"{URL}/{resource['file_id']}").ok()
    own = {"id": copy["id"], "created_at": copy["created_at"], "scope": {"type": "session", "id": session["id"]}}
    require_equal("the copy", copy, {**original, **own})


@check
def file_scope(stage: Workbench) -> None:
    session, original = attached(stage)
    copy = session["resources"][0]["file_id"]
    require_equal("the files of the session", [file["id"] for file in files_of(stage, session["id"])], [copy])
    listed = {file["id"] for file in stage.listed(URL)}
    require(original["id"] in listed and copy not in listed, "without a scope, only uploads are listed")


@check
def file_copy_survives(stage: Workbench) -> None:
    file = upload(stage).ok()
    session = stage.new_session(resources=[{"type": "file", "file_id": file["id"]}])
    copy = session["resources"][0]["file_id"]
    stage.delete(f"{URL}/{file['id']}").ok()
    stage.get(f"{URL}/{copy}").ok()
    stage.delete(f"/v1/sessions/{session['id']}").ok()
    stage.get(f"{URL}/{copy}").not_found()


@check
def resource_file_absent_404(stage: Workbench) -> None:
    body = stage.session_body(resources=[{"type": "file", "file_id": GONE}])
    stage.post("/v1/sessions", body).not_found(
        f"One or more files not found. Check that each `file_id` exists and is accessible: {GONE}"
    )


@check
def resource_file_malformed_400(stage: Workbench) -> None:
    answer = stage.post(f"/v1/sessions/{stage.session}/resources", {"type": "file", "file_id": "memstore_x"})
    message = answer.invalid()["message"]
    require(message.startswith("Invalid file resource: invalid file_id: "), "the id is not named", answer)


@check
def events_file_absent_404(stage: Workbench) -> None:
    document = {"type": "document", "source": {"type": "file", "file_id": GONE}}
    stage.send(stage.session, {"type": "user.message", "content": [document]}).not_found()


@check
def outcome_file_rubric_400(stage: Workbench) -> None:
    rubric = {"type": "file", "file_id": upload(stage, content="").ok()["id"]}
    stage.send(stage.session, {"type": "user.define_outcome", "description": "x", "rubric": rubric}).invalid()


@check
def outcome_file_rubric_text(stage: Workbench) -> None:
    session, rubric = (
        stage.new_session()["id"],
        {"type": "file", "file_id": upload(stage, content="- Says ready.").ok()["id"]},
    )
    sent = stage.send(session, {"type": "user.define_outcome", "description": "Say ready.", "rubric": rubric}).ok()
    require_equal("the rubric", sent["data"][0]["rubric"], {"type": "text", "content": "- Says ready."})


@check
def file_output_listed(stage: Workbench) -> None:
    session, file = written(stage)
    require_equal("the keys of an output", set(file), KEYS | {"scope"})
    require_equal("the scope", file["scope"], {"type": "session", "id": session})
    require_equal("filename and downloadable", (file["filename"], file["downloadable"]), ("state.txt", True))


@check
def file_output_downloaded(stage: Workbench) -> None:
    answer = stage.get(f"{URL}/{written(stage)[1]['id']}/content")
    require(answer.status == 200 and "ready" in answer.text.lower(), "it is not what was written", answer)
    size = written(stage)[1]["size_bytes"]
    require_equal("the size", len(answer.text.encode()), size)


@scripted_check
def file_quota_code(stage: Workbench) -> None:
    with stage.policy(file_storage_max_bytes=1):
        error = upload(stage).invalid()
    require_equal("the details", error.get("details"), {"error_code": "storage_quota_exceeded"})


@scripted_check
def file_quota_400(stage: Workbench) -> None:
    require_each("the uploads", three(stage), lambda file: file["size_bytes"] == len(WORDS))
    with stage.policy(file_storage_max_bytes=1):
        upload(stage).invalid()


@scripted_check
def file_too_large_413(stage: Workbench) -> None:
    with stage.policy(file_max_bytes=len(WORDS)):
        upload(stage).ok()
        upload(stage, content=f"{WORDS}.").refused(413, "request_too_large")


# Files of sessions

UPLOADS = "/mnt/session/uploads"


def mounted(stage: Workbench, *paths: str) -> TargetResponse:
    """What comes of a session that wants one file at these paths."""
    id = three(stage)[0]["id"]
    return stage.post(
        "/v1/sessions",
        stage.session_body(resources=[{"type": "file", "file_id": id, "mount_path": path} for path in paths]),
    )


@check
def resource_mount_rooted(stage: Workbench) -> None:
    asked = ["a.txt", "/b.txt", "/tmp/c.txt", "/uploads/d.txt", f"{UPLOADS}/e.txt"]
    found = [resource["mount_path"] for resource in mounted(stage, *asked).ok()["resources"]]
    require_equal(
        "the paths", found, [f"{UPLOADS}/{path}" for path in ("a.txt", "b.txt", "tmp/c.txt", "d.txt", "e.txt")]
    )


@check
def resource_mount_escapes_400(stage: Workbench) -> None:
    mounted(stage, "../a.txt").invalid('Invalid file resource: mount path "../a.txt" escapes /uploads/')


@check
def resource_mount_overlaps_400(stage: Workbench) -> None:
    overlap = "Invalid file resource: `mount_path` overlaps another resource: /uploads/"
    mounted(stage, "a.txt", "/a.txt").invalid(f"{overlap}a.txt")
    mounted(stage, "a", "a/b.txt").invalid(f"{overlap}a/b.txt")


@check
def resource_file_unreadable_400(stage: Workbench) -> None:
    path = f"/v1/sessions/{stage.session}/resources"
    stage.post(path, {"type": "file", "file_id": three(stage)[0]["id"]}).invalid(
        "Missing required tool: file resources require the read tool to be usable (enabled and not always_deny) on "
        "the session's `agent_toolset`"
    )


@scripted_check
def session_files_500(stage: Workbench) -> None:
    files = [{"type": "file", "file_id": file["id"]} for file in three(stage)]
    with stage.policy(files_per_session=2):
        session = stage.new_session(resources=files[:2])["id"]
        stage.post(f"/v1/sessions/{session}/resources", files[2]).invalid()
        stage.post("/v1/sessions", stage.session_body(resources=files)).invalid()
