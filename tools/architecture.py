"""Draw what docs/architecture.md says of the code, between its markers: the parts of a world, and its state tables.

`python -m tools.architecture` writes the page anew.
"""

import re
from collections.abc import Iterator, Mapping, Set
from pathlib import Path
from typing import Any, get_type_hints

from mockdreams.world.core.context import Context
from mockdreams.world.deployments import deployments
from mockdreams.world.dreams import dreams
from mockdreams.world.parts import PARTS
from mockdreams.world.schedules import schedules
from mockdreams.world.sessions import store, threads
from mockdreams.world.work import queue
from mockdreams.world.world import World

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
_STATES = re.compile(r"(<!-- states of a (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_PARTS = re.compile(r"(<!-- parts of a world -->\n).*?(<!-- end -->)", re.DOTALL)


def parts() -> dict[type, dict[str, Any]]:
    """The classes whose rules a world builds, in its order, each with the types that its constructor takes."""
    found: dict[type, dict[str, Any]] = {}
    world = World("parts", clock="manual")
    for name in PARTS:
        _add(type(getattr(world, name)), found)
    return found


def _add(cls: type, found: dict[type, dict[str, Any]]) -> None:
    if cls in found or not _is_rule(cls):
        return
    taken = get_type_hints(_constructor(cls))
    for needed in taken.values():
        if isinstance(needed, type):
            _add(needed, found)
    found[cls] = {name: hint for name, hint in taken.items() if name != "return"}


def _is_rule(cls: type) -> bool:
    in_a_room = re.match(r"mockdreams\.world\.(?!core\.|state\.|world)", cls.__module__)
    return in_a_room is not None and _constructor(cls) is not object.__init__


def _constructor(cls: type) -> Any:
    return next(vars(each)["__init__"] for each in cls.__mro__ if "__init__" in vars(each))


def table_of_parts() -> str:
    lines = ["| part | of | is built from |", "|---|---|---|"]
    for cls, taken in parts().items():
        module = cls.__module__.removeprefix("mockdreams.world.").replace(".", "/")
        lines.append(f"| `{cls.__name__}` | `{module}.py` | {', '.join(_needs(taken)) or 'nothing'} |")
    return "\n".join(lines)


def _needs(taken: dict[str, Any]) -> Iterator[str]:
    """Neighbours by their class, and functions of neighbours by the name of the parameter."""
    for name, hint in taken.items():
        if hint is Context:
            yield "the context"
        elif isinstance(hint, type) and _is_rule(hint):
            yield f"`{hint.__name__}`"
        else:
            yield f"*{name}*"


def diagram(first: str, table: Mapping[Any, Set[Any]]) -> str:
    """A Mermaid state diagram; what stays the same is no edge."""
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {first}"]
    for status, following in table.items():
        others = [other for other in table if other in following and other != status]
        lines += [f"    {status} --> {other}" for other in others or ["[*]"]]
    return "\n".join([*lines, "```"])


def drawn(page: str) -> str:
    """The page with every diagram as its table says, and the parts of a world as their constructors say."""
    page = _PARTS.sub(lambda block: f"{block[1]}\n{table_of_parts()}\n\n{block[2]}", page)
    return _STATES.sub(lambda block: f"{block[1]}\n{diagram(*TABLES[block[2]])}\n\n{block[3]}", page)


def main() -> None:
    PAGE.write_text(drawn(PAGE.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
