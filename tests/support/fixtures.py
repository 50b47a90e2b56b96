"""What every test runs with; loaded by `tests/conftest.py` in the processes that run some."""

import inspect
import signal
import ssl
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import httpcore2
import httpx2
import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

from mockdreams import MockDreams
from mockdreams.harness.handle import LocalServer
from tests.support.helpers import HANG_GUARD, Scene
from tests.support.in_process import InProcessServer
from tests.support.machines import depth
from tests.support.schema_conformance import Watch

if TYPE_CHECKING:
    from tests.support.databases import Postgresql

UNNEEDED = ("schemathesis", "hypothesispytest", "faker")
"""Plugins of this project that runs of pytest inside pytest do without: they take a second to load."""
TELLING = ("CI", "BUILD_NUMBER", "GITHUB_ACTIONS", "NO_COLOR", "FORCE_COLOR", "PY_COLORS", "CLICOLOR_FORCE", "COLUMNS")
"""By these pytest, click and rich know a build machine, and a terminal that wants, or wants no, colours."""
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # In a shell's background every process ignores Ctrl-C, and so would each that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Requests of tests that name no time-out wait as long as a busy machine needs, not five seconds.
_patience = inspect.signature(httpx2.Client).parameters["timeout"].default
_patience.connect = _patience.read = _patience.write = _patience.pool = HANG_GUARD
# To load the certificates of the system takes a client 30 ms, longer than most tests; those of this process share them.
httpcore2.default_ssl_context = cache(httpcore2.default_ssl_context)
# A client parses several addresses for each request, character by character, and most of them again and again.
httpx2._urls.urlparse = httpx2._urlparse.urlparse = lru_cache(4096)(httpx2._urlparse.urlparse)  # type: ignore[attr-defined]
settings.register_profile("suite", depth(30))
settings.load_profile("suite")
watch = Watch()
watch.begin()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """The first of several processes is told how a test ended, not when each part of it began and passed.

    That would be five messages of six, and take each test a millisecond here and one there. JUnit XML wants them all.
    """
    if not hasattr(item.config, "workerinput") or item.config.getoption("xmlpath"):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed or getattr(report, "mockdreams_coverage", None):
            item.ihook.pytest_runtest_logreport(report=report)
    return True


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


@pytest.fixture(scope="session", autouse=True)
def _same_environment_everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(one_certificate(tmp_path_factory.mktemp("certificates"))))
        patch.setenv("PYTEST_ADDOPTS", " ".join(f"-p no:{name}" for name in UNNEEDED))
        for name in TELLING:
            patch.delenv(name, raising=False)
        yield


def one_certificate(folder: Path) -> Path:
    """The first of the system's, for other processes: nothing that a test asks has any."""
    known, file = ssl.create_default_context().get_ca_certs(binary_form=True), folder / "one.pem"
    file.write_text("".join(map(ssl.DER_cert_to_PEM_cert, known[:1])))
    return file


@pytest.fixture(scope="session")
def mockdreams_server(mockdreams_server: LocalServer, pytestconfig: pytest.Config) -> LocalServer:
    return mockdreams_server if pytestconfig.getoption("--sockets") else InProcessServer()


@pytest.fixture
def scene(mockdreams: MockDreams) -> Iterator[Scene]:
    with mockdreams.client(max_retries=0) as client:
        yield Scene(mockdreams, client.beta)
