"""In a server's own process, threads let the event loop go first; in that of a test nothing has another priority."""

import os
import sys

import anyio
import pytest

from mockdreams.http import threads


def priorities() -> tuple[int, int]:
    """Of the event loop, and of a thread."""

    async def ask() -> tuple[int, int]:
        aside = await threads.run_in_thread(os.getpriority, os.PRIO_PROCESS, 0)
        return os.getpriority(os.PRIO_PROCESS, 0), aside

    return anyio.run(ask)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have the priority of their process")
def test_a_thread_of_a_server_has_a_lower_priority_than_its_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "_niceness", None)
    loop, aside = priorities()
    assert aside == loop
    threads.let_loop_first()
    assert priorities() == (loop, min(loop + threads.NICER, 19))
    assert priorities() == (loop, min(loop + threads.NICER, 19))
