"""A real PostgreSQL of a test, in a folder of its own, ended with it."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from mockdreams.server import bind

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin/postgres"), default=None, key=lambda path: int(path.parts[4]))
NO_POSTGRESQL = "no PostgreSQL here: on Debian, scripts/setup installs it for root"
needs_postgresql = pytest.mark.skipif(PROGRAMS is None, reason=NO_POSTGRESQL)
AS_ITS_USER = ["--reuid", "postgres", "--regid", "postgres", "--clear-groups"]
"""It refuses to run as root."""
AS_ANOTHER = ["unshare", "--user", "--map-user=1", "--map-group=1"]
"""Also not where this user is called root, in a namespace: there it is given another number."""
IN_MEMORY = Path("/dev/shm")
ROOM = 1 << 30
"""Bytes that have to be free there: four times what a process makes. A disk takes seconds to delete as much."""
QUICK = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=60"]


class Postgresql:
    """A database server in `folder`; it ends with the tests even if those are killed.

    `within` begins the commands of a namespace that has disks of its own.
    """

    def __init__(self, folder: Path, *, synced: bool = False, within: Sequence[str] = ()) -> None:
        self._folder = folder
        self._within = within
        self._quick = [] if synced else QUICK
        self._names = count(1)
        with bind("127.0.0.1", 0) as free:
            self.port = free.getsockname()[1]
        made = ["initdb", "--no-sync", "--auth", "trust", "--username", "postgres", "--encoding", "UTF8", str(folder)]
        subprocess.run(self._command(*made), check=True, stdout=subprocess.DEVNULL)

    def start(self) -> None:
        options = [
            "-D",
            str(self._folder),
            "-k",
            str(self._folder),
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            *self._quick,
        ]
        self._process = subprocess.Popen(self._command("postgres", *options), stderr=subprocess.DEVNULL)
        while not self._answers():
            assert self._process.poll() is None

    def kill(self) -> None:
        """All at once, as when its machine fails."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def new_database(self, folder: Path | None = None) -> str:
        """The URL of an empty database, whose files are in an empty `folder`."""
        name = f"of_test_{next(self._names)}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            if folder is not None:
                connection.execute(f"CREATE TABLESPACE there LOCATION '{folder}'")
            connection.execute(f"CREATE DATABASE {name}{' TABLESPACE there' if folder is not None else ''}")
        return self._url(name)

    def _url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _command(self, program: str, *options: str) -> list[str]:
        assert PROGRAMS is not None
        user = AS_ITS_USER if os.getuid() == 0 and not self._within else []
        within = [*self._within, *AS_ANOTHER] if self._within else []
        return [*within, "setpriv", "--pdeathsig", "QUIT", *user, str(PROGRAMS.with_name(program)), *options]


@contextmanager
def postgresql_server(*, synced: bool = False, within: Sequence[str] = ()) -> Iterator[Postgresql]:
    """A running server; one that is `synced` has everything on the disk that it has committed, as others have."""
    in_memory = not synced and IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free > ROOM
    folder = Path(mkdtemp(prefix="mockdreams-", dir=IN_MEMORY if in_memory else None))
    try:
        if os.getuid() == 0 and not within:
            shutil.chown(folder, "postgres", "postgres")
        server = Postgresql(folder, synced=synced, within=within)
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder)
