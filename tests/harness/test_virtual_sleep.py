"""Virtual sleep: what waits in virtual time, what agrees with it, and that nothing is left after a block."""

import asyncio
import copy
import multiprocessing
import os
import pickle
import queue
import subprocess
import sys
import threading
import time
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from mockdreams import MockDreams
from tests.support.deep import one_in
from tests.support.fresh import in_fresh_process

HOUR = 3600.0
DAY = timedelta(days=1)


@pytest.fixture
def mock() -> Iterator[MockDreams]:
    with MockDreams(clock="manual") as mock:
        yield mock


def passed(mock: MockDreams, since: datetime) -> float:
    return (mock.clock.now() - since).total_seconds()


def is_real(sleep: Any) -> bool:
    """Whether a sleep waits in wall time, and moves no clock that the test reads."""
    before = time.perf_counter()
    sleep(0.02)
    return time.perf_counter() - before >= 0.02


def compute() -> bool:
    """Something that takes a while, and lets other threads get on."""
    return all(number >= 0 for number in range(2_000_000))


def empty(waited_for: queue.Queue[int]) -> None:
    with pytest.raises(queue.Empty):
        waited_for.get(timeout=HOUR)


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_all_clocks_agree(mock: MockDreams) -> None:
    def readings() -> list[float]:
        return [
            time.time(),
            time.time_ns() / 1e9,
            datetime.now().timestamp(),
            datetime.now(UTC).timestamp(),
            datetime.utcnow().replace(tzinfo=UTC).timestamp(),
            time.monotonic(),
            time.monotonic_ns() / 1e9,
            time.perf_counter(),
            time.perf_counter_ns() / 1e9,
        ]

    with mock.clock.virtual_sleep():
        before, today = readings(), date.today()
        time.sleep(DAY.total_seconds())
        after = readings()
        assert [round((later - sooner) / 86400, 2) for sooner, later in zip(before, after, strict=True)] == [1] * 9
        assert date.today() >= today + DAY
        assert max(after[:5]) - min(after[:5]) < 60
        assert type(datetime.now()) is datetime


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")
def test_a_subclass_of_datetime_has_its_own_now(mock: MockDreams) -> None:
    class Moment(datetime):
        pass

    with mock.clock.virtual_sleep():
        time.sleep(DAY.total_seconds())
        assert type(Moment.now(UTC)) is Moment
        assert type(Moment.utcnow()) is Moment
        ahead = Moment.now(UTC)
    assert ahead - Moment.now(UTC) > DAY / 2


@pytest.mark.skipif(sys.version_info < (3, 12), reason="deprecated from Python 3.12 on")
def test_the_warning_about_utcnow_names_the_line_that_calls_it(mock: MockDreams) -> None:
    with mock.clock.virtual_sleep(), pytest.warns(DeprecationWarning, match="utcnow") as warned:
        datetime.utcnow()
    assert [each.filename for each in warned] == [__file__]


@pytest.mark.parametrize(
    "wait",
    [
        lambda: threading.Event().wait(HOUR),
        lambda: empty(queue.Queue()),
        lambda: threading.Semaphore(0).acquire(timeout=HOUR),
        lambda: asyncio.run(asyncio.sleep(HOUR)),
    ],
    ids=["event", "queue", "semaphore", "asyncio"],
)
def test_waits_pass_in_virtual_time(mock: MockDreams, wait: Any) -> None:
    start = mock.clock.now()
    with mock.clock.virtual_sleep():
        wait()
    assert passed(mock, start) == pytest.approx(HOUR, abs=60)


def test_a_condition_and_its_predicate_wait_in_virtual_time(mock: MockDreams) -> None:
    start, condition = mock.clock.now(), threading.Condition()
    with mock.clock.virtual_sleep(), condition:
        assert not condition.wait(HOUR)
        assert not condition.wait_for(lambda: False, HOUR)
        with pytest.raises(RuntimeError, match="un-acquired"):
            threading.Condition().wait(HOUR)
    assert passed(mock, start) == pytest.approx(2 * HOUR, abs=60)


def test_a_timer_goes_off_at_its_time(mock: MockDreams) -> None:
    start = mock.clock.now()
    went: list[float] = []
    with mock.clock.virtual_sleep():
        timer = threading.Timer(HOUR, lambda: went.append(passed(mock, start)))
        timer.start()
        timer.join()
    assert went == [pytest.approx(HOUR, abs=60)]


def test_what_is_computed_meanwhile_is_waited_for(mock: MockDreams) -> None:
    """A wait does not time out while another thread of the test is at work."""
    done, may_end = threading.Event(), threading.Lock()
    may_end.acquire()

    def work() -> None:
        may_end.acquire()
        done.set()

    def allow() -> None:
        time.sleep(1)
        may_end.release()

    with mock.clock.virtual_sleep():
        threading.Thread(target=work).start()
        release = threading.Thread(target=allow)
        release.start()
        assert done.wait(HOUR)
        release.join()


def test_pools_work_in_virtual_time_and_idle_workers_hold_nobody_up(mock: MockDreams) -> None:
    start = mock.clock.now()
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(lambda: is_real(time.sleep)).result()
        with mock.clock.virtual_sleep():
            pool.submit(time.sleep, HOUR).result(2 * HOUR)
            assert not threading.Event().wait(HOUR)
        assert pool.submit(lambda: is_real(time.sleep)).result()
    assert passed(mock, start) == pytest.approx(2 * HOUR, abs=60)


def test_timers_and_timeouts_of_a_loop_pass_in_their_order(mock: MockDreams) -> None:
    events: list[str] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(5, events.append, "call_later")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.sleep(HOUR)
        events.append("timeout")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), HOUR)
        events.append("wait_for")

    start = mock.clock.now()
    with mock.clock.virtual_sleep():
        asyncio.run(main())
    assert events == ["call_later", "timeout", "wait_for"]
    assert passed(mock, start) == pytest.approx(HOUR + 10, abs=60)


def test_a_patch_that_is_undone_after_the_block_leaves_nothing(mock: MockDreams) -> None:
    patch = pytest.MonkeyPatch()
    with mock.clock.virtual_sleep():
        patch.setattr("time.sleep", lambda seconds: None)
        patch.setattr("time.monotonic", lambda: 0.0)
    patch.undo()
    assert is_real(time.sleep)


def test_a_module_first_imported_in_a_block_keeps_nothing_of_it(mock: MockDreams) -> None:
    module = types.ModuleType("imported_within")
    start = mock.clock.now()
    with mock.clock.virtual_sleep():
        exec("from time import sleep, monotonic\nfrom datetime import datetime", module.__dict__)
        module.sleep(HOUR)
        assert passed(mock, start) == HOUR
    assert is_real(module.sleep)
    assert passed(mock, start) == HOUR
    before = time.time()
    assert before - 1e-3 <= module.datetime.now().timestamp() <= time.time() + 1e-3
    with MockDreams(clock="manual") as other, other.clock.virtual_sleep():
        module.sleep(HOUR)
        assert passed(other, start) == HOUR


def test_an_exception_ends_a_block(mock: MockDreams) -> None:
    with pytest.raises(KeyError), mock.clock.virtual_sleep():
        raise KeyError
    assert is_real(time.sleep)


def test_nested_blocks_move_each_clock_once_and_time_never_goes_back(mock: MockDreams) -> None:
    with MockDreams(clock="manual") as other:
        start = mock.clock.now()
        with mock.clock.virtual_sleep():
            time.sleep(10)
            with mock.clock.virtual_sleep(), other.clock.virtual_sleep():
                time.sleep(10)
                before = time.monotonic()
            assert time.monotonic() >= before
            time.sleep(10)
        assert (passed(mock, start), passed(other, start)) == (30, 10)
    assert is_real(time.sleep)


def test_overlapping_blocks_end_in_any_order(mock: MockDreams) -> None:
    with MockDreams(clock="manual") as other:
        start, first, second = mock.clock.now(), ExitStack(), ExitStack()
        first.enter_context(mock.clock.virtual_sleep())
        time.sleep(10)
        second.enter_context(other.clock.virtual_sleep())
        first.close()
        time.sleep(10)
        assert (passed(mock, start), passed(other, start)) == (10, 10)
        second.close()
    assert is_real(time.sleep)


def test_blocks_of_threads_overlap_and_each_moves_its_own_clock(mock: MockDreams) -> None:
    both_are_in, first_is_out = threading.Barrier(2), threading.Event()

    def first(clock: Any) -> None:
        with clock.virtual_sleep():
            both_are_in.wait()
            time.sleep(HOUR)
        first_is_out.set()

    def second(clock: Any) -> None:
        with clock.virtual_sleep():
            both_are_in.wait()
            first_is_out.wait()
            time.sleep(2 * HOUR)

    with MockDreams(clock="manual") as other:
        starts = [each.clock.now() for each in (mock, other)]
        threads = [
            threading.Thread(target=first, args=(mock.clock,)),
            threading.Thread(target=second, args=(other.clock,)),
        ]
        for thread in threads:
            thread.start()
        assert is_real(time.sleep), "it is in no block"
        for thread in threads:
            thread.join()
        assert [passed(mock, starts[0]), passed(other, starts[1])] == [HOUR, 2 * HOUR]
    assert is_real(time.sleep)


async def test_blocks_of_tasks_overlap_and_leave_nothing(mock: MockDreams) -> None:
    """A block is its thread's, and so that of all tasks of its loop: while both are active both clocks move."""
    both_are_in = asyncio.Barrier(2)

    async def enter(clock: Any, seconds: float) -> None:
        with clock.virtual_sleep():
            await both_are_in.wait()
            await asyncio.sleep(seconds)

    with MockDreams(clock="manual") as other:
        starts = [each.clock.now() for each in (mock, other)]
        await asyncio.gather(enter(mock.clock, HOUR), enter(other.clock, 2 * HOUR))
        assert [passed(mock, starts[0]), passed(other, starts[1])] == [HOUR, 2 * HOUR]
    assert is_real(time.sleep)
    before = time.perf_counter()
    await asyncio.sleep(0.02)
    assert time.perf_counter() - before >= 0.02


def test_a_thread_that_outlives_its_block_waits_in_wall_time(mock: MockDreams) -> None:
    may_go, real = threading.Event(), []

    def outlive() -> None:
        may_go.wait()
        real.append(is_real(time.sleep))

    with mock.clock.virtual_sleep():
        thread = threading.Thread(target=outlive)
        thread.start()
    may_go.set()
    thread.join()
    assert real == [True]


@pytest.mark.parametrize("name", ["time.sleep", "time.time", "threading.Condition.wait", "asyncio.sleep"])
def test_what_stays_in_place_can_be_pickled(mock: MockDreams, name: str) -> None:
    with mock.clock.virtual_sleep():
        module, _, attribute = name.partition(".")
        function: Any = sys.modules[module]
        for part in attribute.split("."):
            function = getattr(function, part)
        moment = datetime.now(UTC)
        assert pickle.loads(pickle.dumps(moment)) == copy.deepcopy(moment) == moment
        assert "virtual" not in function.__name__


@pytest.mark.long
def test_a_thread_outside_the_block_is_waited_for_in_wall_time(mock: MockDreams) -> None:
    may_go, start = threading.Event(), mock.clock.now()
    outsider = threading.Thread(target=lambda: (may_go.wait(), compute()))
    outsider.start()
    with mock.clock.virtual_sleep():
        may_go.set()
        outsider.join(HOUR)
        assert not outsider.is_alive()
    assert mock.clock.now() == start


@pytest.mark.process
def test_a_process_is_waited_for_in_wall_time(mock: MockDreams) -> None:
    start = mock.clock.now()
    with mock.clock.virtual_sleep():
        assert subprocess.run([sys.executable, "-c", "print()"], timeout=HOUR).returncode == 0
    assert mock.clock.now() == start


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_is_in_no_block(mock: MockDreams) -> None:
    context = multiprocessing.get_context("fork")
    reader, writer = context.Pipe()
    with mock.clock.virtual_sleep():
        process = context.Process(target=lambda: writer.send(is_real(time.sleep)))
        process.start()
        assert reader.recv()
        process.join()


def test_a_server_may_be_started_within_a_block(mock: MockDreams) -> None:
    start = mock.clock.now()
    with mock.clock.virtual_sleep(), MockDreams(clock="manual") as other:
        assert other.http.get("/_mockdreams/health").status_code == 200
        time.sleep(HOUR)
    assert passed(mock, start) == HOUR


async def test_an_idle_connection_does_not_hold_a_deadline_up(mock: MockDreams) -> None:
    start = mock.clock.now()
    async with mock.async_client() as client:
        await client.beta.dreams.list()
        with mock.clock.virtual_sleep(), pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), HOUR)
    assert passed(mock, start) == HOUR


async def test_the_deadline_of_a_request_does_not_pass_while_it_is_answered(mock: MockDreams) -> None:
    start = mock.clock.now()
    mock.faults.add("GET /v1/dreams", latency=0.1)
    with mock.clock.virtual_sleep():
        async with mock.async_client(timeout=HOUR, max_retries=0) as client, asyncio.timeout(HOUR):
            await client.beta.dreams.list()
    assert mock.clock.now() == start


@pytest.mark.long
def test_work_in_threads_of_a_loop_is_waited_for(mock: MockDreams) -> None:
    async def main() -> None:
        async with asyncio.timeout(HOUR):
            assert await asyncio.to_thread(compute)

    start = mock.clock.now()
    with mock.clock.virtual_sleep():
        asyncio.run(main())
    assert mock.clock.now() == start


@pytest.mark.long
def test_work_in_threads_goes_on_until_the_loop_was_told(mock: MockDreams) -> None:
    class Slow(ThreadPoolExecutor):
        """Between the end of a function and the wake-up of its loop a busy machine may put any time."""

        def submit(self, *args: Any, **kwargs: Any) -> Any:
            future = super().submit(*args, **kwargs)
            future.add_done_callback(lambda _: never.acquire(timeout=0.1))
            return future

    async def main() -> None:
        with Slow() as pool:
            async with asyncio.timeout(HOUR):
                assert await asyncio.get_running_loop().run_in_executor(pool, compute)

    never = threading.Lock()
    never.acquire()
    start = mock.clock.now()
    with mock.clock.virtual_sleep():
        asyncio.run(main())
    assert mock.clock.now() == start


def test_tasks_on_a_loop_of_uvloop_sleep_virtually_and_in_order(mock: MockDreams) -> None:
    uvloop = pytest.importorskip("uvloop")
    start = mock.clock.now()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await asyncio.sleep(nap)
            woken.append((name, passed(mock, start)))

    async def main() -> None:
        await asyncio.gather(sleeper("long", 30, 30), sleeper("short", 10, 45))

    with mock.clock.virtual_sleep(), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
    assert woken == [("short", 10), ("long", 30), ("short", 55), ("long", 60)]


@pytest.mark.long
def test_a_clock_frozen_by_freezegun_moves_with_the_sleeps(mock: MockDreams) -> None:
    freezegun = pytest.importorskip("freezegun")
    start, frozen = mock.clock.now(), datetime(2030, 5, 1, tzinfo=UTC)
    with mock.clock.virtual_sleep(), freezegun.freeze_time(frozen):
        time.sleep(HOUR)
        assert datetime.now(UTC) == frozen + timedelta(hours=1)
        deadline = time.monotonic() + HOUR
        while time.monotonic() < deadline:
            time.sleep(10)
        assert not threading.Event().wait(HOUR)
        asyncio.run(asyncio.sleep(HOUR))
    assert passed(mock, start) == 4 * HOUR
    assert is_real(time.sleep)


@pytest.mark.long
def test_a_frozen_clock_that_ticks_runs_ahead_as_the_real_one_does(mock: MockDreams) -> None:
    freezegun = pytest.importorskip("freezegun")
    frozen = datetime(2030, 5, 1, tzinfo=UTC)
    with freezegun.freeze_time(frozen, tick=True), mock.clock.virtual_sleep():
        time.sleep(HOUR)
        assert abs(datetime.now(UTC) - frozen - timedelta(hours=1)) < timedelta(minutes=1)


BUILD_SHAPES = """
import importlib, pkgutil
from datetime import datetime
import freezegun, pydantic, mockdreams
def import_shapes():
    for room in "wire", "world", "http", "review":
        package = importlib.import_module(f"mockdreams.{{room}}")
        for module in pkgutil.walk_packages(package.__path__, f"mockdreams.{{room}}."):
            importlib.import_module(module.name)
def below(cls):
    return {{cls}}.union(*map(below, cls.__subclasses__()))
class OfTheUser(pydantic.BaseModel):
    at: datetime
if {imported!r} == "before":
    import_shapes()
with freezegun.freeze_time("2030-05-01"):
    import_shapes()
    shapes = [cls for cls in below(pydantic.BaseModel) if cls.__module__.startswith("mockdreams.")]
    assert len(shapes) > 300
    for cls in shapes:
        cls.model_rebuild()
"""


@pytest.mark.process
@pytest.mark.deep
@pytest.mark.parametrize("imported", ["before", "while"])
def test_every_shape_can_be_built_while_time_is_frozen(imported: str) -> None:
    """In a process of its own: a shape is built once, when it is first used."""
    pytest.importorskip("freezegun")
    assert in_fresh_process(BUILD_SHAPES.format(imported=imported)) == (0, "")


@pytest.mark.long
def test_freezegun_still_freezes_what_a_module_imported_before_the_block(mock: MockDreams) -> None:
    freezegun = pytest.importorskip("freezegun")
    module: Any = types.ModuleType("holds_the_clock")
    exec("from time import time", module.__dict__)
    sys.modules["holds_the_clock"] = module
    try:
        with mock.clock.virtual_sleep():
            time.sleep(HOUR)
        with freezegun.freeze_time(datetime(2030, 5, 1, tzinfo=UTC)):
            assert module.time() == datetime(2030, 5, 1, tzinfo=UTC).timestamp()
        assert abs(module.time() - datetime.now().timestamp()) < 60
    finally:
        del sys.modules["holds_the_clock"]


def test_a_clock_set_by_time_machine_runs_ahead_too(mock: MockDreams) -> None:
    time_machine = pytest.importorskip("time_machine")
    start, travelled = mock.clock.now(), datetime(2030, 5, 1, tzinfo=UTC)
    with mock.clock.virtual_sleep(), time_machine.travel(travelled, tick=False):
        time.sleep(HOUR)
        assert datetime.now(UTC) == travelled + timedelta(hours=1)
        assert time.time() == travelled.timestamp() + HOUR
    assert passed(mock, start) == HOUR
    assert abs(datetime.now(UTC) - datetime.fromtimestamp(time.time_ns() / 1e9, UTC)) < timedelta(minutes=1)


SET_CLOCK = {"freezegun": "freezegun.freeze_time", "time_machine": "time_machine.travel"}
BESIDE_TOOL = """
import asyncio, sys, time, types, warnings
warnings.simplefilter("error")
from datetime import UTC, datetime
wall = time.time()
def block():
    from mockdreams import MockDreams
    with MockDreams(clock="manual") as mock, mock.clock.virtual_sleep():
        time.sleep(3600)
if {first!r} == "block":
    block()
import {tool}
with {set_clock}(datetime(2030, 5, 1, tzinfo=UTC)):
    if {first!r} == "frozen tool":
        block()
    assert datetime.now(UTC).year == 2030
    assert time.gmtime(time.time()).tm_year == 2030
block()
with {set_clock}(datetime(2030, 5, 1, tzinfo=UTC)):
    assert datetime.now(UTC).year == 2030
assert abs(time.time() - wall) < 600
assert abs(datetime.now().timestamp() - wall) < 600
before = time.perf_counter()
time.sleep(0.02)
assert time.perf_counter() - before >= 0.02
"""


@pytest.mark.process
@pytest.mark.parametrize("tool", one_in(2, SET_CLOCK))
def test_a_tool_that_sets_the_clock_may_be_imported_before_or_after(tool: str) -> None:
    """In processes of their own: each looks for the real functions once."""
    pytest.importorskip(tool)
    orders = ("tool", "frozen tool", "block")
    codes = [BESIDE_TOOL.format(tool=tool, first=first, set_clock=SET_CLOCK[tool]) for first in orders]
    assert dict(zip(orders, map(in_fresh_process, codes), strict=True)) == dict.fromkeys(orders, (0, ""))
