"""The pieces of work that are timed, each by psql alone and by Rollbook."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import NamedTuple

from tests.bench.bench import PREPARED, Bench
from tests.bench.client import Seen
from tests.bench.figures import Run
from tests.bench.server import Measured
from tests.bench.users import File

FIRST, AGAIN, CHANGED = "first load", "same file again", "10 % changed"
NIGHTLY = "1 % changed, in any order"
ODD, CONFLICT, PREVIEW = "1 % of rows odd", "1 % in conflict", "preview"

FLOOR, OURS = "floor", "ours"
"""The databases in which both ways do the same work."""
_KNOWN, _COPY = "known", "copy"
_COMPARED_UP_TO = 100_000
"""Rows up to which both ways must end in the same users; beyond it the look itself takes long."""


def loads(bench: Bench, rows: int, turn: int) -> Iterator[Run]:
    """First load, the same file again, 10 % of it changed, a nightly file, one after the other."""
    base, changed = File(rows=rows), File(rows=rows, changed=0.1)
    nightly = File(rows=rows, changed=0.01, shuffled=True)
    with copies(bench, PREPARED, FLOOR, OURS), bench.server(OURS) as server:
        yield both(bench, server, turn, FIRST, base)
        yield both(bench, server, turn, AGAIN, base, back=base)
        # Changed back, ten in a hundred rows change once more.
        yield both(bench, server, turn, CHANGED, changed, back=base)
        bench.psql(OURS, base)  # as the floor's users are by now
        yield both(bench, server, turn, NIGHTLY, nightly)


class Work(NamedTuple):
    """A file, and the options that it is imported with, as `commit=NONE`."""

    name: str
    content: File
    options: tuple[str, ...] = ()


def conflicts(bench: Bench, rows: int, turn: int) -> list[Run]:
    """New users beside as many known ones: all fine, and 1 % of them with an e-mail that is held.

    psql alone can answer no single row, so that this is measured against ourselves.
    """
    fine = File(rows=rows, first=rows)
    plain = Work("others beside them", fine)
    with copies(bench, PREPARED, _KNOWN):
        bench.psql(_KNOWN, File(rows=rows))
        bench.cluster.rest(_KNOWN)
        return _beside(bench, _KNOWN, turn, plain, Work(CONFLICT, replace(fine, conflicting=0.01)))


def odd(bench: Bench, rows: int, turn: int) -> list[Run]:
    """A first load without a warning, and one in which 1 % of the rows are warned of."""
    content = File(rows=rows)
    plain = Work("no row odd", content)
    return _beside(bench, PREPARED, turn, plain, Work(ODD, replace(content, odd=0.01)))


def previews(bench: Bench, rows: int, turn: int) -> list[Run]:
    """A first load that is written at its end, and the same that only says what it would do."""
    content = File(rows=rows)
    whole = Work("written at the end", content, ("commit=WHOLE_FILE",))
    return _beside(bench, PREPARED, turn, whole, Work(PREVIEW, content, ("commit=NONE",)))


def _beside(bench: Bench, of: str, turn: int, plain: Work, other: Work) -> list[Run]:
    """Each in a copy of the database `of`, every other turn the other first."""
    runs = {}
    for work in (other, plain) if turn % 2 else (plain, other):
        with copies(bench, of, _COPY), bench.server(_COPY) as server:
            bench.cluster.rest(_COPY)
            runs[work.name] = bench.ours(work.name, server, work.content, *work.options)
    return [runs[plain.name], replace(runs[other.name], beside=runs[plain.name].ours)]


_MAILS = {
    "nobody mailed": [],
    "new users welcomed": ["notify=WELCOME_NEW"],
    "new users invited": ["notify=INVITE_NEW"],
    "login details": ["first_password=GENERATE", "notify=LOGIN_DETAILS"],
}


def mails(bench: Bench, rows: int, turn: int) -> Iterator[Run]:
    """A first load, with each mail that an import asks for; nobody sends it."""
    works = list(_MAILS)
    for work in works[turn % len(works) :] + works[: turn % len(works)]:
        with copies(bench, PREPARED, OURS), bench.server(OURS) as server:
            bench.cluster.rest(OURS)
            yield bench.ours(work, server, File(rows=rows), *_MAILS[work])


def single_rows(bench: Bench, known: int, times: int) -> list[Seen]:
    """As many imports of one new row each, one after another, into a directory of `known` users."""
    with copies(bench, PREPARED, OURS):
        bench.psql(OURS, File(rows=known))
        bench.cluster.rest(OURS)
        with bench.server(OURS) as server:
            return bench.client(server, "rows", str(times))


def both(
    bench: Bench, server: Measured, turn: int, work: str, content: File, *, back: File | None = None
) -> Run:
    """The same work by psql and by us, every other turn by us first; then `back` compared first."""
    bench.cluster.rest(FLOOR, OURS)
    if turn % 2:
        run = bench.ours(work, server, content)
        seconds = bench.psql(FLOOR, content)
    else:
        seconds = bench.psql(FLOOR, content)
        run = bench.ours(work, server, content)
    _check_same_users(bench, content.rows)
    compared = None
    if back:
        bench.cluster.rest(FLOOR)
        compared = bench.psql(FLOOR, back, compared=True)
    return replace(run, psql=seconds, psql_compared=compared)


def _check_same_users(bench: Bench, rows: int) -> None:
    """A race that ends in two places is none."""
    if rows <= _COMPARED_UP_TO and bench.cluster.users(FLOOR) != bench.cluster.users(OURS):
        raise RuntimeError("psql alone and Rollbook have made different users of the same file")


@contextmanager
def copies(bench: Bench, of: str, *names: str) -> Iterator[None]:
    """Databases like `of`, for as long as they are needed."""
    bench.cluster.drop(*names)
    try:
        for name in names:
            bench.cluster.clone(of, name)
        yield
    finally:
        bench.cluster.drop(*names)
