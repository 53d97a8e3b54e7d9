"""Uses the state folder of `serve --embedded`: PostgreSQL, first token, address."""

import asyncio
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from rollbook.file_ownership import why_not_ours
from rollbook.postgres import Embedded, EmbeddedPostgresError, PostgresFailed
from rollbook.settings import Settings
from rollbook.store import Database

ADMINISTRATOR = "admin"
_LOOK_EVERY = 0.2
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@contextmanager
def database(settings: Settings, folder: Path | None) -> Iterator[tuple[Settings, Embedded | None]]:
    """The settings with a database: `folder`'s own for as long as this lasts, or as they are.

    The second is the PostgreSQL of `folder`, which runs.

    Raises:
        EmbeddedPostgresError: there is no PostgreSQL, it does not start, or another user could
            have made or changed the folder or a file in it; with what to do.
    """
    if folder is None:
        yield settings, None
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _check_ours(folder)
    with Embedded(folder / "postgres", binaries=settings.pg_bin) as postgres:
        housed = settings.model_copy(
            update={
                "database_url": postgres.dsn(),
                "server_name": settings.server_name or "embedded",
            }
        )
        yield housed, postgres


def _check_ours(folder: Path) -> None:
    """Refuse a state folder in which another user could have put something for us to use.

    The cluster itself may belong to the account that PostgreSQL runs under; PostgreSQL checks it.
    """
    postgres = folder / "postgres"
    inside = [*folder.iterdir(), *(postgres.iterdir() if postgres.is_dir() else ())]
    for path in [folder, *(each for each in inside if each.name not in _OF_POSTGRES)]:
        if why := why_not_ours(path):
            raise PostgresFailed(
                f"the state folder is not used: {path} {why}. Choose another with --state"
            )


_OF_POSTGRES = frozenset({"data", "data.unfinished", "sockets"})
"""What may belong to PostgreSQL's account, or leads to a folder that does."""


async def keep_alive(postgres: Embedded, database: Database) -> None:
    """Start the embedded PostgreSQL again whenever it has died, until cancelled.

    What was committed is there again; imports wait meanwhile, as for any database that is away.
    """
    pause = _FIRST_PAUSE
    while True:
        await asyncio.sleep(_LOOK_EVERY)
        if postgres.running:
            pause = _FIRST_PAUSE
            continue
        _log.error("the embedded PostgreSQL has died, and is started again")
        try:
            await asyncio.to_thread(postgres.start)
        except EmbeddedPostgresError as error:
            _log.error(
                "the embedded PostgreSQL does not start", why=str(error), next_try_in_s=pause
            )
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, 2 * pause)
        else:
            database.moved(postgres.dsn())
            _log.info("the embedded PostgreSQL runs again")


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
    path.unlink(missing_ok=True)  # a killed server's
    # Whatever the umask: commands use no address that others could have changed.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{address}\n")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
