"""What a type checker accepts of the controls, and what it refuses: mypy reads this, nobody runs it."""

from datetime import datetime

from mockdreams import DeliveryAttempt, MockDreams, Prepared, unknown


def accepted(mock: MockDreams, when: datetime) -> None:
    fault: Prepared = mock.faults.add("POST /v1/dreams", status=529, times=None)
    script: Prepared = mock.dreams.script(fail="timeout", at=0.5, write={"/a.md": "A"})
    mock.dreams.script(fail=unknown("something_new"))
    mock.sessions.script([["Hello."]], verdicts=["satisfied"])
    reply: Prepared = mock.messages.reply("Hello.", stop_reason="max_tokens", usage={"output_tokens": 3}, times=None)
    mock.messages.reply([{"type": "tool_use", "name": "look", "input": {}}], match={"message": "Look"})
    asked: list[object] = [request.body for request in mock.messages.requests]
    mock.faults.add("* /v1/sessions/**", lag=2, latency={"p50": 0.1, "p99": 1.5}, status=None)
    mock.faults.add("GET /v1/sessions/*/events/stream", lose=[0, "session.usage"], repeat="agent.message", swap=1)
    mock.faults.add("GET /v1/sessions/*/events/stream", insert={2: {"type": "new"}, 3: ": lines"}, end_after_events=3)
    stub: Prepared = mock.stubs.add("POST /v1/messages", events=[{"type": "ping"}, ": lines"], times=2)
    mock.stubs.add("GET /v1/files/**", status=404, json={"anything": [1]}, headers={"a": "b"})
    print(reply.hits, asked)
    webhook = mock.webhooks.add("http://localhost:1", events=["session.updated"], lose=[0, "agent.created"])
    mock.webhooks.add(lambda request: print(request.headers["webhook-id"], request.body), reorder=1, delay=0.5)
    mock.webhooks.add(lambda request: 204 if request.body else 400, duplicate=2, secret=webhook.secret)
    attempts: list[DeliveryAttempt] = mock.webhooks.wait(timeout=5)
    mock.webhooks.redeliver(attempts[0])
    event_id: str | None = mock.webhooks.emit("session.new", "sesn_1", anything=[1])
    print(webhook.disabled_reason, event_id)
    store_id: str = mock.build.store({"/a.md": "A"}, name="Notes").id
    session = mock.build.session("Hello.", title="First", stores=[store_id])
    status: str = mock.build.dream(store_id, [session], instructions="Merge.").status
    print(status)
    hits: int = fault.hits + stub.hits
    used: bool = script.used
    now: datetime = mock.clock.move_to(when)
    mock.policy.dreams_per_day = 1
    with mock.environ(), mock.redirect(mock.client()), mock.clock.virtual_sleep():
        print(hits, used, now, mock.clock.due[0].at)


def refused(mock: MockDreams) -> None:
    mock.faults.add("POST /v1/dreams", statuss=529)  # type: ignore[call-arg]
    mock.faults.add("POST /v1/dreams", status="529")  # type: ignore[arg-type]
    mock.faults.add("POST /v1/dreams", drop="after")  # type: ignore[arg-type]
    mock.faults.add("GET /v1/dreams", latency={"p90": 1.0})  # type: ignore[dict-item]
    mock.faults.add("GET /v1/dreams", insert=[{"type": "new"}])  # type: ignore[arg-type]
    mock.faults.add("GET /v1/dreams", lose=1.5)  # type: ignore[arg-type]
    mock.stubs.add("GET /v1/files", status="404")  # type: ignore[arg-type]
    mock.stubs.add("GET /v1/files", body=b"bytes")  # type: ignore[arg-type]
    mock.stubs.add("GET /v1/files", jsn={})  # type: ignore[call-arg]
    mock.dreams.script(fial="timeout")  # type: ignore[call-arg]
    mock.dreams.script(fail="timeot")  # type: ignore[arg-type]
    mock.dreams.script(hang="never")  # type: ignore[arg-type]
    mock.sessions.script(verdict=["satisfied"])  # type: ignore[call-arg]
    mock.messages.reply(stop_reason="bored", content="x")  # type: ignore[arg-type]
    mock.messages.reply("x", stop="end_turn")  # type: ignore[call-arg]
    mock.webhooks.add("http://localhost:1", event=["session.updated"])  # type: ignore[call-arg]
    mock.webhooks.add("http://localhost:1", duplicate="twice")  # type: ignore[arg-type]
    mock.webhooks.add(7)  # type: ignore[arg-type]
    mock.webhooks.emit("session.updated")  # type: ignore[call-arg]
    mock.build.store(["/a.md"])  # type: ignore[arg-type]
    mock.build.session(7)  # type: ignore[arg-type]
    mock.build.dream(instruction="Merge.")  # type: ignore[call-arg]
    mock.clock.advance(second=1)  # type: ignore[call-arg]
    mock.clock.catch_up()  # type: ignore[attr-defined]
