"""What the journal keeps of a request's body: of one with secrets, what is surely none."""

import json
from typing import Any

from mockdreams.http.body_process import is_large

MASK = "[secret]"
_SECRET_PATHS = "/v1/vaults"
_PUBLIC = frozenset(
    """
    display_name metadata auth type mcp_server_url expires_at refresh client_id token_endpoint token_endpoint_auth scope
    resource secret_name networking allowed_hosts injection_location header body
    """.split()
)
"""The keys of a vault's requests that hold no secret. A misspelled key holds one more often than not."""


def recorded_body(path: str, body: bytes) -> bytes:
    """A body as the journal keeps it; one in which secrets cannot be told from the rest is left out.

    So is a large one: no right one is, and others would wait while it is read.
    """
    if not body or not path.startswith(_SECRET_PATHS):
        return body
    if is_large(body):
        return json.dumps(MASK).encode()
    try:
        return json.dumps(_masked(json.loads(body))).encode()
    except (ValueError, RecursionError):
        return json.dumps(MASK).encode()


def _masked(value: Any) -> Any:
    if isinstance(value, list):
        return [_masked(item) for item in value]
    if isinstance(value, dict):
        return {key: _shown(key, item) for key, item in value.items()}
    return value


def _shown(key: str, value: Any) -> Any:
    if key == "metadata":
        return value
    return _masked(value) if key in _PUBLIC else MASK
