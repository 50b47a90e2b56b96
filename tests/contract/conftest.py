"""Connections are what this is about: the clients of the fixture always have some."""

from collections.abc import Iterator

import pytest

from mockdreams.contract.checking.runner import CheckReport, run, selected
from mockdreams.contract.checking.workbench import Workbench
from mockdreams.harness.handle import LocalServer, default_server
from tests.support.contract_server import served, with_workbench


@pytest.fixture(scope="session")
def mockdreams_server() -> LocalServer:
    return default_server


@pytest.fixture(scope="session")
def full_run() -> Iterator[tuple[Workbench, CheckReport]]:
    """A run of every check against a fake of its own, once for all tests that look at it."""
    with served() as (url, _), with_workbench(url, "sk-full") as stage:
        yield stage, run(stage, "full", selected())
