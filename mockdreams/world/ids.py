"""Ids: minted in the service's alphabet, the same ones again for the same seed."""

import re
from hashlib import blake2b

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""Base 58: no 0, O, I or l."""

_BODY = re.compile(f"01[{ALPHABET}]{{22}}")
_LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
"""A letter for every byte."""


class Ids:
    """A stream of ids determined by `seed`; its only state is how many it has minted."""

    def __init__(self, seed: str, minted: int = 0) -> None:
        self._keyed = blake2b(digest_size=22, key=blake2b(seed.encode(), digest_size=32).digest())
        self.minted = minted

    def mint(self, prefix: str) -> str:
        """`prefix`, an underscore, `01`, and 22 characters of `ALPHABET`."""
        self.minted += 1
        hashed = self._keyed.copy()
        hashed.update(self.minted.to_bytes(8, "big"))
        return f"{prefix}_01{hashed.digest().translate(_LETTERS).decode()}"


def well_formed(id: str, prefix: str) -> bool:
    """Whether `id` could have been minted for `prefix`."""
    return id.startswith(f"{prefix}_") and _BODY.fullmatch(id, len(prefix) + 1) is not None
