"""A server with the recording plugin, and readers of its notices."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from rollbook.v1 import imports_pb2
from rollbook.v1.directories_pb2 import Directory, UpdateDirectoryRequest
from rollbook.v1.notices_pb2 import Notice, NoticeEvent, NoticeState
from tests.acceptance.wire import Peer
from tests.environment import Server
from tests.faults.witness import started
from tests.plugin.recording import BEGAN, ORDERS, TOLD

PLUGIN = "tests.plugin:recording"
MAILS = {
    "welcome": {"first_password": "NONE", "notify": "WELCOME_NEW"},
    "invitation": {"first_password": "NONE", "notify": "INVITE_NEW"},
    "login_details": {"first_password": "GENERATE", "notify": "LOGIN_DETAILS"},
}
"""The options that ask for each mail of new users."""
WELCOME = MAILS["welcome"]
SOON = 0.05
"""Seconds between two searches of the worker, so that no test waits for it."""


class Post:
    """The notices that the plugin got, its orders, and the state of each notice."""

    def __init__(self, peer: Peer, folder: Path, url: str):
        self.peer = peer
        self.folder = folder
        self.url = url

    def order(self, word: str) -> None:
        """Answer so to every notice; '': as each notice orders."""
        (self.folder / ORDERS).write_text(word)

    def told(self, directory: str) -> list[dict[str, Any]]:
        """The notices of a directory so far, in order; of a failed call, those before it."""
        path = self.folder / TOLD
        lines = path.read_text().splitlines() if path.exists() else []
        return [told for told in map(json.loads, lines) if told["directory"] == directory]

    def numbers(self, directory: str) -> Counter[str]:
        """How many notices each user of a directory had, by number."""
        return Counter(told["employee_number"] for told in self.told(directory))

    def began(self) -> int:
        """How many lots the plugin was given."""
        path = self.folder / BEGAN
        return len(path.read_text().splitlines()) if path.exists() else 0

    async def directory(self, *events: str, per_minute: int | None = None) -> str:
        """A new directory that reports these events."""
        name = await self.peer.new_directory()
        said = Directory(
            name=name,
            notices=[f"NOTICE_EVENT_{event.upper()}" for event in events],
            notices_per_minute=per_minute,
        )
        await self.peer.ask(
            self.peer.directories.UpdateDirectory, UpdateDirectoryRequest(directory=said)
        )
        return name

    async def rows(self, directory: str) -> list[asyncpg.Record]:
        """The directory's notices as the database has them, in the order they were written."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetch(
                "select n.*, u.employee_number from notices as n"
                " join directories as d on d.id = n.directory_id"
                " left join users as u on u.directory_id = d.id and u.id = n.user_id"
                " where d.name = $1 order by n.id",
                directory,
            )
        finally:
            await connection.close()

    async def states(self, directory: str) -> Counter[str]:
        """How many of the directory's notices stand where."""
        return Counter(row["state"] for row in await self.rows(directory))

    async def until(self, directory: str, so: Callable[[Counter[str]], bool]) -> Counter[str]:
        """The states, once it is so."""
        async with asyncio.timeout(20):
            while True:
                if so(states := await self.states(directory)):
                    return states
                await asyncio.sleep(0.02)

    async def settled(self, directory: str) -> Counter[str]:
        """The states once nothing is pending, and something is there."""
        return await self.until(directory, lambda states: bool(states) and not states["pending"])

    async def written(self, directory: str, count: int) -> None:
        """Until the directory has so many notices: those of links come after the answer."""
        async with asyncio.timeout(20):
            while len(await self.rows(directory)) < count:  # noqa: ASYNC110 -- another process
                await asyncio.sleep(0.02)

    async def tried(self, directory: str, times: int) -> None:
        """Until each of the directory's notices was tried so often, and is not claimed."""
        async with asyncio.timeout(20):
            while True:
                rows = await self.rows(directory)
                if all(row["attempts"] >= times and not row["claimed_until"] for row in rows):
                    return
                await asyncio.sleep(0.02)

    async def due_now(self, directory: str, *, ago: str = "0 s") -> None:
        """Let the time until the next attempt pass; `ago`: and so much more since the first."""
        while True:
            try:
                await self.peer.execute(
                    "update notices set due_at = now(), first_claimed_at = first_claimed_at - $2"
                    "::text::interval where state = 'pending' and directory_id ="
                    " (select id from directories where name = $1)",
                    directory,
                    ago,
                )
            except asyncpg.DeadlockDetectedError:  # a server settles the same ones, in its order
                continue
            return

    async def urgent(self, directory: str) -> None:
        """A notice of one of the directory's users that somebody waits for, written by hand."""
        await self.peer.execute(
            "insert into notices (directory_id, user_id, event, mail, lane)"
            " select d.id, min(u.id), 'created', 'welcome', 0 from directories as d"
            " join users as u on u.directory_id = d.id where d.name = $1 group by d.id",
            directory,
        )

    async def held(self, *queues: str) -> None:
        """Until just these queues are on hold."""
        connection = await asyncpg.connect(self.url)
        try:
            async with asyncio.timeout(20):
                while True:
                    found = await connection.fetch("select queue from notice_holds order by queue")
                    if [row["queue"] for row in found] == sorted(queues):
                        return
                    await asyncio.sleep(0.02)
        finally:
            await connection.close()

    async def looked_often(self) -> None:
        """Long enough for many searches of the workers."""
        await asyncio.sleep(20 * SOON)

    async def listed(self, directory: str, import_id: str, **asked: Any) -> list[Notice]:
        """The import's notices on one page."""
        request = imports_pb2.ListImportNoticesRequest(
            directory=directory, import_id=import_id, **asked
        )
        answer = await self.peer.ask(self.peer.imports.ListImportNotices, request)
        return list(answer.notices)


def word(notice: Notice) -> str:
    """A notice as `line event state`."""
    event = NoticeEvent.Name(notice.event).removeprefix("NOTICE_EVENT_").lower()
    state = NoticeState.Name(notice.state).removeprefix("NOTICE_STATE_").lower()
    return f"{notice.line} {event} {state}"


def settings(folder: Path, **but: Any) -> dict[str, Any]:
    """The settings of a server with the recording plugin, which writes into `folder`."""
    return {"plugins": PLUGIN, "test_notices": folder, "notification_poll": SOON, **but}


@asynccontextmanager
async def posting(url: str, folder: Path, **but: Any) -> AsyncIterator[tuple[Post, Server]]:
    """A server on that database, and its post."""
    async with (
        started(url, folder, **settings(folder, **but)) as server,
        Peer.of(server) as peer,
    ):
        yield Post(peer, folder, url), server
