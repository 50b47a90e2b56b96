"""The control of a handle that prepares answers of `/v1/messages`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mockdreams.harness.control_errors import control
from mockdreams.harness.controls import Prepared, Queue, changed_fields, given_fields, plain
from mockdreams.http.journal import Exchange
from mockdreams.wire.messages import StopReason


class MessageReplies(Queue):
    """What the next requests to `/v1/messages` are answered with: `mock.messages`."""

    _path = "messages/scripts"
    _what, _several = "message reply", "message replies"

    @control
    def reply(
        self,
        content: str | Mapping[str, Any] | Sequence[Mapping[str, Any]],
        *,
        stop_reason: StopReason | None = None,
        usage: Mapping[str, int] | None = None,
        match: str | Mapping[str, str] | None = None,
        times: int | None = 1,
    ) -> Prepared:
        """Answer the next request with `content`, streamed or whole, as it asks.

        `content` is a text, or one or several content blocks: `{"type": "text", "text"}`, `{"type": "tool_use",
        "name", "input"}` (with an `id`, if it matters) or `{"type": "thinking", "thinking"}`. `stop_reason` follows
        from it, if it is not given; `usage` has the token counts that matter. For which requests: `match` (a part of
        what the user said last, or a dict of `model` and `message`, such a part), `times` (1; None: all). Of several
        that match, the first that was prepared is used. Raises ControlError, a ValueError, for anything else. The
        answer says whether and how many requests got it: `.used`, `.hits`.
        """
        fields = {"content": plain(content)}
        fields |= given_fields(stop_reason=stop_reason, usage=plain(usage), match=plain(match))
        return self._prepare(fields | changed_fields(times=(times, 1)))

    @property
    def requests(self) -> list[Exchange]:
        """The requests to `/v1/messages`, oldest first, each an `Exchange`."""
        return self._backend.exchanges("POST /v1/messages")

    def clear(self) -> None:
        """Forget the replies that are left."""
        super().clear()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The replies that are left."""
        return super().__iter__()
