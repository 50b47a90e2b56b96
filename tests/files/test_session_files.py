"""Files and sessions: attached copies, outputs, documents and rubrics."""

from typing import Any

import httpx2
import pytest

from mockdreams import ControlError, MockDreams
from tests.support.helpers import ABSENT, MODEL, Scene, refused
from tests.support.turns import create_body

BETAS: Any = ["managed-agents-2026-04-01"]
OUTPUTS = "/mnt/session/outputs"
NOTES = "# Ports\n\nThe staging port is 8081.\nThe production port is 443.\n"
GONE = f"file_{ABSENT}"
MISSING = f"One or more files not found. Check that each `file_id` exists and is accessible: {GONE}"


def upload(scene: Scene, content: str | bytes = NOTES, name: str = "ports.md", **options: Any) -> str:
    data = content.encode() if isinstance(content, str) else content
    return scene.beta.files.upload(file=(name, data, "text/markdown"), **options).id


def attach(*ids: str, **fields: Any) -> list[Any]:
    return [{"type": "file", "file_id": id, **fields} for id in ids]


def session(scene: Scene, *file_ids: str, **fields: Any) -> str:
    agent = scene.beta.agents.create(name="Helper", model=MODEL, tools=[{"type": "agent_toolset_20260401"}])
    environment = scene.beta.environments.create(name="Cloud")
    made = scene.beta.sessions.create(
        agent=agent.id, environment_id=environment.id, resources=attach(*file_ids), **fields
    )
    return made.id


def files_of(scene: Scene, session_id: str) -> list[Any]:
    return list(scene.beta.files.list(scope_id=session_id, betas=BETAS))


def said(scene: Scene, session_id: str) -> str:
    """What the agent said last."""
    events = list(scene.beta.sessions.events.list(session_id, types=["agent.message"]))
    return "".join(block.text for block in events[-1].content if block.type == "text")  # type: ignore[union-attr]


def tools_used(scene: Scene, session_id: str) -> list[tuple[str, Any]]:
    events = scene.beta.sessions.events.list(session_id, types=["agent.tool_use"])
    return [(event.name, event.input) for event in events if event.type == "agent.tool_use"]


def say(scene: Scene, session_id: str, *content: Any) -> httpx2.Response:
    blocks = [{"type": "text", "text": each} if isinstance(each, str) else each for each in content]
    events = [{"type": "user.message", "content": blocks}]
    return scene.http.post(f"/v1/sessions/{session_id}/events", json={"events": events})


def test_a_session_has_a_copy_of_its_own(scene: Scene) -> None:
    original = scene.beta.files.retrieve_metadata(upload(scene, expires_in_seconds=5000))
    id = session(scene, original.id)
    (resource,) = scene.beta.sessions.resources.list(id)
    assert resource.type == "file"
    copy = scene.beta.files.retrieve_metadata(resource.file_id)
    assert copy.id != original.id
    assert copy.scope is not None
    assert (copy.scope.type, copy.scope.id) == ("session", id)
    same = {"filename", "mime_type", "size_bytes", "expires_at", "downloadable"}
    assert copy.model_dump(include=same) == original.model_dump(include=same)
    assert [file.id for file in files_of(scene, id)] == [copy.id]
    assert [file.id for file in scene.beta.files.list()] == [original.id]
    refused(scene.http.get(f"/v1/files/{copy.id}/content"), 400, "invalid_request_error")


@pytest.mark.long
def test_the_copy_outlives_the_upload_and_ends_with_the_session(scene: Scene) -> None:
    original = upload(scene)
    id = session(scene, original)
    scene.beta.files.delete(original)
    (copy,) = files_of(scene, id)
    scene.say(id, "What is the staging port?")
    assert "8081" in said(scene, id)
    scene.beta.sessions.delete(id)
    refused(scene.http.get(f"/v1/files/{copy.id}"), 404, "not_found_error")
    assert files_of(scene, id) == []
    assert scene.mock.snapshot()["blobs"]["contents"] == {}


@pytest.mark.long
def test_copies_cost_neither_bytes_nor_quota(scene: Scene) -> None:
    scene.mock.policy.file_storage_max_bytes = 200_000
    original = upload(scene, b"x" * 150_000)
    ids = [session(scene, original) for _ in range(5)]
    assert [files_of(scene, id)[0].size_bytes for id in ids] == [150_000] * 5
    assert len(scene.mock.snapshot()["blobs"]["contents"]) == 1


def test_an_added_file_and_one_taken_away(scene: Scene) -> None:
    id = session(scene)
    added = scene.beta.sessions.resources.add(id, file_id=upload(scene), type="file", mount_path="/ports.md")
    assert [file.id for file in files_of(scene, id)] == [added.file_id]
    scene.beta.sessions.resources.delete(added.id, session_id=id)
    assert files_of(scene, id) == []


def test_deleting_a_copy_leaves_the_resource(scene: Scene) -> None:
    id = session(scene, upload(scene))
    (copy,) = files_of(scene, id)
    scene.beta.files.delete(copy.id)
    assert len(list(scene.beta.sessions.resources.list(id))) == 1
    scene.say(id, "What is the staging port?")
    assert "8081" not in said(scene, id)


def test_an_absent_file_is_refused_and_nothing_made(scene: Scene) -> None:
    there = upload(scene)
    body = create_body(scene, resources=attach(there, GONE))
    before = len(list(scene.beta.sessions.list()))
    assert refused(scene.http.post("/v1/sessions", json=body), 404, "not_found_error") == MISSING
    assert len(list(scene.beta.sessions.list())) == before
    assert list(scene.mock.snapshot()["files"]["digests"]) == [there]


def test_an_expired_file_is_as_good_as_absent(scene: Scene) -> None:
    old = upload(scene, expires_in_seconds=3600)
    scene.mock.clock.advance(hours=2)
    answer = scene.http.post("/v1/sessions", json=create_body(scene, resources=attach(old)))
    refused(answer, 404, "not_found_error")


def test_a_session_has_so_many_files_at_most(scene: Scene) -> None:
    scene.mock.policy.files_per_session = 2
    file, other, another = (upload(scene) for _ in range(3))
    answer = scene.http.post("/v1/sessions", json=create_body(scene, resources=attach(file, other, another)))
    assert "2" in refused(answer, 400, "invalid_request_error")
    id = session(scene, file, other)
    answer = scene.http.post(f"/v1/sessions/{id}/resources", json=attach(another)[0])
    refused(answer, 400, "invalid_request_error")
    assert len(files_of(scene, id)) == 2


def test_what_an_agent_writes_can_be_listed_and_downloaded(scene: Scene) -> None:
    scene.mock.sessions.script([[{"output": {"/report.md": "# All is well.\n", "data/a.csv": "a,b\n"}}, "Done."]])
    id = session(scene)
    scene.say(id, "Write the report.")
    report, table = sorted(files_of(scene, id), key=lambda file: file.filename, reverse=True)
    assert (report.filename, report.mime_type, report.downloadable) == ("report.md", "text/markdown", True)
    assert (table.filename, table.size_bytes, table.scope.id) == ("a.csv", 4, id)
    answer = scene.beta.files.download(report.id)
    assert answer.read() == b"# All is well.\n"
    assert answer.headers["content-type"] == "text/markdown"
    assert answer.headers["content-disposition"] == "attachment; filename*=utf-8''report.md"
    assert tools_used(scene, id)[0] == (
        "write",
        {"file_path": f"{OUTPUTS}/report.md", "content": "# All is well.\n"},
    )
    assert list(scene.beta.files.list()) == []


@pytest.mark.mockdreams(clock="manual")
def test_outputs_are_listed_a_little_after_the_session_rests(scene: Scene) -> None:
    scene.mock.sessions.script([[{"output": {"/a.txt": "a"}}, {"slow": 60}, "Done."]])
    id = session(scene)
    scene.send(id, "Go.")
    scene.mock.clock.advance(seconds=30)
    assert files_of(scene, id) == []
    scene.mock.clock.run_until_idle()
    assert [file.filename for file in files_of(scene, id)] == ["a.txt"]


def test_a_look_at_the_files_moves_an_automatic_clock(scene: Scene) -> None:
    scene.mock.sessions.script([[{"output": {"/a.txt": "a"}}, "Done."]])
    id = session(scene)
    scene.send(id, "Go.")
    looks = [len(files_of(scene, id)) for _ in range(6)]
    assert looks[-1] == 1


def test_a_file_that_is_written_anew_takes_the_place_of_the_old(scene: Scene) -> None:
    scene.mock.sessions.script([{"output": {"/a.txt": text, "/b.txt": "same"}} for text in ("one", "two")])
    id = session(scene)
    scene.say(id, "Go.")
    before = {file.filename: file.id for file in files_of(scene, id)}
    scene.say(id, "Again.")
    after = {file.filename: file.id for file in files_of(scene, id)}
    assert after["b.txt"] == before["b.txt"]
    assert after["a.txt"] != before["a.txt"]
    assert scene.beta.files.download(after["a.txt"]).read() == b"two"


def test_the_outputs_of_a_session_end_with_it(scene: Scene) -> None:
    scene.mock.sessions.script([{"output": {"/a.txt": "a"}}])
    id = session(scene)
    scene.say(id, "Go.")
    (file,) = files_of(scene, id)
    scene.beta.sessions.delete(id)
    refused(scene.http.get(f"/v1/files/{file.id}"), 404, "not_found_error")
    assert scene.mock.snapshot()["session_outputs"] == {"written": {}, "listed": {}, "due": {}}


def test_outputs_of_a_session_that_was_archived_at_once(scene: Scene) -> None:
    scene.mock.sessions.script([[{"output": {"/a.txt": "a"}}, {"terminate": True}]])
    id = session(scene)
    scene.say(id, "Go.")
    assert [file.filename for file in files_of(scene, id)] == ["a.txt"]


def test_a_download_leaves_in_pieces_and_can_break_off(scene: Scene) -> None:
    scene.mock.sessions.script([{"output": {"/big.txt": "0123456789" * 50_000}}])
    id = session(scene)
    scene.say(id, "Go.")
    (file,) = files_of(scene, id)
    with scene.http.stream("GET", f"/v1/files/{file.id}/content") as response:
        assert response.headers["content-length"] == "500000"
        assert sum(map(len, response.iter_raw())) == 500_000
    scene.mock.faults.add("GET /v1/files/*/content", cut_after_events=2)
    with pytest.raises(httpx2.RemoteProtocolError):
        scene.http.get(f"/v1/files/{file.id}/content")


@pytest.mark.long
def test_files_outputs_and_their_clock_are_part_of_a_snapshot(scene: Scene) -> None:
    scene.mock.sessions.script([{"output": {"/a.txt": "ä"}}])
    id = session(scene, upload(scene))
    scene.say(id, "Go.")
    snapshot = scene.mock.snapshot()
    wanted = [file.to_dict() for file in files_of(scene, id)]
    with MockDreams() as other:
        other.restore(snapshot)
        found = list(other.client().beta.files.list(scope_id=id, betas=BETAS))
        assert [file.to_dict() for file in found] == wanted
        assert other.client().beta.files.download(found[0].id).read() == "ä".encode()


def test_a_script_that_will_write_is_part_of_a_snapshot(scene: Scene) -> None:
    scene.mock.sessions.script(["First.", {"output": {"/late.txt": "late"}}])
    id = session(scene)
    scene.say(id, "One.")
    snapshot = scene.mock.snapshot()
    scene.mock.reset()
    scene.mock.restore(snapshot)
    scene.say(id, "Two.")
    assert [file.filename for file in files_of(scene, id)] == ["late.txt"]


def test_a_child_writes_to_the_outputs_of_its_session(scene: Scene) -> None:
    child = {"delegate": "Writer", "message": "Write.", "turn": [{"output": {"/child.txt": "c"}}, "Done."]}
    scene.mock.sessions.script([[child, "Thanks."]])
    id = session(scene)
    scene.say(id, "Go.")
    assert [file.filename for file in files_of(scene, id)] == ["child.txt"]


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("blobs", "contents", {}),
        ("blobs", "uses", {}),
        ("files", "stored_bytes", 1),
        ("files", "digests", {}),
        ("session_outputs", "written", {"sesn_x": {"/a": "0" * 64}}),
    ],
)
def test_a_snapshot_whose_files_do_not_fit_is_refused(scene: Scene, part: str, key: str, value: Any) -> None:
    id = upload(scene)
    snapshot = scene.mock.snapshot()
    snapshot[part][key] = value
    with pytest.raises(ControlError, match="damaged"):
        scene.mock.restore(snapshot)
    assert [file.id for file in scene.beta.files.list()] == [id]


def test_damaged_bytes_are_noticed(scene: Scene) -> None:
    upload(scene)
    snapshot = scene.mock.snapshot()
    ((digest, content),) = snapshot["blobs"]["contents"].items()
    snapshot["blobs"]["contents"][digest] = {**content, "base64": ["AAAA"]}
    with pytest.raises(ControlError, match=r"blobs\.contents"):
        scene.mock.restore(snapshot)


def test_the_default_agent_looks_things_up_in_attached_files(scene: Scene) -> None:
    id = session(scene, upload(scene))
    (resource,) = scene.beta.sessions.resources.list(id)
    scene.say(id, "What is the production port?")
    assert str(resource.mount_path) in said(scene, id)
    assert "443" in said(scene, id)
    assert [name for name, _ in tools_used(scene, id)] == ["grep", "read"]


def test_the_default_agent_reads_a_file_by_its_name_and_writes_one(scene: Scene) -> None:
    id = session(scene)
    scene.beta.sessions.resources.add(id, file_id=upload(scene), type="file", mount_path="/ports.md")
    scene.say(id, f"Summarise ports.md into {OUTPUTS}/summary.md please.")
    assert [name for name, _ in tools_used(scene, id)] == ["read", "write"]
    (summary,) = (file for file in files_of(scene, id) if file.downloadable)
    assert summary.filename == "summary.md"
    assert scene.beta.files.download(summary.id).read() == b"ports.md has 4 lines and begins: # Ports\n"
    assert f"Wrote {OUTPUTS}/summary.md." in said(scene, id)


def test_an_attached_file_cannot_be_written_and_a_binary_one_not_read(scene: Scene) -> None:
    id = session(scene, upload(scene), upload(scene, b"\xff\x00", "a.bin"))
    text, binary = (resource.mount_path for resource in scene.beta.sessions.resources.list(id))
    scene.mock.sessions.script(
        [
            [
                {"tool": "write", "input": {"file_path": text, "content": "x"}},
                {"tool": "read", "input": {"file_path": binary}},
                {"tool": "read", "input": {"file_path": f"{OUTPUTS}/none.txt"}},
                {"tool": "write", "input": {"file_path": f"{OUTPUTS}/../escaped.txt", "content": "x"}},
                {"tool": "write", "input": {"file_path": f"{OUTPUTS}/{'x' * 256}", "content": "x"}},
            ]
        ]
    )
    scene.say(id, "Try.")
    results = scene.beta.sessions.events.list(id, types=["agent.tool_result"])
    assert [event.is_error for event in results] == [True] * 5  # type: ignore[union-attr]
    assert [file.downloadable for file in files_of(scene, id)] == [False, False]


@pytest.mark.long
def test_of_very_large_files_the_default_agent_looks_through_some(scene: Scene) -> None:
    huge = "The harbor is in Oslo.\n" + "x" * 4 * 1024 * 1024
    id = session(scene, upload(scene, huge, "huge.md"), upload(scene))
    scene.say(id, "Where is the harbor? What is the staging port?")
    assert "Oslo" not in said(scene, id)
    assert "8081" in said(scene, id)


def test_documents_in_messages_are_read(scene: Scene) -> None:
    id, file = session(scene), upload(scene)
    document = {"type": "document", "source": {"type": "file", "file_id": file}}
    assert say(scene, id, "What is the staging port?", document).status_code == 200
    scene.mock.clock.advance(seconds=60)
    assert said(scene, id) == "According to ports.md: The staging port is 8081."


def test_a_message_that_shows_an_absent_file_is_refused(scene: Scene) -> None:
    id = session(scene)
    for kind in ("document", "image"):
        answer = say(scene, id, "Look.", {"type": kind, "source": {"type": "file", "file_id": GONE}})
        assert refused(answer, 404, "not_found_error") == MISSING
    assert list(scene.beta.sessions.events.list(id)) == []


def outcome(file_id: str) -> dict[str, Any]:
    rubric = {"type": "file", "file_id": file_id}
    return {"type": "user.define_outcome", "description": "A table of ports", "rubric": rubric}


def test_a_rubric_in_a_file_is_graded_by_its_text(scene: Scene) -> None:
    id, file = session(scene), upload(scene, "- names Oslo\n- names Bergen\n")
    sent = scene.beta.sessions.events.send(id, events=[outcome(file)])  # type: ignore[list-item]
    assert sent.data is not None
    assert sent.data[0].to_dict()["rubric"] == {"type": "text", "content": "- names Oslo\n- names Bergen\n"}
    scene.mock.clock.advance(minutes=5)
    (evaluation,) = scene.beta.sessions.retrieve(id).outcome_evaluations
    assert evaluation.result == "satisfied"


def test_a_rubric_that_cannot_be_read_is_refused(scene: Scene) -> None:
    id, url = session(scene), "/v1/sessions/{}/events"
    assert refused(post_outcome(scene, id, GONE), 404, "not_found_error") == MISSING
    for content in (b"\xff\x00", b"", b"x" * 262_145):
        refused(post_outcome(scene, id, upload(scene, content)), 400, "invalid_request_error")
    assert scene.http.get(url.format(id)).json()["data"] == []


def post_outcome(scene: Scene, session_id: str, file_id: str) -> httpx2.Response:
    return scene.http.post(f"/v1/sessions/{session_id}/events", json={"events": [outcome(file_id)]})
