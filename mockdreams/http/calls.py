"""One request, as a handler sees it."""

from functools import cached_property
from typing import TypeVar

from mockdreams.http import hints
from mockdreams.http.bodies import parse
from mockdreams.http.places import Place
from mockdreams.http.queries import Query
from mockdreams.wire.shapes import Params

P = TypeVar("P", bound=Params)


class Call:
    """A request: the place it is about, its query, its body and its headers."""

    def __init__(self, place: Place, query_string: bytes, body: bytes, headers: dict[bytes, bytes]) -> None:
        self.place = place
        self.world = place.world
        self.body = body
        self.query_string = query_string
        self._headers = headers
        self.hint: str | None = None

    @cached_property
    def query(self) -> Query:
        return Query(self.query_string)

    @cached_property
    def betas(self) -> frozenset[str]:
        """The values of `anthropic-beta`."""
        sent = self._headers.get(b"anthropic-beta", b"").decode("latin-1")
        return frozenset(part.strip() for part in sent.split(",") if part.strip())

    def look_at_dream(self, dream_id: str) -> None:
        """The request is about a dream as it is now."""
        if self.world.dreams.look(dream_id):
            self._waits_for(f"dream {dream_id}")

    def look_at_session(self, session_id: str) -> None:
        """The request is about a session as it is now."""
        if self.world.look_at_session(session_id):
            self._waits_for(f"session {session_id}")

    def streams_session(self, session_id: str) -> None:
        """A stream waits for what the session will say."""
        if self.world.clock.mode == "manual" and self.world.session_is_live(session_id):
            self.hint = self.place.vigil.stream(f"session {session_id}", self.world.clock.time)

    def note_window(self) -> None:
        """The request may have asked for what was made after the world's own now."""
        if self.query_string and self.query.begins is not None:
            self.hint = self.hint or hints.about_window(self.query.begins, self.world.clock.time)

    def _waits_for(self, what: str) -> None:
        if self.world.clock.mode == "manual":
            self.hint = self.place.vigil.ask(what, self.world.clock.time)
        elif self.world.clock.mode == "auto":
            self.hint = self.place.vigil.poll(what)

    def params(self, shape: type[P]) -> P:
        """The body as `shape`. Raises ServiceError (400)."""
        return parse(shape, self.body)
