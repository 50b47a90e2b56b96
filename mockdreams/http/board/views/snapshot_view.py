"""Snapshots: a world taken away as a file, put back from one, or begun anew."""

from functools import partial
from typing import Any

from mockdreams.http.board.page_views import Asked, FormAction, PageView, SentForm
from mockdreams.http.inputs import SYNC
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.errors import invalid
from mockdreams.world.state.snapshots import SnapshotError, restore_json, save_json


def show(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The forms need nothing of the world."""
    return {}


def download(workspace: Workspace) -> tuple[str, list[bytes]]:
    """The file's name, and what is in it. On a thread of its own."""
    try:
        with workspace.world.lock:
            chunks = workspace.world.perform(SYNC, partial(save_json, workspace.world))
        return f"{workspace.world.workspace_id}.snapshot.json", chunks
    except SnapshotError as refused:
        raise invalid(str(refused)) from None


def upload(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Make the world what it was in the file."""
    sent = form.files.get("snapshot", b"")
    if not sent:
        raise invalid("Choose a file first.")
    try:
        restore_json(workspace.world, [sent])
    except SnapshotError as refused:
        raise invalid(str(refused)) from None
    return "The world is what it was in the snapshot."


def reset(workspace: Workspace, asked: Asked, form: SentForm) -> str:
    """Make the world as it was at first."""
    workspace.reset()
    return "The world is as it was at first."


VIEW = PageView("/snapshot", "snapshot", show)
ACTIONS = (FormAction("/snapshot", upload, long=True), FormAction("/reset", reset))
DOWNLOADS = {"/snapshot.json": download}
