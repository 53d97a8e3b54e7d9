"""How the embedded server is set: for a bulk import, on a small machine, with its disk trusted.

All of it is handed over on the command line, so that nothing is left in the data folder when we
change our mind.
"""

from collections.abc import Mapping

ALWAYS: Mapping[str, str] = {
    # No TCP. The Unix socket is the only door.
    "listen_addresses": "",
    # Mapped, but only touched as it fills. The key indexes of a million users are larger than
    # the default of 128 MB, and every row of an import visits three of them at random.
    "shared_buffers": "256MB",
    # A first load of a million rows writes more than the default of 1 GB, and each checkpoint
    # that size alone asks for makes every page be written to the log in full once more.
    "max_wal_size": "2GB",
    # Nothing replicates from here: less is logged, and what is copied into a table made in the
    # same transaction is not logged at all.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # A batch of 5,000 rows joined and sorted stays in memory; an index is built in one go.
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    # The statements are short. Compiling one costs more than it can win.
    "jit": "off",
    # One service with a pool of a dozen, an operator's psql, and room.
    "max_connections": "50",
    # Errors quote the row: addresses and names. They are no business of a log file.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "cluster_name": "rollbook",
}

# For tests: whatever happens to the machine, the cluster is thrown away. A killed process loses
# nothing even so, since the pages are the kernel's by then.
NOT_DURABLE: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


def server_settings(sockets: str, *, durable: bool, settings: Mapping[str, str]) -> dict[str, str]:
    """Return all settings of one start; `settings` win, except over where the socket is."""
    return {
        **ALWAYS,
        **({} if durable else NOT_DURABLE),
        **settings,
        "unix_socket_directories": sockets,
        "unix_socket_permissions": "0700",
        # Only names the socket file, and keeps a PGPORT of the environment out of it.
        "port": "5432",
    }
