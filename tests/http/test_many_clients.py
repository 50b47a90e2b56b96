"""One world under many threads, and many worlds side by side: nothing is lost, and nothing waits for ever."""

import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import anthropic
import httpx2
import pytest

from mockdreams import MockDreams
from mockdreams.dreaming.plan import DreamInputs, Say, Step
from mockdreams.harness.handle import default_server
from mockdreams.world.state.migrations import FORMAT
from tests.support.deep import deep, one_in
from tests.support.helpers import HANG_GUARD, TERMINAL, Scene
from tests.support.invariants import STORES, check_dreams, check_growth, check_writers, every, frozen
from tests.support.machines import EXAMPLES
from tests.support.turns import message

WORKERS = 8 if EXAMPLES else 3
"""The weekly job has more."""
ROUNDS = 2
CALLS = 10 if EXAMPLES else 4
HELD_UP = 60
"""Seconds after which one world is held up by another; less than the clients of tests wait for answers."""
REFUSALS = (anthropic.BadRequestError, anthropic.NotFoundError, anthropic.ConflictError)


class Crew:
    """Threads whose failures are the test's; some of them work until the others are done."""

    def __init__(self) -> None:
        self.done = threading.Event()
        self._threads: list[threading.Thread] = []
        self._companions: list[threading.Thread] = []
        self._failures: list[BaseException] = []

    def send(self, work: Callable[..., object], *args: Any) -> None:
        self._threads.append(self._start(lambda: work(*args)))

    def accompany(self, work: Callable[[], object]) -> None:
        """Let a thread do `work` again and again until all that were sent are done."""

        def again() -> None:
            while not self.done.is_set() and not self._failures:
                work()

        self._companions.append(self._start(again))

    def join(self) -> None:
        self._join(self._threads)
        self.done.set()
        self._join(self._companions)
        if self._failures:
            raise self._failures[0]

    def _start(self, work: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                work()
            except BaseException as failure:
                self._failures.append(failure)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return thread

    def _join(self, threads: list[threading.Thread]) -> None:
        for thread in threads:
            thread.join(HANG_GUARD)
        assert not any(thread.is_alive() for thread in threads), "a thread is stuck"


def answer_of(other: MockDreams) -> str:
    """How another world answers now; it is asked where a world works, which is the server itself if that is wrong."""
    try:
        return f"it answers {other.http.get('/v1/dreams', timeout=HELD_UP).status_code}"
    except httpx2.TimeoutException:
        return f"it is held up: no answer within {HELD_UP} s"


class Worker:
    """A client that does everything at once, to records of its own and of all."""

    def __init__(self, mock: MockDreams, shared: str, number: int) -> None:
        self.scene = Scene(mock, mock.client(max_retries=0).beta)
        self.shared = shared
        self.number = number
        self.made: list[str] = []
        self.last: dict[str, Any] = {}

    def work(self) -> None:
        own, session = self.scene.store({"/a.md": "- One.\n- One.\n"}), self.scene.session()
        for turn in range(ROUNDS):
            self.scene.send(session, f"Turn {turn}.")
            self.dream(own, session)
            self.update(session)
            self.write(turn)
            self.poll(turn)
        with suppress(*REFUSALS):
            self.scene.beta.sessions.delete(session)

    def dream(self, store: str, session: str) -> None:
        self.made.append(self.scene.dream(store, [session]).id)

    def update(self, session: str) -> None:
        """One at a time updates the store of all."""
        behavior = {"type": "update_existing", "memory_store_id": self.shared}
        with suppress(anthropic.ConflictError):
            self.made.append(self.scene.dream(self.shared, [session], output_behavior=behavior).id)

    def write(self, turn: int) -> None:
        memories = self.scene.beta.memory_stores.memories
        memory = memories.create(self.shared, path=f"/{self.number}/{turn}.md", content="Text.")
        if turn % 2:
            with suppress(*REFUSALS):
                memories.delete(memory.id, memory_store_id=self.shared)

    def poll(self, turn: int) -> None:
        dreams = self.scene.beta.dreams
        for id in self.made:
            seen = dreams.retrieve(id).to_dict(mode="json")
            if id in self.last:
                check_growth(self.last[id], seen)
            self.last[id] = seen
        with suppress(*REFUSALS):
            (dreams.cancel if turn % 3 else dreams.archive)(self.made[turn % len(self.made)])
        assert len({dream.id for dream in dreams.list(limit=3)}) > 0


class Watcher:
    """A client that opens streams, mostly of dreams, reads a little, and hangs up."""

    def __init__(self, mock: MockDreams) -> None:
        self.http = mock.http
        self.opened = 0

    def watch(self) -> None:
        sessions = self.http.get("/v1/sessions", params={"limit": 5}).json()["data"]
        for session in sessions:
            url = f"/v1/sessions/{session['id']}/events/stream"
            with (
                suppress(httpx2.ReadTimeout),
                self.http.stream("GET", url, timeout=httpx2.Timeout(HANG_GUARD, read=0.05)) as got,
            ):
                assert got.status_code in (200, 404), got.read()
                self.opened += 1
                for _ in itertools.islice(got.iter_lines(), 30):
                    pass


def spy(mock: MockDreams) -> None:
    """Read everything that a handle shows while the server writes it."""
    clock = mock.clock
    due = [task.at for task in clock.due]
    assert due == sorted(due)
    assert clock.now() <= clock.now()
    assert all(exchange.status != 500 for exchange in mock.requests)
    assert list(mock.faults) == list(mock.dreams) == []
    assert mock.story()
    assert mock.snapshot()["mockdreams"] == FORMAT


def hammer(mock: MockDreams, move: Callable[[], object]) -> list[Worker]:
    """Some clients at once, while others watch, spy and move the clock."""
    crew, watcher = Crew(), Watcher(mock)
    with mock.client() as client:
        shared = Scene(mock, client.beta).store({"/start.md": "- One.\n"})
    workers = [Worker(mock, shared, number) for number in range(WORKERS)]
    for work in (move, watcher.watch, lambda: spy(mock)):
        crew.accompany(work)
    for worker in workers:
        crew.send(worker.work)
    crew.join()
    assert watcher.opened > 0
    return workers


@pytest.mark.parametrize(
    ("sessions", "messages", "acts", "said"),
    [(1, 1, 201, "Hello."), (51, 1, 1, "Hello."), (1, 51, 1, "Hello."), (1, 1, 1, "x" * 5_001)],
)
@pytest.mark.parametrize("moved", ["by the clock", "by a look"])
def test_long_turns_and_many_hold_up_no_other_world(
    scene: Scene, sessions: int, messages: int, acts: int, said: str, moved: str
) -> None:
    answers: list[str] = []
    queue = default_server.places.get_or_create(scene.mock.api_key).world.session_scripts
    next_turn = queue.next_turn

    def curious(*asked: Any) -> Any:
        if not answers:
            answers.append(answer_of(other))
        return next_turn(*asked)

    queue.next_turn = curious  # type: ignore[method-assign, assignment]
    scene.mock.sessions.script(turns=[["Well."] * acts])
    scene.mock.clock.mode = "manual"
    first, *_ = ids = [scene.session() for _ in range(sessions)]
    for id in ids:
        scene.beta.sessions.events.send(id, events=[message(said)] * messages)
    with MockDreams() as other:
        if moved == "by the clock":
            scene.http.post("/_mockdreams/clock", json={"run_until_idle": True})
        else:
            scene.mock.clock.mode = "auto"
        given_up = time.monotonic() + HANG_GUARD
        while scene.http.get(f"/v1/sessions/{first}").json()["status"] != "idle" or not answers:
            assert time.monotonic() < given_up, f"{first} is never idle, or its turn was never asked for: {answers}"
    assert answers == ["it answers 200"]


def test_the_reading_of_an_archive_holds_up_no_other_world(scene: Scene) -> None:
    answers = []
    skills = default_server.places.get_or_create(scene.mock.api_key).world.skills
    create = skills.create

    def curious(*asked: Any) -> Any:
        answers.append(answer_of(other))
        return create(*asked)

    skills.create = curious  # type: ignore[method-assign, assignment]
    manifest = b"---\nname: notes\ndescription: Takes notes.\n---\n"
    with MockDreams() as other:
        assert scene.beta.skills.create(files=[("notes/SKILL.md", manifest)]).id
    assert answers == ["it answers 200"]


@pytest.mark.fuzzing
@pytest.mark.parametrize("mode", [deep("manual"), deep("real"), "auto"])
def test_clients_of_one_world_get_a_world_that_is_whole(mockdreams: MockDreams, mode: Any) -> None:
    clock = mockdreams.clock
    clock.mode = mode
    speeds = itertools.cycle([100, 1000, 5000])
    moves: dict[str, Callable[[], object]] = {
        "manual": lambda: clock.advance(seconds=0.3),
        "real": lambda: setattr(clock, "speed", next(speeds)),
        "auto": lambda: clock.advance(seconds=0.01),
    }
    workers = hammer(mockdreams, moves[mode])
    clock.run_until_idle()
    with frozen(mockdreams):
        check_whole(mockdreams, workers)


def check_whole(mock: MockDreams, workers: list[Worker]) -> None:
    """Every dream that was asked for is there and over; so is every memory that was written."""
    shared, made = workers[0].shared, sorted(id for worker in workers for id in worker.made)
    dreams = check_dreams(mock.http)
    assert sorted(dreams) == made
    assert {dream["status"] for dream in dreams.values()} <= set(TERMINAL)
    for dream in dreams.values():
        for output in {entry["memory_store_id"] for entry in dream["outputs"]} - {shared}:
            check_writers(mock.http, output, dreams, own=set())
    sessions = [dream["session_id"] for dream in dreams.values() if dream["session_id"]]
    assert len(set(sessions)) == len(sessions)
    shown = [mock.http.get(f"/v1/sessions/{session}").json() for session in sessions]
    assert {session["status"] for session in shown} <= {"terminated"}
    written = every(mock.http, f"{STORES}/{shared}/memory_versions", operation="created")
    assert len([v for v in written if v["created_by"]["type"] == "api_actor"]) == WORKERS * ROUNDS + 1
    assert mock.clock.due == []
    assert mock.requests.count(status=500) == 0


@contextmanager
def busy(mock: MockDreams, scene: Scene) -> Iterator[None]:
    """A block in which a thread of the test's is in the middle of moving the clock."""
    began, done, crew = threading.Event(), threading.Event(), Crew()

    def slow(inputs: DreamInputs) -> Iterator[Step]:
        began.set()
        assert done.wait(HANG_GUARD)
        yield Say("Well.")

    mock.dreams.script(dreamer=slow)
    scene.dream()
    crew.send(mock.clock.run_until_idle)
    assert began.wait(HANG_GUARD)
    try:
        yield
    finally:
        done.set()
        crew.join()


def bare(mock: MockDreams, path: str) -> socket.socket:
    """A connection on which a GET has been sent, and nothing been read."""
    to = urlsplit(mock.url)
    assert to.hostname is not None
    headers = "".join(f"{name}: {value}\r\n" for name, value in mock.http.headers.items())
    connection = socket.create_connection((to.hostname, to.port or 80), HANG_GUARD)
    connection.sendall(f"GET {path} HTTP/1.1\r\nhost: {to.netloc}\r\n{headers}\r\n".encode())
    return connection


@pytest.mark.mockdreams(clock="manual")
def test_what_is_asked_of_a_busy_world_waits_and_others_are_served(scene: Scene) -> None:
    session = scene.session()
    paths = ["/v1/dreams", f"/v1/sessions/{session}/events/stream", f"/v1/sessions/{session}/events"]
    with MockDreams() as other, ExitStack() as stack:
        with busy(scene.mock, scene):
            asked = [stack.enter_context(bare(scene.mock, path)) for path in paths]
            for _ in range(3):
                assert answer_of(other) == "it answers 200"
        assert [connection.recv(12) for connection in asked] == [b"HTTP/1.1 200"] * len(paths)


def test_a_dreamer_that_takes_its_time_holds_up_no_other_world(scene: Scene) -> None:
    """Under the auto clock it thinks while a request is being answered."""
    answers = []

    def curious(inputs: DreamInputs) -> Iterator[Step]:
        answers.append(answer_of(other))
        yield Say("They dream nothing.")

    with MockDreams() as other:
        scene.mock.dreams.script(dreamer=curious)
        assert scene.finished().status == "completed"
    assert answers == ["it answers 200"]


@pytest.mark.parametrize(
    ("memories", "said"),
    [
        ({f"/{number}.md": "Small." for number in range(21)}, ()),
        ({"/large.md": "x" * 20_001}, ()),
        ({"/small.md": "Small."}, ("Hello.",) * 101),
        ({"/small.md": "Small."}, ("x" * 20_001,)),
    ],
)
@pytest.mark.long
def test_a_large_dream_holds_up_no_other_world(scene: Scene, memories: dict[str, str], said: tuple[str, ...]) -> None:
    """Many memories, many bytes or many messages: as with a dreamer that takes its time."""
    answers = []

    def curious(inputs: DreamInputs) -> Iterator[Step]:
        answers.append(answer_of(other))
        yield Say("They dream nothing.")

    default_server.places.get_or_create(scene.mock.api_key).world.dreams.dreamer = curious
    with MockDreams() as other:
        dream = scene.dream(scene.store(memories), [scene.session(*said)])
        assert scene.until(dream.id, *TERMINAL).status == "completed"
    assert answers == ["it answers 200"]


@pytest.mark.fuzzing
@pytest.mark.parametrize(
    ("how", "mode"), one_in(4, [("reset", "real"), ("reset", "manual"), ("restore", "real"), ("restore", "manual")])
)
def test_a_world_that_is_reset_under_its_clients_stays_whole(scene: Scene, how: str, mode: Any) -> None:
    mock, crew = scene.mock, Crew()
    mock.clock.mode, mock.clock.speed = mode, 1000
    dream = scene.dream()
    saved = mock.snapshot()

    def ask(client: httpx2.Client) -> None:
        for _ in range(CALLS):
            answers = [client.get(path) for path in ("/v1/dreams", f"/v1/dreams/{dream.id}", "/v1/sessions")]
            answers.append(client.post("/v1/memory_stores", json={"name": "Notes"}))
            answers.append(client.post(f"/v1/dreams/{dream.id}/cancel"))
            assert {answer.status_code for answer in answers} <= {200, 400, 404}, [a.text for a in answers]

    crew.accompany(lambda: mock.reset() if how == "reset" else mock.restore(saved))
    crew.accompany(Watcher(mock).watch)
    crew.accompany(lambda: mock.clock.advance(seconds=1))
    with ExitStack() as stack:
        for _ in range(WORKERS):
            client = httpx2.Client(base_url=mock.url, headers=mock.http.headers, verify=False)
            crew.send(ask, stack.enter_context(client))
        crew.join()
    mock.restore(saved)
    mock.clock.run_until_idle()
    assert scene.beta.dreams.retrieve(dream.id).status == "completed"
    with frozen(mock):
        assert set(check_dreams(mock.http)) == {dream.id}


@pytest.mark.long
@pytest.mark.deep
def test_faults_come_and_go_while_requests_meet_them(mockdreams: MockDreams) -> None:
    crew, seen = Crew(), set()

    def ask(client: httpx2.Client) -> None:
        for _ in range(25):
            seen.add(client.get("/v1/dreams").status_code)

    crew.accompany(lambda: mockdreams.faults.add("GET /v1/dreams", status=529))
    crew.accompany(mockdreams.faults.clear)
    crew.accompany(lambda: list(mockdreams.faults))
    with ExitStack() as stack:
        for _ in range(2):
            client = httpx2.Client(base_url=mockdreams.url, headers=mockdreams.http.headers, verify=False)
            crew.send(ask, stack.enter_context(client))
        crew.join()
    assert seen <= {200, 529}


def life(number: int) -> list[bytes]:
    """A whole dream in a world of its own, as the wire told it."""
    with MockDreams(api_key=f"sk-ant-side-by-side-{number}") as mock, mock.client(max_retries=0) as client:
        scene = Scene(mock, client.beta)
        store = scene.store({f"/{number}.md": "- Tabs.\n- Tabs.\n", "/b.md": "Deploys happen on Tuesday.\n"})
        dream = scene.finished(store_id=store, session_ids=[scene.session(f"I am {number}.")])
        paths = ["/v1/dreams", f"/v1/sessions/{dream.session_id}/events", "/v1/memory_stores", "/v1/sessions"]
        paths += [f"{STORES}/{output.memory_store_id}/memories?view=full" for output in dream.outputs]
        return [mock.http.get(path).content for path in paths]


@pytest.mark.long
def test_many_worlds_side_by_side_are_what_each_is_alone() -> None:
    crew, lives = Crew(), {}
    for number in range(WORKERS):
        crew.send(lambda number=number: lives.update({number: life(number)}))
    crew.join()
    assert lives == {number: life(number) for number in range(WORKERS)}
