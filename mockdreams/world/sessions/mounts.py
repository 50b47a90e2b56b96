"""Where a session sees its memory stores and its files."""

import posixpath
from collections.abc import Container, Iterable

from mockdreams.patterns import lazy_pattern
from mockdreams.wire.errors import ServiceError, invalid, shortened

ROOT = "/mnt/memory"
UPLOADS = "/mnt/session/uploads"
_SESSION = "/mnt/session"
_OTHER = lazy_pattern(r"[^a-z0-9]+")


def slug(text: str) -> str:
    """Lower-case ASCII letters and digits; every run of anything else is one hyphen, none at the ends."""
    return _OTHER.sub("-", text.lower()).strip("-")


def mount_path(name: str, store_id: str, taken: Container[str]) -> str:
    """The directory of a store: its name's slug, or its id's where nothing is left of the name."""
    base = f"{ROOT}/{slug(name) or slug(store_id)}"
    path, number = base, 1
    while path in taken:
        number += 1
        path = f"{base}-{number}"
    return path


def upload_path(sent: str, taken: Iterable[str]) -> str:
    """Where a file is mounted that is to be at `sent`: below the uploads directory, apart from what is `taken`.

    Raises ServiceError (400) for a path that leaves the directory, and for one at, above or below another's.
    """
    inner = next(
        (sent.removeprefix(root) for root in (UPLOADS, "/uploads") if sent == root or sent.startswith(f"{root}/")), sent
    )
    path = posixpath.normpath(f"{UPLOADS}/{inner}")
    if not path.startswith(f"{UPLOADS}/"):
        raise _refused(f'mount path "{shortened(sent)}" escapes /uploads/', rule="resource-mount-escapes-400")
    if any(path == other or path.startswith(f"{other}/") or other.startswith(f"{path}/") for other in taken):
        shown = shortened(path.removeprefix(_SESSION))
        raise _refused(f"`mount_path` overlaps another resource: {shown}", rule="resource-mount-overlaps-400")
    return path


def _refused(what: str, *, rule: str) -> ServiceError:
    return invalid(f"Invalid file resource: {what}", rule=rule)
