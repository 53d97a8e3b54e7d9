"""Passwords are hashed as argon2id, off the loop, in threads that are bounded."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from argon2 import PasswordHasher

from rollbook.credentials.hashing import MOST_WAITING, Hasher
from rollbook.errors import Reason, Refusal
from rollbook.settings import Settings

SECRET = "four silver kettles hum"
CHEAP = {"memory_kib": 64, "passes": 1, "lanes": 1}


@pytest_asyncio.fixture
async def hasher() -> AsyncIterator[Hasher]:
    made = Hasher(**CHEAP)
    yield made
    made.close()


async def test_the_default_cost_is_that_of_owasp() -> None:
    """46 MiB, one pass, one lane; with a salt of its own each time."""
    made = Hasher.of(Settings())
    one, other = await made.hash(SECRET), await made.hash(SECRET)
    made.close()
    assert one.startswith("$argon2id$v=19$m=47104,t=1,p=1$")
    assert one != other


async def test_only_the_same_password_is_right(hasher: Hasher) -> None:
    stored = await hasher.hash(SECRET)
    assert (await hasher.check(stored, SECRET)).right
    for other in (SECRET + " ", SECRET.upper(), "", "x" * 128):
        assert await hasher.check(stored, other) == (False, None)


async def test_compatible_letters_are_not_the_same(hasher: Hasher) -> None:
    """NFC: one letter or two code points of it; never NFKC, by which `①` would be `1`."""
    stored = await hasher.hash("Žluťoučký kůň ①")
    decomposed = "Z\u030clut\u030couc\u030cky\u0301 ku\u030an\u030c ①"
    assert (await hasher.check(stored, decomposed)).right
    assert not (await hasher.check(stored, "Žluťoučký kůň 1")).right


@pytest.mark.parametrize("stored", [None, "", "no hash", "$argon2id$v=19$m=1$broken", "$2b$12$x"])
async def test_without_a_hash_that_can_be_read_no_password_is_right(
    hasher: Hasher, stored: str | None
) -> None:
    """Nor is the text that stands in for one that is missing."""
    for password in ("", SECRET):
        assert await hasher.check(stored, password) == (False, None)


async def test_a_hash_of_another_cost_is_made_anew(hasher: Hasher) -> None:
    """At the next login; a wrong password renews nothing."""
    old = PasswordHasher(time_cost=2, memory_cost=32, parallelism=1).hash(SECRET)
    assert await hasher.check(old, "another one") == (False, None)
    found = await hasher.check(old, SECRET)
    assert found.right
    assert found.renewed
    assert "m=64,t=1,p=1" in found.renewed
    assert await hasher.check(found.renewed, SECRET) == (True, None)


async def test_two_daemon_threads_do_all_of_it(hasher: Hasher) -> None:
    """However many passwords there are at once."""
    await asyncio.gather(*(hasher.hash(f"{SECRET} {n}") for n in range(50)))
    threads = [one for one in threading.enumerate() if one.name == "rollbook-hashing"]
    assert len(threads) == 2
    assert all(one.daemon for one in threads)


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has no niceness of its own")
async def test_the_thread_for_files_yields_to_the_rest_of_the_machine(hasher: Hasher) -> None:
    """S50: an import beside 1,000 passwords keeps its speed; logins have a thread that does not."""
    await hasher.hash_in_bulk(SECRET)
    await hasher.hash(SECRET)
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    found = [os.getpriority(os.PRIO_PROCESS, one.native_id or 0) for one in hasher._threads]
    assert sorted(found) == [ours, ours + 5]


async def test_closing_ends_the_threads() -> None:
    made = Hasher(**CHEAP)
    await made.hash(SECRET)
    threads = list(made._threads)
    made.close()
    for one in threads:
        await asyncio.to_thread(one.join, 10)
    assert not any(one.is_alive() for one in threads)


async def test_the_loop_goes_on_while_passwords_are_hashed() -> None:
    """At the default cost: other tasks run many times before one hash is made."""
    made = Hasher.of(Settings())
    running = asyncio.ensure_future(made.hash(SECRET))
    turns = 0
    while not running.done():
        turns += 1
        await asyncio.sleep(0)
    made.close()
    assert turns > 10


async def test_a_file_leaves_a_thread_to_who_logs_in() -> None:
    """Work in bulk is never in both threads: a login is answered before the file is done."""
    made = Hasher.of(Settings())
    file = [asyncio.ensure_future(made.hash_in_bulk(f"{SECRET} {n}")) for n in range(20)]
    await asyncio.sleep(0)
    await made.check(None, SECRET)
    open_ = sum(not one.done() for one in file)
    for one in file:
        one.cancel()
    made.close()
    assert open_ > 10


async def test_too_many_at_once_are_refused_and_a_file_never_is(hasher: Hasher) -> None:
    asked = [asyncio.ensure_future(hasher.hash(SECRET)) for _ in range(MOST_WAITING + 2)]
    bulk = asyncio.ensure_future(hasher.hash_in_bulk(SECRET))
    found = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in found if isinstance(one, Refusal)]
    assert [one.reason for one in refused] == [Reason.RATE_LIMITED] * 2
    assert await bulk
    assert await hasher.hash(SECRET)  # who came in is counted out again


async def test_what_nobody_waits_for_is_not_begun(hasher: Hasher) -> None:
    """A caller who has gone costs no hash."""
    held = threading.Event()
    blocked = [asyncio.ensure_future(hasher._in_thread(lambda: held.wait(30))) for _ in range(2)]
    begun: list[int] = []
    gone = asyncio.ensure_future(hasher._in_thread(lambda: begun.append(1)))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.sleep(0)
    held.set()
    await asyncio.gather(*blocked)
    await hasher.hash(SECRET)
    assert begun == []


async def test_an_error_in_a_thread_is_the_callers(hasher: Hasher) -> None:
    """And the thread goes on."""

    def fails() -> str:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        await hasher._in_thread(fails)
    until = time.monotonic() + 10
    assert await hasher.hash(SECRET)
    assert time.monotonic() < until


@pytest.mark.parametrize(
    ("memory_kib", "passes", "fits"),
    [
        *((47_104, 1, True), (47_103, 1, False), (47_103, 2, True), (19_455, 2, False)),
        *((12_288, 3, True), (9_216, 3, False), (9_216, 4, True), (7_168, 4, False)),
        *((7_168, 5, True), (7_167, 100, False), (200_000, 1, True)),
    ],
)
def test_a_cost_below_the_floor_is_refused(memory_kib: int, passes: int, fits: bool) -> None:
    """OWASP's floor: less memory needs more passes, and there is a least of it."""

    def read() -> Settings:
        return Settings.read(password_memory_kib=memory_kib, password_passes=passes)

    if fits:
        assert read().password_memory_kib == memory_kib
        return
    with pytest.raises(ValueError, match="ROLLBOOK_PASSWORD_MEMORY_KIB: "):
        read()
