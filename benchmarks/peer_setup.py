"""What one would take instead of mockdreams: installed on demand under `.peers`, each a process of its own."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from socket import create_server
from typing import Literal

import yaml

from benchmarks.load import HOST, ask
from benchmarks.servers import Server

ROOT = Path(__file__).parents[1]
HOME = ROOT / ".peers"
SCHEMA = HOME / "openapi.json"
AIMOCK_REPLIES = HOME / "aimock.json"
INSTALL_SECONDS = 300
START_SECONDS = 30
LOOK_SECONDS = 0.005


class MissingPeerError(Exception):
    """A peer cannot be had here; the message says why."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A server to compare with. Its packages begin with itself; `{port}`, `{schema}` and `{replies}` stand in its
    command."""

    name: str
    registry: Literal["npm", "PyPI"]
    packages: tuple[str, ...]
    command: tuple[str, ...]

    @property
    def title(self) -> str:
        version = self.packages[0].replace("==", "@").rpartition("@")[2]
        return f"{self.name} {version}"


NODE = "node@24.21.0"
"""Prism asks for a newer Node than many machines have."""
PRISM = Peer(
    "Prism",
    "npm",
    ("@stoplight/prism-cli@5.16.0", NODE),
    ("prism", "mock", "--verboseLevel", "silent", "--host", HOST, "--port", "{port}", "{schema}"),
)
STEADY = Peer(
    "steady", "npm", ("@stdy/cli@0.22.2", NODE), ("steady", "--quiet", "--host", HOST, "--port", "{port}", "{schema}")
)
MOCKOON = Peer(
    "Mockoon",
    "npm",
    ("@mockoon/cli@9.9.0", NODE),
    ("mockoon-cli", "start", "--disable-log-to-file", "--hostname", HOST, "--port", "{port}", "--data", "{schema}"),
)
MOTO = Peer(
    "moto",
    "PyPI",
    ("moto[server]==5.2.5", "responses==0.26.3", "respx==0.23.1"),
    ("moto_server", "--host", HOST, "--port", "{port}"),
)
AIMOCK = Peer(
    "aimock",
    "npm",
    ("@copilotkit/aimock@1.43.0", NODE),
    ("llmock", "--log-level", "silent", "--host", HOST, "--port", "{port}", "--fixtures", "{replies}"),
)
MOCKS = (PRISM, STEADY, MOCKOON)
"""Those that answer what our schema says."""


def write_schema(example: bytes) -> None:
    """Write our schema for the mocks, each dream of which they answer with `example`.

    As JSON, because Prism reads no YAML merge keys. It also restarts when the file changes, so none may be running.
    """
    document = yaml.safe_load((ROOT / "contract" / "openapi.yaml").read_text("utf-8"))
    document["components"]["schemas"]["Dream"]["example"] = json.loads(example)
    HOME.mkdir(exist_ok=True)
    SCHEMA.write_text(json.dumps(document), "utf-8")


def install(peer: Peer) -> Path:
    """The directory of the commands of `peer`, which is installed if it is not there yet. Raises MissingPeerError."""
    found = _install(peer)
    if isinstance(found, str):
        raise MissingPeerError(found)
    return found


@cache
def _install(peer: Peer) -> Path | str:
    """Where its commands are, or why they are not: tried once."""
    home, wanted = HOME / peer.name.lower(), " ".join(peer.packages)
    npm = peer.registry == "npm"
    commands = home / ("node_modules/.bin" if npm else "bin")
    stamp = home / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return commands
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    print(f"installing {peer.title} from {peer.registry}", file=sys.stderr)
    for step in _npm(home, peer.packages) if npm else _pip(home, peer.packages):
        try:
            subprocess.run(step, check=True, timeout=INSTALL_SECONDS, stdout=subprocess.DEVNULL)
        except FileNotFoundError:
            return f"no {step[0]} here"
        except subprocess.SubprocessError:
            return "not installed"
    stamp.write_text(wanted)
    return commands


def _npm(home: Path, packages: tuple[str, ...]) -> list[list[str]]:
    quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    return [["npm", "install", *quiet, "--prefix", str(home), *packages]]


def _pip(home: Path, packages: tuple[str, ...]) -> list[list[str]]:
    quiet = ["-qq", "--disable-pip-version-check"]
    return [[sys.executable, "-m", "venv", str(home)], [str(home / "bin" / "pip"), "install", *quiet, *packages]]


@contextmanager
def running(peer: Peer, first: bytes) -> Iterator[Server]:
    """`peer`, once it has answered the request `first`. Raises MissingPeerError."""
    commands = install(peer)
    with create_server((HOST, 0)) as free:
        port: int = free.getsockname()[1]
    name, *arguments = (part.format(port=port, schema=SCHEMA, replies=AIMOCK_REPLIES) for part in peer.command)
    process = subprocess.Popen(
        [str(commands / name), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"},
        start_new_session=True,
    )
    try:
        _wait(process, port, first)
        yield Server(port, _serving(process.pid), {})
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, first: bytes) -> None:
    """Until `first` is answered."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            ask(port, first)
            return
        except RuntimeError as error:
            raise MissingPeerError(str(error)[:100]) from None
        except OSError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise MissingPeerError("does not start") from None
            time.sleep(LOOK_SECONDS)


def _serving(pid: int) -> int:
    """The process that serves: `pid`, or the one that it launched."""
    with suppress(OSError):
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        if len(children) == 1:
            return int(children[0])
    return pid
