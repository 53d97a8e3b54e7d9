"""OpenLDAP: `ldapadd` of inetOrgPerson entries into a slapd of its own, over a socket.

slapd has the backend mdb with its defaults, which keep what was answered, and an index for each of
number, address and name. Nothing there keeps an address unique. The clock runs for `ldapadd`
alone: that the file has become LDIF before is not counted.
"""

import base64
import csv
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin:/usr/libexec"
_SCHEMAS = Path("/etc/ldap/schema")
_MODULES = Path("/usr/lib/ldap")
_SUFFIX, _ROOT = "dc=example,dc=com", "cn=admin,dc=example,dc=com"
_READY_WITHIN_S = 10
_CELLS = {
    "uid": "username",
    "employeeNumber": "employee_number",
    "mail": "email",
    "givenName": "first_name",
    "sn": "last_name",
    "title": "job_title",
    "departmentNumber": "department",
    "telephoneNumber": "phone",
    "l": "location",
}


class NotInstalled(Exception):
    """slapd or ldapadd is not on this machine."""


def ldapadd(folder: Path, file: Path) -> float:
    """Seconds in which the users of a file are added to an empty directory in a new folder.

    Raises:
        NotInstalled
    """
    slapd, add = (shutil.which(name, path=_PATH) for name in ("slapd", "ldapadd"))
    if not slapd or not add or not _SCHEMAS.exists():
        raise NotInstalled
    folder.mkdir(mode=0o700)
    ldif, password = folder / "users.ldif", secrets.token_hex(16)
    ldif.write_bytes(_top() + b"".join(_entries(file)))
    (folder / "password").touch(0o600)
    (folder / "password").write_text(password)
    with _running(slapd, folder, password) as address:
        login = ("-x", "-H", address, "-D", _ROOT, "-y", str(folder / "password"))
        began = time.perf_counter()
        subprocess.run([add, *login, "-f", str(ldif)], stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - began


@contextmanager
def _running(slapd: str, folder: Path, password: str) -> Iterator[str]:
    """A slapd in the folder; its address."""
    (folder / "data").mkdir()
    schemas = "".join(
        f"include {_SCHEMAS / name}.schema\n" for name in ("core", "cosine", "inetorgperson")
    )
    module = f"modulepath {_MODULES}\nmoduleload back_mdb\n" if _MODULES.exists() else ""
    (folder / "slapd.conf").write_text(
        f"{schemas}{module}pidfile {folder / 'pid'}\n"
        f'database mdb\nsuffix "{_SUFFIX}"\nrootdn "{_ROOT}"\nrootpw {password}\n'
        f"directory {folder / 'data'}\nmaxsize 4294967296\n"
        "index objectClass,uid,mail,employeeNumber eq\n"
    )
    with tempfile.TemporaryDirectory() as short:  # a socket's path has 107 bytes at most
        path = Path(short, "socket")
        address = f"ldapi://{quote(str(path), safe='')}"
        command = [slapd, "-f", str(folder / "slapd.conf"), "-h", address, "-d", "0"]
        with _ended(command) as process:
            until = time.monotonic() + _READY_WITHIN_S
            while not _answers(path):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("slapd did not start")
                time.sleep(0.02)
            yield address


@contextmanager
def _ended(command: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is ended when this is left."""
    with subprocess.Popen(command) as process:
        try:
            yield process
        finally:
            process.terminate()


def _answers(path: Path) -> bool:
    """Whether somebody listens there."""
    with socket.socket(socket.AF_UNIX) as there:
        return there.connect_ex(str(path)) == 0


def _top() -> bytes:
    return (
        f"dn: {_SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\no: Example\n"
        f"dc: example\n\ndn: ou=people,{_SUFFIX}\nobjectClass: organizationalUnit\nou: people\n\n"
    ).encode()


def _entries(file: Path) -> Iterator[bytes]:
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            cells = {name: row[cell] for name, cell in _CELLS.items() if row[cell]}
            cells["cn"] = f"{row['first_name']} {row['last_name']}"
            lines = [
                f"dn: uid={row['username']},ou=people,{_SUFFIX}",
                "objectClass: inetOrgPerson",
                *(f"{name}:: {base64.b64encode(v.encode()).decode()}" for name, v in cells.items()),
            ]
            yield ("\n".join(lines) + "\n\n").encode()
