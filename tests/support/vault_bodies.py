"""What is sent to store a credential of each kind; every secret in it has the word SECRET."""

from typing import Any

URL = "https://mcp.example.com/mcp"
REFRESH: dict[str, Any] = {
    "client_id": "client",
    "token_endpoint": "https://auth.example.com/token",
    "refresh_token": "refresh-SECRET",
    "token_endpoint_auth": {"type": "client_secret_post", "client_secret": "client-SECRET"},
}
OAUTH: dict[str, Any] = {"type": "mcp_oauth", "mcp_server_url": URL, "access_token": "access-SECRET"}
BEARER: dict[str, Any] = {"type": "static_bearer", "mcp_server_url": URL, "token": "bearer-SECRET"}
VARIABLE: dict[str, Any] = {
    "type": "environment_variable",
    "secret_name": "API_KEY",
    "secret_value": "value-SECRET",
    "networking": {"type": "unrestricted"},
}
LATER = "2026-06-01T00:00:00Z"
