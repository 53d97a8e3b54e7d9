"""One connection to the relay: opens it, starts TLS, signs in, and sends mails over it.

The steps are taken one by one, and no mode of the library that falls back to clear text is used.
Before TLS is up, only the greeting and STARTTLS are exchanged, unless TLS is switched off by name.
"""

import asyncio
import re
import ssl
from collections.abc import Callable

from aiosmtplib import SMTP, SMTPException, SMTPServerDisconnected

from rollbook.hooks import Later, Sent, Undeliverable
from rollbook_mail.message import Sealed
from rollbook_mail.replies import Reply, printable, why
from rollbook_mail.settings import MailSettings, SettingsError, Tls

Answer = Sent | Later | Undeliverable
Report = Callable[[str], None]

_DOTS = re.compile(rb"(?m)^\.")
_SHORT = 2  # seconds for what no mail waits for: the connection can be dropped instead


_TLS_HINT = " If this port speaks TLS from the first byte, set ROLLBOOK_MAIL_TLS to tls."
_STARTTLS_HINT = " If this port expects STARTTLS, set ROLLBOOK_MAIL_TLS to starttls."


class Unusable(Exception):
    """There is no connection; the message is a reason, for every mail that waits for one."""


class Stale(Exception):
    """The connection was closed since its last mail; this mail was not begun."""


def _ignore(_step: str) -> None:
    """Ignore a step: most callers need no report of it."""


class Connection:
    """One connection. It is dropped by whatever goes wrong with it, and never opened again."""

    def __init__(
        self, settings: MailSettings, trust: ssl.SSLContext | None, report: Report = _ignore
    ):
        """Not yet open. `trust` is what certificates are judged by; None: TLS is switched off."""
        self._settings = settings
        self._report = report
        self._place = f"{settings.host}:{settings.relay_port}"
        self._carried = 0
        self._dot_sent = False
        self._half_begun = False
        self._greeted = False
        self._deadline: asyncio.Timeout | None = None
        self._last = 0.0
        self._transport: asyncio.BaseTransport | None = None
        self._smtp = SMTP(
            hostname=settings.host,
            port=settings.relay_port,
            local_hostname=settings.domain,
            use_tls=settings.tls is Tls.TLS,
            start_tls=False,  # `open` does it; left to the library it might be skipped
            tls_context=trust,
            timeout=None,  # the caller sets one end for all steps together
        )

    @property
    def is_open(self) -> bool:
        """Whether it can carry a mail, as far as can be known without asking."""
        return self._smtp.is_connected

    async def open(self, until: float) -> None:
        """Connect, start TLS, sign in: all by that time of the loop's clock.

        Raises:
            Unusable: a step failed; the message names it, with the reason.
        """
        try:
            async with asyncio.timeout_at(until):
                await self._steps()
        except Unusable:
            self.drop()
            raise
        except Exception as wrong:  # whatever a library may raise, the mails wait
            self.drop()
            raise Unusable(f"The relay {self._place} {why(wrong)}{self._hint(wrong)}") from None
        except BaseException:
            self.drop()
            raise

    def _hint(self, wrong: Exception) -> str:
        """What to try if the port seems to expect the other kind of TLS."""
        if self._greeted:
            return ""
        if self._settings.tls is Tls.TLS:
            is_plain = isinstance(wrong, ssl.SSLError) or isinstance(wrong.__cause__, ssl.SSLError)
            is_trust = isinstance(wrong.__cause__ or wrong, ssl.SSLCertVerificationError)
            return _STARTTLS_HINT if is_plain and not is_trust else ""
        silent = isinstance(wrong, TimeoutError | SMTPServerDisconnected)
        return _TLS_HINT if silent else ""

    async def _steps(self) -> None:
        await self._smtp.connect()
        self._greeted = True
        self._transport = self._smtp.transport
        self._report(f"connected to {self._place}")
        if self._settings.tls is Tls.TLS:
            self._report(self._secrecy())
        await self._smtp.ehlo()
        if self._settings.tls is Tls.STARTTLS:
            await self._start_tls()
        if self._settings.tls is not Tls.OFF:
            self._check_secret()
        if self._settings.username:
            await self._sign_in()

    async def _start_tls(self) -> None:
        if not self._smtp.supports_extension("starttls"):
            raise Unusable(
                f"The relay {self._place} offers no STARTTLS; nothing is sent in clear text."
            )
        await self._smtp.starttls()
        self._transport = self._smtp.transport
        self._check_secret()
        self._report(self._secrecy())
        await self._smtp.ehlo()

    def _check_secret(self) -> None:
        """Make sure, before anything is sent, that the connection uses TLS."""
        if self._smtp.get_transport_info("ssl_object") is None:
            raise Unusable(f"The connection to {self._place} is in clear text.")

    def _secrecy(self) -> str:
        secret = self._smtp.get_transport_info("ssl_object")
        version = secret.version() if isinstance(secret, ssl.SSLObject) else "TLS"
        return f"{version}; the certificate is trusted and names {self._settings.host}"

    async def _sign_in(self) -> None:
        try:
            await self._smtp.login(self._settings.username, self._settings.password())
        except SettingsError as wrong:
            raise Unusable(str(wrong)) from None
        except SMTPServerDisconnected:
            raise
        except SMTPException as wrong:
            outcome = why(wrong)
            if not outcome.startswith("replied"):
                outcome = "offers no way to sign in that is known here."
            raise Unusable(f"The relay {self._place}, asked to sign in, {outcome}") from None
        self._report("signed in")

    async def carry(self, mail: Sealed, until: float, last: float | None = None) -> Answer:
        """Give the relay that mail, by that time of the loop's clock; what became of it.

        After the final dot the relay has `dot_timeout`, and at most until `last`, to answer.

        Raises:
            Stale: the connection had carried others, and was closed since; begin again with a
                new one.
        """
        self._dot_sent = self._half_begun = False
        try:
            async with asyncio.timeout_at(until) as self._deadline:
                self._last = until if last is None else last
                answer = await self._transaction(mail)
        except Stale:
            self.drop()
            raise
        except Exception as wrong:  # one mail's trouble, whatever it is, is not the others'
            self.drop()
            return self._broken(wrong)
        except BaseException:
            self.drop()
            raise
        self._carried += 1
        if self._half_begun:
            await self._reset(until)
        return answer

    def _broken(self, wrong: Exception) -> Later:
        outcome = f"The relay {self._place} {why(wrong)}"
        if self._dot_sent:
            outcome = f"{outcome} The mail was sent, and not answered."
        return Later(printable(outcome), in_doubt=self._dot_sent)

    async def _transaction(self, mail: Sealed) -> Answer:
        options = []
        if mail.smtputf8:
            if not self._smtp.supports_extension("smtputf8"):
                return Undeliverable(
                    "The relay cannot mail to addresses with letters beyond ASCII (SMTPUTF8)."
                )
            options = [b"SMTPUTF8"]
        begun = await self._begin(mail.sender, options)
        if not begun.good:
            return self._refused(begun, "the sender")
        recipient = await self._say(b"RCPT", b"TO:<" + mail.recipient.encode() + b">")
        if not recipient.good:
            return self._refused(recipient, "the recipient", mail.recipient)
        data = await self._say(b"DATA")
        if data.code != 354:
            return self._refused(data, "the mail", mail.recipient)
        return await self._content(mail)

    async def _begin(self, address: str, options: list[bytes]) -> Reply:
        """Name the sender. A connection that was closed while it lay idle shows here."""
        sender = b"FROM:<" + address.encode() + b">"
        try:
            reply = await self._say(b"MAIL", sender, *options)
        except (SMTPServerDisconnected, ConnectionError):
            if self._carried:
                raise Stale from None
            raise
        if reply.closing and self._carried:
            raise Stale
        return reply

    async def _say(self, *words: bytes) -> Reply:
        code, text = await self._smtp.execute_command(*words)
        reply = Reply(code, text)
        self._report(f"{words[0].decode()}: {reply}")
        return reply

    async def _content(self, mail: Sealed) -> Answer:
        content = mail.content
        protocol = self._smtp.protocol
        if protocol is None:
            raise SMTPServerDisconnected("closed before the content")
        protocol.write(_DOTS.sub(b"..", content) + b".\r\n")
        # From here on only the relay knows whether it has the mail.
        self._dot_sent = True
        if self._deadline:  # RFC 5321: ten minutes, for the relay may be storing the mail
            wait = min(self._settings.dot_timeout, self._last - asyncio.get_running_loop().time())
            self._deadline.reschedule(asyncio.get_running_loop().time() + wait)
        code, text = await protocol.read_response()
        reply = Reply(code, text)
        self._report(f"{len(content)} bytes and the final dot: {reply}")
        if reply.good:
            return Sent(str(reply))
        if reply.no:
            return self._refused(reply, "the mail", mail.recipient)
        self.drop()
        return Later(printable(f"The relay answered the mail with {reply}"), in_doubt=True)

    def _refused(self, reply: Reply, what: str, recipient: str = "") -> Answer:
        """The answer to a refusal; only one of the `recipient`, once named, ends the mail.

        A refusal of the sender, or of every mail, is for the relay's operator to clear.
        """
        self._half_begun = not reply.closing
        if reply.closing:
            self.drop()
        outcome = printable(f"The relay refused {what}: {reply}")
        is_final = recipient and reply.refuses_recipient(recipient)
        return Undeliverable(outcome) if is_final else Later(outcome)

    async def _reset(self, until: float) -> None:
        """Make it ready for the next mail. What became of this one is known, whatever happens."""
        soon = asyncio.get_running_loop().time() + _SHORT
        try:
            async with asyncio.timeout_at(min(until, soon)):
                code, _ = await self._smtp.execute_command(b"RSET")
        except (SMTPException, OSError):
            code = -1
        if code != 250:
            self.drop()

    async def quit(self) -> None:
        """Take leave, and close. Whatever goes wrong with that does not matter."""
        try:
            async with asyncio.timeout(_SHORT):
                await self._smtp.execute_command(b"QUIT")
        except (SMTPException, OSError):
            pass
        finally:
            self.drop()

    def drop(self) -> None:
        """Close it at once. Does nothing to one that is closed."""
        # The library forgets its transport at a 421, before that is closed.
        transport = self._smtp.transport or self._transport
        self._smtp.close()
        if isinstance(transport, asyncio.WriteTransport):
            transport.abort()  # a peer that does not answer would hold a mere close up
