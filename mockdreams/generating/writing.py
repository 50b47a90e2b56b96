"""A world as YAML that people like to read."""

from datetime import datetime
from typing import Any

import yaml


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, times as the service writes them, nothing shortened by references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


def _time(dumper: yaml.SafeDumper, time: datetime) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", time.strftime("%Y-%m-%dT%H:%M:%SZ"))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(datetime, _time)

_HEAD = """\
# Made by: {command}
# What a good dream makes of it is written down under `labels`, which is no part of the world.
"""


def render(command: str, document: dict[str, Any]) -> str:
    """The document, with the command that makes it again at its head."""
    parts = [yaml.dump({key: value}, Dumper=_Dumper, sort_keys=False, width=200) for key, value in document.items()]
    return _HEAD.format(command=command) + "\n".join(parts)
