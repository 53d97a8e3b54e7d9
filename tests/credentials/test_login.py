"""A login is answered in one way, whatever is wrong; and a hash follows the server's cost."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Literal

import pytest
from argon2 import PasswordHasher

from rollbook.credentials.login import Attempt, verify
from rollbook.credentials.set_password import set_by_link, set_by_old
from rollbook.store.users import Who
from tests.credentials.places import NEW, Place


class Counted(PasswordHasher):
    """A hasher that notes what each comparison costs."""

    costs: ClassVar[list[str]] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        """As it is, noted."""
        self.costs.append(str(hash).split("$")[3])
        return super().verify(hash, password)


async def _enters(place: Place, who: Who | None, password: str = NEW) -> bool:
    found = await verify(place.means, place.directory, Attempt(who=who), password)
    return found is not None


@pytest.mark.parametrize(
    "password", ["", NEW.upper(), NEW + " ", "\0", "\ud83d", "x" * 1_000_000, "e\u0301" * 500_000]
)
async def test_s60_a_login_by_username_or_email_needs_the_right_password(
    place: Place, password: str
) -> None:
    """S60: and the same text in NFC; any other text is wrong, however long or strange."""
    user = await place.user()
    account = await place.account(user)
    assert await place.redeem(await place.link(user)) is None
    for who in (Who(username_key=account.username), Who(email_key=account.email)):
        assert await _enters(place, who)
        assert not await _enters(place, who, password)


async def test_nobody_enters_without_an_active_account(place: Place) -> None:
    """Unknown, suspended, without a password, or by a name that nobody can have."""
    user, bare = await place.user(), await place.user()
    assert await place.redeem(await place.link(user)) is None
    await place.change("update users set status = 'suspended' where id = $1", user)
    for who in (Who(id=user), Who(id=bare), Who(id=10**9), Who(email_key="nobody"), Who(), None):
        assert not await _enters(place, who)
        assert not await _enters(place, who, "")
    await place.change("update users set status = 'active' where id = $1", user)
    assert await _enters(place, Who(id=user))


async def test_every_login_costs_one_hash(place: Place) -> None:
    """The same work for a wrong password, an unknown user, a suspended one and one without."""
    user, suspended, bare = [await place.user() for _ in range(3)]
    for one in (user, suspended):
        assert await place.redeem(await place.link(one)) is None
    await place.change("update users set status = 'suspended' where id = $1", suspended)
    hasher = place.means.hasher
    usual, counted = hasher._hasher, Counted(time_cost=1, memory_cost=64, parallelism=1)
    hasher._hasher = counted
    try:
        for who in (Who(id=user), Who(id=suspended), Who(id=bare), Who(id=10**9), None):
            counted.costs.clear()
            assert not await _enters(place, who, "a wrong password")
            assert counted.costs == ["m=64,t=1,p=1"]
    finally:
        hasher._hasher = usual


async def test_a_login_renews_a_hash_of_another_cost(place: Place) -> None:
    """The next login finds one of today's; links stay, for the password did not change."""
    user = await place.user()
    assert await place.redeem(await place.link(user)) is None
    old = PasswordHasher(time_cost=2, memory_cost=32, parallelism=1).hash(NEW)
    await place.change("update credentials set hash = $2 where user_id = $1", user, old)
    link = await place.link(user)
    assert not await _enters(place, Who(id=user), "wrong")
    assert (await place.account(user)).hash == old
    assert await _enters(place, Who(id=user))
    renewed = (await place.account(user)).hash
    assert renewed
    assert "m=64,t=1,p=1" in renewed
    assert await _enters(place, Who(id=user))
    assert await place.redeem(link) is None


async def test_failures_of_a_stranger_lock_nobody_out(place: Place) -> None:
    """Fifty wrong ones at once, and the right one is answered with them."""
    user = await place.user()
    assert await place.redeem(await place.link(user)) is None
    who = Who(id=user)
    wrong = [asyncio.ensure_future(_enters(place, who, f"wrong {n}")) for n in range(50)]
    await asyncio.sleep(0)
    async with asyncio.timeout(30):
        assert await _enters(place, who)
    assert not any(await asyncio.gather(*wrong))


async def test_a_delay_does_not_tell_whose_two_names_are(place: Place) -> None:
    """P55: failures by a user's address slow no login by the username, as with an unknown user."""
    user = await place.user()
    account = await place.account(user)
    delays = place.means.delays
    attempt, found = delays.attempt, []

    def noted(user: str, client: str) -> float:
        found.append(attempt(user, client))
        return found[-1]

    delays.attempt = noted  # type: ignore[method-assign]
    try:
        for email, username in (
            (account.email, account.username),
            ("nobody@example.org", "nobody"),
        ):
            found.clear()
            for who in (*[Who(email_key=email)] * 8, Who(username_key=username)):
                assert not await _enters(place, who, "a wrong password")
            assert [seconds > 0 for seconds in found] == [*[False] * 5, *[True] * 3, False]
    finally:
        del delays.attempt


@pytest.mark.parametrize("way", ["login", "old password", "link"])
async def test_who_fails_again_and_again_waits_for_the_answer(place: Place, way: str) -> None:
    """The answer is delayed, and the call counted among those that wait; whichever way it came."""
    client = f"10.0.0.1 by {way}"
    for n in range(30):  # of users of which each failed once
        place.means.delays.attempt(f"user {n} by {way}", client)
    attempt = Attempt(who=Who(username_key="nobody"), client=client)
    calls: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "login": lambda: verify(place.means, place.directory, attempt, "wrong"),
        "old password": lambda: set_by_old(place.means, place.directory, attempt, "wrong", NEW),
        "link": lambda: set_by_link(place.means, place.directory, "no link", NEW, client),
    }
    call = asyncio.ensure_future(calls[way]())
    async with asyncio.timeout(30):
        while not (call.done() or place.means.waiting._clients):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert not call.done()
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert not place.means.waiting._clients
