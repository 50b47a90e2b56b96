"""`mockdreams pull`."""

from pathlib import Path

import click

from mockdreams.contract.checking.command import CannotRunError, File
from mockdreams.extras import extra
from mockdreams.files import one_line, write_text


@click.command(context_settings={"show_default": True})
@click.option("--from", "source", required=True, envvar="MOCKDREAMS_PULL_FROM", help="Base URL of the service.")
@click.option("--api-key", required=True, envvar="ANTHROPIC_API_KEY", help="Its key.")
@click.option("--memory-store", required=True, metavar="ID", help="The memory store.")
@click.option("--sessions", type=click.IntRange(0), default=20, help="How many of its newest sessions.")
@click.option("-o", "--out", required=True, type=File, help="The seed file to write.")
@click.option(
    "--redact", is_flag=True, help="Replace names, mail addresses, long numbers and keys, the same each time."
)
@click.option("--redact-name", "names", multiple=True, metavar="NAME", help="A name to replace, too. Repeatable.")
@click.option("--yes", is_flag=True, help="Do not ask before another machine is read.")
def pull(
    source: str,
    api_key: str,
    memory_store: str,
    sessions: int,
    out: Path,
    redact: bool,
    names: tuple[str, ...],
    yes: bool,
) -> None:
    """Read a memory store and its newest sessions from a service into a seed file, for `--load` and `load=`.

    Nothing is changed there, no model works, and nothing is billed. Exit 2: it cannot be read, or written.
    """
    with extra("contract", "reading a workspace"):
        import httpx2

        from mockdreams.contract.client.answers import RuleViolation
        from mockdreams.contract.client.target import Target, host_of, is_local, where_of
    from mockdreams.pulling import pull as pulling
    from mockdreams.pulling.redaction import SeedRedactor

    try:
        if not is_local(host_of(source)):
            click.echo(
                f"This reads {memory_store} and up to {sessions} sessions from {where_of(source)}: about "
                f"{sessions + 4} GET requests, or one more for each hundred memories, versions or events. It changes "
                "nothing, and no model works: it costs nothing."
            )
            if not yes and not click.confirm("Go on?"):
                raise click.UsageError("nothing was read")
        with Target(source, api_key) as target:
            seed = pulling.pull(target, memory_store, sessions)
    except httpx2.HTTPError as unreachable:
        raise CannotRunError(f"cannot reach {source}: {one_line(unreachable)}") from None
    except RuleViolation as refused:
        answer = "" if refused.answer is None else f" ({refused.answer.text})"
        raise CannotRunError(one_line(f"cannot read {memory_store}: {refused}{answer}")) from None
    except (ValueError, LookupError, TypeError) as wrong:
        raise CannotRunError(one_line(f"cannot read {memory_store}: {type(wrong).__name__} {wrong}")) from None
    if redact or names:
        seed = SeedRedactor(memory_store, names).redact(seed)
    write_text(out, pulling.seed_text(seed))
    count = len(seed["memory_stores"][0]["memories"])
    click.echo(f"{out}: {count} memories and {len(seed['sessions'])} sessions")
    if redact or names:
        click.echo("names are guessed: read the file before you share it", err=True)
