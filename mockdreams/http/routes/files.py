"""/v1/files."""

from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import quote

from mockdreams.http.auth import FILE_CONTENT, FILES
from mockdreams.http.pagination import body, cursor
from mockdreams.http.piecewise import Piecewise
from mockdreams.http.query_params import LONG_LIMIT
from mockdreams.http.request import Request
from mockdreams.http.routing import Route
from mockdreams.patterns import lazy_pattern
from mockdreams.wire.betas import MANAGED_AGENTS
from mockdreams.wire.errors import invalid
from mockdreams.wire.files import FileMetadata
from mockdreams.wire.pages import page
from mockdreams.world.files.files import UNSCOPED, Upload

Page: TypeAlias = tuple[list[FileMetadata], str | None, bool]
"""Files, the cursor of the next page, and whether there are more."""
MOST_IDS = 100
PIECE_BYTES = 64 * 1024
_INTEGER = lazy_pattern(r"[0-9]{1,18}")


def upload(call: Request) -> bytes:
    sent = call.form.file("file")
    if sent is None:
        raise invalid("file: Field required", retry=False, rule="file-required-400")
    kind, expires_in = sent.content_type, _seconds(call.form.text("expires_in_seconds"))
    mime_type = kind if kind.isascii() and kind.isprintable() and "/" in kind else ""
    return call.world.files.upload(Upload(sent.content, sent.sha256, sent.filename, mime_type, expires_in)).body


def list_page(call: Request) -> bytes:
    """The managed agents beta adds a scope, and the keys of an older way to page."""
    managed, scope = MANAGED_AGENTS in call.betas, call.query.text("scope_id")
    if scope is not None and not managed:
        raise invalid("scope_id: Extra inputs are not permitted", retry=False, rule="file-list-scope-beta-400")
    if scope is not None:
        call.world.touch_files(scope)
    files, following, more = _named(call, scope) or _page(call, scope or UNSCOPED, managed=managed)
    first, last = (files[0].id, files[-1].id) if files else (None, None)
    older: dict[str, Any] = {"has_more": more, "first_id": first, "last_id": last} if managed else {}
    return page(map(body, files), following, null_when_last=True, **older)


def _named(call: Request, scope: str | None) -> Page | None:
    """The files that the query names by their ids, if it names any."""
    query, ids = call.query, dict.fromkeys(call.query.texts("ids"))
    if ids and (query.text("page") is not None or query.text("limit") is not None or len(ids) > MOST_IDS):
        raise invalid(
            f"ids: must have at most {MOST_IDS} entries, and neither page nor limit may be there",
            retry=False,
            rule="file-list-ids-400",
        )
    return (call.world.files.find(ids, scope), None, False) if ids else None


def _page(call: Request, scope: str, *, managed: bool) -> Page:
    query, files, listing = call.query, call.world.files, f"files/{scope}"
    after, before = (query.text(name) if managed else None for name in ("after_id", "before_id"))
    place = query.place(listing)
    if sum(each is not None for each in (after, before, place)) > 1:
        raise invalid("page, before_id and after_id cannot be used together", retry=False, rule="file-list-cursors-400")
    if start := after or before:
        place = files.table.position(files.retrieve(start).id)
    limit = query.limit(most=LONG_LIMIT)
    records, more = files.page(scope, limit=limit, after=place, oldest_first=bool(before))
    if before:
        return records[::-1], None, more
    return records, cursor(listing, more, lambda: files.table.position(records[-1].id)), more


def retrieve(call: Request, file_id: str) -> bytes:
    return call.world.files.retrieve(file_id).body


def content(call: Request, file_id: str) -> Piecewise:
    file, data = call.world.files.download(file_id)
    named = f"attachment; filename*=utf-8''{quote(file.filename)}"
    kind = [
        (b"content-type", file.mime_type.encode()),
        (b"content-disposition", named.encode()),
        (b"content-length", str(len(data)).encode()),
    ]
    return Piecewise(kind, _pieces(data))


def delete(call: Request, file_id: str) -> bytes:
    return call.world.files.delete(file_id).body


def _seconds(sent: str | None) -> int | None:
    if sent is None:
        return None
    if not _INTEGER.fullmatch(sent):
        raise invalid("expires_in_seconds: Input should be a valid integer", retry=False, rule="file-expiry-range-400")
    return int(sent)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES))


_FILE = "/v1/files/{file_id}"

ROUTES = (
    Route("POST", "/v1/files", upload, FILES, multipart=True),
    Route("GET", "/v1/files", list_page, FILES, changes=True),
    Route("GET", _FILE, retrieve, FILES, changes=True),
    Route("GET", _FILE + "/content", content, FILE_CONTENT, changes=True),
    Route("DELETE", _FILE, delete, FILES),
)
