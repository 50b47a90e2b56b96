"""`mockdreams contract check`. Exit codes: 0 every rule run holds, 1 one is broken, 2 could not run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mockdreams.contract.checking.rules import TIERS, Tier
from mockdreams.extras import extra
from mockdreams.files import check_writable, one_line, write_text

if TYPE_CHECKING:
    from mockdreams.contract.checking.runner import CheckReport
    from mockdreams.contract.client.target import Target


class CannotRunError(click.ClickException):
    """What was asked for is sound, and cannot be done: one line, exit 2."""

    exit_code = 2


class _ReportFile(click.Path):
    """A file that a report goes to, found writable before there is one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(value)
        check_writable(path)
        return path


File = _ReportFile()


CONTROL_TOKEN_HELP = "What a mockdreams server there wants.  [default: on this machine, MOCKDREAMS_CONTROL_TOKEN]"


@click.command(context_settings={"show_default": True})
@click.option("--target", required=True, envvar="MOCKDREAMS_TARGET", help="Base URL of the service.")
@click.option("--api-key", required=True, envvar=["MOCKDREAMS_TARGET_API_KEY", "ANTHROPIC_API_KEY"], help="Its key.")
@click.option("--control-token", help=CONTROL_TOKEN_HELP)
@click.option(
    "--tier",
    type=click.Choice(TIERS),
    default="read",
    envvar="MOCKDREAMS_TIER",
    help="read: creates nothing. cheap: creates and removes, no model works. full: runs dreams.",
)
@click.option("--rule", "only", multiple=True, help="Only this rule; may be repeated.")
@click.option("--model", envvar="MOCKDREAMS_MODEL", help="Model of agents and dreams.  [default: a cheap one]")
@click.option("--poll", type=click.FloatRange(0), help="Seconds between polls.  [default: 5, none for mockdreams]")
@click.option("--junit", type=File, help="Write the report as JUnit XML.")
@click.option("--json", type=File, help="Write the report as JSON.")
@click.option("--markdown", type=File, help="Write the report as Markdown.")
@click.option("--verbose", is_flag=True, help="Tell of every rule, and not only of those that are broken or unproved.")
@click.option("--yes", is_flag=True, help="Do not ask before a run against another machine.")
def check(
    target: str,
    api_key: str,
    control_token: str | None,
    tier: Tier,
    only: tuple[str, ...],
    model: str | None,
    poll: float | None,
    junit: Path | None,
    json: Path | None,
    markdown: Path | None,
    verbose: bool,
    yes: bool,
) -> None:
    """Check the rules of the contract, one by one, against any service that claims to keep them."""
    with extra("contract", "the contract"):
        import httpx2

        from mockdreams.contract.checking.runner import UnreachableError
    try:
        with _target(target, api_key, control_token, tier, yes) as service:
            report = _run(service, model, poll, tier, frozenset(only), verbose)
    except (UnreachableError, httpx2.HTTPError) as unreachable:
        raise CannotRunError(f"cannot reach {target}: {one_line(unreachable)}") from None
    except ValueError as refused:
        raise CannotRunError(one_line(refused)) from None
    _write(report, junit, json, markdown)
    sys.exit(2 if report.interrupted else 0 if report.holds else 1)


def _target(url: str, api_key: str, control_token: str | None, tier: Tier, yes: bool) -> "Target":
    """The target, once the caller has agreed to a run against another machine."""
    from mockdreams.contract.checking.costs import warning
    from mockdreams.contract.checking.workbench import NAME
    from mockdreams.contract.client.target import Target, host_of, is_local, where_of

    if not is_local(host_of(url)):
        click.echo(warning(where_of(url), tier, NAME))
        if not yes and not click.confirm("Go on?"):
            raise click.UsageError("nothing was run")
    return Target(url, api_key, control_token=control_token)


def _run(
    service: "Target", model: str | None, poll: float | None, tier: Tier, only: frozenset[str], verbose: bool
) -> "CheckReport":
    from mockdreams.contract.checking.console import console
    from mockdreams.contract.checking.runner import run, selected
    from mockdreams.contract.checking.workbench import MODEL, Workbench

    chosen = selected(only)
    tell, tell_end = console(len(chosen), verbose)
    report = run(Workbench(service, model=model or MODEL, poll=poll), tier, chosen, tell)
    tell_end(report)
    return report


def _write(report: "CheckReport", junit: Path | None, json: Path | None, markdown: Path | None) -> None:
    from mockdreams.contract.checking.reports import as_json, as_junit, as_markdown

    for path, render in ((junit, as_junit), (json, as_json), (markdown, as_markdown)):
        if path is not None:
            write_text(path, render(report))
