"""The default agent, small and deterministic: it looks things up, notes what it is told, uses what it is asked to."""

import re
from collections.abc import Iterator
from posixpath import basename

from mockdreams.default_agent.actions import OUTPUTS, Action, SayAction, UseCustomTool, UseMcpTool, UseTool
from mockdreams.default_agent.agent_context import AgentContext, FinishedCall, Mount
from mockdreams.default_agent.notes import best_line, facts, files_to_append, keywords, planned_writes, questions
from mockdreams.patterns import lazy_pattern

ASKED_FOR = ("bash", "web_search", "web_fetch")
"""Tools that the agent uses when it is asked to by name; the others it uses when it sees fit."""
UPLOADS = "/mnt/session/uploads"
_OUTPUT = lazy_pattern(rf"{OUTPUTS}/[\w./-]*\w")
_QUOTED = lazy_pattern(r"`([^`]+)`|\"([^\"]+)\"")


def answer(context: AgentContext) -> tuple[Action, ...]:
    """What to do in the next model request; what has no calls in it ends the turn."""
    lookups = tuple(_lookups(context))
    if lookups and not context.done:
        return lookups
    done = {call.name for call in context.done}
    calls = tuple(_follow_ups(context, done))
    return calls or (SayAction(say=_reply(context)),)


def _lookups(context: AgentContext) -> Iterator[Action]:
    """What to look up first: what is asked about, and the file that will be added to."""
    for mount in context.mounts:
        for question in questions(context.messages) if mount.files and "grep" in context.tools else ():
            words = "|".join(map(re.escape, keywords(question)))
            if words:
                yield UseTool(tool="grep", input={"pattern": words, "path": mount.path})
    if context.uploads and "grep" in context.tools:
        for question in questions(context.messages):
            words = "|".join(map(re.escape, keywords(question)))
            if words:
                yield UseTool(tool="grep", input={"pattern": words, "path": UPLOADS})
    if "read" in context.tools:
        yield from (UseTool(tool="read", input={"file_path": path}) for path in _named_uploads(context))
    target = _target_mount(context)
    if target is not None and "read" in context.tools:
        for path in files_to_append(context, target):
            yield UseTool(tool="read", input={"file_path": target.path + path})


def _follow_ups(context: AgentContext, done: set[str]) -> Iterator[Action]:
    """What to read in full, to write down, and to call because somebody asked for it by name."""
    found = {line.path for line in (best_line(asked, context.sources) for asked in questions(context.messages)) if line}
    found -= context.documents.keys()
    seen = {call.input.get("file_path") for call in context.done if call.name == "read"}
    if "read" in context.tools and "grep" in done:
        yield from (UseTool(tool="read", input={"file_path": path}) for path in sorted(found - seen))
    mount = _target_mount(context)
    told = context._replace(messages=context.fresh) if "write" in done else context
    if mount is not None and "write" in context.tools:
        for path, content in planned_writes(told, mount).items():
            yield UseTool(tool="write", input={"file_path": mount.path + path, "content": content})
    for path in _wanted_outputs(context) if "write" not in done and "write" in context.tools else ():
        yield UseTool(tool="write", input={"file_path": path, "content": f"{_reply(context)}\n"})
    words = "\n".join(context.messages)
    for name in ASKED_FOR:
        if name in context.tools and name not in done and _names(words, name):
            yield UseTool(tool=name, input=_input(name, words))
    for name in context.custom_tools:
        if name not in done and _names(words, name):
            yield UseCustomTool(custom_tool=name, input={})
    for server, name in context.mcp_tools:
        if name not in done and _names(words, name):
            yield UseMcpTool(mcp_tool=name, server=server, input={}, result="")


def _target_mount(context: AgentContext) -> Mount | None:
    """The store to write in: the first that can be written, else the first, which will refuse."""
    return next((mount for mount in context.mounts if mount.writable), next(iter(context.mounts), None))


def _reply(context: AgentContext) -> str:
    parts = [*_of_task(context), *_of_questions(context), *_of_files(context), *_of_notes(context), *_of_calls(context)]
    heard = " ".join(context.messages)
    word = "Understood" if context.mounts else "Noted"
    return " ".join(parts) or (f"{word}: {heard}" if heard else f"{word}.")


def _of_task(context: AgentContext) -> Iterator[str]:
    task = context.task
    if task is None:
        return
    if task.exhausted:
        yield f"I could not meet every criterion of: {task.description}"
    elif task.missing:
        yield "Revised, and now with: " + "; ".join(task.missing) + "."
    else:
        yield f"Done: {task.description}"


def _of_questions(context: AgentContext) -> Iterator[str]:
    for question in questions(context.messages) if context.sources else ():
        line = best_line(question, context.sources)
        yield f"According to {line.path}: {line.text}" if line else "I have no note about that."


def _of_files(context: AgentContext) -> Iterator[str]:
    """What was asked to be read or written by its name."""
    for path in _named_uploads(context):
        lines = context.uploads[path].splitlines()
        yield f"{basename(path)} has {len(lines)} lines" + (f" and begins: {lines[0]}" if lines else ".")
    for name, content in context.documents.items():
        if context.messages and not questions(context.messages):
            yield f"{name} has {len(content.splitlines())} lines."
    yield from (f"Wrote {call.input['file_path']}." for call in context.done if _is_output(call) and not call.is_error)


def _of_notes(context: AgentContext) -> Iterator[str]:
    writes = [call for call in context.done if call.name == "write"]
    refused = next((call.result for call in writes if call.is_error), None)
    if refused is not None:
        yield f"I could not write that down: {refused}"
    elif any(not _is_output(call) for call in writes):
        yield from (f"Noted: {fact}" for fact in facts(context.messages))


def _of_calls(context: AgentContext) -> Iterator[str]:
    asked = {*ASKED_FOR, *context.custom_tools, *(name for _, name in context.mcp_tools)}
    for call in context.done:
        if call.name in asked:
            yield f"{call.name} {_outcome(call)}"


def _named_uploads(context: AgentContext) -> list[str]:
    """The mounted files that the messages name."""
    words = "\n".join(context.messages)
    return [path for path in sorted(context.uploads) if path in words or _names(words, basename(path))]


def _wanted_outputs(context: AgentContext) -> list[str]:
    """The files below the directory for outputs that the messages, or the task, ask for."""
    asked = [*context.messages, *([context.task.description] if context.task else [])]
    return list(dict.fromkeys(_OUTPUT.findall("\n".join(asked))))


def _is_output(call: FinishedCall) -> bool:
    return call.name == "write" and str(call.input.get("file_path")).startswith(f"{OUTPUTS}/")


def _outcome(call: FinishedCall) -> str:
    if call.is_error:
        return f"failed: {call.result}"
    return f"answered: {call.result}" if call.result else "is done."


def _names(words: str, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words, re.IGNORECASE) is not None


def _input(name: str, words: str) -> dict[str, str]:
    """What to give a built-in tool: what is quoted in the message, else all of it."""
    match = _QUOTED.search(words)
    given = (match[1] or match[2]) if match else words
    return {{"bash": "command", "web_search": "query", "web_fetch": "url"}[name]: given}
