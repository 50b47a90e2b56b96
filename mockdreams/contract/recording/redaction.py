"""What must not be in a cassette: the keys that were used, and whatever else is secret."""

from typing import Any

from mockdreams.contract.recording.placeholders import MASK, escaped
from mockdreams.secrets import mask_json, mask_text

SHORT = 6
"""A key of fewer characters may be a word; it is masked where it is all that there is."""


class Redactor:
    """Knows the keys that requests came with, and masks them with all that looks like a secret."""

    def __init__(self) -> None:
        self._keys: list[str] = []

    def caller(self, key: str | None) -> str | None:
        """Who asks: None has the first key that was seen, others are counted. The key is masked from now on."""
        if key is None:
            return "none"
        if key not in self._keys:
            self._keys.append(key)
        place = self._keys.index(key)
        return f"other-{place}" if place else None

    def clean(self, value: Any) -> Any:
        """A JSON value with its secrets masked, and with nothing in it that would be taken for a name."""
        return mask_json(value, lambda _: MASK, text=self._text)

    def _text(self, text: str) -> str:
        if text in self._keys:
            return MASK
        long = [key for key in self._keys if len(key) >= SHORT]
        return escaped(mask_text(text, lambda _: MASK, long))
