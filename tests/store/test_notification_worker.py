"""The worker that delivers notices is started again, whatever ends it."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from rollbook.hooks import Notice, Plugins, Sent, hookimpl
from rollbook.hooks.loader import load_object
from rollbook.meter import Meter
from rollbook.model import Event, Mail
from rollbook.notifications import NotificationWorker
from rollbook.settings import Settings
from rollbook.store import Database, notices
from rollbook.store.directories import make_directory
from rollbook.store.notices import NewNotice


class Recording:
    """Writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @hookimpl
    async def notify(self, notices: Sequence[Notice]) -> dict[str, Sent]:
        self.asked += [notice.id for notice in notices]
        return {notice.id: Sent() for notice in notices}


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A migrated database."""
    opened = await Database.open(Settings(database_url=database_url))
    yield opened
    await opened.close()


def _loop() -> "asyncio.Task[None]":
    """The task that the worker runs its loop in."""
    [task] = [task for task in asyncio.all_tasks() if task.get_name() == "notifications"]
    return task


@pytest.mark.parametrize("killed", [1, 2])
async def test_a_worker_that_is_killed_starts_again(database: Database, killed: int) -> None:
    """P33: its loop is ended from outside, more than once; what is due is still delivered."""
    settings = Settings(notification_poll=0.05)
    plugins = Plugins([load_object("recording", Recording())], settings)
    worker = NotificationWorker(database, plugins, settings, asyncio.Event(), Meter())
    with capture_logs() as logs:
        running = asyncio.create_task(worker.run())
        for _ in range(killed):
            await asyncio.sleep(0.1)
            dead = _loop()
            dead.cancel()
            async with asyncio.timeout(10):
                while not _started_again(dead):  # noqa: ASYNC110  # there is no event
                    await asyncio.sleep(0.05)
        await _delivered(database, f"killed {killed}")
        await worker.stop(running, 5)
    assert running.done()
    ended = [entry for entry in logs if "restarted" in entry["event"]]
    assert len(ended) == killed


def _started_again(dead: "asyncio.Task[None]") -> bool:
    """Whether another loop has taken its place."""
    named = [task for task in asyncio.all_tasks() if task.get_name() == "notifications"]
    return bool(named) and dead not in named


async def _delivered(database: Database, name: str) -> None:
    """Write a notice, and wait until it is settled. Its user is gone, which settles it, too."""
    async with database.transaction() as connection:
        directory = await make_directory(connection, name, name)
    assert directory is not None
    inside = database.within(directory)
    async with inside.transaction() as connection:
        new = [NewNotice(2, 1, Event.CREATED, Mail.WELCOME)]
        await notices.write(connection, directory, None, new)
    async with asyncio.timeout(10):
        while True:
            async with inside.connection() as connection:
                row = await notices.last(connection, directory, 1)
            if row and row.state != "pending":
                return
            await asyncio.sleep(0.05)
