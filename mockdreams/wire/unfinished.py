"""Classes of Pydantic that collect their fields when they are first used.

Pydantic collects the fields of a class at once, even where it defers to build it: a million instructions each, of the
300 of which most processes use few. So a `class` statement makes a bare class here, which Pydantic finishes as soon as
anybody asks an attribute of it. Annotations, subclasses, `isinstance` and `issubclass` ask for none.
"""

from abc import ABCMeta
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)

_KNOWN = {
    "__abstractmethods__",
    "__bases__",
    "__class__",
    "__module__",
    "__mro__",
    "__name__",
    "__qualname__",
    "__typing_unpacked_tuple_args__",
}
"""Attributes that a class has before it is finished."""
_BARE = "__bare__"
"""In the namespace of a class that is being finished: the class, and the names that it was made with."""
_OF_MODULES = {"__pydantic_reset_parent_namespace__": False}
"""Pydantic is not to look for names where it is called, which is anywhere, but in the module of the class only."""


class _Statement(NamedTuple):
    """What a `class` statement says."""

    name: str
    bases: tuple[type, ...]
    namespace: dict[str, Any]
    options: dict[str, Any]


class _SameClass(ABCMeta):
    """Where Pydantic's metaclass makes a class, by `super`, it gets the bare one, with what it wants in it."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        if _BARE not in namespace:
            return super().__new__(mcs, name, bases, namespace, **options)
        bare, names = namespace.pop(_BARE)
        for each in names - namespace.keys():
            type.__delattr__(bare, each)
        for each, value in namespace.items():
            type.__setattr__(bare, each, value)
        return bare


class ShapeMetaclass(ModelMetaclass, _SameClass):
    """The metaclass of a shape. A root, which says how all below it are made, is finished at once.

    Its `isinstance` asks nothing but the class: for one that is another, Pydantic's takes seven times as long, and a
    rule that tells kinds of events apart asks ten times.
    """

    __instancecheck__ = type.__instancecheck__

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        if bases == (BaseModel,):
            return super().__new__(mcs, name, bases, namespace, **options)
        bare = ABCMeta.__new__(UnfinishedMetaclass, name, bases, dict(namespace))
        namespace.pop("__classcell__", None)
        _unfinished[bare] = _Statement(name, bases, namespace, options)
        return bare


class UnfinishedMetaclass(ShapeMetaclass):
    """The metaclass of a shape that nobody has used yet, which thereby becomes one of the other metaclass."""

    def __getattribute__(cls, name: str) -> Any:
        if name not in _KNOWN and cls in _unfinished:
            _finish(cls)
        return type.__getattribute__(cls, name)

    def __call__(cls, *arguments: Any, **values: Any) -> Any:
        _finish(cls)
        return type.__call__(cls, *arguments, **values)


_unfinished: dict[type, _Statement] = {}
_finishing: set[type] = set()
_lock = RLock()


def _finish(bare: type) -> None:
    """Have Pydantic finish a class; other threads that use it wait."""
    with _lock:
        if bare in _finishing or bare not in _unfinished:
            return
        name, bases, namespace, options = _unfinished[bare]
        _finishing.add(bare)
        try:
            whole = {**namespace, _BARE: (bare, set(namespace))}
            ModelMetaclass.__new__(ShapeMetaclass, name, bases, whole, **{**options, **_OF_MODULES})
            bare.__class__ = ShapeMetaclass
            del _unfinished[bare]
        finally:
            _finishing.discard(bare)
