"""Ids and times."""

import re
from datetime import datetime

from mockdreams.contract.checking.registry import check
from mockdreams.contract.checking.scenarios import canceled_dreams
from mockdreams.contract.checking.workbench import Workbench
from mockdreams.contract.client.answers import require_each

PREFIXES = {
    "agent": "agent_",
    "environment": "env_",
    "memory": "mem_",
    "memory_store": "memstore_",
    "memory_version": "memver_",
    "session": "sesn_",
}
TIMES = ("created", "updated", "archived")
BODY = re.compile("01[1-9A-HJ-NP-Za-km-z]{22}")


def records(stage: Workbench) -> list[dict[str, str]]:
    """One record of each kind that has a type."""
    store = f"/v1/memory_stores/{stage.store}"
    paths = (
        store,
        f"/v1/sessions/{stage.session}",
        f"/v1/agents/{stage.agent}",
        f"/v1/environments/{stage.environment}",
    )
    found = [stage.get(path).ok() for path in paths]
    found += [stage.get(f"{store}/{kind}", {"limit": 1}).ok()["data"][0] for kind in ("memories", "memory_versions")]
    return found


@check
def id_prefixes(stage: Workbench) -> None:
    require_each(
        "the prefix of an id", records(stage), lambda record: record["id"].startswith(PREFIXES[record["type"]])
    )


@check
def id_bodies(stage: Workbench) -> None:
    require_each("the body of an id", records(stage), lambda record: BODY.fullmatch(record["id"].rpartition("_")[2]))


@check
def times_rfc3339(stage: Workbench) -> None:
    times = [value for record in records(stage) for key, value in record.items() if key.endswith("_at") and value]
    require_each("a time", times, lambda time: time.endswith("Z") and datetime.fromisoformat(time))


@check
def times_in_order(stage: Workbench) -> None:
    for path, new in (
        ("memory_stores", stage.new_store),
        ("agents", stage.new_agent),
        ("environments", stage.new_environment),
        ("vaults", stage.new_vault),
        ("sessions", stage.new_session),
    ):
        archived = [stage.post(f"/v1/{path}/{id}/archive").ok() for id in [new()["id"] for _ in range(2)]]
        times = [[datetime.fromisoformat(each[f"{name}_at"]) for name in TIMES] for each in archived]
        require_each(f"the times of {path}", times, lambda times: times[0] == min(times))


@check
def dream_id_prefix(stage: Workbench) -> None:
    require_each(
        "the id of a dream",
        [spare.created.ok()["id"] for spare in canceled_dreams(stage)],
        lambda id: id.startswith("drm_"),
    )
