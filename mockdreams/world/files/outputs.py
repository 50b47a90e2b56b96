"""Outputs: what the agents of sessions write below `/mnt/session/outputs`, and when it is listed as files."""

from datetime import datetime
from posixpath import basename

from mockdreams.world.core.clock import add_seconds
from mockdreams.world.core.context import Context
from mockdreams.world.core.tasks import Task
from mockdreams.world.files.blobs import BlobStore
from mockdreams.world.files.files import Files


class SessionOutputs:
    """The output directories of all sessions. What is in one is listed a little after its session has come to rest.

    A file that was written anew is listed as another file, in place of the first.
    """

    def __init__(self, context: Context, blobs: BlobStore, files: Files) -> None:
        self._context = context
        self._blobs = blobs
        self._files = files
        self._written: dict[str, dict[str, str]] = {}
        """By session and path below the directory: the digest of what was written there."""
        self._listed: dict[str, dict[str, tuple[str, str]]] = {}
        """By session and path: the digest of what is listed, and the id of the file."""
        self._due: dict[str, datetime] = {}
        """When what a session wrote is listed."""

    def write(self, session_id: str, path: str, content: str) -> None:
        directory = self._written.setdefault(session_id, {})
        digest = self._blobs.add(content.encode())
        if path in directory:
            self._blobs.release(directory[path])
        directory[path] = digest

    def remove(self, session_id: str, path: str) -> bool:
        """Whether there was anything to remove."""
        digest = self._written.get(session_id, {}).pop(path, None)
        if digest is not None:
            self._blobs.release(digest)
        return digest is not None

    def contents(self, session_id: str) -> dict[str, str]:
        """What is in the directory of a session, by path."""
        return {path: self._blobs.get(digest).decode() for path, digest in self._written.get(session_id, {}).items()}

    def settle(self, session_id: str) -> None:
        """A session has come to rest: what it wrote is listed before long."""
        listed = {path: digest for path, (digest, _) in self._listed.get(session_id, {}).items()}
        if session_id in self._due or self._written.get(session_id, {}) == listed:
            return
        seconds = self._context.policy.session_output_seconds
        due = self._due[session_id] = add_seconds(self._context.clock.time, seconds)
        self._context.clock.schedule(due, Task("session outputs are listed", session_id))

    def publish(self, session_id: str) -> None:
        """List what is in the directory of a session."""
        if self._due.pop(session_id, None) is None:
            return
        written, listed = self._written.get(session_id, {}), self._listed.setdefault(session_id, {})
        for path, (digest, file_id) in list(listed.items()):
            if written.get(path) != digest:
                self._files.discard(file_id)
                del listed[path]
        for path, digest in written.items():
            if path not in listed:
                listed[path] = (digest, self._files.add_output(session_id, basename(path), digest).id)

    def touch(self, session_id: str) -> None:
        """Somebody looks at the files of a session: in `auto` mode, time moves to when they are listed."""
        if session_id in self._due:
            self._context.clock.touch(self._due[session_id])

    def forget(self, session_id: str) -> None:
        """A session is gone, and all its files with it."""
        for digest in self._written.pop(session_id, {}).values():
            self._blobs.release(digest)
        self._listed.pop(session_id, None)
        self._due.pop(session_id, None)
        self._files.discard_scope(session_id)
