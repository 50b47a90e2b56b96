"""The service under test, spoken to in plain HTTP."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from ipaddress import ip_address
from typing import Any, Self, TypeAlias
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2

from mockdreams.contract.client.answers import RuleViolation, TargetResponse
from mockdreams.contract.client.event_stream import TargetStream
from mockdreams.contract.client.request_path import check_path
from mockdreams.contract.client.throttle import Throttle

VERSION = "2023-06-01"
DREAMING = "dreaming-2026-04-21"
MANAGED_AGENTS = "managed-agents-2026-04-01"
AGENT_MEMORY = "agent-memory-2026-07-22"
SECONDS = 60.0
Pairs: TypeAlias = list[tuple[str, str | int | float | bool | None]]
MOST_BYTES = 64 * 1024 * 1024
BODY_SECONDS = 120
"""What an answer may have, and how long it may take from its first byte to its last."""
TRIES = 4
"""How often a request is made that the rate limit refuses."""


class LateError(RuleViolation):
    """An answer has begun, and has not come whole in time."""


class Target:
    """A base URL and a key. `last` is the newest answer; `is_fake` says whether it is mockdreams itself.

    A `control_token` is for this target. That of the environment is sent to this machine only.
    """

    def __init__(
        self, url: str, api_key: str, *, control_token: str | None = None, throttle: Throttle | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.local = is_local(host_of(url))
        self.last: TargetResponse | None = None
        self.unanswered = 0
        """How many requests before now have had no answer in time, one after another."""
        self._key = api_key
        self._control_token = control_token or (os.environ.get("MOCKDREAMS_CONTROL_TOKEN") if self.local else None)
        self._throttle = throttle or (None if self.local else Throttle())
        self._http = httpx2.Client(
            base_url=self.url,
            verify=url.startswith("https"),
            timeout=SECONDS,
            trust_env=not self.local,
            follow_redirects=False,
        )
        self.is_fake = self._is_fake()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        tries: int = TRIES,
    ) -> TargetResponse:
        """Send a request; `body` goes as JSON unless it is bytes, and a header that is None is left out.

        Raises ForeignPathError for a path that is none of the target's.
        """
        check_path(path)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        request = self._http.build_request(
            method, path, content=content, params=_query(query), headers=self._headers(path, content, headers or {})
        )
        for left in reversed(range(tries)):
            if self._throttle:
                self._throttle.wait(method)
            response, body_text = self._sent(request)
            wait = response.headers.get("retry-after")
            if response.status_code != 429 or wait is None or self._throttle is None or not left:
                break
            self._throttle.rest(float(wait))
        where = path if not request.url.query else f"{path}?{request.url.query.decode()}"
        self.last = TargetResponse(
            method, where, body, headers or {}, response.status_code, response.headers, body_text
        )
        return self.last

    def _sent(self, request: httpx2.Request) -> tuple[httpx2.Response, str]:
        """An answer and its text. Raises RuleViolation for one that has no end, or is too slow in coming."""
        try:
            response = self._http.send(request, stream=True)
            with closing(response):
                text = _text(response)
        except (httpx2.TimeoutException, LateError):
            self.unanswered += 1
            raise
        self.unanswered = 0
        return response, text

    @contextmanager
    def stream(
        self,
        path: str,
        *,
        query: Mapping[str, Any] | None,
        seconds: float,
        headers: Mapping[str, str | None] | None = None,
    ) -> Iterator[TargetStream]:
        """An open event stream; reading it raises StreamTimeout where nothing comes for so many seconds."""
        check_path(path)
        if self._throttle:
            self._throttle.wait("GET")
        sent = self._headers(path, None, {"accept": "text/event-stream", **(headers or {})})
        with self._http.stream("GET", path, params=_query(query), headers=sent, timeout=SECONDS) as response:
            if response.status_code != 200:
                text = _text(response)
                self.last = TargetResponse("GET", path, None, {}, response.status_code, response.headers, text)
                raise RuleViolation(f"the status of the stream is {response.status_code}, not 200", self.last)
            # Only from here on: that the stream opens slowly is no silence on it.
            response.request.extensions["timeout"]["read"] = seconds
            yield TargetStream(response, seconds)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """What the fake's control API answers. Only for a target that `is_fake`."""
        response, text = self._controlled(method, path, body)
        response.raise_for_status()
        return json.loads(text)

    def _controlled(self, method: str, path: str, body: Any = None) -> tuple[httpx2.Response, str]:
        headers = {"x-api-key": self._key}
        if self._control_token:
            headers["x-mockdreams-control-token"] = self._control_token
        return self._sent(self._http.build_request(method, f"/_mockdreams{path}", json=body, headers=headers))

    @property
    def bearer(self) -> dict[str, str | None]:
        """The headers that send the key the other way."""
        return {"x-api-key": None, "authorization": f"Bearer {self._key}"}

    def _headers(self, path: str, content: bytes | None, changed: Mapping[str, str | None]) -> dict[str, str]:
        headers: dict[str, str | None] = {
            "x-api-key": self._key,
            "anthropic-version": VERSION,
            "anthropic-beta": DREAMING if path.startswith("/v1/dreams") else MANAGED_AGENTS,
            "content-type": None if content is None else "application/json",
            **changed,
        }
        return {name: value for name, value in headers.items() if value is not None}

    def _is_fake(self) -> bool:
        """Whether the control API is there, and for us to use. A target that cannot be reached is closed."""
        try:
            response, text = self._controlled("GET", "/clock")
        except httpx2.HTTPError:
            self._http.close()
            raise
        except RuleViolation:
            return False
        with suppress(ValueError, RecursionError):
            clock = json.loads(text)
            return response.status_code == 200 and isinstance(clock, dict) and "mode" in clock
        return False


def _text(response: httpx2.Response) -> str:
    """The body of an answer. Raises RuleViolation for one that has no end, or is too slow in coming."""
    parts, size, deadline = [], 0, time.monotonic() + BODY_SECONDS
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > MOST_BYTES:
            raise RuleViolation(f"the answer of {response.url.path} is longer than {MOST_BYTES} bytes")
        if time.monotonic() > deadline:
            raise LateError(f"the answer of {response.url.path} has not come whole within {BODY_SECONDS} s")
    return b"".join(parts).decode(errors="replace")


def host_of(url: str) -> str:
    """The host of a base URL. Raises ValueError for what is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not an http or https URL")
    return parts.hostname


def where_of(url: str) -> str:
    """Every host that hears a request to this URL, and a key in it: its own and, if there is one, the proxy's."""
    parts = urlsplit(url)
    proxy = None if is_local(host_of(url)) else _proxy_of(parts.scheme, parts.hostname or "")
    host = parts.netloc.rpartition("@")[2]
    return f"{host} by way of the proxy {proxy}" if proxy else host


def _proxy_of(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for a host."""
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    if proxy is None or proxy_bypass(host):
        return None
    return urlsplit(proxy if "://" in proxy else f"//{proxy}").netloc.rpartition("@")[2]


def is_local(host: str) -> bool:
    """Whether a host name is this very machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _query(query: Mapping[str, Any] | None) -> Pairs | None:
    """Lists are repeated, true and false are spelled as in JSON."""
    if not query:
        return None
    lists = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
    pairs = [(name, value) for name, values in lists.items() for value in values]
    return [(name, str(value).lower() if isinstance(value, bool) else str(value)) for name, value in pairs]
