"""An answer against the recorded one: status, headers, body, events."""

from collections.abc import Mapping, Sequence
from typing import Any

from mockdreams.contract.client.answers import TargetResponse
from mockdreams.contract.client.event_stream import SseFrame
from mockdreams.contract.recording.cassette import CassetteEvent, CassetteResponse, content_of
from mockdreams.contract.recording.comparison import AnswerComparison, Mismatch
from mockdreams.contract.recording.recorder import RESPONSE_HEADERS

PREVIEW = "event_delta"
"""Into how many of these a text is cut is of no meaning."""


def compare_answers(comparison: AnswerComparison, response: CassetteResponse, answer: TargetResponse) -> None:
    """Compare status, headers and body; of an answer that refuses what was granted, or the reverse, only the status."""
    content = content_of(answer.text.encode())
    if response.status // 100 != answer.status // 100:
        told = _status(response.status, response.content), _status(answer.status, content)
        comparison.found.append(Mismatch("status", "status", *told))
        return
    if response.status != answer.status:
        comparison.found.append(Mismatch("status", "status", response.status, answer.status))
    compare_heads(comparison, response.headers, answer.headers)
    recorded = response.content
    if "binary" in recorded:
        recorded = content_of(recorded["binary"].decode(errors="replace").encode())
    (kind, value), (answered_kind, answered) = _only(recorded), _only(content)
    if kind != answered_kind:
        comparison.found.append(Mismatch("type", "body", _KINDS[kind], _KINDS[answered_kind]))
    else:
        comparison.values("body", value, answered)


def compare_heads(comparison: AnswerComparison, recorded: Mapping[str, str], answered: Mapping[str, str]) -> None:
    """Compare the headers that a recording keeps."""
    comparison.values("headers", _heads(recorded), _heads(answered))


def compare_events(
    comparison: AnswerComparison,
    recorded: Sequence[CassetteEvent],
    answered: Sequence[SseFrame],
    *,
    whole: bool,
    late: bool,
) -> None:
    """Compare streams. If the recorded one is not `whole`, nothing is said about what comes after its end.

    A stream tells only what comes once it is open; if it may have been opened `late`, or early, nothing is said about
    what comes before the first event that both have.
    """
    ours, theirs = _without_previews(recorded), _without_previews(answered)
    if not whole and [event.event for event in theirs[: len(ours)]] == [event.event for event in ours]:
        theirs = theirs[: len(ours)]
    begun = len(comparison.found)
    comparison.lists("events", [event.data for event in ours], [event.data for event in theirs])
    last = len(theirs) - 1
    while (
        not whole
        and len(comparison.found) > begun
        and comparison.found[-1] == Mismatch("extra", f"events[{last}]", None, comparison.found[-1].answered)
    ):
        comparison.found.pop()
        last -= 1
    if late and len(theirs) > 0:
        _forgive_beginning(comparison, begun, len(ours))
    for place, event in enumerate(theirs):
        if isinstance(event.data, dict) and event.event != event.data.get("type"):
            comparison.found.append(Mismatch("value", f"events[{place}] event", event.data.get("type"), event.event))


def _forgive_beginning(comparison: AnswerComparison, begun: int, count: int) -> None:
    for kind in ("missing", "extra"):
        first = 0
        while comparison.found[begun + first :] and (each := comparison.found[begun + first]).kind == kind:
            if each.place != f"events[{first}]":
                break
            first += 1
        if 0 < first < count:
            del comparison.found[begun : begun + first]
            comparison.ahead = True


_KINDS = {"": "nothing", "body": "JSON", "text": "text", "binary": "bytes"}


def _only(content: dict[str, Any]) -> tuple[str, Any]:
    return next(iter(content.items()), ("", None))


def _heads(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: headers[name] for name in RESPONSE_HEADERS if name in headers}
    if "content-type" in kept:
        kept["content-type"] = kept["content-type"].partition(";")[0].lower()
    if kept.get("retry-after", "").isdigit():
        kept["retry-after"] = "seconds"
    return kept


def _status(status: int, content: dict[str, Any]) -> str:
    """A status with what an error says."""
    body = content.get("body")
    error = body.get("error") if isinstance(body, dict) else None
    return f"{status} {error.get('type')}: {error.get('message')}" if isinstance(error, dict) else str(status)


def _without_previews(events: Sequence[Any]) -> list[Any]:
    """Events in which previews that follow each other are one."""
    pairs = zip([None, *events], events, strict=False)
    return [event for before, event in pairs if not (before and before.event == event.event == PREVIEW)]
