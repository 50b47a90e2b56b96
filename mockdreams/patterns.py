"""Patterns that are compiled when they are first used: all of them together take as long as a tenth of a start."""

import re
from typing import Any, cast


def lazy_pattern(source: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` returns, as far as its methods go; a wrong `source` is found by the first use."""
    return cast("re.Pattern[str]", LazyPattern(source, flags))


class LazyPattern:
    """A pattern that is compiled by the first use of each of its methods."""

    def __init__(self, source: str, flags: int) -> None:
        self._source = source
        self._flags = flags

    def compiled(self) -> re.Pattern[str]:
        return re.compile(self._source, self._flags)

    def __getattr__(self, name: str) -> Any:
        """A method of the pattern, which is found without this from then on."""
        method = getattr(self.compiled(), name)
        setattr(self, name, method)
        return method
