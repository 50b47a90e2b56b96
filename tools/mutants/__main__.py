"""The score of the saboteurs: `scripts/saboteurs`."""

import sys

from tests.support.contract_server import served
from tools.mutants import MUTANTS
from tools.mutants.patching import caught


def main() -> int:
    every = "--every" in sys.argv[1:]
    noticed = 0
    with served() as server:
        for sabotage in MUTANTS:
            broken = caught(sabotage, *server, only=None if every else frozenset(sabotage.breaks))
            noticed += bool(broken)
            print(f"{'noticed' if broken else 'MISSED ':<8} {sabotage.fault}: {len(broken)} checks", flush=True)
    print(f"{noticed} of {len(MUTANTS)} planted faults are noticed")
    return 0 if noticed == len(MUTANTS) else 1


if __name__ == "__main__":
    sys.exit(main())
