"""A small disk of a test, in the memory, which only the processes see that are started on it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_NAMESPACE = ["unshare", "--map-root-user", "--mount"]


def _can_mount() -> bool:
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        return False
    return subprocess.run([*_NAMESPACE, "true"], capture_output=True).returncode == 0


needs_disks = pytest.mark.skipif(not _can_mount(), reason="nothing can be mounted here: it needs Linux, and namespaces")


class Disk:
    """Mounted at `folder` for commands that begin with `within`."""

    def __init__(self, folder: Path, holder: int) -> None:
        self._folder = str(folder)
        self.within = ["nsenter", "--target", str(holder), "--user", "--preserve-credentials", "--mount"]

    def make_folder(self, name: str) -> Path:
        """An empty folder on it."""
        self._run("mkdir", f"{self._folder}/{name}")
        return Path(self._folder, name)

    def resize(self, size: str) -> None:
        self._run("mount", "-o", f"remount,size={size}", self._folder)

    def allow_only_reading(self) -> None:
        self._run("mount", "--bind", "-o", "remount,ro", self._folder)

    def fill(self) -> None:
        """Let nothing more have room."""
        subprocess.run([*self.within, "dd", "if=/dev/zero", f"of={self._folder}/filling"], stderr=subprocess.DEVNULL)

    def _run(self, *command: str) -> None:
        subprocess.run([*self.within, *command], check=True)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Disk]:
    folder.mkdir()
    held = f'mount -t tmpfs -o size={size} tmpfs "$0" && echo ready && exec cat'
    holder = subprocess.Popen(
        [*_NAMESPACE, "sh", "-c", held, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "ready\n"
        yield Disk(folder, holder.pid)
