"""uv.lock: what the suite runs on, wherever and whenever it runs."""

import re
import tomllib
from functools import cache
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.support.examples import ROOT

pytestmark = pytest.mark.long

LOCK = (ROOT / "uv.lock").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WANTED = [
    *PROJECT["project"]["dependencies"],
    *(wanted for extra in PROJECT["project"]["optional-dependencies"].values() for wanted in extra),
    *PROJECT["dependency-groups"]["build"],
]


@cache
def packages() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(LOCK)["package"]
    return found


@cache
def versions() -> dict[str, Version]:
    return {package["name"]: Version(package["version"]) for package in packages()}


@pytest.mark.parametrize("wanted", [each for each in dict.fromkeys(WANTED) if not each.startswith("mockdreams[")])
def test_what_is_wanted_is_locked(wanted: str) -> None:
    requirement = Requirement(wanted)
    assert requirement.specifier.contains(versions()[re.sub(r"[-_.]+", "-", requirement.name).lower()])


def test_every_file_has_a_hash() -> None:
    files = [file for package in packages() for file in [*package.get("wheels", []), package.get("sdist")] if file]
    assert len(files) > 300
    assert [file["filename"] for file in files if not re.fullmatch("sha256:[0-9a-f]{64}", file["hash"])] == []


def test_the_lock_names_no_place() -> None:
    assert re.findall(r"\w+://[^\"]+", LOCK) == []
    assert {package["source"].get("registry", "index") for package in packages()} == {"index"}
