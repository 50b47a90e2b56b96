"""`mockdreams`, `pytest` and `python` as programs that have imported everything already.

`programs` is a folder of them, for the PATH of a shell. Each only asks this process, over a socket, for one that is
forked as runs of pytest inside pytest are, hands over its arguments, environment, input and outputs, passes signals
on, and ends as that one does. Starting ten real ones takes longer than all that a page of the docs has done.
"""

import atexit
import json
import multiprocessing.connection
import os
import runpy
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from multiprocessing import reduction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.support.inner_pytest import forking

NAMES = ("mockdreams", "pytest", "python")
CLIENT = """#!{python} -IS
import json, os, signal, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    asked = {{"name": {name!r}, "arguments": sys.argv[1:], "directory": os.getcwd(), "environment": dict(os.environ)}}
    socket.send_fds(server, [json.dumps(asked).encode() + b"\\n"], [0, 1, 2])
    answer = server.makefile()
    pid = int(answer.readline())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, frame: os.kill(pid, number))
    sys.exit(int(answer.readline()))
"""


@cache
def programs() -> Path:
    """A folder of them for the rest of this process."""
    owner, kept = os.getpid(), ExitStack()
    folder = kept.enter_context(_serving(Path(kept.enter_context(TemporaryDirectory(prefix="warm-")))))
    atexit.register(lambda: kept.close() if os.getpid() == owner else None)
    return folder


@contextmanager
def _serving(folder: Path) -> Iterator[Path]:
    address = str(folder / "socket")
    (folder / "bin").mkdir()
    for name in NAMES:
        program = folder / "bin" / name
        program.write_text(CLIENT.format(python=sys.executable, address=address, name=name), "utf-8")
        program.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        threading.Thread(target=_accept, args=(listening,), daemon=True).start()
        yield folder / "bin"
        listening.shutdown(socket.SHUT_RDWR)


def _accept(listening: socket.socket) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:
            return
        threading.Thread(target=_start, args=(client,), daemon=True).start()


def _start(client: socket.socket) -> None:
    with client:
        told, descriptors, _, _ = socket.recv_fds(client, 1 << 16, 3)
        while not told.endswith(b"\n"):
            told += client.recv(1 << 16)
        process = forking.Process(target=_run, args=(json.loads(told), [_Descriptor(each) for each in descriptors]))
        process.start()
        for each in descriptors:
            os.close(each)
        client.sendall(f"{process.pid}\n".encode())
        if client in multiprocessing.connection.wait([process.sentinel, client]):
            process.kill()  # the client was killed
            return
        process.join()
        client.sendall(b"%d\n" % (process.exitcode or 0))


class _Descriptor:
    """A file descriptor, which the other process has as a number of its own."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __reduce__(self) -> Any:
        return _detached, (reduction.DupFd(self._number),)


def _detached(descriptor: Any) -> int:
    number: int = descriptor.detach()
    return number


def _run(asked: dict[str, Any], descriptors: list[int]) -> None:
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = os.fdopen(0)
    os.chdir(asked["directory"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = [asked["name"], *asked["arguments"]]
    try:
        _program(asked["name"])
    finally:
        atexit._run_exitfuncs()


def _program(name: str) -> None:
    if name == "mockdreams":
        from mockdreams.cli import main

        main()
    elif name == "pytest":
        import pytest

        sys.exit(pytest.console_main())
    elif sys.argv[1:3] == ["-u", "-c"]:  # a worker of pytest-xdist
        exec(sys.argv[3], {"__name__": "__main__"})
    else:
        sys.argv.pop(0)
        sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
        runpy.run_path(sys.argv[0], run_name="__main__")
