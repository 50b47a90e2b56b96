"""A whole world in any order of doing: dreams, stores, sessions, clock, scripts, faults, snapshots."""

import sys
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from mockdreams import MockDreams, unknown
from tests.support.helpers import MODEL, TERMINAL
from tests.support.invariants import (
    STORES,
    Json,
    check_dreams,
    check_growth,
    check_writers,
    contents,
    every,
    frozen,
    input_sessions,
    input_store,
    output_store,
    updates,
)

MOST_DREAMS = 6
MOST_STORES = 4
MOST_SESSIONS = 4

which = st.integers(0, 7)
paths = st.sampled_from(["/a", "/b", "/c/d"])
texts = st.sampled_from(["- Tabs.\n- Tabs.\n", "Deploys happen on Tuesday.\n", "x"])
scripts = st.sampled_from(
    [
        {"fail": "timeout", "at": 0},
        {"fail": "internal_error", "at": 0.5, "write": {"/w": "W"}},
        {"fail": unknown("something_new")},
        {"hang": "pending"},
        {"hang": "running"},
        {"duration": 3, "usage": {"output_tokens": 7}},
        {"duration": 20_000},
        {"write": {"/w": "W", "/v/w": "VW"}, "delete": ["/z"], "duration": 77},
        {"write": {"/a/b": "cannot be"}, "delete": ["/a", "/z", "/absent"]},
        {"say": ["One.", "Two."], "delete": ["/z"], "times": 2},
    ]
)
faults = st.sampled_from([{"status": 400}, {"status": 429}, {"status": 529}, {"drop": "before"}, {"drop": "during"}])
of_dreams: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "instructions": st.sampled_from([None, "Keep it short."]),
        "model": st.sampled_from([{"id": MODEL}, {"id": MODEL, "speed": None}, {"id": MODEL, "speed": "standard"}]),
        "output_behavior": st.just({"type": "create_new"}),
    },
)
"""Keys that the body of a dream may have or leave out."""
of_sessions: st.SearchStrategy[Json] = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from([None, "T"]),
        "metadata": st.just({}),
        "resources": st.just([]),
        "vault_ids": st.just([]),
        "initial_events": st.just([]),
    },
)
"""Those of a session."""


@dataclass
class Known:
    """What the test knows of the world; saved and restored with it."""

    dreams: dict[str, Json] = field(default_factory=dict)
    """As last seen."""
    scripted: dict[str, Json] = field(default_factory=dict)
    """Which script a dream has taken."""
    waiting: list[Json] = field(default_factory=list)
    stores: dict[str, dict[str, str]] = field(default_factory=dict)
    """The stores of our own, and what we have put in them."""
    archived: set[str] = field(default_factory=set)
    sessions: list[str] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    """Sessions that we have archived."""
    own: set[str] = field(default_factory=set)
    """The memory versions that we wrote."""
    cloned: dict[str, dict[str, str]] = field(default_factory=dict)
    """What was in the input store of a dream when its output store came to be."""
    winding: set[str] = field(default_factory=set)
    """Canceled dreams whose last write has not landed."""
    meddled: set[str] = field(default_factory=set)
    """Stores that a dream writes, in which we have written beside it."""

    def live(self) -> list[Json]:
        return [dream for dream in self.dreams.values() if dream["status"] not in TERMINAL]

    def updated(self, besides: str = "") -> set[str]:
        """The stores of our own that dreams write, or have written."""
        return {input_store(dream) for id, dream in self.dreams.items() if updates(dream) and id != besides}

    def guarded(self, store: str) -> bool:
        return store in [output_store(dream) for dream in self.live()]

    def held(self, store: str, since: datetime) -> bool:
        """Whether a dream that updates the store is live, or has ended after `since`."""
        live = {dream["id"] for dream in self.live()} | self.winding
        return any(
            updates(dream)
            and input_store(dream) == store
            and (id in live or datetime.fromisoformat(dream["ended_at"]) > since)
            for id, dream in self.dreams.items()
        )

    def owned(self, session: str) -> bool:
        busy = self.live() + [self.dreams[id] for id in self.winding]
        return session in [dream["session_id"] for dream in busy]

    def take_script(self) -> Json:
        if not self.waiting:
            return {}
        script, left = self.waiting[0], self.waiting[0].get("times", 1) - 1
        self.waiting[:1] = [{**script, "times": left}] if left else []
        return script


def pick(items: Any, index: int) -> Any:
    """One of `items`, or None if there is none."""
    items = list(items)
    return items[index % len(items)] if items else None


def carried_out(script: Json, notes: dict[str, str]) -> dict[str, str]:
    """What is in a store after a script has written and deleted; no memory is written above or below another."""
    after = dict(notes)
    for path, text in script.get("write", {}).items():
        if not any(each.startswith(f"{path}/") or path.startswith(f"{each}/") for each in after):
            after[path] = text
    return {path: text for path, text in after.items() if path not in script.get("delete", [])}


class Worlds(RuleBasedStateMachine):
    """Rules act and check the answer; the invariants look at the whole world after each."""

    snapshots = Bundle("snapshots")

    def __init__(self) -> None:
        super().__init__()
        self.mock = self.world(policy={"dream_runtime_budget_seconds": 10_000})
        self.client = self.mock.client(max_retries=0)
        self.http = self.mock.http
        self.known = Known()
        self.looked_at: datetime | None = None
        agent = self.client.beta.agents.create(name="Helper", model=MODEL).id
        environment = self.client.beta.environments.create(name="Cloud").id
        self.session_body = {"agent": agent, "environment_id": environment}

    def world(self, **options: Any) -> MockDreams:
        """The world that all this happens to."""
        return MockDreams(**options)

    def teardown(self) -> None:
        """At last everything ends, and is looked at once more; unless something was wrong before."""
        try:
            if sys.exception() is None:
                self.run_until_idle()
        finally:
            self.mock.close()

    def ask(self, method: str, path: str, body: Json | None = None, *, expect: int = 200, **query: Any) -> Json:
        response = self.http.request(method, path, json=body, params=query)
        assert response.status_code == expect, f"{method} {path}: {response.status_code} {response.text}"
        answer: Json = response.json()
        return answer

    @initialize(
        mode=st.sampled_from(["auto", "manual"]),
        path=paths,
        text=texts,
        update=st.booleans(),
        script=scripts | st.none(),
        seconds=st.sampled_from([0, 5, 10, 40]),
        lost=st.sampled_from(["nothing", "input", "session", "output", "dream"]),
    )
    def begin(
        self, mode: Any, path: str, text: str, update: bool, script: Json | None, seconds: int, lost: str
    ) -> None:
        """A dream of each kind, somewhere on its way, that may be canceled or lose what it needs."""
        self.mock.clock.mode = mode
        for _ in range(2):
            self.create_store()
            self.create_session("Deploys happen on Thursday.")
        for each in (path, "/z"):
            self.write_memory(0, each, text)
        for _ in range(2 if script else 0):
            self.script(script)
        self.create_dream(0, 1, update)
        self.create_dream(1, 0, not update)
        self.mock.clock.advance(seconds=seconds)
        self.look_around()
        if lost == "session":
            self.touch_session(0, of_a_dream=False, act="delete")
        elif lost == "dream":
            for _ in range(2):
                self.cancel(0, live=True, later=None, lose=True)
        elif lost != "nothing":
            for store in range(2):
                self.lose_store(store, output=lost == "output", act="archive")

    def pick_dream(self, index: int, live: bool) -> Json | None:
        """One of the dreams, or of those that are live."""
        dream: Json | None = pick(self.known.live() if live else self.known.dreams.values(), index)
        return dream

    @rule()
    def create_store(self) -> None:
        if len(self.known.stores) < MOST_STORES:
            self.known.stores[self.ask("POST", STORES, {"name": "Notes"})["id"]] = {}

    def pick_store(self, index: int, output: bool) -> str | None:
        """One of the stores of our own, or of those that dreams write, live ones if there are any; the newest first."""
        dreams = self.known.live() or [*self.known.dreams.values()]
        outputs = filter(None, map(output_store, dreams[::-1]))
        id: str | None = pick(outputs if output else self.known.stores, index)
        return id

    @rule(store=which, output=st.booleans(), act=st.sampled_from(["archive", "delete"]))
    def lose_store(self, store: int, output: bool, act: str) -> None:
        id = self.pick_store(store, output)
        if id is not None:
            self.lose(id, act)

    def lose(self, id: str, act: str) -> None:
        path = f"{STORES}/{id}"
        gone = self.http.get(path).status_code == 404
        refused = self.known.guarded(id) and not gone and id not in self.known.archived
        expect = 404 if gone else 400 if refused else 200
        self.ask(*(("DELETE", path) if act == "delete" else ("POST", f"{path}/archive")), expect=expect)
        if expect == 200:
            self.known.archived.add(id)
            if act == "delete":
                self.known.stores.pop(id, None)

    @rule(store=which, output=st.booleans(), path=paths, text=texts)
    def write_memory(self, store: int, path: str, text: str, output: bool = False) -> None:
        id = self.pick_store(store, output)
        if id is None:
            return
        response = self.http.post(f"{STORES}/{id}/memories", json={"path": path, "content": text})
        assert response.status_code in ((400, 404) if id in self.known.archived else (200, 409))
        if response.status_code == 200:
            self.known.own.add(response.json()["memory_version_id"])
            self.wrote(id, {path: text})

    @rule(store=which, path=paths)
    def delete_memory(self, store: int, path: str) -> None:
        id = pick(self.known.stores, store)
        if id is None:
            return
        listed = every(self.http, f"{STORES}/{id}/memories")
        memory = next((memory for memory in listed if memory["path"] == path), None)
        if memory is not None:
            self.ask("DELETE", f"{STORES}/{id}/memories/{memory['id']}")
            self.wrote(id, {path: None})

    def wrote(self, store: str, changes: dict[str, str | None]) -> None:
        """We changed a store; if a dream has it as its output, what is in it is no longer for us to say."""
        if store in self.known.stores:
            now = {**self.known.stores[store], **changes}
            self.known.stores[store] = {path: text for path, text in now.items() if text is not None}
        if store in [output_store(dream) for dream in self.known.dreams.values()]:
            self.known.meddled.add(store)

    @rule(words=st.sampled_from(["Use tabs.", "Deploys happen on Friday."]), optional=of_sessions)
    def create_session(self, words: str, optional: Json | None = None) -> None:
        if len(self.known.sessions) < MOST_SESSIONS:
            message = {"type": "user.message", "content": [{"type": "text", "text": words}]}
            body = {**self.session_body, "initial_events": [message], **(optional or {})}
            self.known.sessions.append(self.ask("POST", "/v1/sessions", body)["id"])

    @rule(session=which, of_a_dream=st.booleans(), act=st.sampled_from(["send", "archive", "delete", "interrupt"]))
    def touch_session(self, session: int, of_a_dream: bool, act: str) -> None:
        pipelines = [dream["session_id"] for dream in self.known.dreams.values() if dream["session_id"]]
        id = pick(pipelines if of_a_dream else self.known.sessions, session)
        if id is None:
            return
        with frozen(self.mock):
            status = self.http.get(f"/v1/sessions/{id}").json().get("status", "gone")
        response = self.act_on_session(f"/v1/sessions/{id}", act)
        if status == "gone":
            assert response.status_code == 404
        elif self.known.owned(id):
            assert response.status_code == 400
            assert "belongs to dream" in response.text
        elif act in ("send", "interrupt"):
            assert response.status_code == (400 if status == "terminated" else 200)
        else:
            assert response.status_code == (400 if status == "running" else 200)
            if act == "delete" and response.status_code == 200:
                self.known.sessions = [each for each in self.known.sessions if each != id]

    def act_on_session(self, path: str, act: str) -> httpx2.Response:
        if act == "delete":
            return self.http.delete(path)
        if act == "archive":
            return self.http.post(f"{path}/archive")
        hello = {"type": "user.message", "content": [{"type": "text", "text": "Hello."}]}
        return self.http.post(
            f"{path}/events", json={"events": [hello if act == "send" else {"type": "user.interrupt"}]}
        )

    def dream_body(self, store: int, sessions: int, update: bool, optional: Json | None = None) -> Json | None:
        id, chosen = pick(self.known.stores, store), self.known.sessions[: 1 + sessions % 3]
        if id is None or not chosen or len(self.known.dreams) >= MOST_DREAMS:
            return None
        inputs = [{"type": "memory_store", "memory_store_id": id}, {"type": "sessions", "session_ids": chosen}]
        behavior = {"output_behavior": {"type": "update_existing", "memory_store_id": id}} if update else {}
        return {"model": MODEL, "inputs": inputs, **(optional or {}), **behavior}

    @rule(store=which, sessions=which, update=st.booleans(), optional=of_dreams)
    def create_dream(self, store: int, sessions: int, update: bool, optional: Json | None = None) -> None:
        body = self.dream_body(store, sessions, update, optional)
        if body is None:
            return
        id = body["inputs"][0]["memory_store_id"]
        since = self.mock.clock.now() - timedelta(seconds=self.mock.policy.dream_wind_down_seconds)
        archived, held = id in self.known.archived, update and self.known.held(id, since)
        dream = self.ask("POST", "/v1/dreams", body, expect=400 if archived else 409 if held else 200)
        if not archived and not held:
            self.adopt(dream)

    def adopt(self, dream: Json) -> None:
        assert dream["status"] == "pending"
        assert dream["id"] not in self.known.dreams
        self.known.dreams[dream["id"]] = dream
        self.known.scripted[dream["id"]] = self.known.take_script()

    @rule(dream=which)
    def update_again(self, dream: int) -> None:
        """Another dream for a store that one updates, or has updated."""
        updated = [input_store(each) for each in self.known.dreams.values() if updates(each)][::-1]
        store = pick(updated, dream)
        if store in self.known.stores:
            self.create_dream(list(self.known.stores).index(store), 0, update=True)

    @rule(store=which, fault=faults)
    def create_dream_in_bad_weather(self, store: int, fault: Json) -> None:
        """Only a lost answer leaves a dream behind."""
        body = self.dream_body(store, 0, update=False)
        if body is None:
            return
        self.mock.faults.add("POST /v1/dreams", **fault)
        with suppress(httpx2.TransportError):
            response = self.http.post("/v1/dreams", json=body)
            assert response.status_code == fault["status"]
        assert list(self.mock.faults) == []
        with frozen(self.mock):
            new = [dream for dream in every(self.http, "/v1/dreams") if dream["id"] not in self.known.dreams]
        archived = body["inputs"][0]["memory_store_id"] in self.known.archived
        assert len(new) == (fault.get("drop") == "during" and not archived)
        for dream in new:
            self.adopt(dream)

    @rule(dream=which, live=st.booleans())
    def look(self, dream: int, live: bool) -> None:
        before = self.pick_dream(dream, live)
        if before is not None:
            check_growth(before, self.client.beta.dreams.retrieve(before["id"]).to_dict(mode="json"))

    @rule(
        statuses=st.sets(st.sampled_from(["pending", "running", *TERMINAL])),
        archived=st.booleans(),
        limit=st.integers(1, 4),
    )
    def list_dreams(self, statuses: Any, archived: bool, limit: int) -> None:
        """In `auto` mode the first page moves time; then a list is what its filter says."""
        self.client.beta.dreams.list()
        self.look_around()
        with frozen(self.mock):
            listed = self.client.beta.dreams.list(statuses=list(statuses), include_archived=archived, limit=limit)
            ids = [dream.id for dream in islice(listed, 2 * MOST_DREAMS)]
        shown = [
            dream["id"]
            for dream in self.known.dreams.values()
            if (not statuses or dream["status"] in statuses) and (archived or dream["archived_at"] is None)
        ]
        assert ids == shown[::-1]

    @rule(dream=which, live=st.booleans(), later=st.none() | st.sampled_from([1, 100]), lose=st.booleans())
    def cancel(self, dream: int, live: bool, later: int | None, lose: bool) -> None:
        """Cancel a dream, perhaps lose what it wrote, which nothing holds any longer, and cancel it again `later`."""
        before = self.pick_dream(dream, live)
        if before is None:
            return
        ended = before["status"] in ("completed", "failed")
        answer = self.ask("POST", f"/v1/dreams/{before['id']}/cancel", expect=400 if ended else 200)
        if before["status"] == "canceled":
            assert answer == before
        elif not ended:
            assert answer == before | {"status": "canceled", "ended_at": answer["ended_at"]}
            ended_at, created_at = (datetime.fromisoformat(answer[name]) for name in ("ended_at", "created_at"))
            assert ended_at == max(self.mock.clock.now(), created_at)
        self.look_around()
        output = output_store(before)
        if lose and output is not None:
            self.lose(output, "archive")
        if later is not None and not ended:
            self.mock.clock.advance(seconds=later)
            again = self.ask("POST", f"/v1/dreams/{before['id']}/cancel")
            assert again == answer | {"usage": again["usage"]}

    @rule(dream=which)
    def archive(self, dream: int) -> None:
        before = self.pick_dream(dream, live=False)
        if before is None:
            return
        answer = self.ask(
            "POST", f"/v1/dreams/{before['id']}/archive", expect=200 if before["status"] in TERMINAL else 400
        )
        if before["status"] in TERMINAL:
            at = before["archived_at"] or answer["archived_at"]
            assert answer == before | {"archived_at": at}
            self.known.dreams[answer["id"]] = answer

    @rule(script=scripts)
    def script(self, script: Json) -> None:
        if len(self.known.waiting) < 2:
            self.mock.dreams.script(**script)
            self.known.waiting.append(script)

    @rule(seconds=st.sampled_from([0, 1, 2, 5, 6, 10, 20, 30, 90, 90_000]))
    def advance(self, seconds: int) -> None:
        before = self.mock.clock.now()
        assert self.mock.clock.advance(seconds=seconds) == before + timedelta(seconds=seconds)

    @rule()
    def run_until_idle(self) -> None:
        self.mock.clock.run_until_idle()
        assert self.mock.clock.due == []
        self.look_around()
        assert self.known.live() == []
        assert self.known.winding == set()

    @rule(mode=st.sampled_from(["auto", "manual"]))
    def switch(self, mode: Any) -> None:
        self.mock.clock.mode = mode

    @rule(target=snapshots)
    def save(self) -> Any:
        return self.mock.snapshot(), deepcopy(self.known)

    @rule(snapshot=snapshots)
    def restore(self, snapshot: Any) -> None:
        saved, known = snapshot
        self.mock.restore(saved)
        assert self.mock.snapshot() == saved
        self.known = deepcopy(known)
        with frozen(self.mock):
            assert check_dreams(self.http) == self.known.dreams

    @invariant()
    def look_around(self) -> None:
        """Look at everything while time stands still."""
        with frozen(self.mock):
            dreams = check_dreams(self.http)
            assert set(dreams) == set(self.known.dreams)
            waiting = self.ask("GET", "/_mockdreams/dreams/scripts")["data"]
            assert waiting == [{"times": 1, **script} for script in self.known.waiting]
            for id, dream in dreams.items():
                self.check_change(self.known.dreams[id], dream)
                self.known.dreams[id] = dream
            if self.looked_at != self.mock.clock.now():
                self.check_inputs()
            self.looked_at = self.mock.clock.now()

    def check_inputs(self) -> None:
        """Time has passed; the stores that no dream may write hold what we put in them."""
        for store, expected in self.known.stores.items():
            assert store in self.known.updated() or contents(self.http, store) == expected

    def check_change(self, before: Json, after: Json) -> None:
        id = after["id"]
        check_growth(before, after)
        if before["status"] in TERMINAL:
            moving = {"usage"} if id in self.known.winding else set()
            assert {key for key in after if after[key] != before[key]} <= moving
        if after["outputs"] and not before["outputs"]:
            self.known.cloned[id] = self.known.stores.get(input_store(after), {})
        ends = after["status"] in TERMINAL and before["status"] not in TERMINAL
        if after["session_id"] and (ends or id in self.known.winding):
            self.check_session(after)
        if ends:
            self.check_end(after)
        output = output_store(after)
        if after["status"] not in TERMINAL and output is not None:
            store = self.ask("GET", f"{STORES}/{output}")
            assert store["archived_at"] is None or updates(after)

    def check_session(self, dream: Json) -> None:
        """The session of a dream that is over idles and is archived; of a canceled one, when its last write lands."""
        path = f"/v1/sessions/{dream['session_id']}"
        if dream["status"] == "canceled" and self.ask("GET", path)["status"] == "running":
            self.known.winding.add(dream["id"])
            return
        self.known.winding.discard(dream["id"])
        assert self.ask("GET", path)["archived_at"] is not None
        assert self.ask("GET", f"{path}/events", order="desc", limit=1)["data"][0]["type"] == "session.status_idle"

    def check_end(self, dream: Json) -> None:
        """A dream has just ended: as it was told, and with an output that it wrote."""
        script, output = self.known.scripted[dream["id"]], output_store(dream)
        if "hang" in script or "fail" in script or script.get("duration", 0) > 10_000:
            assert dream["status"] != "completed"
        if script.get("at") == 0:
            assert dream["outputs"] == []
        if dream["status"] == "failed":
            lost = {"input_memory_store_unavailable", "input_session_unavailable"}
            assert dream["error"]["type"] in lost | {script.get("fail", "timeout")}
        if dream["status"] == "completed" and "duration" in script:
            took = datetime.fromisoformat(dream["ended_at"]) - datetime.fromisoformat(dream["created_at"])
            assert took == timedelta(seconds=script["duration"])
        told = bool({"say", "write"} & set(script))
        if dream["status"] == "completed":
            assert input_store(dream) not in self.known.archived
            assert input_sessions(dream) <= set(self.known.sessions)
            assert told or any(dream["usage"].values())
            if "usage" in script:
                assert dream["usage"] == dict.fromkeys(dream["usage"], 0) | script["usage"]
        pure = not {output, input_store(dream)} & (self.known.meddled | self.known.updated(besides=dream["id"]))
        if output is None or not dream["outputs"] or (updates(dream) and not pure):
            return
        check_writers(self.http, output, {dream["id"]: dream}, self.known.own)
        if dream["status"] == "completed" and told and pure:
            assert contents(self.http, output) == carried_out(script, self.known.cloned[dream["id"]])
