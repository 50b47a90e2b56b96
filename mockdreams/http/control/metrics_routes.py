"""Figures of the server for Prometheus, gathered when they are asked for: requests pay nothing for them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mockdreams.extras import MissingExtraError, extra
from mockdreams.http.auth import check_control
from mockdreams.http.control.worlds_routes import describe
from mockdreams.http.response import headers_of
from mockdreams.http.threads import run_in_thread
from mockdreams.http.workspaces import Workspaces
from mockdreams.wire.errors import invalid

if TYPE_CHECKING:
    from prometheus_client import Metric


class _Figures:
    """What the worlds of a server amount to."""

    def __init__(self, places: Workspaces, away: int) -> None:
        self._places = places
        self._away = away

    def collect(self) -> "Iterator[Metric]":
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        worlds = [describe(place) for place in self._places]
        yield CounterMetricFamily(
            "mockdreams_requests", "Requests to the worlds since the server began", self._places.requests
        )
        yield GaugeMetricFamily("mockdreams_worlds", "Worlds in memory", len(worlds))
        yield GaugeMetricFamily("mockdreams_worlds_away", "Worlds that are kept or packed, not in memory", self._away)
        yield GaugeMetricFamily("mockdreams_journal_bytes", "What all journals keep", self._places.journal_bytes)
        yield GaugeMetricFamily(
            "mockdreams_world_bytes", "Journals and memories of all worlds", sum(world["bytes"] for world in worlds)
        )
        records = GaugeMetricFamily("mockdreams_records", "Records of all worlds", labels=["kind"])
        for kind in ("dreams", "memory_stores", "sessions"):
            records.add_metric([kind], sum(world["counts"][kind] for world in worlds))
        yield records


async def metrics(request: Request) -> Response:
    """Figures of the server in the format of Prometheus. Needs no key."""
    check_control(headers_of(request.scope), request.app.control_token)
    try:
        with extra("metrics", "/metrics"):
            from prometheus_client import CollectorRegistry
            from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
    except MissingExtraError as missing:
        raise invalid(str(missing)) from None
    registry = CollectorRegistry(auto_describe=False)
    away = await run_in_thread(request.app.places.count_away)
    registry.register(_Figures(request.app.places, away))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


ROUTES = (Route("/metrics", metrics),)
