"""The schema fuzzed against the fake: Schemathesis in a process of its own, the fake in this one."""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from mockdreams.contract.schema import METHODS, document, operations
from mockdreams.http import app
from mockdreams.http.workspaces import Workspaces
from mockdreams.server import ThreadedServer
from mockdreams.wire.betas import AGENT_MEMORY, DREAMING, ENVIRONMENTS_MARCH, MANAGED_AGENTS
from tests.support.helpers import MODEL
from tools.fuzz_world import KEY, FuzzWorld, build_world

ROOT = Path(__file__).parents[1]
PHASES = ("examples", "coverage", "fuzzing", "stateful")
NEVER = (
    "DELETE /v1/agents/{agent_id}",
    "POST /v1/skills",
    "POST /v1/skills/{skill_id}/versions",
)
"""Operations that are described only because of how they refuse, and those to which nobody guesses a good folder."""
FOR_WORKERS = (
    "GET /v1/environments/{environment_id}/work",
    "GET /v1/environments/{environment_id}/work/poll",
    "POST /v1/environments/{environment_id}/work/{work_id}/ack",
    "POST /v1/environments/{environment_id}/work/{work_id}/heartbeat",
    "POST /v1/environments/{environment_id}/work/{work_id}/stop",
)
"""Operations that want the credential of a worker, where all requests have an API key: they are left out."""
HEADERS = {
    "Version": ["2023-06-01", "2026-10-21"],
    "DreamingBeta": [DREAMING, f"{DREAMING},{MANAGED_AGENTS}"],
    "MemoryBeta": [AGENT_MEMORY, MANAGED_AGENTS],
    "ManagedAgentsBeta": [MANAGED_AGENTS, f"{AGENT_MEMORY}, {MANAGED_AGENTS}"],
    "KnownBeta": ["", MANAGED_AGENTS],
    "AnyBeta": ["", MANAGED_AGENTS, ENVIRONMENTS_MARCH],
}
"""Good values. Not the oldest beta of environments: it has a page for other parameters, and does not look at ours."""


_NAMED = re.compile(r"#/components/schemas/(\w+)")


@dataclass(frozen=True)
class Run:
    """What Schemathesis said, in words and as its report."""

    output: str
    report: dict[str, Any]
    phases: Sequence[str] = PHASES
    one_in: int = 1

    @property
    def complaints(self) -> list[str]:
        """What keeps the run from being a good one."""
        if not self.report:
            return ["Schemathesis did not run"]
        passed = [phase for phase, outcome in self.report["phases"].items() if outcome["status"] == "success"]
        rates = self.report["valid_rates"]
        accepted = [call for call, phases in rates.items() if any(rate["accepted"] for rate in phases.values())]
        asked = _calls(self.one_in)
        never = [call for call in asked if call not in (*accepted, *NEVER)]
        if "examples" not in self.phases and len(never) * 20 <= len(asked):
            never = []  # that phase has something good for each of them
        return [
            *(f"{phase} did not pass" for phase in self.phases if phase not in passed),
            *(f"{failure['title']}: {failure['operations']}" for failure in self.report["failures"]),
            *(f"{call} never succeeded" for call in never),
            *([] if self.report["exit_code"] == 0 else [f"Schemathesis ended with {self.report['exit_code']}"]),
        ]


def _calls(one_in: int) -> list[str]:
    """Of the operations that are fuzzed one in so many, always the same."""
    return [each.call for each in operations() if each.call not in FOR_WORKERS][::one_in]


def fuzz(
    *, seed: int, examples: int, seconds: int | None = None, phases: Sequence[str] = PHASES, one_in: int = 1
) -> Run:
    """Run phases of Schemathesis once, or for so many seconds, over one operation in so many."""
    server = ThreadedServer(app.Application(Workspaces(clock="auto"), end_idle_streams=True))
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            schema, report = Path(folder) / "openapi.json", Path(folder) / "report.json"
            schema.write_text(json.dumps(fuzzed(build_world(server.url), one_in)))
            options = ["--url", server.url, "--header", f"x-api-key: {KEY}", "--report-json-path", str(report)]
            options += ["--seed", str(seed), "--max-examples", str(examples), "--phases", ",".join(phases)]
            options += [] if seconds is None else ["--max-time", str(seconds)]
            command = [sys.executable, "-m", "schemathesis.cli", "run", str(schema), *options]
            run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
            return Run(
                run.stdout + run.stderr, json.loads(report.read_text()) if report.exists() else {}, phases, one_in
            )
    finally:
        server.stop()


def fuzzed(stage: FuzzWorld, one_in: int = 1) -> dict[str, Any]:
    """The document, in whose requests headers are good, and ids those of the stage; of one operation in so many."""
    copy = deepcopy(document())
    for method, path in (each.call.split() for each in operations() if each.call not in _calls(one_in)):
        del copy["paths"][path][method.lower()]
    for item in copy["paths"].values():
        # One world is one workspace: any header but the world's own is 400 or 404, before anything else is looked at.
        item["parameters"] = [each for each in item["parameters"] if not each["$ref"].endswith("/Workspace")]
        if item.get("get", {}).get("operationId") == "listDeployments":  # these two exclude each other
            item["get"]["parameters"] = [
                p for p in item["get"]["parameters"] if not p["$ref"].endswith("/DeploymentStatus")
            ]
        for method in item.keys() & set(METHODS):
            _doom(item[method], stage)
    parameters = copy["components"]["parameters"]
    for parameter in parameters.values():
        if parameter["in"] == "path":
            parameter["schema"] = stage.one_of(parameter["name"])
    # From patterns and lists Schemathesis makes headers that are refused before anything else is looked at.
    for name, values in HEADERS.items():
        parameters[name]["schema"] = {"enum": values, "examples": values}
    _name_ids_in_bodies(copy["components"]["schemas"], stage)
    return copy


def _doom(operation: dict[str, Any], stage: FuzzWorld) -> None:
    """An operation that takes few records, or spoils them, gets its own, so that the others keep theirs."""
    if doomed := stage.doomed.get(operation["operationId"]):
        name, ids = doomed
        parameter = {"name": name, "in": "path", "required": True, "schema": {"enum": ids}}
        operation["parameters"] = [*operation.get("parameters", ()), parameter]


def _name_ids_in_bodies(shapes: dict[str, Any], stage: FuzzWorld) -> None:
    _separate(shapes, "DeploymentEvent")
    store, sessions = deepcopy(shapes["DreamMemoryStoreInput"]), deepcopy(shapes["DreamSessionsInput"])
    store["properties"]["memory_store_id"] = stage.one_of("memory_store_id")
    sessions["properties"]["session_ids"]["items"] = stage.one_of("session_id")
    shapes["CreateDreamInputs"] = {
        "oneOf": [
            {"type": "array", "minItems": 2, "maxItems": 2, "items": False, "prefixItems": order}
            for order in ([store, sessions], [sessions, store])
        ]
    }
    shapes["SupportedModel"]["enum"] = [MODEL]
    for shape in ("SessionAgentReference", "SessionAgentWithOverrides", "AgentEntry"):
        shapes[shape]["properties"]["id"] = stage.one_of("agent_id")
    for shape, name in (("CoordinatorParams", "agents"), ("TeamEnabledParams", "predefined_agents")):
        shapes[shape]["properties"][name]["items"]["oneOf"][0] = stage.one_of("agent_id")
    # A model without a price has no budget, and one update makes the next one's version stale.
    shapes["SessionAgentWithOverrides"]["properties"]["model"] = {"enum": [MODEL, {"id": MODEL, "speed": "fast"}]}
    shapes["UpdateAgent"]["properties"]["version"] = {"enum": [None, 1]}
    shapes["CreateSession"]["properties"]["agent"]["oneOf"][0] = stage.one_of("agent_id")
    shapes["CreateSession"]["properties"]["environment_id"] = stage.one_of("environment_id")
    shapes["MemoryStoreResourceParams"]["properties"]["memory_store_id"] = stage.one_of("memory_store_id")
    for shape in ("FileResourceParams", "FileSource", "FileRubric"):
        shapes[shape]["properties"]["file_id"] = {"enum": stage.kept["file_id"][:1]}
    for shape in ("CreateMessage", "CountTokens"):
        shapes[shape]["properties"]["model"] = {"enum": [MODEL]}
    shapes["CreateSession"]["properties"]["vault_ids"]["items"] = stage.one_of("vault_id")
    shapes["SkillParams"]["properties"] |= {
        "skill_id": {"enum": ["xlsx", "pdf"]},
        "version": {"enum": [None, "latest"]},
    }
    _deploy(shapes, stage)
    # An update that has this is always refused, and what else it has is not looked at.
    del shapes["UpdateSession"]["properties"]["vault_ids"]
    shapes["UserInterruptParams"]["properties"]["session_thread_id"]["oneOf"][0] = stage.one_of("thread_id")


def _separate(shapes: dict[str, Any], name: str) -> None:
    """Give a shape of deployments copies of all that it names: what a run will need may have any id until then."""

    def copied(named: re.Match[str]) -> str:
        own = f"Deployments{named[1]}"
        if own not in shapes:
            shapes[own] = None
            shapes[own] = json.loads(_NAMED.sub(copied, json.dumps(shapes[named[1]])))
        return f"#/components/schemas/{own}"

    shapes[name] = json.loads(_NAMED.sub(copied, json.dumps(shapes[name])))


def _deploy(shapes: dict[str, Any], stage: FuzzWorld) -> None:
    """Deployments of what is there, with schedules that are ones; a system message would have to be the last event."""
    shapes["DeploymentAgent"]["oneOf"][0] = stage.one_of("agent_id")
    for shape in ("CreateDeployment", "UpdateDeployment"):
        shapes[shape]["properties"]["environment_id"] = stage.one_of("environment_id")
    shapes["DeploymentEvent"]["oneOf"].pop()
    shapes["DeploymentResources"]["items"] = {"$ref": "#/components/schemas/RepositoryResourceParams"}
    shapes["ScheduleParams"]["properties"]["expression"] = {"enum": ["0 9 * * 1-5", "*/15 * * * *"]}
    shapes["ScheduleParams"]["properties"]["timezone"] = {"enum": ["UTC", "Europe/Berlin"]}


@click.command(context_settings={"show_default": True})
@click.option("--seed", type=int, default=1, help="The same seed asks the same questions.")
@click.option("--examples", type=int, default=100, help="Cases per operation, in each round.")
@click.option("--seconds", type=int, help="Go on for so long; without it, one round.")
def main(seed: int, examples: int, seconds: int | None) -> None:
    """Fuzz the fake with requests made from the schema, good and bad, alone and in chains."""
    run = fuzz(seed=seed, examples=examples, seconds=seconds)
    click.echo(run.output)
    for complaint in run.complaints:
        click.echo(complaint, err=True)
    raise SystemExit(1 if run.complaints else 0)


if __name__ == "__main__":
    main()
