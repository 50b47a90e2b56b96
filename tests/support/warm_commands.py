"""`mockdreams`, `pytest` and `python` that have imported everything already, as `warm_server` has.

`programs` is a folder of them, for the PATH of a shell. Each only asks that server, over a socket, for one that is
forked, hands over its arguments, environment, input and outputs, passes signals on, and ends as that one does. Starting
ten real ones takes longer than all that a page of the docs has done. One server is enough for all processes of a run.
"""

import atexit
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

SERVER = "WARM_SERVER"
"""The variable with the folder of the server, where there is one already."""
NAMES = ("mockdreams", "pytest", "python")
START = (
    "import sys; sys.path[:] = {path!r}; from tests.support.warm_server import main; main({sockets!r}, {collecting!r})"
)
CLIENT = """#!{python} -IS
import _signal, _socket, os, sys  # what these are wrapped in takes longer to import than all else
server = _socket.socket(_socket.AF_UNIX)
server.connect({address!r})
asked = {{"name": {name!r}, "arguments": sys.argv[1:], "directory": os.getcwd(), "environment": dict(os.environ)}}
told, numbers = repr(asked).encode() + b"\\n", b"".join(each.to_bytes(4, sys.byteorder) for each in (0, 1, 2))
sent = server.sendmsg([told], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, numbers)])
server.sendall(told[sent:])
answer = open(server.fileno(), closefd=False)
pid = int(answer.readline())
passed_on = {{each: each for each in (_signal.SIGTERM, _signal.SIGINT, _signal.SIGCONT)}}
passed_on[_signal.SIGTSTP] = _signal.SIGSTOP  # nobody hears of the latter
for each in passed_on:
    _signal.signal(each, lambda number, frame: os.kill(pid, passed_on[number]))
sys.exit(int(answer.readline() or 1))
"""


def programs() -> Path:
    """A folder of them for the rest of this process."""
    return _server() / "ready"


def worker_python(collecting: list[str]) -> str:
    """A program that stands for Python in the workers of a run, which collects by these arguments."""
    return str(_start(["fresh", "ready", "worker"], collecting) / "worker" / "python")


def run(stage: str, *python: str, directory: Path, out: IO[Any], err: IO[Any]) -> int:
    """How a `python` of that stage ends. Raises TimeoutError."""
    from tests.support.helpers import HANG_GUARD

    asked = {"name": "python", "arguments": python, "directory": str(directory), "environment": dict(os.environ)}
    with socket.socket(socket.AF_UNIX) as server, open(os.devnull) as nothing:
        server.settimeout(HANG_GUARD)
        server.connect(str(_server() / f"{stage}.socket"))
        told = repr(asked).encode() + b"\n"
        sent = socket.send_fds(server, [told], [nothing.fileno(), out.fileno(), err.fileno()])
        server.sendall(told[sent:])
        with server.makefile() as answer:
            answer.readline()
            return int(answer.readline())


@cache
def _server() -> Path:
    return Path(os.environ[SERVER]) if SERVER in os.environ else _start(["fresh", "ready"], [])


def _start(stages: list[str], collecting: list[str]) -> Path:
    """Its folder has a socket and a folder of programs for each stage. It ends with this process; others that this one
    starts use it, too.
    """
    owner, kept = os.getpid(), ExitStack()
    atexit.register(lambda: kept.close() if os.getpid() == owner else None)
    folder = Path(kept.enter_context(TemporaryDirectory(prefix="warm-")))
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket(socket.AF_UNIX)) for _ in stages]
        for stage, listening in zip(stages, sockets, strict=True):
            listening.bind(str(folder / f"{stage}.socket"))
            listening.listen()
            _write_programs(folder, stage)
        numbers = [each.fileno() for each in sockets]
        served = dict(zip(stages, numbers, strict=True))
        code = START.format(path=sys.path, sockets=served, collecting=collecting)
        kept.enter_context(subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, pass_fds=numbers))
    os.environ[SERVER] = str(folder)
    return folder


def _write_programs(folder: Path, stage: str) -> None:
    (folder / stage).mkdir()
    for name in NAMES:
        program = folder / stage / name
        address = str(folder / f"{stage}.socket")
        program.write_text(CLIENT.format(python=sys.executable, address=address, name=name), "utf-8")
        program.chmod(0o755)
