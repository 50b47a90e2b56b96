"""Of many cases a few each day, and all each week."""

from collections.abc import Iterable
from typing import Any

import pytest


def one_in(count: int, cases: Iterable[Any]) -> list[Any]:
    """The cases, of which a run of the whole suite takes one in `count`, always the same; the others are `deep`."""
    return [
        pytest.param(*(case if type(case) is tuple else (case,)), marks=[pytest.mark.deep] if number % count else [])
        for number, case in enumerate(cases)
    ]


def deep(*case: Any) -> Any:
    """A case for each week."""
    return pytest.param(*case, marks=pytest.mark.deep)
