"""`mockdreams serve --workers N`: several server processes behind one HAProxy, all with one store of worlds."""

import asyncio
import logging
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from secrets import token_hex

from mockdreams.haproxy import haproxy_command, haproxy_config

READY = "mockdreams ready on http://"
PAUSE_SECONDS = 1
"""How long nobody tries to start what has just failed to start."""
END_SECONDS = 30
"""How long a worker may take to end, which writes what it has not written of its worlds."""

logger = logging.getLogger("mockdreams")


class WorkerFailed(Exception):
    """A worker, or HAProxy, ended before it was ready, with `code`; it has said why on stderr."""

    def __init__(self, code: int) -> None:
        super().__init__(f"ended with {code}")
        self.code = code


class Worker:
    """A server process on a free port of the loopback interface, which it keeps when it is started again, as it keeps
    its worlds: the processes have one token, and one at a time runs.
    """

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        self._arguments = arguments
        self._env = env
        self._port = 0
        self._token = token_hex(8)
        self._process: Process | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Returns when it is ready. Raises WorkerFailed."""
        arguments = [*self._arguments, "--host", "127.0.0.1", "--port", str(self._port), "--end-with-stdin"]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "mockdreams", "serve", "--worker", self._token, *arguments,
            stdin=PIPE, stdout=PIPE, env=self._env, start_new_session=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        line = (await self._process.stdout.readline()).decode()
        if not line.startswith(READY):
            raise WorkerFailed(await self._process.wait())
        self._port = int(line.rpartition(":")[2])

    async def ended(self) -> int:
        assert self._process is not None
        return await self._process.wait()

    async def stop(self) -> None:
        if self._process is not None:
            await _stop(self._process, signal.SIGTERM)


class Balancer:
    """HAProxy, which listens on the socket `bound`."""

    def __init__(self, program: str, bound: socket.socket) -> None:
        self._program = program
        self._bound = bound
        self._config = tempfile.NamedTemporaryFile("w", prefix="mockdreams-", suffix=".cfg", encoding="utf-8")  # noqa: SIM115
        self._process: Process | None = None

    def configure(self, addresses: Sequence[str]) -> None:
        self._config.write(haproxy_config(f"fd@{self._bound.fileno()}", addresses))
        self._config.flush()

    async def start(self) -> None:
        """Returns when it accepts connections. Raises WorkerFailed."""
        command = haproxy_command(self._program, self._config.name)
        self._process = await asyncio.create_subprocess_exec(
            *command, pass_fds=[self._bound.fileno()], stdin=DEVNULL, stdout=DEVNULL, start_new_session=True
        )
        host, port = self._bound.getsockname()[:2]
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        while self._process.returncode is None:
            with suppress(OSError):
                _, writer = await asyncio.open_connection(host, port)
                writer.close()
                return
            await asyncio.sleep(0.005)
        raise WorkerFailed(self._process.returncode)

    async def ended(self) -> int:
        assert self._process is not None
        return await self._process.wait()

    def accept_no_more(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGUSR1)

    async def stop(self) -> None:
        if self._process is not None:
            await _stop(self._process, signal.SIGTERM)
        self._config.close()


class Supervisor:
    """Starts `count` workers and the balancer, and starts again what ends by itself."""

    def __init__(
        self, count: int, arguments: Sequence[str], env: Mapping[str, str], program: str, bound: socket.socket
    ) -> None:
        self._workers = [Worker(arguments, env) for _ in range(count)]
        self._balancer = Balancer(program, bound)

    async def run(self, ready: Callable[[], None]) -> None:
        """Returns after SIGTERM or Ctrl-C; `ready` is called once all are. Raises WorkerFailed if one cannot begin."""
        told = asyncio.Event()
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, told.set)
        running, stopping = asyncio.ensure_future(self._run(ready)), asyncio.ensure_future(told.wait())
        try:
            await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            running.cancel()
            failed = (await asyncio.gather(running, return_exceptions=True))[0]
            await self._stop()
        if isinstance(failed, Exception):
            raise failed

    async def _run(self, ready: Callable[[], None]) -> None:
        first, *others = self._workers
        await first.start()  # what one cannot do, none can: it is said once
        await asyncio.gather(*(worker.start() for worker in others))
        self._balancer.configure([worker.address for worker in self._workers])
        await self._balancer.start()
        ready()
        running: list[Worker | Balancer] = [*self._workers, self._balancer]
        await asyncio.gather(*map(_keep_running, running))

    async def _stop(self) -> None:
        """No more connections, then no more streams and worlds, then nothing."""
        self._balancer.accept_no_more()
        await asyncio.gather(*(worker.stop() for worker in self._workers))
        await self._balancer.stop()


async def _keep_running(each: Worker | Balancer) -> None:
    what = f"the worker on {each.address}" if isinstance(each, Worker) else "HAProxy"
    while True:
        code = await each.ended()
        logger.error("%s ended (%s) and is started again", what, _told(code))
        while True:
            try:
                await each.start()
                break
            except WorkerFailed:
                await asyncio.sleep(PAUSE_SECONDS)


def _told(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


async def _stop(process: Process, sent: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(sent)
    try:
        await asyncio.wait_for(process.wait(), END_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def serve_by_workers(
    count: int,
    arguments: Sequence[str],
    env: Mapping[str, str],
    program: str,
    bound: socket.socket,
    ready: Callable[[], None],
) -> None:
    """Serve in the foreground until SIGTERM or Ctrl-C. `arguments` are those of each worker, beside its address.

    Raises WorkerFailed if there is nothing to serve.
    """
    supervisor = Supervisor(count, arguments, {**os.environ, **env}, program, bound)
    asyncio.run(supervisor.run(ready))
