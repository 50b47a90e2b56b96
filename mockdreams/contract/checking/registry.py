"""How a function becomes the check of a rule."""

from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from inspect import getdoc
from pkgutil import iter_modules
from typing import NamedTuple, TypeAlias

from mockdreams.contract.checking.workbench import Workbench

Prove: TypeAlias = Callable[[Workbench], None]


class Check(NamedTuple):
    """Proves a rule: returns, or raises BrokenError or SkippedError. `topic` is what its module is about."""

    rule: str
    prove: Prove
    topic: str


_CHECKS: dict[str, Check] = {}


def check(prove: Prove) -> Prove:
    """Make a function the check of the rule that it is named after, with hyphens for underscores."""
    rule = prove.__name__.replace("_", "-")
    if rule in _CHECKS:
        raise ValueError(f"there are two checks of {rule}")
    module = import_module(prove.__module__)
    topic = (getdoc(module) or "").partition("\n")[0].rstrip(".")
    _CHECKS[rule] = Check(rule, prove, topic)
    return prove


def scripted_check(prove: Prove) -> Prove:
    """A check, skipped where nothing can make an agent do what a script says."""

    @wraps(prove)
    def prove_scripted(stage: Workbench) -> None:
        with stage.scripting():
            prove(stage)

    return check(prove_scripted)


@cache
def checks() -> dict[str, Check]:
    """Every check by the id of its rule. Asked for with each rule: the folder of checks is read once."""
    package = import_module("mockdreams.contract.checks")
    for module in iter_modules(package.__path__):
        import_module(f"{package.__name__}.{module.name}")
    return _CHECKS
