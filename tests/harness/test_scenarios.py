"""Scenarios: one document that says how a world begins and what is prepared in it, wherever it is given."""

import json
import re
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from anthropic import Anthropic, OverloadedError
from click.testing import CliRunner, Result

from mockdreams import MockDreams
from mockdreams.cli import main
from mockdreams.http.scenario import SECTIONS, scenario_schema
from mockdreams.http.scenario_files import ScenarioError, bundled_scenarios, load_scenario
from tests.support.inner_pytest import run_pytest
from tests.support.servers import serving
from tools.reference import SCENARIO_SCHEMA, scenario_schema_text

WHOLE: dict[str, Any] = {
    "$schema": "scenario.schema.json",
    "description": "A bit of everything.",
    "profile": "launch-2026-05",
    "policy": {"dreams_per_day": 3, "list_prices": {}},
    "clock": "manual",
    "speed": 7,
    "now": "2026-03-05T22:00:00Z",
    "load": "messy-store",
    "faults": [
        {"match": "POST /v1/dreams", "status": 529, "latency": {"p50": 0.001, "p99": 0.002}},
        {"match": "GET /v1/sessions/*/events/stream", "insert": {"1": {"type": "new"}}, "lose": [0, "x"]},
    ],
    "stubs": [{"match": "GET /v1/moons", "json": {"moons": 2}}],
    "messages": [{"content": "Hello."}, {"content": [{"type": "text", "text": "Hi."}], "times": None}],
    "dreams": [{"fail": "timeout", "at": 0.5}, {"write": {"/a.md": "A."}, "times": 2}],
    "sessions": [{"turns": ["Hi.", {"tool": "bash"}, [{"delegate": "B", "turn": ["C"]}]], "verdicts": ["satisfied"]}],
    "vaults": [{"outcome": "refused", "match": {"vault_id": "vlt_1"}}],
    "webhooks": [{"url": "http://localhost:1/hook", "events": ["vault.created"], "lose": [0]}],
    "schedules": [{"memory_store": "Harbor team notes", "every": 3600, "mode": "automatic"}],
}


def check(path: Path, text: str) -> Result:
    path.write_text(text)
    return CliRunner().invoke(main, ["scenario", "check", str(path)])


@pytest.mark.long
def test_a_world_begins_as_its_scenario_says() -> None:
    with MockDreams(scenario=WHOLE) as mock:
        for _ in range(2):
            assert (mock.clock.mode, mock.clock.speed) == ("manual", 7)
            assert mock.clock.now().isoformat() == "2026-03-05T22:00:00+00:00"
            assert (mock.policy.profile, mock.policy.dreams_per_day) == ("launch-2026-05", 3)
            assert len(mock.client().beta.memory_stores.list().data) == 1
            assert [script["times"] for script in mock.dreams] == [1, 2]
            assert len(list(mock.faults)) == 2
            assert [(each.every, each.mode) for each in mock.schedules] == [(3600, "automatic")]
            assert len(list(mock.vaults)) == len(list(mock.sessions)) == len(list(mock.webhooks)) == 1
            assert mock.http.get("/v1/moons").json() == {"moons": 2}
            with pytest.raises(OverloadedError):
                mock.client(max_retries=0).beta.dreams.create(inputs=[], model="m")
            mock.dreams.script(hang="pending")
            mock.reset()


@pytest.mark.long
def test_what_is_given_beside_a_scenario_overrides_it() -> None:
    with MockDreams("auto", policy={"dreams_per_day": 9}, profile="current", now="wall", scenario=WHOLE) as mock:
        assert mock.clock.mode == "auto"
        assert mock.clock.now().year >= 2026
        assert (mock.policy.profile, mock.policy.dreams_per_day, mock.policy.list_prices) == ("current", 9, {})


@pytest.mark.long
@pytest.mark.parametrize("name", bundled_scenarios())
def test_every_scenario_that_is_shipped_fits_the_schema_and_is_used_by_a_page(name: str) -> None:
    pages = "".join(page.read_text() for page in (Path(__file__).parents[2] / "docs" / "how-to").glob("*.md"))
    assert f'"{name}"' in pages
    document = load_scenario(name).as_json()
    assert document["description"]
    assert jsonschema_rs.is_valid(scenario_schema(), document)


@pytest.mark.long
def test_the_schema_takes_what_is_taken_and_is_shipped_and_served(mockdreams: MockDreams) -> None:
    validator = jsonschema_rs.validator_for(scenario_schema())
    assert [error.message for error in validator.iter_errors(WHOLE)] == []
    assert validator.is_valid(load_scenario(WHOLE).as_json())
    assert validator.is_valid({"load": {"now": "2026-01-01T00:00:00Z", "memory_stores": []}})
    faulty: list[Any] = [
        {"dream": []},
        {"faults": [{"statsu": 1}]},
        {"clock": "lunar"},
        {"load": {"x": 1}},
    ]
    for wrong in faulty:
        assert not validator.is_valid(wrong)
    assert SCENARIO_SCHEMA.read_text() == scenario_schema_text(), "run scripts/reference"
    assert httpx2.get(f"{mockdreams.url}/_mockdreams/scenario.schema.json").json() == scenario_schema()
    assert json.loads(CliRunner().invoke(main, ["scenario", "schema"]).stdout) == scenario_schema()
    assert set(SECTIONS) < set(scenario_schema()["properties"])


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("clock: auto\nfaults:\n- match: GET /v1\n  statsu: 529", 4, "faults[0].statsu: no such key: status"),
        ("dream: []", 1, "dream: no such key: dreams"),
        ("policy:\n  dreams_per_dya: 1", 2, "policy.dreams_per_dya: no such key: dreams_per_day"),
        ("dreams:\n- match: {modle: x}", 2, "dreams[0].match.modle: no such key: model"),
        ("sessions:\n- turns:\n  - [{tool: bash, inptu: {}}]", 3, "sessions[0].turns[0][0].inptu: no such key: input"),
        ("sessions:\n- turns: [{sya: Hi}]", 2, "did you mean say?"),
        ("sessions: [{verdicts: [satisfide]}]", 1, "did you mean satisfied?"),
        ("dreams:\n- hang: runing", 2, "dreams[0].hang: Input should be 'pending' or 'running'; did you mean running?"),
        ("webhooks:\n- url: localhost", 2, "webhooks[0].url: 'localhost' is no URL that begins with http:// or"),
        ("schedules:\n- {memory_store: Notes, evry: 9}", 2, "schedules[0].evry: no such key: every"),
        ("schedules:\n- every: 9", 2, "schedules[0]: a schedule has a memory_store: the name of one, or its id"),
        ("schedules:\n- {memory_store: Notes, every: 9}", 2, "begins with no memory store called 'Notes'"),
        ("load: messy-store\nschedules:\n- {memory_store: Harbor team notes, every: 9, cron: 0 3 * * *}", 3,
         "schedules[0]: exactly one of every, cron and after_sessions is needed, not 2"),
        ("messages:\n- times: 1", 2, "messages[0].content: it is missing"),
        ("profile: curent", 1, "profile: there is no profile 'curent'; did you mean current?"),
        ("now: 2026-03-01", 1, "now: now must have a time zone"),
        ("load: mesy-store", 1, "load: no seed world 'mesy-store': no such file; did you mean messy-store?"),
        ("load:\n  now: 2026-01-01\n  memory_store: []", 3, "load.memory_store: no such key: memory_stores"),
        ("clock: auto\nclock: manual", 2, "clock: it is there twice"),
        ('{"clock": "auto",\n "fautls": []}', 2, "fautls: no such key: faults"),
        ("faults:\n- match: GET /v1\n  latency: {p50: 2, p99: 1}", 3, "faults[0].latency: p99 is at least p50"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_line_and_key(tmp_path: Path, text: str, line: int, says: str) -> None:
    result = check(tmp_path / "mine.yaml", text)
    assert result.exit_code == 2
    assert result.stdout == ""
    says = re.sub("no such key: (.+)", r"there is no such key; did you mean \1?", says)
    (told,) = result.stderr.splitlines()
    assert told.startswith(f"{tmp_path / 'mine.yaml'}:{line}: ")
    assert says in told
    with pytest.raises(ScenarioError, match=f"line {line}: "):
        MockDreams(scenario=tmp_path / "mine.yaml")


def test_all_that_is_wrong_is_told(tmp_path: Path) -> None:
    result = check(tmp_path / "mine.yaml", "clock: lunar\nspeed: -1\ndreams: 3\n")
    assert [line.split(": ")[1] for line in result.stderr.splitlines()] == ["clock", "speed", "dreams"]


def test_a_good_one_is_summed_up(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    assert check(path, json.dumps(WHOLE)).stdout == (
        f"{path} is a scenario "
        "(policy: 2, faults: 2, stubs: 1, messages: 2, dreams: 2, sessions: 1, vaults: 1, webhooks: 1, schedules: 1)\n"
    )
    assert check(path, "{}").stdout == f"{path} is a scenario (with nothing in it)\n"
    assert "slow-night  " in CliRunner().invoke(main, ["scenario", "list"]).stdout


def test_a_world_in_a_file_beside_it_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "team.yaml").write_text("now: 2026-01-02\nmemory_stores: [{name: Team}]")
    (tmp_path / "mine.yaml").write_text("load: team.yaml")
    monkeypatch.chdir("/")
    with MockDreams(scenario=tmp_path / "mine.yaml") as mock:
        assert [store.name for store in mock.client().beta.memory_stores.list()] == ["Team"]


@pytest.mark.long
def test_a_reset_takes_a_scenario_by_name_or_whole(mockdreams: MockDreams) -> None:
    mockdreams.http.post("/_mockdreams/reset", json={"scenario": "not-enrolled", "clock": "manual"})
    assert (mockdreams.policy.enrolled, mockdreams.clock.mode) == (False, "manual")
    mockdreams.http.post("/_mockdreams/reset", json={"scenario": WHOLE, "policy": {"dreams_per_day": 1}})
    assert (mockdreams.policy.profile, mockdreams.policy.dreams_per_day) == ("launch-2026-05", 1)
    assert len(list(mockdreams.dreams)) == 2


@pytest.mark.parametrize(
    ("scenario", "says"),
    [
        ("/etc/passwd", "no such file"),
        ("slow-nihgt", "did you mean slow-night"),
        ({"load": "/etc/passwd"}, "no seed world"),
        ({"dream": []}, "did you mean dreams"),
        ({"load": "messy-store", "policy": {"memories_per_store": 1}}, "is refused"),
        ({"schedules": [{"memory_store": "Mine", "every": 60}]}, "the world begins with no memory store called 'Mine'"),
    ],
)
@pytest.mark.long
def test_a_scenario_that_cannot_be_changes_nothing(mockdreams: MockDreams, scenario: Any, says: str) -> None:
    mockdreams.client().beta.memory_stores.create(name="Mine")
    mockdreams.dreams.script(hang="pending")
    refused = mockdreams.http.post("/_mockdreams/reset", json={"scenario": scenario})
    assert refused.status_code == 400
    assert says in refused.json()["error"]["message"]
    assert len(mockdreams.client().beta.memory_stores.list().data) == len(list(mockdreams.dreams)) == 1


SCHEDULED = {
    "load": "messy-store",
    "clock": "manual",
    "schedules": [{"memory_store": "Harbor team notes", "every": 60}],
}


@pytest.mark.long
def test_a_world_dreams_as_its_scenario_schedules_it(mockdreams: MockDreams) -> None:
    mockdreams.http.post("/_mockdreams/reset", json={"scenario": SCHEDULED}).raise_for_status()
    mockdreams.clock.advance(seconds=60)
    assert [run.status for run in mockdreams.schedules.runs()] == ["running"]


@pytest.mark.long
def test_a_schedule_names_its_store_by_id_as_everywhere(mockdreams: MockDreams) -> None:
    mockdreams.http.post("/_mockdreams/reset", json={"load": "messy-store"}).raise_for_status()
    world, store = mockdreams.snapshot(), mockdreams.client().beta.memory_stores.list().data[0].id
    scenario = {"load": world, "schedules": [{"memory_store_id": store, "every": 60}]}
    mockdreams.http.post("/_mockdreams/reset", json={"scenario": scenario}).raise_for_status()
    assert [schedule.memory_store_id for schedule in mockdreams.schedules] == [store]


@pytest.mark.long
def test_another_world_that_lacks_its_store_is_refused(mockdreams: MockDreams, tmp_path: Path) -> None:
    (tmp_path / "team.yaml").write_text("now: 2026-01-02\nmemory_stores: [{name: Team}]")
    with pytest.raises(ValueError, match="the world begins with no memory store called 'Harbor team notes'"):
        MockDreams(scenario=SCHEDULED, load=tmp_path / "team.yaml")
    other = {"scenario": SCHEDULED, "load": {"now": "2026-01-02T00:00:00Z"}}
    assert mockdreams.http.post("/_mockdreams/reset", json=other).status_code == 400
    assert mockdreams.clock.mode == "auto"


@pytest.mark.process
def test_a_server_gives_it_to_every_key_and_a_handle_there_its_own(tmp_path: Path) -> None:
    from mockdreams.harness.remote import RemoteServer

    (tmp_path / "mine.json").write_text(json.dumps(WHOLE))
    with serving("--port", "0", "--scenario", str(tmp_path / "mine.json"), "--speed", "9") as (url, _):
        for key in ("sk-one", "sk-two"):
            clock = httpx2.get(f"{url}/_mockdreams/clock", headers={"x-api-key": key}).json()
            assert (clock["mode"], clock["speed"], clock["now"]) == ("manual", 9, "2026-03-05T22:00:00Z")
            with Anthropic(api_key=key, base_url=url) as client:
                assert len(client.beta.memory_stores.list().data) == 1
                assert client.messages.create(model="claude-opus-4-8", max_tokens=9, messages=[
                    {"role": "user", "content": "Hi"}]).content[0].to_dict()["text"] == "Hello."  # fmt: skip
        assert httpx2.get(f"{url}/_mockdreams/health").json()["profile"] == "launch-2026-05"
        server = RemoteServer(url)
        with server.world(scenario="stuck-dream") as mock:
            assert [script["hang"] for script in mock.dreams] == ["running"]
            assert len(list(mock.faults)) == 0
        server.stop()


@pytest.mark.pytester
def test_the_marker_and_the_setting_take_one(pytester: pytest.Pytester) -> None:
    pytester.makeini(
        "[pytest]\nmockdreams_scenario = not-enrolled\nmockdreams_clock = real\n"
        "asyncio_default_fixture_loop_scope = function"
    )
    pytester.path.joinpath("mine.yaml").write_text("clock: manual\npolicy: {dreams_per_day: 1}")
    pytester.makepyfile("""
        import pytest

        def test_the_setting_is_for_tests_that_have_none(mockdreams):
            assert (mockdreams.policy.enrolled, mockdreams.clock.mode) == (False, "real")

        @pytest.mark.mockdreams(scenario="mine.yaml")
        def test_the_marker_has_its_own(mockdreams):
            assert (mockdreams.policy.enrolled, mockdreams.clock.mode) == (True, "manual")

        @pytest.mark.mockdreams(scenario="mine.yaml", clock="auto")
        def test_what_is_beside_it_overrides_it(mockdreams):
            assert mockdreams.clock.mode == "auto"
    """)
    run_pytest(pytester, "-p", "no:cacheprovider").assert_outcomes(passed=3)
