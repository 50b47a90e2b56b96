"""What starting costs: imports, the handle, the command, the server."""

import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import NamedTuple

from benchmarks.options import Options
from benchmarks.report import Row, Table

READY = "ready"
BARE_UVICORN = f"""
import socket
from benchmarks.floor import BareUvicorn, starlette_app
server = BareUvicorn(starlette_app("/", b""), lambda: print("{READY}", flush=True))
server.run(sockets=[socket.create_server(("127.0.0.1", 0))])
"""


OUR_URL = f"""
import mockdreams.handle
mockdreams.handle.MockDreams().url
print("{READY}", flush=True)
"""


class Start(NamedTuple):
    """A command; it is over when it says that it is ready if it `serves`, else when it ends."""

    command: tuple[str, ...]
    serves: bool = False

    def seconds(self) -> float:
        start = time.perf_counter()
        with subprocess.Popen([sys.executable, *self.command], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            said = process.stdout.readline() if self.serves else process.stdout.read()
            if not self.serves:
                process.wait()
            taken = time.perf_counter() - start
            process.terminate()
        if (READY not in said) if self.serves else process.returncode:
            raise RuntimeError(f"failed: {' '.join(self.command)}")
        return taken


def import_(options: Options) -> Iterator[Table]:
    """wall time of imports, of the handle and of the command, beside bare ones"""
    imports = {
        "import starlette, uvicorn, pydantic": Start(("-c", "import starlette.applications, uvicorn, pydantic")),
        "nothing": Start(("-c", "pass")),
        "import mockdreams": Start(("-c", "import mockdreams")),
    }
    ready = {
        "bare Uvicorn and Starlette ready": Start(("-c", BARE_UVICORN), serves=True),
        "MockDreams().url": Start(("-c", OUR_URL), serves=True),
        "MockDreams().url, and the process ended": Start(("-c", OUR_URL)),
    }
    if find_spec("mockdreams.__main__"):
        imports["mockdreams --help"] = Start(("-m", "mockdreams", "--help"))
        ready["mockdreams serve ready"] = Start(("-m", "mockdreams", "serve", "--port", "0"), serves=True)
    yield Table("import: a process that imports and ends", "ms", "floor", _rows(imports, options.rounds))
    yield Table("import: until a server answers", "ms", "floor", _rows(ready, options.rounds))


def _rows(starts: dict[str, Start], rounds: int) -> list[Row]:
    taken: dict[str, list[float]] = {name: [] for name in starts}
    for start in starts.values():
        start.seconds()
    for _ in range(rounds):
        for name, start in starts.items():
            taken[name].append(start.seconds() * 1e3)
    floor = next(iter(taken.values()))
    return [Row(name, values, floor) for name, values in taken.items()]
