"""How long and how large a run is."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """`quick` trades precision for time; `large` adds the sizes that take minutes to make."""

    quick: bool = False
    large: bool = False

    @property
    def rounds(self) -> int:
        return 3 if self.quick else 5

    @property
    def list_rounds(self) -> int:
        """Of benchmarks that compare many pages, or whose rounds take seconds."""
        return 3

    @property
    def seconds(self) -> float:
        """Of load, each round."""
        return 0.2 if self.quick else 0.5
