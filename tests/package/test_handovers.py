"""The counter of hand-overs counts what the code of today does."""

import asyncio

import pytest

from tools.handovers import measure


@pytest.mark.long
def test_an_event_is_appended_with_its_id_and_its_record_as_the_only_hand_overs() -> None:
    figures = asyncio.run(measure())
    assert figures["an event appended"] == 2
    assert all(figures.values())
