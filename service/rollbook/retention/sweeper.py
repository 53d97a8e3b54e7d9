"""Deletes what has been kept for long enough, in small steps, by one server at a time.

How long that is, is a setting for each kind: `ROLLBOOK_RETENTION_…`, in `settings`. The age of an
import counts from when it last went on, that of a notice from when it was settled, that of a token
or session from when it expired or was revoked. No step takes a directory's turn, and each is a
short transaction of its own, within its directory.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from uuid import UUID

import structlog

from rollbook.context import AppContext
from rollbook.store import Connection, StoreError, TenantDatabase, Unavailable, retention
from rollbook.store.database import Door
from rollbook.store.retention import Going

ROWS_A_STEP = 1_000
BATCHES_A_STEP = 25
"""Packed rows of a whole batch each, perhaps of megabytes."""
_PAUSE_S = 0.02
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_ROWS = {
    "kept_batches": (retention.delete_rows, BATCHES_A_STEP),
    "failed_batches": (retention.delete_failures, BATCHES_A_STEP),
}
_ALL = _ROWS | {
    "issues": (retention.delete_issues, ROWS_A_STEP),
    "ledger_batches": (retention.delete_ledger, BATCHES_A_STEP),
}
"""What hangs from an import, as the log names it; how it is deleted, and how much in one step."""


async def keep_sweeping(app: AppContext) -> None:
    """Sweep whenever it is due and no other server does, until cancelled.

    An outage of the database is logged when it begins.
    """
    is_away = False
    while True:
        try:
            await sweep(app)
            is_away = False
        except Unavailable as away:
            if not is_away:
                _log.info("a sweep was cut short", why=str(away))  # the next one goes on
            is_away = True
        await asyncio.sleep(min(app.settings.lease, app.settings.sweep_every))


async def sweep(app: AppContext) -> bool:
    """Delete all that has been kept for long enough, and log how much of each kind.

    False: another server sweeps, or the next sweep is not due. What cannot be deleted in one
    directory is logged, and keeps none of the others waiting.

    Raises:
        Unavailable: the database went away.
    """
    async with app.database.connection() as connection:
        if not await retention.take_turn(connection, app.name, app.settings.lease):
            return False
    sweeping = _Sweep(app)
    try:
        await sweeping.run()
    except _TurnLost:
        return False
    finally:
        if swept := +sweeping.swept:
            _log.info("swept", **swept)
    return True


class _TurnLost(Exception):
    """Another server sweeps: this one was silent for longer than a lease."""


class _Sweep:
    """A sweep that holds the turn, as long as no step of it takes longer than a lease."""

    def __init__(self, app: AppContext):
        self._app = app
        self._settings = app.settings
        self._clock = asyncio.get_running_loop().time
        self._kept_at = self._clock()
        self.swept: Counter[str] = Counter()

    async def run(self) -> None:
        """Sweep everything once, and set when the next sweep is due."""
        async with self._app.database.connection() as connection:
            directories = await retention.directories(connection)
        for directory_id in directories:
            try:
                await self._directory(self._app.database.within(directory_id))
            except Unavailable:
                raise
            except StoreError:
                _log.exception("a directory cannot be swept", directory_id=directory_id)
        if days := self._settings.retention_tokens:
            tokens = partial(retention.delete_tokens, days=days, most=ROWS_A_STEP)
            await self._repeat(self._app.database, "tokens", tokens, ROWS_A_STEP)
            sessions = partial(retention.delete_sessions, days=days, most=ROWS_A_STEP)
            await self._repeat(self._app.database, "sessions", sessions, ROWS_A_STEP)
        await self._keep_turn(self._settings.sweep_every)

    async def _directory(self, database: TenantDatabase) -> None:
        aged = {
            "imports": (self._settings.retention_imports, retention.mark_imports),
            "imports_without_rows": (self._settings.retention_rows, retention.mark_rows),
            "notices": (self._settings.retention_notices, retention.delete_notices),
        }
        here = database.directory_id
        for what, (days, take) in aged.items():
            if days:
                step = partial(take, directory_id=here, days=days, most=ROWS_A_STEP)
                await self._repeat(database, what, step, ROWS_A_STEP)
        await self._marked(database, Going.ALL, _ALL, retention.delete_import)
        await self._marked(database, Going.ROWS, _ROWS, retention.rows_gone)

    async def _marked(
        self,
        database: TenantDatabase,
        mark: Going,
        hanging: Mapping[str, tuple[Callable[..., Awaitable[int]], int]],
        end: Callable[[Connection, int, UUID], Awaitable[None]],
    ) -> None:
        """Delete what is marked, now or by a sweep that was cut short."""
        here = database.directory_id
        while True:
            async with database.connection() as connection:
                found = await retention.going(connection, here, mark, ROWS_A_STEP)
            for import_id in found:
                for what, (delete, most) in hanging.items():
                    step = partial(delete, directory_id=here, import_id=import_id, most=most)
                    await self._repeat(database, what, step, most)
                async with database.connection() as connection:
                    await end(connection, here, import_id)
            if len(found) < ROWS_A_STEP:
                return

    async def _repeat(
        self, door: Door, what: str, step: Callable[[Connection], Awaitable[int]], most: int
    ) -> None:
        """Take a step after the other, with pauses for others, until one finds less than most."""
        taken = most
        while taken >= most:
            async with door.connection() as connection:
                taken = await step(connection)
            self.swept[what] += taken
            if self._clock() - self._kept_at > self._settings.lease / 3:
                await self._keep_turn(self._settings.lease)
            if taken:
                await asyncio.sleep(_PAUSE_S)

    async def _keep_turn(self, seconds: float) -> None:
        async with self._app.database.connection() as connection:
            if not await retention.keep_turn(connection, self._app.name, seconds):
                raise _TurnLost
        self._kept_at = self._clock()
