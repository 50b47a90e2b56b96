"""Paths: whose they are, and without the ids in them, so that many calls of one kind look the same."""

from mockdreams.patterns import lazy_pattern

ID = lazy_pattern(r"(?<![a-z])[a-z]{1,16}_01\w{1,64}")
CONTROL_PREFIX = "/_mockdreams"
"""What begins with it is ours and not the service's."""
LONGEST_PATH = 200
"""No path that is served is longer: whoever looks at one looks no further."""


def path_shape(path: str) -> str:
    """A path with `*` for each id."""
    return ID.sub("*", path[:LONGEST_PATH])
