"""Who may look at the board, and what no other page can make a browser do."""

import hashlib
import re
from pathlib import Path

import httpx2
import pytest

import mockdreams.http.board
from mockdreams import MockDreams
from mockdreams.harness.transport import Transport
from mockdreams.http.app import Application
from mockdreams.http.workspaces import Workspaces
from tests.support.boards import ROOT, TOKEN, Visitor

VENDOR = Path(mockdreams.http.board.__file__).parent / "static" / "vendor"
pytestmark = pytest.mark.off_schema


def visitor(**options: object) -> httpx2.Client:
    """Somebody at a server of its own, with one world."""
    places = Workspaces()
    places.create("sk-ant-key", clock="manual")
    return httpx2.Client(transport=Transport(Application(places, **options)), base_url="http://localhost")  # type: ignore[arg-type]


@pytest.mark.long
def test_every_page_forbids_all_that_is_not_its_own(board: Visitor) -> None:
    for path in (f"{ROOT}/", f"{board.base}/", f"{board.base}/nowhere"):
        response = board.http.get(path)
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cache-control"] == "no-store"
        assert not re.search(
            r"<script(?! src)|<style|\sstyle=|\son[a-z]+=|javascript:|(?:src|href)=.?https?:", response.text
        )


def test_scripts_and_styles_are_served_from_here(board: Visitor) -> None:
    page = board.http.get(f"{ROOT}/").text
    files = re.findall(r'(?:src|href)="(/_mockdreams/board/static/[^"]+)"', page)
    assert len(files) == 5
    for address in files:
        assert board.http.get(address).status_code == 200
    assert board.http.get(f"{ROOT}/static/../site.py").status_code == 404


def test_the_files_of_others_are_as_they_were_published() -> None:
    listed = dict(re.findall(r"\| `([\w.-]+)` .*\| (\w{64}) \|", (VENDOR / "README.md").read_text()))
    scripts = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.glob("*.js")}
    assert listed == scripts


@pytest.mark.parametrize("token", [None, "", "0" * 64])
@pytest.mark.parametrize("path", ["/clock", "/levers/faults", "/policy", "/snapshot", "/reset", "/requests/clear"])
def test_a_form_without_the_token_is_refused(
    mockdreams: MockDreams, board: Visitor, path: str, token: str | None
) -> None:
    before = mockdreams.snapshot()
    sent = {"advance": "60", "match": "GET /v1/dreams", "status": "529", "dreams_per_day": "1"}
    response = board.http.post(board.base + path, data=sent if token is None else {**sent, "token": token})
    assert response.status_code == 403
    assert "load the page anew" in response.text
    assert (mockdreams.snapshot(), list(mockdreams.faults)) == (before, [])


def test_a_form_of_a_foreign_page_or_by_a_foreign_name_is_refused(mockdreams: MockDreams, board: Visitor) -> None:
    sent, before = {"token": board.token(), "advance": "60"}, mockdreams.clock.now()
    for header in ({"origin": "https://evil.example"}, {"host": "evil.example"}, {"origin": "null"}):
        assert board.http.post(f"{board.base}/clock", data=sent, headers=header).status_code == 403
        assert board.http.get(f"{ROOT}/", headers=header).status_code == 403
    assert board.http.get("/", headers={"accept": "text/html", "host": "evil.example"}).status_code == 403
    assert mockdreams.clock.now() == before


def test_the_tokens_of_two_servers_differ() -> None:
    first, second = (TOKEN.search(visitor(control_token="t").get(f"{ROOT}/login").text) for _ in range(2))
    assert first is not None
    assert second is not None
    assert first[1] != second[1]


def test_without_the_control_api_there_is_no_board() -> None:
    with visitor(control=False) as http:
        assert http.get(f"{ROOT}/").status_code == 404
        assert http.get("/", headers={"accept": "text/html"}).status_code == 404


def test_the_control_token_is_the_login() -> None:
    with visitor(control_token="a secret") as http:
        world = http.get("/_mockdreams/worlds", headers={"x-mockdreams-control-token": "a secret"}).json()["data"][0]
        assert http.get("/_mockdreams/worlds").status_code == 401
        page = f"{ROOT}/w/{world['id']}/"
        asked = http.get(page)
        assert (asked.status_code, asked.headers["location"]) == (303, f"{ROOT}/login?next={page.replace('/', '%2F')}")
        login = asked.headers["location"]
        token = TOKEN.search(http.get(login).text)
        assert token is not None
        wrong = http.post(login, data={"token": token[1], "control_token": "a guess"})
        assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)
        assert http.get(page).status_code == 303
        entered = http.post(login, data={"token": token[1], "control_token": "a secret"})
        assert (entered.status_code, entered.headers["location"]) == (303, page)
        cookie = entered.headers["set-cookie"]
        assert "a secret" not in cookie
        assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", f"Path={ROOT}"))
        assert http.get(page).status_code == 200
        assert http.post(f"{ROOT}/logout", data={"token": token[1]}).status_code == 303
        assert http.get(page).status_code == 303


def test_nothing_is_shown_moved_or_streamed_before_the_login() -> None:
    with visitor(control_token="a secret") as http:
        token = TOKEN.search(http.get(f"{ROOT}/login").text)
        assert token is not None
        header = {"x-mockdreams-control-token": "a secret"}
        id = http.get("/_mockdreams/worlds", headers=header).json()["data"][0]["id"]
        assert http.get(f"{ROOT}/live/w/{id}/").status_code == 401
        assert http.get(f"{ROOT}/w/{id}/snapshot.json").status_code == 303
        sent = {"token": token[1], "advance": "60"}
        assert http.post(f"{ROOT}/w/{id}/clock", data=sent).status_code == 401
        assert http.get(f"{ROOT}/w/{id}/", headers=header).status_code == 200


def test_the_login_leads_to_no_other_site() -> None:
    with visitor(control_token="a secret") as http:
        for target in ("https://evil.example/", "//evil.example/", f"{ROOT}.evil.example"):
            token = TOKEN.search(http.get(f"{ROOT}/login").text)
            assert token is not None
            sent = {"token": token[1], "control_token": "a secret"}
            assert http.post(f"{ROOT}/login", params={"next": target}, data=sent).headers["location"] == f"{ROOT}/"


def test_without_jinja_the_board_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    for name in [name for name in sys.modules if name.startswith(("jinja2", "mockdreams.http.board."))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with visitor() as http:
        answer = http.get(f"{ROOT}/")
        assert answer.status_code == 503
        assert "the board needs jinja2, which comes with the extra [board] of mockdreams" in answer.text
