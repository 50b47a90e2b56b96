"""A `mockdreams serve` of a test, ended with it."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

IN_MEMORY = "worlds: they are in memory only, and gone when the server ends; --data DIR keeps them\n"
"""What a server says on stderr."""
READY = re.compile(r"mockdreams ready on (http://\S+)\n")


def command(*arguments: str, env: dict[str, str] | None = None, within: Sequence[str] = ()) -> "subprocess.Popen[str]":
    """A `mockdreams`; `within` is a command that runs others, in some surroundings."""
    return subprocess.Popen(
        [*within, sys.executable, "-m", "mockdreams", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **(env or {})},
    )


@contextmanager
def serving(
    *arguments: str, env: dict[str, str] | None = None, within: Sequence[str] = ()
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    process = command("serve", *arguments, env=env, within=within)
    try:
        assert process.stdout is not None
        ready = READY.fullmatch(process.stdout.readline())
        assert ready, process.communicate()
        yield ready[1], process
    finally:
        process.kill()
        process.communicate()
