"""What the options of `mockdreams serve` stand for. What they cannot stand for ends the command in one line."""

import json
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from mockdreams.contract.checking.command import CannotRunError
from mockdreams.extras import extra
from mockdreams.files import one_line

if TYPE_CHECKING:
    from mockdreams.http.app import Application
    from mockdreams.http.keeping import WhileDown
    from mockdreams.http.scenario import ScenarioStart
    from mockdreams.http.upstream import Upstream
    from mockdreams.http.workspaces import Keeper
    from mockdreams.world.core.clock import ClockMode, Now
    from mockdreams.world.webhooks.endpoints import WebhookParams
    from mockdreams.world.world import InitialState


def read_scenario(name: str) -> "ScenarioStart":
    """A scenario by name or file. Raises CannotRunError."""
    from mockdreams.http.scenario_files import ScenarioError, load_scenario

    try:
        return load_scenario(name)
    except ScenarioError as refused:
        raise CannotRunError(str(refused)) from None


class Beginning(NamedTuple):
    """How every world begins: as the options say, else as the scenario does."""

    clock: "ClockMode"
    speed: float
    profile: str
    now: "Now | None"


def beginning_of(
    context: click.Context,
    scenario: "ScenarioStart | None",
    clock: "ClockMode",
    speed: float,
    profile: str,
    now: str | None,
) -> Beginning:
    """Raises click.UsageError for what is no time."""
    from mockdreams.world.core.clock import parse_now

    if scenario is not None:
        clock = scenario.clock or clock if _is_default(context, "clock") else clock
        speed = scenario.speed or speed if _is_default(context, "speed") else speed
        profile = scenario.profile or profile if _is_default(context, "profile") else profile
        now = now or scenario.now
    try:
        return Beginning(clock, speed, profile, parse_now(now))
    except ValueError as refused:
        raise click.UsageError(f"--now: {refused}") from None


def _is_default(context: click.Context, option: str) -> bool:
    return context.get_parameter_source(option) is ParameterSource.DEFAULT


def upstream_of(url: str | None, passed: tuple[str, ...]) -> "Upstream | None":
    """Who answers what is handed on. Raises click.UsageError for half of it, or for what would never be handed on."""
    if not url and not passed:
        return None
    if not url or not passed:
        raise click.UsageError("--upstream and --pass go together: who is asked, and for which calls")
    with extra("contract", "the upstream"):
        from mockdreams.http.upstream import Upstream
    from mockdreams.http.routing import Router
    from mockdreams.http.service_router import all_routes

    router = Router(all_routes())
    for pattern in passed:
        if "*" not in pattern and router.match(pattern.partition(" ")[2]):
            raise click.UsageError(f"--pass: {pattern} is answered here, and never handed on")
    try:
        return Upstream(url, [pattern.strip() for pattern in passed])
    except ValueError as refused:
        raise click.UsageError(str(refused)) from None


def webhooks_of(
    urls: tuple[str, ...], events: tuple[str, ...], secret: str | None, hosts: tuple[str, ...]
) -> "tuple[WebhookParams, ...]":
    """Whom every world tells what happens, all with one secret. Raises click.UsageError for what cannot be."""
    if not urls:
        if events or secret:
            raise click.UsageError("--webhook-event and --webhook-secret are for a --webhook")
        return ()
    with extra("webhooks", "a webhook"):
        import standardwebhooks  # noqa: F401
    from mockdreams.http.body_parsing import parse
    from mockdreams.http.webhook_hosts import HostPatterns
    from mockdreams.wire.errors import ServiceError
    from mockdreams.world.webhooks.endpoints import WebhookParams, new_secret

    fields: dict[str, Any] = {"secret": secret or new_secret(os.urandom(32))}
    if events:
        fields["events"] = list(events)
    try:
        webhooks = tuple(parse(WebhookParams, json.dumps({"url": url, **fields}).encode()) for url in urls)
        for url in urls:
            HostPatterns(hosts).check(url)
        return webhooks
    except ServiceError as refused:
        raise click.UsageError(f"--webhook: {refused.message}") from None


def check_board(control: bool) -> None:
    """Raises MissingExtraError or click.UsageError if there is no board to open."""
    if not control:
        raise click.UsageError("--open and --no-control do not go together: the board is part of the control API")
    with extra("board", "the board"):
        import jinja2  # noqa: F401


def haproxy_for(data: str | None) -> str:
    """HAProxy, for --workers. Raises click.UsageError, CannotRunError or MissingExtraError if they cannot be."""
    from mockdreams.haproxy import MISSING, find_haproxy

    with extra("postgres", "--workers"):
        import httpx2  # noqa: F401  # with which a worker asks another
    if not data:
        raise click.UsageError("--workers needs --data: a worker that is started again finds its worlds there")
    found = find_haproxy()
    if found is None:
        raise CannotRunError(MISSING)
    return found


def bound_to(host: str, port: int) -> socket.socket:
    from mockdreams.server import bind

    try:
        return bind(host, port)
    except OSError as refused:
        raise click.UsageError(f"cannot listen on {host}:{port}: {refused.strerror or refused}") from None


def address_of(bound: socket.socket) -> str:
    """Where others reach the server, as far as that can be told."""
    from mockdreams.quiet_server import url_of

    address = url_of(bound).removeprefix("http://")
    return address.replace("0.0.0.0:", f"{socket.gethostname()}:").replace("[::]:", f"{socket.gethostname()}:")


def keeper_of(
    data: str | None, sync: str, while_down: "WhileDown", *, packing: bool, owner: str, worker: str | None
) -> "Keeper | None":
    """Where worlds are that are not in memory. Raises CannotRunError for what can keep none."""
    if data is None:
        if not packing:
            return None
        from mockdreams.http.packing import PackingKeeper

        return PackingKeeper()
    if not data.strip():
        raise click.UsageError("--data: it is empty; leave it out, and worlds are in memory only")
    from mockdreams import __version__
    from mockdreams.http.keeping import StoreKeeper
    from mockdreams.store.errors import StoreError
    from mockdreams.store.opening import open_store

    try:
        store = open_store(data, owner=owner, process=worker or "", full_sync=sync == "full", exclusive=worker is None)
    except StoreError as refused:
        raise CannotRunError(f"--data: {one_line(refused)}") from None
    return StoreKeeper(store, __version__, while_down=while_down)


def loaded_with(
    seed: str | None, scenario: "ScenarioStart | None", make: Callable[["InitialState | None"], "Application"]
) -> "Application":
    """The application whose worlds begin with `seed`, or else as a scenario says. Raises CannotRunError."""
    from mockdreams.world.state.seeds import SeedError, load
    from mockdreams.world.state.snapshots import SnapshotError

    try:
        return make(load(seed) if seed else None if scenario is None else scenario.initial_state)
    except (SeedError, SnapshotError, ValueError, OverflowError, RecursionError) as refused:
        raise CannotRunError(f"{'--load' if seed else '--scenario'}: {one_line(refused)}") from None
