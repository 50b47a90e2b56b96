"""A world: what is due, and its dreams with their progress."""

from collections.abc import Collection
from decimal import Decimal
from typing import Any, NamedTuple

from mockdreams.http.board.page_views import Asked, PageView, state_of
from mockdreams.http.workspaces import Workspace
from mockdreams.wire.dreams import Dream
from mockdreams.world.core.tables import first_page
from mockdreams.world.dreams.dreams import STATUSES

SHOWN = 50
DUE = 12


class DreamRow(NamedTuple):
    """A dream, and how many of how many steps it has done."""

    dream: Dream
    done: int
    steps: int
    cost: Decimal | None

    @property
    def tokens(self) -> int:
        usage = self.dream.usage
        return (
            usage.input_tokens + usage.output_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens
        )


def dream_row(workspace: Workspace, dream: Dream) -> DreamRow:
    """A dream as it is now; it does not go on by being looked at here."""
    dreams = workspace.world.dreams
    run = dreams.runs.get(dream.id)
    if run is None or not run.plan:
        done = 0 if dream.live else 1
        return DreamRow(dream, done, 1, dreams.cost(dream.id))
    return DreamRow(dream, run.position, len(run.plan), dreams.cost(dream.id))


def show(workspace: Workspace, asked: Asked) -> dict[str, Any]:
    """The newest dreams, all or those of one status, from one on backward."""
    world = workspace.world
    table, status, before = world.dreams.table, asked.text("status"), asked.text("before")
    kinds: Collection[str] = (status,) if status in STATUSES else ()
    after = table.position(before) if before in table else None
    dreams, more = first_page(table.iterate(after=after, hidden=True, kinds=kinds), SHOWN)
    return {
        "dreams": [dream_row(workspace, dream) for dream in dreams],
        "older": dreams[-1].id if more else None,
        "status": status,
        "statuses": ("pending", "running", "completed", "failed", "canceled"),
        "due": world.clock.due[:DUE],
        "counts": {
            "dreams": len(table),
            "stores": len(world.memory_stores.table),
            "sessions": len(world.session_store.table),
            "requests": workspace.journal.total,
        },
        "url": asked.server_url,
    }


VIEW = PageView("/", "world", show, parts=("counts", "due", "dreams"), state=lambda workspace, _: state_of(workspace))
