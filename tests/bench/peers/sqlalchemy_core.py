"""SQLAlchemy core: `insert … on_conflict_do_update` of 1,000 rows at a time, in one transaction."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import MetaData, Table, create_engine, func, text, tuple_
from sqlalchemy.dialects.postgresql import insert

from tests.bench.peers.cells import CHANGING, KEY, users

_ROWS = 1_000


def ready(url: str) -> Callable[[Path], None]:
    """Connect to a database, and look at its table."""
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(url))
    table = Table("users", MetaData(), autoload_with=engine)
    statement = insert(table)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=KEY,
        set_={
            **{name: new[name] for name in (*CHANGING, "email_key", "username_key")},
            "updated_at": func.now(),
            "version": table.c.version + 1,
        },
        where=tuple_(*(table.c[name] for name in CHANGING)).is_distinct_from(
            tuple_(*(new[name] for name in CHANGING))
        ),
    )

    def load(file: Path) -> None:
        with engine.begin() as connection:
            rows = users(file, lambda query: connection.execute(text(query)).all())
            for batch in _batches(rows):
                connection.execute(statement, batch)

    return load


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(islice(rows, _ROWS)):
        yield batch
