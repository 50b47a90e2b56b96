"""What a spawned process does that was sent the address of a world: it imports this, and not a module of tests."""

import json
from typing import Any
from urllib.request import Request, urlopen

from mockdreams import MockDreams

HEADERS = {
    "content-type": "application/json",
    "anthropic-version": "2023-06-01",
    "anthropic-beta": "managed-agents-2026-04-01",
}


def greet(url: str, api_key: str, sending: Any) -> None:
    """Make a store there, tell its name, and where a world of its own would be."""
    body = json.dumps({"name": "From a spawned process"}).encode()
    with (
        urlopen(Request(f"{url}/v1/memory_stores", body, {**HEADERS, "x-api-key": api_key})) as made,
        MockDreams() as own,
    ):
        sending.send([json.load(made)["name"], own.url])
