"""All that a command, or a run of pytest inside pytest, may import or build first: ours, of pytest and of the SDK."""

import inspect
import pkgutil
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

PROJECT = Path(__file__).parents[2] / "pyproject.toml"
ACTS = ("mockdreams.__main__", "mockdreams.contract.test_contract")
"""What does something when it is imported."""
OTHERS = (
    "_pytest._argcomplete",
    "_pytest.pytester",
    "anthropic.resources.beta",
    "anyio._backends._asyncio",
    "h11",
    "httpcore2",
    "hypothesis.strategies",
    "pdb",
    "tests.support.machines",
    "truststore",
    "uvicorn.lifespan.off",
    "uvicorn.loops.auto",
    "uvicorn.loops.uvloop",
    "xdist.looponfail",
    "xdist.remote",
)


class _ImportsOnly:
    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self) -> int:
        """With the plugins, and in the way, in which pytest imports it: it complains of what it did not import."""
        import mockdreams

        ours = [found.name for found in pkgutil.walk_packages(mockdreams.__path__, "mockdreams.")]
        for name in (*OTHERS, *ours):
            if name not in ACTS:
                import_module(name)
        return 0


def _below(shape: Any) -> Iterator[Any]:
    for each in shape.__subclasses__():
        yield each
        yield from _below(each)


assert pytest.main(["-c", str(PROJECT), "--noconftest"], plugins=[_ImportsOnly()]) == 0
for shape in _below(BaseModel):
    shape.model_rebuild(raise_errors=False)
inspect.getmodule(sys._getframe())  # where each module is, which a traceback asks for
