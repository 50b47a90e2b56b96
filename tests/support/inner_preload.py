"""What the server that forks runs of pytest inside pytest has imported, and built, before it forks the first."""

import gc
from importlib import import_module

from mockdreams import MockDreams
from mockdreams.harness.handle import LocalServer

for name in (
    "anthropic.resources.beta",
    "_pytest.pytester",
    "pytest_asyncio.plugin",
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
