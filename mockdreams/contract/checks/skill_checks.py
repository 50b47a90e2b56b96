"""Skills and their versions."""

import zipfile
from io import BytesIO
from typing import Any

from mockdreams.contract.checking.registry import check, scripted_check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, Workbench
from mockdreams.contract.client.answers import TargetResponse, require, require_equal

URL = "/v1/skills"
KEYS = {"type", "id", "display_name", "source", "latest_version_id", "created_at", "updated_at"}
VERSION_KEYS = {"type", "id", "skill_id", "name", "description", "created_at"}
NAME, WORDS = "contract-notes", "Writes notes."
PREBUILT = {"xlsx", "pptx", "pdf", "docx"}
NO_BETA = {"anthropic-beta": None}
BOUNDARY = "mockdreams-contract"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def manifest(name: str = NAME, words: str = WORDS) -> bytes:
    return f"---\nname: {name}\ndescription: {words}\n---\nTake notes.\n".encode()


def folder(name: str = NAME) -> dict[str, bytes]:
    return {f"{name}/SKILL.md": manifest(name), f"{name}/more.txt": b"More."}


def zipped(files: dict[str, bytes]) -> dict[str, bytes]:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return {"skill.zip": whole.getvalue()}


def form(files: dict[str, bytes], field: str = "files[]", **fields: str) -> bytes:
    parts = [(f'name="{name}"', value.encode()) for name, value in fields.items()]
    parts += [(f'name="{field}"; filename="{path}"', content) for path, content in files.items()]
    lines = [
        b"--%b\r\ncontent-disposition: form-data; %b\r\n\r\n%b\r\n" % (BOUNDARY.encode(), named.encode(), content)
        for named, content in parts
    ]
    return b"".join([*lines, b"--%b--\r\n" % BOUNDARY.encode()])


def post(stage: Workbench, files: dict[str, bytes], path: str = "", **fields: str) -> TargetResponse:
    return stage.post(f"{URL}{path}", form(files, **fields), headers={"content-type": FORM, **NO_BETA})


def new_skill(stage: Workbench, files: dict[str, bytes] | None = None) -> Any:
    return post(stage, files or folder(), display_name=stage.name()).ok()


@cached
def skill(stage: Workbench) -> Any:
    """A skill with two versions."""
    made = new_skill(stage)
    post(stage, folder(), f"/{made['id']}/versions").ok()
    return get(stage, f"/{made['id']}").ok()


def get(stage: Workbench, path: str = "", **query: Any) -> TargetResponse:
    return stage.get(f"{URL}{path}", query, headers=NO_BETA)


def refused(stage: Workbench, files: dict[str, bytes], message: str | None = None) -> None:
    post(stage, files).invalid(message, retry="false")


@check
def skill_create_200(stage: Workbench) -> None:
    name = stage.name()
    made = post(stage, folder(), display_name=name).ok()
    require_equal("the keys", set(made), KEYS)
    found = [made["type"], made["display_name"], made["source"]]
    require_equal("type, name and source", found, ["skill", name, {"type": "custom"}])
    require_equal("the skill", get(stage, f"/{made['id']}").ok(), made)
    unnamed = post(stage, folder()).ok()
    require_equal("by default", unnamed["display_name"], NAME)


@check
def skill_version_keys(stage: Workbench) -> None:
    version = get(stage, f"/{skill(stage)['id']}/versions/{skill(stage)['latest_version_id']}").ok()
    require_equal("the keys", set(version), VERSION_KEYS)
    found = [version[key] for key in ("type", "skill_id", "name", "description")]
    require_equal("the version", found, ["skill_version", skill(stage)["id"], NAME, WORDS])


@check
def skill_zip(stage: Workbench) -> None:
    for files in (zipped(folder()), {"SKILL.md": manifest()}):
        id = new_skill(stage, files)["id"]
        require_equal("the name", get(stage, f"/{id}/versions/latest").ok()["name"], NAME)


@check
def skill_no_beta(stage: Workbench) -> None:
    get(stage).ok()


@check
def skill_files_required_400(stage: Workbench) -> None:
    post(stage, folder(), field="files").invalid("files[]: Field required", retry="false")


@check
def skill_multipart_400(stage: Workbench) -> None:
    stage.post(URL, {"files": []}, headers=NO_BETA).invalid()
    stage.post(URL, form(folder())[:-20], headers={"content-type": FORM, **NO_BETA}).invalid()


@check
def skill_folder_name_400(stage: Workbench) -> None:
    files = {"other/SKILL.md": manifest()}
    refused(stage, files, f"The folder name 'other' must match the skill name '{NAME}' in SKILL.md.")


@check
def skill_zip_folder_400(stage: Workbench) -> None:
    message = "Zip must contain a top-level folder with all files inside it, including SKILL.md"
    refused(stage, zipped({"SKILL.md": manifest()}), message)


@check
def skill_folder_400(stage: Workbench) -> None:
    for files in (folder() | {"other/x": b""}, {f"{NAME}/x": b""}, folder() | {"x": b""}):
        refused(stage, files)


@check
def skill_bundle_400(stage: Workbench) -> None:
    for name in ("Notes", "a b", "x" * 65, "claude-notes", "my-anthropic"):
        refused(stage, {"SKILL.md": manifest(name)})
    for content in (b"# Notes\n", b"---\nname: notes\n---\n", manifest(words="x" * 1025)):
        refused(stage, {"SKILL.md": content})


@check
def skill_display_name_400(stage: Workbench) -> None:
    answer = post(stage, folder(), display_name="x" * 256)
    answer.invalid("display_name must be at most 255 characters long", retry="false")


@check
def skill_absent_404(stage: Workbench) -> None:
    id = f"skill_{ABSENT}"
    for path in ("", "/versions", "/versions/latest"):
        get(stage, f"/{id}{path}").not_found(f"Skill not found: {id}", retry="false")


@check
def skill_malformed_400(stage: Workbench) -> None:
    get(stage, "/nothing").invalid("Invalid skill_id format: nothing", retry="false")


@check
def skill_prebuilt_400(stage: Workbench) -> None:
    get(stage, "/xlsx/versions/latest").invalid("Invalid skill_id format: xlsx", retry="false")
    stage.delete(f"{URL}/xlsx", headers=NO_BETA).invalid(retry="false")


@check
def skill_prebuilt(stage: Workbench) -> None:
    found = {each["id"]: each for each in get(stage, source="anthropic", limit=1000).ok()["data"]}
    require(set(found) >= PREBUILT, f"there are only {sorted(found)}")
    for each in found.values():
        require_equal("source", each["source"], {"type": "anthropic"})
        require(each["latest_version_id"].isdecimal(), f"the version is {each['latest_version_id']}")


@check
def skill_list_source(stage: Workbench) -> None:
    id = skill(stage)["id"]
    require(id in listed(stage, source="custom"), "a custom skill is not custom")
    require(id not in listed(stage, source="anthropic"), "a custom skill is Anthropic's")
    require(id in listed(stage), "a skill is not listed")


@check
def skill_list_newest_first(stage: Workbench) -> None:
    made = [new_skill(stage)["id"] for _ in range(3)]
    require_equal("skills", [id for id in listed(stage, source="custom") if id in made], made[::-1])
    skill_id, versions = made[0], [get(stage, f"/{made[0]}").ok()["latest_version_id"]]
    versions += [post(stage, folder(), f"/{skill_id}/versions").ok()["id"] for _ in range(2)]
    require_equal("versions", listed(stage, f"/{skill_id}/versions"), versions[::-1])


def listed(stage: Workbench, path: str = "", **query: Any) -> list[str]:
    """The ids of a list, two a page."""
    pages = stage.pages(f"{URL}{path}", query, limit=2, headers=NO_BETA)
    return [each["id"] for page in pages for each in page["data"]]


@check
def skill_list_last_page(stage: Workbench) -> None:
    for path in ("", f"/{skill(stage)['id']}/versions"):
        page = get(stage, path, limit=1000).ok()
        require_equal("the keys", set(page), {"data", "next_page"})
        require_equal("next_page", page["next_page"], None)


@check
def skill_list_limit_400(stage: Workbench) -> None:
    for limit in (0, 1001):
        get(stage, limit=limit).invalid("limit must be between 1 and 1000", retry="false")


@check
def skill_list_source_400(stage: Workbench) -> None:
    get(stage, source="plugin").invalid("source must be one of custom, anthropic", retry="false")


@check
def skill_list_page_400(stage: Workbench) -> None:
    get(stage, page="x").invalid("page is not a valid page token.", retry="false")


@check
def skill_version_latest(stage: Workbench) -> None:
    made = new_skill(stage)
    second = post(stage, folder(), f"/{made['id']}/versions").ok()["id"]
    for latest in (second, made["latest_version_id"]):
        require_equal("latest_version_id", get(stage, f"/{made['id']}").ok()["latest_version_id"], latest)
        require_equal("latest", get(stage, f"/{made['id']}/versions/latest").ok()["id"], latest)
        if latest == second:
            stage.delete(f"{URL}/{made['id']}/versions/{second}", headers=NO_BETA).ok()


@check
def skill_version_name_400(stage: Workbench) -> None:
    post(stage, folder("other"), f"/{skill(stage)['id']}/versions").invalid(
        "Skill name 'other' in SKILL.md must be consistent across all versions for a given `skill_id`. "
        f"Expected '{NAME}'.",
        retry="false",
    )


@check
def skill_version_malformed_400(stage: Workbench) -> None:
    for version in ("1759178010641129", "skver_x"):
        answer = get(stage, f"/{skill(stage)['id']}/versions/{version}")
        answer.invalid(f"Invalid version id: '{version}'", retry="false")


@check
def skill_version_absent_404(stage: Workbench) -> None:
    get(stage, f"/{skill(stage)['id']}/versions/skver_{ABSENT}").not_found(retry="false")


@check
def skill_version_latest_400(stage: Workbench) -> None:
    path = f"{URL}/{skill(stage)['id']}/versions/latest"
    stage.delete(path, headers=NO_BETA).invalid(retry="false")
    stage.get(f"{path}/content", headers=NO_BETA).invalid(retry="false")


@check
def skill_version_only_400(stage: Workbench) -> None:
    made = new_skill(stage)
    stage.delete(f"{URL}/{made['id']}/versions/{made['latest_version_id']}", headers=NO_BETA).invalid(
        "cannot delete a Skill's only version. Delete the Skill, or create another version first", retry="false"
    )


@check
def skill_download(stage: Workbench) -> None:
    answer = get(stage, f"/{skill(stage)['id']}/versions/{skill(stage)['latest_version_id']}/content")
    require_equal("the status", answer.status, 200)
    disposition = answer.headers.get("content-disposition")
    require_equal("content-disposition", disposition, f"attachment; filename*=utf-8''{NAME}.zip")
    require(answer.text.startswith("PK"), "it is no zip")


@check
def skill_delete(stage: Workbench) -> None:
    made = new_skill(stage)
    deleted = stage.delete(f"{URL}/{made['id']}", headers=NO_BETA).ok()
    require_equal("the answer", deleted, {"id": made["id"], "type": "skill_deleted"})
    for path in ("", f"/versions/{made['latest_version_id']}"):
        get(stage, f"/{made['id']}{path}").not_found()


@check
def session_skill_absent_400(stage: Workbench) -> None:
    made = new_skill(stage)
    agent = stage.new_agent(skills=[{"type": "custom", "skill_id": made["id"]}])
    stage.delete(f"{URL}/{made['id']}", headers=NO_BETA).ok()
    message = f'Could not resolve one or more skills: skill "{made["id"]}" version "latest" not found'
    stage.post("/v1/sessions", stage.session_body(agent=agent["id"])).invalid(message)


@check
def agent_skill_absent_400(stage: Workbench) -> None:
    missing = {"type": "custom", "skill_id": f"skill_{ABSENT}"}
    body = {"name": stage.name(), "model": stage.model}
    for version, words in ((None, ""), (f"skver_{ABSENT}", f" version `skver_{ABSENT}`")):
        named = missing if version is None else {**missing, "version": version}
        answer = stage.post("/v1/agents", {**body, "skills": [named]})
        answer.invalid(f"Agent has invalid configuration: `skill_id` `skill_{ABSENT}`{words} not found")


@scripted_check
def skill_too_large_413(stage: Workbench) -> None:
    with stage.policy(skill_max_bytes=64):
        error = post(stage, {f"{NAME}/SKILL.md": manifest(words="Long " * 20)}).refused(413, "request_too_large")
    require(bool(error["message"]), "it does not say so")
