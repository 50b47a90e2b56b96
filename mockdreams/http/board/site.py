"""Serving the board: its addresses, who may look, what its forms do, and its live streams."""

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from functools import partial
from secrets import token_bytes
from time import monotonic
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from mockdreams.http.board.access import Access
from mockdreams.http.board.live import Alarms, LiveSource, Update, state_mark, updates
from mockdreams.http.board.page_views import ROOT, Asked, FormAction, PageView, SentForm
from mockdreams.http.board.rendering import STATIC, render
from mockdreams.http.board.views import ACTIONS, DOWNLOADS, VIEWS, worlds_view
from mockdreams.http.board.views.clock_view import show_clock
from mockdreams.http.concurrency import run_locked
from mockdreams.http.inputs import SYNC, FormInput
from mockdreams.http.log import logger
from mockdreams.http.response import not_kept
from mockdreams.http.threads import run_in_thread
from mockdreams.http.workspaces import Workspace, Workspaces
from mockdreams.store.errors import StoreError
from mockdreams.wire.errors import ServiceError, not_found

Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
MOST_FIELDS = 500
AWAY_SECONDS = 5
"""How often an open list of worlds is made anew where some may be away, which their store is asked for."""
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every page. Scripts, styles and addresses to ask are the board's own; nothing that a page shows can add any."""


class Site:
    """The board of one server."""

    def __init__(self, places: Workspaces, control_token: bytes | None) -> None:
        self._places = places
        keeper = places.keeper
        self._access = Access(control_token, token_bytes(32) if keeper is None else keeper.secret())
        self._alarms = Alarms()
        views = [route for view in VIEWS for route in self._view_routes(view, "/w/{world}")]
        actions = [Route(f"/w/{{world}}{each.path}", self._open(partial(self._act, each)), methods=["POST"])
                   for each in ACTIONS]  # fmt: skip
        downloads = [Route(f"/w/{{world}}{path}", self._open(partial(self._download, make)))
                     for path, make in DOWNLOADS.items()]  # fmt: skip
        self._router = Router(
            [
                Mount("/static", StaticFiles(directory=STATIC)),
                Route("/login", self._safe(self._log_in), methods=["GET", "POST"]),
                Route("/logout", self._safe(self._log_out), methods=["POST"]),
                *self._view_routes(worlds_view.VIEW, ""),
                *downloads,
                *views,
                *actions,
                Route("/{path:path}", self._open(self._nowhere), methods=["GET", "POST"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._router(scope, receive, send)

    def close(self) -> None:
        """End what keeps open pages up to date."""
        self._alarms.end()

    def _view_routes(self, view: PageView, prefix: str) -> list[Route]:
        return [
            Route(f"/live{prefix}{view.path}", self._open(partial(self._stream, view))),
            Route(f"{prefix}{view.path}", self._open(partial(self._page, view))),
        ]

    def _safe(self, answer: Endpoint) -> Endpoint:
        """`answer` with the headers of every page, and with a page for whatever is refused or fails."""

        async def endpoint(request: Request) -> Response:
            try:
                response = await answer(request)
            except ClientDisconnect:
                raise
            except StoreError as broken:
                response = self._refusal(request, 500, not_kept(broken).message)
            except ServiceError as refused:
                response = self._refusal(request, refused.status, refused.message)
            except Exception:
                logger.exception("crashed on %s %s", request.method, request.scope["path"])
                response = self._refusal(request, 500, "The board failed on this; the server's log says where.")
            response.headers.update(HEADERS)
            return response

        return endpoint

    def _open(self, answer: Endpoint) -> Endpoint:
        """`answer`, for those who may look; others are asked to log in."""

        async def endpoint(request: Request) -> Response:
            if self._access.may_look(request):
                return await answer(request)
            if request.method == "POST" or request.scope["path"].startswith(f"{ROOT}/live/"):
                raise ServiceError("authentication_error", "Log in first.")
            return RedirectResponse(f"{ROOT}/login?{urlencode({'next': _address(request)})}", 303)

        return self._safe(endpoint)

    async def _page(self, view: PageView, request: Request) -> Response:
        async with self._in_memory(request):
            return await self._made_page(view, request)

    async def _made_page(self, view: PageView, request: Request) -> Response:
        subject, asked = self._subject(view, request), _asked(request)
        state, data = await _ask(
            subject, lambda: (self._state(view, subject, asked), _collect(view, subject, asked)), slow=view.slow
        )
        query = {"seen": state_mark(state), "after": data.get("number", 0)}
        live = (
            f"{ROOT}/live{request.scope['path'].removeprefix(ROOT)}?{urlencode([*asked.query.items(), *query.items()])}"
        )
        data = self._frame(subject, request) | data | {"live": live, "nav": view.name}
        return HTMLResponse(await run_in_thread(_render_page, view, data))

    async def _stream(self, view: PageView, request: Request) -> Response:
        """What keeps an open page up to date; its world stays in memory for so long."""
        asked = _asked(request)
        last = request.headers.get("last-event-id", "")
        number = int(last) if last.isascii() and last.isdecimal() else asked.number("after") or 0
        feed = view.feed

        def update(number: int) -> Update:
            return self._update(view, self._subject(view, request), asked, number)

        def state() -> Hashable:
            return self._state(view, self._subject(view, request), asked)

        source = LiveSource(state, update, feed.target if feed else "", feed.swap if feed else "")
        stream = updates(source, self._alarms, asked.text("seen"), number)
        return _Stream(stream, await self._enter(request), self._places)

    def _update(self, view: PageView, subject: Any, asked: Asked, number: int) -> Update:
        """The parts of a page as they are now. On a thread of its own."""
        rows: list[Any] = []
        if isinstance(subject, Workspace):
            with subject.world.lock:
                collect = _synced(subject, partial(_collect, view, subject, asked))
                data = subject.world.perform(SYNC, collect) | self._world_data(subject)
                if view.feed is not None:
                    rows, number = view.feed.rows(subject, asked, number)
        else:
            data = _collect(view, subject, asked)
        data["token"] = self._access.form_token
        parts = {f"part-{part}": html for part, html in _render_parts(view, data).items()}
        html = render(view.feed.template, **data | {"rows": rows}) if view.feed and rows else ""
        return Update(parts, html, number)

    async def _act(self, action: FormAction, request: Request) -> Response:
        """Do what a form asks for; htmx shows what is said, without it the page is shown again."""
        async with self._in_memory(request):
            return await self._carry_out(action, self._workspace(request), request)

    async def _carry_out(self, action: FormAction, workspace: Workspace, request: Request) -> Response:
        asked, form = _asked(request), await self._form(request)
        run = partial(action.act, workspace, asked, form)
        if action.long and workspace.world.log is None:
            said = await run_in_thread(run)
        else:
            what = FormInput(action.path, dict(asked.ids), dict(form.fields), dict(form.files))
            said = await run_locked(workspace.world, _synced(workspace, run), what, changes=True, slow=action.long)
        self._alarms.ring()
        if request.headers.get("hx-request"):
            return HTMLResponse(render("said.html", said=said))
        back = form.text("back")
        return RedirectResponse(back if back.startswith(f"{ROOT}/") else f"{ROOT}/w/{asked['world']}/", 303)

    async def _download(self, make: Callable[[Workspace], tuple[str, list[bytes]]], request: Request) -> Response:
        async with self._in_memory(request):
            name, chunks = await run_in_thread(make, self._workspace(request))
        headers = {"content-disposition": f'attachment; filename="{name}"'}
        return Response(b"".join(chunks), media_type="application/json", headers=headers)

    async def _form(self, request: Request) -> SentForm:
        """The fields of a form of ours. Raises ServiceError (403) for any other."""
        async with request.form(max_fields=MOST_FIELDS, max_files=1) as sent:
            texts = {name: value for name, value in sent.items() if isinstance(value, str)}
            files = {name: await value.read() for name, value in sent.items() if isinstance(value, UploadFile)}
        if not self._access.is_own_form(texts.pop("token", "")):
            raise ServiceError("permission_error", "This form is not of this server's board, or of an earlier run: "
                               "load the page anew.")  # fmt: skip
        return SentForm(texts, files)

    async def _log_in(self, request: Request) -> Response:
        target = request.query_params.get("next", "")
        target = target if target.startswith(f"{ROOT}/") else f"{ROOT}/"
        data = self._frame(None, request) | {"target": target, "wrong": False}
        if request.method == "POST":
            form = await self._form(request)
            if self._access.knows_token(form.text("control_token")):
                response = RedirectResponse(target, 303)
                self._access.log_in(response)
                return response
            data["wrong"] = True
        return HTMLResponse(render("login.html", **data), 401 if data["wrong"] else 200)

    async def _log_out(self, request: Request) -> Response:
        await self._form(request)
        response = RedirectResponse(f"{ROOT}/login", 303)
        self._access.log_out(response)
        return response

    async def _nowhere(self, request: Request) -> Response:
        raise not_found("There is no such page.")

    def _refusal(self, request: Request, status: int, message: str) -> Response:
        if request.headers.get("hx-request"):
            # To say what is wrong with a form is no failure, which a browser would tell of in its console.
            return HTMLResponse(render("said.html", said="", wrong=message), 200 if status == 400 else status)
        world = request.path_params.get("world")
        subject = self._places.find(world) if world and self._access.may_look(request) else None
        data = self._frame(subject, request) | {"status": status, "message": message}
        return HTMLResponse(render("error.html", **data), status)

    def _subject(self, view: PageView, request: Request) -> Any:
        """What a page shows: a world, or all of them."""
        return self._places if view is worlds_view.VIEW else self._workspace(request)

    def _workspace(self, request: Request) -> Workspace:
        workspace = self._places.find(request.path_params["world"])
        if workspace is None:
            raise self._absent()
        return workspace

    @asynccontextmanager
    async def _in_memory(self, request: Request) -> AsyncIterator[None]:
        """A block in which the world of a request stays in memory, if it is about one."""
        workspace = await self._enter(request)
        try:
            yield
        finally:
            if workspace is not None:
                self._places.leave(workspace)

    async def _enter(self, request: Request) -> Workspace | None:
        """The world that a request is about, fetched if it has to be. Raises ServiceError (404), or StoreError."""
        id = request.path_params.get("world")
        if id is None:
            return None
        workspace = self._places.enter_workspace(id) or await self._places.enter_away(id)
        if workspace is None:
            raise self._absent()
        return workspace

    def _absent(self) -> ServiceError:
        return not_found("There is no such world: its test has ended, it was forgotten, or the server that had it was "
                         "started anew.")  # fmt: skip

    def _state(self, view: PageView, subject: Any, asked: Asked) -> Hashable:
        """What changes when the page would; the clock of a world in real time is shown once a second."""
        state = view.state(subject, asked)
        if not isinstance(subject, Workspace):
            return state, int(monotonic() / (1 if subject.keeper is None else AWAY_SECONDS))
        return (state, int(monotonic())) if subject.world.clock.mode == "real" else state

    def _frame(self, subject: Any, request: Request) -> dict[str, Any]:
        """What every page has around it."""
        data = {"token": self._access.form_token, "closed": self._access.is_closed, "here": _address(request)}
        world = self._world_data(subject) if isinstance(subject, Workspace) else {"world": None}
        return data | world | {"live": "", "nav": ""}

    def _world_data(self, workspace: Workspace) -> dict[str, Any]:
        id = workspace.world.workspace_id
        return {"world": id, "base": f"{ROOT}/w/{id}", "key_end": workspace.key_end}


class _Stream(StreamingResponse):
    """Server-sent events about a world, or about all of them."""

    def __init__(self, events: AsyncIterator[str], workspace: Workspace | None, places: Workspaces) -> None:
        super().__init__(events, media_type="text/event-stream")
        self._workspace = workspace
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self._workspace is not None:
                self._places.leave(self._workspace)


async def _ask(subject: Any, question: Callable[[], Any], *, slow: bool = False) -> Any:
    if not isinstance(subject, Workspace):
        return await run_in_thread(question)
    return await run_locked(subject.world, _synced(subject, question), SYNC, slow=slow)


def _synced(workspace: Workspace, question: Callable[[], Any]) -> Callable[[], Any]:
    def synced() -> Any:
        workspace.world.clock.sync()
        return question()

    return synced


def _collect(view: PageView, subject: Any, asked: Asked) -> dict[str, Any]:
    """What a page shows; each of a world shows its clock, too."""
    clock = {"clock": show_clock(subject)} if isinstance(subject, Workspace) else {}
    return clock | view.show(subject, asked)


def _render_page(view: PageView, data: dict[str, Any]) -> str:
    return render(f"{view.name}.html", **data, parts=_render_parts(view, data))


def _render_parts(view: PageView, data: dict[str, Any]) -> dict[str, str]:
    clock = {"clock": render("clock.html", **data)} if "clock" in data else {}
    return clock | {part: render(f"{view.name}/{part}.html", **data) for part in view.parts}


def _asked(request: Request) -> Asked:
    url = f"{request.url.scheme}://{request.url.netloc}"
    return Asked(request.path_params, dict(request.query_params), url)


def _address(request: Request) -> str:
    query = request.url.query
    return quote(request.scope["path"]) + (f"?{query}" if query else "")
