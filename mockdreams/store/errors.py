"""How a store refuses."""


class StoreError(Exception):
    """The store cannot do what is asked of it; in one line for whoever operates it."""


class LeaseHeldError(StoreError):
    """Another process owns the world: `owner` is its address, which may be that of whoever asks, too."""

    def __init__(self, world: str, owner: str) -> None:
        super().__init__(f"world {world} is owned by {owner}")
        self.world = world
        self.owner = owner


class LeaseLostError(StoreError):
    """Another has owned the world since, or it was forgotten: nothing was written."""


class DamagedWorldError(StoreError):
    """What was read of a world is not what was written."""
