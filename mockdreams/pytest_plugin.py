"""The pytest plugin: fixtures, a marker, options. Everything heavy is imported when a test asks for it."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mockdreams.handle import Host, MockDreams

MARKER = (
    "mockdreams(clock=..., load=..., policy=..., virtual_sleep=...): how the world of the `mockdreams` fixture begins: "
    'its clock ("auto", "manual" or "real"), a seed world by name or file, policy fields that differ from the '
    "defaults, and whether the test's own sleeps move virtual time instead of waiting"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mockdreams", "a fake of the Dreams API")
    group.addoption(
        "--mockdreams-clock",
        choices=("auto", "manual", "real"),
        default="auto",
        help="the clock of worlds whose test does not choose one (default: auto)",
    )


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
def mockdreams_server() -> "Iterator[Host]":
    """The server of this test process; `mockdreams_server.url` is its address. It starts once and stops at the end."""
    from mockdreams.handle import HOST

    yield HOST
    HOST.stop()


@pytest.fixture
def mockdreams(
    mockdreams_server: "Host", request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> "Iterator[MockDreams]":
    """A fresh world of its own for one test.

    `ANTHROPIC_BASE_URL` and `ANTHROPIC_API_KEY` point at it while the test runs, so that code which builds its own
    client finds it. The marker `mockdreams(clock=..., load=..., policy=...)` says how the world begins.
    """
    from mockdreams.handle import MockDreams

    options: dict[str, Any] = {"clock": request.config.getoption("--mockdreams-clock")}
    for marker in reversed(list(request.node.iter_markers("mockdreams"))):
        options |= marker.kwargs
    test = sha256(request.node.nodeid.encode()).hexdigest()[:16]
    asleep = options.pop("virtual_sleep", False)
    with MockDreams(**options, api_key=f"sk-ant-mockdreams-{test}") as mock, ExitStack() as stack:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", mock.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", mock.api_key)
        for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS"):
            monkeypatch.delenv(name, raising=False)
        if asleep:
            stack.enter_context(mock.clock.virtual_sleep())
        yield mock
