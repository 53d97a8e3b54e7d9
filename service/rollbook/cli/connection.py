"""Connects to a server by `--address` and `--token-file`, the environment or `./.rollbook`."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from rollbook.cli.connection_tls import FLAGS, Security, given, remember, secured, security_options
from rollbook.errors import Reason, Refusal
from rollbook.file_ownership import why_not_ours

if TYPE_CHECKING:
    from rollbook.client import Client

Answer = TypeVar("Answer")
Decorated = TypeVar("Decorated", bound=Callable[..., object])

STATE = Path(".rollbook")
"""The default folder in which `serve --embedded` keeps its state, its address and its token."""
_OTHERS_OPTIONS = ("address", "ca", "tls", "plaintext")
_OPTIONS = (*_OTHERS_OPTIONS, "token_file", "certificate", "key")
_SHAPE = re.compile(r"unix:.+|(\[[0-9a-fA-F:.]+\]|[^\s:/\[\]]+):\d{1,5}")


@dataclass(frozen=True, slots=True)
class Where:
    """A server's address, the token to show there, and how the way to it is secured."""

    address: str
    token: str
    security: Security = field(default_factory=Security)

    def client(self) -> "Client":
        """A client of that server; made within a running event loop."""
        from rollbook.client import Client

        how = self.security
        return Client(self.address, self.token, tls=how.tls, plaintext=how.plaintext)


def connection_options(command: Decorated) -> Decorated:
    """Add the options for the server and the connection; for `rollbook` and for each command."""
    command = security_options(command)
    command = click.option(
        "--token-file",
        metavar="FILE",
        expose_value=False,
        callback=remember("token_file"),
        help="Read the access token from FILE. [ROLLBOOK_TOKEN_FILE, ROLLBOOK_TOKEN]",
    )(command)
    return click.option(
        "--address",
        metavar="HOST:PORT",
        expose_value=False,
        callback=remember("address"),
        help="Connect to this server; also unix:PATH. [ROLLBOOK_ADDRESS; else the server of "
        "`serve --embedded` in this folder, with its token]",
    )(command)


def connection_words(*, own: bool = True) -> list[str]:
    """The options of the connection as they were typed, for a command that is printed.

    Without `own`, only those that another person needs too: not the token and the certificate.
    """
    words = []
    for name in _OPTIONS if own else _OTHERS_OPTIONS:
        option = f"--{name.replace('_', '-')}"
        if value := given(name):
            words += [option] if name in FLAGS else [option, value]
    return words


def ask(question: "Callable[[Client], Awaitable[Answer]]") -> Answer:
    """The answer to a question, put to the server that the options and environment name.

    Raises:
        click.UsageError: no server is named.
        RollbookError: the server refuses or does not answer.
    """
    where = find()

    async def asked() -> Answer:
        async with where.client() as client:
            return await question(client)

    return asyncio.run(asked())


def find() -> Where:
    """The server and token that the options, the environment or ./.rollbook name, in this order.

    Address and token in ./.rollbook belong together: neither is used with another one. Otherwise
    an attacker's folder could make the command send our token to the attacker.

    Raises:
        click.UsageError: no server is named, the address is malformed, or another account could
            have written the files in ./.rollbook.
        Refusal: TOKEN_MISSING, there is no token.
    """
    address = given("address") or os.environ.get("ROLLBOOK_ADDRESS", "").strip()
    address, token = _named(address) if address else _beside_us()
    if not token:
        raise Refusal(Reason.TOKEN_MISSING, f"there is no access token for {address}")
    return Where(address, token, secured(address))


def find_server() -> tuple[str, Security]:
    """The address that `find` would answer, and the way to it; no token is needed.

    Raises:
        click.UsageError: as `find`.
    """
    address = given("address") or os.environ.get("ROLLBOOK_ADDRESS", "").strip()
    address, _ = _named(address) if address else _beside_us()
    return address, secured(address)


def _named(address: str) -> tuple[str, str]:
    """The address that was given, and the token for it."""
    if not _SHAPE.fullmatch(address):
        raise click.UsageError(f"{address!r} is no address; it must be HOST:PORT or unix:PATH")
    if token := _token():
        return address, token
    local, token = _local()
    return address, token if local == address else ""


def _beside_us() -> tuple[str, str]:
    """The address in ./.rollbook, and the token beside it."""
    if _token():  # neither sent to an address from a folder, nor passed over for another token
        raise click.UsageError(
            "a token is given without an address: give --address or ROLLBOOK_ADDRESS too; the "
            "address in ./.rollbook is used with the token beside it alone"
        )
    address, token = _local()
    if not address:
        raise click.UsageError(
            "which server? Give --address HOST:PORT or set ROLLBOOK_ADDRESS, "
            "or start one here with `rollbook serve --embedded`"
        )
    if not _SHAPE.fullmatch(address):
        raise click.UsageError(f"{address!r} is no address; it must be HOST:PORT or unix:PATH")
    return address, token


def _local() -> tuple[str, str]:
    """The address and the token that `serve --embedded` left in ./.rollbook; '' for none.

    Raises:
        click.UsageError: another user could have made or changed them.
    """
    address, token = STATE / "address", STATE / "token"
    if not address.exists():
        return "", ""
    for path in (STATE, address, token):
        if why := why_not_ours(path):
            raise click.UsageError(
                f"./{path} {why}, so its address is not used; give --address and --token-file"
            )
    return _read(address), _read(token)


def _token() -> str:
    path = given("token_file") or os.environ.get("ROLLBOOK_TOKEN_FILE", "")
    if not path:
        return os.environ.get("ROLLBOOK_TOKEN", "").strip()
    try:
        token = Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "it is not text"
        raise click.UsageError(f"the token file {path} cannot be read: {why}") from None
    if not token:  # or the administrator's, beside an embedded server, would be taken for it
        raise click.UsageError(f"the token file {path} is empty")
    return token


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, ValueError):
        return ""
