"""Leases: which one server may write to an import, by the database's clock."""

from dataclasses import dataclass
from uuid import UUID

from rollbook.store.database import Connection
from rollbook.store.statements import sql


@dataclass(frozen=True, slots=True)
class Lease:
    """An import that is ours as long as its fence is this one."""

    directory_id: int
    import_id: UUID
    fence: int

    async def renew(self, connection: Connection, seconds: float) -> bool:
        """Keep it for so long; False if another server has taken it."""
        fence = await connection.fetchval(
            sql("imports/lease_renew"), self.directory_id, self.import_id, self.fence, seconds
        )
        return fence is not None

    async def kept(self, connection: Connection) -> bool:
        """Whether it is ours, and stays so until the transaction ends, which must be short.

        For who writes without the directory's lock: a take-over, and a beat, wait for it.
        """
        return bool(
            await connection.fetchval(
                sql("imports/lease_keep"), self.directory_id, self.import_id, self.fence
            )
        )

    async def rest(self, connection: Connection) -> bool:
        """Wait until no transaction that `kept` it is under way; False if it is another's."""
        fence = await connection.fetchval(
            sql("imports/lease_rest"), self.directory_id, self.import_id
        )
        return bool(fence == self.fence)

    async def release(self, connection: Connection) -> None:
        """Let go of it."""
        await connection.execute(
            sql("imports/lease_release"), self.directory_id, self.import_id, self.fence
        )


async def take(
    connection: Connection, directory_id: int, import_id: UUID, owner: str, seconds: float
) -> Lease | None:
    """The lease of an import, or None while another has it."""
    fence = await connection.fetchval(
        sql("imports/lease_take"), directory_id, import_id, owner, seconds
    )
    return None if fence is None else Lease(directory_id, import_id, fence)


async def reclaim(connection: Connection, owner: str) -> None:
    """Let go of what a server of this name held when it died."""
    await connection.execute(sql("imports/leases_reclaim"), owner)
