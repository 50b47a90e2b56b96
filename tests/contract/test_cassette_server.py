"""`mockdreams contract serve`: a recorded story is told again with no service, and what was not recorded is told."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic, NotFoundError

from tests.support.contract_server import served
from tests.support.helpers import HANG_GUARD, MODEL
from tests.support.recorded import BETA, KEY, Story, recording
from tests.support.servers import command

pytestmark = pytest.mark.process
READY = "mockdreams ready on "


@pytest.fixture(scope="module")
def heard() -> list[str]:
    """What the dream of the recorded story said."""
    return []


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, heard: list[str]) -> Iterator[str]:
    """A server of the recorded story."""
    path = tmp_path_factory.mktemp("cassettes") / "story.yaml"
    with served() as (service, _), recording(service, path) as (proxy, _), Story(proxy) as story:
        heard += story.tell().heard
    with _serving(path) as (server, _):
        yield server


class _serving:  # noqa: N801
    """The command as a process."""

    def __init__(self, path: Path) -> None:
        self.process = command("contract", "serve", str(path), forked=True)

    def __enter__(self) -> "tuple[str, subprocess.Popen[str]]":
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line.startswith(READY), self.process.communicate()
        return line.removeprefix(READY).strip(), self.process

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.communicate(timeout=HANG_GUARD)
        assert self.process.returncode == 0


def test_the_whole_story_is_told_again(url: str, heard: list[str]) -> None:
    with Story(url) as story:
        assert story.tell().heard == heard
        assert len(heard) > 5


def test_the_last_of_answers_that_are_alike_is_repeated(url: str) -> None:
    with Story(url) as story:
        beta = story.beta
        store = beta.memory_stores.create(name="Notes", metadata={"looks-like": "<dream-1>"})
        again = beta.memory_stores.create(name="Notes", metadata={"looks-like": "<dream-1>"})
        assert store.id == again.id
        assert store.id.startswith("memstore_01")


def test_what_was_not_recorded_is_told_with_the_nearest(url: str) -> None:
    with Anthropic(api_key=KEY, base_url=url, max_retries=0) as client:
        with pytest.raises(NotFoundError) as refused:
            client.beta.memory_stores.create(name="Others", metadata={"looks-like": "<dream-1>"})
        message: Any = refused.value.body
        told = message["error"]["message"]
        assert told.startswith("mockdreams: this request was not recorded; the nearest is exchange ")
        assert told.endswith(', POST /v1/memory_stores: name: recorded "Notes", sent "Others"')
        with pytest.raises(NotFoundError) as refused:
            client.messages.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": "Hi"}])
        body: Any = refused.value.body
        assert body["error"]["message"] == "mockdreams: this request was not recorded"


def test_only_who_asked_without_a_key_is_answered_without_one(url: str) -> None:
    assert httpx2.get(f"{url}/v1/dreams", headers=BETA).status_code == 401
    assert httpx2.get(f"{url}/v1/dreams", headers={**BETA, "x-api-key": "sk-any"}).status_code == 404
