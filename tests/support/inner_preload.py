"""What the server that forks runs of pytest inside pytest has imported, and built, before it forks the first."""

import gc
from importlib import import_module

from _pytest.config import default_plugins

from mockdreams import MockDreams
from mockdreams.harness.handle import LocalServer

for name in (
    *(f"_pytest.{plugin}" for plugin in default_plugins),
    "anthropic.resources.beta",
    "anyio.pytest_plugin",
    "pytest_asyncio.plugin",
    "time_machine",
    "xdist.plugin",
    "mockdreams.cli",
    "mockdreams.contract.checking.runner",
    "mockdreams.harness.transport",
    "mockdreams.pytest_plugin",
    "mockdreams.server",
):
    import_module(name)
with MockDreams(server=LocalServer()):
    """The shapes of a world are built when they are first used."""
gc.freeze()
