"""Snapshots: a whole world as one JSON document."""

from typing import Any

from mockdreams.http.control.answer_shapes import Done
from mockdreams.http.control.endpoint import Operation, OperationRoute
from mockdreams.http.query_params import Query
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.errors import invalid
from mockdreams.world.state.snapshots import SnapshotError, restore_json, save, save_json


def show_snapshot(workspace: Workspace) -> dict[str, Any]:
    """The whole world as one JSON document."""
    try:
        return save(workspace.world)
    except SnapshotError as refused:
        raise invalid(str(refused)) from None


def restore_snapshot(workspace: Workspace, snapshot: bytes) -> dict[str, Any]:
    """Make the world what it was in the snapshot that is the body."""
    try:
        restore_json(workspace.world, [snapshot or b"null"])
    except ValueError as refused:
        raise invalid(str(refused)) from None
    return {"status": "ok"}


def _stream_snapshot(workspace: Workspace, sent: list[bytes], query: Query) -> list[bytes]:
    try:
        return save_json(workspace.world)
    except SnapshotError as refused:
        raise invalid(str(refused)) from None


def _restore_stream(workspace: Workspace, sent: list[bytes], query: Query) -> list[bytes]:
    try:
        restore_json(workspace.world, sent)
    except SnapshotError as refused:
        raise invalid(str(refused)) from None
    return [b'{"status": "ok"}']


def _whole(sent: bytes, query: Query) -> bytes:
    return sent


ROUTES = (
    OperationRoute(
        "/snapshot",
        GET=Operation(show_snapshot, stream=_stream_snapshot),
        POST=Operation(restore_snapshot, _whole, _restore_stream, answer=Done),
    ),
)
