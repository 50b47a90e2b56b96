"""A review and an adoption as people read them in a terminal."""

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from mockdreams.review.model import KINDS, Adoption, Change, Conflict, DiffLine, Review

KIND_STYLES = {"merged": "magenta", "changed": "yellow", "dropped": "red", "added": "green", "moved": "cyan"}
STATE_STYLES = {"open": "", "adopted": "green", "conflict": "bold red"}
LINE_STYLES = {"same": "dim", "changed": "yellow", "moved": "cyan", "added": "green", "removed": "red"}
LINE_SIGNS = {"same": " ", "changed": "~", "moved": ">", "added": "+", "removed": "-"}
_SHOWN_TEXT = 200


def show_review(review: Review, *, diffs: bool, console: Console | None = None) -> None:
    """Print what became of each memory; with `diffs`, line by line and with every reason."""
    console = console or Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for heading in ("", "memory", "bytes", "state", "because"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "bytes" else "left")
    for change in review.changes:
        why = change.because[0].text if change.because else ""
        table.add_row(
            Text(change.kind, style=KIND_STYLES[change.kind]),
            Text(_place(change)),
            f"{change.bytes_before:,} → {change.bytes_after:,}",
            Text(change.state, style=STATE_STYLES[change.state]),
            Text(_shortened(why), style="dim"),
        )
    if table.row_count:
        console.print(table)
    for change in review.changes if diffs else ():
        console.print(_in_full(change))
    _show_conflicts(console, review.conflicts)
    console.print(Text(_summary(review), style="bold"), soft_wrap=True)


def show_adoption(adoption: Adoption, console: Console | None = None) -> None:
    """Print what was written, what was not, and why."""
    console = console or Console(highlight=False)
    for path in adoption.written:
        console.print(Text(f"adopted  {path}", style="green"))
    _show_conflicts(console, adoption.conflicts)
    for path in adoption.left:
        console.print(Text(f"left     {path}", style="dim"))
    before = len(adoption.adopted) - len(adoption.written)
    told = f"{len(adoption.written)} adopted now, {before} before, {len(adoption.conflicts)} in conflict"
    console.print(Text(f"{adoption.memory_store_id}: {told}", style="bold"), soft_wrap=True)


def printable(text: str) -> str:
    """A text that tells a terminal nothing: what a stranger wrote may hold its escape codes."""
    return "".join(each if each.isprintable() or each == "\t" else ascii(each)[1:-1] for each in text)


def _show_conflicts(console: Console, conflicts: Sequence[Conflict]) -> None:
    for conflict in conflicts:
        console.print(Text(printable(f"conflict {conflict.path}: {conflict.message}"), style="bold red"))


def _summary(review: Review) -> str:
    counts = ", ".join(f"{len(getattr(review, kind))} {kind}" for kind in KINDS)
    return (
        f"{review.dream_id} ({review.dream_status}): {counts}; {review.bytes_before:,} → {review.bytes_after:,} bytes"
    )


def _place(change: Change) -> str:
    """Where it is, and where it comes from, if that is elsewhere."""
    others = [source.path for source in change.sources if source.path != change.path]
    return printable(f"{change.path} ← {', '.join(others)}" if others else change.path)


def _in_full(change: Change) -> RenderableType:
    title = Text(f"\n{change.kind} {_place(change)}", style="bold")
    return Group(title, *_reasons(change), *map(_line, change.diff))


def _reasons(change: Change) -> Iterator[Text]:
    for reason in change.because:
        yield Text(f"  {reason.event_id} {_shortened(reason.text)}", style="italic dim")


def _line(line: DiffLine) -> Text:
    text = Text(f"{LINE_SIGNS[line.operation]} {printable(line.text)}", style=LINE_STYLES[line.operation])
    if line.operation in ("moved", "removed") and line.source is not None:
        text.append(f"  (from {printable(line.source)})", style="dim")
    elif line.operation == "moved":
        text.append(f"  (from line {line.before_line})", style="dim")
    elif line.was is not None:
        text.append(f"  (was: {printable(line.was)})", style="dim")
    return text


def _shortened(text: str) -> str:
    """A text on one line, not too long."""
    words = printable(" ".join(text.split()))
    return words if len(words) <= _SHOWN_TEXT else f"{words[:_SHOWN_TEXT]}…"
