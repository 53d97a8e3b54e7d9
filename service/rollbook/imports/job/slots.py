"""Limits how many imports run at once, of a principal and in all, in fair turns.

A principal takes a further slot only while more slots are free than the principal has already, so
that idle previews of a few leave room for everybody else. Callers with `server:read` find a slot
whatever the others do. A slot that comes free goes to the waiting principal who has the fewest.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from rollbook.access import Caller, Scope
from rollbook.errors import Reason, Refusal
from rollbook.settings import Settings


class ImportSlot:
    """A running import's slot; released once."""

    def __init__(self, slots: "ImportSlots", caller: Caller):
        self._slots: ImportSlots | None = slots
        self._caller = caller

    def release(self) -> None:
        """Give the slot to a caller who waits."""
        if self._slots:
            self._slots.leave(self._caller)
            self._slots = None


@dataclass(eq=False, slots=True)
class _Waiting:
    """A caller who waits until the slot is theirs."""

    caller: Caller
    granted: asyncio.Future[None] = field(default_factory=asyncio.Future)


class ImportSlots:
    """Takes and gives slots; a caller who finds none waits a while."""

    def __init__(self, settings: Settings):
        self._of_principal = settings.imports_per_principal
        self._of_process = settings.imports_per_process
        self._wait = settings.import_queue_wait
        self._taken: Counter[str] = Counter()
        self._shared = 0
        self._waiting: list[_Waiting] = []

    @property
    def queued(self) -> int:
        """How many wait for a slot."""
        return len(self._waiting)

    async def take(self, caller: Caller) -> ImportSlot:
        """Wait for a slot.

        Raises:
            Refusal: QUOTA_EXCEEDED, none came free in time.
        """
        waiting = _Waiting(caller)
        self._waiting.append(waiting)
        self._grant()
        try:
            async with asyncio.timeout(self._wait):
                await waiting.granted
        except BaseException as ended:
            if waiting.granted.done() and not waiting.granted.cancelled():
                self.leave(caller)  # it was granted in the same moment
            elif waiting in self._waiting:
                self._waiting.remove(waiting)
            if not isinstance(ended, TimeoutError):
                raise
            raise Refusal(
                Reason.QUOTA_EXCEEDED,
                f"{self._taken[caller.principal]} imports of yours are running already, and at "
                f"most {self._of_principal} of a principal and {self._of_process} of this server "
                "may run; try again when one has ended.",
                {"retry_after_s": "10"},
            ) from None
        return ImportSlot(self, caller)

    def leave(self, caller: Caller) -> None:
        """An import has ended."""
        self._count(caller, -1)
        self._grant()

    def _grant(self) -> None:
        """Give the free slots to those who wait: first to principals who have the fewest."""
        for waiting in sorted(self._waiting, key=lambda one: self._taken[one.caller.principal]):
            if self._has_slot(waiting.caller):
                self._waiting.remove(waiting)
                if not waiting.granted.done():
                    self._count(waiting.caller, 1)
                    waiting.granted.set_result(None)

    def _has_slot(self, caller: Caller) -> bool:
        has = self._taken[caller.principal]
        if has >= self._of_principal:
            return False
        return _is_apart(caller) or self._of_process - self._shared > has

    def _count(self, caller: Caller, change: int) -> None:
        self._taken[caller.principal] += change
        if not self._taken[caller.principal]:
            del self._taken[caller.principal]
        if not _is_apart(caller):
            self._shared += change


def _is_apart(caller: Caller) -> bool:
    """Whether the caller looks after the server: no stream of others is to keep them out."""
    return caller.may(Scope.SERVER_READ)
