import gc
import inspect
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2
import pytest
from hypothesis import is_hypothesis_test, settings

from mockdreams import MockDreams
from tests.support.helpers import HANG_GUARD, Scene
from tests.support.machines import depth
from tests.support.schema_conformance import Watch

if TYPE_CHECKING:
    from tests.support.databases import Postgresql

pytest_plugins = ["pytester"]
LONG = ("pytester", "process", "fuzzing", "machine", "browser")
"""The marks of what `scripts/test --quick` leaves out."""
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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules with what takes long come first, so that no worker is left with it at the end."""
    long = set[Path]()
    for item in items:
        if "pytester" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.pytester)
        if is_hypothesis_test(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.fuzzing)
        if any(item.get_closest_marker(name) for name in LONG):
            long.add(item.path)
    items.sort(key=lambda item: item.path not in long)


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


@pytest.fixture
def scene(mockdreams: MockDreams) -> Iterator[Scene]:
    with mockdreams.client(max_retries=0) as client:
        yield Scene(mockdreams, client.beta)
