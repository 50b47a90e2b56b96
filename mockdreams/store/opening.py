"""From what `--data` says to a store."""

from mockdreams.extras import extra
from mockdreams.store.interface import WorldStore


def open_store(
    where: str, *, owner: str = "", process: str = "", full_sync: bool = False, exclusive: bool = True
) -> WorldStore:
    """The store in a directory, or at a `postgresql://` URL. Raises StoreError, or MissingExtraError.

    `owner` is the address that leases name. `process` tells who has them from all others; it is given where one takes
    the place of another that has ended. `full_sync`: what is acknowledged outlasts a loss of power, too.
    `exclusive`: a directory is for this process only; otherwise several that know of each other share it.
    """
    if where.startswith(("postgresql://", "postgres://")):
        with extra("postgres", "a PostgreSQL database"):
            from mockdreams.store.postgresql import PostgresStore

        return PostgresStore(where, owner=owner, process=process, full_sync=full_sync)
    from mockdreams.store.sqlite import SqliteStore

    return SqliteStore(where, owner=owner, process=process, full_sync=full_sync, exclusive=exclusive)
