"""Times imports with the shipped plugins and without."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import entry_points
from pathlib import Path

from tests.bench.bench import PREPARED, Bench
from tests.bench.figures import Run
from tests.bench.names import ROLES
from tests.bench.server import Measured
from tests.bench.users import File
from tests.bench.works import copies

_SHIPPED = ("rollbook-roles", "rollbook-locations", "rollbook-mail")
_MAIL = {"mail_host": "127.0.0.1", "mail_from": "bench@example.com"}
"""No import asks for mail here, so no relay is ever used."""
_LOCATIONS = 1_000
_FURNISHED, _WITHOUT, _WITH = "furnished", "unplugged", "plugged"

# What a rule looks at in files of made-up users: some of it is common, some never comes.
_DEPARTMENTS = ("Research*", "People*", "Logistics", "Customer*", "*Tax", "IT*", "営業", "Board")
_TITLES = ("*Engineer", "*lead*", "Head of *", "Chief *", "*Clerk*", "Nurse", "*intern*")


def plugged(bench: Bench, rows: int, turn: int) -> Iterator[Run]:
    """First load and the same file again, each by both servers, every other turn the other first.

    Both servers are there all the while, each with a database of its own, and one of them works.
    """
    content = File(rows=rows, roles=True)
    with (
        _furnished(bench),
        copies(bench, _FURNISHED, _WITHOUT, _WITH),
        bench.server(_WITHOUT) as without,
        bench.server(_WITH, **_settings(bench.folder)) as with_plugins,
    ):
        servers = {_WITHOUT: without, _WITH: with_plugins}
        for work in ("first load", "same file again"):
            yield _both(bench, servers, turn, work, content)


def installed() -> list[str]:
    """Those of the shipped plugins that are installed, in the order in which they are asked."""
    there = {entry.name for entry in entry_points(group="rollbook")}
    return [name for name in _SHIPPED if name in there]


def rules() -> str:
    """Twenty rules and a default: by department, by title, by both, and by the cell."""
    conditions = [
        *(
            f'department = "{department}"\njob_title = "{_TITLES[0]}"'
            for department in _DEPARTMENTS
        ),
        *(f'job_title = "{title}"' for title in _TITLES[1:]),
        *(f'role = ["{role}", "{role}s"]' for role in ROLES[1:]),
    ]
    gives = (ROLES[n % len(ROLES)] for n in range(len(conditions)))
    return f'default = "{ROLES[0]}"\n' + "".join(
        f'[[rules]]\n{condition}\ngive = "{role}"\n'
        for condition, role in zip(conditions, gives, strict=True)
    )


def _settings(folder: Path) -> dict[str, object]:
    path = folder / "roles.toml"
    path.write_text(rules(), "utf-8")
    return {"plugins": ",".join(installed()), "roles_file": path, **_MAIL}


@contextmanager
def _furnished(bench: Bench) -> Iterator[None]:
    """A database with roles and a thousand locations, made by a server as any operator would."""
    with copies(bench, PREPARED, _FURNISHED):
        with bench.server(_FURNISHED) as server:
            bench.client(server, "furnish", str(_LOCATIONS))
        yield


def _both(bench: Bench, servers: dict[str, Measured], turn: int, work: str, content: File) -> Run:
    """The run with plugins, which knows the one without."""
    bench.cluster.rest(*servers)
    order = sorted(servers, reverse=bool(turn % 2))
    runs = {name: bench.ours(work, servers[name], content) for name in order}
    return replace(
        runs[_WITH],
        work=f"{work}, {len(installed())} plugins",
        unplugged=runs[_WITHOUT],
    )
