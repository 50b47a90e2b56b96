"""Deployments and their runs."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from mockdreams.contract.checking.registry import check, scripted_check
from mockdreams.contract.checking.scenarios import cached
from mockdreams.contract.checking.workbench import ABSENT, NEVER, Workbench, message
from mockdreams.contract.client.answers import TargetResponse, require, require_each, require_equal

URL, RUNS = "/v1/deployments", "/v1/deployment_runs"
KEYS = set(
    """
    id type name description agent environment_id initial_events resources vault_ids metadata schedule status
    paused_reason created_at updated_at archived_at
    """.split()
)
RUN_KEYS = {"id", "type", "deployment_id", "agent", "trigger_context", "session_id", "error", "created_at"}
YEARLY = "0 0 1 1 *"
"""A schedule that is not going to run while it is looked at."""


def body(stage: Workbench, **fields: Any) -> dict[str, Any]:
    """A valid body for a new deployment, with `fields` changed."""
    plain = {"name": stage.name(), "agent": stage.agent, "environment_id": stage.environment}
    return {**plain, "initial_events": [message("Good morning.")], **fields}


def new(stage: Workbench, **fields: Any) -> Any:
    return stage.post(URL, body(stage, **fields)).ok()


def cron(expression: str = YEARLY, timezone: str = "Europe/Berlin") -> dict[str, str]:
    return {"type": "cron", "expression": expression, "timezone": timezone}


def scheduled(stage: Workbench, expression: str = YEARLY, timezone: str = "Europe/Berlin") -> TargetResponse:
    return stage.post(URL, body(stage, schedule=cron(expression, timezone)))


@cached
def plain(stage: Workbench) -> Any:
    """A deployment without a schedule, which no check changes."""
    return new(stage, description="Each day.", metadata={"a": "b"})


@cached
def three(stage: Workbench) -> list[Any]:
    """Three deployments, oldest first: one paused, one active, one archived."""
    made = [new(stage, schedule=cron()) for _ in range(3)]
    made[0] = stage.post(f"{URL}/{made[0]['id']}/pause").ok()
    made[2] = stage.post(f"{URL}/{made[2]['id']}/archive").ok()
    return made


@cached
def failed(stage: Workbench) -> Any:
    """A run that could not create its session, because a memory store of the deployment is not there."""
    store = {"type": "memory_store", "memory_store_id": f"memstore_{ABSENT}"}
    made = new(stage, resources=[store])
    return stage.post(f"{URL}/{made['id']}/run").ok()


@cached
def succeeded(stage: Workbench) -> Any:
    """A run that created a session."""
    run = stage.post(f"{URL}/{plain(stage)['id']}/run").ok()
    stage.litter.left["sessions"].append(run["session_id"])
    return run


@check
def deployment_keys(stage: Workbench) -> None:
    made = plain(stage)
    require_equal("the keys", set(made), KEYS)
    require_equal("type", made["type"], "deployment")
    require_equal(
        "status and schedule", (made["status"], made["schedule"], made["paused_reason"]), ("active",) + (None,) * 2
    )
    require_equal("the deployment", stage.get(f"{URL}/{made['id']}").ok(), made)


@check
def deployment_agent_pinned(stage: Workbench) -> None:
    agent = stage.new_agent()
    made = new(stage, agent=agent["id"])
    require_equal("the agent", made["agent"], {"type": "agent", "id": agent["id"], "version": 1})
    stage.post(f"/v1/agents/{agent['id']}", {"version": 1, "description": "Changed."}).ok()
    require_equal("the agent", stage.get(f"{URL}/{made['id']}").ok()["agent"], made["agent"])
    again = stage.post(f"{URL}/{made['id']}", {"agent": agent["id"]}).ok()
    require_equal("the version", again["agent"]["version"], 2)


@check
def deployment_budget_absent(stage: Workbench) -> None:
    budget = {"type": "limit", "max_list_cost": {"amount": "250", "currency": "USD"}}
    made = new(stage, budget=budget)
    require_equal("budget", made["budget"], budget)
    require("budget" not in stage.post(f"{URL}/{made['id']}", {"budget": None}).ok(), "budget is still a key")


@check
def deployment_schedule_upcoming(stage: Workbench) -> None:
    schedule = scheduled(stage).ok()["schedule"]
    require_equal("the keys", set(schedule), {"type", "expression", "timezone", "last_run_at", "upcoming_runs_at"})
    require_equal("last_run_at", schedule["last_run_at"], None)
    require_equal("how many are upcoming", len(schedule["upcoming_runs_at"]), 5)
    require_each("upcoming_runs_at", schedule["upcoming_runs_at"], lambda at: at.endswith("-12-31T23:00:00Z"))


@check
def deployment_cron_400(stage: Workbench) -> None:
    for expression, why in (
        ("* * * * * *", "expected 5 fields, got 6"),
        ("@daily", "predefined shortcuts (@daily, @hourly, ...) are not supported"),
        ("0 0 L * *", 'special character "L" is not supported (5-field POSIX cron only)'),
        ("0 9 * * FRI", 'invalid value "FRI" in field day-of-week'),
        ("99 * * * *", "field minute value 99 is out of range"),
    ):
        text = f"`schedule.expression` is not a valid 5-field cron expression: {why}"
        scheduled(stage, expression).invalid(text)


@check
def deployment_timezone_400(stage: Workbench) -> None:
    scheduled(stage, YEARLY, "Mars/Olympus").invalid('`schedule.timezone` "Mars/Olympus" is not a valid IANA timezone')


@check
def deployment_cron_never_400(stage: Workbench) -> None:
    never = "`schedule.expression` does not produce any occurrences in the next year"
    scheduled(stage, "0 0 30 2 *").invalid(never)
    scheduled(stage, "30 2 31 3 *", "Etc/UTC").ok()


@check
def deployment_initial_events_400(stage: Workbench) -> None:
    hello = message("Hello.")
    unstarted = {name: part for name, part in body(stage).items() if name != "initial_events"}
    stage.post(URL, unstarted).invalid("initial_events: Field required")
    stage.post(URL, body(stage, initial_events=[])).invalid("initial_events: must contain at least 1 item")
    answer = stage.post(URL, body(stage, initial_events=[hello] * 51))
    answer.invalid("initial_events: must contain no more than 50 item(s)")


@check
def deployment_system_message_last_400(stage: Workbench) -> None:
    first = {"type": "system.message", "content": [{"type": "text", "text": "Mind the gap."}]}
    answer = stage.post(URL, body(stage, initial_events=[first, message("Hello.")]))
    answer.invalid("invalid deployment: `initial_events`: a `system.message` event must be the last event in the list")


@check
def deployment_reference_404(stage: Workbench) -> None:
    answer = stage.post(URL, body(stage, environment_id=f"env_{ABSENT}"))
    answer.not_found("Referenced environment not found or not accessible.")
    version = {"type": "agent", "id": stage.agent, "version": 9}
    answer = stage.post(f"{URL}/{plain(stage)['id']}", {"agent": version})
    answer.not_found("Referenced agent not found or not accessible.")


@check
def deployment_agent_archived_400(stage: Workbench) -> None:
    agent = stage.new_agent()["id"]
    stage.post(f"/v1/agents/{agent}/archive").ok()
    stage.post(URL, body(stage, agent=agent)).invalid("Cannot modify archived agent")


@check
def deployment_agent_archives(stage: Workbench) -> None:
    agent = stage.new_agent()["id"]
    made = new(stage, agent=agent, schedule=cron())
    archived = stage.post(f"/v1/agents/{agent}/archive").ok()
    after = stage.get(f"{URL}/{made['id']}").ok()
    require_equal("archived_at", after["archived_at"], archived["archived_at"])
    require_equal("its runs", stage.listed(RUNS, {"deployment_id": made["id"]}), [])


@check
def deployment_pause(stage: Workbench) -> None:
    made = new(stage, schedule=cron())
    path = f"{URL}/{made['id']}"
    paused = stage.post(f"{path}/pause").ok()
    require_equal("status and reason", (paused["status"], paused["paused_reason"]), ("paused", {"type": "manual"}))
    require_equal("the schedule", paused["schedule"], made["schedule"])
    require_equal("pausing again", stage.post(f"{path}/pause").ok(), paused)
    active = stage.post(f"{path}/unpause").ok()
    require_equal("status and reason", (active["status"], active["paused_reason"]), ("active", None))
    require_equal("unpausing again", stage.post(f"{path}/unpause").ok(), active)


@check
def deployment_update_paused(stage: Workbench) -> None:
    made = new(stage, schedule=cron())
    stage.post(f"{URL}/{made['id']}/pause").ok()
    updated = stage.post(f"{URL}/{made['id']}", {"description": "Changed."}).ok()
    require_equal("status and reason", (updated["status"], updated["paused_reason"]), ("paused", {"type": "manual"}))


@check
def deployment_archived_active(stage: Workbench) -> None:
    archived = three(stage)[2]
    require_equal("status", archived["status"], "active")
    require(archived["archived_at"], "archived_at is not set")
    require_equal("upcoming_runs_at", archived["schedule"]["upcoming_runs_at"], [])


@check
def deployment_archived_400(stage: Workbench) -> None:
    path = f"{URL}/{three(stage)[2]['id']}"
    for below in ("", "/pause", "/unpause", "/run"):
        stage.post(path + below, {} if not below else None).invalid("Cannot modify archived deployment")


@check
def deployment_absent_404(stage: Workbench) -> None:
    stage.get(f"{URL}/depl_{ABSENT}").not_found("Deployment not found.")
    stage.post(f"{URL}/depl_{ABSENT}/run").not_found("Deployment not found.")


@check
def deployment_delete_405(stage: Workbench) -> None:
    answer = stage.delete(f"{URL}/{plain(stage)['id']}")
    answer.refused(405, "invalid_request_error", "Method Not Allowed")


@check
def deployment_list_filters(stage: Workbench) -> None:
    made = [each["id"] for each in three(stage)]

    def ours(**query: Any) -> list[str]:
        return [each["id"] for each in stage.listed(URL, query, limit=2) if each["id"] in made]

    require_equal("by default", ours(), [made[1], made[0]])
    require_equal("status=paused", ours(status="paused"), [made[0]])
    require_equal("status=active", ours(status="active"), [made[1]])
    require_equal("include_archived", ours(include_archived="true"), made[::-1])
    require_equal("created later", ours(**NEVER), [])
    require("next_page" not in stage.get(URL, NEVER).ok(), "next_page is a key of the last page")


@check
def deployment_list_status_archived_400(stage: Workbench) -> None:
    answer = stage.get(URL, {"status": "paused", "include_archived": "true"})
    answer.invalid("include_archived: cannot be set together with status")


@check
def deployment_list_agent_malformed_400(stage: Workbench) -> None:
    stage.get(URL, {"agent_id": "agent_x"}).invalid("Invalid agent ID.")


@check
def deployment_run_manual(stage: Workbench) -> None:
    run = succeeded(stage)
    require_equal("the keys", set(run), RUN_KEYS)
    require_equal("type", run["type"], "deployment_run")
    require_equal("trigger_context", run["trigger_context"], {"type": "manual"})
    require_equal("error", run["error"], None)
    require_equal("the agent", run["agent"], plain(stage)["agent"])
    require_equal("the run", stage.get(f"{RUNS}/{run['id']}").ok(), run)


@check
def deployment_run_session(stage: Workbench) -> None:
    run, made = succeeded(stage), plain(stage)
    session = stage.get(f"/v1/sessions/{run['session_id']}").ok()
    require_equal("deployment_id", session["deployment_id"], made["id"])
    require_equal("title and metadata", (session["title"], session["metadata"]), (made["name"], made["metadata"]))
    require_equal("the agent", session["agent"]["id"], made["agent"]["id"])


@check
def deployment_run_failed(stage: Workbench) -> None:
    run = failed(stage)
    require_equal("session_id", run["session_id"], None)
    require_equal(
        "error",
        run["error"],
        {
            "type": "session_resource_not_found_error",
            "message": "session creation rejected: a referenced resource was not found; check deployment configuration",
        },
    )


@check
def deployment_run_failed_manual(stage: Workbench) -> None:
    after = stage.get(f"{URL}/{failed(stage)['deployment_id']}").ok()
    require_equal("status and reason", (after["status"], after["paused_reason"]), ("active", None))


@check
def deployment_run_store_archived(stage: Workbench) -> None:
    store = stage.new_store()["id"]
    made = new(stage, resources=[{"type": "memory_store", "memory_store_id": store}])
    stage.post(f"/v1/memory_stores/{store}/archive").ok()
    error = stage.post(f"{URL}/{made['id']}/run").ok()["error"]
    require_equal("type", error["type"], "memory_store_archived_error")


@check
def deployment_run_environment_archived(stage: Workbench) -> None:
    environment = stage.new_environment()["id"]
    made = new(stage, environment_id=environment)
    stage.post(f"/v1/environments/{environment}/archive").ok()
    error = stage.post(f"{URL}/{made['id']}/run").ok()["error"]
    words = f"session creation rejected: environment `{environment}` is archived"
    require_equal("the error", error, {"type": "environment_archived_error", "message": words})


@check
def deployment_run_absent_404(stage: Workbench) -> None:
    stage.get(f"{RUNS}/drun_{ABSENT}").not_found()


@check
def deployment_run_list_filters(stage: Workbench) -> None:
    good, bad = succeeded(stage), failed(stage)

    def ours(**query: Any) -> set[str]:
        return {each["id"] for each in stage.listed(RUNS, query, limit=1000)} & {good["id"], bad["id"]}

    require_equal("all", ours(), {good["id"], bad["id"]})
    require_equal("has_error=true", ours(has_error="true"), {bad["id"]})
    require_equal("has_error=false", ours(has_error="false"), {good["id"]})
    require_equal("of a schedule", ours(trigger_type="schedule"), set())
    require_equal("of a deployment", ours(deployment_id=bad["deployment_id"]), {bad["id"]})
    require_equal("of an unknown one", ours(deployment_id=f"depl_{ABSENT}"), set())


@check
def deployment_run_list_malformed_400(stage: Workbench) -> None:
    stage.get(RUNS, {"deployment_id": "depl_x"}).invalid("Invalid deployment ID.")


@check
def deployment_run_list_has_error_400(stage: Workbench) -> None:
    answer = stage.get(RUNS, {"has_error": "x"})
    answer.invalid('Failed to parse request body: invalid value for bool field has_error: "x"')


# Schedules

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_MINUTE = cron("* * * * *", "UTC")


def upcoming(stage: Workbench, expression: str) -> list[datetime]:
    shown = scheduled(stage, expression).ok()["schedule"]["upcoming_runs_at"]
    return [datetime.fromisoformat(moment) for moment in shown]


def change_of_clocks(now: datetime, *, hours: int) -> datetime:
    """The next day on which Berlin has 23 or 25 hours, at noon."""
    noon = now.astimezone(BERLIN).replace(hour=12, minute=0, second=0, microsecond=0)
    while True:
        before, noon = noon, noon + timedelta(days=1)
        if noon.timestamp() - before.timestamp() == hours * 3600:
            return noon


@check
def deployment_wall_clock(stage: Workbench) -> None:
    now = datetime.fromisoformat(plain(stage)["created_at"])
    spring, autumn = change_of_clocks(now, hours=23), change_of_clocks(now, hours=25)
    found = upcoming(stage, f"30 2 {spring.day - 1},{spring.day} {spring.month} *")
    require(found[0].astimezone(BERLIN).day == spring.day - 1, "half past two is not before the clocks change")
    require(found[1].astimezone(BERLIN).year > spring.year, "there is an hour that does not exist")
    first, second = upcoming(stage, f"30 2 {autumn.day} {autumn.month} *")[:2]
    require_equal("what is between the two", second - first, timedelta(hours=1))


def runs_of(stage: Workbench, made: Any) -> list[Any]:
    return stage.listed(RUNS, {"deployment_id": made["id"], "trigger_type": "schedule"})


@scripted_check
def deployment_no_making_up(stage: Workbench) -> None:
    with stage.frozen_clock(), stage.policy(deployment_jitter_seconds=0):
        made = new(stage, schedule=EVERY_MINUTE)
        stage.post(f"{URL}/{made['id']}/pause").ok()
        stage.advance(180)
        resumed = datetime.fromisoformat(stage.post(f"{URL}/{made['id']}/unpause").ok()["updated_at"])
        require_equal("the runs while it was paused", runs_of(stage, made), [])
        stage.advance(60)
        (run,) = runs_of(stage, made)
        stage.post(f"{URL}/{made['id']}/archive").ok()
        stage.advance(600)
        stage.delete(f"/v1/sessions/{run['session_id']}").ok()
    at = datetime.fromisoformat(run["trigger_context"]["scheduled_at"])
    require(timedelta() < at - resumed <= timedelta(minutes=1), "it is not the next occurrence")


@scripted_check
def deployment_error_pauses(stage: Workbench) -> None:
    store = {"type": "memory_store", "memory_store_id": f"memstore_{ABSENT}"}
    with stage.frozen_clock(), stage.policy(deployment_jitter_seconds=0):
        made = new(stage, schedule=EVERY_MINUTE, resources=[store])
        stage.advance(120)
        (run,) = runs_of(stage, made)
        after = stage.get(f"{URL}/{made['id']}").ok()
    require_equal("its status", after["status"], "paused")
    require_equal("the reason", after["paused_reason"], {"type": "error", "error": {"type": run["error"]["type"]}})
