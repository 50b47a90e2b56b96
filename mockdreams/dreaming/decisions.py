"""What a dreamer says about what it decided, in a form that a person and a program can read.

    Merged into `PATH`: "TEXT" (also in `PATH`, ...)
    Replaced in `PATH`: "OLD" with "NEW" (WHY)
    Dropped from `PATH`: "TEXT" (REASON)
    Learned in `PATH`: "TEXT" (in N of M sessions)

A decision with several details has each on a line of its own, after "- ".
"""

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["Merged", "Replaced", "Dropped", "Learned"]

# More details than this are counted, not listed.
DETAILS_LISTED = 40

_PREPOSITIONS: dict[Kind, str] = {"Merged": "into", "Replaced": "in", "Dropped": "from", "Learned": "in"}
_FORM = re.compile(r"(Merged|Replaced|Dropped|Learned) (?:into|in|from) `(.+?)`:(?: (.*)|\n(.*))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was done to one memory, and to which of its facts."""

    kind: Kind
    path: str
    details: tuple[str, ...]

    def render(self) -> str:
        opening = f"{self.kind} {_PREPOSITIONS[self.kind]} `{self.path}`:"
        if len(self.details) == 1:
            return f"{opening} {self.details[0]}"
        listed = self.details[:DETAILS_LISTED]
        more = len(self.details) - len(listed)
        lines = [*listed, f"and {more} more"] if more else listed
        return "\n".join((opening, *(f"- {line}" for line in lines)))

    @classmethod
    def parse(cls, text: str) -> "Decision | None":
        """The decision a text states, or None when it states none."""
        form = _FORM.fullmatch(text)
        if form is None:
            return None
        kind: Kind = next(known for known in _PREPOSITIONS if known == form[1])
        if form[3] is not None:
            return cls(kind, form[2], (form[3],))
        return cls(kind, form[2], tuple(line.removeprefix("- ") for line in form[4].split("\n")))


def quote(text: str) -> str:
    """A text in quotes, on one line."""
    return f'"{" ".join(text.split())}"'
