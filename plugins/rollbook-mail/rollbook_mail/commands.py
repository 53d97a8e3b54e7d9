"""The command `rollbook-mail`: previews the mails, and sends a test mail."""

import asyncio
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path

import click

from rollbook.hooks import Sent
from rollbook_mail.connection import Connection, Unusable
from rollbook_mail.letters import SAMPLE, Letters, TemplatesError, Unwritable
from rollbook_mail.message import Sealed, Writer
from rollbook_mail.purposes import PURPOSES
from rollbook_mail.settings import MailSettings, SettingsError, Tls, variable

_SAMPLE_SENDER = "rollbook@example.org"


@click.group()
def main() -> None:
    """Preview the mails of the plugin rollbook-mail, and send a test mail."""


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Write to this folder, which is created if needed.  [default: this one]",
)
def preview(out: Path) -> None:
    """Write each mail for a sample user: .eml for a mail program, .html, .txt.

    This needs no relay, and only the settings of the sender and the templates.
    """
    try:
        settings = _without_relay()
        letters = Letters(settings)
        writer = Writer(settings, letters)
        out.mkdir(parents=True, exist_ok=True)
        for mail, purpose in PURPOSES.items():
            notice = SAMPLE._replace(mail=mail)
            letter = letters.write(notice)
            for part, content in {
                "eml": writer.seal(notice).content,
                "html": letter.html.encode(),
                "txt": letter.text.encode(),
            }.items():
                path = out / f"{purpose}.{part}"
                path.write_bytes(content)
                click.echo(path)
    except (SettingsError, TemplatesError, Unwritable, OSError) as wrong:
        raise click.ClickException(str(wrong)) from None


@main.command()
@click.option("--to", required=True, metavar="ADDRESS", help="Send it to this address.")
def test(to: str) -> None:
    """Send a real welcome mail with the settings of the environment, and report each step."""
    try:
        settings = MailSettings.read()
        click.echo(f"settings: {settings.host}:{settings.relay_port}, {settings.tls.value}")
        letters = Letters(settings)
        click.echo("templates: all can be rendered")
        notice = SAMPLE._replace(id=uuid.uuid4().hex, email=to, at=datetime.now(UTC))
        mail = Writer(settings, letters).seal(notice)
        asyncio.run(_send(settings, mail))
    except (SettingsError, TemplatesError, Unwritable, Unusable) as wrong:
        raise click.ClickException(str(wrong)) from None


async def _send(settings: MailSettings, mail: Sealed) -> None:
    """Send it on a new connection, and report each step."""
    trust = None if settings.tls is Tls.OFF else settings.trust()
    connection = Connection(settings, trust, report=click.echo)
    clock = asyncio.get_running_loop().time
    await connection.open(clock() + settings.timeout)
    answer = await connection.carry(mail, clock() + settings.timeout)
    await connection.quit()
    if not isinstance(answer, Sent):
        raise click.ClickException(answer.reason)
    click.echo("the relay has the mail")


def _without_relay() -> MailSettings:
    given: dict[str, object] = {"host": "localhost", "tls": Tls.OFF, "username": ""}
    if not os.environ.get(variable("sender")):
        given["sender"] = _SAMPLE_SENDER
    return MailSettings.read(**given)
