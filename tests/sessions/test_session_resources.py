"""What is attached to sessions: files, repositories and memory stores."""

from typing import Any

import pytest

from tests.support.helpers import Scene, refused
from tests.support.turns import create_body

REPOSITORY = {
    "type": "github_repository",
    "url": "https://github.com/acme/harbor.git",
    "authorization_token": "ghp_secret",
    "checkout": {"type": "branch", "name": "main"},
}
FILE = {"type": "file", "file_id": "file_011CNha8iCJcU1wXNR6q4V8w"}


def new_session(scene: Scene, *resources: dict[str, Any]) -> dict[str, Any]:
    answer = scene.http.post("/v1/sessions", json=create_body(scene, resources=list(resources)))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    return body


def test_each_kind_of_resource_travels(scene: Scene) -> None:
    store = {"type": "memory_store", "memory_store_id": scene.store(), "access": "read_only", "instructions": "Look."}
    session = new_session(scene, FILE, REPOSITORY, store)
    file, repository, memory = session["resources"]
    assert set(file) == {"id", "type", "file_id", "mount_path", "created_at", "updated_at"}
    assert file["mount_path"] == f"/mnt/session/uploads/{FILE['file_id']}"
    assert file["file_id"] != FILE["file_id"]
    assert set(repository) == {"id", "type", "url", "mount_path", "checkout", "created_at", "updated_at"}
    assert repository["mount_path"] == "/workspace/harbor"
    assert "ghp_secret" not in str(session)
    assert (memory["access"], memory["instructions"]) == ("read_only", "Look.")
    assert "id" not in memory
    listed = scene.http.get(f"/v1/sessions/{session['id']}/resources").json()
    assert listed == {"data": session["resources"]}


def test_a_file_is_added_read_and_deleted(scene: Scene) -> None:
    session = scene.session()
    resources = scene.beta.sessions.resources
    added = resources.add(session, file_id=FILE["file_id"], type="file", mount_path="/data/in.csv")
    assert added.mount_path == "/data/in.csv"
    assert resources.retrieve(added.id, session_id=session) == added
    assert [entry.to_dict()["id"] for entry in resources.list(session)] == [added.id]
    gone = resources.delete(added.id, session_id=session)
    assert gone.to_dict() == {"id": added.id, "type": "session_resource_deleted"}
    assert list(resources.list(session)) == []
    refused(scene.http.get(f"/v1/sessions/{session}/resources/{added.id}"), 404, "not_found_error")


def test_the_token_of_a_repository_is_renewed(scene: Scene) -> None:
    session = new_session(scene, REPOSITORY, FILE)
    repository, file = session["resources"]
    scene.mock.clock.advance(hours=1)
    url = f"/v1/sessions/{session['id']}/resources"
    renewed = scene.http.post(f"{url}/{repository['id']}", json={"authorization_token": "ghp_new"}).json()
    assert renewed == {**repository, "updated_at": renewed["updated_at"]}
    assert renewed["updated_at"] > repository["updated_at"]
    for body in ({}, {"authorization_token": ""}, {"authorization_token": None}, {"url": "x"}):
        refused(scene.http.post(f"{url}/{repository['id']}", json=body), 400, "invalid_request_error")
    answer = scene.http.post(f"{url}/{file['id']}", json={"authorization_token": "x"})
    assert "authorization_token" in refused(answer, 400, "invalid_request_error")


def test_resources_are_paged_only_when_asked(scene: Scene) -> None:
    session = scene.session()
    made = [scene.beta.sessions.resources.add(session, file_id=FILE["file_id"], type="file").id for _ in range(5)]
    assert [entry.to_dict()["id"] for entry in scene.beta.sessions.resources.list(session, limit=2)] == made
    first = scene.http.get(f"/v1/sessions/{session}/resources?limit=2").json()
    assert len(first["data"]) == 2
    assert "next_page" in first
    for query in ("limit=0", "limit=1001", "limit=x", "page=page_x"):
        refused(scene.http.get(f"/v1/sessions/{session}/resources?{query}"), 400, "invalid_request_error")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (
            {"type": "memory_store", "memory_store_id": "memstore_x"},
            400,
            'Failed to parse request: type: "memory_store" is not a valid value',
        ),
        ({"type": "github_repository", "url": "x"}, 400, None),
        ({"type": "file"}, 400, "file_id: Field required"),
        ({"file_id": "file_x"}, 400, None),
        ({"type": "file", "file_id": 3}, 400, "Failed to parse request: file_id: expected a string"),
        ({"type": "file", "file_id": "file_x", "extra": 1}, 400, 'Failed to parse request body: unknown field "extra"'),
        ({"type": "file", "file_id": "file_x", "mount_path": "here"}, 400, None),
        (
            {"type": "file", "file_id": "memstore_x"},
            404,
            "One or more files not found. Check that each `file_id` exists and is accessible: memstore_x",
        ),
    ],
)
def test_bad_additions_are_refused(scene: Scene, body: dict[str, Any], status: int, said: str | None) -> None:
    session = scene.session()
    kind = "not_found_error" if status == 404 else "invalid_request_error"
    assert said in (None, refused(scene.http.post(f"/v1/sessions/{session}/resources", json=body), status, kind))
    assert list(scene.beta.sessions.resources.list(session)) == []


def test_the_resources_of_a_terminated_session_stay(scene: Scene) -> None:
    session = new_session(scene, FILE)
    url = f"/v1/sessions/{session['id']}/resources"
    scene.beta.sessions.archive(session["id"])
    refused(scene.http.post(url, json=FILE), 400, "invalid_request_error")
    refused(scene.http.delete(f"{url}/{session['resources'][0]['id']}"), 400, "invalid_request_error")
    assert len(scene.http.get(url).json()["data"]) == 1


def test_a_deleted_store_leaves_its_place(scene: Scene) -> None:
    store = scene.store()
    session = new_session(scene, {"type": "memory_store", "memory_store_id": store})
    scene.beta.memory_stores.delete(store)
    assert scene.http.get(f"/v1/sessions/{session['id']}").json()["resources"] == session["resources"]
    scene.say(session["id"], "Remember that it is gone.")
    assert scene.beta.sessions.retrieve(session["id"]).status == "idle"
