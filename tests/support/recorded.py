"""`mockdreams contract record` as a process, and a story that is told through it."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from anthropic import Anthropic, APIStatusError

from tests.support.helpers import ABSENT, HANG_GUARD, MODEL
from tests.support.servers import command

KEY = "sk-ant-api03-the-key-of-the-recording"
TOKEN = "ghp_a-token-of-somebody"
MET = re.compile(r"mockdreams recording (\S+) on (http://\S+)\n")
BETA = {"anthropic-version": "2023-06-01", "anthropic-beta": "managed-agents-2026-04-01"}
HELLO: Any = {"type": "user.message", "content": [{"type": "text", "text": "Hello."}]}


@contextmanager
def recording(upstream: str, out: Path, *options: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The proxy's URL and process; it is terminated at the end, if it still runs."""
    process = command("contract", "record", "--upstream", upstream, "--out", str(out), *options, forked=True)
    try:
        assert process.stdout is not None
        met = MET.fullmatch(process.stdout.readline())
        assert met, process.communicate()
        assert met[1] == upstream
        yield met[2], process
        if process.poll() is None:
            process.terminate()
            output, errors = process.communicate(timeout=HANG_GUARD)
            assert (process.returncode, output, errors) == (0, "", "")
    finally:
        process.kill()
        process.communicate()


def exchanges(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] | None = yaml.load(path.read_bytes(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))[
        "exchanges"
    ]
    return found or []


class Story:
    """Somebody who does a bit of everything by way of `url`; `control` is where the clock is moved."""

    def __init__(self, url: str, control: str | None = None) -> None:
        self.url = url
        self.client = Anthropic(api_key=KEY, base_url=url, max_retries=0, timeout=HANG_GUARD)
        self.beta = self.client.beta
        self._control = control or url

    def __enter__(self) -> "Story":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def clock(self, **order: Any) -> None:
        self.control("POST", "/clock", order)

    def control(self, method: str, path: str, body: Any) -> None:
        headers = {"x-api-key": KEY}
        httpx2.request(method, f"{self._control}/_mockdreams{path}", json=body, headers=headers).raise_for_status()

    def set_stage(self) -> None:
        self.clock(mode="manual")
        beta = self.beta
        self.store = beta.memory_stores.create(name="Notes", metadata={"looks-like": "<dream-1>"}).id
        for path, content in (("/a.md", "- Tabs.\n- Tabs.\n"), ("/b.md", f"- The key is {KEY}.\n"), ("/c/d.md", "🎉")):
            beta.memory_stores.memories.create(self.store, path=path, content=content)
        self.agent = beta.agents.create(name="Helper", model=MODEL).id
        self.environment = beta.environments.create(name="Cloud").id
        store: Any = {"type": "memory_store", "memory_store_id": self.store}
        repository: Any = {
            "type": "github_repository",
            "url": "https://github.com/someone/something",
            "authorization_token": TOKEN,
        }
        self.session = beta.sessions.create(
            agent=self.agent, environment_id=self.environment, resources=[store, repository]
        ).id

    def dream(self) -> str:
        inputs: Any = [
            {"type": "memory_store", "memory_store_id": self.store},
            {"type": "sessions", "session_ids": [self.session]},
        ]
        return self.beta.dreams.create(model=MODEL, inputs=inputs).id

    def talk(self) -> list[str]:
        """A turn of the session, heard on its stream."""
        with self.beta.sessions.events.stream(self.session) as stream:
            self.beta.sessions.events.send(self.session, events=[HELLO])
            self.clock(advance=60)
            heard = self._until_idle(stream)
        self.beta.sessions.events.list(self.session)
        return heard

    def talk_twice(self) -> None:
        """Two turns, the second begun when the first has been heard to its end."""
        with self.beta.sessions.events.stream(self.session) as stream:
            for _ in range(2):
                self.beta.sessions.events.send(self.session, events=[HELLO])
                self.clock(advance=60)
                self._until_idle(stream)

    def think_again(self) -> None:
        """A dream that is canceled before it has begun."""
        id = self.dream()
        assert self.beta.dreams.retrieve(id).status == "pending"
        self.beta.dreams.cancel(id)

    def page(self) -> None:
        memories = self.beta.memory_stores.memories
        assert len(list(memories.list(self.store, limit=1))) == 3
        assert len(list(memories.list(self.store, limit=2, view="full"))) == 3
        self.beta.memory_stores.memory_versions.list(self.store, view="full", limit=2)

    def finish_a_dream(self) -> None:
        """A dream that is polled on its way, and whose session is heard."""
        id = self.dream()
        assert self.beta.dreams.retrieve(id).status == "pending"
        seen = []
        while not (dream := self.beta.dreams.retrieve(id)).session_id:
            seen.append(dream.status)
            self.clock(advance=5)
        assert dream.status == "running"
        with self.beta.sessions.events.stream(dream.session_id) as stream:
            self.clock(run_until_idle=True)
            self.heard = self._until_idle(stream)
        done = self.beta.dreams.retrieve(id)
        assert done.status == "completed"
        self.beta.memory_stores.memories.list(done.outputs[0].memory_store_id, view="full")

    def cancel_a_dream(self) -> None:
        id = self.dream()
        self.clock(advance=15)
        self.beta.dreams.retrieve(id)
        assert self.beta.dreams.cancel(id).status == "canceled"
        self.beta.dreams.archive(id)
        self.beta.dreams.list(include_archived=True, statuses=["canceled", "completed"])

    def be_refused(self) -> None:
        beta = self.beta
        for wrong in (
            lambda: beta.dreams.retrieve(f"drm_{ABSENT}"),
            lambda: beta.memory_stores.memories.create(self.store, path="/a.md", content=""),
            lambda: beta.memory_stores.create(name="x", extra_body={"nonsense": 1}),
            lambda: beta.sessions.retrieve("nonsense"),
            lambda: list(beta.sessions.events.stream(f"sesn_{ABSENT}")),
        ):
            with pytest.raises(APIStatusError):
                wrong()
        assert httpx2.get(f"{self.url}/v1/dreams").status_code == 401
        self.control("PATCH", "/policy", {"reads_per_minute": 1})
        self.beta.agents.retrieve(self.agent)
        with pytest.raises(APIStatusError) as refused:
            self.beta.agents.retrieve(self.agent)
        assert refused.value.response.headers["retry-after"]
        self.control("PATCH", "/policy", {"reads_per_minute": None})

    def delete_the_session(self) -> None:
        with self.beta.sessions.events.stream(self.session) as stream:
            self.beta.sessions.delete(self.session)
            assert [event.type for event in stream] == ["session.deleted"]

    def tell(self) -> "Story":
        self.set_stage()
        self.talk()
        self.page()
        self.finish_a_dream()
        self.cancel_a_dream()
        self.be_refused()
        self.delete_the_session()
        return self

    def _until_idle(self, stream: Any) -> list[str]:
        heard: list[str] = []
        for event in stream:
            heard.append(event.type)
            if event.type == "session.status_idle":
                return heard
        raise AssertionError(f"the stream ended after {heard}")
