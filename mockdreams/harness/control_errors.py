"""What the harness raises."""

import inspect
from collections.abc import Callable, Collection
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


def check_settable(control: object, name: str, settable: Collection[str]) -> None:
    """Raises ControlError for an attribute that nothing reads: a test that sets it would be green for nothing."""
    if name not in settable and not name.startswith("_"):
        near = did_you_mean(name, set(settable) - {"api_key"})
        raise ControlError(f"{type(control).__name__} has no `{name}` to set{near}")


def control(method: Callable[P, R]) -> Callable[P, R]:
    """A method whose unknown keywords are refused with the nearest one, like any other mistake: by a ControlError."""
    parameters = inspect.signature(method).parameters
    known = [name for name in parameters if name != "self"]
    *_, owner, name = method.__qualname__.split(".")
    called_as = owner if name == "__init__" else name
    kinds = [parameter.kind for parameter in parameters.values()]
    positions = len(kinds) - kinds.count(inspect.Parameter.KEYWORD_ONLY)
    any_number = inspect.Parameter.VAR_POSITIONAL in kinds

    @wraps(method)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        __tracebackhide__ = True  # pytest shows where a test called, not this
        for keyword in kwargs:
            if keyword not in known:
                raise ControlError(f"{called_as}() has no `{keyword}`{did_you_mean(keyword, known)}")
        if len(args) > positions and not any_number:
            example = f"{called_as}({known[positions - 1]}={args[positions]!r})"
            raise ControlError(f"{called_as}() takes {_arguments(positions - 1)}, as in {example}")
        return method(*args, **kwargs)

    return called


def _arguments(positions: int) -> str:
    """How a method is called that takes so many arguments without their names."""
    return f"keywords after {positions} argument{'s' if positions > 1 else ''}" if positions else "keywords"
