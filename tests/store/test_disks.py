"""Worlds on a disk that is full, or can only be read: it is said, and what was acknowledged is there."""

from pathlib import Path

import httpx2
import pytest

from tests.support.databases import needs_postgresql, postgresql_server
from tests.support.disks import needs_disks, small_disk
from tests.support.helpers import HANG_GUARD, refused
from tests.support.kept import HEADERS, KeptServer
from tests.support.servers import command, serving

pytestmark = [pytest.mark.process, needs_disks]
STORES = "/v1/memory_stores"


def write_until_refused(http: httpx2.Client) -> tuple[list[str], httpx2.Response]:
    """The names of the stores that were acknowledged, and the answer that was none."""
    for number in range(2_000):
        answer = http.post(STORES, json={"name": str(number), "description": "x" * 1_000})
        if answer.status_code != 200:
            return [str(each) for each in range(number)], answer
    raise AssertionError("all were acknowledged")


def names(http: httpx2.Client) -> list[str]:
    found: list[str] = []
    page = None
    while True:
        answer = http.get(STORES, params={"limit": 100} | ({"page": page} if page else {}))
        assert answer.status_code == 200, answer.text
        found += [store["name"] for store in answer.json()["data"]]
        page = answer.json().get("next_page")
        if page is None:
            return found[::-1]


def client(url: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, headers=HEADERS, timeout=HANG_GUARD, trust_env=False)


def test_a_full_disk_is_said_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "400k") as disk:
        arguments = ("--port", "0", "--data", str(tmp_path / "disk" / "worlds"))
        with serving(*arguments, within=disk.within) as (url, _), client(url) as http:
            acknowledged, answer = write_until_refused(http)
            message = refused(answer, 500, "api_error")
            assert message.startswith("This world cannot be kept: ")
            assert message.endswith("database or disk is full")
            assert refused(http.get(STORES), 500, "api_error").endswith("database or disk is full")

            disk.resize("4m")
            assert names(http) == acknowledged
            assert http.post(STORES, json={"name": "more"}).status_code == 200
        with serving(*arguments, within=disk.within) as (url, _), client(url) as http:
            assert names(http) == [*acknowledged, "more"]


@needs_postgresql
@pytest.mark.deep
def test_a_full_disk_of_postgresql_is_said_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "32m") as disk, postgresql_server(within=disk.within) as database:
        server = KeptServer(database.new_database(disk.make_folder("space")))
        server.http.post(STORES, json={"name": "first"})
        disk.fill()
        acknowledged, answer = write_until_refused(server.http)
        message = refused(answer, 500, "api_error")
        assert message.startswith("This world cannot be kept: postgresql://127.0.0.1:")
        assert "No space left on device" in message

        disk.resize("64m")
        assert names(server.http) == ["first", *acknowledged]
        assert server.http.post(STORES, json={"name": "more"}).status_code == 200
        server.restart()
        assert names(server.http) == ["first", *acknowledged, "more"]
        server.stop_dead()


@pytest.mark.parametrize(
    ("harm", "reason"),
    [("fill", "database or disk is full"), ("allow_only_reading", "Read-only file system")],
)
@pytest.mark.deep
def test_a_server_that_could_keep_nothing_does_not_start(tmp_path: Path, harm: str, reason: str) -> None:
    with small_disk(tmp_path / "disk", "1m") as disk:
        data = tmp_path / "disk" / "worlds"
        arguments = ("--port", "0", "--data", str(data))
        with serving(*arguments, within=disk.within) as (url, _), client(url) as http:
            assert http.post(STORES, json={"name": "kept"}).status_code == 200
        getattr(disk, harm)()
        process = command("serve", *arguments, within=disk.within)
        assert process.communicate(timeout=HANG_GUARD) == (
            "",
            f"Error: --data: cannot keep worlds in {data}: {reason}\n",
        )
        assert process.returncode == 2
