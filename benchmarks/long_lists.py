"""Pages of long lists of sessions, events, memories and versions beside short ones, and what each record weighs."""

from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks import servers
from benchmarks.load import Samples, compare, request
from benchmarks.options import Options
from benchmarks.over_http import RATE, against, paged, pages
from benchmarks.report import Row, Table
from benchmarks.servers import Server
from mockdreams.wire.betas import MANAGED_AGENTS

SHORT, LONG, LONGEST = 1_000, 2_500, 100_000
LIMIT = 20
WALKED = 100
"""Records of a page on the way to the middle and the end of a list."""
WHERE = ("first", "middle", "last")


def long_lists(options: Options) -> Iterator[Table]:
    """pages of sessions, events, memories and versions among 1,000 and among many (100,000 with --large)"""
    sizes = (SHORT, LONGEST if options.large else LONG)
    with ExitStack() as stack:
        few, many = (stack.enter_context(servers.mockdreams("long_lists", count=size)) for size in sizes)
        for name, path in few.facts["paths"].items():
            found = _found(few, path, many, many.facts["paths"][name], sizes, options)
            rows = [
                row
                for where in WHERE
                for row in against(found[f"{where} of {SHORT:,}"], {key: found[key] for key in found if where in key})
            ]
            yield Table(f"long-lists: a page of {LIMIT} {name}", RATE, f"{SHORT:,}", rows)
        yield Table(
            "long-lists: what the world grows by for each record",
            "kB",
            f"{SHORT:,}",
            [
                Row(f"{name}, {size:,} of them", [server.facts["kB"][name]], [few.facts["kB"][name]])
                for name in few.facts["kB"]
                for size, server in zip(sizes, (few, many), strict=True)
            ],
            "A memory comes with its first version.",
        )


def _found(
    few: Server, short: str, many: Server, long: str, sizes: tuple[int, int], options: Options
) -> dict[str, Samples]:
    """The samples of the pages of both lists."""
    targets = {}
    for server, path, size in ((few, short, sizes[0]), (many, long, sizes[1])):
        cursors = pages(server, path, WALKED, MANAGED_AGENTS)
        for where, cursor in zip(WHERE, (None, cursors[len(cursors) // 2], cursors[-1]), strict=True):
            sent = request("GET", paged(path, LIMIT, cursor), MANAGED_AGENTS)
            targets[f"{where} of {size:,}"] = server.target(sent)
    samples = compare(list(targets.values()), rounds=options.list_rounds, seconds=options.seconds)
    return dict(zip(targets, samples, strict=True))
