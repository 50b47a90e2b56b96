"""What starting costs: imports, the handle, the command, the server, and its first answer."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple

from benchmarks.instructions import counted
from benchmarks.load import ask, request
from benchmarks.options import Options
from benchmarks.report import Row, Table

READY = "ready"
FIRST_PATH = "/v1/memory_stores"
FIRST_REQUEST = request(
    "POST", FIRST_PATH, "managed-agents-2026-04-01", b'{"name": "Notes", "description": "A start."}'
)
BARE_SERVER = f"""
import socket
from benchmarks.floor import BareUvicorn, {{app}}
bound = socket.create_server(("127.0.0.1", 0))
ready = lambda: print("{READY}", bound.getsockname()[1], flush=True)
BareUvicorn({{app}}("{FIRST_PATH}", b"{{{{}}}}"), ready).run([bound])
"""
FLOOR = ("-c", BARE_SERVER.format(app="modelled_app"))
OUR_URL = f"""
import mockdreams.harness.handle
url = mockdreams.harness.handle.MockDreams().url
print("{READY}", url, flush=True)
"""
IN_PROCESS = ("-c", OUR_URL)
IN_A_TEST = ("-c", OUR_URL + "import signal; signal.pause()")
VALGRIND_SECONDS = 120
ROUNDS = 2
SERVE = ("-m", "mockdreams", "serve", "--port", "0")
A_FIRST_TEST = """
from anthropic import Anthropic, DefaultHttpxClient
{setup}
with {where}:
    client = {client}
    assert client.beta.memory_stores.create(name="Notes").name == "Notes"
"""
"""Of a process: a store through the SDK."""
SDK_ALONE = "from anthropic import Anthropic; Anthropic(api_key='a').beta.memory_stores"
OVER_STUBS = A_FIRST_TEST.format(
    setup="import contextlib, httpx2",
    where="contextlib.nullcontext()",
    client="Anthropic(api_key='a', http_client=DefaultHttpxClient(transport=httpx2.MockTransport("
    """lambda _: httpx2.Response(200, json={"id": "memstore_01", "type": "memory_store", "name": "Notes"}))))""",
)
OVER_OURS = A_FIRST_TEST.format(
    setup="from mockdreams import MockDreams", where="MockDreams() as mock", client="mock.client()"
)
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Bytecode is kept, so that ours is compiled once and for all, as pip compiles what it installs."""


class Taken(NamedTuple):
    """Milliseconds from the start of a process: until a server is `ready`, and until it or the process is `done`."""

    ready: float
    done: float


class Start(NamedTuple):
    """A command, and what it is over with: its end, or its answer to a first request."""

    command: tuple[str, ...]
    answers: bool = False

    def taken(self) -> Taken:
        start = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, *self.command],
            env=ENVIRONMENT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            ready = self._see_through(process)
            taken = Taken((ready - start) * 1e3, (time.perf_counter() - start) * 1e3)
            process.terminate()
        return taken

    def instructions(self) -> int | None:
        """How many it executes; None where no Valgrind is installed."""
        return counted(self.command, ENVIRONMENT, self._see_through)

    def _see_through(self, process: "subprocess.Popen[str]") -> float:
        """When it was ready, or had said everything."""
        assert process.stdout is not None
        said = process.stdout.readline() if self.answers else process.stdout.read()
        ready = time.perf_counter()
        if self.answers:
            ask(int(said.strip().replace(":", " ").split()[-1]), FIRST_REQUEST, VALGRIND_SECONDS)
        else:
            process.wait()
        if (READY not in said) if self.answers else process.returncode:
            raise RuntimeError(f"failed: {' '.join(self.command)}")
        return ready


def import_(options: Options) -> Iterator[Table]:
    """wall time of imports, of the handle and of the command, beside bare ones"""
    imports = {
        "import starlette, uvicorn, pydantic": Start(("-c", "import starlette.applications, uvicorn, pydantic")),
        "nothing": Start(("-c", "pass")),
        "import mockdreams": Start(("-c", "import mockdreams")),
    }
    servers: dict[str, tuple[str, ...]] = {
        "bare Uvicorn, Starlette and one Pydantic model": FLOOR,
        "MockDreams().url": IN_A_TEST,
    }
    if find_spec("mockdreams.__main__"):
        imports["mockdreams --help"] = Start(("-m", "mockdreams", "--help"))
        servers["mockdreams serve"] = SERVE
    answered = {name: Start(command, answers=True) for name, command in servers.items()}
    ended = "MockDreams().url, and the process ended"
    served = _taken({**answered, ended: Start(IN_PROCESS)})
    ready = {name: [each.done if name == ended else each.ready for each in taken] for name, taken in served.items()}
    first_answers = {name: [each.done for each in served[name]] for name in answered}
    yield Table("import: a process that imports and ends", "ms", "floor", _rows(_ends(imports)))
    yield Table("import: until a server is ready", "ms", "floor", _rows(ready))
    yield Table("import: until it has answered a first POST", "ms", "floor", _rows(first_answers))
    first = {
        "the SDK and its client alone": Start(("-c", SDK_ALONE)),
        "a first test over stubs, httpx2.MockTransport": Start(("-c", OVER_STUBS)),
        "a first test over MockDreams()": Start(("-c", OVER_OURS)),
    }
    yield Table("import: a process of one test through the SDK", "ms", "SDK alone", _rows(_ends(first)))
    if options.large:
        counts = {f"{name}, and a first POST": answered[name] for name in (next(iter(answered)), "mockdreams serve")}
        yield Table(
            "import: instructions, which nothing else on the machine changes",
            "millions",
            "floor",
            _counted(counts | first),
            "Counted with Valgrind, if it is installed. A first test is beside the SDK.",
        )


def _taken(starts: dict[str, Start]) -> dict[str, list[Taken]]:
    """Round by round, after a first start of each."""
    for start in starts.values():
        start.taken()
    rounds = [{name: start.taken() for name, start in starts.items()} for _ in range(ROUNDS)]
    return {name: [each[name] for each in rounds] for name in starts}


def _ends(starts: dict[str, Start]) -> dict[str, list[float]]:
    return {name: [each.done for each in taken] for name, taken in _taken(starts).items()}


def _rows(taken: dict[str, list[float]]) -> list[Row]:
    floor = next(iter(taken.values()))
    return [Row(name, values, floor) for name, values in taken.items()]


def _counted(starts: dict[str, Start]) -> list[Row]:
    """The servers beside the first, the tests beside the first test."""
    rows: list[Row] = []
    for name, start in starts.items():
        start.taken()
        count = start.instructions()
        if count is None:
            return [Row(f"{name}: no Valgrind")]
        alike = [row for row, other in zip(rows, starts.values(), strict=False) if other.answers == start.answers]
        rows.append(Row(name, [count / 1e6], alike[0].values if alike else [count / 1e6]))
    return rows
