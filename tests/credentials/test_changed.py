"""Who has changed a password is news to its user, written with the change or not at all."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest

from rollbook.access import administrator
from rollbook.credentials.login import Attempt
from rollbook.credentials.set_password import ByAdministrator, set_by_administrator, set_by_old
from rollbook.store import StoreError, credentials
from rollbook.store.users import Who
from rollbook.users.find import UserKey, opaque_id
from tests.credentials.places import NEW, Place

FIRST = "grey clouds over the quay"
_NEWS = """
select address from notices
where user_id = $1 and event = 'password_changed' and mail = 'password_changed' and lane = 0
order by address
"""


async def _by_link(place: Place, user: int) -> None:
    assert await place.redeem(await place.link(user)) is None


async def _by_old(place: Place, user: int) -> None:
    await set_by_old(place.means, place.directory, Attempt(who=Who(id=user)), FIRST, NEW)


async def _by_administrator(place: Place, user: int) -> None:
    by = ByAdministrator(caller=administrator("admin"), must_change=True)
    key = UserKey("user_id", opaque_id(user))
    await set_by_administrator(place.means, place.directory, key, NEW, by)


WAYS = {"link": _by_link, "old password": _by_old, "administrator": _by_administrator}
Way = Callable[[Place, int], Awaitable[None]]


async def _news(place: Place, user: int) -> list[str]:
    """The addresses of the news about a user; '': the user's own."""
    connection = await asyncpg.connect(place.url)
    try:
        return [row["address"] for row in await connection.fetch(_NEWS, user)]
    finally:
        await connection.close()


async def _of_a_file(place: Place) -> int:
    """A new user with the first password that a file had."""
    user = await place.user()
    hash_ = await place.means.hasher.hash(FIRST)
    async with place.means.app.database.within(place.directory.id).connection() as connection:
        await credentials.write_first(connection, place.directory.id, {user: hash_})
    return user


@pytest.mark.parametrize("way", WAYS)
async def test_the_user_is_told_once_of_each_change(place: Place, way: str) -> None:
    """S55: whoever changes it and however; not of the first password of a file. The bell rings."""
    user = await _of_a_file(place)
    assert await _news(place, user) == []
    bell = place.means.app.noticed.listen()
    await WAYS[way](place, user)
    assert await _news(place, user) == [""]
    assert bell.is_set()
    assert await place.opens(user, NEW)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("mailbox", "other"),
    [
        ("'new.' || email", True),
        ("upper(split_part(email, '@', 1)) || '@example.org'", True),
        ("split_part(email, '@', 1) || '@example.com'", True),
        ("split_part(email, '@', 1) || '@EXAMPLE.org'", False),
        ("email", False),
    ],
)
async def test_the_old_mailbox_is_told_too(
    place: Place, way: str, mailbox: str, *, other: bool
) -> None:
    """If it changed since the old password was set; of the next change the new one alone is."""
    user = await _of_a_file(place)
    old = (await place.account(user)).email
    await place.change(f"update users set email = {mailbox} where id = $1", user)
    await WAYS[way](place, user)
    told = ["", old] if other else [""]
    assert await _news(place, user) == told
    await _by_administrator(place, user)
    assert await _news(place, user) == sorted([*told, ""])


async def test_whoever_had_no_password_is_told_at_the_address_of_today(place: Place) -> None:
    """The first one by a link: nobody had the account before."""
    user = await place.user()
    await place.change("update users set email = 'x' || email where id = $1", user)
    await _by_link(place, user)
    assert await _news(place, user) == [""]


async def test_nothing_is_told_of_a_password_that_is_refused(place: Place) -> None:
    """A weak one, a link that is dead, a change that came between."""
    user = await _of_a_file(place)
    dead = await place.link(user, seconds=-1)
    assert await place.redeem(dead)
    assert await place.redeem(await place.link(user), "short")
    stale = await place.account(user)
    await place.change("update users set email = 'x' || email where id = $1", user)
    async with place.means.app.database.within(place.directory.id).connection() as connection:
        assert not await credentials.set_password(
            connection, place.directory.id, stale, "$argon2id$x", must_change=False, notify=True
        )
    assert await _news(place, user) == []


@pytest.mark.parametrize("way", WAYS)
async def test_a_password_whose_news_cannot_be_written_is_not_set(place: Place, way: str) -> None:
    """And the other way round: it is one statement."""
    user = await _of_a_file(place)
    constraint = f"no_news check (user_id <> {user} or event <> 'password_changed')"
    await place.change(f"alter table notices add constraint {constraint}")
    try:
        with pytest.raises((StoreError, asyncpg.PostgresError)):
            await WAYS[way](place, user)
    finally:
        await place.change("alter table notices drop constraint no_news")
    assert await place.opens(user, FIRST)
    assert await _news(place, user) == []
    await WAYS[way](place, user)
    assert await _news(place, user) == [""]
