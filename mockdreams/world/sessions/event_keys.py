"""Where an event stands in lists."""

from datetime import UTC, datetime
from typing import TypeAlias

Key: TypeAlias = tuple[datetime, int]
"""The place of an event in lists: when it was processed, then the order of arrival."""
UNPROCESSED = datetime.max.replace(tzinfo=UTC)
