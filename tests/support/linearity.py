"""Whether work grows in proportion to a text, in CPU seconds."""

import time
from collections.abc import Callable
from typing import Any

LENGTH = 20_000


def seconds(run: Callable[[Any], object], text: Any) -> float:
    before = time.process_time()
    run(text)
    return time.process_time() - before


def spread(run: Callable[[Any], object], make: Callable[[int], Any]) -> float:
    """How many times as long it takes for a text four times as long: 4 if it is linear, 16 if quadratic."""
    short, long = (min(seconds(run, make(length)) for _ in range(3)) for length in (LENGTH // 2, LENGTH * 2))
    return long / short
