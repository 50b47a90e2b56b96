"""`mockdreams contract record` and `mockdreams contract replay`."""

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockdreams.contract.checking.command import CONTROL_TOKEN_HELP, CannotRunError, File
from mockdreams.extras import extra
from mockdreams.files import name_of, one_line, write_text

if TYPE_CHECKING:
    from mockdreams.contract.client.target import Target
    from mockdreams.contract.recording.cassette import CassetteExchange
    from mockdreams.contract.recording.replay import ReplayReport

DEFAULT_NAME = "cassette.yaml"


@click.command(context_settings={"show_default": True})
@click.option("--upstream", required=True, envvar="MOCKDREAMS_UPSTREAM", help="Base URL of the service to record.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help=f"The new file, or (without a dot in its name) the folder for a {DEFAULT_NAME}.",
)
@click.option("--host", default="127.0.0.1", envvar="MOCKDREAMS_HOST", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, envvar="MOCKDREAMS_PORT", help="0 takes a free one.")
def record(upstream: str, out: Path, host: str, port: int) -> None:
    """Pass everything on to a service, and write what is said, until SIGTERM or Ctrl-C.

    Ids get readable names in the file. Keys, tokens and passwords are not written.
    """
    with extra("contract", "the recording proxy"):
        from mockdreams.contract.client.target import host_of
        from mockdreams.contract.recording.proxy import record
    try:
        host_of(upstream)
        record(
            upstream,
            _new_file(out),
            host,
            port,
            ready=lambda url: click.echo(f"mockdreams recording {upstream} on {url}"),
            warn=lambda told: click.echo(f"Warning: {told}", err=True),
        )
    except ValueError as refused:
        raise CannotRunError(one_line(refused)) from None
    except OSError as refused:
        told = f"cannot record to {name_of(out)} on {host}:{port}: {refused.strerror or refused}"
        raise CannotRunError(told) from None


@click.command("serve", context_settings={"show_default": True})
@click.argument("cassette", type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", envvar="MOCKDREAMS_HOST", help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, envvar="MOCKDREAMS_PORT", help="0 takes a free one.")
def serve(cassette: Path, host: str, port: int) -> None:
    """Answer from a cassette, offline, until SIGTERM or Ctrl-C: what was recorded gets the answer that was recorded.

    Ids are made up, the same in each run; any key will do. Any other request is 404, and told on stderr with the
    recorded one that is nearest. Exit 2: it cannot be read, or served.
    """
    with extra("contract", "answering from a cassette"):
        from mockdreams.contract.recording.cassette_server import serve
    try:
        serve(cassette, host, port, lambda url: click.echo(f"mockdreams ready on {url}"))
    except ValueError as refused:
        raise CannotRunError(one_line(refused)) from None
    except OSError as refused:
        raise CannotRunError(f"cannot listen on {host}:{port}: {refused.strerror or refused}") from None


def _new_file(out: Path) -> Path:
    """Where to write. Raises ValueError for a file that has something in it: it may have cost money."""
    path = out / DEFAULT_NAME if out.is_dir() or not out.suffix else out
    if path.exists() and path.stat().st_size:
        raise ValueError(f"{path} is there already; remove it, or name another file")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@click.command(context_settings={"show_default": True})
@click.argument("cassette", type=click.Path(path_type=Path))
@click.option("--target", required=True, envvar="MOCKDREAMS_TARGET", help="Base URL of the service.")
@click.option("--api-key", required=True, envvar=["MOCKDREAMS_TARGET_API_KEY", "ANTHROPIC_API_KEY"], help="Its key.")
@click.option("--control-token", help=CONTROL_TOKEN_HELP)
@click.option("--json", type=File, help="Write the report as JSON.")
@click.option("--yes", is_flag=True, help="Do not ask before a replay against another machine.")
def replay(cassette: Path, target: str, api_key: str, control_token: str | None, json: Path | None, yes: bool) -> None:
    """Send the requests of a cassette to a target, and tell what it answers otherwise.

    Compared are statuses, errors, fields, types, values and order; ids, times, counts and wording only by their form.
    Exit 0: no differences. 1: differences. 2: it could not run.
    """
    with extra("contract", "replaying a cassette"):
        import httpx2

        from mockdreams.contract.client.target import Target
        from mockdreams.contract.recording.cassette import load
        from mockdreams.contract.recording.summary import as_json
    try:
        exchanges = load(cassette, warn=lambda told: click.echo(f"Warning: {told}", err=True))
        _agreed(target, exchanges, yes)
        with Target(target, api_key, control_token=control_token) as service:
            report = _replay(service, cassette, exchanges)
    except httpx2.HTTPError as unreachable:
        raise CannotRunError(f"cannot reach {target}: {one_line(unreachable)}") from None
    except ValueError as refused:
        raise CannotRunError(one_line(refused)) from None
    if json is not None:
        write_text(json, as_json(report))
    sys.exit(2 if report.interrupted else 0 if report.same else 1)


def _agreed(url: str, exchanges: "list[CassetteExchange]", yes: bool) -> None:
    """Ask before anything is sent to another machine."""
    from mockdreams.contract.checking.cleanup import CREATING
    from mockdreams.contract.client.target import host_of, is_local, where_of

    if is_local(host_of(url)):
        return
    made = Counter(
        CREATING[each.request.path]
        for each in exchanges
        if each.request.method == "POST" and each.request.path in CREATING and each.response.status == 200
    )
    created = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in made.items()) or "nothing"
    click.echo(
        f"This replay sends {len(exchanges)} requests to {where_of(url)}. "
        f"It creates {created}, and removes it at the end; agents and dreams are archived. "
        "Dreams and turns of sessions are billed by their tokens."
    )
    if not yes and not click.confirm("Go on?"):
        raise click.UsageError("nothing was sent")


def _replay(service: "Target", cassette: Path, exchanges: "list[CassetteExchange]") -> "ReplayReport":
    from mockdreams.contract.recording.replay import Replay, ReplayReport
    from mockdreams.contract.recording.summary import console, end, line

    replay, report, tell = Replay(service, exchanges), ReplayReport(service.url, str(cassette)), console()
    try:
        for result in replay.results():
            report.results.append(result)
            tell(*line(result))
    except KeyboardInterrupt:
        report.interrupted = True
    finally:
        report.left = replay.tear_down()
    for words in end(report):
        tell("", words, "")
    return report
