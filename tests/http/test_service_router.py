"""The routes of the service are there once a request to their resource has come."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from mockdreams.http.service_router import RESOURCES, Resource, ServiceRouter, all_routes, routes_of

MANY = 8


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.part)
def test_a_resource_has_its_own_routes_and_no_others(resource: Resource) -> None:
    router = ServiceRouter()
    assert router.paths == []
    for word in resource.words:
        assert not router.is_loaded(f"/v1/{word}")
    router.load(f"/v1/{resource.words[0]}")
    assert router.paths == list(dict.fromkeys(route.path for route in routes_of(resource)))
    assert all(router.is_loaded(path) and path.split("/")[2] in resource.words for path in router.paths)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/dreams/a/b/c", "/V1/dreams", ""])
def test_a_path_that_is_not_served_has_all_paths_looked_at(path: str) -> None:
    router = ServiceRouter()
    router.load("/v1/dreams")
    assert not router.is_loaded(path)
    router.load(path)
    assert router.is_loaded(path)
    assert router.match(path) is None
    assert set(router.paths) == {route.path for route in all_routes()}


def test_the_first_requests_from_many_threads_find_every_route() -> None:
    router, together = ServiceRouter(), Barrier(MANY)

    def methods(_: int) -> set[str]:
        together.wait()
        if not router.is_loaded("/v1/sessions"):
            router.load("/v1/sessions")
        found, _ids = router.match("/v1/sessions") or ({}, [])
        return set(found)

    with ThreadPoolExecutor(MANY) as threads:
        assert list(threads.map(methods, range(MANY))) == [{"POST", "GET"}] * MANY
