import gc
import inspect
import signal
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx2
import pytest
from hypothesis import is_hypothesis_test, settings

from mockdreams import MockDreams
from mockdreams.harness.handle import LocalServer
from tests.support.helpers import HANG_GUARD, Scene
from tests.support.in_process import InProcessServer
from tests.support.machines import depth
from tests.support.schema_conformance import Watch

if TYPE_CHECKING:
    from tests.support.databases import Postgresql

pytest_plugins = ["pytester"]
LONG = ("pytester", "process", "fuzzing", "machine", "browser", "long")
"""The marks of what `scripts/test --quick` leaves out."""
CASES = 4
"""So many cases of one test it runs."""
UNNEEDED = ("schemathesis", "hypothesispytest", "faker")
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # In a shell's background every process ignores Ctrl-C, and so would each that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Nothing of what is imported and collected is garbage; looking through all of it takes most of a second each time.
gc.disable()
# Requests of tests that name no time-out wait as long as a busy machine needs, not five seconds.
_patience = inspect.signature(httpx2.Client).parameters["timeout"].default
_patience.connect = _patience.read = _patience.write = _patience.pool = HANG_GUARD
settings.register_profile("suite", depth(30))
settings.load_profile("suite")
watch = Watch()
watch.begin()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick",
        action="store_true",
        help=f"leave out what is marked {', '.join(LONG)}; of a test with more than {CASES} cases take {CASES}; reach "
        "worlds in process, without sockets, but in tests/http and tests/harness",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Modules with what takes long come first, so that no worker is left with it at the end."""
    long = set[pytest.Item]()
    for item in items:
        if "pytester" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.pytester)
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.fuzzing)
        if any(mark.name in LONG for mark in item.iter_markers()):
            long.add(item)
    if config.getoption("--quick"):
        kept = sample([item for item in items if item not in long])
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = [item for item in items if item in kept]
    else:
        first = {item.path for item in long}
        items.sort(key=lambda item: item.path not in first)


def sample(items: list[pytest.Item]) -> set[pytest.Item]:
    """Every test; of one with many cases a few, evenly spread, and always the same."""
    tests = defaultdict[str, list[pytest.Item]](list)
    for item in items:
        tests[item.nodeid.partition("[")[0]].append(item)
    return {cases[number * len(cases) // CASES] for cases in tests.values() for number in range(CASES)}


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _held_to_the_schema(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test in which any application of this process answered, or accepted, what the schema does not allow.

    Not so those that are marked `off_schema`: they break the fake on purpose, or measure it.
    """
    watch.paused = request.node.get_closest_marker("off_schema") is not None
    yield
    complaints = list(dict.fromkeys(watch.complaints()))
    if complaints and not watch.paused:
        pytest.fail("\n".join(complaints[:20]), pytrace=False)


@pytest.fixture(scope="session")
def postgresql() -> Iterator["Postgresql"]:
    """A database server, in which each test makes a database of its own."""
    from tests.support.databases import postgresql_server

    with postgresql_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _inner_runs_load_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of pytest inside pytest does without the plugins of this project, which take a second to load."""
    monkeypatch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in UNNEEDED))


@pytest.fixture(autouse=True)
def _nothing_is_told_by_where_the_suite_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """pytest, click and rich print otherwise on a build machine, and on a terminal that wants, or wants no, colours."""
    for name in (
        "CI",
        "BUILD_NUMBER",
        "GITHUB_ACTIONS",
        "NO_COLOR",
        "FORCE_COLOR",
        "PY_COLORS",
        "CLICOLOR_FORCE",
        "COLUMNS",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def mockdreams_server(mockdreams_server: LocalServer, pytestconfig: pytest.Config) -> LocalServer:
    return InProcessServer() if pytestconfig.getoption("--quick") else mockdreams_server


@pytest.fixture
def scene(mockdreams: MockDreams) -> Iterator[Scene]:
    with mockdreams.client(max_retries=0) as client:
        yield Scene(mockdreams, client.beta)
