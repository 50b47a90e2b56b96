"""Reads a memory store and sessions from any endpoint, in plain HTTP, and writes what a world can begin with."""

from collections.abc import Iterator
from typing import Any, Protocol

import yaml

PAGE = 100
HEAD = """\
# A seed world, read from a memory store and sessions by `mockdreams pull`. Begin with it: `--load FILE`, `load=`.
"""


class SourceAnswer(Protocol):
    """An answer."""

    def ok(self) -> Any:
        """Its body. Raises for any status but 200."""


class SeedSource(Protocol):
    """Where it is read from."""

    def ask(self, method: str, path: str, *, query: dict[str, Any] | None = None) -> SourceAnswer: ...


def pull(source: SeedSource, store_id: str, sessions: int) -> dict[str, Any]:
    """The seed of a store, of its memories with their versions, and of its `sessions` newest sessions."""
    store = source.ask("GET", f"/v1/memory_stores/{store_id}").ok()
    memories = [_memory(versions) for versions in _versions(source, store_id)]
    talks = [_session(source, session, store) for session in _sessions(source, sessions)]
    moments = [each["at"] for each in (*memories, *talks)] + [talk.pop("until") for talk in talks]
    seed = {"name": store["name"], "description": store["description"], "metadata": store["metadata"]}
    return {
        "now": max(moments, default=store["created_at"]),
        "memory_stores": [{**{key: value for key, value in seed.items() if value}, "memories": memories}],
        "sessions": sorted(talks, key=lambda talk: str(talk["at"])),
    }


def seed_text(seed: dict[str, Any]) -> str:
    """A seed as YAML for people."""
    return HEAD + yaml.dump(seed, Dumper=_SeedDumper, sort_keys=False, allow_unicode=True, width=110)


def _versions(source: SeedSource, store_id: str) -> Iterator[list[dict[str, Any]]]:
    """The versions of each memory that is there, oldest first, as far as their content is; by path."""
    there = {memory["id"]: memory for memory in _pages(source, f"/v1/memory_stores/{store_id}/memories", view="full")}
    found: dict[str, list[dict[str, Any]]] = {id: [] for id in there}
    for version in _pages(source, f"/v1/memory_stores/{store_id}/memory_versions", view="full"):
        if version["memory_id"] in there and version["content"] is not None:
            found[version["memory_id"]].append({"at": version["created_at"], "content": version["content"]})
    for id, memory in sorted(there.items(), key=lambda item: str(item[1]["path"])):
        versions = sorted(found[id], key=lambda version: str(version["at"]))
        versions = versions or [{"at": memory["updated_at"], "content": memory["content"]}]
        yield [{"path": memory["path"], **version} for version in versions]


def _memory(versions: list[dict[str, Any]]) -> dict[str, Any]:
    *earlier, newest = versions
    contents = [{"at": version["at"], "content": version["content"]} for version in earlier]
    return {**newest, **({"earlier": contents} if contents else {})}


def _sessions(source: SeedSource, most: int) -> Iterator[dict[str, Any]]:
    """The newest sessions that are not archived."""
    if most:
        for number, session in enumerate(_pages(source, "/v1/sessions"), 1):
            yield session
            if number == most:
                return


def _session(source: SeedSource, session: dict[str, Any], store: dict[str, Any]) -> dict[str, Any]:
    """What was said in a session, with `until`, the time of the last of it."""
    said = []
    until = session["created_at"]
    for event in _pages(source, f"/v1/sessions/{session['id']}/events", order="asc"):
        speaker = {"user.message": "user", "agent.message": "agent"}.get(event["type"])
        words = "\n".join(block["text"] for block in event.get("content") or () if block.get("type") == "text")
        if speaker is not None and words:
            said.append({speaker: words})
            until = max(until, event.get("processed_at") or until)
    titled = {"title": session["title"]} if session["title"] else {}
    mounted = any(each.get("memory_store_id") == store["id"] for each in session["resources"])
    attached = {"memory_stores": [store["name"]]} if mounted else {}
    return {**titled, "at": session["created_at"], **attached, "transcript": said, "until": until}


def _pages(source: SeedSource, path: str, **query: Any) -> Iterator[dict[str, Any]]:
    """Every item of a list. Raises ValueError for a list that leads back to where it was."""
    page, seen = None, set[str]()
    while True:
        asked = {"limit": PAGE, **query, **({"page": page} if page else {})}
        answer = source.ask("GET", path, query=asked).ok()
        yield from answer["data"]
        page = answer.get("next_page")
        if not page:
            return
        if page in seen:
            raise ValueError(f"{path}: its pages never end")
        seen.add(page)


class _SeedDumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: Any, text: str) -> Any:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_SeedDumper.add_representer(str, _text)
