"""A Postfix of Debian's on loopback, which delivers all mails into one folder."""

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import trustme

_MASTER = Path("/usr/lib/postfix/sbin/master")
AVAILABLE = _MASTER.exists() and os.geteuid() == 0
MISSING = (
    "Postfix is not installed, or the tests do not run as root, so P02 is not shown with a real"
    " relay: apt-get install postfix"
)
_NOBODY = 65_534
_QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming")
_SERVICES = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_SETTINGS = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mynetworks = 127.0.0.0/8
myhostname = relay.example.net
mydestination =
alias_maps =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_tls_security_level = may
smtpd_tls_cert_file = {folder}/chain.pem
smtpd_tls_key_file = {folder}/chain.pem
smtpd_tls_session_cache_database =
virtual_mailbox_domains = example.org
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:mails/
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
virtual_transport = virtual
enable_long_queue_ids = yes
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
"""


@dataclass
class Postfix:
    """One instance, in a folder of its own, which can be killed and started again."""

    folder: Path
    port: int
    ca_file: Path
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, and return once it answers.

        Raises:
            AssertionError: it did not start; shows its log.
        """
        self._process = subprocess.Popen(
            [_MASTER, "-c", self.folder, "-d"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for _ in range(200):
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    connection.settimeout(5)
                    if connection.recv(3) == b"220":
                        return
            except OSError:
                pass
            try:
                self._process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            break
        log = self.folder / "log"
        raise AssertionError(log.read_text() if log.exists() else "Postfix did not start")

    def kill(self) -> None:
        """Kill its processes at once, as a crash of its machine does."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)  # the session that `start` made
            self._process.wait(30)
            self._process = None

    def queued(self) -> int:
        """How many mails it has taken and not yet delivered."""
        files = [
            path
            for name in ("incoming", "active", "deferred")
            for path in (self.folder / "queue" / name).rglob("*")
        ]
        ready = 0o100  # the mark of a mail that is whole; what a kill cut off never gets it
        return sum(path.is_file() and bool(path.stat().st_mode & ready) for path in files)

    def delivered(self) -> list[EmailMessage]:
        """The mails that it has delivered so far."""
        found = []
        for path in sorted((self.folder / "mails/new").glob("*")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            assert isinstance(mail, EmailMessage)
            found.append(mail)
        return found


@contextmanager
def running() -> Iterator[Postfix]:
    """A Postfix that offers STARTTLS on a port of its own; it and its folder go in the end."""
    assert AVAILABLE, MISSING
    folder = Path(tempfile.mkdtemp(prefix="rollbook-postfix-"))
    authority = trustme.CA()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    try:
        relay = Postfix(folder, port, folder / "ca.pem")
        _furnish(relay, authority)
        relay.start()
        try:
            yield relay
        finally:
            relay.kill()
    finally:
        shutil.rmtree(folder)


def _furnish(relay: Postfix, authority: trustme.CA) -> None:
    folder, owner = relay.folder, pwd.getpwnam("postfix")
    folder.chmod(0o755)
    authority.cert_pem.write_to_path(str(relay.ca_file))
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(
        str(folder / "chain.pem")
    )
    (folder / "main.cf").write_text(_SETTINGS.format(folder=folder, nobody=_NOBODY))
    (folder / "master.cf").write_text(_SERVICES.format(port=relay.port))
    for name in ("data", *(f"queue/{queue}" for queue in (*_QUEUES, "saved", "trace", "private"))):
        _folder(folder / name, owner.pw_uid, 0o700)
    group = grp.getgrnam("postdrop").gr_gid
    for name, mode in (("public", 0o710), ("maildrop", 0o730)):
        _folder(folder / "queue" / name, owner.pw_uid, mode, group)
    _folder(folder / "queue/pid", 0, 0o755)
    for name in ("mails", "mails/new", "mails/cur", "mails/tmp"):
        _folder(folder / name, _NOBODY, 0o700)


def _folder(path: Path, owner: int, mode: int, group: int = -1) -> None:
    path.mkdir(parents=True)
    path.chmod(mode)
    os.chown(path, owner, group)
