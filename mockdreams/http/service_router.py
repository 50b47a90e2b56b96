"""The routes of the service, imported by the first request to their resource.

A resource's routes, shapes and rules take up to 0.1 s to import, and a server is mostly asked for few.
"""

from collections.abc import Sequence
from importlib import import_module
from threading import Lock
from typing import NamedTuple

from mockdreams.collector import collector_paused
from mockdreams.http.routing import Route, Router
from mockdreams.world.world import World


class Resource(NamedTuple):
    """The words that its paths begin with, after `/v1`, the modules of its routes, and the part of a world they ask."""

    words: tuple[str, ...]
    modules: tuple[str, ...]
    part: str


RESOURCES = (
    Resource(("dreams",), ("dreams",), "dreams"),
    Resource(("memory_stores",), ("memory",), "memory_stores"),
    Resource(("sessions",), ("sessions", "session_resources", "threads"), "sessions"),
    Resource(("agents",), ("agents",), "agents"),
    Resource(("environments",), ("environments", "work"), "environments"),
    Resource(("vaults",), ("vaults",), "credentials"),
    Resource(("skills",), ("skills",), "skills"),
    Resource(("messages",), ("messages",), "messages"),
    Resource(("models",), ("models",), "models"),
    Resource(("files",), ("files",), "files"),
    Resource(("deployments", "deployment_runs"), ("deployments",), "deployments"),
)


class ServiceRouter(Router):
    """A router that has the routes of a resource once `load` was called for a path of it."""

    def __init__(self) -> None:
        super().__init__(())
        self._missing = {word: resource for resource in RESOURCES for word in resource.words}
        self._loading = Lock()

    def is_loaded(self, path: str) -> bool:
        """Whether all is there that may have to do with a path: of one that is not served, which others are."""
        return not self._missing or (_word(path) not in self._missing and self.match(path) is not None)

    def load(self, path: str) -> None:
        """Import what may have to do with a path, which takes a while the first time."""
        with self._loading, collector_paused():
            resource = self._missing.get(_word(path))
            if resource is not None:
                self._load(resource)
            if self.match(path) is None:
                for each in dict.fromkeys(self._missing.values()):
                    self._load(each)

    def _load(self, resource: Resource) -> None:
        getattr(World("to import its modules", clock="manual"), resource.part)
        for route in routes_of(resource):
            self.add(route)
        for word in resource.words:
            self._missing.pop(word, None)


def routes_of(resource: Resource) -> list[Route]:
    modules = [import_module(f"mockdreams.http.routes.{name}") for name in resource.modules]
    return [route for module in modules for route in module.ROUTES]


def all_routes() -> Sequence[Route]:
    """Every route of the service."""
    return [route for resource in RESOURCES for route in routes_of(resource)]


def _word(path: str) -> str:
    return path.split("/", 3)[2] if path.startswith("/v1/") else ""
