"""The board: web pages that show and move every world of the server, at /_mockdreams/board/.

`views/` has what each page shows and does, `templates/` how it looks. `site.py` serves them: who may look, forms, and
the live streams that keep open pages up to date. Templates are made into HTML by Jinja2, which comes with the extra
`board` and is imported by the first page.
"""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from mockdreams.extras import MissingExtraError, extra
from mockdreams.http.threads import run_in_thread
from mockdreams.store.errors import StoreError

PATH = "/board"
ADDRESS = "/_mockdreams/board/"


class Board:
    """The pages of an application, made when the first is asked for."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = scope["app"]
        if not hasattr(app.state, "board"):
            try:
                app.state.board = await run_in_thread(_make_site, app.places, app.control_token)
            except (MissingExtraError, StoreError) as missing:
                await PlainTextResponse(f"{missing}\n", 503)(scope, receive, send)
                return
        await app.state.board(scope, receive, send)


def _make_site(*arguments: object) -> object:
    with extra("board", "the board"):
        from mockdreams.http.board.site import Site
    return Site(*arguments)  # type: ignore[arg-type]


async def _lead_home(request: Request) -> RedirectResponse:
    return RedirectResponse(ADDRESS, 303)


def is_browser_at_root(scope: Scope) -> bool:
    """Whether a person has typed the server's address: the service itself serves nothing there."""
    if scope["path"] != "/" or scope["method"] not in ("GET", "HEAD"):
        return False
    headers = dict(scope["headers"])
    return b"text/html" in headers.get(b"accept", b"") and not headers.keys() & {b"x-api-key", b"authorization"}


ROUTES = (Mount(PATH, Board()),)
HOME = Route("/", _lead_home)
