"""A directory in a server without gRPC, with users and links to their accounts."""

import time
import uuid
from dataclasses import dataclass
from itertools import count

import asyncpg

from rollbook.credentials import links
from rollbook.credentials.links import Purpose
from rollbook.credentials.means import Means
from rollbook.credentials.set_password import holder, set_by_link
from rollbook.errors import Reason, RollbookError
from rollbook.store import credentials, name_lookup
from rollbook.store.credentials import Account
from rollbook.store.directories import make_directory
from rollbook.store.name_lookup import DirectoryRow
from rollbook.store.users import Who

KEYS = (b"k" * 40, b"l" * 40)
NEW = "four silver kettles hum"
_NUMBERS = count(1)
_INSERT = """
insert into users (
    directory_id, employee_number, number_key, email, email_key, username, username_key, first_name,
    last_name, role_id
)
values ($1, $2, $2, $3, $3, $4, $4, 'Ada', 'Lovelace', 1)
returning id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A directory and what its passwords are set with. `url`: the database, as its owner."""

    means: Means
    directory: DirectoryRow
    url: str

    async def user(self) -> int:
        """A new user, u1, u2 and so on, without a password."""
        name = f"u{next(_NUMBERS)}"
        made = await self.change(_INSERT, self.directory.id, name, f"{name}@example.org", name)
        assert isinstance(made, int)
        return made

    async def change(self, statement: str, *values: object) -> object:
        """Change the database as another server would; answers the first value."""
        connection = await asyncpg.connect(self.url)
        try:
            return await connection.fetchval(statement, *values)
        finally:
            await connection.close()

    async def account(self, user_id: int) -> Account:
        """The account as it is now."""
        async with self.means.app.database.within(self.directory.id).connection() as connection:
            found = await credentials.get(connection, self.directory.id, Who(id=user_id))
        assert found
        return found

    async def link(
        self,
        user_id: int,
        *,
        key: bytes = KEYS[0],
        purpose: Purpose = Purpose.RESET,
        seconds: float = 3_600,
    ) -> str:
        """A link's token for the account as it is now."""
        whose = holder(self.directory, await self.account(user_id))
        return links.token(key, whose, purpose, int(time.time() + seconds))

    async def redeem(self, token: str, password: str = NEW) -> Reason | None:
        """Use a link; the reason if it is refused."""
        try:
            await set_by_link(self.means, self.directory, token, password)
        except RollbookError as refused:
            return refused.reason
        return None

    async def opens(self, user_id: int, password: str) -> bool:
        """Whether the password is the user's."""
        account = await self.account(user_id)
        return (await self.means.hasher.check(account.hash, password)).right


async def made(means: Means, url: str, display_name: str = "Society") -> Place:
    """A new directory."""
    name = f"d-{uuid.uuid4().hex[:12]}"
    async with means.app.database.transaction() as connection:
        await make_directory(connection, name, display_name)
    async with means.app.database.connection() as connection:
        directory = await name_lookup.directory(connection, name)
    assert directory
    return Place(means=means, directory=directory, url=url)
