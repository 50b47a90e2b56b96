"""Files: their rules."""

import re
from bisect import bisect_right, insort
from collections.abc import Iterable
from datetime import datetime, timedelta
from posixpath import splitext
from typing import NamedTuple

from mockdreams.wire.errors import ServiceError, invalid, not_found, shortened
from mockdreams.wire.files import FileDeleted, FileMetadata, FileScope
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import Table, first_page
from mockdreams.world.files.blobs import BlobStore

SHORTEST_SECONDS, LONGEST_SECONDS = 3_600, 7_776_000
"""How soon and how late an upload may expire."""
UNSCOPED = ""
OCTETS = "application/octet-stream"
_FORBIDDEN = re.compile(r'[<>:"|?*\\/\x00-\x1f]')
MIME_TYPES = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gif": "image/gif",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".md": "text/markdown",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}
"""The standard library's table is another one in each version of Python, and on each machine."""
_EXTENSIONS = {kind: extension for extension, kind in MIME_TYPES.items()}


class Upload(NamedTuple):
    """A file as it comes in. `filename` and `mime_type` are what the caller calls it, if anything."""

    content: bytes
    sha256: str
    filename: str = ""
    mime_type: str = ""
    expires_in: int | None = None


def scope_of(file: FileMetadata) -> str:
    """Files are listed by the session that they belong to."""
    return file.scope.id if file.scope else UNSCOPED


class Files:
    """All files of a world. Expired ones are forgotten when somebody looks after their time."""

    def __init__(self, context: Context, blobs: BlobStore) -> None:
        self._context = context
        self._blobs = blobs
        self.table = Table[FileMetadata](kind=scope_of)
        self._digests: dict[str, str] = {}
        self._expiring: list[tuple[datetime, str]] = []
        """Those that expire, soonest first."""
        self._stored_bytes = 0
        """What all uploads together hold."""

    def upload(self, sent: Upload) -> FileMetadata:
        """Add a file. Raises ServiceError (400, 413), and adds nothing, for one that is refused."""
        policy, size = self._context.policy, len(sent.content)
        name, kind = _filename(sent), sent.mime_type or OCTETS
        if sent.expires_in is not None and not SHORTEST_SECONDS <= sent.expires_in <= LONGEST_SECONDS:
            raise invalid(
                f"expires_in_seconds: must be {SHORTEST_SECONDS} to {LONGEST_SECONDS}",
                retry=False,
                rule="file-expiry-range-400",
            )
        if size > policy.file_max_bytes:
            raise ServiceError(
                "request_too_large",
                f"file: exceeds the maximum size of {policy.file_max_bytes} bytes",
                rule="file-too-large-413",
            )
        self._forget_expired()
        if self._stored_bytes + size > policy.file_storage_max_bytes:
            # rule: file-quota-400
            raise _refused("The organization has no room for this file.", "storage_quota_exceeded")
        now = self.table.next_time(self._context.clock.time)
        lasts = None if sent.expires_in is None else self._context.clock.time + timedelta(seconds=sent.expires_in)
        file = FileMetadata.unchecked(
            id=self._context.ids.mint("file"),
            filename=name,
            mime_type=kind,
            size_bytes=size,
            created_at=now,
            downloadable=False,
            expires_at=lasts,
        )
        self._stored_bytes += size
        return self._add(file, self._blobs.add(sent.content, sent.sha256))

    def retrieve(self, file_id: str) -> FileMetadata:
        """Raises ServiceError (404) if there is none."""
        self._forget_expired()
        file = self.table.get(file_id)
        if file is None:
            raise not_found(f"File `{shortened(file_id)}` not found.", retry=False, rule="file-absent-404")
        return file

    def download(self, file_id: str) -> tuple[FileMetadata, bytes]:
        """A file and its bytes, if it may be downloaded."""
        file = self.retrieve(file_id)
        if self._is_expired(file):
            # rule: file-expired-404
            gone = not_found(f"File `{file_id}` has expired.", retry=False)
            gone.fields["details"] = {"error_code": "file_expired"}
            raise gone
        if not file.downloadable:
            # rule: file-not-downloadable-400
            raise _refused(
                f"File `{file_id}` is not downloadable. Only files generated by a tool (for example, the code "
                "execution tool) can be downloaded.",
                "file_not_downloadable",
            )
        return file, self._blobs.get(self._digests[file_id])

    def page(
        self, scope: str, *, limit: int, after: int | None = None, oldest_first: bool = False
    ) -> tuple[list[FileMetadata], bool]:
        """The files of a session, or those of none; newest first, unless `oldest_first`."""
        self._forget_expired()
        return first_page(self.table.iterate(after=after, oldest_first=oldest_first, kinds=(scope,)), limit)

    def find(self, ids: Iterable[str], scope: str | None = None) -> list[FileMetadata]:
        """Those of `ids` that there are, newest first; of one scope, if one is given."""
        self._forget_expired()
        found = [file for file in map(self.table.get, ids) if file is not None]
        wanted = [file for file in found if scope in (None, scope_of(file))]
        return sorted(wanted, key=lambda file: self.table.position(file.id), reverse=True)

    def delete(self, file_id: str) -> FileDeleted:
        self._remove(self.retrieve(file_id))
        return FileDeleted(id=file_id)

    def check(self, ids: Iterable[str]) -> None:
        """Refuse (404) ids of which one can not be used: there is no such file, or it has expired."""
        self._forget_expired()
        for file_id in ids:
            file = self.table.get(file_id)
            if file is None or self._is_expired(file):
                raise not_found(
                    "One or more files not found. Check that each `file_id` exists and is accessible: "
                    + shortened(file_id),
                    rule="resource-file-absent-404 events-file-absent-404",
                )

    def text(self, file_id: str) -> str | None:
        """What is in a file; None if it is no text, has expired or is not there."""
        file = self.table.get(file_id)
        if file is None or self._is_expired(file):
            return None
        try:
            return self._blobs.get(self._digests[file_id]).decode()
        except UnicodeDecodeError:
            return None

    # What sessions do

    def copy(self, file_id: str, copy_id: str, session_id: str) -> FileMetadata:
        """A session's own copy of a file, which has no bytes of its own."""
        original, digest = self.retrieve(file_id), self._digests[file_id]
        self._blobs.use(digest)
        now, scope = self.table.next_time(self._context.clock.time), FileScope.unchecked(id=session_id)
        return self._add(original.replace(id=copy_id, created_at=now, downloadable=False, scope=scope), digest)

    def add_output(self, session_id: str, filename: str, digest: str) -> FileMetadata:
        """What the agent of a session wrote."""
        self._blobs.use(digest)
        file = FileMetadata.unchecked(
            id=self._context.ids.mint("file"),
            filename=filename,
            mime_type=MIME_TYPES.get(splitext(filename)[1].lower(), OCTETS),
            size_bytes=len(self._blobs.get(digest)),
            created_at=self.table.next_time(self._context.clock.time),
            downloadable=True,
            scope=FileScope.unchecked(id=session_id),
        )
        return self._add(file, digest)

    def discard(self, file_id: str) -> None:
        """Remove a file, if it is still there."""
        file = self.table.get(file_id)
        if file is not None:
            self._remove(file)

    def discard_scope(self, session_id: str) -> None:
        """Remove all files of a session."""
        for file in list(self.table.iterate(kinds=(session_id,))):
            self._remove(file)

    def _add(self, file: FileMetadata, digest: str) -> FileMetadata:
        self._digests[file.id] = digest
        if file.expires_at is not None:
            insort(self._expiring, (file.expires_at, file.id))
        return self.table.put(file)

    def _remove(self, file: FileMetadata) -> None:
        self.table.remove(file.id)
        self._blobs.release(self._digests.pop(file.id))
        if file.expires_at is not None:
            self._expiring.remove((file.expires_at, file.id))
        if file.scope is None:
            self._stored_bytes -= file.size_bytes

    def _is_expired(self, file: FileMetadata) -> bool:
        return file.expires_at is not None and file.expires_at <= self._context.clock.time

    def _forget_expired(self) -> None:
        """Remove those that have been expired for long."""
        days = timedelta(days=self._context.policy.file_retention_days)
        gone = bisect_right(self._expiring, self._context.clock.time - days, key=lambda entry: entry[0])
        for _, file_id in self._expiring[:gone]:
            self.discard(file_id)


def _filename(sent: Upload) -> str:
    """The last part of the name that was sent, or one that says what kind of file it is."""
    name = re.split(r"[\\/]", sent.filename)[-1]
    if not name:
        return f"unnamed{_EXTENSIONS.get(sent.mime_type.partition(';')[0].strip().lower(), '')}"
    if len(name) > 255 or _FORBIDDEN.search(name):
        raise invalid(
            'filename: must be 1 to 255 characters, and none of < > : " | ? * \\ / or a control character',
            retry=False,
            rule="file-name-400",
        )
    return name


def _refused(message: str, code: str) -> ServiceError:
    refused = invalid(message, retry=False)
    refused.fields["details"] = {"error_code": code}
    return refused
