"""Turns of an agent that does what a script says."""

from typing import Any

from mockdreams.contract.checking.registry import scripted_check as check
from mockdreams.contract.checking.workbench import ABSENT, Workbench, message
from mockdreams.contract.checking.worker import QueueWorker
from mockdreams.contract.client.answers import require, require_equal

URL = "/v1/sessions"
GO = message("Go.")
INTERRUPT = {"type": "user.interrupt"}
OUTCOME = {
    "type": "user.define_outcome",
    "description": "One line about the moon",
    "rubric": {"type": "text", "content": "- names the moon"},
}
SPENT = {"spend": {"output_tokens": 40_000}}
RAN = {"tool": "bash", "result": "a.txt", "permission": "allow"}
ASKED = {"tool": "bash", "result": "a.txt", "permission": "ask"}
CUSTOM = {"custom_tool": "get_weather"}
END = ["session.thread_status_idle", "session.usage", "session.status_idle"]
END_TURN, REACHED = {"type": "end_turn"}, {"type": "budget_reached"}


def budget(cents: int) -> dict[str, Any]:
    return {"type": "limit", "max_list_cost": {"amount": str(cents), "currency": "USD"}}


def answer(call: str) -> dict[str, Any]:
    content = [{"type": "text", "text": "Sunny."}]
    return {"type": "user.custom_tool_result", "custom_tool_use_id": call, "content": content}


def confirmed(call: str, result: str = "allow", **fields: Any) -> dict[str, Any]:
    return {"type": "user.tool_confirmation", "tool_use_id": call, "result": result, **fields}


def types(events: list[Any]) -> list[str]:
    return [event["type"] for event in events]


def events(stage: Workbench, session: str) -> list[Any]:
    return stage.listed(f"{URL}/{session}/events")


def went(stage: Workbench, *turns: Any, **fields: Any) -> tuple[str, list[Any]]:
    """A scripted session after its first turn, and its events."""
    session = stage.scripted(*turns, **fields)
    stage.send(session, GO).ok()
    return session, stage.turn(session)


def later(stage: Workbench, session: str, *sent: dict[str, Any]) -> list[Any]:
    """What a turn that these events begin adds to the events."""
    before = len(events(stage, session))
    stage.send(session, *sent).ok()
    return settled(stage, session, before)


def settled(stage: Workbench, session: str, before: int) -> list[Any]:
    """What comes after so many events, up to the end of a turn."""
    found = stage.until(
        lambda: events(stage, session)[before:], lambda new: types(new)[-1:] == ["session.status_idle"], "an idle"
    )
    return list(found)


def waits(found: list[Any]) -> list[str]:
    """The calls that the last idle names."""
    reason = found[-1]["stop_reason"]
    require_equal("the type of the stop reason", reason["type"], "requires_action")
    return list(reason["event_ids"])


def retries(found: list[Any]) -> list[Any]:
    return [event["error"]["retry_status"]["type"] for event in found if event["type"] == "session.error"]


def children(stage: Workbench, session: str) -> list[Any]:
    return [thread for thread in stage.listed(f"{URL}/{session}/threads") if thread["parent_thread_id"]]


# Budgets


def at_cap(stage: Workbench, *rest: Any) -> tuple[str, int]:
    """A session that its budget has paused with this before it, and how many events it has."""
    session, seen = went(stage, [SPENT, RAN, *rest], budget=budget(50))
    require_equal("the end", types(seen)[-3:], END)
    require_equal("the reasons", [seen[-3]["stop_reason"], seen[-1]["stop_reason"]], [REACHED, REACHED])
    require("agent.message" not in types(seen), "the agent goes on above its budget")
    return session, len(seen)


@check
def session_budget_reached(stage: Workbench) -> None:
    session, _ = at_cap(stage, "Done.")
    stage.send(session, GO).invalid(
        "session budget reached: consumed list cost has met `budget.max_list_cost`; only `user.tool_confirmation`, "
        "`user.tool_result`, `user.custom_tool_result`, and `user.interrupt` are accepted until the budget is raised"
    )


@check
def session_budget_not_lowered_400(stage: Workbench) -> None:
    session, _ = at_cap(stage, "Done.")
    error = stage.post(f"{URL}/{session}", {"budget": budget(40)}).invalid()
    require_equal("details", error.get("details"), {"error_code": "budget_not_raised"})


@check
def session_budget_resumes(stage: Workbench) -> None:
    for wanted in (budget(500), None):
        session, before = at_cap(stage, "Done.")
        stage.post(f"{URL}/{session}", {"budget": wanted}).ok()
        seen = settled(stage, session, before)
        resumed = ["session.updated", "session.status_running", "session.thread_status_running"]
        require_equal("what comes of it", types(seen)[:5], [*resumed, "span.model_request_start", "agent.message"])
        require_equal("the end", seen[-1]["stop_reason"], END_TURN)


@check
def session_budget_interrupt(stage: Workbench) -> None:
    session, before = at_cap(stage, "Done.")
    stage.send(session, INTERRUPT).ok()
    require_equal("further events", events(stage, session)[before:], [])
    stage.post(f"{URL}/{session}", {"budget": None}).ok()
    require("agent.message" in types(settled(stage, session, before)), "the paused work is lost")


@check
def session_budget_answers(stage: Workbench) -> None:
    session, seen = went(stage, [SPENT, ASKED, "Done."], budget=budget(50))
    (call,) = waits(seen)
    seen = later(stage, session, confirmed(call))
    require("agent.tool_result" in types(seen), "the result is not recorded")
    require("span.model_request_start" not in types(seen), "there is a model request above the budget")
    require_equal("the end", seen[-1]["stop_reason"], REACHED)


@check
def session_budget_ask_first(stage: Workbench) -> None:
    asks = {"delegate": "Reader", "turn": [CUSTOM, "Read."]}
    spends = {"delegate": "Writer", "turn": [SPENT, RAN, "Written."]}
    session, seen = went(stage, [asks, spends, "Done."], budget=budget(50))
    (call,) = waits(seen)
    reasons = [event["stop_reason"] for event in seen if event["type"] == "session.thread_status_idle"]
    require(REACHED in reasons, f"no thread is at the budget: {reasons}")
    require_equal("the end", later(stage, session, answer(call))[-1]["stop_reason"], REACHED)


# Usage

TOKENS = ("input_tokens", "output_tokens", "cache_read_input_tokens")


@check
def session_usage_turn(stage: Workbench) -> None:
    session = stage.scripted([RAN, {"slow": 60}, "Done."])
    with stage.frozen_clock():
        stage.send(session, GO).ok()
        stage.advance(30)
        usage = stage.get(f"{URL}/{session}").ok()["usage"]
        require_equal("tokens in mid-turn", [usage[kind] for kind in TOKENS], [0, 0, 0])
        require_equal("the cost in mid-turn", usage["list_cost"]["amount"], "0")
        require(usage["active_seconds"] > 0, "active_seconds do not count while the turn runs")
        stage.advance(60)
    spans = [event["model_usage"] for event in stage.turn(session) if event["type"] == "span.model_request_end"]
    usage = stage.get(f"{URL}/{session}").ok()["usage"]
    require_equal("tokens", [usage[kind] for kind in TOKENS], [sum(span[kind] for span in spans) for kind in TOKENS])


# Calls and their answers


@check
def events_evaluation(stage: Workbench) -> None:
    def told(policy: str, **act: Any) -> tuple[Any, Any]:
        settings = {"permission_policy": {"type": policy}}
        agent = stage.new_agent(tools=[{"type": "agent_toolset_20260401", "default_config": settings}])["id"]
        _, seen = went(stage, [{"tool": "bash", "result": "a", **act}, "Done."], agent=agent)
        use = next(event for event in seen if event["type"] == "agent.tool_use")
        return use.get("evaluated_permission"), use.get("evaluation")

    for policy, permission in (("always_allow", "allow"), ("always_ask", "ask")):
        require_equal(policy, told(policy), (permission, {"type": policy}))
    for permission, reason in (("allow", None), ("deny", "high_risk"), ("ask", "indeterminate")):
        judged = {"type": permission, **({"reason_code": reason} if reason else {})}
        wanted = (permission, {"type": "auto", "evaluated_permission": judged})
        require_equal(f"auto, {permission}", told("auto", permission=permission), wanted)


@check
def events_tool_unavailable(stage: Workbench) -> None:
    tools = [{"type": "agent_toolset_20260401", "configs": [{"name": "bash", "enabled": False}]}]
    _, seen = went(stage, [{"tool": "bash"}, "Done."], agent=stage.new_agent(tools=tools)["id"])
    use, given = (next(event for event in seen if event["type"] == f"agent.tool_{what}") for what in ("use", "result"))
    require_equal("the permission", use.get("evaluated_permission"), "deny")
    require("evaluation" not in use, "there is an evaluation")
    said = "bash is not an available tool. Use one of the tool names exactly as listed in your tool definitions."
    require_equal("the result", (given["content"], given["is_error"]), ([{"type": "text", "text": said}], True))


@check
def events_requires_action(stage: Workbench) -> None:
    session, seen = went(stage, [ASKED, CUSTOM, "Done."])
    bash, custom = waits(seen)
    seen = later(stage, session, answer(custom))
    require_equal("what is left", waits(seen), [bash])
    require_equal("the end", later(stage, session, confirmed(bash))[-1]["stop_reason"], END_TURN)


@check
def events_waiting_400(stage: Workbench) -> None:
    session, seen = went(stage, [CUSTOM, "Done."])
    (call,) = waits(seen)
    stage.send(session, GO).invalid(
        f"Invalid user.message event at events[0]: waiting on responses to events [{call}]; only "
        "`user.tool_confirmation`, `user.custom_tool_result`, `user.tool_result`, or `user.interrupt` may be sent "
        "(a `system.message` may trail a tool result)"
    )
    stage.send(session, OUTCOME).invalid()


@check
def events_denied_text(stage: Workbench) -> None:
    session, seen = went(stage, [ASKED, "Done."])
    seen = later(stage, session, confirmed(waits(seen)[0], "deny", deny_message="Not now."))
    given = next(event for event in seen if event["type"] == "agent.tool_result")
    said = "Permission to use bash has been rejected. Rejection message: Not now."
    require_equal("the result", (given["content"], given["is_error"]), ([{"type": "text", "text": said}], True))


@check
def events_mixed_turn(stage: Workbench) -> None:
    session, seen = went(stage, [RAN, ASKED, "Done."])
    free, asked = (event["id"] for event in seen if event["type"] == "agent.tool_use")
    require_equal("what waits", waits(seen), [asked])
    require("agent.tool_result" not in types(seen), "a call runs before the approval of another")
    seen = later(stage, session, confirmed(asked))
    ran = {event["tool_use_id"] for event in seen if event["type"] == "agent.tool_result"}
    require_equal("what ran", ran, {free, asked})


@check
def events_interrupt_order(stage: Workbench) -> None:
    session, _ = went(stage, [ASKED, "Never said."])
    seen = later(stage, session, INTERRUPT)
    require_equal("what comes of it", types(seen), ["agent.tool_result", "user.interrupt", *END])
    said = "Tool execution was interrupted before completion. Please retry."
    require_equal("the result", (seen[0]["content"][0]["text"], seen[0]["is_error"]), (said, True))
    require_equal("the end", seen[-1]["stop_reason"], END_TURN)


@check
def events_interrupt_then_message(stage: Workbench) -> None:
    session, _ = went(stage, [ASKED, "Never said."], "Instead.")
    before = len(events(stage, session))
    stage.send(session, INTERRUPT, message("And now?")).ok()
    seen = stage.until(
        lambda: events(stage, session)[before:], lambda new: types(new).count("session.status_idle") == 2, "two idles"
    )
    said = [event["content"][0]["text"] for event in seen if event["type"] == "agent.message"]
    require_equal("what is said", said, ["Instead."])


@check
def self_hosted_tools(stage: Workbench) -> None:
    environment = stage.new_environment(config={"type": "self_hosted"})["id"]
    worker = QueueWorker(stage.target, environment)
    session, seen = went(stage, [{"tool": "bash", "permission": "allow"}, "Done."], environment_id=environment)
    (call,) = waits(seen)
    given = {"type": "user.tool_result", "tool_use_id": call, "content": [{"type": "text", "text": "a.txt"}]}
    before = len(seen)
    headers = {"x-api-key": None, "authorization": f"Bearer {worker.key}"}
    (sent,) = stage.post(f"{URL}/{session}/events", {"events": [given]}, headers=headers).ok()["data"]
    require(sent.get("processed_at"), "a result has no processed_at")
    seen = settled(stage, session, before)
    running = ["session.status_running", "session.thread_status_running"]
    require_equal("what comes of it", types(seen)[:3], ["user.tool_result", *running])
    require_equal("the end", seen[-1]["stop_reason"], END_TURN)


# Errors

PLAIN = (
    "unknown_error model_overloaded_error model_rate_limited_error model_request_failed_error billing_error "
    "tool_use_limit_reached_error compaction_limit_reached_error"
).split()
MCP = ["mcp_connection_failed_error", "mcp_authentication_failed_error"]
REPOSITORY = [f"repository_{what}_error" for what in ("authentication", "forbidden", "not_found", "checkout", "clone")]


def error_of(seen: list[Any]) -> Any:
    return next(event["error"] for event in seen if event["type"] == "session.error")


@check
def error_keys(stage: Workbench) -> None:
    further: dict[str, set[str]] = {kind: set() for kind in PLAIN}
    further |= {kind: {"mcp_server_name"} for kind in MCP}
    further |= {kind: {"repository_url"} for kind in REPOSITORY}
    further["credential_host_unreachable_error"] = {"credential_id", "vault_id"}
    for kind, keys in further.items():
        _, seen = went(stage, [{"error": kind}])
        require_equal(f"the keys of {kind}", set(error_of(seen)), {"type", "message", "retry_status", *keys})


def goes_on(stage: Workbench, kinds: list[str]) -> None:
    for kind in kinds:
        _, seen = went(stage, [{"error": kind}, "Done without."])
        require_equal(f"retry_status of {kind}", retries(seen), ["retrying"])
        require("session.status_rescheduled" not in types(seen), f"{kind} reschedules the session")
        require("agent.message" in types(seen), f"{kind} ends the turn")
        require_equal("the end", seen[-1]["stop_reason"], END_TURN)


@check
def error_mcp_goes_on(stage: Workbench) -> None:
    goes_on(stage, MCP)


@check
def error_repository_goes_on(stage: Workbench) -> None:
    goes_on(stage, REPOSITORY)


@check
def error_retrying(stage: Workbench) -> None:
    failing = {"error": "model_overloaded_error", "retry": "retrying"}
    _, seen = went(stage, [failing, failing, "There you are."])
    require_equal("the errors", retries(seen), ["retrying", "retrying"])
    statuses = [each for each in types(seen) if each.startswith("session.status_")]
    require_equal("statuses", statuses[:3], [f"session.status_{s}" for s in ("running", "rescheduled", "running")])
    require_equal("the end", seen[-1]["stop_reason"], END_TURN)


@check
def error_exhausted(stage: Workbench) -> None:
    failing = {"error": "model_overloaded_error", "retry": "retrying"}
    _, seen = went(stage, [failing, {**failing, "retry": "exhausted"}])
    require_equal("the errors", retries(seen), ["retrying", "exhausted"])
    require_equal("the end", seen[-1]["stop_reason"], {"type": "retries_exhausted"})
    session = stage.scripted([{**failing, "retry": "exhausted"}])
    stage.send(session, GO, message("And this.")).ok()
    seen = stage.turn(session)
    require("agent.message" not in types(seen), "what waits is answered")
    require_equal("messages taken up", sum("processed_at" in e for e in seen if e["type"] == "user.message"), 2)
    require("agent.message" in types(later(stage, session, GO)), "the next message starts nothing")


@check
def error_limit(stage: Workbench) -> None:
    for kind in ("tool_use_limit_reached_error", "compaction_limit_reached_error"):
        session, seen = went(stage, [{"error": kind}])
        require_equal(f"the end of {kind}", seen[-1]["stop_reason"], {"type": "retries_exhausted"})
        require("agent.message" in types(later(stage, session, GO)), "the next message starts nothing")
        session, seen = went(stage, [{"delegate": "Reader", "turn": [{"error": kind}]}, "Done."])
        require_equal("the child", [thread["status"] for thread in children(stage, session)], ["terminated"])


def ended(stage: Workbench, session: str) -> list[Any]:
    return stage.until(
        lambda: events(stage, session), lambda seen: seen[-1]["type"] == "session.status_terminated", "the end"
    )


@check
def error_terminal(stage: Workbench) -> None:
    session = stage.scripted([{"error": "billing_error", "retry": "terminal"}])
    stage.send(session, GO).ok()
    seen = types(ended(stage, session))
    require("session.usage" not in seen, "there is a session.usage")
    require_equal("the status", stage.get(f"{URL}/{session}").ok()["status"], "terminated")


@check
def thread_terminated_once(stage: Workbench) -> None:
    limited = {"delegate": "Reader", "turn": [{"error": "tool_use_limit_reached_error"}]}
    session = stage.scripted([limited, {"error": "billing_error", "retry": "terminal"}])
    stage.send(session, GO).ok()
    seen = [e["session_thread_id"] for e in ended(stage, session) if e["type"] == "session.thread_status_terminated"]
    require_equal("the child's", seen.count(children(stage, session)[0]["id"]), 1)


@check
def error_too_long(stage: Workbench) -> None:
    with stage.policy(context_window_tokens=100):
        session = stage.scripted()
        stage.send(session, message("moon " * 200)).ok()
        error = error_of(ended(stage, session))
    require_equal("type and retry", (error["type"], error["retry_status"]["type"]), ("unknown_error", "terminal"))
    found = error["message"].removeprefix("prompt is too long: ").partition(" tokens > ")
    require(found[0].isdigit() and found[2] == "100 maximum", f"the message is {error['message']!r}")


@check
def session_rescheduling_guarded_400(stage: Workbench) -> None:
    session = stage.scripted([{"error": "unknown_error", "retry": "retrying"}, "Done."])
    with stage.frozen_clock():
        stage.send(session, GO).ok()
        stage.advance(5)
        require_equal("the status", stage.get(f"{URL}/{session}").ok()["status"], "rescheduling")
        stage.post(f"{URL}/{session}/archive").invalid()
        stage.delete(f"{URL}/{session}").invalid()


@check
def session_update_agent_idle_400(stage: Workbench) -> None:
    session = stage.scripted([{"slow": 60}, "Done."])
    with stage.frozen_clock():
        stage.send(session, GO).ok()
        stage.advance(5)
        before = stage.get(f"{URL}/{session}").ok()
        stage.post(f"{URL}/{session}", {"title": "Other", "agent": {"tools": []}}).invalid()
        require_equal("the title", stage.get(f"{URL}/{session}").ok()["title"], before["title"])


# Outcomes


def results(seen: list[Any]) -> list[str]:
    return [event["result"] for event in seen if event["type"] == "span.outcome_evaluation_end"]


@check
def outcome_results(stage: Workbench) -> None:
    for verdicts, wanted, words in (
        (["satisfied"], ["satisfied"], 1),
        (["failed"], ["failed"], 1),
        (["needs_revision", "satisfied"], ["needs_revision", "satisfied"], 2),
        (["needs_revision"] * 2, ["needs_revision", "max_iterations_reached"], 3),
    ):
        session = stage.scripted(verdicts=verdicts)
        stage.send(session, {**OUTCOME, "max_iterations": 2}).ok()
        seen = stage.turn(session)
        require_equal("results", results(seen), wanted)
        require_equal("messages", types(seen).count("agent.message"), words)


@check
def outcome_evaluations(stage: Workbench) -> None:
    session = stage.scripted(verdicts=["satisfied", "failed"])
    shown = []
    for _ in range(2):
        later(stage, session, OUTCOME)
        shown.append(stage.get(f"{URL}/{session}").ok()["outcome_evaluations"])
    require_equal("results", [each["result"] for each in shown[1]], ["satisfied", "failed"])
    require_equal("the first", shown[1][0], shown[0][0])
    require(shown[1][1]["completed_at"], "an outcome that has ended has no completed_at")


@check
def outcome_turn_lost(stage: Workbench) -> None:
    for end in ({"error": "unknown_error"}, {"refuse": None}):
        session = stage.scripted([end])
        later(stage, session, OUTCOME)
        (shown,) = stage.get(f"{URL}/{session}").ok()["outcome_evaluations"]
        require_equal("the result", shown["result"], "failed")


@check
def events_outcome_single_400(stage: Workbench) -> None:
    session = stage.scripted([{"slow": 60}, "Done."])
    with stage.frozen_clock():
        stage.send(session, OUTCOME).ok()
        stage.advance(5)
        stage.send(session, OUTCOME).invalid()


# Threads


def at_work(stage: Workbench, *names: str) -> tuple[str, list[Any]]:
    """A session whose children work for a minute, and their threads; the clock stands."""
    turns = [{"delegate": name, "turn": [{"slow": 60}, f"{name} is done."]} for name in names]
    session = stage.scripted([*turns, "Then without."])
    stage.send(session, GO).ok()
    stage.advance(10)
    return session, children(stage, session)


@check
def thread_archive_running_400(stage: Workbench) -> None:
    with stage.frozen_clock():
        session, (child,) = at_work(stage, "Reader")
        path = f"{URL}/{session}/threads/{child['id']}/archive"
        stage.post(path).invalid(
            f'Thread {child["id"]} cannot be archived while its status is "running". '
            "Send user.interrupt with session_thread_id set to bring it to idle first."
        )
        stage.advance(120)
        require_equal("archived again", stage.post(path).ok(), stage.post(path).ok())


@check
def thread_archive_terminates(stage: Workbench) -> None:
    session, _ = went(stage, [{"delegate": "Reader", "turn": ["Read."]}, "Done."])
    (child,) = children(stage, session)
    path = f"{URL}/{session}/threads/{child['id']}"
    require_equal("the status", stage.post(f"{path}/archive").ok()["status"], "terminated")
    for log in (events(stage, session), stage.listed(f"{path}/events")):
        require_equal("the last event", log[-1]["type"], "session.thread_status_terminated")
        require_equal("its thread", log[-1]["session_thread_id"], child["id"])


@check
def thread_archive_goes_on(stage: Workbench) -> None:
    asking = [{"tool": "bash", "permission": "ask"}]
    both = [{"delegate": name, "turn": asking} for name in ("One", "Two")]
    session, seen = went(stage, [*both, "Without them."])
    ids = seen[-1]["stop_reason"]["event_ids"]
    one, two = (f"{URL}/{session}/threads/{child['id']}/archive" for child in children(stage, session))
    stage.post(one).ok()
    reason = events(stage, session)[-1]["stop_reason"]
    require_equal("what is left", reason, {"type": "requires_action", "event_ids": ids[1:]})
    stage.post(two).ok()
    require_equal("the end", stage.turn(session)[-1]["stop_reason"], END_TURN)


def advised(stage: Workbench) -> tuple[str, list[Any]]:
    """A session whose agent has asked its advisor, and its events."""
    advisor = {"type": "advisor", "model": stage.model}
    agent = stage.new_agent(multiagent={"type": "coordinator", "agents": [{"type": "self"}, advisor]})["id"]
    return went(stage, [{"delegate": "advisor", "turn": ["Be brief."]}, "Done."], agent=agent)


@check
def thread_advisor_terminates(stage: Workbench) -> None:
    session, seen = advised(stage)
    require_equal("the end", seen[-1]["stop_reason"], END_TURN)
    (thread,) = children(stage, session)
    require_equal("its agent", thread["agent"], {"type": "advisor", "model": stage.model})
    require_equal("its status", (thread["status"], thread["archived_at"]), ("terminated", None))
    heard = next(event for event in seen if event["type"] == "agent.thread_message_received")
    require_equal("the advice", heard["content"], [{"type": "text", "text": "Be brief."}])
    for log in (seen, stage.listed(f"{URL}/{session}/threads/{thread['id']}/events")):
        ends = [event["session_thread_id"] for event in log if event["type"] == "session.thread_status_terminated"]
        require_equal("the threads that end", ends, [thread["id"]])


@check
def thread_interrupt_archived_400(stage: Workbench) -> None:
    session, _ = went(stage, [{"delegate": "Reader", "turn": ["Read."]}, "Done."])
    (child,) = children(stage, session)
    stage.post(f"{URL}/{session}/threads/{child['id']}/archive").ok()
    stage.send(session, {**INTERRUPT, "session_thread_id": child["id"]}).invalid()
    session, _ = advised(stage)
    (advisor,) = children(stage, session)
    stage.send(session, {**INTERRUPT, "session_thread_id": advisor["id"]}).invalid()


@check
def thread_interrupt_alone(stage: Workbench) -> None:
    with stage.frozen_clock():
        session, (one, two) = at_work(stage, "One", "Two")
        stage.send(session, {**INTERRUPT, "session_thread_id": one["id"]}).ok()
        stage.advance(1)
        statuses = {thread["id"]: thread["status"] for thread in children(stage, session)}
        require_equal("the children", statuses, {one["id"]: "idle", two["id"]: "running"})
        require_equal("the session", stage.get(f"{URL}/{session}").ok()["status"], "running")
        stage.advance(120)
    seen = stage.turn(session)
    heard = [event["content"][0]["text"] for event in seen if event["type"] == "agent.thread_message_received"]
    require_equal("reports", heard, ["Two is done."])


@check
def thread_spawn_order(stage: Workbench) -> None:
    session, seen = went(stage, [{"delegate": "Reader", "turn": ["Read."]}, "Done."])
    begun = types(seen).index("session.thread_created")
    wanted = ["session.thread_created", "agent.thread_message_sent", "session.thread_status_running"]
    require_equal("on the session", types(seen)[begun : begun + 3], wanted)
    (child,) = children(stage, session)
    own = types(stage.listed(f"{URL}/{session}/threads/{child['id']}/events"))
    require_equal("on the thread", own[:2], ["session.thread_status_running", "agent.thread_message_received"])


@check
def thread_cross_posted(stage: Workbench) -> None:
    session, seen = went(stage, [{"delegate": "Reader", "turn": [CUSTOM, "Read."]}, "Done."])
    (child,) = children(stage, session)
    shown = next(event for event in seen if event["type"] == "agent.custom_tool_use")
    require_equal("on the session", shown.get("session_thread_id"), child["id"])
    own = stage.listed(f"{URL}/{session}/threads/{child['id']}/events")
    used = next(event for event in own if event["type"] == "agent.custom_tool_use")
    require("session_thread_id" not in used, "the thread's own event names the thread")


@check
def events_answer_thread(stage: Workbench) -> None:
    for turn, calls in (([CUSTOM, "Done."], answer), ([{"delegate": "Reader", "turn": [ASKED, "Read."]}], confirmed)):
        for named in ("its own", f"sthr_{ABSENT}", "nonsense"):
            session, seen = went(stage, turn)
            (call,) = waits(seen)
            own = next(event for event in seen if event["id"] == call).get("session_thread_id")
            given = {**calls(call), "session_thread_id": own if named == "its own" else named}
            (echo,) = stage.send(session, given).ok()["data"]
            require_equal("whether there is a thread", "session_thread_id" in echo, turn[0] is not CUSTOM)
            require_equal("the thread", echo.get("session_thread_id"), own)


@check
def events_child_waits(stage: Workbench) -> None:
    session, seen = went(stage, [{"delegate": "Reader", "turn": [CUSTOM, "Read."]}, "Meanwhile.", RAN, "Done."])
    asked = waits(seen)
    seen = later(stage, session, GO)
    ran = ["session.status_running", "session.thread_status_running", "user.message", "span.model_request_start"]
    did = ["agent.message", "agent.tool_use", "span.model_request_end", "agent.tool_result"]
    require_equal("what comes of a message", types(seen), [*ran, *did, *END])
    require_equal("what waits", waits(seen), asked)
    seen = later(stage, session, answer(asked[0]))
    require("agent.thread_message_received" in types(seen), "the child does not report")
    require_equal("the end", seen[-1]["stop_reason"], END_TURN)


@check
def thread_child_report(stage: Workbench) -> None:
    silent = {"delegate": "Reader", "turn": [RAN]}
    failing = {"delegate": "Writer", "turn": [{"error": "unknown_error", "message": "Out of luck."}]}
    session, seen = went(stage, [silent, "Next.", failing, "Done."])
    reader, writer = (thread["id"] for thread in children(stage, session))
    heard = [event["content"][0]["text"] for event in seen if event["type"] == "agent.thread_message_received"]
    wanted = [
        f"[child {reader} completed but produced no text output]",
        f"[child {writer} failed: Out of luck.]",
    ]
    require_equal("reports", heard, wanted)


# Streams and agents


@check
def stream_previews_interrupted(stage: Workbench) -> None:
    session = stage.scripted([{"slow": 60}, "This is never said in full."])
    with stage.frozen_clock(), stage.stream(session, {"event_deltas[]": ["agent.message"]}) as stream:
        stage.send(session, GO).ok()
        stage.advance(40)
        stage.send(session, INTERRUPT).ok()
        stage.advance(1)
        seen = [frame.event for frame in stream.until("session.status_idle")]
    require("event_start" in seen, f"there is no preview: {seen}")
    require("agent.message" not in seen, "the message comes all the same")
    require("span.model_request_end" in seen[seen.index("event_start") :], "the preview has no end")


@check
def events_results_without_content(stage: Workbench) -> None:
    session, seen = went(stage, [{"tool": "bash", "result": "", "permission": "allow"}, CUSTOM, "Done."])
    (given,) = stage.send(session, {"type": "user.custom_tool_result", "custom_tool_use_id": waits(seen)[0]}).ok()[
        "data"
    ]
    result = next(event for event in seen if event["type"] == "agent.tool_result")
    require_equal("results with content", [each["type"] for each in (result, given) if "content" in each], [])
    require_equal("is_error", [result["is_error"], given["is_error"]], [False, False])


@check
def version_of_moves(stage: Workbench) -> None:
    store = stage.new_store()["id"]
    attached = [{"type": "memory_store", "memory_store_id": store}]
    mount = stage.new_session(resources=attached)["resources"][0]["mount_path"]
    old, new = f"{mount}/a.md", f"{mount}/b.md"
    steps = (
        {"tool": "write", "input": {"file_path": old, "content": "Tabs."}},
        {"tool": "edit", "input": {"file_path": old, "old_string": "Tabs", "new_string": "Spaces"}},
        {"tool": "bash", "input": {"command": f"mv {old} {new}"}},
        {"tool": "bash", "input": {"command": f"rm {new}"}},
    )
    session, _ = went(stage, [*({**step, "permission": "allow"} for step in steps), "Done."], resources=attached)
    versions = stage.listed(f"/v1/memory_stores/{store}/memory_versions")[::-1]
    told = [(version["operation"], version["path"]) for version in versions]
    moved = [("created", "/a.md"), ("modified", "/a.md"), ("modified", "/b.md"), ("deleted", "/b.md")]
    require_equal("the versions", told, moved)
    require_equal("the memories", len({version["memory_id"] for version in versions}), 1)
    by = {"type": "session_actor", "session_id": session}
    require_equal("by others", [version["id"] for version in versions if version["created_by"] != by], [])


@check
def agent_without_toolset(stage: Workbench) -> None:
    store = stage.new_store()["id"]
    written = {"tool": "write", "input": {"file_path": "/mnt/memory/{}/a.md", "content": "Tabs."}}
    attached = [{"type": "memory_store", "memory_store_id": store}]
    mount = stage.new_session(resources=attached)["resources"][0]["mount_path"]
    written["input"] = {"file_path": f"{mount}/a.md", "content": "Tabs."}
    went(stage, [written, "Done."], resources=attached)
    paths = [item["path"] for item in stage.listed(f"/v1/memory_stores/{store}/memories")]
    require_equal("the memories", paths, ["/a.md"])
