"""The exchanges of a journal as they are shown: batch by batch, those of a long one in another process."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from typing import TypeVar
from urllib.parse import urlencode

from mockdreams.http.body_process import show_elsewhere
from mockdreams.http.journal import Exchange, Journal, Note, RecordedExchange, note_size, selected
from mockdreams.world.state.json_stream import dump

T = TypeVar("T")
_BODY = [field.name for field in fields(RecordedExchange)].index("raw_body")
BATCH_BYTES = 64 * 1024
"""An exchange that is larger is a batch of its own."""


def dump_journal(journal: Journal, match: str | None = None, status: int | None = None) -> list[bytes]:
    """`{"data": …}` with the exchanges that `Journal.select` finds, as JSON in chunks. Raises ServiceError (400)."""
    selected((), match, status)  # refuses what matches no call, however short the journal is
    chunks = [b'{"data": [']
    for items in _shown(journal.notes, _dump_items, match, status):
        if items and len(chunks) > 1:
            chunks.append(b", ")
        chunks += items
    return [*chunks, b"]}"]


def describe_journal(journal: Journal) -> list[str]:
    """Each exchange on a line, oldest first."""
    notes = [(*note[:_BODY], b"", *note[_BODY + 1 :]) for note in journal.notes]  # which takes part in no line
    return [line for lines in _shown(notes, _describe_items) for line in lines]


def _shown(notes: Sequence[Note], show: Callable[..., list[T]], *arguments: object) -> Iterator[list[T]]:
    """`show(notes, *arguments)` of each batch."""
    size = sum(map(note_size, notes))
    for batch in _batches(notes):
        yield show_elsewhere(show, batch, *arguments, size=size)


def _batches(notes: Sequence[Note]) -> Iterator[list[Note]]:
    batch: list[Note] = []
    size = 0
    for note in notes:
        size += note_size(note)
        if batch and size > BATCH_BYTES:
            yield batch
            batch, size = [], note_size(note)
        batch.append(note)
    if batch:
        yield batch


def _dump_items(notes: list[Note], match: str | None, status: int | None) -> list[bytes]:
    """The elements of a list, without its brackets."""
    found = list(selected((RecordedExchange(*note) for note in notes), match, status))
    if len(found) == 1:
        return dump(found[0].state())  # which may be large
    return [b", ".join(b"".join(dump(exchange.state())) for exchange in found)] if found else []


def _describe_items(notes: list[Note]) -> list[str]:
    return [describe(RecordedExchange(*note)) for note in notes]


def describe(exchange: Exchange) -> str:
    """A request with its query, and what became of it: why it was refused, or how many items a list gave."""
    query = f"?{urlencode(exchange.query, doseq=True)}" if exchange.query else ""
    outcome = "no answer" if exchange.status is None else str(exchange.status)
    hint = f" ({exchange.hint})" if exchange.hint else ""
    by = f" by {exchange.by}" if exchange.by in ("stub", "upstream") else ""
    return f"{exchange.call}{query} -> {outcome}{by}{_result(exchange.response)}{hint}"


def _result(response: object) -> str:
    if not isinstance(response, dict):
        return ""
    error, data = response.get("error"), response.get("data")
    if isinstance(error, dict):
        return f" {error.get('type')}: {error.get('message')}"
    if isinstance(data, list):
        return f" ({len(data)} item{'' if len(data) == 1 else 's'})"
    return ""
