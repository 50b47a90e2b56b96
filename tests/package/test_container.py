"""The Containerfile, as far as that can be seen without building it."""

import json
import re
import tomllib
from urllib.parse import urlsplit

import pytest

from tests.support.examples import ROOT, parse
from tests.support.helpers import HANG_GUARD
from tests.support.servers import serving

pytestmark = pytest.mark.process

LINES = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text("utf-8")).splitlines()


def instruction(name: str) -> str:
    (line,) = (line for line in LINES if line.startswith(f"{name} "))
    return line.removeprefix(f"{name} ")


def test_it_serves_on_every_address_with_options_that_exist() -> None:
    command = json.loads(instruction("ENTRYPOINT")) + json.loads(instruction("CMD"))
    assert command[:4] == ["mockdreams", "serve", "--host", "0.0.0.0"]
    parse(command[1:])
    assert command[command.index("--port") + 1] == instruction("EXPOSE")


def test_it_runs_as_nobody_in_particular_who_owns_the_volume() -> None:
    user = instruction("USER")
    assert user != "root"
    made = f"useradd --create-home {user} && install --directory --owner {user} --mode 700 {instruction('VOLUME')}"
    assert f"RUN {made}" in LINES


def test_what_builds_it_is_not_in_it() -> None:
    first, last = (line.removeprefix("FROM ") for line in LINES if line.startswith("FROM "))
    assert first == f"{last} AS build"
    home = "/opt/mockdreams"
    (built,) = (line for line in LINES if "pip install" in line)
    assert built.startswith(f"RUN python -m venv {home} && ")
    assert f"COPY --from=build {home} {home}" in LINES
    assert instruction("ENV") == f"PATH={home}/bin:$PATH"


def test_it_has_what_the_lock_names() -> None:
    (built,) = (line for line in LINES if "pip install" in line)
    installs = re.findall(r"pip install --no-cache-dir ([^&]+)", built)
    assert [install.strip() for install in installs] == [
        "--requirement scripts/uv.txt",
        "--require-hashes --requirement /requirements.txt",
        "--no-deps --no-build-isolation .",
    ]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(re.findall(r"--extra (\S+)", built)) <= set(extras)


def test_its_health_check_is_answered() -> None:
    *_, program = json.loads(instruction("HEALTHCHECK").partition("CMD ")[2])
    (url,) = re.findall(r"http://[^']+", program)
    assert str(urlsplit(url).port) == instruction("EXPOSE")
    with serving("--port", "0") as (served, _):
        program = program.replace("timeout=1)", f"timeout={HANG_GUARD})")
        exec(program.replace(f"http://{urlsplit(url).netloc}", served), {})


def test_what_the_wheel_is_made_of_is_sent_to_the_build() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert {*wheel["packages"], *wheel["force-include"], project["project"]["readme"], "pyproject.toml"} <= sent
    assert {"uv.lock", "scripts/uv.txt"} <= sent
