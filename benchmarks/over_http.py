"""What a request costs, beside a server that knows the answer already."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from timeit import repeat
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute

from benchmarks import servers
from benchmarks.load import NUMBER, Samples, Target, ask, compare, request
from benchmarks.options import Options
from benchmarks.report import Row, Table
from benchmarks.servers import Server
from mockdreams.http.routing import Router
from mockdreams.http.service_router import all_routes
from mockdreams.wire.betas import AGENT_MEMORY, DREAMING, MANAGED_AGENTS

RATE = "requests/s"
DREAMS = "/v1/dreams"
DREAM = "/v1/dreams/{dream_id}"
LIST_PAGE = 20
FEW = 10
MANY, MOST = 1_000, 100_000
LOOKUPS = 5_000
STORE_PAGE = 10


def get_dream(options: Options) -> Iterator[Table]:
    """GET of a finished dream"""
    with servers.mockdreams("one_dream") as ours:
        sent = request("GET", f"{DREAMS}/{ours.facts['dream']}", DREAMING)
        body = ask(ours.port, sent).body
        with (
            servers.floor("starlette", DREAM, body) as floor,
            servers.floor("headless", DREAM, body) as headless,
            servers.floor("asgi", DREAM, body) as bare,
        ):
            found = _compare([each.target(sent) for each in (ours, floor, headless, bare)], options)
    names = ("mockdreams", "bare Starlette", "bare Starlette, three headers less", "bare ASGI")
    yield Table(
        f"get-dream: a finished dream, {len(body)} bytes",
        RATE,
        "Starlette",
        against(found[1], dict(zip(names, found, strict=True))),
    )


def among_many(options: Options) -> Iterator[Table]:
    """GET of a dream among few and among many, and what the router takes for each route"""
    few, many = FEW, MOST if options.large else FEW * 100
    with servers.mockdreams("one_of_many", count=few) as small, servers.mockdreams("one_of_many", count=many) as large:
        requests = [request("GET", f"{DREAMS}/{each.facts['dream']}", DREAMING) for each in (small, large)]
        found = _compare([small.target(requests[0]), large.target(requests[1])], options)
    named = {f"{count:,} dreams": samples for count, samples in zip((few, many), found, strict=True)}
    yield Table("among-many: GET of one dream", RATE, f"{few}", against(found[0], named))

    routes = all_routes()
    router, paths = Router(routes), [re.sub("{.*?}", "an_id", route.path) for route in routes]
    taken = [min(repeat(partial(router.match, path), number=LOOKUPS, repeat=2)) / LOOKUPS * 1e9 for path in paths]
    by_length = {
        path.count("/"): [t for p, t in zip(paths, taken, strict=True) if p.count("/") == path.count("/")]
        for path in paths
    }
    yield Table(
        f"among-many: finding each of {len(routes)} routes, by the segments of its path",
        "ns",
        "the first such",
        [
            Row(f"{segments} segments: {name}", [each], [times[0]])
            for segments, times in sorted(by_length.items())
            for name, each in (("first", times[0]), ("last", times[-1]), ("slowest", max(times)))
        ],
    )


def routing(options: Options) -> Iterator[Table]:
    """finding a path of the service, in its own table and with Starlette's router"""
    patterns = list(dict.fromkeys(route.path for route in all_routes()))
    table, routes = Router(all_routes()), [StarletteRoute(pattern, endpoint=_nothing) for pattern in patterns]

    def search(path: str) -> None:
        scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
        next(route for route in routes if route.matches(scope)[0] is not Match.NONE)

    def taken(find: Callable[[str], object], pattern: str) -> list[float]:
        path, count = re.sub("{.*?}", "an_id", pattern), LOOKUPS // 10
        return [each / count * 1e9 for each in repeat(partial(find, path), number=count, repeat=options.rounds)]

    rows = []
    for name, pattern in (("first", patterns[0]), ("last", patterns[-1])):
        ours, theirs = taken(table.match, pattern), taken(search, pattern)
        rows += [Row(f"{name}: table", ours, ours), Row(f"{name}: Starlette", theirs, ours)]
    yield Table(f"routing: the first and the last of {len(patterns)} paths", "ns", "the table", rows)


async def _nothing(request: Request) -> Response:
    return Response()


def post_dream(options: Options) -> Iterator[Table]:
    """POST of a dream, beside parsing the same body"""
    with servers.mockdreams("dream_inputs") as ours:
        yield _posted("post-dream", ours, DREAMS, DREAMING, ours.facts["body"].encode(), options)


def post_memory(options: Options) -> Iterator[Table]:
    """POST of a memory, each at a path of its own, beside parsing the same body"""
    body = {
        "path": f"/notes/{NUMBER.decode()}.md",
        "content": "- Service 12 listens on port 8012.\n- Its owner is team 5.\n",
    }
    with servers.mockdreams("memory_inputs") as ours:
        path = f"/v1/memory_stores/{ours.facts['store']}/memories"
        yield _posted("post-memory", ours, path, AGENT_MEMORY, json.dumps(body).encode(), options)


def post_events(options: Options) -> Iterator[Table]:
    """POST of an event to a session, beside parsing the same body"""
    said = {"type": "text", "text": "Please remember that service 12 now listens on port 9012."}
    body = {"events": [{"type": "user.message", "content": [said]}]}
    with servers.mockdreams("event_inputs") as ours:
        path = f"/v1/sessions/{ours.facts['session']}/events"
        yield _posted("post-events", ours, path, MANAGED_AGENTS, json.dumps(body).encode(), options)


def _posted(name: str, ours: Server, path: str, beta: str, body: bytes, options: Options) -> Table:
    """A POST to us, to a route that parses what it is sent, and to one that does not."""
    sent = request("POST", path, beta, body)
    target = ours.target(sent)
    answer = ask(ours.port, sent.replace(NUMBER, b"answered")).body
    with servers.floor("parsing", path, answer) as floor, servers.floor("asgi", path, answer) as bare:
        found = _compare([target, floor.target(sent), bare.target(sent)], options)
    return Table(
        f"{name}: {len(body)} bytes in, {len(answer)} out",
        RATE,
        "Starlette",
        against(found[1], {"mockdreams": found[0], "Starlette + Pydantic": found[1], "bare ASGI": found[2]}),
    )


def list_dreams(options: Options) -> Iterator[Table]:
    """pages of a list of dreams, short and long"""
    rows: list[Row] = []
    for count in (100, MANY, *([MOST] if options.large else [])):
        with servers.mockdreams("many_dreams", count=count) as ours:
            paths = {"first": paged(DREAMS, LIST_PAGE, None)}
            if count >= MANY:
                cursors = pages(ours, DREAMS, LIST_PAGE, DREAMING)
                paths["middle"] = paged(DREAMS, LIST_PAGE, cursors[len(cursors) // 2])
                paths["last"] = paged(DREAMS, LIST_PAGE, cursors[-1])
                paths["no match"] = f"{DREAMS}?limit={LIST_PAGE}&statuses[]=failed"
            rows += [_listed(ours, path, f"{count:,} finished: {name}", options) for name, path in paths.items()]
        with servers.mockdreams("many_dreams", count=count, pending=True) as ours:
            rows.append(_listed(ours, paged(DREAMS, LIST_PAGE, None), f"{count:,} pending: first", options))
    yield Table(f"list-dreams: limit={LIST_PAGE}, beside Starlette sending the same bytes", RATE, "Starlette", rows)


def store_list(options: Options) -> Iterator[Table]:
    """pages of a store at its limit, beside a small one"""
    with servers.mockdreams("two_stores") as ours:
        small, full = (f"/v1/memory_stores/{ours.facts[size]}/memories" for size in ("small", "full"))
        cursors = pages(ours, full, STORE_PAGE, AGENT_MEMORY)
        paths = {
            "10: all": paged(small, STORE_PAGE, None),
            "10,000: first page": paged(full, STORE_PAGE, None),
            "10,000: middle page": paged(full, STORE_PAGE, cursors[len(cursors) // 2]),
            "10,000: last page": paged(full, STORE_PAGE, cursors[-1]),
            "10,000: one directory": f"{full}?limit={STORE_PAGE}&path_prefix=/notes/07/",
            "10,000: ten directories": f"{full}?limit={STORE_PAGE}&depth=1&path_prefix=/notes/",
        }
        targets = [ours.target(request("GET", path, AGENT_MEMORY)) for path in paths.values()]
        found = dict(zip(paths, _compare_lists(targets, options), strict=True))
    yield Table(
        f"store-list: limit={STORE_PAGE}, stores of 10 and of 10,000 memories",
        RATE,
        "10",
        against(next(iter(found.values())), found),
    )


def _listed(ours: Server, path: str, name: str, options: Options) -> Row:
    sent = request("GET", path, DREAMING)
    with servers.floor("starlette", DREAMS, ask(ours.port, sent).body) as floor:
        mine, floors = _compare_lists([ours.target(sent), floor.target(sent)], options)
    return _row(name, mine, floors)


def pages(ours: Server, path: str, limit: int, beta: str) -> list[str | None]:
    """The cursors of all pages of a list, the first being None."""
    cursors: list[str | None] = [None]
    while True:
        sent = request("GET", paged(path, limit, cursors[-1]), beta)
        answer: dict[str, Any] = json.loads(ask(ours.port, sent).body)
        if not answer.get("next_page"):
            return cursors
        cursors.append(answer["next_page"])


def paged(path: str, limit: int, cursor: str | None) -> str:
    return f"{path}?limit={limit}" + (f"&page={cursor}" if cursor else "")


def _compare(targets: list[Target], options: Options) -> list[Samples]:
    return compare(targets, rounds=options.rounds, seconds=options.seconds)


def _compare_lists(targets: list[Target], options: Options) -> list[Samples]:
    return compare(targets, rounds=options.list_rounds, seconds=options.seconds)


def against(floor: Samples, found: dict[str, Samples]) -> list[Row]:
    return [_row(name, samples, floor) for name, samples in found.items()]


def _row(name: str, samples: Samples, floor: Samples) -> Row:
    return Row(name, samples.rates, floor.rates, samples.cpu, floor.cpu)
