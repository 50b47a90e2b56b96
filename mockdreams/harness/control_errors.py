"""What the harness raises."""

import re
from collections.abc import Iterable
from difflib import get_close_matches

_UNKNOWN = re.compile(r'unknown field "(.*)"$')
LIKENESS = 0.6


class ControlError(ValueError):
    """A control was used wrongly, or the server refused what it was asked; nothing was changed.

    The message is one line. `status` is the HTTP status of the refusal, None if nothing was asked.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class UnexpectedHostError(RuntimeError):
    """An official SDK was about to send a request to a host that is not the test's own."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """ "; did you mean `x`?" if a known name is much like `name`, otherwise nothing."""
    close = get_close_matches(name, list(known), 1, LIKENESS)
    return f"; did you mean `{close[0]}`?" if close else ""


def with_nearest(message: str, known: Iterable[str]) -> str:
    """The message of a refusal, with the name that is most like the unknown one in it."""
    unknown = _UNKNOWN.search(message)
    return message + did_you_mean(unknown[1], known) if unknown else message
