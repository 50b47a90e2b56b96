"""A messy memory store, one dream, and what became of it: everything through the official SDK."""

import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager

from anthropic import Anthropic
from anthropic.resources.beta import Beta
from anthropic.types.beta import BetaDream
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from mockdreams.dreaming.decisions import Decision

MODEL = "claude-opus-4-8"
INSTRUCTIONS = "Ignore one-off debugging notes and anything about project Kestrel."
COLOURS = {"Merged": "cyan", "Replaced": "yellow", "Dropped": "red", "Learned": "green"}
POLL_SECONDS = 0.05
DETAILS = 3
DETAIL_WIDTH = 150


@contextmanager
def server() -> Iterator[str]:
    """`mockdreams serve` on a free port, with the seed world."""
    command = [sys.executable, "-m", "mockdreams", "serve", "--port", "0", "--load", "messy-store"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().rsplit(" ", 1)[-1].strip()
    finally:
        process.terminate()
        process.wait()


def contents(beta: Beta, store_id: str) -> dict[str, str]:
    memories = beta.memory_stores.memories.list(store_id, view="full")
    return {memory.path: memory.content or "" for memory in memories if memory.type == "memory"}


def stage(beta: Beta, dream: BetaDream) -> tuple[str, int]:
    """What the dream is doing, from its own session, and how many tool calls it has made."""
    if dream.session_id is None:
        return ("waiting to start" if dream.status == "pending" else "copying the store"), 0
    events = list(beta.sessions.events.list(dream.session_id, types=["agent.tool_use", "session.thread_created"]))
    last = events[-1] if events else None
    if last is None or last.type == "session.thread_created":
        return "reading sessions", len(events)
    doing = {"read": "reading memories", "write": "writing", "bash": "tidying"}
    return doing.get(last.name if last.type == "agent.tool_use" else "", "thinking"), len(events)


def watch(console: Console, beta: Beta, dream: BetaDream, steps: int) -> BetaDream:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[status]:<9}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[stage]:<17}"),
        TextColumn("{task.fields[tokens]:>7,} tokens"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=steps, status=dream.status, stage="", tokens=0)
        while dream.status in ("pending", "running"):
            time.sleep(POLL_SECONDS)
            dream = beta.dreams.retrieve(dream.id)
            doing, done = stage(beta, dream)
            spent = sum(value for value in dream.usage.to_dict().values() if isinstance(value, int))
            progress.update(task, completed=min(done, steps - 1), status=dream.status, stage=doing, tokens=spent)
        progress.update(task, completed=steps, status=dream.status, stage="done")
    return dream


def decisions(beta: Beta, session_id: str) -> list[Decision]:
    said = beta.sessions.events.list(session_id, types=["agent.message"])
    blocks = [block for event in said if event.type == "agent.message" for block in event.content]
    made = [Decision.parse(block.text) for block in blocks if block.type == "text"]
    return [decision for decision in made if decision]


def table_of_decisions(made: list[Decision]) -> Table:
    table = Table(title="What the dream did", show_lines=True, title_justify="left")
    table.add_column("")
    table.add_column("Memory", style="bold", overflow="fold")
    table.add_column("Detail", overflow="fold")
    for kind, colour in COLOURS.items():
        for decision in (each for each in made if each.kind == kind):
            table.add_row(f"[{colour}]{kind}[/]", escape(decision.path), escape(told(decision.details)))
    return table


def told(details: tuple[str, ...]) -> str:
    """The first few details, a line or two each."""
    plain = [detail.partition(" (instructions:")[0] for detail in details[:DETAILS]]
    lines = [textwrap.shorten(detail, DETAIL_WIDTH, placeholder=" …") for detail in plain]
    more = len(details) - len(lines)
    return "\n".join([*lines, f"and {more} more"] if more else lines)


def summary(made: list[Decision]) -> str:
    """How many facts became of each kind."""
    counts = {kind: sum(len(each.details) for each in made if each.kind == kind) for kind in COLOURS}
    return "  ".join(f"[{COLOURS[kind]}]{kind.lower()} {count}[/]" for kind, count in counts.items())


def table_of_sizes(before: dict[str, str], after: dict[str, str]) -> Table:
    table = Table(title="Before and after", title_justify="left")
    for name in ("", "Before", "After", "Change"):
        table.add_column(name, justify="left" if not name else "right")
    sizes = [sum(len(text.encode()) for text in store.values()) for store in (before, after)]
    for name, (old, new) in {"memories": (len(before), len(after)), "bytes": (sizes[0], sizes[1])}.items():
        table.add_row(name, f"{old:,}", f"{new:,}", f"{(new - old) / old:+.0%}")
    return table


def main() -> int:
    console = Console()
    with server() as url, Anthropic(api_key="sk-ant-demo", base_url=url) as client:
        beta = client.beta
        store = beta.memory_stores.list().data[0]
        sessions = [session.id for session in beta.sessions.list(limit=100)]
        before = contents(beta, store.id)
        console.print(f"[bold]{store.name}[/]: {len(before)} memories, {len(sessions)} past sessions, at {url}\n")
        dream = beta.dreams.create(
            inputs=[
                {"type": "memory_store", "memory_store_id": store.id},
                {"type": "sessions", "session_ids": sessions},
            ],
            model=MODEL,
            instructions=INSTRUCTIONS,
        )
        dream = watch(console, beta, dream, steps=len(sessions) + 2 * len(before))
        if dream.status != "completed" or dream.session_id is None:
            console.print(f"[red]{dream.status}[/] {dream.error}")
            return 1
        made = decisions(beta, dream.session_id)
        console.print()
        console.print(table_of_decisions(made))
        console.print(f"\nFacts: {summary(made)}\n")
        console.print(table_of_sizes(before, contents(beta, dream.outputs[0].memory_store_id)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
