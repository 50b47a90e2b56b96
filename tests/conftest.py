"""Which tests run, and in what order.

Of a run in several processes this is all that the first one needs, which hands the tests to the others: what they run
with, `tests/support/fixtures.py`, takes two seconds to import, for which the others would have to wait.
"""

import gc
import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

pytest_plugins = ["pytester"]
WAITING = ("pytester", "process", "fuzzing", "machine", "browser")
LONG = (*WAITING, "long")
"""The marks of what `scripts/test --quick` leaves out; the first are those of what may wait for something else."""
LONG_MODULE = re.compile(rf"^pytestmark = (?:\[\s*)?pytest\.mark\.({'|'.join(LONG)})\b", re.MULTILINE)
DEEP = "deep"
"""The mark of what a run of the whole suite leaves to each week's: see `--deep`."""
COLLECT = (20_000, 10, 10)
"""Net allocations before the youngest objects are looked through, then how many such looks before older ones are."""
# Nothing of what is imported and collected is garbage; looking through all of it takes most of a second each time.
gc.disable()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick",
        action="store_true",
        help=f"leave out what is marked {', '.join(LONG)}; of a test with several cases take the one in the middle",
    )
    parser.addoption(
        "--deep",
        action="store_true",
        help="run what is marked deep, too; so does a run of files or tests that are named",
    )
    parser.addoption(
        "--sockets",
        action="store_true",
        help="reach all worlds over sockets; else only tests/http, tests/harness and tests/contract do",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.args_source is pytest.Config.ArgsSource.ARGS and not hasattr(config, "workerinput"):
        config.option.deep = True  # which the workers are told
    if hasattr(config, "workerinput") or config.getoption("dist", "no") == "no":
        config.pluginmanager.import_plugin("tests.support.fixtures")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[Any]) -> None:
    """The workers are forked from one process, but for a run that measures what is imported, too."""
    if hasattr(os, "fork") and not config.pluginmanager.hasplugin("_cov"):
        from tests.support.warm_commands import worker_python

        python = worker_python([*(["--quick"] if config.getoption("--quick") else []), *config.args])
        for spec in specs:
            spec.python = python


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The quick loop does not import what it leaves out whole."""
    if not config.getoption("--quick") or collection_path.suffix != ".py":
        return None
    return LONG_MODULE.search(collection_path.read_text("utf-8")) is not None or None


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: Any) -> list[pytest.Item] | None:
    """Nor does it make the cases of what it leaves out, nor a run of the whole suite those of what is deep."""
    if not name.startswith("test"):
        return None
    left_out = _left_out(collector.config)
    fuzzes = "fuzzing" in left_out and getattr(obj, "is_hypothesis_test", False)
    return [] if fuzzes or any(mark.name in left_out for mark in getattr(obj, "pytestmark", ())) else None


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Of many cases the quick loop takes one: that in the middle of those that it keeps, always the same."""
    left_out = _left_out(metafunc.config)
    kept = [case for case in metafunc._calls if not any(mark.name in left_out for mark in case.marks)]
    if metafunc.config.getoption("--quick"):
        kept = kept[len(kept) // 2 :][:1]
    metafunc._calls = kept or metafunc._calls[:1]


def _left_out(config: pytest.Config) -> tuple[str, ...]:
    """The marks of what is not run."""
    deep = () if config.getoption("--deep") else (DEEP,)
    return (*LONG, *deep) if config.getoption("--quick") else deep


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each worker begins with modules that wait for others, so that none is left with them at the end."""
    waiting = set[Path]()
    for item in items:
        if "pytester" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.pytester)
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.fuzzing)
        if any(mark.name in WAITING for mark in item.iter_markers()):
            waiting.add(item.path)
    left_out = _left_out(config)
    out = {item for item in items if any(mark.name in left_out for mark in item.iter_markers())}
    config.hook.pytest_deselected(items=[item for item in items if item in out])
    items[:] = [item for item in items if item not in out]
    if not config.getoption("--quick"):
        items[:] = spread(items, waiting, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def spread(items: list[pytest.Item], waiting: set[Path], workers: int) -> list[pytest.Item]:
    """The tests in as many equal shares as `--dist worksteal` begins with, modules that are `waiting` first in each."""
    modules = defaultdict[Path, list[pytest.Item]](list)
    for item in items:
        modules[item.path].append(item)
    slow = [module for path, module in modules.items() if path in waiting]
    quick = [item for path, module in modules.items() if path not in waiting for item in module]
    ordered: list[pytest.Item] = []
    for worker in range(workers):
        share = [item for module in slow[worker::workers] for item in module]
        room = (len(items) - len(ordered)) // (workers - worker) - len(share)
        ordered += share + quick[: max(room, 0)]
        del quick[: max(room, 0)]
    return ordered + quick


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.set_threshold(*COLLECT)
    gc.enable()
