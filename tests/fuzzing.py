"""The schema fuzzed against the fake: Schemathesis in a process of its own, the fake in this one."""

import json
import re
import subprocess
import sys
import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import click
from anthropic import Anthropic

from mockdreams.contract.schema import METHODS, document
from mockdreams.http import app
from mockdreams.http.places import Places
from mockdreams.server import ThreadedServer
from mockdreams.wire.betas import ENVIRONMENTS_MARCH, ENVIRONMENTS_NOVEMBER, MANAGED_AGENTS
from tests.scene import ABSENT, MODEL

KEY = "sk-ant-fuzzed"
ROOT = Path(__file__).parents[1]
PARAMS = re.compile(r"\{\w+\}")
ENVELOPES = (MANAGED_AGENTS, ENVIRONMENTS_MARCH, ENVIRONMENTS_NOVEMBER)
Ids = dict[str, list[str]]


def fuzz(*, seed: int, examples: int, seconds: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run every phase of Schemathesis once, or for so many seconds; exit code 0 means that it found nothing."""
    server = ThreadedServer(app.Application(Places(clock="auto"), end_idle_streams=True))
    server.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            schema = Path(folder) / "openapi.json"
            schema.write_text(json.dumps(fuzzed(stage(server.url))))
            options = ["--url", server.url, "--seed", str(seed), "--max-examples", str(examples)]
            options += [] if seconds is None else ["--max-time", str(seconds)]
            command = [
                sys.executable,
                "-m",
                "schemathesis.cli",
                "run",
                str(schema),
                "-H",
                f"x-api-key: {KEY}",
                *options,
            ]
            return subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    finally:
        server.stop()


def stage(url: str) -> Ids:
    """A world with some of everything, so that not all that is asked for is absent; the ids by path parameter."""
    ids: Ids = {}

    def note(name: str, *records: Any) -> Any:
        ids.setdefault(name, []).extend(record.id for record in records)
        return records[0]

    with Anthropic(api_key=KEY, base_url=url, max_retries=0) as client:
        beta = client.beta
        for name in ("Notes", "Prefs"):
            store = note("memory_store_id", beta.memory_stores.create(name=name))
            for path in ("/a.md", "/dir/b.md"):
                memory = beta.memory_stores.memories.create(
                    store.id, path=path, content=f"The sky over {name} is blue."
                )
                note("memory_id", memory)
                ids.setdefault("memory_version_id", []).append(memory.memory_version_id)
        agent = note("agent_id", *(beta.agents.create(name=name, model=MODEL) for name in ("Helper", "Tidy")))
        place = note("environment_id", *(beta.environments.create(name=name) for name in ("Cloud", "Sky")))
        session = note("session_id", *(beta.sessions.create(agent=agent.id, environment_id=place.id) for _ in range(3)))
        inputs: Any = [
            {"type": "memory_store", "memory_store_id": store.id},
            {"type": "sessions", "session_ids": [session.id]},
        ]
        note("dream_id", *(beta.dreams.create(model=MODEL, inputs=inputs) for _ in range(2)))
    return ids


def fuzzed(ids: Ids) -> dict[str, Any]:
    """The document as far as it is served, in whose requests most ids are those of the stage."""
    copy = deepcopy(document())
    _drop_what_is_not_served(copy)
    for item in copy["paths"].values():
        # One world is one workspace: any header but the world's own is 400 or 404, before anything else is looked at.
        item["parameters"] = [each for each in item["parameters"] if not each["$ref"].endswith("/Workspace")]
    for parameter in copy["components"]["parameters"].values():
        if parameter["in"] == "path" and parameter["name"] in ids:
            parameter["schema"] = _one_of(ids, parameter["name"])
    # A list of one bad name that is empty cannot be told from an empty list once it is a header.
    copy["components"]["parameters"]["AnyBeta"]["schema"] = {"enum": ["", *ENVELOPES]}
    shapes = copy["components"]["schemas"]
    store, sessions = deepcopy(shapes["DreamMemoryStoreInput"]), deepcopy(shapes["DreamSessionsInput"])
    store["properties"]["memory_store_id"] = _one_of(ids, "memory_store_id")
    sessions["properties"]["session_ids"]["items"] = _one_of(ids, "session_id")
    shapes["CreateDreamInputs"] = {
        "oneOf": [
            {"type": "array", "minItems": 2, "maxItems": 2, "items": False, "prefixItems": order}
            for order in ([store, sessions], [sessions, store])
        ]
    }
    shapes["SupportedModel"]["enum"] = [MODEL]
    reference = shapes["SessionAgentReference"]
    reference["properties"]["id"] = _one_of(ids, "agent_id")
    shapes["CreateSession"]["properties"] |= {
        "agent": {"oneOf": [_one_of(ids, "agent_id"), {"$ref": "#/components/schemas/SessionAgentReference"}]},
        "environment_id": _one_of(ids, "environment_id"),
    }
    return copy


def _drop_what_is_not_served(copy: dict[str, Any]) -> None:
    served = {(route.method.lower(), PARAMS.sub("{}", route.path)) for route in app.ROUTES}
    names = set()
    for path, item in list(copy["paths"].items()):
        for method in METHODS:
            if method in item and (method, PARAMS.sub("{}", path)) not in served:
                names.add(item.pop(method)["operationId"])
        if not any(method in item for method in METHODS):
            del copy["paths"][path]
    for item in copy["paths"].values():
        for method in item.keys() & set(METHODS):
            for name in names & item[method]["responses"].get("200", {}).get("links", {}).keys():
                del item[method]["responses"]["200"]["links"][name]


def _one_of(ids: Ids, name: str) -> dict[str, Any]:
    """Schemas of ids, the last of them absent."""
    return {"enum": [*ids[name], f"{ids[name][0].partition('_')[0]}_{ABSENT}"]}


@click.command(context_settings={"show_default": True})
@click.option("--seed", type=int, default=1, help="The same seed asks the same questions.")
@click.option("--examples", type=int, default=100, help="Cases per operation, in each round.")
@click.option("--seconds", type=int, help="Go on for so long; without it, one round.")
def main(seed: int, examples: int, seconds: int | None) -> None:
    """Fuzz the fake with requests made from the schema, good and bad, alone and in chains."""
    run = fuzz(seed=seed, examples=examples, seconds=seconds)
    click.echo(run.stdout + run.stderr)
    raise SystemExit(run.returncode)


if __name__ == "__main__":
    main()
