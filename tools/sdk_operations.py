"""How many operations of the installed SDK the fake answers, by resource: `python -m tools.sdk_operations`.

Asks each with ids that are of nothing. Unanswered is what gets the 404 of a path that does not exist, or 405.
Prints a table, and writes it into docs/sdks.md. Exit 1: one is not answered.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator

import anthropic

from mockdreams import MockDreams
from mockdreams.contract.drift import sdk
from tools.sdk_releases import PAGE

BEGIN, END = "<!-- operations -->", "<!-- end of operations -->"
UNKNOWN_PATH = ("Not found", "Not Found")


def main() -> int:
    with MockDreams() as mock:
        found = ask(mock)
    rows = list(table(found))
    print("\n".join(rows))
    write(rows)
    missing = [f"{resource}: {call}" for resource, calls in found.items() for call, here in calls.items() if not here]
    print("\n".join(missing), file=sys.stderr)
    return 1 if missing else 0


def ask(mock: MockDreams) -> dict[str, dict[str, bool]]:
    """Whether each operation is answered, by resource."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for method in sdk.read(anthropic).methods:
        path = re.sub(r"\{\w+\}", "absent", method.path)
        headers = {"anthropic-beta": method.beta}
        answer = mock.http.request(method.method, path, headers=headers)
        error = {} if answer.is_success else answer.json()["error"]
        there = answer.status_code != 405 and error.get("message") not in UNKNOWN_PATH
        found[_resource(method.path)][f"{method.method} {method.path}"] = there
    return found


def table(found: dict[str, dict[str, bool]]) -> Iterator[str]:
    yield "| resource | operations of the SDK | answered |"
    yield "|---|---|---|"
    for resource, calls in sorted(found.items()):
        yield f"| {resource} | {len(calls)} | {sum(calls.values())} |"
    yield f"| all | {sum(map(len, found.values()))} | {sum(sum(calls.values()) for calls in found.values())} |"


def write(rows: list[str]) -> None:
    """Put the table between its marks in the page."""
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text("\n".join([before + BEGIN, "", *rows, "", END + rest.partition(END)[2]]), "utf-8")


def _resource(path: str) -> str:
    return path.split("/")[2].partition("?")[0]


if __name__ == "__main__":
    sys.exit(main())
