"""The pytest plugin: fixtures, a marker, options. Everything heavy is imported when a test asks for it."""

import json
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from hashlib import sha256
from os import environ
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockdreams.handle import Host, MockDreams
    from mockdreams.remote import RealService, RemoteHost, RemoteMockDreams

    Handle = MockDreams | RemoteMockDreams | RealService

MARKER = (
    "mockdreams(clock=..., load=..., policy=..., now=..., virtual_sleep=..., real=...): how the world of the "
    '`mockdreams` fixture begins: its clock ("auto", "manual" or "real"), a seed world by name or file, policy fields '
    'that differ from the defaults, the time at which it begins (or "wall", for the wall clock\'s); whether the '
    "test's own sleeps move virtual time instead of waiting; whether the test may also run against the real service"
)
CLOCKS = ("auto", "manual", "real")
CONTRACT_OPTIONS = (
    ("--mockdreams-target", None, "base URL of the service that the contract is checked against (default: the fake)"),
    ("--mockdreams-target-api-key", environ.get("ANTHROPIC_API_KEY"), "its API key (default: ANTHROPIC_API_KEY)"),
    ("--mockdreams-target-tier", "full", "read, cheap or full: what the checks may cost there (default: full)"),
    ("--mockdreams-target-model", None, "model of agents and dreams"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockdreams", "a fake of the Dreams API")
    group.addoption(
        "--mockdreams-clock", choices=CLOCKS, help="clock of worlds whose test chooses none (default: auto)"
    )
    group.addoption(
        "--mockdreams-url", metavar="URL", help="use the mockdreams server that runs there, or the real service"
    )
    parser.addini("mockdreams_clock", "as --mockdreams-clock", default="auto")
    parser.addini("mockdreams_url", "as --mockdreams-url", default="")
    parser.addini("mockdreams_load", "the marker's load, where a test has none", default="")
    parser.addini("mockdreams_now", "the marker's now, where a test has none", default="")
    parser.addini("mockdreams_policy", "the marker's policy, one `field = JSON` a line", type="linelist", default=[])
    parser.addini("mockdreams_virtual_sleep", "the marker's virtual_sleep (true or false)", type="bool", default=False)
    contract = parser.getgroup("mockdreams contract", "pytest --pyargs mockdreams.contract")
    for option, default, help in CONTRACT_OPTIONS:
        contract.addoption(option, default=default, help=help)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The report of a failing test tells the story of its world."""
    report = yield
    mock = getattr(item, "funcargs", {}).get("mockdreams")
    if report.when == "call" and report.failed and mock is not None:
        report.sections.append(("mockdreams", mock.story()))
    return report


@pytest.fixture(scope="session")
def mockdreams_server(request: pytest.FixtureRequest) -> "Iterator[Host | RemoteHost]":
    """The server of this test process; `mockdreams_server.url` is its address. It starts once and stops at the end.

    With `--mockdreams-url` it is the server there, and goes on.
    """
    host = _host(_setting(request, "url"))
    yield host
    host.stop()


@pytest.fixture
def mockdreams(
    mockdreams_server: "Host | RemoteHost", request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[Handle]":
    """A fresh world of its own for one test.

    `ANTHROPIC_BASE_URL` and `ANTHROPIC_API_KEY` point at it while the test runs, so that code which builds its own
    client finds it. The marker `mockdreams(clock=..., load=..., policy=...)` says how the world begins.
    """
    options: dict[str, Any] = {"clock": _setting(request, "clock"), **_ini_options(request.config)}
    for marker in reversed(list(request.node.iter_markers("mockdreams"))):
        options |= marker.kwargs
    asleep, real = options.pop("virtual_sleep", False), options.pop("real", False)
    with _handle(mockdreams_server, request.node.nodeid, options, real) as mock, ExitStack() as stack:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", mock.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", mock.api_key)
        for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS"):
            monkeypatch.delenv(name, raising=False)
        if asleep:
            stack.enter_context(mock.clock.virtual_sleep())
        yield mock


def _host(url: str) -> "Host | RemoteHost":
    if url:
        from mockdreams.remote import RemoteHost

        return RemoteHost(url)
    from mockdreams.handle import HOST

    return HOST


def _handle(server: "Host | RemoteHost", test: str, options: dict[str, Any], real: bool) -> "Handle":
    """The handle for one test. On a server that others use too, no run shares a key with another."""
    if server.is_fake:
        key = sha256(f"{server.run}{test}".encode()).hexdigest()[:16]
        return server.world(**options, api_key=f"sk-ant-mockdreams-{key}")
    if not real:
        pytest.skip(f"{server.url} is no mockdreams server, and the test is not marked mockdreams(real=True)")
    from mockdreams.remote import RealService

    own_key = environ.get("ANTHROPIC_API_KEY")
    if not own_key:
        pytest.fail(f"ANTHROPIC_API_KEY is not set, and {server.url} is no mockdreams server", pytrace=False)
    return RealService(server.url, own_key)


def _ini_options(config: pytest.Config) -> dict[str, Any]:
    """What the configuration file says in the marker's stead."""
    policy = {}
    for line in config.getini("mockdreams_policy"):
        field, _, value = line.partition("=")
        try:
            policy[field.strip()] = json.loads(value)
        except ValueError:
            raise pytest.UsageError(f"mockdreams_policy: {line!r} is not a field = JSON value") from None
    options = {name: config.getini(f"mockdreams_{name}") for name in ("load", "now", "virtual_sleep")}
    return {name: value for name, value in {**options, "policy": policy}.items() if value}


def _setting(request: pytest.FixtureRequest, name: str) -> str:
    """An option, or else the key of the configuration file."""
    given = request.config.getoption(f"--mockdreams-{name}") or request.config.getini(f"mockdreams_{name}")
    return str(given)
