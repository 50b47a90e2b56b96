"""The command line. Exit codes: 0 fine, 1 findings, 2 could not run."""

import gc
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockdreams import __version__
from mockdreams.contract.checking.command import CannotRunError, check
from mockdreams.contract.recording.commands import record, replay
from mockdreams.contract.recording.commands import serve as serve_cassette
from mockdreams.extras import MissingExtraError, extra
from mockdreams.files import UnusableFileError, check_writable, one_line
from mockdreams.pulling.pull_command import pull

if TYPE_CHECKING:
    from anthropic import Anthropic

    from mockdreams.http.app import Application
    from mockdreams.http.scenario import ScenarioStart
    from mockdreams.http.upstream import Upstream
    from mockdreams.scoring import Dreamed, Score, Store
    from mockdreams.world.core.clock import ClockMode
    from mockdreams.world.webhooks.endpoints import WebhookParams
    from mockdreams.world.world import InitialState

LOG_LEVELS = ("critical", "error", "warning", "info", "access", "debug")


def _number(context: click.Context, option: click.Parameter, value: float) -> float:
    """The value of an option, if it is a number: no range refuses `nan`."""
    if value != value:
        raise click.BadParameter("nan is no number.", context, option)
    return value


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


class _Main(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MissingExtraError as missing:
            raise click.UsageError(str(missing)) from None
        except UnusableFileError as refused:
            raise CannotRunError(str(refused)) from None


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mockdreams")
def main() -> None:
    """A stateful fake of the Dreams API, for tests."""


@main.command(context_settings={"show_default": True})
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
    open_board: bool,
    end_with_stdin: bool,
    log_level: str,
    log_format: str,
) -> None:
    """Serve until SIGTERM or Ctrl-C. Each API key has a world of its own."""
    gc.disable()  # until it serves: of what is imported there is nothing to collect
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"  # they watch an application, and there is none here to watch
    from mockdreams.http.log import begin_logging
    from mockdreams.server import bind, is_loopback, url_of
    from mockdreams.server import serve as run
    from mockdreams.world.core.clock import parse_now

    begin_logging(log_level, json_lines=log_format == "json")

    scenario = _scenario(scenario_name) if scenario_name else None
    if scenario is not None:
        clock = scenario.clock or clock if _is_default(context, "clock") else clock
        speed = scenario.speed or speed if _is_default(context, "speed") else speed
        profile = scenario.profile or profile if _is_default(context, "profile") else profile
        now = now or scenario.now
    try:
        begins = parse_now(now)
    except ValueError as refused:
        raise click.UsageError(f"--now: {refused}") from None

    upstream = _upstream(upstream_url, passed)
    webhooks = _webhooks(webhook_urls, webhook_events, webhook_secret, webhook_hosts)
    if open_board:
        _check_board(control)

    def make(load: "InitialState | None" = None) -> "Application":
        from mockdreams.http.app import Application
        from mockdreams.http.webhook_hosts import HostPatterns
        from mockdreams.http.workspaces import Workspaces

        fields = {} if scenario is None else {**scenario.policy_fields, "profile": profile}
        places = Workspaces(
            clock=clock,
            speed=speed,
            load=load,
            now=begins,
            profile=profile,
            policy_fields=fields,
            prepare=None if scenario is None else scenario.prepare,
            webhooks=webhooks,
            webhook_hosts=HostPatterns(webhook_hosts),
        )
        return Application(
            places,
            end_idle_streams=end_idle_streams,
            control=control,
            control_token=control_token,
            allow_hosts=(host, *allow_hosts),
            upstream=upstream,
        )

    loaded = _loaded(seed, scenario, make) if seed or (scenario is not None and scenario.load is not None) else None
    try:
        bound = bind(host, port)
    except OSError as refused:
        raise click.UsageError(f"cannot listen on {host}:{port}: {refused.strerror or refused}") from None
    if control and not control_token and not is_loopback(bound):
        logging.getLogger("mockdreams").warning(
            "whoever reaches %s may use the control API; see --control-token and --no-control", url_of(bound)
        )
    if upstream is not None:
        for pattern in upstream.patterns:
            click.echo(f"{pattern} is handed to {upstream.url}, if nothing answers it here", err=True)
    if webhooks and not webhook_secret:
        click.echo(f"webhooks are signed with {webhooks[0].secret}", err=True)

    if end_with_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()

    def ready() -> None:
        click.echo(f"mockdreams ready on {url_of(bound)}")
        if open_board:
            _open_board(url_of(bound))

    run(lambda: loaded or make(), bound, ready)
    sys.stdout.flush()
    os._exit(0)  # taking a large world apart, object by object, would take seconds


def _check_board(control: bool) -> None:
    """Raises MissingExtraError or click.UsageError if there is no board to open."""
    if not control:
        raise click.UsageError("--open and --no-control do not go together: the board is part of the control API")
    with extra("board", "the board"):
        import jinja2  # noqa: F401


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


def _upstream(url: str | None, passed: tuple[str, ...]) -> "Upstream | None":
    """Who answers what is handed on. Raises click.UsageError for half of it, or for what would never be handed on."""
    if not url and not passed:
        return None
    if not url or not passed:
        raise click.UsageError("--upstream and --pass go together: who is asked, and for which calls")
    with extra("contract", "the upstream"):
        from mockdreams.http.upstream import Upstream
    from mockdreams.http.routing import Router
    from mockdreams.http.service import ROUTES

    router = Router(ROUTES)
    for pattern in passed:
        if "*" not in pattern and router.match(pattern.partition(" ")[2]):
            raise click.UsageError(f"--pass: {pattern} is answered here, and never handed on")
    try:
        return Upstream(url, [pattern.strip() for pattern in passed])
    except ValueError as refused:
        raise click.UsageError(str(refused)) from None


def _webhooks(
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


def _loaded(
    seed: str | None, scenario: "ScenarioStart | None", make: Callable[["InitialState | None"], "Application"]
) -> "Application":
    """The application whose worlds begin with `seed`, or else as a scenario says. Raises CannotRunError."""
    from mockdreams.world.state.seeds import SeedError, load
    from mockdreams.world.state.snapshots import SnapshotError

    try:
        return make(load(seed) if seed else None if scenario is None else scenario.initial_state)
    except (SeedError, SnapshotError, ValueError, OverflowError, RecursionError) as refused:
        raise CannotRunError(f"{'--load' if seed else '--scenario'}: {one_line(refused)}") from None


def _is_default(context: click.Context, option: str) -> bool:
    return context.get_parameter_source(option) is click.core.ParameterSource.DEFAULT


def _scenario(name: str) -> "ScenarioStart":
    """A scenario by name or file. Raises CannotRunError."""
    from mockdreams.http.scenario_files import ScenarioError, load_scenario

    try:
        return load_scenario(name)
    except ScenarioError as refused:
        raise CannotRunError(str(refused)) from None


@main.command(context_settings={"show_default": True})
@click.option("--sessions", type=click.IntRange(0), default=50, help="How many sessions.")
@click.option("--memories", type=click.IntRange(0), default=200, help="How many memories, in one store.")
@click.option(
    "--messiness",
    type=click.FloatRange(0, 1),
    default=0.4,
    help="0: no copies, no contradictions, no noise. 1: seven memories in ten are that.",
)
@click.option("--seed", type=click.IntRange(0), default=7, help="Another number is another world.")
@click.option("--out", type=click.Path(allow_dash=True), default="-", help="File to write; - is stdout.")
def generate(sessions: int, memories: int, messiness: float, seed: int, out: str) -> None:
    """Write a seed world for `--load` and `load=`, with labels that say what a good dream would make of it.

    Equal arguments make equal files. Exit 2: it cannot be made or written.
    """
    with extra("generate", "the generator"):
        from mockdreams.generating import generate
    if out != "-":
        check_writable(Path(out))
    try:
        text = generate(sessions, memories, messiness, seed)
        with click.open_file(out, "wb") as file:
            file.write(text.encode())
    except (ValueError, OSError) as refused:
        raise click.UsageError(str(refused)) from None


@main.command()
@click.argument("before", required=False)
@click.argument("after", required=False)
@click.option("--dream", "dream_id", metavar="ID", help="Score this dream: its two stores and what its sessions said.")
@click.option("--target", envvar="ANTHROPIC_BASE_URL", help="Base URL of the service that has the dream or stores.")
@click.option("--api-key", envvar="ANTHROPIC_API_KEY", help="Its key.")
@click.option("--labels", type=click.Path(), help="What a good dream makes of it.")
@click.option("--json", "as_json", is_flag=True, help="Figures and misses as JSON; same as --format json.")
@click.option("--format", "form", type=click.Choice(["text", "json", "junit"]), default="text", help="How to tell.")
@click.option("--show", is_flag=True, help="List what was missed, each with its path.")
@click.option("--fail-under", metavar="NAME=VALUE,...", help="Exit 1 if a figure is not met.")
@click.option("--baseline", type=click.Path(), help="Earlier JSON: tell what got worse.")
def score(
    before: str | None,
    after: str | None,
    dream_id: str | None,
    target: str | None,
    api_key: str | None,
    labels: str | None,
    as_json: bool,
    form: str,
    show: bool,
    fail_under: str | None,
    baseline: str | None,
) -> None:
    """Audit what a dream made of the store BEFORE, or score it by labels.

    BEFORE and AFTER are folders, worlds in YAML or JSON, texts by path in JSON, or the ids of memory stores on any
    endpoint; with --dream they are those of a dream. Exit 1: a figure is below its limit or worse than the baseline.
    2: they cannot be read.
    """
    from mockdreams import scoring

    try:
        old, new, said = _stores_to_score(before, after, dream_id, target, api_key)
        if not old:
            raise ValueError(f"{before or dream_id} holds no memories")
        result = _score_by_labels(labels, old, new) if labels else scoring.audit(old, new, said)
        limits = {
            name: float(value)
            for name, _, value in (each.partition("=") for each in (fail_under or "").split(",") if each)
        }
        missed = result.below(limits)
        worse = result.worse_than(scoring.load_figures(baseline)) if baseline else {}
    except KeyError as unknown:
        raise click.UsageError(f"there is no figure named {unknown}") from None
    except ValueError as refused:
        raise CannotRunError(one_line(refused)) from None
    form = "json" if as_json else form
    if form == "text":
        told = [f"{name} was {was:g}, is {now:g}" for name, (was, now) in worse.items()]
        click.echo("\n".join(told) if baseline else result.line())
    else:
        click.echo(result.json() if form == "json" else result.junit())
    for miss in result.misses if show and form == "text" else ():
        click.echo(f"{miss.kind}: {miss.path}: {' '.join(miss.text.split())}")
    if missed or worse:
        raise SystemExit(1)


def _stores_to_score(
    before: str | None, after: str | None, dream_id: str | None, target: str | None, api_key: str | None
) -> "Dreamed":
    """Two stores, from files, from an endpoint, or of a dream. Raises ValueError for what cannot be read."""
    from mockdreams import scoring

    def load(source: str) -> dict[str, str]:
        return scoring.contents(client(), source) if source.startswith("memstore_") else scoring.load_store(source)

    @cache
    def client() -> "Anthropic":
        if target is None or api_key is None:
            raise click.UsageError("Stores and dreams of an endpoint need --target and --api-key.")
        return open_clients.enter_context(_sdk_client(target, api_key))

    with ExitStack() as open_clients:
        if dream_id is not None and before is None:
            return scoring.gather(client(), dream_id)
        if dream_id is None and before is not None and after is not None:
            return scoring.Dreamed(load(before), load(after), ())
    raise click.UsageError("Name two stores, or a dream with --dream.")


def _score_by_labels(labels: str, old: "Store", new: "Store") -> "Score":
    """A score by a file of labels. Raises ValueError for one that says nothing of these stores."""
    from mockdreams import scoring

    try:
        result = scoring.score(scoring.load_labels(labels), old, new)
    except (LookupError, TypeError, AttributeError) as wrong:
        raise ValueError(f"{labels} holds labels of another form: {type(wrong).__name__} {wrong}") from None
    if not result.figures:
        raise ValueError(f"{labels} holds no labels")
    return result


def _of_an_endpoint(command: Callable[..., None]) -> Callable[..., None]:
    """The options of a command that asks an endpoint, and the argument that says about which dream."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="As JSON, the form of the control API."),
        click.option("--api-key", required=True, envvar="ANTHROPIC_API_KEY", help="Its key."),
        click.option("--target", required=True, envvar="ANTHROPIC_BASE_URL", help="Base URL of the service."),
        click.argument("dream_id"),
    ):
        command = option(command)
    return command


@main.command()
@_of_an_endpoint
@click.option("--diff", "diffs", is_flag=True, help="Every line of what changed, and every reason.")
def review(dream_id: str, target: str, api_key: str, as_json: bool, diffs: bool) -> None:
    """Tell what a dream made of its input store, on any endpoint.

    Per memory kept, merged, changed, dropped, added or moved, and the event of the dream's session that says why.
    Exit 1: the input store changed meanwhile, and not all of it can be adopted. 2: there is nothing to review.
    """
    found = _asked(target, api_key, dream_id)
    if as_json:
        click.echo(found.model_dump_json())
    else:
        with extra("demo", "the table"):
            from mockdreams.review.review_console import show_review
        show_review(found, diffs=diffs)
    if found.conflicts:
        raise SystemExit(1)


@main.command()
@_of_an_endpoint
@click.option("--only", multiple=True, metavar="PATH", help="Only the change of this memory; may be repeated.")
def adopt(dream_id: str, target: str, api_key: str, as_json: bool, only: tuple[str, ...]) -> None:
    """Write what a dream changed onto its input store, on any endpoint: all of it, or --only some.

    What changed in the store since the dream read it is refused, and told. It can be run twice.
    Exit 0: done, or nothing to do. 1: conflicts. 2: it could not be done.
    """
    done = _asked(target, api_key, dream_id, only or "all")
    if as_json:
        click.echo(done.model_dump_json())
    else:
        with extra("demo", "the table"):
            from mockdreams.review.review_console import show_adoption
        show_adoption(done)
    if done.conflicts:
        raise SystemExit(1)


def _asked(target: str, api_key: str, dream_id: str, only: Any = None) -> Any:
    """The review of a dream, or, with `only`, its adoption. Raises CannotRunError for what is refused."""
    from mockdreams.review import ReviewError
    from mockdreams.review import adopt as adopt_review
    from mockdreams.review import review as review_dream

    try:
        with _sdk_client(target, api_key) as client:
            found = review_dream(client, dream_id)
            return found if only is None else adopt_review(client, found, only)
    except ReviewError as refused:
        raise CannotRunError(one_line(refused)) from None


@contextmanager
def _sdk_client(target: str, api_key: str) -> "Iterator[Anthropic]":
    """A client of an endpoint. What it raises becomes CannotRunError."""
    with extra("sdk", "asking an endpoint"):
        from anthropic import Anthropic, APIError, DefaultHttpxClient
    from mockdreams.harness.clients import http_options

    http = DefaultHttpxClient(**http_options(target))
    try:
        with Anthropic(api_key=api_key, base_url=target, http_client=http) as client:
            yield client
    except APIError as refused:
        raise CannotRunError(f"{target}: {one_line(refused)}") from None


@main.group()
def scenario() -> None:
    """Files that say how a world begins, and what is prepared in it."""


@scenario.command("check")
@click.argument("file")
def check_scenario(file: str) -> None:
    """Read the scenario in FILE, or the one that is shipped under that name, and say what is in it.

    Exit 2: it is none. Each line then names a line of the file, a key and what is wrong there.
    """
    from mockdreams.http.scenario_files import ScenarioError, load_scenario

    try:
        told = load_scenario(file)
    except ScenarioError as refused:
        if refused.problems[0].line is None:
            raise CannotRunError(str(refused)) from None
        for problem in refused.problems:
            click.echo(f"{file}:{problem.line or 1}: {problem}", err=True)
        raise SystemExit(2) from None
    sizes = ", ".join(f"{key}: {size}" for key, size in told.counts().items())
    click.echo(f"{file} is a scenario ({sizes or 'with nothing in it'})")


@scenario.command("list")
def list_scenarios() -> None:
    """Name the scenarios that are shipped, each with what it is."""
    from mockdreams.http.scenario_files import bundled_scenarios, load_scenario

    for name in bundled_scenarios():
        click.echo(f"{name:20} {load_scenario(name).description}")


@scenario.command("schema")
def print_scenario_schema() -> None:
    """Print the JSON Schema of a scenario, for editors."""
    from mockdreams.http.scenario import scenario_schema

    click.echo(json.dumps(scenario_schema(), indent=2))


main.add_command(pull)


@main.group()
def contract() -> None:
    """What the fake and the real service are both held to."""


for command in (check, record, replay, serve_cassette):
    contract.add_command(command)


@contract.command("drift")
@click.option(
    "--typescript",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of the package @anthropic-ai/sdk; the nearest node_modules has it, if there is one.",
)
def contract_drift(typescript: Path | None) -> None:
    """Compare the schema with the types of the installed official SDK.

    The TypeScript SDK, if it is there, says which keys of answers may be absent and which null. What nothing
    compares is named.

    Exit 0: every difference is known and has a reason. 1: there are others. 2: the SDK cannot be read.
    """
    from mockdreams.contract.drift.drift import report

    report(typescript)


def _show_environment(command: click.Command) -> None:
    """Let the help of a command, and of those below it, name the environment variable of each option."""
    for option in command.params:
        if isinstance(option, click.Option) and option.envvar:
            option.show_envvar = True
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        _show_environment(inner)


_show_environment(main)
