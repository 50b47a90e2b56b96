"""docs/reference/: every public name, told by the code that has it."""

import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mockdreams import MockDreams, Policy, cli, data, pytest_plugin
from mockdreams.default_agent.actions import KINDS
from mockdreams.dreaming import plan
from mockdreams.harness import clock_control, controls, message_replies, request_log, schedule_control, webhook_control
from mockdreams.harness.build import Build
from mockdreams.http import control, scenario, scenario_files
from mockdreams.http.control.webhook_routes import EmitParams, WaitParams
from mockdreams.http.faults import Fault
from mockdreams.http.journal import Exchange
from mockdreams.http.path_shape import CONTROL_PREFIX
from mockdreams.http.stubs import Stub
from mockdreams.http.webhook_receivers import WebhookRequest
from mockdreams.review import model, sdk_clients
from mockdreams.wire.webhooks import OLDER_SESSION_TYPES, OTHER_TYPES, RESOURCE_TYPES, SESSION_TYPES
from mockdreams.world.core.prices import ListPrice
from mockdreams.world.dreams import scripts
from mockdreams.world.messages import scripts as message_scripts
from mockdreams.world.schedules import records
from mockdreams.world.sessions import scripts as session_scripts
from mockdreams.world.state import seeds
from mockdreams.world.vaults import credential_validation
from mockdreams.world.webhooks.endpoints import WebhookParams
from tools import typescript_client
from tools.source_members import Member, members, signature

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
STEPS = (plan.ReadMemory, plan.ReadSession, plan.Think, plan.Say, plan.Write, plan.Delete, plan.Spend, plan.Tokens)
SCENARIO_SCHEMA = data.folder("scenarios") / "scenario.schema.json"
NOTE = "<!-- Made by scripts/reference from the code; do not edit. -->"
LONG = 200
BODIES: dict[str, type[BaseModel]] = {
    "/_mockdreams/clock": control.ClockUpdate,
    "/_mockdreams/reset": control.ResetOptions,
    "/_mockdreams/webhooks/events": EmitParams,
    "/_mockdreams/webhooks/wait": WaitParams,
}
"""Bodies of control requests whose fields no other page lists."""
SPELLED = {
    "CallPattern": "str",
    "Period": "float",
    "SessionCount": "int",
    "Latency": "float or {p50, p99}",
    "EventSelector": "int or str",
    "WebhookSelector": "int or str",
    "EventSelectors": "int or str, or list of them",
    "WebhookSelectors": "int or str, or list of them",
    "EventType": "str",
    "GivenEvent": "dict[str, Any] or str",
}
"""What the names of types stand for that only the code knows."""
LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, text in written().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    typescript_client.main()
    SCENARIO_SCHEMA.write_text(scenario_schema_text(), encoding="utf-8")
    return 0


def scenario_schema_text() -> str:
    """The schema of scenarios as it is shipped beside them."""
    return json.dumps(scenario.scenario_schema(), indent=2) + "\n"


def written() -> dict[str, str]:
    """Every page by the name of its file."""
    made = (
        _handle,
        _clock,
        _dreams,
        _sessions,
        _messages,
        _vaults,
        _webhooks,
        _faults,
        _stubs,
        _review,
        _schedules,
        _requests,
        _policy,
        _pytest,
        _control,
        _cli,
        _seeds,
        _scenarios,
    )
    return {f"{page.__name__.strip('_')}.md": "\n\n".join([NOTE, *filter(None, page())]) + "\n" for page in made}


def _handle() -> Iterator[str]:
    yield "# The handle"
    yield "`from mockdreams import MockDreams`; the pytest fixture [`mockdreams`](pytest.md) is one."
    yield f"## `{signature(MockDreams)}`"
    yield inspect.getdoc(MockDreams) or ""
    yield from _members(members(MockDreams))
    yield "## What `build` makes"
    yield inspect.getdoc(Build) or ""
    yield from _members(members(Build))


def _clock() -> Iterator[str]:
    yield "# The clock"
    yield "`mock.clock`. What the modes mean is told in [Clocks](../explanation/clocks.md)."
    yield from _members(members(clock_control.ClockControl))
    yield "## `DueTask`"
    yield from _members(members(clock_control.DueTask))


def _dreams() -> Iterator[str]:
    yield "# Scripts of dreams"
    yield "`mock.dreams`, and the same fields as JSON at [`/_mockdreams/dreams/scripts`](control.md)."
    yield from _members(members(controls.DreamScripts))
    yield "## What a script returns"
    yield from _members(members(controls.Prepared))
    yield "## `fail`"
    yield (
        'The `error.type`s that are known. The set is open: any other has to be told as `fail=unknown("…")`, with '
        "`from mockdreams import unknown`. The control API takes any text."
    )
    yield _table(("`error.type`", "the dream failed because"), [(f"`{k}`", v) for k, v in scripts.DREAM_ERRORS.items()])
    yield "## Fields of a script"
    yield from _model(scripts.DreamScript)
    yield "### `match`"
    yield from _model(scripts.DreamMatch)
    yield "### `usage`"
    yield from _model(scripts.ScriptedUsage)
    yield "## A dreamer of your own"
    yield "`script(dreamer=…)` takes a function from `DreamInputs` to steps, all of `mockdreams.dreaming.plan`."
    yield "### What it reads"
    yield from (_record(each) for each in (plan.DreamInputs, plan.Note, plan.Transcript, plan.Utterance))
    yield "### The steps"
    yield from map(_record, STEPS)


def _sessions() -> Iterator[str]:
    yield "# Scripts of sessions"
    yield "`mock.sessions`, and the same fields as JSON at [`/_mockdreams/sessions/scripts`](control.md)."
    yield from _members(members(controls.SessionScripts))
    yield "## Fields of a script"
    yield from _model(session_scripts.SessionScript)
    yield "### `match`"
    yield from _model(session_scripts.SessionMatch)
    yield "### `verdicts`"
    yield from _model(session_scripts.ScriptedVerdict)
    yield "## Acts"
    yield "A turn is a list of these, or a single one; a bare text is something to say."
    for key, act in KINDS.items():
        yield f"### `{key}`"
        yield from _model(act)


def _messages() -> Iterator[str]:
    yield "# Replies to messages"
    yield "`mock.messages`, and the same fields as JSON at [`/_mockdreams/messages/scripts`](control.md)."
    yield from _members(members(message_replies.MessageReplies))
    yield "## Fields of a reply"
    yield from _model(message_scripts.MessageScript)
    yield "### `match`"
    yield from _model(message_scripts.MessageMatch)
    yield "### `usage`"
    yield from _model(message_scripts.ReplyUsage)
    yield "## Content blocks"
    for block in (message_scripts.ReplyText, message_scripts.ReplyToolUse, message_scripts.ReplyThinking):
        yield f"### `{get_args(block.model_fields['type'].annotation)[0]}`"
        yield from _model(block)


def _vaults() -> Iterator[str]:
    yield "# Scripts of vault credentials"
    yield "`mock.vaults`, and the same fields as JSON at [`/_mockdreams/vaults/scripts`](control.md)."
    yield from _members(members(controls.VaultScripts))
    yield "## Fields of a script"
    yield from _model(credential_validation.CredentialScript)
    yield "### `match`"
    yield from _model(credential_validation.CredentialMatch)


def _webhooks() -> Iterator[str]:
    yield "# Webhooks"
    yield "`mock.webhooks`, and the same fields as JSON at [`/_mockdreams/webhooks`](control.md)."
    yield from _members(members(webhook_control.WebhookControl))
    for title, cls in (
        ("What `add` returns", webhook_control.Webhook),
        ("An attempt", webhook_control.DeliveryAttempt),
        ("What a function gets", WebhookRequest),
    ):
        yield f"## {title}"
        yield from _members(members(cls))
    yield "## Fields of a webhook"
    yield from _model(WebhookParams)
    yield "## Types of events"
    yield (
        "Those that happen here, those that the policy's `webhook_older_types` adds, and those that only a test can "
        "`emit`: nothing here causes them."
    )
    happen = [(f"`{each}`", "happens") for each in (*SESSION_TYPES, *RESOURCE_TYPES)]
    older = [(f"`{each}`", "with `webhook_older_types`") for each in OLDER_SESSION_TYPES]
    yield _table(("type", ""), [*happen, *older, *((f"`{each}`", "only on demand") for each in OTHER_TYPES)])


def _faults() -> Iterator[str]:
    yield "# Faults"
    yield "`mock.faults`, and the same fields as JSON at [`/_mockdreams/faults`](control.md)."
    yield from _members(members(controls.Faults))
    yield "## Fields of a fault"
    yield from _model(Fault)


def _stubs() -> Iterator[str]:
    yield "# Stubs"
    yield "`mock.stubs`, and the same fields as JSON at [`/_mockdreams/stubs`](control.md)."
    yield from _members(members(controls.Stubs))
    yield "## Fields of a stub"
    yield from _model(Stub)


def _review() -> Iterator[str]:
    yield "# A review"
    yield "What [`mockdreams.review`](../how-to/review.md), `mock.dreams.review` and the control API answer with."
    yield "## `review(client, dream_id: str) -> Review`"
    yield inspect.getdoc(sdk_clients.review) or ""
    yield '## `adopt(client, review: Review, only: Iterable[str] | "all" | "none" = "all") -> Adoption`'
    yield inspect.getdoc(sdk_clients.adopt) or ""
    for shape in (model.Review, model.Change, model.Source, model.Reason, model.Conflict, model.Adoption):
        yield f"## `{shape.__name__}`"
        yield from _model(shape)
    yield "## `DiffLine`"
    yield inspect.getdoc(model.DiffLine) or ""
    yield _table(("field", "type", ""), [_cells(member) for member in members(model.DiffLine)])


def _cells(member: Member) -> tuple[str, str, str]:
    return f"`{member.name}`", f"`{member.type}`", member.words


def _schedules() -> Iterator[str]:
    yield "# Schedules"
    yield (
        "`mock.schedules`, and the same fields as JSON at [`/_mockdreams/schedules`](control.md). "
        "They are ours: the service has nothing like them."
    )
    yield from _members(members(schedule_control.Schedules))
    yield "## Fields of a schedule"
    yield from _model(records.AddSchedule)
    yield "## What a schedule began"
    yield from _model(records.ScheduledDream)


def _requests() -> Iterator[str]:
    yield "# The journal"
    yield "`mock.requests`, and as JSON at [`/_mockdreams/requests`](control.md)."
    yield from _members(members(request_log.RequestLog))
    yield "## An exchange"
    yield inspect.cleandoc(Exchange.__doc__ or "")
    yield from _members(members(Exchange))


def _policy() -> Iterator[str]:
    yield "# The policy"
    yield "`mock.policy`, `policy=` of a marker or of `MockDreams`, and [`/_mockdreams/policy`](control.md)."
    yield from _model(Policy)
    yield "## `list_prices`"
    yield from _model(ListPrice)


def _pytest() -> Iterator[str]:
    options = _Options()
    pytest_plugin.pytest_addoption(options)  # type: ignore[arg-type]
    yield "# pytest"
    yield "## Fixtures"
    for name, fixture in vars(pytest_plugin).items():
        if isinstance(fixture, type(pytest_plugin.mockdreams)):
            yield f"### `{name}`"
            yield inspect.getdoc(fixture) or ""
    yield "## Marker"
    usage, _, words = pytest_plugin.MARKER.partition("): ")
    yield f"`@pytest.mark.{usage})`: {words}."
    for title, rows in (("Options", options.options), ("Settings", options.settings)):
        if rows:
            yield f"## {title}"
            yield _table(("", ""), rows)


def _control() -> Iterator[str]:
    yield "# The control API"
    yield (
        "JSON in and out. The request's API key chooses the world, as everywhere. A server that was given a "
        "`--control-token` wants it in the header `x-mockdreams-control-token`."
    )
    rows = [
        (f"`{method} {CONTROL_PREFIX}{route.path}`", inspect.getdoc(run) or "")
        for route in (*control.HEALTH, *control.DOCUMENTS, *control.OF_SERVER, *control.ROUTES)
        for method, run in control.operations(route)
    ]
    yield _table(("request", ""), rows)
    for path, body in BODIES.items():
        yield f"## Body of `POST {path}`"
        yield from _model(body)


def _cli() -> Iterator[str]:
    yield "# The command line"
    yield inspect.getdoc(cli) or ""
    yield from _command("mockdreams", cli.main)


def _seeds() -> Iterator[str]:
    yield "# Seed worlds"
    yield "What `load=` and `--load` take: YAML with these fields, or a snapshot, or the name of a shipped seed."
    yield f"Shipped: {', '.join(f'`{name}`' for name in sorted(seeds.bundled_seeds()))}."
    for part in (seeds.Seed, seeds.SeedStore, seeds.SeedMemory, seeds.SeedVersion, seeds.SeedSession):
        yield f"## `{part.__name__}`"
        yield from _model(part)


def _scenarios() -> Iterator[str]:
    yield "# Scenarios"
    yield (
        "What `scenario=` and `--scenario` take: YAML or JSON with these keys. "
        "[Start in a condition](../how-to/scenarios.md) tells how they are used."
    )
    yield from _model(scenario.ScenarioStart)
    yield "## Lists of what is prepared"
    yield "Each entry has the fields that the control of the same name takes, as JSON."
    rows = [(f"[`{key}`]({key}.md)", section.words) for key, section in scenario.SECTIONS.items()]
    yield _table(("list", ""), rows)
    yield "## Shipped"
    shipped = scenario_files.bundled_scenarios()
    yield _table(("name", ""), [(f"`{name}`", scenario_files.load_scenario(name).description) for name in shipped])


class _Options:
    """A stand-in for pytest's parser that remembers what it is told."""

    def __init__(self) -> None:
        self.options: list[tuple[str, str]] = []
        self.settings: list[tuple[str, str]] = []

    def getgroup(self, *_: Any) -> "_Options":
        return self

    def addoption(self, name: str, *, help: str, **_: Any) -> None:
        self.options.append((f"`{name}`", help))

    def addini(self, name: str, help: str, **_: Any) -> None:
        self.settings.append((f"`{name}`", help))


def _command(path: str, command: click.Command) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _command(f"{path} {name}", each)
        return
    yield f"## `{path}`"
    yield inspect.cleandoc(command.help or "")
    options = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    if options:
        rows = [
            (f"`{', '.join([*each.opts, *each.secondary_opts])}`", _kind(each), _environment(each), each.help or "")
            for each in options
        ]
        yield _table(("option", "value", "environment", ""), rows)


def _kind(option: click.Option) -> str:
    kind = "" if option.is_flag else _code_or(option.type)
    default = option.to_info_dict().get("default")
    plain = isinstance(default, str | int | float) and not isinstance(default, bool)
    return f"{kind}, default `{default}`" if plain else kind


def _code_or(kind: "click.ParamType[Any]") -> str:
    return " or ".join(f"`{choice}`" for choice in kind.choices) if isinstance(kind, click.Choice) else kind.name


def _environment(option: click.Option) -> str:
    names = [option.envvar] if isinstance(option.envvar, str) else option.envvar or []
    return ", ".join(f"`{name}`" for name in names)


def _members(found: Iterable[Member]) -> Iterator[str]:
    for member in found:
        yield f"### `{member.written}`"
        yield member.words


def _model(model: type[BaseModel]) -> Iterator[str]:
    yield inspect.cleandoc(model.__doc__ or "")
    told = {member.name: member for member in members(model)}
    rows = [
        (f"`{field.alias or name}`", _type(model, told[name].type, field), _default(field), told[name].words)
        for name, field in model.model_fields.items()
    ]
    shown = 4 if any(row[3] for row in rows) else 3
    yield _table(("field", "type", "default", "")[:shown], [row[:shown] for row in rows])


def _type(model: type, written: str, field: FieldInfo) -> str:
    known = vars(sys.modules[model.__module__])
    spelled = re.sub(r"\w+", lambda name: _choices(known.get(name[0])) or SPELLED.get(name[0], name[0]), written)
    spelled = re.sub(r"Literal\[(.*?)\]", lambda choices: choices[1].replace(", ", " or "), spelled)
    spelled = spelled if field.is_required() else spelled.removesuffix(" | None")
    bounds = [
        f"{LIMITS[name]} {getattr(each, name):,}" for each in field.metadata for name in LIMITS if hasattr(each, name)
    ]
    return ", ".join([f"`{spelled}`", *bounds])


def _choices(kind: object) -> str | None:
    """A name for one of several words, spelled out."""
    return str(kind).removeprefix("typing.").replace("'", '"') if get_origin(kind) is Literal else None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    if isinstance(default, BaseModel) or default in ({}, [], ()):
        return "empty"
    return f"`{default!r}`" if len(repr(default)) < LONG else "a table"


def _record(cls: type) -> str:
    fields = ", ".join(member.written for member in members(cls) if "(" not in member.written)
    return f"- `{cls.__name__}({fields})`: {inspect.getdoc(cls)}"


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = list(titles)
    return "\n".join(_row(cells) for cells in (head, ["---"] * len(head), *rows))


def _row(cells: Iterable[str]) -> str:
    """A bar would end a cell, in code too."""
    return f"| {' | '.join(' '.join(cell.replace(' | ', ' or ').split()) for cell in cells)} |"


if __name__ == "__main__":
    sys.exit(main())
