"""Python code in a process that has imported what we depend on, and nothing of ours.

Those imports take longer than what such code does.
"""

from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

from tests.support.warm_commands import run


class Ended(NamedTuple):
    exit_code: int
    printed: str


def in_fresh_process(code: str) -> Ended:
    """How it ended."""
    with TemporaryFile("w+") as printed:
        exit_code = run("fresh", "-c", code, directory=Path.cwd(), out=printed, err=printed)
        printed.seek(0)
        return Ended(exit_code, printed.read())
