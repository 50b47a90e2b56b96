"""Hints: in the journal, the log and the report of a failing test; never on the wire."""

import logging
from typing import Any

import pytest

from mockdreams import MockDreams
from mockdreams.http.path_shape import LONGEST_PATH
from tests.support.deep import deep
from tests.support.helpers import ABSENT, MODEL, Scene
from tests.support.inner_pytest import run_pytest

POLLS = 3


def last_hint(scene: Scene) -> str | None:
    return scene.mock.requests[-1].hint


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("/v1/dreamz", "/v1/dreams"),
        ("/dreams", "/v1/dreams"),
        ("/v1/dreams/", "/v1/dreams"),
        (f"/v1/dream/drm_{ABSENT}", "/v1/dreams/{dream_id}"),
        (f"/v1/dreams/drm_{ABSENT}/cancle", "/v1/dreams/{dream_id}/cancel"),
        (f"/v1/memory-stores/memstore_{ABSENT}/memories", "/v1/memory_stores/{store_id}/memories"),
        ("/v1/messages/batches/results", None),
        ("/v1/dreams/" + "x/" * 3000, None),
    ],
)
def test_an_unknown_path_names_the_nearest(scene: Scene, path: str, near: str | None) -> None:
    answer = scene.http.get(path)
    hint = last_hint(scene)
    assert hint is not None
    told = path if len(path) <= LONGEST_PATH else f"{path[:LONGEST_PATH]}…"
    assert hint == f"nothing is served at {told}" + (f"; the nearest path is {near}" if near else "")
    assert "nearest" not in answer.text


def test_a_wrong_method_and_a_missing_beta_name_the_right_ones(scene: Scene) -> None:
    scene.http.put("/v1/dreams")
    assert last_hint(scene) == "this path answers GET, POST"
    scene.http.get("/v1/memory_stores", headers={"anthropic-beta": ""})
    assert last_hint(scene) == (
        "the request lacks the header anthropic-beta: agent-memory-2026-07-22 or managed-agents-2026-04-01"
    )


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (
            f"/v1/memory_stores/sesn_{ABSENT}",
            f"sesn_{ABSENT} is a session's id, and a memory store's is wanted here (memstore_…)",
        ),
        (f"/v1/sessions/drm_{ABSENT}/events", f"drm_{ABSENT} is a dream's id, and a session's is wanted here (sesn_…)"),
        (f"/v1/memory_stores/memstore_{ABSENT}/memories/a.md", None),
        ("/v1/dreams/last", "'last' is no id, and a dream's is wanted here (drm_…)"),
        (f"/v1/dreams/drm_{ABSENT}", None),
    ],
)
def test_an_id_of_the_wrong_kind_in_a_path(scene: Scene, path: str, hint: str | None) -> None:
    if "a.md" in path:
        path = path.replace(f"memstore_{ABSENT}", scene.store())
        hint = "'a.md' is no id, and a memory's is wanted here (mem_…)"
    answer = scene.http.get(path)
    assert answer.status_code in (400, 404)
    assert last_hint(scene) == hint
    assert "wanted here" not in answer.text


def test_an_id_of_the_wrong_kind_in_a_body(scene: Scene) -> None:
    store, session = scene.store(), scene.session()
    swapped = scene.body(store_id=session, session_ids=[store])
    assert scene.http.post("/v1/dreams", json=swapped).status_code in (400, 404)
    assert last_hint(scene) == f"{session} is a session's id, and a memory store's is wanted here (memstore_…)"
    body = {"agent": {"type": "agent", "id": f"env_{ABSENT}"}, "environment_id": f"env_{ABSENT}"}
    assert scene.http.post("/v1/sessions", json=body).status_code in (400, 404)
    assert last_hint(scene) == f"env_{ABSENT} is an environment's id, and an agent's is wanted here (agent_…)"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 50_000,
        b'{"inputs": ' * 5_000,
        b'{"metadata": {"agent_id": "mine"}, "name": 3}',
        b'{"session_id": "\\ud800", "name": 3}',
        b'{"session_id": 4, "agent": {"id": null}, "name": []}',
        b'{"session_id": "' + b"x" * 70_000 + b'"}',
    ],
    ids=lambda body: body[:24],
)
def test_no_body_is_too_odd_to_be_looked_at(scene: Scene, body: bytes) -> None:
    assert scene.http.post("/v1/memory_stores", content=body).status_code == 400
    assert "wanted here" not in (last_hint(scene) or "")
    assert scene.http.get("/_mockdreams/requests").status_code == 200


@pytest.mark.parametrize(
    "body",
    [b"[" * 50_000, b'{"session_id": "drm_\\ud800"}', b'{"session_id": "drm_\\n"}'],
    ids=["deep", "half", "line"],
)
def test_a_body_that_nobody_reads_may_be_anything(scene: Scene, body: bytes) -> None:
    assert scene.http.post(f"/v1/dreams/drm_{ABSENT}/cancel", content=body).status_code == 404
    assert last_hint(scene) is None


def test_an_id_of_the_world_of_another_key(scene: Scene) -> None:
    with MockDreams() as other, other.client() as client:
        store = client.beta.memory_stores.create(name="Theirs").id
        agent = client.beta.agents.create(name="Theirs", model=MODEL).id
        answer = scene.http.get(f"/v1/memory_stores/{store}")
        hint = f"{store} exists in the world of another API key: each key has a world of its own"
        assert (answer.status_code, last_hint(scene)) == (404, hint)
        assert "another" not in answer.text
        scene.http.post("/v1/sessions", json={"agent": agent, "environment_id": f"env_{ABSENT}"})
        assert (last_hint(scene) or "").startswith(f"{agent} exists in the world of another API key")
        scene.http.get(f"/v1/memory_stores/memstore_{ABSENT}")
        assert last_hint(scene) is None
    scene.http.get(f"/v1/memory_stores/{store}")
    assert last_hint(scene) is None


def polled(scene: Scene, path: str, times: int = POLLS) -> list[str]:
    """The hints that came of asking so often."""
    before = len(scene.mock.requests)
    for _ in range(times):
        assert scene.http.get(path).status_code == 200
    return [exchange.hint for exchange in list(scene.mock.requests)[before:] if exchange.hint]


@pytest.mark.mockdreams(clock="manual")
def test_polling_while_a_manual_clock_stands_still(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "mockdreams")
    dream = scene.dream().id
    path = f"/v1/dreams/{dream}"
    assert polled(scene, path, POLLS - 1) == []
    hint = (
        f"dream {dream} was asked for {POLLS} times while the clock stands still: call clock.advance(...), "
        'or use clock="auto"'
    )
    assert polled(scene, path, 1) == [hint]
    assert [record.getMessage() for record in caplog.records] == [f"GET {path} ({hint})"]
    assert polled(scene, path, 3 * POLLS) == []
    assert "stands still" not in scene.http.get(path).text


@pytest.mark.mockdreams(clock="manual")
def test_polling_is_fine_while_somebody_moves_the_clock(scene: Scene) -> None:
    path = f"/v1/dreams/{scene.dream().id}"
    for _ in range(3):
        assert polled(scene, path, POLLS - 1) == []
        scene.mock.clock.advance(seconds=1)
    scene.mock.clock.run_until_idle()
    assert polled(scene, path, 2 * POLLS) == []


@pytest.mark.mockdreams(clock="manual")
def test_a_world_that_is_reset_forgets_who_asked(scene: Scene) -> None:
    for _ in range(2):
        dream = scene.dream().id
        assert polled(scene, f"/v1/dreams/{dream}", POLLS - 1) == []
        scene.mock.reset()


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.parametrize("part", ["", "/events", "/threads"])
def test_polling_a_session_at_work(scene: Scene, part: str) -> None:
    session = scene.session()
    path = f"/v1/sessions/{session}{part}"
    assert polled(scene, path) == []
    scene.send(session, "Hello.")
    assert [hint.split(" was")[0] for hint in polled(scene, path)] == [f"session {session}"]


def streamed(scene: Scene, path: str, times: int = 1) -> list[str]:
    """The hints that came of opening so many streams."""
    before = len(scene.mock.requests)
    for _ in range(times):
        with scene.http.stream("GET", path) as stream:
            assert next(stream.iter_lines()) == ": stream"
    return [exchange.hint for exchange in list(scene.mock.requests)[before:] if exchange.hint]


@pytest.mark.mockdreams(clock="manual")
@pytest.mark.long
def test_a_stream_of_a_session_at_work_while_a_manual_clock_stands_still(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    session, idle = scene.session(), scene.session()
    thread = scene.beta.sessions.threads.list(session).data[0].id
    path, part = f"/v1/sessions/{session}/events/stream", f"/v1/sessions/{session}/threads/{thread}/stream"
    assert streamed(scene, path.replace(session, idle)) == []
    scene.send(session, "Hello.")
    caplog.set_level(logging.INFO, "mockdreams")
    hint = f'session {session} is streamed while the clock stands still: call clock.advance(...), or use clock="auto"'
    assert streamed(scene, path, times=3) == [hint]
    assert [record.getMessage() for record in caplog.records] == [f"GET {path} ({hint})"]
    assert f"GET {path}: {hint}" in told(scene)
    exchanges = scene.http.get("/_mockdreams/requests", params={"match": f"GET {path}"}).json()["data"]
    assert [exchange["hint"] for exchange in exchanges] == [hint, None, None]
    scene.mock.clock.advance(seconds=1)
    assert streamed(scene, part) == [hint]
    scene.mock.clock.run_until_idle()
    assert streamed(scene, path) == streamed(scene, part) == []


@pytest.mark.mockdreams(clock="manual")
def test_what_sets_a_streamed_session_to_work_while_a_manual_clock_stands_still(scene: Scene) -> None:
    session = scene.session()
    with scene.http.stream("GET", f"/v1/sessions/{session}/events/stream") as stream:
        lines = stream.iter_lines()
        assert next(lines) == ": stream"
        assert last_hint(scene) is None
        scene.send(session, "Hello.")
    assert (last_hint(scene) or "").startswith(f"session {session} is streamed while the clock stands still")


@pytest.mark.mockdreams(clock="manual")
def test_a_stream_of_a_dream_while_a_manual_clock_stands_still(scene: Scene) -> None:
    dream = scene.dream()
    scene.mock.clock.advance(seconds=60)
    path = f"/v1/sessions/{scene.beta.dreams.retrieve(dream.id).session_id}/events/stream"
    assert [hint.split(" while")[0] for hint in streamed(scene, path)] == [f"session {path.split('/')[3]} is streamed"]


@pytest.mark.parametrize("mode", ["auto", "real"])
def test_streams_of_other_clocks_move_by_themselves(scene: Scene, mode: Any) -> None:
    session = scene.session()
    scene.mock.clock.mode = mode
    scene.send(session, "Hello.")
    assert streamed(scene, f"/v1/sessions/{session}/events/stream") == []


def test_other_clocks_move_by_themselves(scene: Scene) -> None:
    scene.mock.dreams.script(hang="running")
    assert polled(scene, f"/v1/dreams/{scene.dream().id}", 2 * POLLS) == []
    scene.mock.clock.mode = "real"
    scene.mock.clock.speed = 0.001
    assert polled(scene, f"/v1/dreams/{scene.dream().id}", 2 * POLLS) == []


def told(scene: Scene) -> list[str]:
    """The hints in the story, without their place in it."""
    story = scene.mock.story().splitlines()
    if "hints:" not in story:
        return []
    assert story.index("hints:") == 1
    lines = story[2:]
    return [line.strip() for line in lines[: next((n for n, line in enumerate(lines) if line[:1] != " "), None)]]


def test_faults_that_were_never_met(scene: Scene) -> None:
    scene.mock.faults.add("POST /v1/dreams", status=529)
    assert told(scene) == ["fault 'POST /v1/dreams' status=529 was never met: there was no request"]
    scene.http.post(f"/v1/dreams/drm_{ABSENT}/cancel")
    scene.http.get("/v1/memory_stores")
    said = f"no request matched; the nearest was POST /v1/dreams/drm_{ABSENT}/cancel"
    assert told(scene) == [f"fault 'POST /v1/dreams' status=529 was never met: {said}"]
    scene.mock.faults.add("GET /v1/memory_stores", drop="before", after=2)
    scene.http.get("/v1/memory_stores")
    assert told(scene)[1:] == [
        "fault 'GET /v1/memory_stores' drop='before' after=2 was never met: "
        "2 matching requests came before it or were let through"
    ]
    scene.http.post("/v1/dreams", json={})
    assert [line for line in told(scene) if "POST /v1/dreams'" in line] == []


def test_a_fault_that_struck_once_of_twice_was_used(scene: Scene) -> None:
    scene.mock.faults.add("GET /v1/dreams", status=500, times=2)
    scene.http.get("/v1/dreams")
    assert told(scene) == []


@pytest.mark.long
def test_scripts_that_were_never_taken(scene: Scene) -> None:
    scene.mock.dreams.script(fail="timeout", match={"model": "claude-sonnet-5"})
    scene.mock.sessions.script(["Hello."], match={"message": "Good evening"})
    first = "dream script {'match': {'model': 'claude-sonnet-5'}, 'fail': 'timeout'} was never taken: "
    second = (
        "session script {'match': {'message': 'Good evening'}, 'turns': [[{'say': 'Hello.'}]]} was never taken: "
        "no session that it matches began a turn"
    )
    assert told(scene) == [f"{first}no dream was created", second]
    scene.finished()
    assert told(scene)[0] == f"{first}none of 1 dreams came later and matched; the newest has model '{MODEL}'"
    scene.until(scene.dream(model="claude-sonnet-5").id, "failed")
    scene.session("Good evening.")
    assert told(scene) == []


def test_of_what_is_long_and_was_never_used_the_beginning_is_told(scene: Scene) -> None:
    scene.mock.dreams.script(write={"/a.md": "- A line of many.\n" * 1_000})
    scene.mock.stubs.add("GET /v1/agents", json={"data": ["many"] * 1_000})
    scene.mock.faults.add("GET /v1/dreams", status=500, headers={"x-long": "many" * 1_000})
    hints = told(scene)
    assert [hint.split("…")[0][:29] for hint in hints] == [
        "fault 'GET /v1/dreams' status",
        "stub 'GET /v1/agents' json={'",
        "dream script {'write': {'/a.m",
    ]
    assert all(len(hint) < 700 for hint in hints)


def test_a_script_that_was_taken_once_of_twice_was_used(scene: Scene) -> None:
    scene.mock.dreams.script(duration=60, times=2)
    scene.mock.sessions.script(["Hello."], times=2)
    scene.finished()
    assert told(scene) == []


def test_a_hint_is_told_once_and_of_its_first_request(scene: Scene) -> None:
    for path in ("/v1/sesions", "/v1/dreams?limit=1", "/v1/sesions"):
        scene.http.get(path)
    assert told(scene) == ["GET /v1/sesions: nothing is served at /v1/sesions; the nearest path is /v1/sessions"]


@pytest.mark.parametrize(
    ("test", "lines"),
    [
        (
            "mockdreams.faults.add('POST /v1/dreams', status=529)",
            ["  fault 'POST /v1/dreams' status=529 was never met: *"],
        ),
        deep("mockdreams.dreams.script(hang='running')", ["  dream script {'hang': 'running'} was never taken: *"]),
        (
            f"mockdreams.http.get('/v1/memory_stores/sesn_{ABSENT}')",
            [f"  GET /v1/memory_stores/sesn_{ABSENT}: sesn_{ABSENT} is a session's id, *"],
        ),
    ],
    ids=["fault", "script", "id"],
)
def test_a_failing_test_tells_and_a_passing_one_does_not(
    pytester: pytest.Pytester, test: str, lines: list[Any]
) -> None:
    pytester.makepyfile(f"def test_fails(mockdreams):\n    {test}\n    assert False\n")
    failed = run_pytest(pytester)
    failed.assert_outcomes(failed=1)
    failed.stdout.fnmatch_lines(["*- mockdreams -*", "clock: auto, *", "hints:", *lines])
    pytester.makepyfile(f"def test_passes(mockdreams):\n    {test}\n")
    passed = run_pytest(pytester, "-rA")
    passed.assert_outcomes(passed=1)
    passed.stdout.no_fnmatch_line("*hints:*")


def test_a_failing_poll_loop_under_a_manual_clock_says_why(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.mockdreams(clock="manual")
        def test_waits(mockdreams):
            beta = mockdreams.client().beta
            store = beta.memory_stores.create(name="Notes").id
            agent, home = beta.agents.create(name="A", model="{MODEL}"), beta.environments.create(name="E")
            session = beta.sessions.create(agent=agent.id, environment_id=home.id).id
            dream = beta.dreams.create(
                model="{MODEL}",
                inputs=[
                    {{"type": "memory_store", "memory_store_id": store}},
                    {{"type": "sessions", "session_ids": [session]}},
                ],
            )
            for _ in range(100):
                if beta.dreams.retrieve(dream.id).status == "completed":
                    return
            raise TimeoutError
        """
    )
    result = run_pytest(pytester)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["hints:", f"  GET /v1/dreams/drm_*: dream drm_* was asked for {POLLS} times while*"])
