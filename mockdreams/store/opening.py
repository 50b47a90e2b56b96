"""From what `--data` says to a store."""

from mockdreams.store.interface import WorldStore


def open_store(where: str, *, owner: str = "", full_sync: bool = False, exclusive: bool = True) -> WorldStore:
    """The store in a directory. Raises StoreError.

    `owner` is the address that leases name. `full_sync`: what is acknowledged outlasts a loss of power, too.
    `exclusive`: a directory is for this process only; otherwise several that know of each other share it.
    """
    from mockdreams.store.sqlite import SqliteStore

    return SqliteStore(where, owner=owner, full_sync=full_sync, exclusive=exclusive)
