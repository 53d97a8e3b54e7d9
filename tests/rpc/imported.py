"""Imports users, given as mappings, for tests of what comes after."""

from collections.abc import Iterable, Mapping
from typing import Unpack

from rollbook.client import Client, import_options, new_import
from rollbook.client.users import Key
from rollbook.v1.imports_pb2 import ImportSummary
from rollbook.v1.users_pb2 import User


def person(number: int | str, **cells: str) -> dict[str, str]:
    """A good user; `cells` are otherwise."""
    return {
        "employee_number": str(number),
        "email": f"u{number}@example.org",
        "first_name": "Ada",
        "last_name": "Byron",
    } | cells


async def imported(
    client: Client,
    directory: str,
    rows: Iterable[Mapping[str, str]],
    *,
    source: str = "",
    file_name: str = "",
    **options: str,
) -> ImportSummary:
    """The summary of their import."""
    start = new_import(
        directory, source=source, file_name=file_name, options=import_options(**options)
    )
    async for event in client.upload_rows(list(rows), start):
        if isinstance(event, ImportSummary):
            return event
    raise AssertionError("there was no summary")


async def as_listed(client: Client, directory: str, **key: Unpack[Key]) -> User:
    """A user, without what GetUser alone tells."""
    found = await client.users.get(directory, **key)
    for field in ("last_notice", "password_state", "first_login_time"):
        found.ClearField(field)
    return found
