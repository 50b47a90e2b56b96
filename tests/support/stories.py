"""A world with a past, and all that it says of itself."""

from typing import Any

from mockdreams import MockDreams
from tests.support.helpers import Scene

MOMENTS = ("pending", "started", "ready", "half", "completed", "canceled", "failed", "winding down", "hanging")


def story(scene: Scene, moment: str) -> str:
    """Bring a dream to `moment`."""
    store = scene.store({"/a.md": "- One.\n- One.\n", "/b/c.md": "Two."})
    session = scene.session("Remember this.", "And that.", stores=(store,))
    if moment == "failed":
        scene.mock.dreams.script(fail="timeout", at=0.5)
    if moment == "hanging":
        scene.mock.dreams.script(hang="running")
    dream = scene.dream(store, [session], instructions="Gently.")
    for _ in range({"started": 1, "ready": 2, "half": 3, "winding down": 2, "hanging": 5}.get(moment, 0)):
        scene.beta.dreams.retrieve(dream.id)
    if moment == "completed":
        scene.until(dream.id, "completed")
        scene.beta.memory_stores.memories.create(store, path="/later.md", content="x")
    if moment == "failed":
        scene.until(dream.id, "failed")
    if moment in ("canceled", "winding down"):
        scene.beta.dreams.cancel(dream.id)
    scene.send(session, "Not yet taken up.")
    return dream.id


def told(mock: MockDreams) -> list[Any]:
    """Everything that the public surface shows, after looking until nothing moves."""
    seen: list[Any] = []
    mock.clock.run_until_idle()
    paths = ["/v1/dreams?include_archived=true", "/v1/memory_stores", "/v1/sessions?include_archived=true"]
    listed = [mock.http.get(path).json()["data"] for path in paths]
    for store in listed[1]:
        paths += [f"/v1/memory_stores/{store['id']}/{kind}?view=full" for kind in ("memories", "memory_versions")]
    paths += [f"/v1/sessions/{session['id']}/events" for session in listed[2]]
    paths += [f"/v1/agents/{session['agent']['id']}" for session in listed[2]]
    for path in [*paths, "/_mockdreams/clock", "/_mockdreams/policy"]:
        body = mock.http.get(path).json()
        body.pop("request_id", None)
        seen.append((path, body))
    return seen
