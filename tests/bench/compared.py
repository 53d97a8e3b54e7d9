"""Times what one would take instead, on the same rows: three libraries, and a directory server."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.bench import works
from tests.bench.bench import PREPARED, Bench
from tests.bench.figures import Run
from tests.bench.peers.__main__ import NOT_INSTALLED
from tests.bench.peers.ldap import NotInstalled, ldapadd
from tests.bench.users import File
from tests.bench.works import FIRST, FLOOR, OURS, copies

TOP = Path(__file__).parents[2]
_PYTHON = TOP / ".venv-bench/bin/python"
_DATABASE = "theirs"


class Peer(NamedTuple):
    """Its name, and the module of `peers` that runs it."""

    name: str
    module: str


LIBRARIES = (
    Peer("psycopg executemany", "psycopg_executemany"),
    Peer("SQLAlchemy core", "sqlalchemy_core"),
    Peer("django-import-export in bulk", "django_import_export"),
)
LDAPADD = "ldapadd"


class Missing(Exception):
    """What is needed is not installed; the message says how it would be."""


def compared(bench: Bench, rows: int, turn: int, missing: list[str]) -> Iterator[Run]:
    """A first load by psql, by us, and by each of the peers, in that order or the other way round.

    The libraries make the same users in the same tables, or this fails. Whoever is not installed
    is added to `missing`.
    """
    content = File(rows=rows)
    with copies(bench, PREPARED, FLOOR, OURS):
        with bench.server(OURS) as server:
            ours = works.both(bench, server, turn, FIRST, content)
        yield ours
        for name in (*(peer.name for peer in LIBRARIES), LDAPADD):
            print(f"  {name}", file=sys.stderr)
            try:
                seconds = _theirs(bench, name, content)
            except Missing as one:
                missing.append(f"{name}: {one}")
                print(f"  NOT INSTALLED: {one}", file=sys.stderr)
            else:
                yield Run(
                    work=f"{FIRST}, {name}", rows=rows, ours=ours.ours, psql=ours.psql, peer=seconds
                )


def _theirs(bench: Bench, name: str, content: File) -> float:
    file = bench.file(content)
    if name == LDAPADD:
        return _ldapadd(bench.folder / "ldap", file)
    (module,) = (peer.module for peer in LIBRARIES if peer.name == name)
    with copies(bench, PREPARED, _DATABASE):
        bench.cluster.rest(_DATABASE)
        seconds = _library(module, bench.cluster.url(_DATABASE), file)
        if bench.cluster.users(_DATABASE) != bench.cluster.users(OURS):
            raise RuntimeError(f"{name} and Rollbook have made different users of the same file")
    return seconds


def _library(module: str, url: str, file: Path) -> float:
    if not _PYTHON.exists():
        raise Missing(f"{module} has no {_PYTHON.relative_to(TOP)}, which `make bench` makes")
    command = [str(_PYTHON), "-m", "tests.bench.peers", module, url, str(file)]
    ran = subprocess.run(command, cwd=TOP, stdout=subprocess.PIPE, text=True, check=False)
    if ran.returncode == NOT_INSTALLED:
        raise Missing(f"{ran.stdout.strip()} is not in requirements/bench.txt's environment")
    ran.check_returncode()
    return float(ran.stdout)


def _ldapadd(folder: Path, file: Path) -> float:
    try:
        return ldapadd(folder, file)
    except NotInstalled:
        raise Missing("slapd and ldapadd, as by apt-get install slapd ldap-utils") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
