"""One request, as a handler sees it."""

from datetime import datetime
from typing import TypeVar

from mockdreams.http import hints
from mockdreams.http.body_parsing import parse
from mockdreams.http.lag import Lag
from mockdreams.http.multipart import Form
from mockdreams.http.query_params import Query
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.base import Params, remembered
from mockdreams.wire.memory import Actor, SessionActor
from mockdreams.world.work.worker_credentials import WorkerCredential

P = TypeVar("P", bound=Params)
_NO_FORM = Form()


class Request:
    """A request: the place it is about, its query, its body (or the form that this is) and its headers."""

    def __init__(
        self,
        place: Workspace,
        query_string: bytes,
        body: bytes,
        headers: dict[bytes, bytes],
        form: Form | None = None,
        lag_seconds: float | None = None,
        caller: WorkerCredential | None = None,
    ) -> None:
        self.until: datetime | None = None
        """When the wait of this request ends, of a later try of one that waits."""
        self.workspace = place
        self.caller = caller
        self.world = place.world
        self.body = body
        self.form = form or _NO_FORM
        self.query_string = query_string
        self._headers = headers
        self._lag_seconds = lag_seconds
        self.hint: str | None = None

    @remembered
    def query(self) -> Query:
        return Query(self.query_string)

    @remembered
    def lag(self) -> Lag | None:
        """What sessions were a while ago, if that is what this request is to see."""
        return None if self._lag_seconds is None else Lag(self.world, self._lag_seconds)

    @remembered
    def betas(self) -> frozenset[str]:
        """The values of `anthropic-beta`."""
        sent = self._headers.get(b"anthropic-beta", b"").decode("latin-1")
        return frozenset(part.strip() for part in sent.split(",") if part.strip())

    @property
    def version(self) -> str:
        """The value of `anthropic-version`."""
        return self._headers.get(b"anthropic-version", b"").decode("latin-1")

    def header(self, name: bytes) -> str | None:
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    @property
    def actor(self) -> Actor:
        """Who writes: the session of a worker's item, or the world's API key."""
        if self.caller is not None and self.caller.session_id is not None:
            return SessionActor(session_id=self.caller.session_id)
        return self.world.actor

    def touch_dream(self, dream_id: str) -> None:
        """The request is about a dream as it is now."""
        if self.world.dreams.touch(dream_id):
            self._note_poll(f"dream {dream_id}")

    def touch_session(self, session_id: str) -> None:
        """The request is about a session as it is now."""
        if self.world.touch_session(session_id):
            self._note_poll(f"session {session_id}")

    def note_stream(self, session_id: str) -> None:
        """A stream waits for what the session will say."""
        if self.world.clock.mode == "manual" and self.world.has_pending_work(session_id):
            self.hint = self.workspace.poll_watcher.stream(f"session {session_id}", self.world.clock.time)

    def note_window(self) -> None:
        """The request may have asked for what was made after the world's own now."""
        if self.query_string and self.query.begins is not None:
            self.hint = self.hint or hints.about_window(self.query.begins, self.world.clock.time)

    def _note_poll(self, what: str) -> None:
        if self.world.clock.mode == "manual":
            self.hint = self.workspace.poll_watcher.ask(what, self.world.clock.time)
        elif self.world.clock.mode == "auto":
            self.hint = self.workspace.poll_watcher.poll(what)

    def parse_body(self, shape: type[P]) -> P:
        """The body as `shape`. Raises ServiceError (400)."""
        return parse(shape, self.body)
