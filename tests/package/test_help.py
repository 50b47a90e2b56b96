"""`--help` of every command says what there is to know: each option, its default, its environment variable."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from mockdreams.cli import main


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, command
    for name, inner in command.commands.items() if isinstance(command, click.Group) else ():
        yield from commands(inner, (*path, name))


FOUND = dict(commands(main))


@pytest.mark.parametrize("path", FOUND, ids=[" ".join(path) or "mockdreams" for path in FOUND])
def test_every_option_is_told_with_its_environment_variable(path: tuple[str, ...]) -> None:
    told = " ".join(CliRunner().invoke(main, [*path, "--help"], terminal_width=200).stdout.split())
    for option in FOUND[path].params:
        if isinstance(option, click.Option) and option.envvar:
            names = [option.envvar] if isinstance(option.envvar, str) else option.envvar
            assert f"env var: {', '.join(names)}" in told


def test_the_server_mirrors_every_option() -> None:
    options = [each for each in main.commands["serve"].params if isinstance(each, click.Option) and not each.hidden]
    assert [each.name for each in options if not each.envvar] == []
