"""What the file tools do to the memory stores and files that are mounted into a session, and to its outputs."""

import shlex
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from posixpath import basename, normpath
from time import monotonic
from typing import NamedTuple

from mockdreams.default_agent.actions import OUTPUTS
from mockdreams.wire.errors import ServiceError
from mockdreams.wire.memory import SessionActor, UpdateMemory
from mockdreams.wire.sessions import FileResource, MemoryStoreResource, Session
from mockdreams.world.files.files import Files
from mockdreams.world.files.outputs import SessionOutputs
from mockdreams.world.memory.contents import StoreContents
from mockdreams.world.memory.stores import MemoryStores

MOST_LINES = 200
GREP_SECONDS = 0.5
"""Wall time of one grep, so that no pattern can hang a world; an ordinary one takes microseconds."""
MOMENT = 0.001
LONGEST_NAME = 255
MOUNTED = ("/mnt/memory/", "/mnt/session/")


class ToolOutput(NamedTuple):
    """What a tool shows to the agent."""

    text: str
    is_error: bool = False


class _ToolError(Exception):
    """What the tool could not do, in the words in which it says so."""


class FileTools:
    """The file tools of one session. A write to a memory store is a memory version by the session."""

    def __init__(self, memory_stores: MemoryStores, files: Files, outputs: SessionOutputs, session: Session) -> None:
        self._memory_stores = memory_stores
        self._files = files
        self._outputs = outputs
        self._session_id = session.id
        self._actor = SessionActor(session_id=session.id)
        self._mounts = [r for r in session.resources if isinstance(r, MemoryStoreResource)]
        self._uploads = {r.mount_path: r.file_id for r in session.resources if isinstance(r, FileResource)}

    def use(self, tool: str, input: Mapping[str, object]) -> ToolOutput:
        """The result of a call; tools that are not about files have none to show."""
        work = _TOOLS.get(tool)
        if work is None:
            return ToolOutput("")
        try:
            return ToolOutput(
                work(self, {name: value for name, value in input.items() if isinstance(value, str | bool)})
            )
        except _ToolError as failed:
            return ToolOutput(str(failed), is_error=True)
        except ServiceError as refused:
            return ToolOutput(refused.message, is_error=True)

    def files(self, mount: MemoryStoreResource) -> dict[str, str]:
        """What is in a store, by path; nothing if the store is gone."""
        if mount.memory_store_id not in self._memory_stores.table:
            return {}
        return {memory.path: memory.content for memory in self._memory_stores.contents(mount.memory_store_id).memories}

    @property
    def uploads(self) -> dict[str, str]:
        """What is in the files that are mounted into the session, by path, as far as it is text and not too much."""
        return self._files.texts(self._uploads)

    def read(self, input: dict[str, str | bool]) -> str:
        where = _text(input, "file_path")
        if where in self._uploads:
            text = self._files.text(self._uploads[where])
            if text is None:
                raise _ToolError(f"cannot read '{where}': it is no text")
            return text
        if (output := _below_outputs(where)) is not None:
            written = self._outputs.contents(self._session_id)
            if output not in written:
                raise _ToolError(f"ENOENT: no such file, open '{where}'")
            return written[output]
        contents, path = self._find(where)
        memory = contents.get_by_path(path)
        if memory is None:
            raise _ToolError(f"ENOENT: no such file, open '{input['file_path']}'")
        return memory.content

    def write(self, input: dict[str, str | bool]) -> str:
        where = _text(input, "file_path")
        self._put(where, _text(input, "content"))
        return f"Wrote {where}"

    def edit(self, input: dict[str, str | bool]) -> str:
        where, old, new = (_text(input, name) for name in ("file_path", "old_string", "new_string"))
        content = self.read(input)
        found = content.count(old) if old else 0
        if not found or (found > 1 and not input.get("replace_all")):
            raise _ToolError(f"old_string occurs {found} times in {where}")
        self._put(where, content.replace(old, new))
        return f"Edited {where}"

    def grep(self, input: dict[str, str | bool]) -> str:
        import regex  # 30 ms, and few worlds search

        try:
            pattern = regex.compile(_text(input, "pattern"), regex.IGNORECASE, cache_pattern=False)
        except (regex.error, RecursionError) as wrong:
            raise _ToolError(f"invalid pattern: {wrong}") from None
        deadline = monotonic() + GREP_SECONDS
        try:
            found = [
                f"{path}:{number}:{line}"
                for path, content in self._below(str(input.get("path", "")))
                for number, line in enumerate(content.splitlines(), 1)
                if pattern.search(line, timeout=max(deadline - monotonic(), MOMENT))
            ]
        except TimeoutError:
            raise _ToolError("the pattern takes too long to match") from None
        return "\n".join(found[:MOST_LINES]) or "No matches found"

    def glob(self, input: dict[str, str | bool]) -> str:
        pattern = _text(input, "pattern")
        paths = [path for path, _ in self._below(str(input.get("path", ""))) if fnmatchcase(path, f"*{pattern}")]
        return "\n".join(paths[:MOST_LINES]) or "No files found"

    def bash(self, input: dict[str, str | bool]) -> str:
        """`rm`, `mv`, `cat` and `ls` of what is mounted; there is no machine on which anything else could run."""
        try:
            words = shlex.split(_text(input, "command"))
        except ValueError:
            return ""
        paths = [word for word in words[1:] if word.startswith(MOUNTED)]
        if not paths:
            return ""
        if words[0] == "cat":
            return "".join(self.read({"file_path": path}) for path in paths)
        if words[0] == "ls":
            return "\n".join(path for root in paths for path, _ in self._below(root))
        if words[0] == "mv" and len(paths) == 2:
            return self._move(*paths)
        return "\n".join(map(self._remove, paths)) if words[0] == "rm" else ""

    def _put(self, where: str, content: str) -> None:
        if where in self._uploads:
            raise _ToolError(f"EROFS: read-only file system, open '{where}'")
        if (output := _below_outputs(where)) is not None:
            if len(basename(output)) > LONGEST_NAME:
                raise _ToolError(f"ENAMETOOLONG: name too long, open '{where}'")
            self._outputs.write(self._session_id, output, content)
            return
        contents, path = self._find(where, writing=True)
        contents.write(path, content, self._actor)

    def _remove(self, where: str) -> str:
        if (output := _below_outputs(where)) is not None and self._outputs.remove(self._session_id, output):
            return ""
        contents, path = self._find(where, writing=True)
        memory = contents.get_by_path(path)
        if memory is None:
            raise _ToolError(f"rm: cannot remove '{where}': No such file or directory")
        contents.delete(memory.id, self._actor)
        return ""

    def _move(self, where: str, to: str) -> str:
        """A memory keeps its id within its store; whatever is in its new place is replaced."""
        shelf, path = self._find(where, writing=True)
        target, new_path = self._find(to, writing=True)
        memory = shelf.get_by_path(path)
        if memory is None:
            raise _ToolError(f"mv: cannot stat '{where}': No such file or directory")
        if any(target.paths.below(f"{new_path.rstrip('/')}/")):
            new_path = f"{new_path.rstrip('/')}/{basename(path)}"
        replaced = target.get_by_path(new_path)
        if replaced is memory:
            return ""
        if target is not shelf:
            target.write(new_path, memory.content, self._actor)
            shelf.delete(memory.id, self._actor)
            return ""
        if replaced is not None:
            shelf.delete(replaced.id, self._actor)
        shelf.update(memory.id, UpdateMemory(path=new_path), self._actor)
        return ""

    def _find(self, where: str, *, writing: bool = False) -> tuple[StoreContents, str]:
        mount = next((m for m in self._mounts if where.startswith(m.mount_path + "/")), None)
        if mount is None or mount.memory_store_id not in self._memory_stores.table:
            raise _ToolError(f"ENOENT: no such file or directory, open '{where}'")
        stores = self._memory_stores
        if writing and (mount.access == "read_only" or not stores.is_active(mount.memory_store_id)):
            raise _ToolError(f"EROFS: read-only file system, open '{where}'")
        return stores.contents(mount.memory_store_id), where.removeprefix(mount.mount_path)

    def _below(self, root: str) -> list[tuple[str, str]]:
        """All files below a path, with what is in them."""
        root = root.rstrip("/")
        found = [
            (mount.mount_path + path, content)
            for mount in self._mounts
            for path, content in sorted(self.files(mount).items())
        ]
        found += sorted(self.uploads.items())
        found += [
            (OUTPUTS + path, content) for path, content in sorted(self._outputs.contents(self._session_id).items())
        ]
        return [(path, content) for path, content in found if f"{path}/".startswith(f"{root}/")]


def _below_outputs(where: str) -> str | None:
    """The path of a file below the directory for outputs; None if it lies elsewhere."""
    path = normpath(where)
    return path.removeprefix(OUTPUTS) if path.startswith(f"{OUTPUTS}/") else None


def _text(input: dict[str, str | bool], name: str) -> str:
    value = input.get(name)
    if not isinstance(value, str):
        raise _ToolError(f"missing parameter: {name}")
    return value


_TOOLS: dict[str, Callable[[FileTools, dict[str, str | bool]], str]] = {
    "read": FileTools.read,
    "write": FileTools.write,
    "edit": FileTools.edit,
    "grep": FileTools.grep,
    "glob": FileTools.glob,
    "bash": FileTools.bash,
}
