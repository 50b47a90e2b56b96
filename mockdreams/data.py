"""The folders beside the code, of data: in the package once it is built, at the top of a clone."""

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).parent


def folder(name: Literal["contract", "deploy", "fixtures", "scenarios"]) -> Path:
    """Where the files of that name are."""
    packed = _PACKAGE / f"_{name}"
    return packed if packed.is_dir() else _PACKAGE.parent / name
