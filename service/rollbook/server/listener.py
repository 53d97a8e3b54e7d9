"""Listens on the configured port or socket, with or without TLS."""

import ipaddress
import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

from rollbook.access.reloading import ReloadedFile
from rollbook.server.certificates import Certificates, open_certificates
from rollbook.settings import Settings

_LAST_PORT = 65_535
_UNIX = "unix:"
_LONGEST_SOCKET = 107
"""Bytes that the system takes for the path of a socket."""
_OWNER_ALONE = 0o177


def listen(server: grpc.aio.Server, settings: Settings, inside: str = "") -> str:
    """Take the address that is set; answers it with the port that was taken.

    `inside` is a unix:PATH to listen on as well, in clear text: HTTP is answered through it.

    With certificates it uses TLS, on HTTP/2 and from 1.2 on, and new connections see renewed
    ones. Without them clear text is, on loopback and on a Unix socket, and elsewhere only where
    the settings allow it.

    Raises:
        ValueError: the address cannot be taken, clear text is not allowed there, or a
            certificate cannot be used; names the setting.
    """
    certificates = open_certificates(settings)
    if certificates is None:
        check_plaintext(settings)
    if inside:
        _listen_on_socket(server, inside, None)
    wanted = settings.listen
    if wanted.startswith(_UNIX):
        _listen_on_socket(server, wanted, certificates)
        return wanted
    host, _, port = wanted.rpartition(":")
    if int(port) > _LAST_PORT:
        raise ValueError(f"ROLLBOOK_LISTEN: {wanted}: a port is at most {_LAST_PORT}")
    return f"{host}:{_add_port(server, wanted, certificates)}"


@contextmanager
def new_socket(settings: Settings) -> Iterator[str]:
    """The unix:PATH of a socket for this process alone; '' where the settings want no HTTP."""
    if not settings.web_listen:
        yield ""
        return
    with tempfile.TemporaryDirectory(prefix="rollbook-") as folder:  # its owner's alone
        yield f"{_UNIX}{folder}/web"


def check_plaintext(settings: Settings) -> None:
    """Raise ValueError if clear text would leave this machine and no setting allows it."""
    wanted = settings.listen
    if settings.allow_plaintext or wanted.startswith(_UNIX) or _is_loopback(wanted):
        return
    raise ValueError(
        f"ROLLBOOK_LISTEN: {wanted} is not on loopback, and tokens would travel in clear text: set "
        "ROLLBOOK_TLS_CERTIFICATE and ROLLBOOK_TLS_KEY, or ROLLBOOK_ALLOW_PLAINTEXT=true where a "
        "proxy in front speaks TLS"
    )


def _is_loopback(wanted: str) -> bool:
    """Whether every address that the host has is this machine's own."""
    host = wanted.rpartition(":")[0].strip("[]")
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ValueError(f"ROLLBOOK_LISTEN: {wanted}: the host cannot be found") from None
    addresses = [str(address[0]).partition("%")[0] for *_, address in found]
    return all(ipaddress.ip_address(address).is_loopback for address in addresses)


def _add_port(
    server: grpc.aio.Server, address: str, certificates: ReloadedFile[Certificates] | None
) -> int:
    try:
        if certificates is None:
            return server.add_insecure_port(address)
        return server.add_secure_port(address, _credentials(certificates))
    except RuntimeError:
        raise ValueError(
            f"ROLLBOOK_LISTEN: {address} cannot be listened on: is the port taken, the host ours? "
            "Port 0, as in --listen 127.0.0.1:0, takes any that is free."
        ) from None


def _credentials(certificates: ReloadedFile[Certificates]) -> grpc.ServerCredentials:
    """Credentials that gRPC asks for again at each handshake, from threads of its own."""
    shown = certificates.current()

    def renewed() -> grpc.ServerCertificateConfiguration | None:
        nonlocal shown
        now = certificates.current()
        if now is shown:
            return None  # gRPC goes on with what it has
        shown = now
        return _configuration(now)

    return grpc.dynamic_ssl_server_credentials(
        _configuration(shown),
        renewed,  # type: ignore[arg-type]  # gRPC takes None, its stubs do not
        require_client_authentication=shown.client_ca is not None,
    )


def _configuration(held: Certificates) -> grpc.ServerCertificateConfiguration:
    return grpc.ssl_server_certificate_configuration(
        [(held.key, held.chain)], root_certificates=held.client_ca
    )


def _listen_on_socket(
    server: grpc.aio.Server, wanted: str, certificates: ReloadedFile[Certificates] | None
) -> None:
    path = Path(wanted.removeprefix(_UNIX))
    if len(os.fsencode(path)) > _LONGEST_SOCKET:
        raise ValueError(f"ROLLBOOK_LISTEN: {wanted}: a socket's path is at most 107 bytes long")
    _remove_stale(path, wanted)
    others = os.umask(_OWNER_ALONE)  # a socket is made with the rights that this leaves
    try:
        _add_port(server, f"{_UNIX}{path}", certificates)
    finally:
        os.umask(others)


def _remove_stale(path: Path, wanted: str) -> None:
    """Take away the socket that a server left behind when it was killed.

    gRPC would take away any: also one that another server listens on.
    """
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise ValueError(f"ROLLBOOK_LISTEN: {wanted}: there is a file of that name already")
    except OSError:
        return  # none there; or none that we may see, which gRPC will report
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(1)
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as wrong:
            raise ValueError(f"ROLLBOOK_LISTEN: {wanted}: {wrong.strerror or wrong}") from None
    raise ValueError(f"ROLLBOOK_LISTEN: {wanted}: a server listens there already")
