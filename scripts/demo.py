"""A messy memory store, one dream, and what became of it: everything through the official SDK.

With `--keep` the server stays up when all is told, so that a person can look at it with a browser.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from anthropic import Anthropic
from anthropic.resources.beta import Beta
from anthropic.types.beta import BetaDream
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from mockdreams.review import Change, Review, review

MODEL = "claude-opus-4-8"
INSTRUCTIONS = "Ignore one-off debugging notes and anything about project Kestrel."
COLOURS = {"merged": "cyan", "changed": "yellow", "moved": "blue", "added": "green", "dropped": "red"}
POLL_SECONDS = 0.05
KIND_WIDTH, PATH_WIDTH = 8, 30


@contextmanager
def server() -> Iterator[str]:
    """`mockdreams serve` on a free port, with the seed world."""
    command = [sys.executable, "-m", "mockdreams", "serve", "--port", "0", "--load", "messy-store"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        started = process.stdout.readline()
        if not started:
            sys.exit(process.stderr.read())
        yield started.rsplit(" ", 1)[-1].strip()
    finally:
        process.terminate()
        process.wait()


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


def table_of_store(told: Review) -> Table:
    """The store that the dream made: a line for each memory, and what became of it."""
    table = Table(title="The store that it made", title_justify="left", box=None, header_style="dim", expand=True)
    table.add_column("", width=KIND_WIDTH, no_wrap=True)
    table.add_column("Memory", width=PATH_WIDTH, no_wrap=True)
    table.add_column("Says", no_wrap=True, ratio=1)
    for change in sorted((*told.kept, *told.changes), key=lambda change: change.path):
        if change.after is not None:
            table.add_row(Text(change.kind, COLOURS.get(change.kind, "dim")), Text(change.path), Text(said(change)))
    return table


def said(change: Change) -> str:
    """What a memory says, on one line."""
    return " ".join(line.lstrip("#- ").strip() for line in (change.after or "").splitlines() if line.strip())


def summary(told: Review) -> Text:
    """How many memories became of each kind."""
    parts = [Text(f"{len(getattr(told, kind))} {kind}", colour) for kind, colour in COLOURS.items()]
    return Text("  ").join([Text(f"{len(told.kept)} kept"), *parts])


def sizes(told: Review) -> str:
    old, new = told.bytes_before, told.bytes_after
    return f"{old:,} bytes became {new:,} ({(new - old) / old:+.0%})"


def board(client: Anthropic, url: str, dream_id: str) -> str:
    """The page that shows the dream before and after."""
    worlds: Any = client.get("/_mockdreams/worlds", cast_to=object)
    return f"{url}/_mockdreams/board/w/{worlds['data'][0]['id']}/dreams/{dream_id}/review"


def main(*, keep: bool) -> int:
    console = Console()
    with server() as url, Anthropic(api_key="sk-ant-demo", base_url=url) as client:
        beta = client.beta
        store = beta.memory_stores.list().data[0]
        sessions = [session.id for session in beta.sessions.list(limit=100)]
        before = len(list(beta.memory_stores.memories.list(store.id)))
        console.print(f"[bold]{store.name}[/]: {before} memories, {len(sessions)} past sessions\n")
        dream = beta.dreams.create(
            inputs=[
                {"type": "memory_store", "memory_store_id": store.id},
                {"type": "sessions", "session_ids": sessions},
            ],
            model=MODEL,
            instructions=INSTRUCTIONS,
        )
        dream = watch(console, beta, dream, steps=len(sessions) + 2 * before)
        if dream.status != "completed":
            console.print(f"[red]{dream.status}[/] {dream.error}")
            return 1
        told = review(client, dream.id)
        console.print()
        console.print(table_of_store(told))
        console.print()
        console.print(summary(told))
        console.print(sizes(told))
        page = board(client, url, dream.id)
        if not keep:
            console.print("\nWith --keep it stays up, and the board shows it before and after:", style="dim")
            console.print(page, style="dim", soft_wrap=True)
            return 0
        console.print(f"\nBefore and after, memory by memory: [bold]{page}[/]\nCtrl-C ends it.", soft_wrap=True)
        with suppress(KeyboardInterrupt):
            signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(keep="--keep" in sys.argv[1:]))
