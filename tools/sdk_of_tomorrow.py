"""The suite on the day when a new SDK comes out: `python tools/sdk_of_tomorrow.py [ARGUMENTS OF PYTEST]`.

The installed official SDK is copied and gets one more beta, one more field of a dream and a later version. Drift has to
report both, and the tests have to pass against it.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree, ignore_patterns
from tempfile import TemporaryDirectory

BETA = "one-more-beta-2027-01-01"
EXPECTED = (f"  anthropic-beta: value {BETA}", "  Dream.one_more_field: field")
CHANGES = {
    "types/anthropic_beta_param.py": ('"dreaming-2026-04-21"', f'"dreaming-2026-04-21", "{BETA}"'),
    "types/beta/beta_dream.py": (
        "class BetaDream(BaseModel):\n",
        "class BetaDream(BaseModel):\n    one_more_field: str\n\n",
    ),
    "_version.py": ('__version__ = "', '__version__ = "99.'),
}


def copied(folder: Path) -> None:
    """Put the SDK of tomorrow into `folder`."""
    spec = find_spec("anthropic")
    assert spec is not None, "the official SDK is not installed"
    assert spec.origin is not None
    package = copytree(Path(spec.origin).parent, folder / "anthropic", ignore=ignore_patterns("__pycache__"))
    for name, (old, new) in CHANGES.items():
        text = (package / name).read_text("utf-8")
        assert text.count(old) == 1, f"{name} is not as it was: {old!r}"
        (package / name).write_text(text.replace(old, new), "utf-8")


def main(arguments: list[str]) -> int:
    with TemporaryDirectory() as name:
        copied(Path(name))
        environment = {**os.environ, "PYTHONPATH": name}
        drift = [sys.executable, "-m", "mockdreams", "contract", "drift"]
        report = subprocess.run(drift, env=environment, capture_output=True, text=True)
        print(report.stdout, report.stderr, sep="", end="", flush=True)
        seen = report.returncode == 1 and all(line in report.stdout.splitlines() for line in EXPECTED)
        if not seen:
            print("drift does not report what is new")
        tests = subprocess.run([sys.executable, "-m", "pytest", *arguments], env=environment)
        return 0 if seen and tests.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
