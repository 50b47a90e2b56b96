"""What a plan costs grows with what there is to read, and no faster."""

from tests.support.dreaming import decisions, inputs, note, store_after, talk


def test_what_changed_again_and_again_is_told_once() -> None:
    said = [talk(day, f"The limit for parcels was raised from {day} boxes to {day + 1} boxes.") for day in range(1, 13)]
    dream = inputs(note("/a.md", "The limit for parcels is 1 boxes.\n"), sessions=said)
    assert store_after(dream) == {"/a.md": "The limit for parcels is 13 boxes.\n"}
    assert [len(decision.details) for decision in decisions(dream)] == [1]
