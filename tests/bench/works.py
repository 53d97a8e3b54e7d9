"""The pieces of work that are timed, each by psql alone and by Rollbook."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from tests.bench.bench import PREPARED, Bench
from tests.bench.client import Seen
from tests.bench.figures import Run
from tests.bench.server import Measured
from tests.bench.users import File

_FLOOR, _OURS = "floor", "ours"
_COMPARED_UP_TO = 100_000
"""Rows up to which both ways must end in the same users; beyond it the look itself takes long."""


def loads(bench: Bench, rows: int, turn: int) -> Iterator[Run]:
    """First load, the same file again, 10 % of it changed, one after the other."""
    base, changed = File(rows=rows), File(rows=rows, changed=0.1)
    with copies(bench, PREPARED, _FLOOR, _OURS), bench.server(_OURS) as server:
        yield _both(bench, server, turn, "first load", base)
        yield _both(bench, server, turn, "same file again", base, back=base)
        # Changed back, ten in a hundred rows change once more.
        yield _both(bench, server, turn, "10 % changed", changed, back=base)


def conflicts(bench: Bench, rows: int, turn: int) -> list[Run]:
    """New users beside as many known ones: all fine, and 1 % of them with an e-mail that is held.

    psql alone can answer no single row, so that this is measured against ourselves.
    """
    fine = File(rows=rows, first=rows)
    held = replace(fine, conflicting=0.01)
    known, copy = "known", "copy"

    def imported(work: str, content: File) -> Run:
        with copies(bench, known, copy), bench.server(copy) as server:
            bench.cluster.rest(copy)
            return bench.ours(work, server, content)

    with copies(bench, PREPARED, known):
        bench.psql(known, File(rows=rows))
        bench.cluster.rest(known)
        if turn % 2:
            contested = imported("1 % in conflict", held)
            clean = imported("others beside them", fine)
        else:
            clean = imported("others beside them", fine)
            contested = imported("1 % in conflict", held)
    return [clean, replace(contested, beside=clean.ours)]


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
        with copies(bench, PREPARED, _OURS), bench.server(_OURS) as server:
            bench.cluster.rest(_OURS)
            yield bench.ours(work, server, File(rows=rows), *_MAILS[work])


def single_rows(bench: Bench, known: int, times: int) -> list[Seen]:
    """As many imports of one new row each, one after another, into a directory of `known` users."""
    with copies(bench, PREPARED, _OURS):
        bench.psql(_OURS, File(rows=known))
        bench.cluster.rest(_OURS)
        with bench.server(_OURS) as server:
            return bench.client(server, "rows", str(times))


def _both(
    bench: Bench, server: Measured, turn: int, work: str, content: File, *, back: File | None = None
) -> Run:
    """The same work by psql and by us, every other turn by us first; then `back` compared first."""
    bench.cluster.rest(_FLOOR, _OURS)
    if turn % 2:
        run = bench.ours(work, server, content)
        seconds = bench.psql(_FLOOR, content)
    else:
        seconds = bench.psql(_FLOOR, content)
        run = bench.ours(work, server, content)
    _check_same_users(bench, content.rows)
    compared = None
    if back:
        bench.cluster.rest(_FLOOR)
        compared = bench.psql(_FLOOR, back, compared=True)
    return replace(run, psql=seconds, psql_compared=compared)


def _check_same_users(bench: Bench, rows: int) -> None:
    """A race that ends in two places is none."""
    if rows <= _COMPARED_UP_TO and bench.cluster.users(_FLOOR) != bench.cluster.users(_OURS):
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
