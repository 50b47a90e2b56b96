"""Python code in processes that have imported what we depend on, and nothing of ours: all forked from one.

Those imports take longer than what such code does.
"""

import json
import subprocess
import sys
from collections.abc import Iterable
from typing import NamedTuple

from tests.support.helpers import HANG_GUARD

PROGRAM = """
import asyncio, httpx2, json, os, pydantic, starlette.applications, sys, tempfile, traceback, uvicorn

def forked(code):
    with tempfile.TemporaryFile("w+") as printed:
        child = os.fork()
        if child == 0:
            for number in (1, 2):
                os.dup2(printed.fileno(), number)
            try:
                exec(code, globals())
                ended = 0
            except BaseException:
                traceback.print_exc()
                ended = 1
            sys.stdout.flush()
            os._exit(ended)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        printed.seek(0)
        return ended, printed.read()

codes = json.load(sys.stdin)
assert not [name for name in sys.modules if name.startswith("mockdreams")]
print(json.dumps([forked(code) for code in codes]))
"""


class Ended(NamedTuple):
    exit_code: int
    printed: str


def in_fresh_processes(codes: Iterable[str], *options: str) -> list[Ended]:
    """How each ended, one after the other; `options` are for Python."""
    done = subprocess.run(
        [sys.executable, *options, "-c", PROGRAM],
        input=json.dumps(list(codes)),
        capture_output=True,
        text=True,
        timeout=HANG_GUARD,
    )
    assert done.returncode == 0, done.stderr
    return [Ended(*each) for each in json.loads(done.stdout)]
