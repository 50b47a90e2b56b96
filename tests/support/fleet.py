"""Replicas of the server behind a real HAProxy, with one real PostgreSQL."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mockdreams.server import bind
from tests.support.balancers import balanced
from tests.support.servers import READY, command


class Replica:
    """One server process after the other, all at one address."""

    def __init__(self, *options: str) -> None:
        self._options = options
        with bind("127.0.0.1", 0) as free:
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def begin(self) -> None:
        """Start it, without waiting until it is ready."""
        port = self.address.partition(":")[2]
        self._process = command("serve", "--port", port, *self._options, forked=True)

    def wait(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        ready = READY.fullmatch(self._process.stdout.readline())
        assert ready, self._process.communicate()

    def kill(self) -> None:
        """All at once, as when its machine fails."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As whoever operates it does."""
        self._end(signal.SIGTERM)

    def pause(self, seconds: float) -> None:
        """It does nothing for so long, and does not know it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTSTP)
        time.sleep(seconds)
        self._process.send_signal(signal.SIGCONT)

    def _end(self, sent: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGCONT)
                self._process.send_signal(sent)
            self.told = self._process.communicate()[1]  # which ends with the server, even if it was forked


@contextmanager
def fleet(count: int, data: str, *options: str) -> Iterator[tuple[str, list[Replica]]]:
    """The URL of the balancer, and the replicas, all ready."""
    replicas = [Replica("--data", data, *options) for _ in range(count)]
    try:
        for replica in replicas:
            replica.begin()
        for replica in replicas:
            replica.wait()
        with balanced([replica.address for replica in replicas]) as url:
            yield url, replicas
    finally:
        for replica in replicas:
            replica.kill()
