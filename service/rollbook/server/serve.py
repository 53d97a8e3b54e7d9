"""`serve`: runs the service until a signal stops it. `migrate`: brings a database to its schema."""

import asyncio
import ctypes
import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import TypeAlias

import structlog

from rollbook.access import Issuer
from rollbook.access.authentication import Authenticator, new_token
from rollbook.background import Background, beside
from rollbook.context import AppContext
from rollbook.credentials.keys import made_keys
from rollbook.hooks import secrets
from rollbook.imports.rows.intake import Intake
from rollbook.model import Mark, Options
from rollbook.postgres import Embedded
from rollbook.profiles import Profile
from rollbook.server import state_folder
from rollbook.server.app import Running, open_app, open_server
from rollbook.server.operations import logs
from rollbook.settings import KIB, Settings
from rollbook.store import Database
from rollbook.store import migrate as migrations
from rollbook.store.directories import make_directory
from rollbook.store.health import check_encoding
from rollbook.worker_process import WorkerProcess

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_M_MMAP_THRESHOLD = -3  # of malloc.h
_LARGE_BLOCK = 512 * KIB
"""Bytes of a block that goes back to the system as soon as it is free."""
_SWITCH_S = 0.0001
"""Seconds that a thread may run while another waits; Python's own are 0.005."""


Front: TypeAlias = Callable[[str, str], AbstractAsyncContextManager[None]]
"""Answers HTTP for as long as it is entered, as a client of the server at that unix:PATH.

The second text is an access token of its own, which verifies and recovers passwords."""


def run(
    settings: Settings,
    *,
    embedded: Path | None,
    ready: Callable[[str], None],
    front: Front | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT. Blocks.

    `embedded` is the state folder of a PostgreSQL of our own, None for the settings' database;
    `ready` is called with HOST:PORT once calls are answered. `front` is entered before, where the
    settings have `web_listen`.

    Raises:
        EmbeddedPostgresError, StoreError, Refusal, ValueError: the service does not start; the
            message has the reason and what to do.
    """
    logs.set_up(settings)
    logs.take_in_libraries()
    settings = secrets.take_from_environment(settings)
    _give_memory_back()
    process = (
        WorkerProcess.start(partial(_intake, settings)) if settings.worker_process_from else None
    )
    with (
        closing(process) if process else nullcontext(),
        state_folder.database(settings, embedded) as (housed, postgres),
    ):
        asyncio.run(_serve(housed, embedded, postgres, process, ready, front))


def _intake(
    settings: Settings, profile: Profile, options: Options, reached_rows: int, reached_mark: Mark
) -> Intake:
    """What takes a file in, in the worker process."""
    return Intake(
        settings,
        profile,
        options,
        reached_rows=reached_rows,
        reached_mark=reached_mark,
        is_typed=False,
    )


async def _serve(
    settings: Settings,
    folder: Path | None,
    postgres: Embedded | None,
    process: WorkerProcess | None,
    ready: Callable[[str], None],
    front: Front | None,
) -> None:
    stop = asyncio.Queue[signal.Signals]()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.put_nowait, number)
    tokens = dict(Authenticator.read_files(settings.token_files))
    login = new_token()
    issuer = Issuer.open(settings)
    if folder is not None:
        tokens[state_folder.administrators_token(folder)] = state_folder.ADMINISTRATOR
        settings = _with_keys(settings, folder)
        await _first_start(settings)
    async with (
        open_app(settings, tokens.values(), process) as app,
        _alive(postgres, app.database),
        open_server(app, Authenticator(tokens, app.database, issuer, login)) as running,
        _measured(app, running),
        front(running.inside, login) if front and running.inside else nullcontext(),
    ):
        _tune_the_process()
        logs.started(settings, app.plugins, running.address)
        if not tokens and issuer is None:
            _log.warning("only stored tokens open this server: ROLLBOOK_TOKEN_FILES is empty")
        with state_folder.address_written(folder, running.address):
            ready(running.address)
            number = await stop.get()
        _log.info("stopping", signal=number.name)
        if number is signal.SIGTERM:  # a person at a terminal has no balancer that must notice
            await running.readiness.drain(settings.drain_delay)
    _log.info("stopped", signal=number.name)


@asynccontextmanager
async def _measured(app: AppContext, running: Running) -> AsyncIterator[None]:
    """Show metrics meanwhile, where the settings want any."""
    if not app.settings.metrics_listen:
        yield
        return
    from rollbook.server.operations import metrics, metrics_port  # brought by an extra

    watched = metrics.Watched(app, running.slots, running.readiness)
    async with metrics_port.open_metrics(watched, app.settings.metrics_listen) as address:
        _log.info("metrics", address=address)
        yield


def _alive(postgres: Embedded | None, database: Database) -> AbstractAsyncContextManager[None]:
    if postgres is None:
        return nullcontext()
    return beside(Background.POSTGRES, partial(state_folder.keep_alive, postgres, database))


def _with_keys(settings: Settings, folder: Path) -> Settings:
    """The settings, with a file of keys for links in the state folder if they name none."""
    if settings.credential_keys_file is not None:
        return settings
    made = made_keys(folder / "credential_keys")
    return settings.model_copy(update={"credential_keys_file": made})


async def _first_start(settings: Settings) -> None:
    """Bring our own database to this version; the first time it gets the directory `main`."""
    database = await Database.open(settings)
    try:
        applied = await migrations.migrate(database)
        if applied:
            async with database.transaction() as connection:
                await make_directory(connection, "main", "Main")
    finally:
        await database.close()


def _give_memory_back() -> None:
    """Give large blocks back to the system as soon as they are free, here and in the process below.

    Columns and claims are such blocks, which glibc would keep, and take ever larger ones.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


def _tune_the_process() -> None:
    """Let imports run as fast as the interpreter can.

    Rows are lists, and the cyclic collector spent an eighth of an import walking over them. And the
    loop must have its turn soon while another thread checks rows; see `worker_thread`.
    """
    sys.setswitchinterval(_SWITCH_S)
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def migrate(settings: Settings, *, embedded: Path | None) -> list[str]:
    """Apply what is pending and answer its names. Blocks.

    Raises:
        EmbeddedPostgresError, Unavailable, StoreError: with the reason.
    """
    with state_folder.database(settings, embedded) as (housed, _):
        return asyncio.run(_migrate(housed))


async def _migrate(settings: Settings) -> list[str]:
    database = await Database.open(settings)
    try:
        await check_encoding(database)
        return await migrations.migrate(database)
    finally:
        await database.close()
