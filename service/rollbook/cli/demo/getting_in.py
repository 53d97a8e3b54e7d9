"""The step of the demo in which somebody gets in: invited, and after a forgotten password."""

import asyncio
import re
from email.message import EmailMessage
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from rollbook.cli.demo.postbox import Postbox
from rollbook.cli.demo.served import Served
from rollbook.client import Client, import_options, new_import
from rollbook.errors import RollbookError
from rollbook.v1.credentials_pb2 import LOGIN_RESULT_OK

SETTINGS = {
    "ROLLBOOK_CREDENTIAL_SENDER": "rollbook-mail",
    "ROLLBOOK_PUBLIC_URL": "https://people.example.com",
}
"""What a server needs beside rollbook-mail; `serve --embedded` makes the keys itself."""

_FILE = "employee_number,first_name,last_name,email\n2001,Tove,Lindqvist,tove@example.com\n"
_WHO = "tove@example.com"
_FIRST, _NEXT = "four silver kettles hum", "grey clouds over the quay"
_LINK = re.compile(r"^https://\S+#main\.(\S+)$", re.MULTILINE)
_WITHIN_S = 10.0

Line = tuple[str, RenderableType]


async def get_in(service: Served, folder: Path, mails: Postbox) -> list[Line]:
    """Do it, and say what became of each step, each with a word before it."""
    file = folder / "newcomers.csv"
    file.write_text(_FILE, "utf-8")
    async with Client(service.address, service.token) as client:
        invited = new_import("main", options=import_options(notify="INVITE_NEW"))
        async for _ in client.upload_file(file, invited):
            pass
        invitation = await _mail(mails, "Choose a password")
        if invitation is None:
            return [("mail", "none arrived")]
        token = _token(invitation)
        await client.credentials.set_by_link("main", token, _FIRST)
        first = await _login(client, _FIRST)
        refused = await _refused(client, token)
        await client.credentials.request_reset("main", email=_WHO)
        reset = await _mail(mails, "Choose a new password")
        lines: list[Line] = [
            ("mail", f"to {_WHO}, whom an import has invited:"),
            ("", Text.assemble(("Subject: ", "dim"), str(invitation["Subject"]))),
            ("", Text(_link(invitation), "italic", no_wrap=True, overflow="ellipsis")),
            ("link", f"it sets a password of her own; the login with it is {first}"),
            ("again", f"the same link a second time is {refused}"),
        ]
        if reset is None:
            return [*lines, ("forgot", "no mail arrived")]
        await client.credentials.set_by_link("main", _token(reset), _NEXT)
        old, new = await _login(client, _FIRST), await _login(client, _NEXT)
    return [
        *lines,
        ("forgot", f"another mail and password; the old one is {old}, the new one {new}"),
    ]


async def _login(client: Client, password: str) -> str:
    answer = await client.credentials.verify("main", password, email=_WHO)
    return "accepted" if answer.result == LOGIN_RESULT_OK else "refused"


async def _refused(client: Client, token: str) -> str:
    """What a link comes to that was used already."""
    try:
        await client.credentials.set_by_link("main", token, _NEXT)
    except RollbookError as error:
        return f"refused ({error.reason.value})"
    return "accepted"


async def _mail(mails: Postbox, subject: str) -> EmailMessage | None:
    """The next mail whose subject begins so; None: none arrived in time."""
    while found := await asyncio.to_thread(mails.wait_for, 1, _WITHIN_S):
        if str(found[0]["Subject"]).startswith(subject):
            return found[0]
    return None


def _link(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    found = _LINK.search(body.get_content().replace("\r\n", "\n")) if body else None
    return found[0] if found else ""


def _token(mail: EmailMessage) -> str:
    return _link(mail).rpartition(".")[2]
