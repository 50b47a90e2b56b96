"""How many instructions a Python process executes, which no other process changes; counted by Valgrind."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

_COUNT = re.compile(r"I\s+refs:\s+([\d,]+)")


def counted(
    command: Sequence[str], environment: Mapping[str, str], see_through: Callable[["subprocess.Popen[str]"], object]
) -> int | None:
    """Those of Python with `command`, once it is seen through; None where no Valgrind is installed."""
    valgrind = shutil.which("valgrind")
    if valgrind is None:
        return None
    count = [valgrind, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", sys.executable]
    with subprocess.Popen(
        [*count, *command],
        env={**environment, "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        see_through(process)
        process.terminate()
        _, told = process.communicate()
    found = _COUNT.search(told)
    if found is None:
        raise RuntimeError(f"Valgrind counted nothing: {told[-500:]}")
    return int(found[1].replace(",", ""))
