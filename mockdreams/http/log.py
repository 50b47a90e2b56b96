"""The log: what comes from outside is shown on one line, and secrets are masked, tracebacks included."""

import logging

from mockdreams.secrets import mask_text, printable


class _OutsideText(logging.Filter):
    """Changes records before any handler has them, so that it holds for every handler."""

    _formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(printable(each) if isinstance(each, str) else each for each in record.args)
        if record.exc_info and not record.exc_text:
            record.exc_text = mask_text(self._formatter.formatException(record.exc_info))
        return True


logger = logging.getLogger("mockdreams")
logger.addFilter(_OutsideText())
