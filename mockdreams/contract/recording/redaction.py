"""What must not be in a cassette: keys, tokens, passwords."""

import re
from typing import Any

from mockdreams.contract.recording.placeholders import MASK, escaped

SHORT = 6
"""A key of fewer characters may be a word; it is masked where it is all that there is."""
_FIELD = re.compile(r"(^|[_-])(authorization|api_?key|token|password|secret(_value)?|credentials?)$", re.IGNORECASE)
_LOOKS = re.compile(
    r"sk-ant-[\w-]+|\bsk-[\w-]{20,}|\bgithub_pat_\w{20,}|\bgh[pousr]_\w{20,}|\bAKIA[0-9A-Z]{16}\b"
    r"|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?<=Bearer )[\w.~+/-]{8,}=*"
)


class Redactor:
    """Knows the keys that requests came with, and what other secrets look like."""

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

    def clean(self, value: Any, field: str = "") -> Any:
        """A JSON value with its secrets masked, and with nothing in it that would be taken for a name."""
        if isinstance(value, str):
            return MASK if value and _FIELD.search(field) else self.text(value)
        if isinstance(value, list):
            return [self.clean(item, field) for item in value]
        if isinstance(value, dict):
            return {self.text(key): self.clean(item, key) for key, item in value.items()}
        return value

    def text(self, text: str) -> str:
        if text in self._keys:
            return MASK
        for key in self._keys:
            if len(key) >= SHORT:
                text = text.replace(key, MASK)
        return escaped(_LOOKS.sub(MASK, text))
