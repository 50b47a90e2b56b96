"""The Skills resource: uploading, versions, downloading, deleting, and agents and sessions that use them."""

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from zipfile import ZIP_BZIP2, ZipFile

import anthropic
import httpx2
import pytest

from mockdreams import MockDreams
from tests.support.helpers import ABSENT, MODEL, Scene, refused

PREBUILT = ["xlsx", "pptx", "pdf", "docx"]
Files = list[tuple[str, bytes]]


def manifest(name: str = "release-notes", description: str = "Writes release notes.") -> bytes:
    return f"---\nname: {name}\ndescription: {description}\n---\n# How\n".encode()


def folder(name: str = "release-notes", /, **files: bytes) -> Files:
    """The files of a skill, each with its path."""
    return [(f"{name}/SKILL.md", manifest(name)), *((f"{name}/{path}", content) for path, content in files.items())]


def archive(files: Files, **options: Any) -> Files:
    """A zip, as the one file of an upload."""
    whole = BytesIO()
    with ZipFile(whole, "w", **options) as zipped:
        for path, content in files:
            zipped.writestr(path, content)
    return [("skill.zip", whole.getvalue())]


def unzipped(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


@pytest.fixture
def skills(mockdreams: MockDreams) -> Iterator[Any]:
    """The resource of a client that insists on the documented shapes."""
    with mockdreams.client(max_retries=0, _strict_response_validation=True) as client:
        yield client.beta.skills


def post(scene: Scene, files: Files, path: str = "", name: str = "files[]", **fields: str) -> httpx2.Response:
    return scene.http.post(f"/v1/skills{path}", files=[(name, part) for part in files], data=fields)


def test_a_skill_is_made_of_its_files(skills: Any, scene: Scene) -> None:
    skill = skills.create(
        files=[*folder(), ("release-notes/scripts/run.py", b"print(1)")], display_name="Release notes"
    )
    assert scene.http.get(f"/v1/skills/{skill.id}").json() == {
        "type": "skill",
        "id": skill.id,
        "display_name": "Release notes",
        "source": {"type": "custom"},
        "latest_version_id": skill.latest_version_id,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
    }
    version = skills.versions.retrieve("latest", skill_id=skill.id)
    assert version.to_dict(mode="json") == {
        "type": "skill_version",
        "id": skill.latest_version_id,
        "skill_id": skill.id,
        "name": "release-notes",
        "description": "Writes release notes.",
        "created_at": "2026-01-01T00:00:00Z",
    }
    assert skills.versions.retrieve(version.id, skill_id=skill.id) == version


@pytest.mark.parametrize(
    "files",
    [
        folder(),
        archive(folder()),
        [("SKILL.md", manifest())],
        [("release-notes/SKILL.md", manifest().replace(b"\n", b"\r\n"))],
        [("release-notes/SKILL.md", b"\xef\xbb\xbf" + manifest())],
        [("release-notes/SKILL.md", b"---\nname: release-notes\ndescription: Writes release notes.\nx: [1]\n---")],
    ],
    ids=["files", "zip", "bare", "crlf", "bom", "more keys"],
)
def test_what_a_skill_can_come_in(skills: Any, files: Files) -> None:
    skill = skills.create(files=files)
    assert skill.display_name == "release-notes"
    version = skills.versions.retrieve(skill.latest_version_id, skill_id=skill.id)
    assert (version.name, version.description) == ("release-notes", "Writes release notes.")


def test_a_download_is_a_zip_of_the_folder(skills: Any, scene: Scene) -> None:
    files = [
        *folder(),
        ("release-notes/a.bin", bytes(range(256)) * 100),
        ("release-notes/deep/er/b.txt", b""),
    ]
    for sent in (files, archive(files)):
        skill = skills.create(files=sent)
        url = f"/v1/skills/{skill.id}/versions/{skill.latest_version_id}/content"
        answer = scene.http.get(url)
        assert answer.headers["content-type"] == "application/zip"
        assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''release-notes.zip"
        assert unzipped(answer.content) == dict(files)
        assert scene.http.get(url).content == answer.content
        downloaded = skills.versions.download(skill.latest_version_id, skill_id=skill.id)
        assert downloaded.read() == answer.content


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "files[]: Field required"),
        (
            [("a/SKILL.md", manifest("b"))],
            "The folder name 'a' must match the skill name 'b' in SKILL.md.",
        ),
        (
            archive([("SKILL.md", manifest())]),
            "Zip must contain a top-level folder with all files inside it, including SKILL.md",
        ),
        (
            archive([*folder(), ("other/x", b"")]),
            "Zip must contain a top-level folder with all files inside it, including SKILL.md",
        ),
        *(
            (files, "All files must be in the same top-level folder, with a SKILL.md at its root.")
            for files in (
                [("release-notes/x.md", b"")],
                [*folder(), ("x.md", b"")],
                [*folder(), ("other/x.md", b"")],
                [*folder(), ("release-notes/../x.md", b"")],
                [*folder(), ("release-notes//x.md", b"")],
                [*folder(), ("/release-notes/x.md", b"")],
            )
        ),
        ([*folder(), *folder()], "The file 'release-notes/SKILL.md' is there twice."),
        ([("x.zip", b"PK\x03\x04 and then nothing")], "The uploaded file is not a valid zip archive."),
        (archive(folder(), compression=ZIP_BZIP2), "The uploaded file is not a valid zip archive."),
        *(
            ([("SKILL.md", content)], "SKILL.md must begin with YAML frontmatter that has a name and a description")
            for content in (b"", b"# Title\n", b"---\nname: x", b"---\n- a\n---\n", b"---\n{\n---\n", b"\xff\xfe")
        ),
        *(
            (
                [("SKILL.md", manifest(name))],
                "SKILL.md: name must be 1 to 64 lower-case letters, digits and hyphens, "
                "without 'anthropic' or 'claude'",
            )
            for name in ("Notes", "a b", "x" * 65, "my-claude", "anthropic-x", "5", "[a]")
        ),
        *(
            ([("SKILL.md", manifest("x", words))], "SKILL.md: description must be 1 to 1024 characters long")
            for words in ("", "x" * 1025, "[a]")
        ),
    ],
)
def test_what_is_no_skill_is_refused(scene: Scene, files: Files, message: str) -> None:
    answer = post(scene, files) if files else post(scene, [("SKILL.md", manifest())], name="files")
    assert refused(answer, 400, "invalid_request_error") == message
    assert answer.headers["x-should-retry"] == "false"
    assert [skill.id for skill in scene.beta.skills.list()] == PREBUILT
    assert scene.mock.snapshot()["blobs"] == {"contents": {}, "uses": {}}


def test_a_skill_has_a_size(scene: Scene) -> None:
    scene.mock.policy.skill_max_bytes = 1024 * 1024
    fits = 1024 * 1024 - len(manifest())
    for files in (folder(x=b"x" * (fits + 1)), archive(folder(x=b"x" * (fits + 1)), compression=8)):
        answer = post(scene, files)
        told = refused(answer, 413, "request_too_large")
        assert told == "Request exceeds the maximum size. The Skills API accepts requests up to 1MBs."
    assert post(scene, folder(x=b"x" * fits)).status_code == 200


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("x" * 256, "display_name must be at most 255 characters long"),
        ("a\nb", "display_name must be a single line of text"),
        ("", "display_name must be a single line of text"),
    ],
)
def test_a_display_name_is_one_short_line(scene: Scene, name: str, message: str) -> None:
    assert refused(post(scene, folder(), display_name=name), 400, "invalid_request_error") == message
    assert scene.mock.snapshot()["blobs"] == {"contents": {}, "uses": {}}


@pytest.mark.long
def test_lists_are_newest_first_and_end_with_the_prebuilt(skills: Any, scene: Scene) -> None:
    made = [skills.create(files=folder(), display_name="Same").id for _ in range(3)][::-1]
    assert [skill.id for skill in skills.list()] == [*made, *PREBUILT]
    assert [skill.id for skill in skills.list(limit=2)] == [*made, *PREBUILT]
    assert [skill.id for skill in skills.list(limit=1, source="custom")] == made
    assert [skill.id for skill in skills.list(limit=3, source="anthropic")] == PREBUILT
    assert {skill.source.type for skill in skills.list(source="anthropic")} == {"anthropic"}
    whole = scene.http.get("/v1/skills").json()
    assert (set(whole), whole["next_page"]) == ({"data", "next_page"}, None)
    assert skills.retrieve("xlsx") == skills.list(source="anthropic").data[0]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"limit": "0"}, "limit must be between 1 and 1000"),
        ({"limit": "1001"}, "limit must be between 1 and 1000"),
        ({"limit": "x"}, "limit must be between 1 and 1000"),
        ({"source": "plugin"}, "source must be one of custom, anthropic"),
        ({"page": "page_x"}, "page is not a valid page token."),
    ],
)
def test_a_bad_query_is_refused(scene: Scene, query: dict[str, str], message: str) -> None:
    answer = scene.http.get("/v1/skills", params=query)
    assert refused(answer, 400, "invalid_request_error") == message
    assert answer.headers["x-should-retry"] == "false"


def test_versions_come_and_go(skills: Any, scene: Scene) -> None:
    skill = skills.create(files=folder())
    scene.mock.clock.advance(minutes=1)
    second = skills.versions.create(skill.id, files=[("SKILL.md", manifest(description="Better."))])
    after = skills.retrieve(skill.id)
    assert (after.latest_version_id, after.display_name) == (second.id, "release-notes")
    assert (after.updated_at - skill.updated_at).total_seconds() == 60
    assert skills.versions.retrieve("latest", skill_id=skill.id) == second
    ids = [second.id, skill.latest_version_id]
    assert [version.id for version in skills.versions.list(skill.id, limit=1)] == ids
    assert scene.http.get(f"/v1/skills/{skill.id}/versions").json()["next_page"] is None
    answer = post(scene, folder("other"), f"/{skill.id}/versions")
    assert refused(answer, 400, "invalid_request_error") == (
        "Skill name 'other' in SKILL.md must be consistent across all versions for a given `skill_id`. "
        "Expected 'release-notes'."
    )
    assert skills.versions.delete(second.id, skill_id=skill.id).to_dict() == {
        "id": second.id,
        "type": "skill_version_deleted",
    }
    assert skills.retrieve(skill.id).latest_version_id == skill.latest_version_id
    answer = scene.http.delete(f"/v1/skills/{skill.id}/versions/{skill.latest_version_id}")
    assert refused(answer, 400, "invalid_request_error") == (
        "cannot delete a Skill's only version. Delete the Skill, or create another version first"
    )


def test_latest_is_for_getting_only(skills: Any, scene: Scene) -> None:
    url = f"/v1/skills/{skills.create(files=folder()).id}/versions/latest"
    for answer, doing in (
        (scene.http.delete(url), "deleting"),
        (scene.http.get(f"{url}/content"), "downloading"),
    ):
        assert refused(answer, 400, "invalid_request_error") == (
            f"'latest' is not accepted when {doing} a skill version. Address a specific version id: read the skill's "
            "latest_version_id, or GET /v1/skills/{skill_id}/versions/latest, and use that id."
        )


def test_what_is_not_there_is_404(skills: Any, scene: Scene) -> None:
    skill = skills.create(files=folder())
    assert skills.delete(skill.id).to_dict() == {"id": skill.id, "type": "skill_deleted"}
    for path in ("", "/versions", "/versions/latest", f"/versions/{skill.latest_version_id}/content"):
        answer = scene.http.get(f"/v1/skills/{skill.id}{path}")
        assert refused(answer, 404, "not_found_error") == f"Skill not found: {skill.id}"
        assert answer.headers["x-should-retry"] == "false"
    other = skills.create(files=folder())
    answer = scene.http.get(f"/v1/skills/{other.id}/versions/skver_{ABSENT}")
    assert refused(answer, 404, "not_found_error") == f"Skill version not found: skver_{ABSENT}"
    for version in ("1", "1759178010641129", "skver_x"):
        answer = scene.http.get(f"/v1/skills/{other.id}/versions/{version}")
        assert refused(answer, 400, "invalid_request_error") == f"Invalid version id: '{version}'"
    for answer in (
        scene.http.get("/v1/skills/nothing"),
        scene.http.delete("/v1/skills/nothing"),
    ):
        assert refused(answer, 400, "invalid_request_error") == "Invalid skill_id format: nothing"


def test_the_prebuilt_do_not_change(scene: Scene) -> None:
    for answer in (
        scene.http.delete("/v1/skills/xlsx"),
        scene.http.get("/v1/skills/xlsx/versions"),
        scene.http.get("/v1/skills/xlsx/versions/latest"),
        post(scene, folder("xlsx"), "/xlsx/versions"),
    ):
        assert refused(answer, 400, "invalid_request_error") == "Invalid skill_id format: xlsx"


def test_content_is_held_once_and_let_go_of(skills: Any, scene: Scene) -> None:
    content = b"The same in every version. " * 40
    first = skills.create(files=folder(x=content))
    second = skills.versions.create(first.id, files=folder(x=content))
    third = skills.create(files=archive(folder(y=content)))
    assert len(scene.mock.snapshot()["blobs"]["contents"]) == 2
    skills.versions.delete(second.id, skill_id=first.id)
    skills.delete(third.id)
    assert len(scene.mock.snapshot()["blobs"]["contents"]) == 2
    skills.delete(first.id)
    assert scene.mock.snapshot()["blobs"] == {"contents": {}, "uses": {}}


def test_a_snapshot_holds_skills(skills: Any, scene: Scene) -> None:
    skill = skills.create(files=folder(x=bytes(range(256))))
    snapshot = json.loads(json.dumps(scene.mock.snapshot()))
    url = f"/v1/skills/{skill.id}/versions/{skill.latest_version_id}/content"
    with MockDreams() as other:
        other.restore(snapshot)
        assert other.http.get(url).content == scene.http.get(url).content
        assert other.snapshot()["skills"] == snapshot["skills"]
    snapshot["skills"]["files"] = {}
    with pytest.raises(ValueError, match=r"skills\.files are not those of the table"):
        scene.mock.restore(snapshot)


def test_the_journal_tells_of_an_upload_without_its_files(skills: Any, scene: Scene) -> None:
    skills.create(files=folder(x=b"0123456789"), display_name="Notes")
    body: Any = scene.mock.requests[0].body
    assert body["display_name"] == "Notes"
    assert [part["filename"] for part in body["files[]"]] == ["release-notes/SKILL.md", "release-notes/x"]
    assert body["files[]"][1]["size_bytes"] == 10


# Who uses them


def test_agents_have_skills_that_are_there(skills: Any, scene: Scene) -> None:
    skill = skills.create(files=folder())
    used: Any = [
        {"type": "custom", "skill_id": skill.id},
        {"type": "anthropic", "skill_id": "pdf", "version": "20260203"},
    ]
    agent = scene.beta.agents.create(name="A", model=MODEL, skills=used)
    assert [each.version for each in agent.skills] == ["latest", "20260203"]
    pinned: Any = [{"type": "custom", "skill_id": skill.id, "version": skill.latest_version_id}]
    assert scene.beta.agents.update(agent.id, version=1, skills=pinned).version == 2
    for missing, words in (
        ({"type": "custom", "skill_id": f"skill_{ABSENT}"}, f"`skill_id` `skill_{ABSENT}` not found"),
        ({"type": "anthropic", "skill_id": "odt"}, "`skill_id` `odt` not found"),
        (
            {"type": "custom", "skill_id": skill.id, "version": f"skver_{ABSENT}"},
            f"`skill_id` `{skill.id}` version `skver_{ABSENT}` not found",
        ),
    ):
        for path, fields in (("", {"name": "A", "model": MODEL}), (f"/{agent.id}", {"version": 2})):
            answer = scene.http.post(f"/v1/agents{path}", json={**fields, "skills": [missing]})
            told = refused(answer, 400, "invalid_request_error")
            assert told == f"Agent has invalid configuration: {words}"
    assert len(scene.beta.agents.list().data) == 1
    assert scene.beta.agents.retrieve(agent.id).version == 2


@pytest.mark.long
def test_a_session_needs_the_skills_of_its_agent(skills: Any, scene: Scene) -> None:
    skill = skills.create(files=folder())
    second = skills.versions.create(skill.id, files=folder())
    pinned: Any = [{"type": "custom", "skill_id": skill.id, "version": second.id}]
    agent = scene.beta.agents.create(name="A", model=MODEL, skills=pinned)
    environment = scene.beta.environments.create(name="E")
    session = scene.beta.sessions.create(agent=agent.id, environment_id=environment.id)
    skills.versions.delete(second.id, skill_id=skill.id)
    with pytest.raises(anthropic.BadRequestError) as told:
        scene.beta.sessions.create(agent=agent.id, environment_id=environment.id)
    message = told.value.body["error"]["message"]  # type: ignore[index]
    assert message == f'Could not resolve one or more skills: skill "{skill.id}" version "{second.id}" not found'
    absent = {"type": "custom", "skill_id": f"skill_{ABSENT}"}
    body = {
        "agent": {"type": "agent_with_overrides", "id": agent.id, "skills": [absent]},
        "environment_id": environment.id,
    }
    message = refused(scene.http.post("/v1/sessions", json=body), 400, "invalid_request_error")
    assert message == f'Could not resolve one or more skills: skill "{absent["skill_id"]}" version "latest" not found'
    assert [each.id for each in scene.beta.sessions.list()] == [session.id]
    with pytest.raises(anthropic.BadRequestError):
        scene.beta.sessions.create(
            agent={"type": "agent_with_overrides", "id": agent.id, "skills": pinned}, environment_id=environment.id
        )
    scene.beta.sessions.create(
        agent={"type": "agent_with_overrides", "id": agent.id, "skills": []}, environment_id=environment.id
    )


async def test_an_asynchronous_client(mockdreams: MockDreams) -> None:
    async with mockdreams.async_client() as client:
        skill = await client.beta.skills.create(files=folder())
        versions = [version.id async for version in client.beta.skills.versions.list(skill.id)]
        assert versions == [skill.latest_version_id]
