"""The command `rollbook-mail`: previews mails, sends a test mail, and takes delivery reports."""

import asyncio
import os
import subprocess
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import click

from rollbook.hooks import Mail, Sent
from rollbook_mail.connection import Connection, Unusable
from rollbook_mail.letters import Letters, Unwritable
from rollbook_mail.message import Sealed, Writer
from rollbook_mail.purposes import PURPOSES, WELCOME
from rollbook_mail.reports import MOST_BYTES, NoReport, read
from rollbook_mail.samples import SAMPLE, sample_credential
from rollbook_mail.settings import MailSettings, SettingsError, Tls, variable
from rollbook_mail.template_files import TemplatesError

_LATER = (4, 8)
"""Exit codes of `rollbook` that mean: not now."""
_SAMPLE_SENDER = "rollbook@example.org"


@click.group()
def main() -> None:
    """Preview the mails of the plugin rollbook-mail, test it, and take delivery reports."""


@main.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help="Write to this folder, which is created if needed.  [default: this one]",
)
@click.option("--directory", default="", help="As this directory sends it.")
def preview(out: Path, directory: str) -> None:
    """Write each mail for a sample user: .eml for a mail program, .html, .txt.

    This needs no relay, and only the settings of the sender and the templates. Templates of a
    language are shown with ROLLBOOK_MAIL_LANGUAGE.
    """
    try:
        settings = _without_relay()
        settings = settings.otherwise().get(directory, settings)
        letters = Letters(settings)
        writer = Writer(settings, letters)
        out.mkdir(parents=True, exist_ok=True)
        for mail, purpose in PURPOSES.items():
            notice = SAMPLE._replace(mail=mail)
            credential = sample_credential(notice)
            letter = letters.write(notice, credential)
            for part, content in {
                "eml": writer.seal(notice, credential).content,
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
@click.option(
    "--mail",
    type=click.Choice([*PURPOSES.values()]),
    default=WELCOME,
    show_default=True,
    help="Send this one; its link or password opens nothing.",
)
def test(to: str, mail: str) -> None:
    """Send a real mail with the settings of the environment, and report each step."""
    try:
        settings = MailSettings.read()
        click.echo(f"settings: {settings.host}:{settings.relay_port}, {settings.tls.value}")
        letters = Letters(settings)
        click.echo("templates: all can be rendered")
        notice = SAMPLE._replace(
            id=uuid.uuid4().hex, email=to, at=datetime.now(UTC), mail=Mail(mail)
        )
        sealed = Writer(settings, letters).seal(notice, sample_credential(notice))
        asyncio.run(_send(settings, sealed))
    except (SettingsError, TemplatesError, Unwritable, Unusable) as wrong:
        raise click.ClickException(str(wrong)) from None


@main.command()
@click.argument("file", type=click.File("rb"))
@click.option("--directory", default="", help="The directory, where the report does not say it.")
def bounced(file: BinaryIO, directory: str) -> None:
    """Take the delivery report FILE, or - for stdin, about a mail that came back.

    Its notice is undeliverable then. The server and the token are those of the command `rollbook`,
    by the environment; the token needs notifications:send.

    Exit codes: 0 recorded, or nothing to record · 65 no delivery report about a mail of ours · 75
    the server is away, try again · else those of `rollbook`.
    """
    try:
        report = read(file.read(MOST_BYTES))
    except NoReport as wrong:
        click.echo(f"Error: {wrong}", err=True)
        sys.exit(os.EX_DATAERR)
    if not report.failed:
        click.echo(f"nothing to record: the report says {report.action}")
        return
    named = report.directory or directory
    done = subprocess.run(  # the service's own command, as anybody would call it
        [
            *(sys.executable, "-m", "rollbook", "notices", "bounced", report.notice_id),
            *("--status", report.status, f"--reason={report.reason}"),
            *(["--directory", named] if named else []),
        ],
        check=False,
    )
    sys.exit(os.EX_TEMPFAIL if done.returncode in _LATER else done.returncode)


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
