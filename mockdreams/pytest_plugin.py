"""The pytest plugin: fixtures, a marker, options. Everything heavy is imported when a test asks for it."""

import json
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from hashlib import sha256
from os import environ
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockdreams.harness.handle import LocalServer, MockDreams
    from mockdreams.harness.remote import RealService, RemoteServer

    Handle = MockDreams | RealService

MARKED = (
    "clock",
    "load",
    "policy",
    "profile",
    "scenario",
    "now",
    "virtual_sleep",
    "strict",
    "allow_hosts",
    "real",
)
MARKER = (
    "mockdreams(clock=..., load=..., policy=..., profile=..., scenario=..., now=..., "
    "virtual_sleep=..., strict=..., "
    "allow_hosts=..., real=...): "
    'how the world of the `mockdreams` fixture begins: its clock ("auto", "manual" or "real"), a seed world by name '
    "or file, policy fields that differ from the defaults, the service as it was at a time, by name, a scenario by "
    "name or file that says all of this and what is prepared, the time at "
    """which it begins (or "wall", for the wall clock's); whether the test's own sleeps move virtual time instead """
    "of waiting; whether a fault, stub or script that was prepared and never met fails the test; hosts that official "
    "SDKs may reach beside the world; whether the test may also run against the real service"
)
CLOCKS = ("auto", "manual", "real")
CONTRACT_OPTIONS = (
    ("--mockdreams-target", None, "base URL of the service that the contract is checked against (default: the fake)"),
    ("--mockdreams-target-api-key", environ.get("ANTHROPIC_API_KEY"), "its API key (default: ANTHROPIC_API_KEY)"),
    ("--mockdreams-target-tier", "full", "read, cheap or full: what the checks may cost there (default: full)"),
    ("--mockdreams-target-model", None, "model of agents and dreams"),
)
_ENVIRONMENT = pytest.StashKey[ExitStack]()
_HANDLE = pytest.StashKey["Handle"]()
_MET = pytest.StashKey[dict[str, list[str]]]()
_STRICT = pytest.StashKey[bool]()
_SERVER = pytest.StashKey["LocalServer | RemoteServer"]()
NO_SERVER = "is no mockdreams server"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockdreams", "a fake of the Dreams API")
    group.addoption(
        "--mockdreams-clock", choices=CLOCKS, help="clock of worlds whose test chooses none (default: auto)"
    )
    group.addoption(
        "--mockdreams-profile", metavar="NAME", help="the service of worlds whose test chooses none (default: current)"
    )
    group.addoption(
        "--mockdreams-url", metavar="URL", help="use the mockdreams server that runs there, or the real service"
    )
    group.addoption(
        "--mockdreams-strict",
        action="store_true",
        help="fail a test that prepared a fault, a stub or a script which nothing met",
    )
    group.addoption(
        "--mockdreams-coverage",
        action="store_true",
        help="say at the end which outcomes, errors, statuses, streams and rules the tests met and never met; in JUnit "
        "XML as properties",
    )
    group.addoption("--mockdreams-coverage-json", metavar="FILE", help="the same, written to a file as JSON, whole")
    parser.addini("mockdreams_coverage", "as --mockdreams-coverage", type="bool", default=False)
    parser.addini("mockdreams_coverage_json", "as --mockdreams-coverage-json", default="")
    parser.addini("mockdreams_clock", "as --mockdreams-clock", default="")
    parser.addini("mockdreams_profile", "as --mockdreams-profile", default="")
    parser.addini("mockdreams_url", "as --mockdreams-url", default="")
    parser.addini("mockdreams_strict", "as --mockdreams-strict", type="bool", default=False)
    parser.addini(
        "mockdreams_environ",
        "set ANTHROPIC_BASE_URL and ANTHROPIC_API_KEY before collection, for clients that are made at import; "
        "every test then uses that one key",
        type="bool",
        default=False,
    )
    parser.addini(
        "mockdreams_allow_hosts", "hosts that official SDKs may reach beside a test's world", type="args", default=[]
    )
    parser.addini("mockdreams_load", "the marker's load, where a test has none", default="")
    parser.addini("mockdreams_scenario", "the marker's scenario, where a test has none", default="")
    parser.addini("mockdreams_now", "the marker's now, where a test has none", default="")
    parser.addini("mockdreams_policy", "the marker's policy, one `field = JSON` a line", type="linelist", default=[])
    parser.addini("mockdreams_virtual_sleep", "the marker's virtual_sleep (true or false)", type="bool", default=False)
    contract = parser.getgroup("mockdreams contract", "pytest --pyargs mockdreams.contract")
    for option, default, help in CONTRACT_OPTIONS:
        contract.addoption(option, default=default, help=help)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    _check_settings(config)
    if _setting(config, "url"):
        config.pluginmanager.register(_Elsewhere())
    if _setting(config, "coverage") or _coverage_file(config):
        config.pluginmanager.register(_CoverageReport(config), "mockdreams-coverage")
    if config.getini("mockdreams_environ"):
        _set_environment(config)


def _check_settings(config: pytest.Config) -> None:
    """Raises UsageError for options and settings that no world can begin with, before anything runs."""
    _setting(config, "strict")
    options = {name: value for name in ("clock", "profile") if (value := _setting(config, name))} | _ini_options(config)
    clock = options.pop("clock", CLOCKS[0])
    if clock not in CLOCKS:
        raise pytest.UsageError(f"mockdreams_clock must be auto, manual or real, not {clock!r}")
    options.pop("virtual_sleep", None)
    if options:
        from mockdreams.harness.handle import check_options

        try:
            check_options(**options)
        except ValueError as mistaken:
            raise pytest.UsageError(str(mistaken)) from None


def _set_environment(config: pytest.Config) -> None:
    """Point at the server before anything is collected, for clients that are made at import."""
    from mockdreams.harness.environ import pointed_at

    try:
        server = config.stash[_SERVER] = _server(config)
    except ConnectionError as nobody:
        raise pytest.UsageError(str(nobody)) from None
    if server.is_fake:
        config.stash[_ENVIRONMENT] = ExitStack()
        config.stash[_ENVIRONMENT].enter_context(pointed_at(server.url, _key(server, "")))


def pytest_unconfigure(config: pytest.Config) -> None:
    if _ENVIRONMENT in config.stash:
        config.stash[_ENVIRONMENT].close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A strict test that has passed fails if what it prepared was never met."""
    result = yield
    if item.stash.get(_STRICT, False) and (unused := item.stash[_HANDLE].unused()):
        pytest.fail("\n".join(["prepared and never met (mockdreams strict):", *unused]), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """The report of a failing test, or of its failing set-up, tells of its world: once, and in JUnit XML too."""
    report = yield
    mock = item.stash.get(_HANDLE, None)
    told = call.excinfo is not None and hasattr(call.excinfo.value, "mockdreams_report")
    if mock is not None and report.failed and report.when in ("setup", "call") and not told:
        if hasattr(report.longrepr, "addsection"):
            report.longrepr.addsection("mockdreams", _story(mock))  # type: ignore[union-attr]
        else:
            report.sections.append(("mockdreams", _story(mock)))
    if report.when == "teardown" and mock is not None:
        del item.stash[_HANDLE]
        report.mockdreams_coverage = item.stash.get(_MET, None)  # type: ignore[attr-defined]  # xdist sends it along
    return report


class _Elsewhere:
    """With `--mockdreams-url` at what is no mockdreams server, a run of which nothing ran must not look like success.

    It reads the reports, because with pytest-xdist those are all that the process has which decides on the outcome.
    """

    def __init__(self) -> None:
        self._skipped = self._ran = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped:
            self._skipped = self._skipped or NO_SERVER in str(report.longrepr)
        elif report.when == "call":
            self._ran = self._ran or "mockdreams" in report.keywords

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if self._skipped and not self._ran and exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self._skipped and not self._ran:
            terminalreporter.write_line(
                f"ERROR: what --mockdreams-url names {NO_SERVER}, so nothing ran: no test is marked "
                "mockdreams(real=True), for the real service",
                red=True,
            )


class _CoverageReport:
    """Adds up what the tests of all processes met, and tells of it at the end."""

    def __init__(self, config: pytest.Config) -> None:
        from mockdreams.harness.coverage import Coverage

        self._config = config
        self._file = _coverage_file(config)
        self._coverage = Coverage()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        met = getattr(report, "mockdreams_coverage", None)
        if met is not None:
            self._coverage.add(met)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        if hasattr(self._config, "workerinput"):
            return
        if self._file:
            with open(self._file, "w", encoding="utf-8") as file:
                file.write(self._coverage.json())
        from _pytest.junitxml import xml_key

        xml = self._config.stash.get(xml_key, None)
        if xml is not None:
            for name, value in self._coverage.properties().items():
                xml.add_global_property(name, value)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if _setting(self._config, "coverage"):
            terminalreporter.section("mockdreams coverage")
            for line in self._coverage.lines():
                terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def mockdreams_server(request: pytest.FixtureRequest) -> "Iterator[LocalServer | RemoteServer]":
    """The server of this test process; `mockdreams_server.url` is its address. It starts once and stops at the end.

    With `--mockdreams-url` it is the server there, and goes on.
    """
    try:
        server = request.config.stash.get(_SERVER, None) or _server(request.config)
    except ConnectionError as nobody:
        pytest.fail(str(nobody), pytrace=False)
    yield server
    server.stop()


@pytest.fixture
def mockdreams(mockdreams_server: "LocalServer | RemoteServer", request: pytest.FixtureRequest) -> "Iterator[Handle]":
    """A fresh world of its own for one test.

    `ANTHROPIC_BASE_URL` and `ANTHROPIC_API_KEY` point at it while the test runs, so that code which builds its own
    client finds it, past any proxy; a request of an official SDK to any other host fails. The marker
    `mockdreams(clock=..., load=..., policy=...)` says how the world begins.
    """
    config, node = request.config, request.node
    options = _marked_options(node)
    try:
        options = _default_options(config, options.get("scenario")) | options
    except ValueError as mistaken:
        pytest.fail(str(mistaken), pytrace=False)
    asleep, real = options.pop("virtual_sleep", False), options.pop("real", False)
    strict = options.pop("strict", None)
    hosts = [*config.getini("mockdreams_allow_hosts"), *options.pop("allow_hosts", ())]
    test = "" if config.getini("mockdreams_environ") else node.nodeid
    with _handle(mockdreams_server, test, options, real) as mock, ExitStack() as stack:
        from mockdreams.harness.environ import host_of, pointed_at
        from mockdreams.harness.guard import guarded

        node.stash[_HANDLE] = mock
        node.stash[_STRICT] = bool(_setting(config, "strict")) if strict is None else strict
        stack.enter_context(pointed_at(mock.url, mock.api_key))
        stack.enter_context(guarded([host_of(mock.url), *hosts]))
        if asleep:
            stack.enter_context(mock.clock.virtual_sleep())
        yield mock
        if config.pluginmanager.has_plugin("mockdreams-coverage"):
            node.stash[_MET] = mock.coverage()


def _marked_options(node: pytest.Item) -> dict[str, Any]:
    """What the markers of a test say, the nearest last. Fails the test for what they cannot say."""
    options: dict[str, Any] = {}
    for marker in reversed(list(node.iter_markers("mockdreams"))):
        if marker.args:
            pytest.fail(f"the marker mockdreams takes keywords only, such as clock={marker.args[0]!r}", pytrace=False)
        for name in marker.kwargs:
            if name not in MARKED:
                from mockdreams.suggestions import did_you_mean

                pytest.fail(f"the marker mockdreams has no `{name}`{did_you_mean(name, MARKED)}", pytrace=False)
        options |= marker.kwargs
    return options


def _server(config: pytest.Config) -> "LocalServer | RemoteServer":
    url = str(_setting(config, "url"))
    if url:
        from mockdreams.harness.remote import RemoteServer

        return RemoteServer(url)
    from mockdreams.harness.handle import default_server

    return default_server


def _handle(server: "LocalServer | RemoteServer", test: str, options: dict[str, Any], real: bool) -> "Handle":
    """The handle for one test. On a server that others use too, no run shares a key with another."""
    if server.is_fake:
        try:
            return server.world(**options, api_key=_key(server, test))
        except ValueError as mistaken:
            pytest.fail(str(mistaken), pytrace=False)
    if not real:
        pytest.skip(f"{server.url} {NO_SERVER}, and the test is not marked mockdreams(real=True)")
    from mockdreams.harness.remote import RealService

    own_key = environ.get("ANTHROPIC_API_KEY")
    if not own_key:
        pytest.fail(f"ANTHROPIC_API_KEY is not set, and {server.url} {NO_SERVER}", pytrace=False)
    return RealService(server.url, own_key)


def _key(server: "LocalServer | RemoteServer", test: str) -> str:
    key = sha256(f"{server.run}{test}".encode()).hexdigest()[:16]
    return f"sk-ant-mockdreams-{key}"


def _story(mock: "Handle") -> str:
    """What the report tells. A server that is gone by then must not hide why the test failed."""
    try:
        return mock.story()
    except Exception as lost:
        return f"its world could not be asked: {type(lost).__name__}: {lost}"


def _default_options(config: pytest.Config, scenario: Any) -> dict[str, Any]:
    """What options and settings say in the marker's stead, but for what its scenario says."""
    options = {name: _setting(config, name) or None for name in ("clock", "profile")} | _ini_options(config)
    if scenario is None:
        return options
    from mockdreams.http.scenario_files import load_scenario

    told = load_scenario(scenario).model_fields_set
    return {name: value for name, value in options.items() if name not in told}


def _ini_options(config: pytest.Config) -> dict[str, Any]:
    """What the configuration file says in the marker's stead."""
    policy = {}
    for line in config.getini("mockdreams_policy"):
        field, _, value = line.partition("=")
        try:
            policy[field.strip()] = json.loads(value)
        except ValueError:
            raise pytest.UsageError(f"mockdreams_policy: {line!r} is not a field = JSON value") from None
    options = {name: config.getini(f"mockdreams_{name}") for name in ("load", "now", "scenario", "virtual_sleep")}
    return {name: value for name, value in {**options, "policy": policy}.items() if value}


def _coverage_file(config: pytest.Config) -> str:
    return str(config.getoption("--mockdreams-coverage-json") or config.getini("mockdreams_coverage_json"))


def _setting(config: pytest.Config, name: str) -> Any:
    """An option, or else the key of the configuration file."""
    return config.getoption(f"--mockdreams-{name}") or config.getini(f"mockdreams_{name}")
