"""Cycles in which each user takes the next one's e-mail: P16."""

import random

import pytest

from tests.model.comparing import check_answer, check_directory
from tests.model.conftest import BATCHES, Bench
from tests.model.files import File
from tests.model.oracle import Directory, Options, User, replay
from tests.model.people import ROLES, user
from tests.model.trial import importing, put

_HEADER = "employee_number,email,first_name,last_name\n"


def _directory(count: int) -> Directory:
    users = {
        made.number_key: made
        for made in (
            user(f"{n:05}", f"u{n}@corp.example", role="Standard", first_name="A", last_name="B")
            for n in range(count)
        )
    }
    return Directory(users=users, roles=ROLES, default_role="Standard")


def _file(moves: list[tuple[User, str]]) -> File:
    lines = "".join(f"{who.employee_number},{email},A,B\n" for who, email in moves)
    content = (_HEADER + lines).encode()
    chunks = tuple(content[at : at + 4_000] for at in range(0, len(content), 4_000))
    return File(content=content, chunks=chunks, pauses=frozenset())


def _moves(chance: random.Random, users: list[User], kind: str) -> list[tuple[User, str]]:
    """Who takes whose e-mail: one cycle, swaps, or a chain into a free address; shuffled."""
    count = len(users)
    if kind == "swaps":
        target = [users[at ^ 1].email if at ^ 1 < count else users[at].email for at in range(count)]
    else:
        target = [users[(at + 1) % count].email for at in range(count)]
    if kind == "chain":
        target[-1] = "free.of.all@corp.example"
    moves = list(zip(users, target, strict=True))
    chance.shuffle(moves)
    return moves


async def _shuffled(bench: Bench, seed: int, count: int, batch: int) -> None:
    chance = random.Random(seed)
    before = _directory(count)
    kind = chance.choice(["cycle", "swaps", "chain"])
    file = _file(_moves(chance, list(before.users.values()), kind))
    told = Options(commit=chance.choice(["PER_BATCH", "WHOLE_FILE"]))
    name = await put(bench.connection, before)
    verdict = replay(file.content, told, before)
    assert verdict.outcomes.get("FAILED") is None
    check_answer(await importing(bench.clients[batch], name, file, told), verdict)
    await check_directory(bench.connection, name, before, verdict.directory)


@pytest.mark.parametrize("seed", range(8))
async def test_swaps_cycles_and_chains_resolve_in_any_order(bench: Bench, seed: int) -> None:
    """No row fails, whatever the order and the distance; P16, B185, B186."""
    await _shuffled(bench, seed, 60, BATCHES[seed % len(BATCHES)])


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 180))
async def test_swaps_cycles_and_chains_resolve_in_any_order_at_length(
    bench: Bench, seed: int
) -> None:
    """As above, at length; P16, B185, B186."""
    await _shuffled(bench, seed, 60, BATCHES[seed % len(BATCHES)])
