"""Files: what is uploaded, mounted into sessions, and written by their agents."""

from typing import Literal

from mockdreams.wire.base import Model, OmitIfNone, Record, Sparse, Timestamp


class FileScope(Model):
    type: Literal["session"] = "session"
    id: str


class FileMetadata(Sparse, Record):
    """A file. One that is a session's, a copy or what its agent wrote, has a `scope`."""

    id: str
    type: Literal["file"] = "file"
    filename: str
    mime_type: str
    size_bytes: int
    created_at: Timestamp
    downloadable: bool
    expires_at: Timestamp | None = None
    scope: OmitIfNone[FileScope] = None


class FileDeleted(Record):
    id: str
    type: Literal["file_deleted"] = "file_deleted"
