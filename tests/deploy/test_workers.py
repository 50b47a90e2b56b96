"""`mockdreams serve --workers N`: several servers that look like one."""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from anthropic import Anthropic
from anthropic.resources.beta.memory_stores import MemoryStores
from click.testing import CliRunner

from mockdreams.serve_command import serve
from tests.support.balancers import needs_haproxy
from tests.support.helpers import HANG_GUARD
from tests.support.servers import command, serving

pytestmark = pytest.mark.process


@contextmanager
def client(url: str, key: str) -> Iterator[MemoryStores]:
    with Anthropic(base_url=url, api_key=key, timeout=HANG_GUARD, max_retries=8) as client:
        yield client.beta.memory_stores


def names(url: str, key: str) -> list[str]:
    with client(url, key) as memory_stores:
        return [store.name for store in memory_stores.list()]


def children_of(pid: int) -> dict[int, str]:
    """The processes that one has started, with their command lines."""
    found = {}
    for each in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (each / "stat").read_text().rpartition(")")[2].split()[1] == str(pid):
                found[int(each.name)] = (each / "cmdline").read_text().replace("\0", " ")
    return found


def wait_until(happened: Callable[[], bool]) -> None:
    pause = threading.Event()
    while not happened():
        pause.wait(0.02)


@needs_haproxy
class TestServing:
    @pytest.fixture
    def data(self, tmp_path: Path) -> Path:
        return tmp_path / "worlds"

    def test_a_worker_that_is_killed_is_started_again_and_has_lost_nothing(self, data: Path) -> None:
        with serving("--workers", "2", "--port", "0", "--data", str(data), forked=False) as (url, process):
            keys = [f"sk-ant-{number}" for number in range(6)]
            for key in keys:
                with client(url, key) as memory_stores:
                    memory_stores.create(name=key)
            workers = {pid for pid, line in children_of(process.pid).items() if "--worker " in line}
            assert len(workers) == 2
            killed = min(workers)
            os.kill(killed, signal.SIGKILL)
            for key in keys:
                assert names(url, key) == [key]
            wait_until(lambda: len([line for line in children_of(process.pid).values() if "--worker " in line]) == 2)
            assert killed not in children_of(process.pid)

            family = children_of(process.pid)
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=HANG_GUARD)
            assert process.returncode == 0
            assert out == ""
            assert "and is started again" in err
            assert not [pid for pid in family if Path(f"/proc/{pid}").exists()]

        with serving("--port", "0", "--data", str(data)) as (url, _):
            assert names(url, keys[0]) == [keys[0]]

    @pytest.mark.deep
    def test_nothing_is_left_of_a_server_that_is_killed(self, data: Path) -> None:
        with serving("--workers", "2", "--port", "0", "--data", str(data), forked=False) as (_, process):
            family = children_of(process.pid)
            assert len(family) == 3
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))

    def test_what_no_worker_can_do_is_said_once(self, data: Path) -> None:
        process = command(
            "serve", "--workers", "2", "--port", "0", "--data", str(data), "--load", "nonsense", forked=True
        )
        out, err = process.communicate(timeout=HANG_GUARD)
        assert (process.returncode, out) == (2, "")
        assert err.count("nonsense") == 1


def refused(*arguments: str) -> str:
    result = CliRunner().invoke(serve, ["--port", "0", *arguments])
    assert result.exit_code in (1, 2)
    return result.output + str(result.exception or "")


def test_workers_need_a_place_to_keep_worlds() -> None:
    assert "--workers needs --data: a worker that is started again finds its worlds there" in refused("--workers", "2")


def test_without_haproxy_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, path=None: None)
    told = refused("--workers", "2", "--data", str(tmp_path))
    assert "--workers needs HAProxy 2.6 or newer, and there is none here: `apt-get install haproxy`" in told
