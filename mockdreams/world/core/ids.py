"""Ids: minted in the service's alphabet, the same ones again for the same seed."""

from hashlib import shake_128

from mockdreams.patterns import lazy_pattern

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
"""Base 58: no 0, O, I or l."""
LENGTH = 22
BATCH = 16
"""Ids of one hash: a hash for each would be half of what an id costs."""

_BODY = lazy_pattern(f"01[{ALPHABET}]{{{LENGTH}}}")
_LETTERS = bytes(ord(ALPHABET[byte % len(ALPHABET)]) for byte in range(256))
"""A letter for every byte."""


class IdGenerator:
    """A stream of ids determined by `seed`; its only state is how many it has minted."""

    def __init__(self, seed: str, minted: int = 0) -> None:
        self.minted = minted
        self._seed = seed
        self._batch = -1
        self._letters = ""

    def mint(self, prefix: str) -> str:
        """`prefix`, an underscore, `01`, and 22 characters of `ALPHABET`."""
        batch, place = self.minted // BATCH, self.minted % BATCH
        if batch != self._batch:
            hashed = shake_128(f"{batch} {self._seed}".encode()).digest(BATCH * LENGTH)
            self._batch, self._letters = batch, hashed.translate(_LETTERS).decode()
        self.minted += 1
        start = place * LENGTH
        return f"{prefix}_01{self._letters[start : start + LENGTH]}"


def is_valid_id(id: str, prefix: str) -> bool:
    """Whether `id` could have been minted for `prefix`."""
    return id.startswith(f"{prefix}_") and _BODY.fullmatch(id, len(prefix) + 1) is not None
