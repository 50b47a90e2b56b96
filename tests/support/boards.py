"""A visitor of the board, without a browser: its pages, its forms and its live streams, in process."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx2

from mockdreams import MockDreams

ROOT = "/_mockdreams/board"
TOKEN = re.compile(r'name="token" value="([0-9a-f]+)"')
LIVE = re.compile(r'hx-sse:connect="([^"]+)"')


class Visitor:
    """Somebody with a browser who knows no key."""

    def __init__(self, mock: MockDreams) -> None:
        self.http = httpx2.Client(transport=mock.transport, base_url=mock.url)
        self.id: str = next(
            world["id"] for world in self.worlds() if mock.api_key.endswith(world["key_end"].removeprefix("…"))
        )
        self.base = f"{ROOT}/w/{self.id}"

    def worlds(self) -> list[dict[str, Any]]:
        """The worlds of the server, the newest first."""
        worlds: list[dict[str, Any]] = self.http.get("/_mockdreams/worlds").json()["data"][::-1]
        return worlds

    def get(self, path: str, expect: int = 200, /, **query: str) -> str:
        """The text of a page of the world."""
        response = self.http.get(self.base + path, params=query)
        assert response.status_code == expect, response.text
        return response.text

    def token(self) -> str:
        found = TOKEN.search(self.get("/"))
        assert found is not None
        return found[1]

    def post(self, path: str, /, **fields: str) -> str:
        """What the board says to a form that is sent as htmx does it."""
        said = self._send(path, fields)
        assert 'class="wrong"' not in said, said
        return said

    def refused(self, path: str, /, **fields: str) -> str:
        """What the board says is wrong with a form."""
        said = self._send(path, fields)
        assert 'class="wrong"' in said, said
        return said

    def _send(self, path: str, fields: dict[str, str]) -> str:
        sent = {"token": self.token(), **fields}
        response = self.http.post(self.base + path, data=sent, headers={"hx-request": "true"})
        assert response.status_code == 200, response.text
        return unescape(response.text)

    def live(self, path: str, **query: str) -> "Iterator[str]":
        """The events that keep a page up to date, from the moment at which it was loaded; pings left out."""
        found = LIVE.search(self.get(path, **query))
        assert found is not None
        return self._events(unescape(found[1]))

    def _events(self, address: str) -> Iterator[str]:
        with self.http.stream("GET", address) as response:
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            text = ""
            for part in response.iter_text():
                text += part
                *events, text = text.split("\n\n")
                yield from (event for event in events if not event.startswith(":"))
