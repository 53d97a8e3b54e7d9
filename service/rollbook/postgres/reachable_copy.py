"""Copies a PostgreSQL that the account `nobody` cannot reach to a place where it can.

Root's virtual environment often lies below a private home. Opening that home to everyone is not
ours to do, so the programs are copied to /var/tmp, once (40 MB, 0.2 s). The copy is named by
version and content and is used again by every later start and every other environment.
"""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rollbook.postgres.binaries import Installation
from rollbook.postgres.errors import PostgresFailed

SHELF = Path("/var/tmp")  # noqa: S108 -- see _is_whole for what makes it safe


def within_reach(installation: Installation) -> Installation:
    """Return `installation` where it is reachable, else its copy under /var/tmp.

    Raises PostgresFailed if it cannot be copied, or if another account owns the copy's name.
    """
    if installation.reachable:
        return installation
    home = installation.bin.parent
    if installation.bin.name != "bin" or not (home / "share").is_dir():
        raise PostgresFailed(
            f"the account 'nobody' cannot reach {installation.bin} and it cannot be copied: "
            "set ROLLBOOK_PG_BIN to a PostgreSQL that everyone may run"
        )
    print_of_it = _print_of(home)
    copy = SHELF / f"rollbook-postgres-{installation.version}-{print_of_it}"
    try:
        if not _is_whole(copy, home, print_of_it):
            _make(copy, home)
    except (OSError, shutil.Error) as error:
        raise PostgresFailed(f"cannot copy PostgreSQL to {copy}: {error}") from error
    return replace(installation, bin=copy / home.parent.name / home.name / "bin", reachable=True)


def _parts(home: Path) -> Iterator[Path]:
    """Yield the folders that it takes to run: headers and the like stay behind."""
    yield from (home / name for name in ("bin", "lib", "share") if (home / name).is_dir())
    # Wheels keep the libraries they were mended with beside the package: PACKAGE.libs.
    libraries = home.parent.with_name(f"{home.parent.name}.libs")
    if libraries.is_dir():
        yield libraries


def _print_of(home: Path) -> str:
    """Return a short digest of the names and sizes below the folders that are copied.

    Sizes and not bytes: reading 40 MB at every start would cost more than the start itself, and
    what is to be noticed is another build, and a file that a cleaner of /var/tmp has taken.
    """
    lines = sorted(
        f"{part.name}/{Path(folder, name).relative_to(part)} {Path(folder, name).stat().st_size}"
        for part in _parts(home)
        for folder, _, names in os.walk(part, followlinks=True)
        for name in names
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _is_whole(copy: Path, home: Path, print_of_it: str) -> bool:
    """Whether the copy exists, only we can write to it, and it is complete.

    /var/tmp is everyone's, and root will run what is in it: a folder that another account
    made, may write to or has put a link in place of is refused and never touched.
    """
    try:
        found = os.lstat(copy)
    except FileNotFoundError:
        return False
    if (
        not stat.S_ISDIR(found.st_mode)
        or found.st_uid != os.geteuid()
        or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    ):
        raise PostgresFailed(
            f"{copy} was not made by Rollbook or is open to others: look at it and remove it"
        )
    if _print_of(copy / home.parent.name / home.name) == print_of_it:
        return True
    shutil.rmtree(copy)
    return False


def _make(copy: Path, home: Path) -> None:
    """Copy under a random name, then rename, so that no partial copy ever has the real name."""
    workplace = Path(tempfile.mkdtemp(prefix=".rollbook-postgres-", dir=copy.parent))
    try:
        for part in _parts(home):
            shutil.copytree(part, workplace / part.relative_to(home.parent.parent))
        _open_to_readers(workplace)
        try:
            workplace.rename(copy)
        except OSError:
            # Another start was quicker. Its copy has to pass the same questions.
            if not _is_whole(copy, home, _print_of(home)):
                raise
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _open_to_readers(top: Path) -> None:
    """Let everyone read and run, and us alone write, whatever umask the wheel came under."""
    for folder, _, names in os.walk(top):
        Path(folder).chmod(0o755)
        for path in (Path(folder, name) for name in names):
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
