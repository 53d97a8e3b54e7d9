"""HTTP in front of a server: `rollbook web`, beside `serve`, and what `doctor` says of it."""

import asyncio
import secrets
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollbook.cli.connection import Where, connection_options, find_server
from rollbook.cli.extras import needs_extra
from rollbook.cli.server.openid_options import OpenIDOptions, openid_options
from rollbook.errors import Reason, RollbookError
from rollbook.model.openid_client import OpenIDClient, read_client

if TYPE_CHECKING:
    from rollbook.client import Client
    from rollbook.server.operations.finding import Finding
    from rollbook.settings import Settings
    from rollbook.web import Listen

_FILE = click.Path(dir_okay=False, path_type=Path)
_LOGIN_TOKEN = "ROLLBOOK_LOGIN_TOKEN_FILE"  # noqa: S105 -- the name of a variable
_LOGIN_SCOPE = "credentials:verify"


@click.command()
@click.option(
    "--listen",
    metavar="HOST:PORT",
    envvar="ROLLBOOK_WEB_LISTEN",
    default="127.0.0.1:8080",
    show_default=True,
    help="Answer HTTP here; port 0: any. [ROLLBOOK_WEB_LISTEN]",
)
@click.option(
    "--tls-certificate",
    type=_FILE,
    envvar="ROLLBOOK_TLS_CERTIFICATE",
    help="Speak TLS, with this chain (PEM). [ROLLBOOK_TLS_CERTIFICATE]",
)
@click.option(
    "--tls-key",
    type=_FILE,
    envvar="ROLLBOOK_TLS_KEY",
    help="The private key of the chain (PEM). [ROLLBOOK_TLS_KEY]",
)
@click.option(
    "--tls-client-ca",
    type=_FILE,
    envvar="ROLLBOOK_TLS_CLIENT_CA",
    help="Ask clients for a certificate of these authorities (PEM). [ROLLBOOK_TLS_CLIENT_CA]",
)
@click.option(
    "--allow-plaintext",
    is_flag=True,
    envvar="ROLLBOOK_ALLOW_PLAINTEXT",
    help="Clear text off loopback, behind a proxy with TLS. [ROLLBOOK_ALLOW_PLAINTEXT]",
)
@click.option(
    "--proxies",
    metavar="ADDRESSES",
    envvar="ROLLBOOK_WEB_PROXIES",
    default="",
    help="Take X-Forwarded-For of these addresses or networks alone. [ROLLBOOK_WEB_PROXIES]",
)
@click.option(
    "--login-token-file",
    type=_FILE,
    envvar=_LOGIN_TOKEN,
    help="Take passwords, and send links to set them, by the access token in FILE, which has the "
    f"right {_LOGIN_SCOPE} alone. [{_LOGIN_TOKEN}]",
)
@openid_options
@connection_options
def web(
    *,
    listen: str,
    tls_certificate: Path | None,
    tls_key: Path | None,
    tls_client_ca: Path | None,
    allow_plaintext: bool,
    proxies: str,
    login_token_file: Path | None,
    **oidc: Any,
) -> None:
    """Answer the web console and uploads over HTTP, for a server that runs elsewhere.

    It prints `HTTP on ADDRESS` when it is ready, and runs until SIGTERM or Ctrl-C. Each request
    brings its caller's token or session, which is passed on. Without --login-token-file nobody
    signs in with a password here, and without the options --oidc nobody by OpenID Connect.

    Example: rollbook web --address 127.0.0.1:50051
    """
    try:
        openid = read_client(OpenIDOptions(**oidc))
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    with needs_extra("web"):
        from rollbook.web import Listen

        if openid:
            import rollbook.web.openid  # noqa: F401 -- before anything starts

    address, security = find_server()
    how = Listen(
        address=listen,
        certificate=tls_certificate,
        key=tls_key,
        client_ca=tls_client_ca,
        allow_plaintext=allow_plaintext,
        proxies=proxies,
    )

    own_token = _login_token(login_token_file)

    def connect(token: str) -> "Client":
        return Where(address, token, security).client()

    async def run() -> None:
        from rollbook.web import open_web

        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        if own_token:
            await _check_login_token(connect(own_token))
        async with open_web(how, connect, own_token, openid=openid) as url:
            click.echo(f"HTTP on {url}")
            if not own_token:
                click.echo(f"passwords are not taken here: {_LOGIN_TOKEN} is not set", err=True)
            await stop.wait()

    try:
        asyncio.run(run())
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None


def _login_token(path: Path | None) -> str:
    """The token in the file; '' where there is no file.

    Raises:
        click.UsageError: it cannot be read, or is empty; names the variable.
    """
    if path is None:
        return ""
    try:
        token = path.read_text("utf-8").strip()
    except (OSError, ValueError) as wrong:
        why = wrong.strerror if isinstance(wrong, OSError) else "it is not text"
        raise click.UsageError(f"{_LOGIN_TOKEN}: {path} cannot be read: {why}") from None
    if not token:
        raise click.UsageError(f"{_LOGIN_TOKEN}: {path} is empty")
    return token


async def _check_login_token(client: "Client") -> None:
    """Whether the token can verify passwords, as far as the server answers now.

    Raises:
        ValueError: it cannot, or is not valid; names the variable.
    """
    async with client:
        try:
            scopes = (await client.sessions.caller()).scopes
        except RollbookError as refused:
            if refused.reason in {Reason.TOKEN_INVALID, Reason.TOKEN_EXPIRED}:
                raise ValueError(f"{_LOGIN_TOKEN}: {refused.message}") from None
            return  # the server is away: `/readyz` says so, until it comes
    if list(scopes) != [_LOGIN_SCOPE]:
        raise ValueError(
            f"{_LOGIN_TOKEN}: its token must have the right {_LOGIN_SCOPE}, and no other"
        )


def listen_of(settings: "Settings") -> "Listen":
    """Where and how a server answers HTTP by its settings; needs the extra `web`."""
    from rollbook.web import Listen

    return Listen(
        address=settings.web_listen,
        certificate=settings.tls_certificate,
        key=settings.tls_key,
        client_ca=settings.tls_client_ca,
        allow_plaintext=settings.allow_plaintext,
        proxies=settings.web_proxies,
    )


def examine_web(settings: "Settings") -> "list[Finding]":
    """What `doctor` says of HTTP; none: it is off."""
    from rollbook.server.operations.finding import Finding

    if not settings.web_listen:
        return []
    try:
        with needs_extra("web"):
            from rollbook.web import examined
        text = examined(listen_of(settings))
    except click.UsageError as missing:
        return [Finding("web", ok=False, text=missing.message)]
    except ValueError as wrong:
        return [Finding("web", ok=False, text=str(wrong))]
    risk = settings.allow_plaintext and settings.tls_certificate is None
    return [Finding("web", ok=True, text=text, risk=risk), *_issuer_answers(settings)]


def _issuer_answers(settings: "Settings") -> "list[Finding]":
    """What the issuer answers to a console that signs people in by it; none: no such issuer."""
    from rollbook.server.operations.finding import Finding
    from rollbook.web import look_at_issuer

    try:
        client = read_client(settings)
    except ValueError:  # the finding of these settings says so
        client = None
    if client is None:
        return []
    wrong = asyncio.run(look_at_issuer(client))
    text = f"{client.issuer}: {wrong}" if wrong else f"{client.issuer} answers as itself"
    return [Finding("issuer's answer", ok=not wrong, text=text)]


@asynccontextmanager
async def beside_server(
    listen: "Listen",
    inside: str,
    login: str,
    administrator: str,
    lines: list[str],
    openid: OpenIDClient | None,
) -> AsyncIterator[None]:
    """HTTP in the loop of the server that listens at `inside`, with the token `login` of its own.

    Where to find it is added to `lines`; with a link that signs in by the administrator's token,
    once, where there is one.
    """
    from rollbook.web import OneTimeCode, open_web

    def connect(token: str) -> "Client":
        return Where(inside, token).client()

    code = secrets.token_urlsafe(24)
    once = OneTimeCode(code, administrator) if administrator else None
    async with open_web(listen, connect, login, once, openid) as url:
        lines.append(f"HTTP on {url}")
        if once:
            lines.append(f"open {url}/sign-in#{code} in a browser: the link works once")
        yield
