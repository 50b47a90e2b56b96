"""Webhooks on the board: added, watched, delivered again."""

import pytest

from mockdreams.http.board.views.webhooks_view import PRESETS
from tests.support.boards import Visitor
from tests.support.helpers import Scene
from tests.support.receivers import Inbox, listening


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_added_as_it_stands(scene: Scene, board: Visitor, preset: str) -> None:
    assert 'value="http://127.0.0.1:8000/hook"' in board.get("/webhooks", preset=preset)
    said, _, secret = board.post("/webhooks", **PRESETS[preset]).partition(" Its secret, shown only here: ")
    assert "is told from now on." in said
    assert secret.startswith("whsec_")
    assert secret.partition("<")[0] not in board.get("/webhooks")
    assert len(list(scene.mock.webhooks)) == 1


def test_a_webhook_elsewhere_is_refused(board: Visitor) -> None:
    board.refused("/webhooks", url="https://evil.example/hook")
    assert "Nobody is told of anything." in board.get("/webhooks")


def test_a_delivery_is_seen_and_made_again(scene: Scene, board: Visitor) -> None:
    inbox = Inbox()
    with listening(inbox) as url:
        scene.mock.webhooks.add(url)
        store = scene.store()
        (attempt,) = scene.mock.webhooks.wait()
        page = board.get("/webhooks")
        assert "<strong>memory_store.created</strong>" in page
        assert f"&#34;id&#34;:&#34;{store}&#34;" in page.replace(": ", ":")
        board.post("/webhooks/change", redeliver=attempt.id)
        scene.mock.webhooks.wait()
    assert len(inbox.requests) == 2


def test_a_webhook_is_forgotten(scene: Scene, board: Visitor) -> None:
    webhook = scene.mock.webhooks.add("http://127.0.0.1:8000/hook")
    board.post("/webhooks/change", remove=webhook.id)
    assert list(scene.mock.webhooks) == []
