"""A new directory beside a large one, before PostgreSQL has statistics of it."""

from pathlib import Path

from tests.acceptance.wire import HEADER, Peer, user, users
from tests.environment import Cluster, serving
from tests.faults.witness import connected

_ROWS = 4_000
_BATCH = 500


async def test_a_new_directory_is_read_by_its_keys(cluster: Cluster, tmp_path: Path) -> None:
    """Its rows are looked up one by one: no index reads all of its users for each of them.

    That would be some `_ROWS * _ROWS / 2`. Of a table of a few hundred users any index will do.
    """
    url = await cluster.new_database()
    with serving(url, tmp_path, batch_rows=_BATCH) as running:
        async with Peer.of(running) as peer, connected(url) as connection:
            known, new = await peer.new_directory(), await peer.new_directory()
            await peer.send_file(known, HEADER + users(*range(_ROWS)))
            await connection.execute("analyze users")
            made = await peer.send_file(new, HEADER + users(*range(_ROWS)))
            changed = "".join(user(n, last_name="King") for n in range(_ROWS))
            updated = await peer.send_file(new, HEADER + changed)
    assert made.summary
    assert updated.summary
    assert (made.summary.created, updated.summary.updated) == (_ROWS, _ROWS)
    async with connected(url) as connection:  # the server is gone: what it counted is stored
        found = await connection.fetch(
            "select indexrelname, idx_tup_read from pg_stat_user_indexes where relname = 'users'"
        )
    read: dict[str, int] = {row["indexrelname"]: row["idx_tup_read"] for row in found}
    assert sum(read.values()) < _BATCH * _ROWS, read
