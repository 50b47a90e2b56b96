"""Where a session sees its memory stores."""

import re
from collections.abc import Container

ROOT = "/mnt/memory"
_OTHER = re.compile(r"[^a-z0-9]+")


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
