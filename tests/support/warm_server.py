"""A process that has imported everything, and forks what it is asked for: commands, pytest in pytest, workers of a run.

It becomes three: `fresh` has imported what we depend on, and nothing of ours; `ready` has all of ours and of the SDK,
and has built their shapes; `worker`, which goes on from there, has what a run collects.
"""

import ast
import atexit
import gc
import multiprocessing
import multiprocessing.connection
import os
import runpy
import select
import signal
import socket
import sys
import types
from importlib import import_module

FRESH = ("asyncio", "httpx2", "pydantic", "starlette.applications", "tempfile", "uvicorn")
forking = multiprocessing.get_context("fork")


def main(sockets: dict[str, int], collecting: list[str]) -> None:
    """Serve at a socket for each stage until standard input ends; `collecting` is how a run collects."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # nothing of what is imported is garbage
    _serve_in_fork("fresh", sockets)
    import_module("tests.support.ready_preload")
    if "worker" not in sockets:
        _serve("ready", sockets)
    _serve_in_fork("ready", sockets)
    from tests.support.worker_preload import collect

    collect(collecting)
    _serve("worker", sockets)


def _serve_in_fork(stage: str, sockets: dict[str, int]) -> None:
    if os.fork() == 0:
        _serve(stage, sockets)
    os.close(sockets.pop(stage))


def _serve(stage: str, sockets: dict[str, int]) -> None:
    with socket.socket(fileno=sockets.pop(stage)) as server:
        for other in sockets.values():
            os.close(other)  # who asks a stage that ended early is told
        if stage == "fresh" and server in select.select([server, sys.stdin], [], [])[0]:
            for name in FRESH:  # only now: many runs have no use for it
                import_module(name)
            assert not [name for name in sys.modules if name.startswith("mockdreams")]
        gc.freeze()
        if stage == "worker":
            gc.disable()  # until one of them has collected its tests, as conftest.py has it
        else:
            gc.enable()
        while server in select.select([server, sys.stdin], [], [])[0]:
            client, _ = server.accept()
            forking.Process(target=_keep, args=(client, server)).start()
            client.close()
    os._exit(0)


def _keep(client: socket.socket, server: socket.socket) -> None:
    """Start what a client wants, and tell its number, and how it ended. It is killed if the client is."""
    server.close()
    told, descriptors, _, _ = socket.recv_fds(client, 1 << 16, 3)
    while not told.endswith(b"\n"):
        told += client.recv(1 << 16)
    process = forking.Process(target=_run, args=(client, descriptors), kwargs=ast.literal_eval(told.decode()))
    process.start()
    for each in descriptors:
        os.close(each)
    client.sendall(f"{process.pid}\n".encode())
    if client in multiprocessing.connection.wait([process.sentinel, client]):
        process.kill()
    else:
        process.join()
        client.sendall(f"{process.exitcode}\n".encode())


def _run(
    client: socket.socket,
    descriptors: list[int],
    *,
    name: str,
    arguments: list[str],
    directory: str,
    environment: dict[str, str],
) -> None:
    client.close()
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = os.fdopen(0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [name, *arguments]
    try:
        _program(name)
    finally:
        atexit._run_exitfuncs()


def _program(name: str) -> None:
    if name == "mockdreams":
        from mockdreams.cli import main

        main()
    elif name == "pytest":
        import pytest

        sys.exit(pytest.console_main())
    else:
        _python([each for each in sys.argv[1:] if each != "-u"])


def _python(arguments: list[str]) -> None:
    kind, *rest = arguments
    if kind == "-m":
        sys.argv = rest
        sys.path.insert(0, os.getcwd())
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv = ["-c", *rest[1:]]
        _execute(rest[0])
    else:
        sys.argv = arguments
        sys.path.insert(0, os.path.dirname(os.path.abspath(kind)))
        runpy.run_path(kind, run_name="__main__")


def _execute(code: str) -> None:
    """The fifth call above what it executes is still ours: freezegun looks so far for `multiprocessing`."""
    sys.modules["__main__"] = types.ModuleType("__main__")
    exec(code, vars(sys.modules["__main__"]))
