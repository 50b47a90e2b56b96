"""Runs the tests in processes that are forked once all is collected.

To import and collect the tests takes as long as hundreds of them. Here it is done once; with pytest-xdist every worker
does it, one after the other on as many cores as there are. Where there is no `fork`, there is pytest-xdist.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, groupby, pairwise
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Any

import pytest

SHARE = 4
"""A process takes this part of what would be its share of the tests that are left, so that all end together."""


def spans(items: list[pytest.Item], processes: int) -> list[list[pytest.Item]]:
    """What one process takes at a time: a module, or less of it when few tests are left."""
    cut, left = [], len(items)
    for _, module in groupby(items, key=lambda item: item.path):
        tests = list(module)
        while tests:
            many = max(1, left // (SHARE * processes))
            cut.append(tests[:many])
            left, tests = left - len(cut[-1]), tests[many:]
    return cut


class Deal:
    """The tests, of which each process takes span after span until none is left."""

    def __init__(self, items: list[pytest.Item], processes: int) -> None:
        self._spans = spans(items, processes)
        self._taken = get_context("fork").Value("i", 0)

    def __iter__(self) -> Iterator[pytest.Item]:
        while (number := self._take()) < len(self._spans):
            yield from self._spans[number]

    def _take(self) -> int:
        with self._taken:
            self._taken.value += 1
            return int(self._taken.value) - 1

    def end(self) -> None:
        """Nobody takes any more."""
        self._taken.value = len(self._spans)


class Reports:
    """A plugin that sends on what becomes of the tests."""

    def __init__(self, config: pytest.Config, pipe: Connection) -> None:
        self._config = config
        self._pipe = pipe

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self._pipe.send(("pytest_runtest_logstart", {"nodeid": nodeid, "location": location}))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        self._pipe.send(("pytest_runtest_logreport", {"report": data}))

    def pytest_runtest_logfinish(self, nodeid: str, location: Any) -> None:
        self._pipe.send(("pytest_runtest_logfinish", {"nodeid": nodeid, "location": location}))


def run(session: pytest.Session, deal: Deal, pipe: Connection) -> None:
    """What one of the processes does."""
    config = session.config
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()  # into files that all processes would share
    capture.start_global_capturing()
    capture.suspend_global_capture()
    config.pluginmanager.unregister(name="terminalreporter")
    config.pluginmanager.register(Reports(config, pipe))
    try:
        # The next test is taken before one runs, whose fixtures end if the next does not use them.
        for item, following in pairwise(chain(deal, [None])):
            assert item is not None
            config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail or session.shouldstop:
                break
    except KeyboardInterrupt:
        pass  # the first process says so
    finally:
        config.pluginmanager.getplugin("runner").pytest_sessionfinish(session)
        config._ensure_unconfigure()


@dataclass
class Running:
    """One of the processes, and the test that it is in."""

    process: Any
    test: tuple[str, Any] | None = None

    def died(self) -> pytest.TestReport:
        assert self.test is not None
        nodeid, location = self.test
        words = f"the process ended with {self.process.exitcode} in this test"
        return pytest.TestReport(nodeid, location, {}, "failed", words, "call")


class ForkedRun:
    """The plugin: the loop of a session whose tests run in other processes, of which it tells."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._finished = set[str]()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        if session.testsfailed or session.config.option.collectonly:
            return None
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # one for all
        items = session.items
        while items:
            self._run(session, items)
            left = [item for item in items if item.nodeid not in self._finished]
            if len(left) == len(items):
                pytest.exit(f"no process ran {left[0].nodeid}", returncode=pytest.ExitCode.TESTS_FAILED)
            items = left  # by processes that have died
        return True

    def _run(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        deal = Deal(items, self._processes)
        running = self._fork(session, deal)
        try:
            while running:
                for pipe in wait(list(running)):
                    assert isinstance(pipe, Connection)
                    self._hear(session, pipe, running)
                if session.shouldfail:
                    raise session.Failed(session.shouldfail)
                if session.shouldstop:
                    raise session.Interrupted(session.shouldstop)
        finally:
            deal.end()
            for each in running.values():
                each.process.join()

    def _fork(self, session: pytest.Session, deal: Deal) -> dict[Connection, Running]:
        running, context = {}, get_context("fork")
        for _ in range(self._processes):
            here, there = context.Pipe(duplex=False)
            running[here] = Running(context.Process(target=run, args=(session, deal, there)))
            running[here].process.start()
            there.close()
        return running

    def _hear(self, session: pytest.Session, pipe: Connection, running: dict[Connection, Running]) -> None:
        """One thing that a process has to tell; its end is one."""
        each, hook = running[pipe], session.config.hook
        try:
            name, told = pipe.recv()
        except EOFError:
            del running[pipe]
            each.process.join()
            if each.test is not None:
                self._finished.add(each.test[0])
                hook.pytest_runtest_logreport(report=each.died())
            elif each.process.exitcode:
                words = f"a process ended with {each.process.exitcode} after its tests"
                pytest.exit(words, returncode=pytest.ExitCode.TESTS_FAILED)
            return
        if name == "pytest_runtest_logstart":
            each.test = told["nodeid"], told["location"]
        elif name == "pytest_runtest_logfinish":
            each.test = None
            self._finished.add(told["nodeid"])
        else:
            told["report"] = hook.pytest_report_from_serializable(config=session.config, data=told["report"])
        getattr(hook, name)(**told)
