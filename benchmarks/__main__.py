"""`python -m benchmarks`: run the benchmarks one after another, each in a process of its own."""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from rich.console import Console

from benchmarks.catalog import BENCHMARKS, run
from benchmarks.compare import SavedRun, show_changes
from benchmarks.options import Options
from benchmarks.plot import svg
from benchmarks.report import Table, markdown, save, show


def main() -> None:
    asked = _arguments()
    options, console = Options(quick=asked.quick, large=asked.large, only=tuple(asked.only)), Console()
    found: dict[str, list[Table]] = {}
    seconds: dict[str, float] = {}
    console.print("Medians, ± half the interquartile range; ratios are taken round by round.\n")
    for name in asked.names or BENCHMARKS:
        start = time.perf_counter()
        with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as alone:
            found[name] = alone.submit(run, name, options).result()
        seconds[name] = time.perf_counter() - start
        for table in found[name]:
            if asked.markdown:
                print(markdown(table))
            else:
                show(table, console)
    if asked.svg:
        grown = {table.curve: table.points for tables in found.values() for table in tables if table.curve}
        asked.svg.write_text(svg("memories", grown), "utf-8")
    if asked.json:
        save(found, seconds, asked.json)
    if asked.compare:
        show_changes(asked.compare, found, console)
    taken = ", ".join(f"{name} {spent:.0f}" for name, spent in seconds.items())
    console.print(f"{sum(seconds.values()):.0f} s: {taken}", style="dim")


def _arguments() -> argparse.Namespace:
    listed = "\n".join(f"  {name:12} {benchmark.__doc__}" for name, benchmark in BENCHMARKS.items())
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure everything beside a floor.",
        epilog=f"benchmarks:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="what to run (default: everything)")
    parser.add_argument("--quick", action="store_true", help="a short, less precise run")
    parser.add_argument("--large", action="store_true", help="sizes that take minutes to make, too")
    parser.add_argument(
        "--only", action="append", default=[], metavar="KIND", help="of `worst`, the kinds with this in their name"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there")
    parser.add_argument("--compare", type=_saved_run, metavar="FILE", help="show what changed since that --json")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw there how plans grow")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    if asked.svg and "plan" not in (asked.names or BENCHMARKS):
        parser.error("--svg draws what plan finds")
    return asked


def _saved_run(file: str) -> SavedRun:
    try:
        return SavedRun.read(Path(file))
    except (OSError, ValueError) as refused:
        raise argparse.ArgumentTypeError(str(refused)) from None


if __name__ == "__main__":
    main()
