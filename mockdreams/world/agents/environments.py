"""Environments: their rules."""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from mockdreams.wire.environments import (
    Cloud,
    CloudParams,
    Config,
    ConfigParams,
    CreateEnvironment,
    Environment,
    EnvironmentDeleted,
    Limited,
    Scope,
    SelfHosted,
    UpdateEnvironment,
)
from mockdreams.wire.errors import ServiceError, invalid, not_found, shortened
from mockdreams.wire.tools import McpServer
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import Table, first_page, unarchived
from mockdreams.world.core.validation import merge_metadata
from mockdreams.world.work.queue import WorkQueue


class Environments:
    """All environments of a world. `live_sessions` counts the sessions of one that are not over."""

    def __init__(self, context: Context, live_sessions: Callable[[str], int], work: WorkQueue) -> None:
        self._context = context
        self._work = work
        self._live_sessions = live_sessions
        self.table = Table[Environment](shown=unarchived)

    def create(self, params: CreateEnvironment) -> Environment:
        config = _configured(params.config, Cloud())
        scope = _scope(params.scope)
        metadata = self._patched({}, {**params.metadata})
        self._check_name(params.name)
        now, id = self.table.next_time(self._context.clock.time), self._context.ids.mint("env")
        self._context.happened("environment.created", id)
        return self.table.put(
            Environment(
                id=id,
                name=params.name,
                description=params.description or "",
                config=config,
                metadata=metadata,
                scope=scope,
                created_at=now,
                updated_at=now,
            )
        )

    def retrieve(self, environment_id: str, *, retry: bool | None = None) -> Environment:
        """Raises ServiceError (404), with `retry` in its header, if there is none."""
        environment = self.table.get(environment_id)
        if environment is None:
            raise not_found(
                f"Environment {environment_id} not found.",
                retry=retry,
                rule="environment-absent-404 environment-absent-removal-404 session-environment-absent-404",
            )
        return environment

    def check_active(self, environment_id: str) -> None:
        """Refuse an environment in which no new session can run."""
        if self.retrieve(environment_id).archived_at is not None:
            raise invalid(f"Environment {environment_id} is archived.", rule="environment-archived-unusable-400")

    def is_self_hosted(self, environment_id: str) -> bool:
        """Whether the sandbox of an environment is a worker's; not so of one that is gone."""
        environment = self.table.get(environment_id)
        return environment is not None and isinstance(environment.config, SelfHosted)

    def check_mounts(self, environment_id: str) -> None:
        """Refuse the files and repositories of a session."""
        if self.is_self_hosted(environment_id):
            raise invalid(
                f"Environment {environment_id} is a self-hosted environment. "
                "`resources` are not supported with self-hosted environments.",
                rule="session-self-hosted-resources-400",
            )

    def check_hosts(self, environment_id: str, servers: Iterable[McpServer]) -> None:
        """Refuse MCP servers of a session that its environment does not let it reach."""
        environment = self.table.get(environment_id)
        network = environment.config.networking if environment and isinstance(environment.config, Cloud) else None
        if not isinstance(network, Limited) or network.allow_mcp_servers:
            return
        hosts = [(server.name, urlsplit(server.url).hostname or "") for server in servers]
        blocked = [f'"{name}" ({host})' for name, host in hosts if not _is_allowed(host, network.allowed_hosts)]
        if blocked:
            raise invalid(
                f"MCP server host(s) blocked by environment network policy: {', '.join(blocked)}. "
                "Add these hosts to the environment's allowed_hosts, or set allow_mcp_servers=true.",
                rule="session-mcp-blocked-400",
            )

    def page(
        self, *, limit: int, after: int | None, include_archived: bool = False, oldest_first: bool = False
    ) -> tuple[list[Environment], bool]:
        """Newest first, unless `oldest_first`."""
        return first_page(self.table.iterate(after=after, oldest_first=oldest_first, hidden=include_archived), limit)

    def update(self, environment_id: str, params: UpdateEnvironment) -> Environment:
        environment = self.retrieve(environment_id)
        if environment.archived_at is not None:
            # rule: environment-archived-code
            raise _refused(f"Environment {environment_id} is archived.", "environment_archived")
        self._check_name(params.name, environment_id)
        changed = environment.replace(
            name=params.name or environment.name,
            description=params.description if params.given("description") else environment.description,
            config=_updated(params.config, environment.config),
            metadata=self._patched(environment.metadata, {k: v or None for k, v in params.metadata.items()}),
            scope=_scope(params.scope),
        )
        if changed == environment:
            return environment
        self._context.happened("environment.updated", environment_id)
        return self.table.put(changed.replace(updated_at=max(self._context.clock.time, environment.updated_at)))

    def archive(self, environment_id: str) -> Environment:
        environment = self.retrieve(environment_id, retry=False)
        if environment.archived_at is not None:
            return environment
        now = max(self._context.clock.time, environment.updated_at)
        self._context.happened("environment.archived", environment_id)
        return self.table.put(environment.replace(archived_at=now, updated_at=now))

    def delete(self, environment_id: str, *, force: bool = False) -> EnvironmentDeleted:
        environment = self.retrieve(environment_id, retry=False)
        active, self_hosted = self._live_sessions(environment_id), isinstance(environment.config, SelfHosted)
        if self_hosted and not force and self._work.count_queued(environment_id):
            message = (
                "Cannot delete self-hosted environment with work in the queue. Either archive the environment first "
                "to allow the queue to drain, or use force=true to delete immediately."
            )
            raise _conflict(message, rule="environment-delete-queued-409")
        if active and self_hosted and not force:
            message = f"Environment has {active} active sessions. Use force=true to delete anyway."
            raise _conflict(message, rule="environment-delete-self-hosted-409")
        self.table.remove(environment_id)
        self._work.forget(environment_id)
        self._context.happened("environment.deleted", environment_id)
        return EnvironmentDeleted(id=environment_id)

    def _patched(self, metadata: dict[str, str], patch: dict[str, str | None]) -> dict[str, str]:
        try:
            return merge_metadata(metadata, patch, self._context.policy)
        except ServiceError as refused:
            raise invalid(refused.message, retry=False, rule="environment-metadata-400") from None

    def _check_name(self, name: str | None, own_id: str = "") -> None:
        if not self._context.policy.unique_environment_names:
            return
        if any(each.name == name and each.id != own_id for each in self.table.iterate(hidden=True)):
            raise _conflict(f"An environment with the name {name!r} already exists.", rule="environment-name-reused")


def _scope(sent: Scope | None) -> Scope:
    if sent == "account":
        raise invalid("scope: 'account' is not supported for this organization", retry=False)
    return "organization"


def _updated(sent: ConfigParams | None, stored: Config) -> Config:
    if sent is not None and sent.type != stored.type:
        before, after = (_KINDS[config.type] for config in (stored, sent))
        # rule: environment-kind-change-400
        raise _refused(
            f"Cannot change environment type from {before} to {after}",
            "invalid_config_type_change",
            error_visibility="user_facing",
        )
    return _configured(sent, stored)


def _configured(sent: ConfigParams | None, stored: Config) -> Config:
    if not isinstance(sent, CloudParams):
        return sent or stored
    config = sent.over(stored if isinstance(stored, Cloud) else Cloud())
    network = config.networking
    for host in network.allowed_hosts if isinstance(network, Limited) else ():
        _check_host(host)
    if config.packages.any and isinstance(network, Limited) and not network.allow_package_managers:
        raise invalid("config.networking.allow_package_managers: must be true when packages are specified", retry=False)
    return config


def _is_allowed(host: str, patterns: Iterable[str]) -> bool:
    """Whether a host is listed, or lies below one that is listed with a star."""
    lower = [pattern.lower() for pattern in patterns]
    return host in lower or any(pattern.startswith("*.") and host.endswith(pattern[1:]) for pattern in lower)


def _check_host(host: str) -> None:
    if "://" in host:
        wrong = 'contains a URL scheme. Entries must be bare hostnames like "google.com".'
    elif "/" in host:
        wrong = "contains a path. Entries must be bare hostnames without paths."
    elif ":" in host:
        wrong = "contains a port. Entries must be bare hostnames without ports."
    else:
        return
    raise invalid(f'`allowed_hosts` entry "{shortened(host)}" {wrong}', retry=False, rule="environment-hosts-bare-400")


def _conflict(message: str, *, rule: str) -> ServiceError:
    return ServiceError("invalid_request_error", message, status=409, retry=False, rule=rule)


def _refused(message: str, code: str, **details: str) -> ServiceError:
    refused = invalid(message)
    refused.fields["details"] = {"error_code": code, **details}
    return refused


_KINDS = {"cloud": "Cloud", "self_hosted": "BYOC"}
"""The service's names for its two kinds."""
