"""Times the checks on 1,000,000 users: `python -m tests.unit.checking.measure`.

Only the checks are timed; the cells are cut beforehand, 5,000 rows at a time.
"""

import csv
import io
import statistics
import sys
import time

from rollbook import model
from rollbook.checking import Checker
from rollbook.profiles import Profiles
from rollbook.settings import Settings
from tests.bench.users import File

BATCH = 5_000


def main(rows: int = 1_000_000) -> None:
    """Print the median, least and most µs a row of the batches, by how dirty they are."""
    profile = Profiles().named("")
    checker = Checker(profile, profile.defaults(), Settings())
    spent: dict[str, list[float]] = {"clean": [], "1 % dirty": [], "10 % dirty": [], "typed": []}
    for first in range(0, rows, BATCH):
        clean = _columns(first)
        for kind, columns in (
            ("clean", clean),
            ("1 % dirty", _dirty(clean, every=100)),
            ("10 % dirty", _dirty(clean, every=10)),
            ("typed", {field: [cell or None for cell in clean[field]] for field in clean}),
        ):
            batch = model.FileRows(lines=range(2, BATCH + 2), first=1, columns=columns)
            start = time.perf_counter()
            users = checker.check(batch)
            spent[kind].append((time.perf_counter() - start) / BATCH * 1e6)
            if kind == "clean" and users.issues:
                raise AssertionError(users.issues)
    for kind, took in spent.items():
        median, least, most = statistics.median(took), min(took), max(took)
        sys.stdout.write(f"{kind:11} {median:6.2f} µs a row ({least:.2f} to {most:.2f})\n")


def _columns(first: int) -> dict[str, list[str]]:
    rows = csv.reader(io.StringIO(File(rows=BATCH, first=first).read().decode()))
    header = next(rows)
    return {
        field: list(cells) for field, cells in zip(header, zip(*rows, strict=True), strict=True)
    }


def _dirty(columns: dict[str, list[str]], *, every: int) -> dict[str, list[str]]:
    """Some rows with a space after each cell, and an e-mail address that is none."""
    return {
        field: [
            f"{'no' if field == 'email' else ''}{cell} " if at % every == 0 else cell
            for at, cell in enumerate(cells)
        ]
        for field, cells in columns.items()
    }


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
