"""`mockdreams serve`: its options, and the server that they make."""

import gc
import logging
import os
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn

import click
from click.core import ParameterSource

from mockdreams.serve_options import (
    Beginning,
    address_of,
    beginning_of,
    bound_to,
    check_board,
    haproxy_for,
    keeper_of,
    loaded_with,
    read_scenario,
    upstream_of,
    webhooks_of,
)

if TYPE_CHECKING:
    from mockdreams.http.app import Application
    from mockdreams.http.housekeeping import Housekeeping
    from mockdreams.http.keeping import WhileDown
    from mockdreams.http.scenario import ScenarioStart
    from mockdreams.http.upstream import Upstream
    from mockdreams.http.workspaces import Keeper, Workspaces
    from mockdreams.world.core.clock import ClockMode
    from mockdreams.world.webhooks.endpoints import WebhookParams
    from mockdreams.world.world import InitialState

LOG_LEVELS = ("critical", "error", "warning", "info", "access", "debug")


def _number(context: click.Context, option: click.Parameter, value: float) -> float:
    """The value of an option, if it is a number: no range refuses `nan`."""
    if value != value:
        raise click.BadParameter("nan is no number.", context, option)
    return value


def _finite(context: click.Context, option: click.Parameter, value: float | None) -> float | None:
    return None if value is None else _number(context, option, value)


class CallPatterns(click.ParamType):  # type: ignore[type-arg]  # generic in later releases only
    """`METHOD /path`; in the environment several have commas between."""

    name = "pattern"
    envvar_list_splitter = ","


def _token(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """The control token. An empty one, as of a variable that is not set, must not open what it is to close."""
    if value is None:
        value = os.environ.get("MOCKDREAMS_CONTROL_TOKEN")  # where an empty one counts as none given
    if value is not None and not value.strip():
        raise click.BadParameter("it is empty; leave it out, or use --no-control.", context, option)
    return value


@click.command(context_settings={"show_default": True})
@click.option("--host", default="127.0.0.1", envvar="MOCKDREAMS_HOST", help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=4010, envvar="MOCKDREAMS_PORT", help="0 takes a free one."
)
@click.option(
    "--clock",
    type=click.Choice(["real", "auto", "manual"]),
    default="real",
    envvar="MOCKDREAMS_CLOCK",
    help="real: time passes. auto: time moves when somebody looks. manual: time moves when told.",
)
@click.option(
    "--speed",
    type=click.FloatRange(1e-6, 1e9),
    default=60.0,
    envvar="MOCKDREAMS_SPEED",
    callback=_number,
    help="Virtual seconds per second of the real clock.",
)
@click.option(
    "--load",
    "seed",
    envvar="MOCKDREAMS_LOAD",
    help="Seed world by name, or file with a seed or snapshot, for every new API key.",
)
@click.option(
    "--scenario",
    "scenario_name",
    envvar="MOCKDREAMS_SCENARIO",
    metavar="NAME|FILE",
    help="Scenario by name, or file with one, for every new API key: how its world begins, and what is prepared in "
    "it. Other options override it.",
)
@click.option(
    "--profile",
    type=click.Choice(["current", "docs-2026-09", "launch-2026-05"]),
    default="current",
    envvar="MOCKDREAMS_PROFILE",
    help="The service as it was at a time, for worlds that choose none.",
)
@click.option(
    "--now",
    envvar="MOCKDREAMS_NOW",
    metavar="TIME|wall",
    help="When every world begins: a time with a time zone, or wall. Else 2026-01-01, or wall with --clock real.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    envvar="MOCKDREAMS_WORKERS",
    help="Processes that serve the worlds of one --data, behind the HAProxy that is installed; each key has one of "
    "them.",
)
@click.option(
    "--worker",
    "worker",
    metavar="TOKEN",
    hidden=True,
    help="One of several servers on one directory, as --workers starts them; one that takes the place of another has "
    "its token.",
)
@click.option(
    "--advertise",
    metavar="HOST:PORT",
    envvar="MOCKDREAMS_ADVERTISE",
    help="Where other replicas on the same database reach this one; else --host and --port.",
)
@click.option(
    "--end-idle-streams",
    is_flag=True,
    envvar="MOCKDREAMS_END_IDLE_STREAMS",
    help="End an event stream when its session idles, for tools that read whole bodies.",
)
@click.option(
    "--control/--no-control",
    default=True,
    envvar="MOCKDREAMS_CONTROL",
    help="Whether there is a control API below /_mockdreams/ (its health is always there).",
)
@click.option(
    "--control-token",
    envvar="MOCKDREAMS_CONTROL_TOKEN",
    callback=_token,
    help="What requests to the control API must bring in x-mockdreams-control-token.",
)
@click.option(
    "--allow-host",
    "allow_hosts",
    multiple=True,
    metavar="NAME",
    envvar="MOCKDREAMS_ALLOW_HOST",
    help="Name by which the server may be asked, beside localhost and its own addresses; *.NAME for all below it, "
    "* for any. Repeatable; in the environment with spaces between.",
)
@click.option(
    "--upstream",
    "upstream_url",
    metavar="URL",
    envvar="MOCKDREAMS_UPSTREAM",
    help="Service that answers what --pass names and nothing here does, with the caller's own credentials.",
)
@click.option(
    "--pass",
    "passed",
    multiple=True,
    type=CallPatterns(),
    envvar="MOCKDREAMS_PASS",
    help='Calls that are handed to the upstream, as in "POST /v1/messages/**"; nothing else ever is. Repeatable; in '
    "the environment with commas between.",
)
@click.option(
    "--webhook",
    "webhook_urls",
    multiple=True,
    metavar="URL",
    envvar="MOCKDREAMS_WEBHOOK",
    help="Tell this URL what happens in every world. Repeatable; in the environment with spaces between.",
)
@click.option(
    "--webhook-event",
    "webhook_events",
    multiple=True,
    metavar="TYPE",
    envvar="MOCKDREAMS_WEBHOOK_EVENT",
    help="Type of event to tell of, as in session.status_idled; without it all. Repeatable; in the environment with "
    "spaces between.",
)
@click.option(
    "--webhook-secret",
    metavar="whsec_...",
    envvar="MOCKDREAMS_WEBHOOK_SECRET",
    help="What webhooks are signed with; without it one is made, and told on stderr.",
)
@click.option(
    "--webhook-hosts",
    multiple=True,
    metavar="PATTERN",
    envvar="MOCKDREAMS_WEBHOOK_HOSTS",
    help="Host that webhooks may go to, beside the loopback interface; *.NAME for all below it, * for any. "
    "Repeatable; in the environment with spaces between.",
)
@click.option(
    "--data",
    metavar="DIR|postgresql://...",
    envvar="MOCKDREAMS_DATA",
    help="Directory or database in which worlds are kept, so that they outlast the server. Without it they are in "
    "memory only.",
)
@click.option(
    "--data-sync",
    type=click.Choice(["normal", "full"]),
    default="normal",
    envvar="MOCKDREAMS_DATA_SYNC",
    help="normal: what was answered outlasts a crash of the server. full: and a loss of power, at a price.",
)
@click.option(
    "--while-down",
    type=click.Choice(["stop", "run"]),
    default="stop",
    envvar="MOCKDREAMS_WHILE_DOWN",
    help="Whether the real clock of a world that is kept runs on while no server does.",
)
@click.option(
    "--worlds-in-memory",
    type=click.IntRange(1),
    metavar="N",
    envvar="MOCKDREAMS_WORLDS_IN_MEMORY",
    help="Worlds beyond so many leave the memory while nobody asks them, and come back when somebody does.",
)
@click.option(
    "--forget-after",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    callback=_finite,
    envvar="MOCKDREAMS_FORGET_AFTER",
    help="Forget worlds that nobody has asked for so long.",
)
@click.option(
    "--open",
    "open_board",
    is_flag=True,
    envvar="MOCKDREAMS_OPEN",
    help="Open the board, the pages that show and move every world, in the browser.",
)
@click.option(
    "--end-with-stdin",
    is_flag=True,
    envvar="MOCKDREAMS_END_WITH_STDIN",
    help="End when the standard input is closed, as it is when whoever started the server is gone.",
)
@click.option(
    "--log-level",
    type=click.Choice(LOG_LEVELS),
    default="warning",
    envvar="MOCKDREAMS_LOG_LEVEL",
    help="info also logs a hint for each refused request, access a line for each request.",
)
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    envvar="MOCKDREAMS_LOG_FORMAT",
    help="json: one object a line.",
)
@click.pass_context
def serve(
    context: click.Context,
    host: str,
    port: int,
    clock: "ClockMode",
    speed: float,
    seed: str | None,
    scenario_name: str | None,
    profile: str,
    now: str | None,
    workers: int,
    worker: str | None,
    advertise: str | None,
    end_idle_streams: bool,
    control: bool,
    control_token: str | None,
    allow_hosts: tuple[str, ...],
    upstream_url: str | None,
    passed: tuple[str, ...],
    webhook_urls: tuple[str, ...],
    webhook_events: tuple[str, ...],
    webhook_secret: str | None,
    webhook_hosts: tuple[str, ...],
    data: str | None,
    data_sync: str,
    while_down: "WhileDown",
    worlds_in_memory: int | None,
    forget_after: float | None,
    open_board: bool,
    end_with_stdin: bool,
    log_level: str,
    log_format: str,
) -> None:
    """Serve until SIGTERM or Ctrl-C. Each API key has a world of its own."""
    gc.disable()  # until it serves: of what is imported there is nothing to collect
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # they watch an application, and there is none here to watch
    from mockdreams.http.log import begin_logging
    from mockdreams.quiet_server import url_of
    from mockdreams.server import serve as run

    begin_logging(log_level, json_lines=log_format == "json")

    scenario = read_scenario(scenario_name) if scenario_name else None
    begins = beginning_of(context, scenario, clock, speed, profile, now)
    upstream = upstream_of(upstream_url, passed)
    webhooks = webhooks_of(webhook_urls, webhook_events, webhook_secret, webhook_hosts)
    if open_board:
        check_board(control)
    haproxy = haproxy_for(data) if workers > 1 else ""
    bound = bound_to(host, port)
    context.call_on_close(bound.close)
    packing = worlds_in_memory is not None or forget_after is not None
    owner = advertise or address_of(bound)
    keeper = keeper_of(data, data_sync, while_down, packing=packing, owner=owner, worker=worker)

    housekeeping: list[Housekeeping] = []

    def make(load: "InitialState | None" = None) -> "Application":
        from mockdreams.http.app import Application

        workspaces = _workspaces(load, begins, scenario, webhooks, webhook_hosts, keeper)
        if keeper is not None:
            housekeeping.append(_keep_house(workspaces, worlds_in_memory, forget_after))
        return Application(
            workspaces,
            end_idle_streams=end_idle_streams,
            control=control,
            control_token=control_token,
            allow_hosts=(host, *allow_hosts),
            upstream=upstream,
        )

    is_loaded = bool(seed) or (scenario is not None and scenario.load is not None)
    loaded = loaded_with(seed, scenario, make) if is_loaded and not haproxy else None
    if control and not control_token:
        _warn_of_open_control(bound)
    if worker is None:
        _announce_exits(upstream, webhooks[0].secret if webhooks and not webhook_secret else None)
        _announce_keeper(keeper, json_lines=log_format == "json")
    if end_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()

    def ready() -> None:
        click.echo(f"mockdreams ready on {url_of(bound)}")
        if open_board:
            _open_board(url_of(bound))

    if haproxy:
        env = {"MOCKDREAMS_WEBHOOK_SECRET": webhooks[0].secret} if webhooks else {}
        _serve_by_workers(workers, [*_given(context), "--allow-host", host], env, haproxy, bound, ready)
    run(lambda: loaded or make(), bound, ready)
    for each in housekeeping:
        each.close()
    sys.stdout.flush()
    os._exit(0)  # taking a large world apart, object by object, would take seconds


def _workspaces(
    load: "InitialState | None",
    begins: Beginning,
    scenario: "ScenarioStart | None",
    webhooks: "tuple[WebhookParams, ...]",
    webhook_hosts: tuple[str, ...],
    keeper: "Keeper | None",
) -> "Workspaces":
    """The worlds of all keys, each of which begins so."""
    from mockdreams.http.webhook_hosts import HostPatterns
    from mockdreams.http.workspaces import Workspaces

    fields = {} if scenario is None else {**scenario.policy_fields, "profile": begins.profile}
    return Workspaces(
        clock=begins.clock,
        speed=begins.speed,
        load=load,
        now=begins.now,
        profile=begins.profile,
        policy_fields=fields,
        prepare=scenario,
        webhooks=webhooks,
        webhook_hosts=HostPatterns(webhook_hosts),
        keeper=keeper,
    )


_NOT_OF_WORKERS = {"advertise", "host", "port", "workers", "open_board", "end_with_stdin", "webhook_secret"}
"""Options that are for the server as a whole, which says the rest to its workers."""


def _given(context: click.Context) -> list[str]:
    """The arguments that were given, for a worker. It has the same environment."""
    given: list[str] = []
    for option in context.command.params:
        name = option.name or ""
        if name in _NOT_OF_WORKERS or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        value = context.params[name]
        if isinstance(value, bool):
            given.append(option.opts[0] if value else option.secondary_opts[0])
        else:
            for each in value if isinstance(value, tuple) else (value,):
                given += [option.opts[0], str(each)]
    return given


def _serve_by_workers(*arguments: Any) -> NoReturn:
    """Ends the process as the workers end."""
    from mockdreams.workers import WorkerFailed, serve_by_workers

    try:
        serve_by_workers(*arguments)
    except WorkerFailed as failed:
        sys.exit(failed.code)
    sys.exit(0)


def _warn_of_open_control(bound: socket.socket) -> None:
    from mockdreams.quiet_server import url_of
    from mockdreams.server import is_loopback

    if not is_loopback(bound):
        logging.getLogger("mockdreams").warning(
            "whoever reaches %s may use the control API; see --control-token and --no-control", url_of(bound)
        )


def _announce_exits(upstream: "Upstream | None", secret: str | None) -> None:
    """What leaves the machine, and the `secret` that was made for webhooks."""
    if upstream is not None:
        for pattern in upstream.patterns:
            click.echo(f"{pattern} is handed to {upstream.url}, if nothing answers it here", err=True)
    if secret:
        click.echo(f"webhooks are signed with {secret}", err=True)


def _keep_house(workspaces: "Workspaces", worlds_in_memory: int | None, forget_after: float | None) -> "Housekeeping":
    from mockdreams.http.housekeeping import Housekeeping

    housekeeping = Housekeeping(workspaces, worlds_in_memory=worlds_in_memory, forget_after=forget_after)
    housekeeping.start()
    return housekeeping


def _announce_keeper(keeper: "Keeper | None", *, json_lines: bool) -> None:
    """Whether worlds outlast the server."""
    kept = "they are in memory only, and gone when the server ends; --data DIR keeps them"
    told = f"worlds: {kept if keeper is None else keeper.where}"
    if json_lines:  # whatever the level is
        log = logging.getLogger("mockdreams")
        log.handle(log.makeRecord(log.name, logging.INFO, "", 0, told, (), None))
    else:
        click.echo(told, err=True)


def _open_board(url: str) -> None:
    """Open the board in the browser; on a thread of its own, because some browsers are waited for."""
    import webbrowser

    from mockdreams.http.board import ADDRESS

    reachable = url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")
    threading.Thread(target=webbrowser.open, args=(reachable + ADDRESS,), daemon=True).start()


def _end_with_stdin() -> None:
    """Wait until the standard input is closed, and end as after SIGTERM."""
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
