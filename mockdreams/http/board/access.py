"""Who may look at the board, and which forms are its own.

With a control token, whoever has typed it in has a cookie that proves it for as long as the server runs; where worlds
are kept, to all servers that keep theirs there. Every form carries a token that only the board's own pages know: no
page of another site can send one.
"""

import hmac

from starlette.requests import Request
from starlette.responses import Response

from mockdreams.http.auth import CONTROL_TOKEN
from mockdreams.http.board.page_views import ROOT


class Access:
    """The secrets of a board, which follow from `secret`.

    `control_token`: what a visitor must know; None lets everybody look.
    """

    def __init__(self, control_token: bytes | None, secret: bytes) -> None:
        self._control_token = control_token
        self._key = hmac.digest(secret, control_token or b"", "sha256")
        self.form_token = self._proof(b"form")
        self._cookie = f"mockdreams_board_{self._proof(b'cookie')[:8]}"

    @property
    def is_closed(self) -> bool:
        """Whether a visitor must log in."""
        return self._control_token is not None

    def may_look(self, request: Request) -> bool:
        """Whether a request brings the control token itself, or the cookie for it."""
        if self._control_token is None:
            return True
        header = request.headers.get(CONTROL_TOKEN.decode(), "").encode("latin-1")
        cookie = request.cookies.get(self._cookie, "").encode()
        return hmac.compare_digest(header, self._control_token) or hmac.compare_digest(
            cookie, self._proof(b"login").encode()
        )

    def knows_token(self, typed: str) -> bool:
        return self._control_token is not None and hmac.compare_digest(typed.encode(), self._control_token)

    def is_own_form(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.form_token.encode())

    def log_in(self, response: Response) -> None:
        """Let the browser look from now on; no script and no other site can use the cookie."""
        response.set_cookie(self._cookie, self._proof(b"login"), path=ROOT, httponly=True, samesite="strict")

    def log_out(self, response: Response) -> None:
        response.delete_cookie(self._cookie, path=ROOT, httponly=True, samesite="strict")

    def _proof(self, of: bytes) -> str:
        return hmac.digest(self._key, of, "sha256").hex()
