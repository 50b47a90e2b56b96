"""One of each secret is sent wherever somebody may send one, and looked for wherever something is shown."""

import json
import logging
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner

from mockdreams import MockDreams
from mockdreams import secrets as secrets_module
from mockdreams.cli import main
from mockdreams.contract.client.answers import RuleViolation, TargetResponse, require_equal
from mockdreams.contract.recording.recorder import Recording
from mockdreams.secrets import is_secret_name, mask_json, mask_text
from tests.support.deep import one_in
from tests.support.helpers import Scene
from tests.support.regex_steps import is_slow

pytestmark = pytest.mark.off_schema

HEADERS = {
    name: f"header-{number}-is-nobodys-business"
    for number, name in enumerate(
        """Authorization Proxy-Authorization Cookie X-Mockdreams-Control-Token X-Auth-Token X-Goog-Api-Key
        Anthropic-Auth-Token X-Amz-Security-Token X-Access-Token Webhook-Secret Ocp-Apim-Subscription-Key""".split()[
            :-1
        ]
    )
}
FIELDS = {
    name: f"field-{number}-is-nobodys-business"
    for number, name in enumerate(
        """authorization_token access_token refresh_token client_secret secret_value token password passwd passphrase
        api_key apiKey private_key secret_key secretAccessKey github_pat pat credential signing_key assertion""".split()
    )
}
BEGIN, END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
SHAPES = {
    "a key of the service": "sk-ant-api03-Nobodys_Business-1",
    "another key": "sk-NobodysBusiness0123456789",
    "a webhook secret": "whsec_Nobodys/Business+012345=",
    "a JWT": "eyJhbGciOiJub25lIn0.eyJub2JvZHkiOiJidXNpbmVzcyJ9.bm9ib2R5",
    "a private key": f"{BEGIN}\nTm9ib2R5cw==\nQnVzaW5lc3M=\n{END}",
    "a GitHub token": "ghp_NobodysBusiness0123456789",
    "a fine-grained token": "github_pat_NobodysBusiness0123456789",
    "a Slack token": "xoxb-nobodys-business-012345",
    "a Google key": "AIza" + "NobodysBusiness_0123456789-ABCDEFGH"[:35],
    "an AWS key": "AKIANOBODYSBUSINESS0"[:20],
    "a GitLab token": "glpat-NobodysBusiness0123456789",
}
PHRASES = {
    "Bearer {}": "Nobodys.Business.012",
    "password: {}": "nobodys-business-1",
    "PASSWORD={}": "nobodys-business-2",
    '{{"client_secret": "{}"}}': "nobodys-business-3",
    '{{\\"token\\":\\"{}\\"}}': "nobodys-business-4",
    "https://{}@example.com/": "nobody:business-5",
    '{{"pat": "{}"}}': "nobodys-business-6",
    '{{\\"signing_key\\":\\"{}\\"}}': "nobodys-business-7",
    "{{'github_pat': '{}'}}": "nobodys-business-8",
    "Authorization: Basic {}": "bm9ib2R5OmJ1c2luZXNz",
}
CREDENTIALS: Any = [
    {"credential": {"type": "x", "value": "nobodys-value-1"}},
    {"env": [{"name": "GITHUB_TOKEN", "value": "nobodys-value-2"}]},
    {"auth": {"type": "static_bearer", "value": "nobodys-value-3"}},
    {"tokens": ["count", 3], "token": ["nobodys-value-4"]},
]
SAID = "\n".join([*SHAPES.values(), *(phrase.format(secret) for phrase, secret in PHRASES.items())])
BODY = {"name": "Notes", "said": SAID, "credentials_of_ours": CREDENTIALS, **FIELDS}
ALL = [
    *HEADERS.values(),
    *FIELDS.values(),
    *(each for each in SHAPES.values() if BEGIN not in each),
    "Tm9ib2R5cw==",
    *PHRASES.values(),
    *(f"nobodys-value-{number}" for number in range(1, 5)),
]


def found(text: str) -> list[str]:
    """The secrets that a text gives away, as they are or within JSON."""
    return [secret for secret in ALL if secret in text or json.dumps(secret)[1:-1] in text]


def plant(mock: MockDreams) -> None:
    """Send one of each, wherever the journal keeps something."""
    client = mock.http
    client.post("/v1/memory_stores", json=BODY, headers=HEADERS)
    client.post("/v1/memory_stores", content=SAID.encode())
    client.get("/v1/memory_stores", params={**FIELDS, "page": SHAPES["a JWT"]})
    for secret in SHAPES.values():
        client.get(f"/v1/nothing/{quote(secret)}")
        client.get(f"/v1/dreams/{quote(secret, safe='')}")
        client.post("/v1/dreams", json={"inputs": [{"type": "sessions", "session_ids": [secret]}], "model": secret})
    mock.faults.add("GET /v1/nowhere", status=500, body=SAID, headers={"x-auth-token": HEADERS["X-Auth-Token"]})


def test_everything_planted_would_be_found() -> None:
    assert found(json.dumps([BODY, HEADERS])) == ALL


@pytest.mark.long
def test_what_the_control_api_and_the_report_show(mockdreams: MockDreams) -> None:
    plant(mockdreams)
    assert found(mockdreams.http.get("/_mockdreams/requests").text) == []
    assert found(mockdreams.story()) == []
    for exchange in mockdreams.requests:
        assert found(f"{exchange} {exchange!r} {exchange.call} {exchange.query} {exchange.headers}") == []
        assert found(f"{exchange.path} {exchange.body} {exchange.response} {exchange.hint}") == []
    with pytest.raises(AssertionError) as failure:
        mockdreams.requests.assert_called("POST /v1/memory_stores", body={**BODY, "more": 1})
    assert "The nearest body was" in str(failure.value)
    assert found(str(failure.value)) == []


@pytest.mark.long
def test_what_is_logged(mockdreams: MockDreams, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "mockdreams")
    plant(mockdreams)
    assert "nothing is served at" in caplog.text
    assert found(caplog.text) == []


def test_a_request_writes_no_line_of_its_own_into_the_log(
    mockdreams: MockDreams, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "mockdreams")
    mockdreams.http.get("/v1/x%0aCRITICAL%20fake%20line%1b[31m%e2%80%a8%c2%85")
    (message,) = caplog.messages
    assert message.isprintable()
    assert r"/v1/x\nCRITICAL fake line\x1b[31m\u2028\x85" in message


@pytest.mark.long
def test_what_a_snapshot_keeps(scene: Scene) -> None:
    """Texts that are somebody's memories are in it as they are, and nothing else that was secret."""
    plant(scene.mock)
    repository = {
        "type": "github_repository",
        "url": "https://github.com/someone/something",
        "authorization_token": SHAPES["a GitHub token"],
    }
    session = scene.http.get(f"/v1/sessions/{scene.session()}").json()
    body = {"agent": session["agent"]["id"], "environment_id": session["environment_id"], "resources": [repository]}
    scene.http.post("/v1/sessions", json=body, headers=HEADERS).raise_for_status()
    assert found(json.dumps(scene.mock.snapshot())) == []
    assert scene.mock.api_key not in json.dumps(scene.mock.snapshot())


async def test_what_a_cassette_keeps(tmp_path: Path) -> None:
    recording = Recording(tmp_path / "c.yaml", warn=pytest.fail)
    headers = {name.lower(): value for name, value in HEADERS.items()}
    for body in (json.dumps(BODY).encode(), SAID.encode()):
        number = recording.begin(headers)
        request = recording.request("POST", "/v1/memory_stores", "password=nobodys-business-1", headers, body)
        await recording.add(number, request, recording.response(200, headers, body))
    number = recording.begin(headers)
    request = recording.request("GET", f"/v1/{SHAPES['a JWT']}", "", headers, b"")
    await recording.add(number, request, recording.response(200, headers, b""), stream=True)
    recording.add_event(number, b"event: x\ndata: " + json.dumps(BODY).encode())
    unfinished = recording.path.read_text()
    recording.finish()
    for text in (unfinished, recording.path.read_text()):
        assert text.count("<secret>") > 3 * len(FIELDS)
        assert found(text) == []


def test_what_a_check_and_a_replay_tell() -> None:
    answer = TargetResponse("POST", "/v1/memory_stores", BODY, HEADERS, 200, {}, json.dumps(BODY))
    assert found(str(answer)) == []
    with pytest.raises(RuleViolation) as broken:
        require_equal("said", BODY, SAID)
    assert found(str(broken.value)) == []


def test_what_a_replay_tells(mockdreams: MockDreams, tmp_path: Path) -> None:
    """The target answers with secrets where the recording has none."""
    mockdreams.faults.add("GET /v1/dreams", status=400, body={"error": BODY})
    cassette = tmp_path / "c.yaml"
    request, response = {"method": "GET", "path": "/v1/dreams"}, {"status": 400, "body": {"error": {"name": "n"}}}
    cassette.write_text(json.dumps({"exchanges": [{"exchange": 1, "request": request, "response": response}]}))
    command = ["contract", "replay", str(cassette), "--target", mockdreams.url, "--api-key", mockdreams.api_key]
    result = CliRunner().invoke(main, [*command, "--json", str(tmp_path / "r.json")])
    assert result.exit_code == 1, result.output
    assert "body.error.said" in result.output
    assert found(result.output) == []
    assert found((tmp_path / "r.json").read_text()) == []


def test_an_assertion_compares_what_was_sent(mockdreams: MockDreams) -> None:
    """A body is masked where it is shown; a test may still ask whether a token was sent."""
    mockdreams.http.post("/v1/memory_stores", json=BODY)
    mockdreams.requests.assert_called("POST /v1/memory_stores", body={"token": FIELDS["token"], "said": SAID})
    with pytest.raises(AssertionError):
        mockdreams.requests.assert_called("POST /v1/memory_stores", body={"token": "another-token-of-somebody"})


def test_the_key_of_a_request_is_masked_wherever_it_stands(mockdreams: MockDreams) -> None:
    key = "a-key-of-no-known-shape"
    headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}
    mockdreams.http.post(f"/v1/memory_stores/{key}", json={"name": f"I am {key}."}, headers=headers)
    shown = mockdreams.http.get("/_mockdreams/requests", headers=headers).text
    mockdreams.http.delete("/_mockdreams/world", headers=headers)
    assert key not in shown
    assert "I am …hape." in shown


@pytest.mark.parametrize(
    "text",
    [
        "tokens are cheap",
        "input_tokens: 50000",
        "task-force at risk-averse desk-top",
        "The secret of a good pie: butter",
        "https://example.com/a:b@c",
        "A basic understanding; Bearer of news",
        "eyJust a word. And another. Third",
        "the key: value pairs",
    ],
)
def test_prose_stays_as_it_is(text: str) -> None:
    assert mask_text(text) == text


@pytest.mark.parametrize(
    "name", ["input_tokens", "max_tokens", "secret_name", "tokenizer", "next_page", "path", "key", "passage", "content"]
)
def test_names_that_are_no_secrets(name: str) -> None:
    assert not is_secret_name(name)
    assert mask_json({name: "something"}) == {name: "something"}


PUMPS = [*SHAPES.values(), BEGIN, "eyJ", "-eyJ", "sk-", "://a:", "password:", "Bearer ", "authorization: basic "]
"""Secrets, and beginnings of secrets that never end."""


@pytest.mark.parametrize("pump", one_in(2, PUMPS))
def test_masking_is_linear(pump: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pattern takes steps in proportion to what it searches, and all that is searched is a few times the text."""
    searched = dict[Any, int]()

    class Counted:
        def __init__(self, pattern: Any) -> None:
            self.pattern: Any = pattern
            self.groups = pattern.groups

        def finditer(self, text: str, at: int, end: int) -> Any:
            searched[self] = searched.get(self, 0) + end - at
            return self.pattern.finditer(text, at, end)

    def counted_pattern(pattern: Any) -> Any:
        return Counted(pattern)

    shapes = [shape._replace(pattern=counted_pattern(shape.pattern)) for shape in secrets_module._SHAPES]
    assigned = counted_pattern(secrets_module._ASSIGNED)
    for counted in [*(shape.pattern for shape in shapes), assigned]:
        assert not is_slow(counted.pattern.compiled(), lambda length: pump * (4 * length // len(pump)))
    monkeypatch.setattr(secrets_module, "_SHAPES", shapes)
    monkeypatch.setattr(secrets_module, "_ASSIGNED", assigned)
    text = "password: " + pump * (100_000 // len(pump))
    mask_text(text)
    assert max(searched.values()) < 4 * len(text)


@pytest.mark.parametrize("secret", [*SHAPES.values(), "password =  'rosebud-of-many-letters'", "token=" + "p" * 40_000])
def test_a_secret_is_found_wherever_it_is_in_a_long_text(secret: str) -> None:
    """Long texts are searched in pieces: one that lies across two of them is no less secret."""
    for before in range(4 * secrets_module.PIECE - 70, 4 * secrets_module.PIECE, 7):
        text = ("a b, " * before)[: before - 1] + " "
        assert mask_text(text + secret + " a b" * 5_000) == text + mask_text(secret) + " a b" * 5_000


def test_a_long_text_is_searched_in_pieces() -> None:
    longest = []

    class Pattern:
        groups = 0

        def finditer(self, text: str, at: int, end: int) -> Any:
            longest.append(end - at)
            return iter(())

    text = "a b " * 100_000
    assert secrets_module._masked(Pattern(), text, str) == text  # type: ignore[arg-type]
    assert max(longest) == 4 * secrets_module.PIECE
    assert sum(longest) < 2 * len(text)
