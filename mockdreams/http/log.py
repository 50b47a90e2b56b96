"""The log: what comes from outside is shown on one line, and secrets are masked, tracebacks included."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

from mockdreams.secrets import mask_text, printable

ACCESS = 15
"""The level of a line for each request, between `debug` and `info`."""
logging.addLevelName(ACCESS, "ACCESS")


class _OutsideText(logging.Filter):
    """Changes records before any handler has them, so that it holds for every handler."""

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(printable(each) if isinstance(each, str) else each for each in record.args)
        if record.exc_info and not record.exc_text:
            record.exc_text = mask_text(self._formatter.formatException(record.exc_info))
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: wall `time`, `level`, `message`, what is known of a request, where it crashed."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line: dict[str, Any] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= getattr(record, "request", {})
        if record.exc_info or record.exc_text:
            line["crash"] = record.exc_text or self.formatException(record.exc_info)  # type: ignore[arg-type]
        return json.dumps(line, ensure_ascii=False)


logger = logging.getLogger("mockdreams")
logger.addFilter(_OutsideText())


def begin_logging(level: str, *, json_lines: bool = False) -> None:
    """Log to stderr from a level on, in words or as JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter() if json_lines else logging.Formatter("%(levelname)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])
