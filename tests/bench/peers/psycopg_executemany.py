"""psycopg: `executemany` of an upsert, which it sends as a pipeline, in one transaction."""

from collections.abc import Callable
from pathlib import Path

import psycopg

from tests.bench.peers.cells import CHANGING, COLUMNS, KEY, users

_UPSERT = f"""
insert into users ({", ".join(COLUMNS)}) values ({", ".join(f"%({name})s" for name in COLUMNS)})
on conflict ({", ".join(KEY)}) do update set
    {", ".join(f"{name} = excluded.{name}" for name in (*CHANGING, "email_key", "username_key"))},
    updated_at = now(), version = users.version + 1
where ({", ".join(f"users.{name}" for name in CHANGING)})
    is distinct from ({", ".join(f"excluded.{name}" for name in CHANGING)})
"""


def ready(url: str) -> Callable[[Path], None]:
    """Connect to a database."""
    connection = psycopg.connect(url)

    def load(file: Path) -> None:
        rows = users(file, lambda query: connection.execute(query).fetchall())
        with connection.cursor() as cursor:
            cursor.executemany(_UPSERT, rows)
        connection.commit()

    return load
