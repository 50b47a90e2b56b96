"""One process at a time in a directory. The system lets go of the lock when the process dies, however it does."""

import os
import sys
from pathlib import Path

from mockdreams.store.errors import StoreError

NAME = "lock"


class DirectoryLock:
    """Taken when it is made. Raises StoreError while another process has it, OSError where nothing can be written."""

    def __init__(self, directory: Path) -> None:
        self._file = os.open(directory / NAME, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError:
            holder = os.pread(self._file, 20, 1).decode(errors="replace") if hasattr(os, "pread") else ""
            os.close(self._file)
            process = f" (process {holder})" if holder.isdigit() else ""
            raise StoreError(f"another server keeps its worlds there{process}") from None
        os.ftruncate(self._file, 0)
        os.write(self._file, f" {os.getpid()}".encode())

    def release(self) -> None:
        """Let another process have the directory."""
        os.close(self._file)


def _lock(file: int) -> None:
    """Lock the first byte. Raises OSError if another process has."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
