"""Times the shipped plugins alone: `python -m tests.bench.plugins`.

Each is called as the service calls it, with batches of 5,000 users made by `tests.bench.users` and
a directory of 1,000 locations; what comes twice is answered from what was kept, as in an import.
"""

import argparse
import csv
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence

import rollbook_locations
import rollbook_roles
from rollbook.hooks import Directory, Place, UnknownName, User
from tests.bench import names
from tests.bench.users import File

_BATCH = 5_000
_RUNS = 7
_DEPARTMENTS = ("IT*", "*research*", "Sales", "Fin?nce", "Legal*", "*support*")

Hook = Callable[[Sequence[User], Directory], object]


def main() -> None:
    """Print the microseconds that a row takes, the median and the least of some runs."""
    places = tuple(Place(f"Site {n}", code=f"S{n}", aliases=(f"Plant {n}",)) for n in range(900))
    known = tuple(Place(name) for name in names.LOCATIONS)
    main = Directory("main", locations=(*known, *places), unknown_location=UnknownName.REJECT)
    parser = argparse.ArgumentParser(prog="python -m tests.bench.plugins", description=__doc__)
    parser.add_argument("--batches", type=int, default=10, help="batches that are asked in a run")
    batches = _batches(parser.parse_args().batches)
    other = [[u._replace(location=f"{u.location} {u.line}") for u in batches[0]]]
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(_rules(100))
        file.flush()
        os.environ["ROLLBOOK_ROLES_FILE"] = file.name
        rollbook_roles.roles.startup()
    _say("roles, 100 rules", rollbook_roles.roles.map_roles, batches, main)
    _say("locations, 1,000", rollbook_locations.locations.match_locations, batches, main)
    _say("locations, all unknown, none twice", _anew, other, main)


def _anew(users: Sequence[User], directory: Directory) -> object:
    return rollbook_locations.Locations().match_locations(users, directory)


def _say(what: str, hook: Hook, batches: Sequence[Sequence[User]], directory: Directory) -> None:
    first, *runs = [_microseconds(hook, batches, directory) for _ in range(_RUNS)]
    print(f"{what}: {first:.3f} µs a row at first, then {statistics.median(runs):.3f}")


def _microseconds(hook: Hook, batches: Sequence[Sequence[User]], directory: Directory) -> float:
    began = time.perf_counter()
    for batch in batches:
        hook(batch, directory)
    return (time.perf_counter() - began) * 1e6 / sum(map(len, batches))


def _batches(number: int) -> list[list[User]]:
    rows = csv.DictReader(File(rows=_BATCH * number).read().decode().splitlines())
    users = [
        User(line, **{name: text or "" for name, text in row.items()})  # type: ignore[arg-type]
        for line, row in enumerate(rows, start=2)
    ]
    return [users[at : at + _BATCH] for at in range(0, len(users), _BATCH)]


def _rules(number: int) -> str:
    rules = (
        f'[[rules]]\ndepartment = "{_DEPARTMENTS[n % len(_DEPARTMENTS)]}"\n'
        f'job_title = "*level {n}*"\ngive = "Role {n}"\n'
        for n in range(number)
    )
    return 'default = "Standard"\n' + "".join(rules)


if __name__ == "__main__":
    main()
