"""A mail relay for tests, with SMTP and TLS, that misbehaves as ordered and logs commands."""

import asyncio
import re
import ssl
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Self

import trustme

from rollbook.hooks import Notice
from rollbook_mail import MailPlugin
from rollbook_mail.samples import SAMPLE

Start = Callable[..., Awaitable[MailPlugin]]
"""What the fixture `start` is: settings, by field → the plugin, started for the relay."""

DROP = "drop"
"""The connection is reset without a word."""
STALL = "stall"
"""Send nothing until the client leaves."""
SLOWLY = "slowly "
"""Before a reply: send it a byte at a time, with a pause after each."""

_FINE = {
    "greeting": "220 relay.example.org ESMTP",
    "AUTH": "235 2.7.0 Welcome",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 Go on",
    "dot": "250 2.0.0 Ok: queued as 4BxY7",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}


@dataclass(frozen=True)
class Mail:
    """What came after one DATA, as it was before its dots were doubled."""

    sender: str
    recipient: str
    content: bytes
    options: str = ""

    @property
    def message(self) -> EmailMessage:
        """The content, parsed."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def head(self) -> str:
        """The headers as they stand."""
        return self.content.partition(b"\r\n\r\n")[0].decode()


@dataclass(eq=False)
class Session:
    """One connection, as it stands."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    secret: bool
    sender: str = ""
    options: str = ""
    recipient: str = ""
    carried: int = 0


class Gone(Exception):
    """The session is over, ended by either side."""


@dataclass
class Relay:
    """Listens on 127.0.0.1. `heard` are the commands, with whether they came over TLS."""

    certificate: ssl.SSLContext | None
    starttls: bool = True
    extensions: list[str] = field(default_factory=lambda: ["8BITMIME", "AUTH PLAIN", "SMTPUTF8"])
    pause: float = 0.05
    lingers: bool = False  # after a 421 it leaves the closing to us
    heard: list[tuple[bool, str]] = field(default_factory=list)
    contents: list[Mail] = field(default_factory=list)
    accepted: list[Mail] = field(default_factory=list)
    connections: int = 0
    most_at_once: int = 0
    sessions: set[Session] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._once: defaultdict[tuple[str, str], deque[str]] = defaultdict(deque)
        self._always: dict[tuple[str, str], str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    def once(self, stage: str, *actions: str, to: str = "") -> Self:
        """Do these at that stage, one a time, and then what is usual; for one recipient or all."""
        self._once[stage, to].extend(actions)
        return self

    def always(self, stage: str, action: str, to: str = "") -> Self:
        """Do this at that stage whenever it comes."""
        self._always[stage, to] = action
        return self

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def commands(self) -> list[str]:
        """The verbs that were heard, in order."""
        return [line.split()[0].upper() for _, line in self.heard if line]

    def mail_to(self, recipient: str) -> Mail:
        """The one mail that was accepted for that address."""
        [mail] = [mail for mail in self.accepted if mail.recipient == recipient]
        return mail

    async def __aenter__(self) -> Self:
        within = self.certificate if not self.starttls else None
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", 0, ssl=within)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def hang_up(self) -> None:
        """Close every connection, as a relay does with those that lie idle."""
        for session in self.sessions:
            session.writer.close()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        secret = writer.get_extra_info("ssl_object") is not None
        session = Session(reader, writer, secret)
        self.sessions.add(session)
        self.connections += 1
        self.most_at_once = max(self.most_at_once, len(self.sessions))
        try:
            await self._serve(session)
        except (Gone, ConnectionError, ssl.SSLError, asyncio.CancelledError):
            pass  # swallowed also where cancelled: the stream's own callback would complain
        finally:
            self.sessions.discard(session)
            self._tasks.discard(task)
            session.writer.transport.abort()

    async def _serve(self, session: Session) -> None:
        await self._act(session, "greeting")
        while True:
            line = await self._line(session)
            self.heard.append((session.secret, line))
            verb, _, rest = line.partition(" ")
            await self._answer(session, verb.upper(), rest)

    async def _answer(self, session: Session, verb: str, rest: str) -> None:
        match verb:
            case "EHLO":
                offers = ["STARTTLS"] if self.starttls and not session.secret else []
                if self.certificate is None:
                    offers = []
                lines = ["relay.example.org", *offers, *self.extensions]
                reply = "".join(f"250-{each}\r\n" for each in lines[:-1]) + f"250 {lines[-1]}"
                await self._act(session, "EHLO", usual=reply)
            case "STARTTLS":
                await self._act(session, "STARTTLS", usual="220 Go on")
                assert self.certificate
                await session.writer.start_tls(self.certificate)
                session.secret = True
            case "MAIL":
                path, _, session.options = rest.removeprefix("FROM:").partition(" ")
                session.sender, session.recipient = path.strip("<>"), ""
                await self._act(session, "MAIL")
            case "RCPT":
                session.recipient = rest.removeprefix("TO:<").removesuffix(">")
                await self._act(session, "RCPT")
            case "DATA":
                if await self._act(session, "DATA") == _FINE["DATA"]:
                    await self._content(session)
            case "QUIT":
                await self._act(session, "QUIT")
                raise Gone
            case _:
                await self._act(session, verb, usual=_FINE.get(verb, "502 What?"))

    async def _content(self, session: Session) -> None:
        text = await session.reader.readuntil(b"\r\n.\r\n")
        content = re.sub(rb"(?m)^\.", b"", text[: -len(b".\r\n")])
        mail = Mail(session.sender, session.recipient, content, session.options)
        self.contents.append(mail)
        reply = await self._act(session, "dot")
        if reply.removeprefix(SLOWLY).startswith("250"):
            self.accepted.append(mail)
            session.carried += 1

    async def _line(self, session: Session) -> str:
        line = await session.reader.readline()
        if not line.endswith(b"\r\n"):
            raise Gone
        return line[:-2].decode()

    async def _act(self, session: Session, stage: str, usual: str = "") -> str:
        action = self._action(stage, session.recipient) or usual or _FINE[stage]
        if action == DROP:
            raise Gone
        if action == STALL:
            await session.reader.read()
            raise Gone
        slow = action.startswith(SLOWLY)
        reply = f"{action.removeprefix(SLOWLY)}\r\n".encode()
        for piece in [bytes([byte]) for byte in reply] if slow else [reply]:
            session.writer.write(piece)
            await session.writer.drain()
            if slow:
                await asyncio.sleep(self.pause)
        if action.startswith("421"):
            if self.lingers:
                await session.reader.read()
            raise Gone
        return action

    def _action(self, stage: str, recipient: str) -> str:
        for to in (recipient, ""):
            if self._once[stage, to]:
                return self._once[stage, to].popleft()
            if action := self._always.get((stage, to)):
                return action
        return ""


def certificate(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    """What a server shows that the authority vouches for, under that name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait for it, by asking again and again.

    Raises:
        TimeoutError: it never held.
    """
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  # what is asked is no event
            await asyncio.sleep(0.005)


def notice(email: str = "ada@example.org", **changes: object) -> Notice:
    """A notice about a user with that address, and an id of it."""
    given = {"id": f"n-{email.partition('@')[0]}", "email": email} | changes
    return SAMPLE._replace(**given)  # type: ignore[arg-type]
