"""A `mockdreams serve` of a test, ended with it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.support.warm_commands import programs

IN_MEMORY = "worlds: they are in memory only, and gone when the server ends; --data DIR keeps them\n"
"""What a server says on stderr."""
READY = re.compile(r"mockdreams ready on (http://\S+)\n")


def command(
    *arguments: str, env: dict[str, str] | None = None, within: Sequence[str] = (), forked: bool = False
) -> "subprocess.Popen[str]":
    """A `mockdreams`; `within` is a command that runs others, in some surroundings.

    One that is `forked` has imported everything already. Its process number is not its own, and it outlives a SIGKILL
    for a moment.
    """
    program = [programs() / "mockdreams"] if forked else [*within, sys.executable, "-m", "mockdreams"]
    return subprocess.Popen(
        [*program, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    )


@contextmanager
def serving(
    *arguments: str, env: dict[str, str] | None = None, within: Sequence[str] = (), forked: bool = True
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    process = command("serve", *arguments, env=env, within=within, forked=forked and not within)
    try:
        assert process.stdout is not None
        ready = READY.fullmatch(process.stdout.readline())
        assert ready, process.communicate()
        yield ready[1], process
    finally:
        process.kill()
        process.communicate()
