"""The state folder of `serve --embedded`: its PostgreSQL, the first token, the address."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rollbook.postgres import Embedded
from rollbook.settings import Settings

ADMINISTRATOR = "admin"


@contextmanager
def database(settings: Settings, folder: Path | None) -> Iterator[Settings]:
    """The settings with a database: `folder`'s own for as long as this lasts, or as they are.

    Raises:
        EmbeddedPostgresError: there is no PostgreSQL, or it does not start; says what to do.
    """
    if folder is None:
        yield settings
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with Embedded(folder / "postgres", binaries=settings.pg_bin) as postgres:
        yield settings.model_copy(
            update={
                "database_url": postgres.dsn(),
                "server_name": settings.server_name or "embedded",
            }
        )


def administrators_token(folder: Path) -> str:
    """The token in `folder/token`, made the first time; readable by its owner alone."""
    path = folder / "token"
    if not path.exists():
        token = f"rollbook_{secrets.token_urlsafe(32)}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{token}\n")
    return path.read_text("utf-8").strip()


@contextmanager
def address_written(folder: Path | None, address: str) -> Iterator[None]:
    """`folder/address`, for commands run beside it, while the server listens."""
    if folder is None:
        yield
        return
    path = folder / "address"
    path.write_text(f"{address}\n", "utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
