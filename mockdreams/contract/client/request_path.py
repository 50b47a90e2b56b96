"""What may be asked of a target: a path of its own, so that nothing that is only read decides where a key goes."""

import re

_PATH = re.compile(r"/(?![/\\])[^\s\\\x00-\x1f\x7f]*")
"""Origin form (RFC 9112, 3.2.1): it begins with one slash, and names neither scheme nor host."""


class ForeignPathError(ValueError):
    """What is no path of the service: it may lead to another host, or end the line of the request."""


def check_path(path: object) -> str:
    """The path, if it is one of the service's own. Raises ForeignPathError."""
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise ForeignPathError(f"{path!r:.200} is no path of the service: /like/this, without spaces or backslashes")
    return path
