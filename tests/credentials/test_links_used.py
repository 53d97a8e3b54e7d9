"""A link sets a password once, and is dead after any change of password, mailbox or status."""

import asyncio
import threading
from dataclasses import replace

import pytest

from rollbook.credentials import links
from rollbook.credentials.links import Purpose
from rollbook.credentials.means import Means
from rollbook.credentials.set_password import set_by_link
from rollbook.credentials.tries import Tries
from rollbook.errors import Reason, RollbookError
from tests.credentials import places
from tests.credentials.places import KEYS, NEW, Place

REJECTED = Reason.TOKEN_REJECTED


async def test_s51_a_user_without_a_password_has_none_that_opens(place: Place) -> None:
    """S51: nothing is stored for who never had a password, and no text is right."""
    user = await place.user()
    account = await place.account(user)
    assert (account.hash, account.version, account.must_change) == (None, 0, False)
    assert not await place.opens(user, "")
    assert await place.change("select count(*) from credentials where user_id = $1", user) == 0


async def test_a_link_sets_a_first_password_and_is_used_up(place: Place) -> None:
    """It works for users who never had one; the second use is refused, and changes nothing."""
    user = await place.user()
    link = await place.link(user)
    assert await place.redeem(link) is None
    assert await place.opens(user, NEW)
    assert await place.redeem(link, "another long enough one") is REJECTED
    assert await place.opens(user, NEW)
    assert (await place.account(user)).version == 1


async def test_the_next_link_is_another_and_works(place: Place) -> None:
    """Each password has its version."""
    user = await place.user()
    first = await place.link(user)
    assert await place.redeem(first) is None
    second = await place.link(user)
    assert second != first
    assert await place.redeem(second, "grey clouds over the quay") is None
    assert await place.opens(user, "grey clouds over the quay")
    assert not await place.opens(user, NEW)


@pytest.mark.long
@pytest.mark.parametrize("_time", range(40))
async def test_p54_of_50_uses_of_one_link_one_succeeds_each_time(place: Place, _time: int) -> None:
    """P54: at once, each with a password of its own, for a first password and for the next one."""
    await _fifty(place)


@pytest.mark.parametrize("purpose", [Purpose.RESET, Purpose.INVITATION])
async def test_p54_of_50_uses_of_one_link_one_succeeds(place: Place, purpose: Purpose) -> None:
    """P54: at once, each with a password of its own; the one that succeeds is the password."""
    await _fifty(place, purpose)


async def _fifty(place: Place, purpose: Purpose = Purpose.RESET) -> None:
    user = await place.user()
    for _ in ("the first password", "the next one"):
        link = await place.link(user, purpose=purpose)
        texts = [f"{NEW} in room {n}" for n in range(50)]
        found = await asyncio.gather(*(place.redeem(link, text) for text in texts))
        (won,) = [n for n, reason in enumerate(found) if reason is None]
        assert {reason for n, reason in enumerate(found) if n != won} == {REJECTED}
        assert await place.opens(user, texts[won])


async def test_b245_expired_and_foreign_links_are_rejected_in_the_same_words(place: Place) -> None:
    """B245: expired, of another purpose, key, directory or user, cut, longer, or no link at all."""
    user, other = await place.user(), await place.user()
    elsewhere = await places.made(place.means, place.url)
    good = await place.link(user)
    details = links.token(
        KEYS[0], links.Holder(place.directory.id, user, 0, 1), Purpose.LOGIN_DETAILS, 2**32 - 1
    )
    wrong = [
        await place.link(user, seconds=-1),
        await place.link(user, key=b"another key, which this server does not have"),
        await elsewhere.link(await elsewhere.user()),
        *(details, good[:-1], good + "A", f" {good}", "", "-", "ä" * 48, "A" * 48, "A" * 100_000),
    ]
    for token in wrong:
        assert await place.redeem(token) is REJECTED, token[:60]
    assert await elsewhere.redeem(good) is REJECTED
    for one in (user, other):
        assert (await place.account(one)).hash is None
    assert await place.redeem(good) is None


async def test_a_link_of_an_old_key_works_as_long_as_the_key_is_there(place: Place) -> None:
    """The first key signs, all of them verify."""
    user = await place.user()
    assert await place.redeem(await place.link(user, key=KEYS[1])) is None


async def test_without_keys_no_link_is_good(place: Place) -> None:
    """Also none that was derived from an empty key."""
    bare = places.Place(
        means=Means(app=place.means.app, hasher=place.means.hasher),
        directory=place.directory,
        url=place.url,
    )
    user = await place.user()
    for key in (KEYS[0], b""):
        assert await bare.redeem(await place.link(user, key=key)) is REJECTED


async def test_b247_a_weak_password_leaves_the_link_as_it_was(place: Place) -> None:
    """B247: refused for all its reasons at once; the tenth try is taken if it is a good one."""
    user = await place.user()
    link = await place.link(user)
    for _ in range(7):
        assert await place.redeem(link, "password12345678") is Reason.PASSWORD_COMMON
    assert await place.redeem(link, "short") is Reason.PASSWORD_TOO_SHORT
    assert await place.redeem(link, "society of four kettles") is Reason.PASSWORD_CONTAINS_IDENTITY
    assert await place.redeem(link) is None


@pytest.mark.parametrize("other", [Purpose.RESET, Purpose.INVITATION])
async def test_b247_the_tenth_weak_password_ends_every_link(place: Place, other: Purpose) -> None:
    """B247: one link's ten tries end both links of an account, also those of other servers."""
    user = await place.user()
    used, unused = await place.link(user, seconds=600), await place.link(user, purpose=other)
    elsewhere = replace(place, means=replace(place.means, tries=Tries()))
    before = await place.account(user)
    for _ in range(9):
        assert await place.redeem(used, "short") is Reason.PASSWORD_TOO_SHORT
    assert await place.account(user) == before
    with pytest.raises(RollbookError, match="the last of 10 tries: ask for a new link"):
        await set_by_link(place.means, place.directory, used, "short")
    for server in (place, elsewhere):
        for dead in (used, unused):
            assert await server.redeem(dead) is REJECTED
            assert await server.redeem(dead, "short") is REJECTED
    assert (await place.account(user)).account_version == before.account_version + 1
    assert await place.redeem(await place.link(user)) is None


async def test_b247_fifty_weak_passwords_at_once_end_the_links_once(place: Place) -> None:
    """B247: ten are told why, and forty that the link is dead."""
    user = await place.user()
    before, link = await place.account(user), await place.link(user)
    said = await asyncio.gather(*(place.redeem(link, "short") for _ in range(50)))
    assert (said.count(Reason.PASSWORD_TOO_SHORT), said.count(REJECTED)) == (10, 40)
    assert (await place.account(user)).account_version == before.account_version + 1


async def test_b247_links_end_also_if_the_database_was_away_at_the_tenth(place: Place) -> None:
    """B247: the next try ends what the tenth could not."""
    user = await place.user()
    before, used, unused = await place.account(user), await place.link(user), await place.link(user)
    link = links.read(used)
    assert link
    for _ in range(10):
        place.means.tries.refused(link)
    assert await place.redeem(used) is REJECTED
    assert await place.redeem(unused) is REJECTED
    assert (await place.account(user)).account_version == before.account_version + 1


CHANGES = {
    "the mailbox": "email = 'new' || email, email_key = 'new' || email_key",
    "the case of the mailbox": "email = upper(email)",
    "suspended by hand": "status = 'suspended'",
    "suspended by a sync": "status = 'suspended_by_sync'",
}
NO_CHANGES = {
    "the phone": "phone = '12345'",
    "the case of the domain": "email = split_part(email, '@', 1) || '@EXAMPLE.org'",
    "the role": "role_id = 2",
    "to change the password next": "must_change_password = true",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_b248_a_link_is_dead_after_a_change(place: Place, change: str) -> None:
    """B248: of mailbox or status, and stays dead when all is as it was again."""
    user = await place.user()
    before = await place.account(user)
    link = await place.link(user)
    await place.change(f"update users set {CHANGES[change]} where id = $1", user)
    assert await place.redeem(link) is REJECTED
    await place.change(
        "update users set status = $2, email = $3 where id = $1", user, before.status, before.email
    )
    assert await place.redeem(link) is REJECTED
    assert await place.redeem(await place.link(user)) is None


@pytest.mark.parametrize("change", NO_CHANGES)
async def test_a_link_outlives_other_changes(place: Place, change: str) -> None:
    """What is changed of a user who was invited does not take the invitation back."""
    user = await place.user()
    link = await place.link(user)
    await place.change(f"update users set {NO_CHANGES[change]} where id = $1", user)
    assert await place.redeem(link) is None


async def test_b248_a_suspended_user_gets_no_password(place: Place) -> None:
    """B248: not by a link that was made for the account as it is, either."""
    user = await place.user()
    await place.change("update users set status = 'suspended' where id = $1", user)
    assert await place.redeem(await place.link(user)) is REJECTED
    assert (await place.account(user)).hash is None


async def test_a_change_while_the_password_is_hashed_wins(place: Place) -> None:
    """What was read before the hash was made is compared again in the statement that stores it."""
    user = await place.user()
    link = await place.link(user)
    hasher, free = place.means.hasher, threading.Event()
    busy = [asyncio.ensure_future(hasher._in_thread(lambda: free.wait(60))) for _ in range(2)]
    using = asyncio.ensure_future(place.redeem(link))
    async with asyncio.timeout(30):
        # The link is verified, and its password waits for a thread.
        while hasher._waiting < 3:  # noqa: ASYNC110 -- an event would be the hasher's
            await asyncio.sleep(0.01)
    await place.change("update users set email = 'other' || email where id = $1", user)
    free.set()
    assert await using is REJECTED
    await asyncio.gather(*busy)
    assert (await place.account(user)).hash is None


async def test_s56_to_change_the_password_next_is_asked_until_it_is_changed(place: Place) -> None:
    """S56: set by a file or by hand; set again after it was taken back, it is asked again."""
    user = await place.user()
    flag = "update users set must_change_password = $2 where id = $1"
    await place.change(flag, user, True)
    assert (await place.account(user)).must_change
    assert await place.redeem(await place.link(user)) is None
    assert not (await place.account(user)).must_change
    await place.change(flag, user, True)  # the same file again
    assert not (await place.account(user)).must_change
    await place.change(flag, user, False)
    await place.change(flag, user, True)
    assert (await place.account(user)).must_change


async def test_links_are_read_again_when_their_file_changes(place: Place) -> None:
    """A key that is removed verifies nothing; without a restart."""
    user = await place.user()
    link = await place.link(user, key=KEYS[1])
    file = place.means.app.settings.credential_keys_file
    assert file
    file.write_bytes(KEYS[0])
    assert await place.redeem(link) is REJECTED
    file.write_bytes(b"\n".join(KEYS))
    assert await place.redeem(link) is None
