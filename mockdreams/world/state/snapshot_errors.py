"""What is wrong with a snapshot."""


class SnapshotError(ValueError):
    """A world that cannot be saved, or a document that is no world."""
