"""The command line. Exit codes: 0 fine, 1 findings, 2 could not run."""

import json
import sys
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
from mockdreams.serve_command import serve

if TYPE_CHECKING:
    from anthropic import Anthropic

    from mockdreams.scoring import Dreamed, Judge, Score, Store


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


main.add_command(serve)


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
@click.option("--graded", type=click.IntRange(0), default=0, help="How many of each form that dreams are judged by.")
@click.option("--out", type=click.Path(allow_dash=True), default="-", help="File to write; - is stdout.")
def generate(sessions: int, memories: int, messiness: float, seed: int, graded: int, out: str) -> None:
    """Write a seed world for `--load` and `load=`, with labels that say what a good dream would make of it.

    Equal arguments make equal files. Exit 2: it cannot be made or written.
    """
    with extra("generate", "the generator"):
        from mockdreams.generating import generate
    if out != "-":
        check_writable(Path(out))
    try:
        text = generate(sessions, memories, messiness, seed, graded)
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
@click.option("--judge", metavar="MODULE:FUNCTION", help="Decides whether the second of two sentences says the first.")
@click.option("--repeat", type=click.IntRange(1), default=1, help="Score so many dreams over the same: mean and range.")
@click.option("--yes", is_flag=True, help="Do not ask before dreams are made that may cost money.")
@click.option("--json", "as_json", is_flag=True, help="Figures and misses as JSON; same as --format json.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "junit", "markdown"]), default="text", help="How to tell."
)
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
    judge: str | None,
    repeat: int,
    yes: bool,
    as_json: bool,
    form: str,
    show: bool,
    fail_under: str | None,
    baseline: str | None,
) -> None:
    """Audit what a dream made of the store BEFORE, or score it by labels.

    BEFORE and AFTER are folders, worlds in YAML or JSON, texts by path in JSON, or the ids of memory stores on any
    endpoint; with --dream they are those of a dream. --repeat makes more dreams over what that one read, and says
    before what they cost. Exit 1: a figure is below its limit or worse than the baseline. 2: they cannot be read.
    """
    from mockdreams import scoring

    try:
        decide = _judge(judge) if judge else None
        scores = []
        for old, new, said in _stores_to_score(before, after, dream_id, target, api_key, repeat, yes=yes):
            if not old:
                raise ValueError(f"{before or dream_id} holds no memories")
            scores.append(
                _score_by_labels(labels, old, new, decide) if labels else scoring.audit(old, new, said, decide)
            )
        result = scores[0] if repeat == 1 else scoring.Score.of_several(scores)
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
        click.echo({"json": result.json, "junit": result.junit, "markdown": result.markdown}[form]())
    for miss in result.misses if show and form == "text" else ():
        click.echo(str(miss))
    if missed or worse:
        raise SystemExit(1)


def _stores_to_score(
    before: str | None,
    after: str | None,
    dream_id: str | None,
    target: str | None,
    api_key: str | None,
    repeat: int,
    *,
    yes: bool,
) -> "Iterator[Dreamed]":
    """Two stores, from files, from an endpoint, or of dreams. Raises ValueError for what cannot be read."""
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
            yield scoring.gather(client(), dream_id)
            yield from _repeated(client(), dream_id, repeat - 1, yes=yes) if repeat > 1 else ()
        elif dream_id is None and before is not None and after is not None and repeat == 1:
            yield scoring.Dreamed(load(before), load(after), ())
        else:
            raise click.UsageError("Name two stores, or a dream with --dream, which --repeat needs.")


def _repeated(client: "Anthropic", dream_id: str, times: int, *, yes: bool) -> "Iterator[Dreamed]":
    """The stores of more dreams over the same, once somebody has agreed to what they cost."""
    from mockdreams import repeating, scoring

    click.echo(repeating.estimate(client, dream_id, times), err=True)
    if not yes:
        click.confirm("Make them?", abort=True, err=True)
    for each in repeating.repeated(client, dream_id, times):
        yield scoring.gather(client, each)


def _judge(name: str) -> "Judge":
    """The function that judges, also from a module in the current directory."""
    from mockdreams.scoring import load_judge

    sys.path.insert(0, "")
    return load_judge(name)


def _score_by_labels(labels: str, old: "Store", new: "Store", judge: "Judge | None") -> "Score":
    """A score by a file of labels. Raises ValueError for one that says nothing of these stores."""
    from mockdreams import scoring

    try:
        result = scoring.score(scoring.load_labels(labels), old, new, judge)
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
        raise CannotRunError(f"{target}: {one_line(_told(refused))}") from None


def _told(refused: Exception) -> str:
    """What a service said, in its own words where there are any."""
    match getattr(refused, "body", None):
        case {"error": {"type": str(type), "message": str(message)}}:
            return f"{type}: {message}"
    return str(refused)


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
