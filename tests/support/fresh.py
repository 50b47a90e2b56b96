"""Python code in processes that have imported what we depend on, and nothing of ours.

Those imports take longer than what such code does.
"""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from tests.support.warm_commands import run


class Ended(NamedTuple):
    exit_code: int
    printed: str


def in_fresh_processes(codes: Iterable[str]) -> list[Ended]:
    """How each ended, one after the other."""
    return list(map(_ended, codes))


def _ended(code: str) -> Ended:
    with TemporaryFile("w+") as printed:
        exit_code = run("fresh", "-c", code, directory=Path.cwd(), out=printed, err=printed)
        printed.seek(0)
        return Ended(exit_code, printed.read())
