"""Bytes, each content once however often it is used."""

from hashlib import sha256


class BlobStore:
    """Contents by their SHA-256. One is forgotten when nothing uses it any more."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}
        self._uses: dict[str, int] = {}

    def add(self, content: bytes, digest: str | None = None) -> str:
        """Use a content once more; its digest, which the caller may know already."""
        digest = digest or sha256(content).hexdigest()
        self._contents.setdefault(digest, content)
        self.use(digest)
        return digest

    def use(self, digest: str) -> None:
        """Use a content that is there once more."""
        self._uses[digest] = self._uses.get(digest, 0) + 1

    def release(self, digest: str) -> None:
        """Use a content once less."""
        self._uses[digest] -= 1
        if not self._uses[digest]:
            del self._uses[digest], self._contents[digest]

    def get(self, digest: str) -> bytes:
        return self._contents[digest]
