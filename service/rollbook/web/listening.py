"""Listens for HTTP, with or without TLS, on the loop that runs already."""

import asyncio
import ipaddress
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from errno import EADDRINUSE
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from rollbook.model.openid_client import OpenIDClient
from rollbook.web.app import Stoppable, make_app
from rollbook.web.certificates import check_tls, renewing
from rollbook.web.connection import Connection
from rollbook.web.proxies import Proxied, read_proxies
from rollbook.web.site import Connect, OneTimeCode, Site

if TYPE_CHECKING:
    from rollbook.web.openid import Provider

_log = logging.getLogger("rollbook.web")
_LAST_PORT = 65_535
_BACKLOG = 128
_ANSWERED_WITHIN = 3
"""Seconds that running answers have at a stop. Uploads are refused at once, and take less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """Where to listen, HOST:PORT, and how.

    `certificate`, `key` and `client_ca` are files in PEM, as of gRPC; `allow_plaintext` says that
    a proxy in front speaks TLS; `proxies` are the addresses of those whose word is taken for where
    a request comes from, with commas.
    """

    address: str
    certificate: Path | None = None
    key: Path | None = None
    client_ca: Path | None = None
    allow_plaintext: bool = False
    proxies: str = ""


@asynccontextmanager
async def open_web(
    listen: Listen,
    connect: Connect,
    own_token: str = "",
    once: OneTimeCode | None = None,
    openid: OpenIDClient | None = None,
) -> AsyncIterator[str]:
    """Answer HTTP for as long as this lasts; yields the address, as `http://HOST:PORT`.

    `connect` makes a client of the gRPC service that shows the given token; `own_token` and `once`
    are those of a `Site`; `openid` is the client by which people sign in at their issuer. At the
    end, uploads that are still being sent are answered with `server_draining`.

    Raises:
        ValueError: it cannot be listened on, clear text is not allowed there, or a certificate
            cannot be used; names the setting.
    """
    listening = _bound(listen)
    site = Site(connect, own_token, once, _provider(openid))
    server = _server(listen, site)
    try:
        await server.startup([listening])
    except BaseException:
        listening.close()
        raise
    running = asyncio.create_task(server.main_loop(), name="http")
    try:
        yield _url(listen, listening)
    finally:
        site.stop()
        server.should_exit = True
        await running
        await server.shutdown([listening])


def examined(listen: Listen) -> str:
    """How HTTP would be answered, in words. Nothing is left open.

    A port that is taken is well: this is also asked beside the server that has it.

    Raises:
        ValueError: as `open_web`.
    """
    try:
        _bound(listen).close()
    except ValueError as wrong:
        if getattr(wrong.__cause__, "errno", None) != EADDRINUSE:
            raise
        return f"{listen.address} is taken: by the server, if it runs"
    behind = f", behind the proxies {listen.proxies}" if listen.proxies else ""
    if listen.certificate:
        return f"over TLS on {listen.address}{behind}"
    if not listen.allow_plaintext:
        return f"in clear text on {listen.address}, kept here{behind}"
    return f"in clear text on {listen.address}, allowed by ROLLBOOK_ALLOW_PLAINTEXT" + (
        behind
        or "; without ROLLBOOK_WEB_PROXIES all that comes through a proxy is one address "
        "to the limits of sign-ins"
    )


async def look_at_issuer(openid: OpenIDClient) -> str:
    """What is wrong with the issuer that people sign in by, as it answers now; '': nothing."""
    from rollbook.web.openid import NotSignedIn, Provider

    try:
        await Provider(openid).look()
    except NotSignedIn as wrong:
        return wrong.why or wrong.message
    return ""


def _provider(openid: OpenIDClient | None) -> "Provider | None":
    """What asks the issuer, whose libraries are loaded for nobody else."""
    if openid is None:
        return None
    from rollbook.web.openid import Provider

    return Provider(openid)


def _server(listen: Listen, site: Site) -> uvicorn.Server:
    """A server that is loaded, takes no signals, and has not begun."""
    config = uvicorn.Config(
        Proxied(
            Stoppable(make_app(site), site),
            read_proxies(listen.proxies),
            allow_plaintext=listen.allow_plaintext,
        ),
        loop="none",
        http=Connection,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_ANSWERED_WITHIN,
        ssl_certfile=listen.certificate,
        ssl_keyfile=listen.key,
        ssl_ca_certs=str(listen.client_ca) if listen.client_ca else None,
        ssl_cert_reqs=ssl.CERT_REQUIRED if listen.client_ca else ssl.CERT_NONE,
    )
    config.load()
    if config.ssl is not None:
        config.ssl.sni_callback = renewing(config.ssl, listen)
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    return server


def _bound(listen: Listen) -> socket.socket:
    """A socket with that address.

    Raises:
        ValueError: as `open_web`.
    """
    check_tls(listen)
    read_proxies(listen.proxies)
    host, _, port = listen.address.rpartition(":")
    if not port.isdecimal() or int(port) > _LAST_PORT:
        raise _cannot(listen, f"a port is a number of at most {_LAST_PORT}")
    try:
        found = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise _cannot(listen, "the host cannot be found") from None
    secured = listen.certificate is not None or listen.allow_plaintext
    if not secured and not all(_is_loopback(str(address[0])) for *_, address in found):
        raise _cannot(
            listen,
            "it is not on loopback, and tokens would travel in clear text: set "
            "ROLLBOOK_TLS_CERTIFICATE and ROLLBOOK_TLS_KEY, or ROLLBOOK_ALLOW_PLAINTEXT=true "
            "where a proxy in front speaks TLS",
        )
    family, *_, address = found[0]
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(address)
    except OSError as wrong:
        made.close()
        raise _cannot(listen, f"it cannot be listened on: {wrong.strerror}") from wrong
    return made


def _cannot(listen: Listen, why: str) -> ValueError:
    return ValueError(f"ROLLBOOK_WEB_LISTEN: {listen.address}: {why}")


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _url(listen: Listen, listening: socket.socket) -> str:
    scheme = "https" if listen.certificate else "http"
    host = listen.address.rpartition(":")[0]
    return f"{scheme}://{host}:{listening.getsockname()[1]}"
