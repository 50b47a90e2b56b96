"""Routes, and a table of them in which every route costs the same to find."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, TypeAlias

from mockdreams.http.auth import RouteRequirements
from mockdreams.http.piecewise import Piecewise
from mockdreams.http.sse import EventStream

Answer: TypeAlias = "bytes | EventStream | Piecewise | Later"
Handler: TypeAlias = Callable[..., Answer]


class Later(NamedTuple):
    """There is no answer yet. The same request may have one after so many wall seconds, and has at the time `until`."""

    seconds: float
    until: datetime


class Route(NamedTuple):
    """`handle(call, *ids)` answers `method` on `path`, whose `{...}` segments are the ids, behind `gate`.

    `multipart`: its body is a form. `changes`: though it is a GET, more than the clock may move.
    """

    method: str
    path: str
    handle: Handler
    gate: RouteRequirements
    multipart: bool = False
    changes: bool = False

    @property
    def names(self) -> list[str]:
        """The names of the ids in its path."""
        return [segment.strip("{}") for segment in self.path.split("/") if segment.startswith("{")]

    @property
    def answers_at_once(self) -> bool:
        """Whether its answer is never more than bytes, nor its body more than bytes, nor its caller only a worker."""
        whole = getattr(self.handle, "__annotations__", {}).get("return") is bytes
        return whole and not self.multipart and "api_key" in self.gate.callers


class _Node:
    __slots__ = ("anything", "literals", "methods")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.anything: _Node | None = None
        self.methods: dict[str, Route] = {}


class Router:
    """A tree of path segments."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._root = _Node()
        self.paths: list[str] = []
        self.at_once: set[Handler] = set()
        """The handlers of routes that answer at once."""
        for route in routes:
            self.add(route)

    def match(self, path: str, *, ends_in_id: bool = False) -> tuple[dict[str, Route], list[str]] | None:
        """The routes of a path by method, and the ids in it; the last word may be taken for an id, whatever it is."""
        node, ids = self._root, []
        segments = path[1:].split("/")
        words = len(segments) - ends_in_id
        for place, segment in enumerate(segments):
            child = node.literals.get(segment) if place < words else None
            if child is None:
                child = node.anything if segment else None
                if child is None:
                    return None
                ids.append(segment)
            node = child
        return (node.methods, ids) if node.methods else None

    def find(self, method: str, path: str) -> tuple[Route, list[str]] | None:
        """The route of a call, and the ids in its path: a last word that takes no such method is an id like others."""
        for ends_in_id in (False, True):
            methods, ids = self.match(path, ends_in_id=ends_in_id) or ({}, [])
            if method in methods:
                return methods[method], ids
        return None

    def add(self, route: Route) -> None:
        node = self._root
        if route.path not in self.paths:
            self.paths.append(route.path)
        if route.answers_at_once:
            self.at_once.add(route.handle)
        for segment in route.path[1:].split("/"):
            if segment.startswith("{"):
                node.anything = node.anything or _Node()
                node = node.anything
            else:
                node = node.literals.setdefault(segment, _Node())
        node.methods[route.method] = route
