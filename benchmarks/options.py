"""How long and how large a run is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`quick` trades precision for time; `large` adds the sizes that take minutes to make.

    `only`: of a benchmark of many kinds, those alone whose name has one of these in it.
    """

    quick: bool = False
    large: bool = False
    only: tuple[str, ...] = ()

    def has(self, kind: str) -> bool:
        """Whether a kind is to be measured."""
        return not self.only or any(each in kind for each in self.only)

    @property
    def rounds(self) -> int:
        return 3 if self.quick else 4

    @property
    def list_rounds(self) -> int:
        """Of benchmarks that compare many, or whose rounds take seconds."""
        return 3

    @property
    def seconds(self) -> float:
        """Of load, each round."""
        return 0.1 if self.quick else 0.2
