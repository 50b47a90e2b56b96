"""All benchmarks, by name."""

from collections.abc import Callable, Iterable

from benchmarks import (
    board,
    fleet,
    kept,
    life,
    long_lists,
    neighbours,
    over_http,
    peers,
    reviews,
    startup,
    stores,
    streams,
    suites,
    thinking,
    webhooks,
    worst,
)
from benchmarks.options import Options
from benchmarks.report import Table

BENCHMARKS: dict[str, Callable[[Options], Iterable[Table]]] = {
    "get-dream": over_http.get_dream,
    "among-many": over_http.among_many,
    "routing": over_http.routing,
    "post-dream": over_http.post_dream,
    "post-memory": over_http.post_memory,
    "post-events": over_http.post_events,
    "list-dreams": over_http.list_dreams,
    "store-list": over_http.store_list,
    "long-lists": long_lists.long_lists,
    "dream-life": life.dream_life,
    "streams": streams.streams,
    "plan": thinking.plan,
    "neighbours": neighbours.neighbours,
    "worst": worst.worst,
    "review": reviews.review,
    "board": board.board,
    "import": startup.import_,
    "fixture": life.fixture,
    "transport": life.transport,
    "webhooks": webhooks.deliveries,
    "no-webhooks": webhooks.without,
    "stores": stores.stores,
    "workers": fleet.workers,
    "failover": fleet.failover,
    "suite": suites.suite,
    "kept": kept.kept,
    "restart": kept.restart,
    "many-worlds": kept.many_worlds,
    "peers": peers.peers,
}


def run(name: str, options: Options) -> list[Table]:
    return list(BENCHMARKS[name](options))
