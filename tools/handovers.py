"""Count hand-overs: calls that go from one file of mockdreams into another, on the ways through a world.

`python -m tools.handovers` prints them for a message from POST to idle, one dream step, a whole dream, and an event.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from statistics import median
from types import FrameType
from typing import Any

import httpx2

import mockdreams
from mockdreams import MockDreams
from mockdreams.wire.betas import AGENT_MEMORY, DREAMING, MANAGED_AGENTS

ROOT = os.path.dirname(mockdreams.__file__) + os.sep
MODEL = "claude-opus-4-8"
STEP = ("world/dreams/dreams.py", "step")
EVENT = ("world/sessions/event_log.py", "append")


class Count:
    """Hand-overs on one thread while it is profiled, the files that they go to, and those below some functions."""

    def __init__(self) -> None:
        self.total = 0
        self.files: Counter[str] = Counter()
        self.below: dict[tuple[str, str], list[int]] = {}
        self._open: list[tuple[FrameType, tuple[str, str], int]] = []

    def __call__(self, frame: FrameType, event: str, arg: Any) -> None:
        if event == "return" and self._open and self._open[-1][0] is frame:
            _, key, before = self._open.pop()
            self.below.setdefault(key, []).append(self.total - before)
        path = frame.f_code.co_filename
        if event != "call" or not path.startswith(ROOT):
            return
        caller = frame.f_back
        while caller is not None and not caller.f_code.co_filename.startswith(ROOT):
            caller = caller.f_back
        here = path.removeprefix(ROOT)
        if caller is None or caller.f_code.co_filename != path:
            self.total += 1
            self.files[here] += 1
        key = (here, frame.f_code.co_name)
        if key in (STEP, EVENT):
            self._open.append((frame, key, self.total))


async def counted(work: Callable[[], Awaitable[object]]) -> Count:
    """What `work` hands over on this thread, which is the one that the application runs on."""
    count = Count()
    sys.setprofile(count)
    try:
        await work()
    finally:
        sys.setprofile(None)
    return count


async def measure() -> dict[str, float]:
    """Hand-overs by what was done."""
    with MockDreams(clock="manual", api_key="hand-overs") as mock:
        async with httpx2.AsyncClient(transport=mock.async_transport, base_url="http://mock") as client:

            async def post(path: str, beta: str, body: dict[str, Any]) -> dict[str, Any]:
                headers = {"x-api-key": mock.api_key, "anthropic-version": "2023-06-01", "anthropic-beta": beta}
                answer = await client.post(path, json=body, headers=headers)
                assert answer.status_code == 200, answer.text
                found: dict[str, Any] = answer.json()
                return found

            async def talk() -> None:
                message = {"type": "user.message", "content": [{"type": "text", "text": "Remember: I like tabs."}]}
                await post(f"/v1/sessions/{session}/events", MANAGED_AGENTS, {"events": [message]})
                mock.clock.run_until_idle()

            async def dream() -> None:
                inputs = [
                    {"type": "memory_store", "memory_store_id": store},
                    {"type": "sessions", "session_ids": [session]},
                ]
                await post("/v1/dreams", DREAMING, {"inputs": inputs, "model": MODEL})
                mock.clock.run_until_idle()

            store = (await post("/v1/memory_stores", AGENT_MEMORY, {"name": "Notes"}))["id"]
            for path in ("/a.md", "/b.md"):
                memory = {"path": path, "content": "- The user likes tabs.\n- The user likes tabs.\n"}
                await post(f"/v1/memory_stores/{store}/memories", AGENT_MEMORY, memory)
            agent = (await post("/v1/agents", MANAGED_AGENTS, {"name": "Helper", "model": MODEL}))["id"]
            environment = (await post("/v1/environments", MANAGED_AGENTS, {"name": "Cloud"}))["id"]
            new = {"agent": agent, "environment_id": environment}
            session = (await post("/v1/sessions", MANAGED_AGENTS, new))["id"]
            await talk()  # what is imported and built by the first is no hand-over
            await dream()
            message, whole = await counted(talk), await counted(dream)
    steps = whole.below[STEP]
    return {
        "a message from POST to idle": message.total,
        "files that it goes to": len(message.files),
        "an event appended": median(message.below[EVENT]),
        "a dream step": round(sum(steps) / len(steps), 1),
        "the longest dream step": max(steps),
        "a whole dream": whole.total,
    }


if __name__ == "__main__":
    for what, number in asyncio.run(measure()).items():
        print(f"{number:8} {what}")
