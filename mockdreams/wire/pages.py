"""Lists: the envelope around a page of rendered records."""

import json
from collections.abc import Iterable
from typing import Any


def page(items: Iterable[bytes], next_page: str | None, *, null_when_last: bool = False, **more: Any) -> bytes:
    """The list envelope.

    On the last page `next_page` is left out, as most resources of the service do, or is `null` where
    `null_when_last`. `more` are further keys of the envelope.
    """
    parts = [b'{"data":[']
    for item in items:
        parts += (item, b",")
    if len(parts) > 1:
        parts.pop()
    parts.append(b"]")
    for key, value in more.items():
        parts.append(f',"{key}":{json.dumps(value)}'.encode())
    if next_page is not None or null_when_last:
        parts.append(f',"next_page":{json.dumps(next_page)}'.encode())
    parts.append(b"}")
    return b"".join(parts)  # once: a long list is megabytes, and nobody else is served while they are copied
