"""Vaults: their rules, and the tables of credentials that they own.

No secret is kept: nothing here dials an MCP server, so that nothing needs one.
"""

from datetime import datetime

from mockdreams.wire.errors import invalid, not_found
from mockdreams.wire.vaults import CreateVault, UpdateVault, Vault, VaultCredential, VaultDeleted
from mockdreams.world.core.context import Context
from mockdreams.world.core.tables import Table, first_page, strictly_after, unarchived
from mockdreams.world.core.validation import check_metadata, merge_metadata, null_metadata


class Vaults:
    """All vaults of a world."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.table = Table[Vault](shown=unarchived)
        self._credentials: dict[str, Table[VaultCredential]] = {}

    def create(self, params: CreateVault) -> Vault:
        check_metadata(params.metadata, self._context.policy)
        now = self.table.next_time(self._context.clock.time)
        id = self._context.ids.mint("vlt")
        self._credentials[id] = Table[VaultCredential](shown=unarchived)
        self._context.happened("vault.created", id)
        return self.table.put(
            Vault(id=id, display_name=params.display_name, metadata=params.metadata, created_at=now, updated_at=now)
        )

    def retrieve(self, vault_id: str) -> Vault:
        vault = self.table.get(vault_id)
        if vault is None:
            raise not_found("Vault not found.", rule="vault-absent-404 session-vault-absent-404")
        return vault

    def retrieve_active(self, vault_id: str) -> Vault:
        """Raises ServiceError if there is none (404), or it is archived (400)."""
        vault = self.retrieve(vault_id)
        if vault.archived_at is not None:
            raise invalid("Vault is archived.", rule="vault-archived-writes-400 session-vault-archived-400")
        return vault

    def credentials(self, vault_id: str) -> Table[VaultCredential]:
        """The credentials of a vault, archived or not."""
        return self._credentials[self.retrieve(vault_id).id]

    def page(self, *, limit: int, after: int | None, include_archived: bool = False) -> tuple[list[Vault], bool]:
        """Newest first."""
        return first_page(self.table.iterate(after=after, hidden=include_archived), limit)

    def update(self, vault_id: str, params: UpdateVault) -> Vault:
        vault = self.retrieve_active(vault_id)
        metadata = vault.metadata
        if params.metadata is not None:
            metadata = merge_metadata(metadata, params.metadata, self._context.policy)
        elif params.given("metadata"):
            raise null_metadata("params")
        changed = vault.replace(display_name=params.display_name or vault.display_name, metadata=metadata)
        if changed == vault:
            return vault
        return self.table.put(changed.replace(updated_at=self._after(vault)))

    def archive(self, vault_id: str) -> Vault:
        """Archive a vault, and with it every credential that is not archived yet."""
        vault = self.retrieve(vault_id)
        if vault.archived_at is not None:
            return vault
        now = self._after(vault)
        self._context.happened("vault.archived", vault_id)
        table = self._credentials[vault_id]
        for credential in list(table.iterate()):
            table.put(credential.replace(archived_at=now, updated_at=now))
            self._context.happened("vault_credential.archived", credential.id, vault_id=vault_id)
        return self.table.put(vault.replace(archived_at=now, updated_at=now))

    def delete(self, vault_id: str) -> VaultDeleted:
        """Remove a vault and every credential in it."""
        self.retrieve(vault_id)
        self.table.remove(vault_id)
        self._context.happened("vault.deleted", vault_id)
        for credential in self._credentials.pop(vault_id):
            self._context.happened("vault_credential.deleted", credential.id, vault_id=vault_id)
        return VaultDeleted(id=vault_id)

    def _after(self, vault: Vault) -> datetime:
        return strictly_after(self._context.clock.time, vault.updated_at)
