"""Writes the notices of links that are asked for, after the answer: no time tells who there is.

Nor does the time of the next request, which the writing would slow down: it begins at a moment by
chance, with all that were asked for until then.
"""

import asyncio
import random
from collections import deque
from dataclasses import dataclass

import structlog

from rollbook.credentials.login import Attempt, waited
from rollbook.credentials.means import Means
from rollbook.credentials.sending import check_sent
from rollbook.errors import Reason, Refusal
from rollbook.model import Mail
from rollbook.store import credentials
from rollbook.store.name_lookup import DirectoryRow

MOST_AN_HOUR = 3
"""Links that are written for a user within an hour."""
_MOST_WAITING = 1_000
_BEGINS_WITHIN_S = 0.1
_CHANCE = random.SystemRandom()
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Wanted:
    directory: DirectoryRow
    attempt: Attempt


class ResetRequests:
    """Takes requests at once, and looks who they are for afterwards, one after another."""

    def __init__(self, means: Means):
        self._means = means
        self._waiting = deque[_Wanted]()
        self._writing: asyncio.Task[None] | None = None

    async def ask(self, directory: DirectoryRow, attempt: Attempt) -> None:
        """Take a request. Whether the user exists, and what becomes of it, is not shown.

        Raises:
            Refusal: INVALID_OPTIONS, this server sends no links; RATE_LIMITED, too many wait.
        """
        check_sent(self._means.app.settings, self._means.app.plugins, Mail.RESET)
        await waited(self._means, f"reset {directory.id} {attempt.who}", attempt.client)
        if len(self._waiting) >= _MOST_WAITING:
            raise Refusal(
                Reason.RATE_LIMITED,
                "Too many links are asked for at once; try again in a moment.",
                {"retry_after_s": "10"},
            )
        self._waiting.append(_Wanted(directory, attempt))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())

    async def drain(self) -> None:
        """Wait until what was asked for is written."""
        if self._writing:
            await asyncio.wait([self._writing], timeout=self._means.app.settings.shutdown_grace)

    async def _write_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(_CHANCE.uniform(0, _BEGINS_WITHIN_S))
            for _ in range(len(self._waiting)):
                await self._write(self._waiting.popleft())

    async def _write(self, wanted: _Wanted) -> None:
        directory, who = wanted.directory, wanted.attempt.who
        if who is None:
            return
        try:
            async with self._means.app.database.within(directory.id).transaction() as connection:
                user_id = await credentials.ask_for_reset(
                    connection, directory.id, who, MOST_AN_HOUR
                )
            if user_id is not None:
                self._means.app.noticed.ring()
                _log.info("link asked for", directory=directory.name, user_id=user_id)
        except Exception:  # nobody waits for this task
            _log.exception("a link could not be written", directory=directory.name)
