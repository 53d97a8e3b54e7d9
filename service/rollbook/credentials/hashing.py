"""Hashes passwords with argon2id, in daemon threads, so that the event loop never waits for one."""

import asyncio
import base64
import contextlib
import os
import sys
import threading
import unicodedata
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from argon2 import DEFAULT_HASH_LENGTH, DEFAULT_RANDOM_SALT_LENGTH, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from rollbook.errors import Reason, Refusal
from rollbook.model.passwords import MOST_LENGTH
from rollbook.settings import Settings

T = TypeVar("T")
_Task = tuple[asyncio.AbstractEventLoop, "asyncio.Future[T]", Callable[[], T]]

_LONGEST = 4 * MOST_LENGTH
"""Code points of which NFC can make `MOST_LENGTH`."""
MOST_WAITING = 200
"""Calls that wait for a thread; at 75 ms each, the last of them waits 7.5 seconds."""
_NICENESS = 5
"""Of the thread that does bulk work: others have three times its share."""


class Checked(NamedTuple):
    """Whether a password is the one of a hash. `renewed`: its hash at today's cost, if not there.

    The stored hash is then to be replaced.
    """

    right: bool
    renewed: str | None = None


class Hasher:
    """Argon2id at one cost, in two threads. Make it within the event loop that uses it.

    Work in bulk, such as the passwords of a file, has one of the threads, which yields to the rest
    of the machine: a person who logs in meanwhile has the other. `close` ends the threads.
    """

    def __init__(self, *, memory_kib: int, passes: int, lanes: int):
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=lanes)
        # Compared with if there is no hash: the same work, and no password is right.
        self._nobody = _nobodys(memory_kib, passes, lanes)
        self._tasks = _Tasks()
        self._threads: list[threading.Thread] = []
        self._waiting = 0
        self._bulk = asyncio.Lock()

    @classmethod
    def of(cls, settings: Settings) -> "Hasher":
        """A hasher at the cost that the settings ask for."""
        return cls(
            memory_kib=settings.password_memory_kib,
            passes=settings.password_passes,
            lanes=settings.password_lanes,
        )

    async def hash(self, password: str) -> str:
        """The hash of a password, in the format of PHC: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.

        Raises:
            Refusal: RATE_LIMITED, too many others wait.
        """
        secret = octets(password)
        return await self._in_thread(lambda: self._hasher.hash(secret))

    async def hash_in_bulk(self, password: str) -> str:
        """As `hash`, one after another in one thread; it waits and is never refused."""
        secret = octets(password)
        async with self._bulk:
            return await self._in_thread(lambda: self._hasher.hash(secret), bulk=True)

    async def check(self, stored: str | None, password: str, *, bulk: bool = False) -> Checked:
        """Whether the password is that of the stored hash. None: no password is right.

        Without a hash the same work is done, so that time does not tell who has a password. `bulk`:
        as `hash_in_bulk`.

        Raises:
            Refusal: RATE_LIMITED, too many others wait.
        """
        if (
            len(password) > _LONGEST
        ):  # no hash is of such a text, and normalising it could take long
            stored, password = None, ""
        secret = octets(password)
        if bulk:
            async with self._bulk:
                return await self._in_thread(lambda: self._check(stored, secret), bulk=True)
        return await self._in_thread(lambda: self._check(stored, secret))

    def _check(self, stored: str | None, secret: bytes) -> Checked:
        try:
            self._hasher.verify(stored or self._nobody, secret)
        except (VerificationError, InvalidHashError):
            return Checked(right=False)
        if not stored:  # the password is that of nobody
            return Checked(right=False)
        if self._hasher.check_needs_rehash(stored):
            return Checked(right=True, renewed=self._hasher.hash(secret))
        return Checked(right=True)

    async def _in_thread(self, work: Callable[[], T], *, bulk: bool = False) -> T:
        if self._waiting >= MOST_WAITING and not bulk:
            raise Refusal(
                Reason.RATE_LIMITED,
                "Too many passwords are being checked; try again in a moment.",
                {"retry_after_s": "5"},
            )
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._start()
        self._waiting += 1
        try:
            self._tasks.put((loop, answer, work), bulk=bulk)  # type: ignore[arg-type]
            return await answer
        finally:
            self._waiting -= 1

    def _start(self) -> None:
        if self._threads:
            return
        for work in (_work, _work_in_bulk):
            # Daemons: a hash that is being made keeps no process from ending.
            thread = threading.Thread(target=work, args=(self._tasks,), daemon=True)
            thread.name = "rollbook-hashing"
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """End the threads after what they are at."""
        self._tasks.close()
        self._threads.clear()


def octets(password: str) -> bytes:
    """What is hashed of a password: NFC in UTF-8. The policy refuses surrogates."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


class _Tasks:
    """What waits for the two threads: people's tasks, in order, and those in bulk.

    The second thread does what is in bulk, and helps with people's while the first is busy.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._people: deque[_Task[object]] = deque()
        self._bulk: deque[_Task[object]] = deque()
        self._first_is_busy = False
        self._is_closed = False

    def put(self, task: "_Task[object]", *, bulk: bool) -> None:
        with self._changed:
            (self._bulk if bulk else self._people).append(task)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def first(self) -> "_Task[object] | None":
        """The next task of the first thread; None: the threads end."""
        with self._changed:
            self._first_is_busy = False
            self._changed.wait_for(lambda: self._people or self._is_closed)
            if not self._people:
                return None
            self._first_is_busy = True
            self._changed.notify_all()  # the second may help with the others
            return self._people.popleft()

    def second(self) -> "_Task[object] | None":
        """The next task of the second thread, people's first; None: the threads end."""
        with self._changed:
            self._changed.wait_for(lambda: self._helps() or self._bulk or self._is_closed)
            if self._helps():
                return self._people.popleft()
            return self._bulk.popleft() if self._bulk else None

    def _helps(self) -> bool:
        return bool(self._people) and self._first_is_busy


def _work(tasks: _Tasks) -> None:
    while (task := tasks.first()) is not None:
        _do(task)


def _work_in_bulk(tasks: _Tasks) -> None:
    if sys.platform == "linux":  # where a thread has a niceness of its own
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _niceness())
    while (task := tasks.second()) is not None:
        _do(task)


def _nobodys(memory_kib: int, passes: int, lanes: int) -> str:
    """What looks like a hash at that cost, of no password: made by chance, at no cost."""
    salt, hashed = (
        base64.b64encode(os.urandom(size)).rstrip(b"=").decode()
        for size in (DEFAULT_RANDOM_SALT_LENGTH, DEFAULT_HASH_LENGTH)
    )
    cost = f"m={memory_kib},t={passes},p={lanes}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${hashed}"


def _niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) + _NICENESS


def _do(task: "_Task[object]") -> None:
    """Do a task and give its answer; one whose caller has gone is not begun."""
    loop, answer, work = task
    if answer.cancelled():
        return
    try:
        found, failed = work(), None
    except BaseException as error:
        found, failed = None, error
    with contextlib.suppress(RuntimeError):  # the loop has ended, and nobody waits
        loop.call_soon_threadsafe(_give, answer, found, failed)


def _give(answer: "asyncio.Future[object]", found: object, failed: BaseException | None) -> None:
    if answer.done():
        return
    if failed is None:
        answer.set_result(found)
    else:
        answer.set_exception(failed)
