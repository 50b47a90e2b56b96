"""What is let go of is freed, but for what somebody else holds."""

import weakref
from typing import Any

from mockdreams.freeing import let_go
from mockdreams.world.sessions.scripts import SessionScript


def test_what_nobody_else_holds_is_freed_and_the_rest_is_as_it_was() -> None:
    script = SessionScript.model_validate({"turns": [["a", "b"]] * 200})
    kept = script.turns[7]
    freed: list[weakref.ref[Any]] = [weakref.ref(script), *(weakref.ref(turn[0]) for turn in script.turns[8:])]
    values: list[Any] = [(script, 0), {"more": [script]}]
    del script
    let_go(values)
    assert values == []
    assert [ref() for ref in freed] == [None] * len(freed)
    assert [act.model_dump() for act in kept] == [{"say": "a"}, {"say": "b"}]


def test_no_container_is_freed_with_all_that_is_in_it() -> None:
    """What is in a container that is freed is still held, and is freed later."""
    freed: list[str] = []

    class Inner:
        def __del__(self) -> None:
            freed.append("inner")

    class Outer(list[Any]):
        def __del__(self) -> None:
            freed.append("outer")

    let_go([Outer([Inner()]), Outer([Inner()])])
    assert freed == ["outer", "outer", "inner", "inner"]
