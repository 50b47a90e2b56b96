"""What the harness raises."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from mockdreams.suggestions import did_you_mean

P = ParamSpec("P")
R = TypeVar("R")


class ControlError(ValueError):
    """A control was used wrongly, or the server refused what it was asked; nothing was changed.

    The message is one line. `status` is the HTTP status of the refusal, None if nothing was asked.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class UnexpectedHostError(RuntimeError):
    """An official SDK was about to send a request to a host that is not the test's own."""


def control(method: Callable[P, R]) -> Callable[P, R]:
    """A method whose unknown keywords are refused with the nearest one, like any other mistake: by a ControlError."""
    known = [name for name in inspect.signature(method).parameters if name != "self"]
    *_, owner, name = method.__qualname__.split(".")
    called_as = owner if name == "__init__" else name

    @wraps(method)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        for keyword in kwargs:
            if keyword not in known:
                raise ControlError(f"{called_as}() has no `{keyword}`{did_you_mean(keyword, known)}")
        return method(*args, **kwargs)

    return called
