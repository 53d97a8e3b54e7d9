"""How many imports may run at once: of one principal, and in this process."""

import asyncio
from collections import Counter

from rollbook.errors import Reason, Refusal
from rollbook.settings import Settings


class ImportSlot:
    """A running import's place; released once."""

    def __init__(self, slots: "ImportSlots", principal: str):
        self._slots: ImportSlots | None = slots
        self._principal = principal

    def release(self) -> None:
        """Give the place to whoever waits."""
        if self._slots:
            self._slots.leave(self._principal)
            self._slots = None


class ImportSlots:
    """Takes and gives places; whoever finds none waits a while."""

    def __init__(self, settings: Settings):
        self._of_principal = settings.imports_per_principal
        self._of_process = settings.imports_per_process
        self._wait = settings.import_queue_wait
        self._taken: Counter[str] = Counter()
        self._freed = asyncio.Event()

    async def take(self, principal: str) -> ImportSlot:
        """Wait for a place.

        Raises:
            Refusal: QUOTA_EXCEEDED, none came free in time.
        """
        try:
            async with asyncio.timeout(self._wait):
                while not self._free(principal):
                    self._freed.clear()
                    await self._freed.wait()
        except TimeoutError:
            raise Refusal(
                Reason.QUOTA_EXCEEDED,
                f"{self._of_principal} imports of yours or {self._of_process} of this server are "
                "running already; try again when one has ended.",
                {"retry_after_s": "10"},
            ) from None
        self._taken[principal] += 1
        return ImportSlot(self, principal)

    def leave(self, principal: str) -> None:
        """An import has ended."""
        self._taken[principal] -= 1
        self._freed.set()

    def _free(self, principal: str) -> bool:
        return (
            self._taken[principal] < self._of_principal and self._taken.total() < self._of_process
        )
