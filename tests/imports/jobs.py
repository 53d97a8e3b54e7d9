"""Opens imports inside a server, without gRPC."""

import uuid
from collections.abc import AsyncIterator

import asyncpg

from rollbook.access import administrator
from rollbook.context import AppContext
from rollbook.imports.job.job import Job
from rollbook.imports.opening import Start, open_job
from rollbook.imports.rows.source import End, Part
from rollbook.model import Commit
from rollbook.profiles import Profiles
from rollbook.server.profiles import checked_profiles
from rollbook.store.directories import make_directory

FILE = (
    b"employee_number,first_name,last_name,email\n"
    b"1,Ada,King,ada@example.org\n"
    b"2,Alan,Mathison,alan@example.org\n"
)


def profiles(app: AppContext) -> Profiles:
    """The profiles of that server."""
    return checked_profiles(app.settings)


async def opened(app: AppContext, commit: Commit, directory: str = "") -> Job:
    """A new import, into a new directory if none is named."""
    name = directory or await _new_directory(app)
    start = Start(
        import_id=str(uuid.uuid4()),
        directory=name,
        profile="default",
        source="",
        skip_results=False,
        options={"commit": commit},
    )
    return await open_job(app, profiles(app), start, administrator("admin"))


async def _new_directory(app: AppContext) -> str:
    name = f"d-{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(app.settings.database_url)
    try:
        await make_directory(connection, name, name)
    finally:
        await connection.close()
    return name


async def parts(content: bytes, *, ends: bool = True) -> AsyncIterator[Part]:
    """A file as a client sends it."""
    yield content
    if ends:
        yield End()
