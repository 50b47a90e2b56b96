"""Connections are what this is about: the clients of the fixture always have some."""

import pytest

from mockdreams.harness.handle import LocalServer, default_server


@pytest.fixture(scope="session")
def mockdreams_server() -> LocalServer:
    return default_server
