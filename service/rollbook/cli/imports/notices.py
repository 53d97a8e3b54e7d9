"""`rollbook imports notices`: lists an import's notices, and sends failed ones again."""

import uuid
from collections.abc import AsyncIterator

import click
from rich.table import Table
from rich.text import Text

from rollbook.cli.connection import ask, connection_options
from rollbook.cli.imports.lists import MOST, print_listed
from rollbook.cli.imports.page import notice_state_word
from rollbook.cli.imports.resend import failed_in, resend, yes_option
from rollbook.cli.screen.formats import directory_option, import_id_argument, output_option
from rollbook.cli.screen.streams import print_block, printable, stdout_console
from rollbook.client import Client
from rollbook.v1.notices_pb2 import Notice, NoticeEvent, NoticeState

STATES = [
    name.removeprefix("NOTICE_STATE_").lower().replace("_", "-") for name in NoticeState.keys()[1:]
]
_COLUMNS = (
    "noticeId",
    "userId",
    "employeeNumber",
    "event",
    "mail",
    "state",
    "reason",
    "attempts",
    "inDoubt",
    "line",
    "importId",
    "createTime",
    "dueTime",
    "settleTime",
)
_STYLES = {
    NoticeState.NOTICE_STATE_PENDING: "yellow",
    NoticeState.NOTICE_STATE_UNDELIVERABLE: "bold red",
    NoticeState.NOTICE_STATE_UNHANDLED: "dim",
    NoticeState.NOTICE_STATE_IN_DOUBT: "bold red",
    NoticeState.NOTICE_STATE_EXPIRED: "bold red",
    NoticeState.NOTICE_STATE_RESENT: "dim",
}


@click.command("notices")
@import_id_argument
@click.option("--state", type=click.Choice(STATES, case_sensitive=False), help="Only this state.")
@click.option(
    "--resend",
    "resends",
    is_flag=True,
    help="Send those again that are undeliverable, in doubt or expired.",
)
@click.option("--notice", metavar="NOTICE", default="", help="With --resend: this one alone.")
@yes_option
@directory_option
@output_option
@connection_options
def notices(  # noqa: PLR0917 -- one argument an option
    import_id: uuid.UUID,
    state: str | None,
    resends: bool,
    notice: str,
    yes: bool,
    directory: str,
    output: str,
) -> None:
    """List the notices of the import ID and their states, by line.

    With --resend, send failed ones again, each as a new mail: first their number is shown, and
    asked about.

    Example: rollbook imports notices ID --resend --state in-doubt
    """
    if resends:
        wanted = failed_in(state)
        if notice:
            wanted.notice_id = notice
        else:
            wanted.import_id = str(import_id)
        resend(directory, wanted, output, yes=yes)
        return
    if notice or yes:
        raise click.UsageError("--notice and --yes go with --resend")

    list_notices(directory, str(import_id), state, output)


def list_notices(directory: str, import_id: str, state: str | None, output: str) -> None:
    """Print the notices of an import, by line; or where it is '', the directory's, newest first."""

    async def asked(client: Client) -> None:
        wanted = (state or "").upper().replace("-", "_")
        found = client.imports.notices(directory, import_id, wanted)
        if output == "table":
            await _tabled(found)
        else:
            await print_listed(found, _COLUMNS, output)

    ask(asked)


async def _tabled(found: AsyncIterator[Notice]) -> None:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 1))
    table.add_column("line", justify="right")
    for name in ("number", "event", "state", "tries", "in the plugin's words"):
        table.add_column(name, overflow="fold")
    more = False
    async for one in found:
        more = table.row_count == MOST
        if more:
            break
        in_doubt = one.in_doubt and one.state != NoticeState.NOTICE_STATE_IN_DOUBT
        table.add_row(
            str(one.line or ""),
            printable(one.employee_number),
            NoticeEvent.Name(one.event).removeprefix("NOTICE_EVENT_").lower(),
            Text(notice_state_word(one.state), _STYLES.get(one.state, "")),
            str(one.attempts),
            printable(one.reason) + (" (in doubt)" if in_doubt else ""),
        )
    print_block(stdout_console(), table)
    if more:
        stdout_console().print(" and more; --output ndjson lists all of them", style="yellow")
