"""The controls of a handle: a mistake is refused in one line, and what was prepared says how often it was used."""

import inspect
from typing import Any

import pytest

import mockdreams
from mockdreams import ControlError, MockDreams, unknown

MODLE = 'Failed to parse request body: unknown field "modle"; did you mean `model`?'


@pytest.fixture
def mock() -> Any:
    with MockDreams() as mock:
        yield mock


@pytest.mark.parametrize(
    ("control", "keywords", "said"),
    [
        ("dreams", {"fial": "timeout"}, "script() has no `fial`; did you mean `fail`?"),
        ("dreams", {"fail": "timeot"}, "no dream is known to fail with 'timeot'; did you mean `timeout`?"),
        (
            "dreams",
            {"match": {"modle": "x"}},
            MODLE,
        ),
        ("sessions", {"verdict": []}, "script() has no `verdict`; did you mean `verdicts`?"),
    ],
)
def test_a_mistake_is_refused_with_the_nearest_name(mock: Any, control: str, keywords: Any, said: str) -> None:
    with pytest.raises(ControlError) as refused:
        getattr(mock, control).script(**keywords)
    assert str(refused.value) == said
    assert list(getattr(mock, control)) == []


@pytest.mark.parametrize(
    ("control", "arguments", "keywords", "said"),
    [
        ("dreams.script", (), {"match": "x"}, "match: expected an object"),
        ("dreams.script", (), {"write": ["/a.md"]}, "write: expected an object"),
        ("dreams.script", (), {"usage": "x"}, "usage: expected an object"),
        ("dreams.script", (), {"say": 5}, "say: expected an array"),
        ("dreams.script", (), {"say": "x"}, "say is a list, not a text: say=['x']"),
        ("sessions.script", (5,), {}, "turns: expected an array"),
        ("sessions.script", ("hello",), {}, "turns is a list, not a text: turns=['hello']"),
        ("sessions.script", (), {"match": "x", "session_id": "sesn_x"}, "match: expected an object"),
        ("messages.reply", (5,), {}, "content: expected an array"),
        ("messages.reply", ("x",), {"usage": "y"}, "usage: expected an object"),
        ("vaults.script", ("valid",), {"match": "x"}, "match: expected an object"),
        ("faults.add", ("GET /x",), {"headers": ["x"], "status": 500}, "headers: expected an object"),
        ("faults.add", ("GET /x",), {"insert": "x"}, "insert: expected an object"),
        ("faults.add", ("GET /x",), {"lose": 0.5}, "lose: expected an array"),
        ("stubs.add", ("GET /x",), {"events": 5}, "events: expected an array"),
        ("webhooks.add", ("http://127.0.0.1/",), {"events": 5}, "events: expected an array"),
        ("clock.advance", (), {"seconds": "x"}, "advance() takes numbers, not 'x'"),
        ("webhooks.add", (), {"url": 5}, "a receiver is a URL, a function or an ASGI application, not 5"),
        ("clock.move_to", ("x",), {}, "time moves to a datetime, not to 'x'"),
    ],
)
def test_a_value_of_another_kind_is_refused_in_a_line(
    mock: Any, control: str, arguments: Any, keywords: Any, said: str
) -> None:
    before = mock.snapshot()
    lever, method = control.split(".")
    with pytest.raises(ControlError) as refused:
        getattr(getattr(mock, lever), method)(*arguments, **keywords)
    assert str(refused.value).removeprefix("Failed to parse request: ") == said
    assert mock.snapshot() == before


def test_mistaken_faults_and_policies(mock: Any) -> None:
    with pytest.raises(ControlError, match=r"^add.. has no `statuss`; did you mean `status`.$"):
        mock.faults.add("POST /v1/dreams", statuss=529)
    with pytest.raises(ControlError, match=r"^the policy has no `dreams_per_dya`; did you mean `dreams_per_day`.$"):
        mock.policy.dreams_per_dya = 1
    with pytest.raises(ControlError, match="did you mean `dreams_per_day`"):
        MockDreams(policy={"dreams_per_dya": 1})
    assert list(mock.faults) == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("dreams_per_day", "many", "dreams_per_day: has to be a valid integer, not 'many'"),
        ("dreams_per_day", -1, "dreams_per_day: has to be greater than or equal to 0, not -1"),
        ("models", 5, "models: has to be a valid list, not 5"),
        ("rate_limit_reset", "moon", "rate_limit_reset: has to be 'virtual' or 'wall', not 'moon'"),
        ("enrolled", "x" * 500, f"enrolled: has to be a valid boolean, not '{'x' * 79}…"),
    ],
)
def test_a_value_that_a_policy_cannot_have(mock: Any, field: str, value: Any, said: str) -> None:
    with pytest.raises(ControlError) as refused:
        setattr(mock.policy, field, value)
    assert str(refused.value) == said
    with pytest.raises(ControlError) as refused:
        MockDreams(policy={field: value})
    assert str(refused.value) == said


def test_an_error_type_of_the_future_has_to_be_told_so(mock: MockDreams) -> None:
    with pytest.raises(ControlError, match=r"unknown\('meteor'\)"):
        mock.dreams.script(fail="meteor")  # type: ignore[arg-type]
    mock.dreams.script(fail=unknown("meteor"))
    assert list(mock.dreams) == [{"fail": "meteor", "times": 1}]


def test_a_fault_for_ever(mock: MockDreams) -> None:
    fault = mock.faults.add("GET /v1/memory_stores", status=529, times=None)
    for _ in range(5):
        assert mock.http.get("/v1/memory_stores").status_code == 529
    assert fault.hits == 5


def test_the_reprs_say_what_there_is(mock: MockDreams) -> None:
    mock.faults.add("GET /v1/dreams", status=529)
    mock.http.get("/v1/memory_stores")
    assert repr(mock) == (
        f"<MockDreams {mock.url}: clock: auto, 2026-01-01T00:00:00Z, nothing waits, requests: 1, faults: 1 waiting, "
        "dream scripts: 0 waiting, session scripts: 0 waiting>"
    )


@pytest.mark.parametrize(
    ("control", "name", "said"),
    [
        ("clock", "sped", "ClockControl has no `sped` to set; did you mean `speed`?"),
        ("clock", "due", "ClockControl has no `due` to set"),
        (None, "polcy", "MockDreams has no `polcy` to set"),
        (None, "clock", "MockDreams has no `clock` to set"),
        (None, "policy", "MockDreams has no `policy` to set"),
    ],
)
def test_what_cannot_be_set_is_not_set_unnoticed(mock: Any, control: str | None, name: str, said: str) -> None:
    with pytest.raises(ControlError) as refused:
        setattr(mock if control is None else getattr(mock, control), name, 5)
    assert str(refused.value) == said
    assert mock.clock.mode == "auto"


def test_a_forgotten_keyword_is_named(mock: Any) -> None:
    with pytest.raises(ControlError, match=r"^advance\(\) takes keywords, as in advance\(seconds=5\)$"):
        mock.clock.advance(5)


def test_a_webhook_has_the_word_of_the_control_api(mock: Any) -> None:
    url = "http://127.0.0.1:1/hook"
    assert mock.webhooks.add(url=url).url == mock.webhooks.add(url).url == mock.webhooks.add(receiver=url).url == url
    for neither_or_both in ({}, {"url": url, "receiver": url}):
        with pytest.raises(ControlError, match=r"^add\(\) takes a URL or a receiver, one of them$"):
            mock.webhooks.add(**neither_or_both)


@pytest.mark.parametrize("snapshot", [None, [], "x", {"mockdreams": 99}])
def test_what_is_no_snapshot(mock: Any, snapshot: Any) -> None:
    with pytest.raises(ControlError, match=r"^not a snapshot of mockdreams: "):
        mock.restore(snapshot)


def test_what_is_prepared_can_be_counted(mock: MockDreams) -> None:
    queues: Any = (mock.faults, mock.stubs, mock.dreams, mock.sessions, mock.vaults, mock.messages)
    mock.messages.reply("Hello.", times=2)
    assert [len(queue) for queue in queues] == [0, 0, 0, 0, 0, 1]
    assert repr(mock.messages) == "<message replies: 1 waiting>"
    assert all(queues)


def test_a_build_and_environment_keys_say_what_they_are(mock: MockDreams) -> None:
    assert repr(mock.build) == "<build: store(), session(), dream()>"
    assert repr(mock.environment_keys) == "<environment keys>"


def test_every_public_name_is_there() -> None:
    assert mockdreams.__all__ == sorted(mockdreams.__all__)
    assert all(hasattr(mockdreams, name) for name in mockdreams.__all__)


@pytest.mark.parametrize(
    ("control", "method", "arguments", "said"),
    [
        ("stubs", "add", ("GET /x", 404), "add() takes keywords after 1 argument, as in add(status=404)"),
        ("schedules", "add", ("memstore_x",), "add() takes keywords, as in add(memory_store_id='memstore_x')"),
        ("build", "dream", ("a", "b", "c"), "dream() takes keywords after 2 arguments, as in dream(model='c')"),
    ],
)
def test_arguments_beyond_those_without_a_name(mock: Any, control: str, method: str, arguments: Any, said: str) -> None:
    with pytest.raises(ControlError) as refused:
        getattr(getattr(mock, control), method)(*arguments)
    assert str(refused.value) == said


CONTROLS = "clock", "faults", "stubs", "dreams", "sessions", "vaults", "messages", "webhooks", "schedules", "requests"
FREE = {"clear", "now", "run_until_idle", "virtual_sleep", "freeze", "resume", "emit"}
"""Methods without parameters, and one whose keywords are the event's own."""


@pytest.mark.parametrize("control", [*CONTROLS, "build", "environment_keys"])
def test_no_method_of_a_control_takes_a_misspelt_keyword(mock: Any, control: str) -> None:
    kind = type(getattr(mock, control))
    methods = [name for name, value in vars(kind).items() if inspect.isfunction(value) and not name.startswith("_")]
    assert methods
    for name in set(methods) - FREE:
        with pytest.raises(ControlError, match=rf"^{name}\(\) has no `tiems`"):
            getattr(getattr(mock, control), name)(tiems=1)
