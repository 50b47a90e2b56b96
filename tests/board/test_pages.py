"""Each page of the board shows what its world has, and an empty one says what to type."""

import json
from html import unescape

import pytest

from mockdreams import MockDreams
from tests.support.boards import ROOT, Visitor
from tests.support.helpers import Scene

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\" ' {{ 7*7 }} \r\revent: gone"
ESCAPED = "&lt;script&gt;alert(1)&lt;/script&gt;"


@pytest.mark.off_schema
def test_a_browser_is_led_to_the_board_and_a_client_is_not(mockdreams: MockDreams, board: Visitor) -> None:
    html = {"accept": "text/html,application/xhtml+xml"}
    led = board.http.get("/", headers=html)
    assert (led.status_code, led.headers["location"]) == (303, f"{ROOT}/")
    assert board.http.get("/").status_code == 404
    assert mockdreams.http.get("/", headers=html).status_code == 404


def test_worlds_are_listed_by_the_end_of_their_key(mockdreams: MockDreams, board: Visitor) -> None:
    page = board.http.get(f"{ROOT}/").text
    assert f'href="{board.base}/">…{mockdreams.api_key[-4:]}</a>' in page
    assert mockdreams.api_key not in page


def test_worlds_can_be_asked_for_as_json(scene: Scene, board: Visitor) -> None:
    scene.store({"/a.md": "four"})
    world = next(each for each in board.worlds() if each["id"] == board.id)
    assert world["counts"] == {"dreams": 0, "memory_stores": 1, "sessions": 0, "requests": 2}
    assert world["clock"] == {"mode": "auto", "now": "2026-01-01T00:00:00Z"}
    assert world["bytes"] > 4


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/", "client.beta.dreams.create("),
        ("/stores", "client.beta.memory_stores.create("),
        ("/sessions", "client.beta.sessions.create("),
        ("/requests", "curl http://"),
        ("/schedules", "mock.schedules.add("),
        ("/webhooks", "mock.webhooks.add("),
        ("/levers", "mockdreams.faults.add("),
    ],
)
def test_an_empty_page_says_what_to_type(board: Visitor, path: str, typed: str) -> None:
    assert typed in board.get(path)


@pytest.mark.long
def test_looking_moves_nothing(scene: Scene, board: Visitor) -> None:
    dream = scene.dream()
    before = scene.mock.snapshot()
    for path in (
        "/",
        f"/dreams/{dream.id}",
        "/stores",
        "/sessions",
        "/requests",
        "/schedules",
        "/webhooks",
        "/levers",
        "/policy",
    ):
        board.get(path)
    assert scene.mock.snapshot() == before
    assert scene.mock.requests[-1].path == "/v1/dreams"


def test_a_world_shows_its_dreams_and_what_is_due(scene: Scene, board: Visitor) -> None:
    dream = scene.dream()
    page = board.get("/")
    assert f'href="{board.base}/dreams/{dream.id}"' in page
    assert "dream starts" in page
    assert f'<li id="{dream.id}">' in board.get("/", status="pending")
    assert "No dream is failed." in board.get("/", status="failed")


@pytest.mark.long
def test_dreams_are_paged(scene: Scene, board: Visitor) -> None:
    store, session = scene.store(), scene.session("Hello.")
    dreams = [scene.dream(store, [session]).id for _ in range(51)]
    assert f"before={dreams[1]}" in board.get("/")
    oldest = f'<li id="{dreams[0]}">'
    assert oldest not in board.get("/")
    assert oldest in board.get("/", before=dreams[1])


def test_a_dream_shows_its_milestones_its_log_its_usage_and_its_script(scene: Scene, board: Visitor) -> None:
    scene.mock.dreams.script(write={"/prefs.md": "Tabs."}, usage={"input_tokens": 1234})
    dream = scene.finished()
    page = board.get(f"/dreams/{dream.id}")
    assert "<strong>completed</strong>" in page
    assert "writes /mnt/memory/" in page
    assert "1,234" in page
    assert "&#34;/prefs.md&#34;: &#34;Tabs.&#34;" in page
    assert page.count("<svg") == 2
    assert "tokens, rising to 1,234 tokens" in page


@pytest.mark.long
def test_a_restored_world_still_shows_the_script_that_a_dream_took(scene: Scene, board: Visitor) -> None:
    scene.mock.dreams.script(match={"instructions": "Tidy"}, fail="timeout", at=0.5, times=2)
    dream, other = scene.until(scene.dream(instructions="Tidy up.").id, "failed"), scene.dream()
    assert "&#34;fail&#34;: &#34;timeout&#34;" in board.get(f"/dreams/{dream.id}")
    scene.mock.restore(json.loads(json.dumps(scene.mock.snapshot())))
    assert "&#34;fail&#34;: &#34;timeout&#34;" in board.get(f"/dreams/{dream.id}")
    assert "It took this script" not in board.get(f"/dreams/{other.id}")


def test_a_failed_dream_says_why(scene: Scene, board: Visitor) -> None:
    scene.mock.dreams.script(fail="input_memory_store_too_large", message="Too much.", at=0.5)
    dream = scene.until(scene.dream().id, "failed")
    assert "<strong>input_memory_store_too_large</strong> Too much." in board.get(f"/dreams/{dream.id}")


def test_a_store_shows_its_memories_and_any_two_versions(scene: Scene, board: Visitor) -> None:
    store = scene.store({"/a.md": "one\ntwo\nthree", "/b/c.md": "four"})
    memories = scene.beta.memory_stores.memories
    memory = next(each for each in memories.list(store).data if each.type == "memory" and each.path == "/a.md")
    memories.update(memory.id, memory_store_id=store, content="one\n2\nthree")
    assert "/b/c.md" in board.get(f"/stores/{store}")
    assert "/a.md</a>" not in board.get(f"/stores/{store}", path="/b/")
    assert "one\n2\nthree</pre>" in board.get(f"/stores/{store}/memories/{memory.id}")
    new, old = (each.id for each in scene.beta.memory_stores.memory_versions.list(store, memory_id=memory.id))
    page = board.get(f"/stores/{store}/compare", old=old, new=new)
    assert page.index("<span>two</span>") < page.index("<span>2</span>")
    assert "<span>three</span>" in page


def test_a_session_shows_what_was_said(scene: Scene, board: Visitor) -> None:
    session = scene.session("I prefer tabs.")
    assert session in board.get("/sessions")
    assert "I prefer tabs." in board.get(f"/sessions/{session}")


def test_requests_are_listed_with_who_answered_and_why(scene: Scene, board: Visitor) -> None:
    scene.mock.faults.add("GET /v1/memory_stores", status=529)
    scene.http.get("/v1/memory_stores")
    scene.http.get("/v1/dream")
    page = board.get("/requests")
    assert page.index("/v1/dream<") < page.index("/v1/memory_stores<")
    assert '<span class="status fault">fault</span>' in page
    assert "the nearest path is /v1/dreams" in page
    for query in ({"by": "fault"}, {"status": "529"}, {"match": "GET /v1/memory_stores"}):
        found = board.get("/requests", **query)
        assert ("/v1/memory_stores<" in found, "/v1/dream<" in found) == (True, False)
    assert "/v1/dream<" in board.get("/requests", hint="1")
    assert "No request that is kept is like that." in board.get("/requests", match="PUT /v1/x")


def test_a_request_can_be_asked_again(scene: Scene, board: Visitor) -> None:
    store = scene.store()
    scene.http.post(f"/v1/memory_stores/{store}/memories", json={"path": "/a.md", "content": "it's"})
    page = board.get("/requests/2")
    assert f"curl -X POST {scene.mock.url}/v1/memory_stores/{store}/memories" in page
    assert scene.mock.api_key not in page
    assert "mockdreams.faults.add(&#39;POST /v1/memory_stores/*/memories&#39;, status=529)" in page
    assert "    assert response.status_code == 200" in page


def test_the_copied_test_passes(mockdreams: MockDreams, board: Visitor) -> None:
    mockdreams.http.post("/v1/memory_stores", json={"name": "It's"})
    code = unescape(board.get("/requests/1").partition('aria-label="As a test">')[2].partition("</pre>")[0])
    told: dict[str, object] = {}
    exec(code, told)
    told["test_request"](mockdreams)  # type: ignore[operator]
    assert mockdreams.requests[-1].body == {"name": "It's"}


@pytest.mark.long
def test_a_body_of_megabytes_is_not_on_a_page(scene: Scene, board: Visitor) -> None:
    for size in (1_000_000, 1_100_000):
        scene.http.post("/v1/memory_stores", content=b'{"name":"%b"}' % (b"a" * size))
    number = len(scene.mock.requests)
    shown, left_out = board.get(f"/requests/{number - 1}"), board.get(f"/requests/{number}")
    assert "a" * 1_000_000 in shown
    assert "1100011 bytes, which GET /_mockdreams/requests shows" in left_out
    assert len(left_out) < 20_000


def test_what_is_not_there_has_a_page_that_says_so(board: Visitor) -> None:
    for path in ("/dreams/drm_1", "/stores/memstore_1", "/sessions/sesn_1", "/requests/9", "/requests/x", "/nowhere"):
        assert "<h1>404</h1>" in board.get(path, 404)
    assert "There is no such world" in board.http.get(f"{ROOT}/w/wrkspc_1/").text


def test_a_filter_that_is_none_is_refused_in_words(board: Visitor) -> None:
    assert "no number" in board.get("/requests", 400, status="many")
    assert "matches no call" in board.get("/requests", 400, match="GET  v1")


@pytest.mark.long
def test_what_strangers_wrote_is_shown_as_text(scene: Scene, board: Visitor) -> None:
    store = scene.store({"/<b>.md": HOSTILE}, name=HOSTILE.partition("\r")[0])
    session = scene.session(HOSTILE)
    memory = scene.beta.memory_stores.memories.list(store).data[0]
    assert memory.type == "memory"
    dream = scene.beta.dreams.create(**scene.body(store, [session], instructions=HOSTILE))
    scene.until(dream.id, "completed")
    scene.mock.faults.add("GET /v1/x", status=500, body=HOSTILE)
    scene.http.get("/v1/x", params={"q": HOSTILE}, headers={"x-note": "<b>"})
    paths = [
        "/", f"/dreams/{dream.id}", "/stores", f"/stores/{store}", f"/stores/{store}/memories/{memory.id}",
        "/sessions", f"/sessions/{session}", "/requests", f"/requests/{len(scene.mock.requests)}", "/levers",
    ]  # fmt: skip
    pages = [board.get(path) for path in paths]
    assert all("<script>alert" not in page and "<img" not in page and "<b>" not in page for page in pages)
    assert sum(ESCAPED in page for page in pages) >= 6
    assert all("49" not in page.partition("{{")[0][-5:] for page in pages)


def test_a_line_of_100_kb_is_shown_whole(scene: Scene, board: Visitor) -> None:
    store = scene.store({"/long.md": "x" * 100_000})
    memory = scene.beta.memory_stores.memories.list(store).data[0]
    assert memory.type == "memory"
    assert "x" * 100_000 in board.get(f"/stores/{store}/memories/{memory.id}")


@pytest.mark.long
def test_of_many_dreams_and_requests_the_newest_are_on_the_first_page(mockdreams: MockDreams) -> None:
    with mockdreams.client(max_retries=0) as client:
        scene = Scene(mockdreams, client.beta)
        store, session = scene.store(), scene.session("Hello.")
        body = json.dumps(scene.body(store, [session])).encode()
        for _ in range(60):
            mockdreams.http.post("/v1/dreams", content=body, headers={"content-type": "application/json"})
    board = Visitor(mockdreams)
    assert board.get("/").count('<li id="drm_') == 50
    assert board.get("/requests").count('class="words"') == len(mockdreams.requests)
