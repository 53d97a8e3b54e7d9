"""Users who take each other's e-mail addresses: in cycles and chains, in any order."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from tests.acceptance.wire import HEADER, Answer, Peer, user
from tests.faults.witness import (
    check_ending,
    check_quiet,
    connected,
    guard_off,
    people,
    seeded,
    versions,
)

_SAFE = 90
"""Users of a small directory: below a hundred the safeguards are silent."""


async def _directory(peer: Peer, users: int) -> str:
    """A directory of users 0, 1, 2 … with addresses u0, u1, u2 …, its safeguards off."""
    directory = await peer.new_directory()
    content = HEADER + "".join(user(n) for n in range(users))
    check_ending(await peer.send_file(directory, content))
    async with connected(peer.server.database_url) as connection:
        await guard_off(connection, directory)
    return directory


def _moving(moves: Sequence[tuple[int, int | str]]) -> str:
    """A file in which each user takes the address of another, by number."""
    return HEADER + "".join(user(n, email=f"u{to}@example.org") for n, to in moves)


async def _emails(peer: Peer, directory: str) -> dict[str, str]:
    """Everybody's address, by number; and for who has no other name the username goes with it."""
    stored = await peer.stored(directory)
    for one in stored.values():
        assert one["username"] == one["email"]
        assert one["username_key"] == one["email_key"]
    return {number: one["email"] for number, one in stored.items()}


def _told(answer: Answer) -> dict[str, str]:
    """The answers of each user, by number."""
    words = answer.rows
    return {result.employee_number: words[result.line] for result in answer.results}


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("size", "through"),
    [(2, None), (100, None), (100, "pgbouncer"), (10_000, None)],
    indirect=["through"],
)
async def test_everybody_takes_the_next_ones_address(peer: Peer, size: int) -> None:
    """P16, P18: one cycle over batches of 100: UPDATED in a dry run, and then in fact."""
    dice = seeded()
    directory = await _directory(peer, size)
    moves = [(n, (n + 1) % size) for n in range(size)]
    dice.shuffle(moves)
    content = _moving(moves)
    dry = await peer.send_file(directory, content, options={"commit": "NONE"})
    check_ending(dry)
    assert dry.summary
    assert dry.summary.updated == dry.summary.rows == size
    assert set(dry.rows.values()) == {"UPDATED"}
    assert (await _emails(peer, directory))["0"] == "u0@example.org"

    answer = await peer.send_file(directory, content)
    check_ending(answer)
    assert answer.summary
    assert answer.summary.updated == answer.summary.rows == size
    assert answer.rows == dry.rows
    assert await _emails(peer, directory) == {str(n): f"u{to}@example.org" for n, to in moves}
    async with connected(peer.server.database_url) as connection:
        assert set((await versions(connection, directory)).values()) == {2}
    again = await peer.send_file(directory, content)
    assert set(again.rows.values()) == {"UNCHANGED"}
    await check_quiet(peer.server.database_url)


@pytest.mark.parametrize("size", [2, 1_000])
async def test_a_chain_that_ends_in_a_taken_name(peer: Peer, size: int) -> None:
    """P16: who is at its end stays, so everybody before stays: all fail, and nothing is written."""
    dice = seeded()
    directory = await _directory(peer, size + 1)
    moves = [(n, n + 1) for n in range(size)]  # no user moves away from the last address
    dice.shuffle(moves)
    async with connected(peer.server.database_url) as connection:
        before = await people(connection, directory)
        for commit in ("NONE", "WHOLE_FILE", "PER_BATCH"):
            answer = await peer.send_file(directory, _moving(moves), options={"commit": commit})
            check_ending(answer)
            assert set(answer.rows.values()) == {"FAILED duplicate_email(email)"}
            assert answer.summary
            assert answer.summary.failed == answer.summary.rows == size
        assert await people(connection, directory) == before


async def test_a_chain_that_ends_in_a_free_name(peer: Peer) -> None:
    """P16: where the last address of a chain is free, everybody moves up, whatever the order."""
    directory = await _directory(peer, 1_000)
    for up in (1, 0):  # there and back
        moves = [(n, n + up) for n in range(1_000)]
        answer = await peer.send_file(directory, _moving(moves))
        check_ending(answer)
        assert set(answer.rows.values()) == {"UPDATED"}
        assert await _emails(peer, directory) == {str(n): f"u{to}@example.org" for n, to in moves}


_CIRCLE, _CHAIN, _MOVERS, _SEATS = 6_000, 2_000, 2_000, 700
_STAYS = _CIRCLE + _CHAIN
_USERS = _STAYS + 1 + _MOVERS


def _many(dice: random.Random) -> tuple[list[tuple[int, int | str]], dict[str, str]]:
    """Moves, and what must become of each: a circle, a chain that ends in `_STAYS`, and newcomers.

    There are more newcomers than seats; each stands before the mover whose address it takes.
    """
    moves: list[tuple[int, int | str]] = [(n, (n + 1) % _CIRCLE) for n in range(_CIRCLE)]
    moves += [(n, n + 1) for n in range(_CIRCLE, _STAYS)]
    moves += [(n, f"new{n}") for n in range(_STAYS + 1, _USERS)]
    newcomers = [(_USERS + n, _STAYS + 1 + n) for n in range(_MOVERS)]
    dice.shuffle(moves)
    dice.shuffle(newcomers)
    fate = {str(n): "UPDATED" for n, _ in moves}
    fate |= {str(n): "FAILED duplicate_email(email)" for n in range(_CIRCLE, _STAYS)}
    fate |= {str(n): "CREATED" for n, _ in newcomers[:_SEATS]}
    fate |= {str(n): "FAILED seat_limit_reached" for n, _ in newcomers[_SEATS:]}
    return [*newcomers, *moves], fate


@pytest.mark.timeout(120)
@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE", "NONE"])
@pytest.mark.few(1)
async def test_parked_rows_of_many_batches_are_judged_together(peer: Peer, commit: str) -> None:
    """P16, B207: whatever the mode. They are read again in more pieces than one."""
    moves, fate = _many(seeded())
    directory = await _directory(peer, _USERS)
    seats = "update directories set seats = $2 where name = $1"
    await peer.execute(seats, directory, _USERS + _SEATS)
    options = {"commit": commit, "include_changes": True}
    answer = await peer.send_file(directory, _moving(moves), options=options)
    check_ending(answer)
    assert _told(answer) == fate

    taken = {str(n): f"u{to}@example.org" for n, to in moves if "FAILED" not in fate[str(n)]}
    holders: dict[str, str] = {}
    for result in answer.results:
        number, said = result.employee_number, fate[result.employee_number]
        is_user = int(number) < _USERS or said == "CREATED"
        assert bool(result.user_id) is (is_user and commit != "NONE")
        told = {change.field: change.new_value for change in result.changes}
        assert told.get("email") == taken.get(number)
        if "duplicate_email" in said:
            holders[str(int(number) + 1)] = result.issues[0].params["holder"]
    # The issues of a code keep their params up to the 1,000th.
    named = {wanted: holder for wanted, holder in holders.items() if holder}
    assert named == {wanted: wanted for wanted in named}
    assert len(named) == min(len(holders), 1_000)
    expected = {str(n): f"u{n}@example.org" for n in range(_USERS)}
    expected |= taken if commit != "NONE" else {}
    assert await _emails(peer, directory) == expected
    async with connected(peer.server.database_url) as connection:
        found = "select active_users from directories where name = $1"
        assert await connection.fetchval(found, directory) == len(expected)
    await check_quiet(peer.server.database_url)


def _small(dice: random.Random) -> tuple[list[tuple[int, int | str]], dict[str, str]]:
    """Moves among `_SAFE` users, and what must become of each: circles, chains, newcomers."""
    users = list(range(_SAFE))
    dice.shuffle(users)
    moves: list[tuple[int, int | str]] = []
    fate: dict[str, str] = {}

    def take(count: int) -> list[int]:
        return [users.pop() for _ in range(count)]

    for _ in range(3):
        circle = take(dice.randrange(2, 9))
        moves += zip(circle, [*circle[1:], circle[0]], strict=True)
        fate |= {str(n): "UPDATED" for n in circle}
    for end in ("free", "taken"):
        chain = take(dice.randrange(2, 9))
        writer = take(1)[0]
        moves += zip(chain, [*chain[1:], "free" if end == "free" else writer], strict=True)
        said = "UPDATED" if end == "free" else "FAILED duplicate_email(email)"
        fate |= {str(n): said for n in chain}
    # A newcomer takes what a mover leaves; another wants one that no user leaves.
    mover, writer = take(2)
    moves += [(mover, "left"), (_SAFE, mover), (_SAFE + 1, writer)]
    fate |= {
        str(mover): "UPDATED",
        str(_SAFE): "CREATED",
        str(_SAFE + 1): "FAILED duplicate_email(email)",
    }
    return moves, fate


@pytest.mark.timeout(240)
@pytest.mark.parametrize("cases", [5, pytest.param(15, marks=pytest.mark.long)])
async def test_a_hundred_shuffles(peer: Peer, cases: int) -> None:
    """P16: circles, chains and newcomers, in a hundred orders: all end the same, dry runs too."""
    dice = seeded()
    for _ in range(cases):
        moves, fate = _small(dice)
        ends = []
        for _ in range(4):
            orders = [dice.sample(moves, len(moves)) for _ in range(5)]
            ends += await asyncio.gather(*(_moved(peer, order, fate) for order in orders))
        assert all(end == ends[0] for end in ends)
    await check_quiet(peer.server.database_url)


async def _moved(
    peer: Peer, order: Sequence[tuple[int, int | str]], fate: dict[str, str]
) -> dict[str, str]:
    directory = await _directory(peer, _SAFE)
    for commit in ("NONE", "PER_BATCH"):
        answer = await peer.send_file(directory, _moving(order), options={"commit": commit})
        check_ending(answer)
        assert _told(answer) == fate, order
    emails = await _emails(peer, directory)
    moved = {str(n): f"u{to}@example.org" for n, to in order}
    stay = {str(n): f"u{n}@example.org" for n in range(_SAFE)}
    expected = stay | {n: moved[n] for n, said in fate.items() if "FAILED" not in said}
    assert emails == expected
    return emails
