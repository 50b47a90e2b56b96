"""Draw the state tables of the world into docs/architecture.md, between its markers."""

import re
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Any

from mockdreams.world.deployments import deployments
from mockdreams.world.dreams import dreams
from mockdreams.world.schedules import schedules
from mockdreams.world.sessions import store, threads
from mockdreams.world.work import queue

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
TABLES: dict[str, tuple[str, Mapping[Any, Set[Any]]]] = {
    "dream": ("pending", dreams.TRANSITIONS),
    "session": ("idle", store.TRANSITIONS),
    "thread": ("idle", threads.TRANSITIONS),
    "deployment": ("active", deployments.TRANSITIONS),
    "work": ("queued", queue.TRANSITIONS),
    "schedule": ("running", schedules.TRANSITIONS),
}
"""What has a state table: the status that it begins with, and the table."""
_BLOCK = re.compile(r"(<!-- states of a (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def diagram(first: str, table: Mapping[Any, Set[Any]]) -> str:
    """A Mermaid state diagram; what stays the same is no edge."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    for status, following in table.items():
        others = [other for other in table if other in following and other != status]
        lines += [f"    {status} --> {other}" for other in others or ["[*]"]]
    return "\n".join([*lines, "```"])


def drawn(page: str) -> str:
    """The page with every diagram as its table says."""
    return _BLOCK.sub(lambda block: f"{block[1]}\n{diagram(*TABLES[block[2]])}\n\n{block[3]}", page)


def main() -> None:
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
