"""Sends the mails of one call of the hook, and answers each notice in time.

Nothing may be left unanswered: a call that is given up on is asked again for all its notices, also
for those that were mailed.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from types import MappingProxyType

import structlog

from rollbook.hooks import Credential, Later, Notice, Sent, Undeliverable
from rollbook_mail.connection import Answer, Unusable
from rollbook_mail.letters import Unwritable
from rollbook_mail.message import Writer
from rollbook_mail.pace import Pace
from rollbook_mail.pool import Pool
from rollbook_mail.replies import printable
from rollbook_mail.senders import Senders
from rollbook_mail.settings import MailSettings

_MARGIN = 2.0  # seconds before the end of the call, for what is between it and us
_MARGIN_SHARE = 0.1
_LEAST_SHARE = 0.25  # of a mail's time; with less it is not begun, or it would end in doubt
_SOON = 5.0  # seconds; when a mail is asked for again that was not begun for want of time

_NO_CREDENTIAL = "The service gave no link or password: see ROLLBOOK_CREDENTIAL_SENDER."

_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


class Round:
    """The mails of one call, carried by as many workers as there are connections."""

    def __init__(
        self,
        settings: MailSettings,
        writer: Writer | Senders,
        pool: Pool,
        pace: Pace,
        report: Callable[[str, Answer], None] | None = None,
        credentials: Mapping[str, Credential] = MappingProxyType({}),
    ):
        """`report` is called with each answer as soon as it is known.

        `credentials`, by the notices' ids: what mails open accounts with.
        """
        self._credentials = credentials
        self._report = report
        self._settings = settings
        self._writer = writer
        self._pool = pool
        self._pace = pace
        self._waiting: deque[Notice] = deque()
        self._answers: dict[str, Answer] = {}
        self._unusable = ""
        self._too_many: float | None = None

    async def carry(self, notices: Sequence[Notice], within: float) -> dict[str, Answer]:
        """An answer to each of those notices, before `within` seconds are over."""
        began = perf_counter()
        loop = asyncio.get_running_loop()
        usable = within - min(_MARGIN, within * _MARGIN_SHARE)
        ends = loop.time() + usable
        least = _LEAST_SHARE * min(self._settings.timeout, usable)
        self._waiting.extend(notices)
        try:
            # One connection before the others: a relay that is down, or refuses us, is asked
            # once a call and not once a mail.
            await self._pool.reach(min(ends, loop.time() + self._settings.timeout))
            workers = min(self._settings.connections, len(notices))
            await asyncio.gather(*(self._work(ends, least) for _ in range(workers)))
        except Unusable as why:
            self._unusable = str(why)
        for place, notice in enumerate(self._waiting):
            self._answers[notice.id] = self._not_begun(place)
        self._tell(perf_counter() - began)
        return self._answers

    async def _work(self, ends: float, least: float) -> None:
        """Take one mail after the other, while there are mails, time and a connection."""
        clock = asyncio.get_running_loop().time
        while self._waiting and ends - clock() > least:
            notice = self._waiting.popleft()
            if wait := await self._pace.turn(ends - least, urgent=notice.mail.urgent):
                self._waiting.appendleft(notice)
                self._too_many = wait
                return
            try:
                until = min(ends, clock() + self._settings.timeout)
                answer = await self._one(notice, until, ends)
            except Unusable as why:
                self._waiting.appendleft(notice)
                self._unusable = str(why)
                return
            self._answers[notice.id] = answer
            if self._report:
                self._report(notice.id, answer)

    async def _one(self, notice: Notice, until: float, last: float) -> Answer:
        credential = self._credentials.get(notice.id)
        if notice.mail.opens_account and credential is None:
            _log.error("mail without a link or password", notice=notice.id, mail=notice.mail.value)
            return Later(_NO_CREDENTIAL)
        try:
            mail = self._writer.seal(notice, credential)
        except Unwritable as why:
            return Undeliverable(printable(str(why)))
        except Exception as wrong:  # whatever is odd about one notice, the others are not
            # Not its text, which may repeat a cell.
            _log.error("mail cannot be written", notice=notice.id, error=type(wrong).__name__)
            return Undeliverable(f"The mail cannot be written ({type(wrong).__name__}).")
        answer = await self._pool.carry(mail, until, last)
        _log.debug("mail answered", notice=notice.id, answer=type(answer).__name__)
        return answer

    def _not_begun(self, place: int) -> Later:
        """The answer to the mail that is so many places behind the first one of these."""
        if self._unusable:
            return Later(printable(self._unusable))
        if self._too_many is not None:
            reason = f"Its turn is later: {self._settings.per_minute} mails a minute are allowed."
            return Later(reason, after=self._too_many + place * self._pace.interval)
        return Later("The relay was too slow for it to be begun in time.", after=_SOON)

    def _tell(self, seconds: float) -> None:
        """Counts alone: whose mails they are is no business of a log."""
        answers = list(self._answers.values())
        facts = {
            "sent": sum(isinstance(answer, Sent) for answer in answers),
            "later": sum(isinstance(answer, Later) for answer in answers),
            "undeliverable": sum(isinstance(answer, Undeliverable) for answer in answers),
            "seconds": round(seconds, 3),
        }
        if self._unusable:
            _log.warning("mail relay cannot be used", why=printable(self._unusable), **facts)
        else:
            _log.info("mails answered", **facts)
