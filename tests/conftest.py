"""Fixtures that more than one floor of the tests uses; see `tests/environment.py`."""

import os
import signal
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import settings

# gRPC reads it when it is imported: its handlers of a fork crash the child of every second
# `subprocess.run(user=…)`, and no test forks without running another program.
os.environ["GRPC_ENABLE_FORK_SUPPORT"] = "0"

from rollbook.postgres import Embedded
from tests import chromium, pgbouncer, postfix
from tests.environment import MAJORS, Cluster, Server, postgres_of, serving, ways
from tests.example_clients import NOT_SHOWN
from tests.figures import Figures, note_promises

# Under nohup, or behind a script's `&`, these two are ignored, and every process that a test starts
# would inherit that: then Ctrl-C ends none of them. A handler is not inherited; this one ignores
# them here, as before.
for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, lambda *_: None)

# These machines are noisy: a slow example is not a wrong one. The seed of a failure is printed.
settings.register_profile("rollbook", deadline=None, print_blob=True)
settings.register_profile("thorough", settings.get_profile("rollbook"), max_examples=1_000)
settings.load_profile("rollbook")  # `--hypothesis-profile` comes later


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the choice of what stands between servers and their database."""
    parser.addoption("--through", choices=pgbouncer.WAYS, default="direct", help="to PostgreSQL")
    parser.addoption("--figures", type=Path, help="write the figures of promises into this page")


def pytest_configure(config: pytest.Config) -> None:
    """Collect figures where the tests are run from, not in a worker."""
    page = config.getoption("figures")
    if page and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Figures(page))


@pytest.hookimpl(tryfirst=True)  # before those that are not asked for are deselected
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a case's own timeout win over that of its test, and its report name its promises.

    pytest puts the marks of a function before those of its cases, and the first one counts.
    Those with the longest timeouts begin first, so that no worker ends with an hour's test alone.
    """
    note_promises(items)
    for item in items:
        case = getattr(item, "callspec", None)
        item.own_markers[:0] = [
            mark for mark in (case.marks if case else ()) if mark.name == "timeout"
        ]
    _leave_to_the_long_run(items)
    items.sort(key=_timeout, reverse=True)


def _leave_to_the_long_run(items: list[pytest.Item]) -> None:
    """Mark the cases beyond the `few` of a test as long; the few are spread over all of them."""
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        if item.get_closest_marker("few") and not item.get_closest_marker("long"):
            cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for some in cases.values():
        mark = some[0].get_closest_marker("few")
        assert mark
        few = min(mark.args[0], len(some))
        kept = {at * len(some) // few for at in range(few)}
        for at, item in enumerate(some):
            if at not in kept:
                item.add_marker(pytest.mark.long)


def _timeout(item: pytest.Item) -> float:
    """Seconds that a long test may take; 0 for the others, whose order stays."""
    mark = item.get_closest_marker("timeout")
    return mark.args[0] if mark and item.get_closest_marker("long") else 0


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what a run could not show."""
    if not postfix.AVAILABLE:
        terminalreporter.write_line(postfix.MISSING, yellow=True)
    if not pgbouncer.PROGRAM:
        terminalreporter.write_line(pgbouncer.MISSING, yellow=True)
    if not chromium.PROGRAM:
        terminalreporter.write_line(chromium.MISSING, yellow=True)
    for major in MAJORS:
        if postgres_of(major) is None:
            missing = f"PostgreSQL {major} is not installed, so no reads are measured on it"
            terminalreporter.write_line(missing, yellow=True)
    for reason in sorted(_not_shown(terminalreporter.stats.get("skipped", []))):
        terminalreporter.write_line(reason, yellow=True)


def _not_shown(skipped: list[pytest.TestReport]) -> set[str]:
    """Why tests of example clients were skipped."""
    reasons = (report.longrepr[2] for report in skipped if isinstance(report.longrepr, tuple))
    return {
        reason.removeprefix("Skipped: ")
        for reason in reasons
        if reason.removeprefix("Skipped: ").startswith(NOT_SHOWN)
    }


@pytest.fixture(scope="session", autouse=True)
def through(request: pytest.FixtureRequest) -> Iterator[str]:
    """How servers reach their database, one of `pgbouncer.WAYS`: as a case or the option says.

    A fixture of a server that tests marked `either_way` use asks for it by name.
    """
    asked: str = getattr(request, "param", None) or request.config.getoption("through")
    if asked == "direct":
        yield asked
        return
    if not pgbouncer.PROGRAM:
        pytest.skip(pgbouncer.MISSING)
    ways.append(request.getfixturevalue("pooled"))
    yield asked
    ways.pop()


@pytest.fixture(scope="session")
def pooled(cluster: Cluster) -> Iterator[pgbouncer.Way]:
    """A PgBouncer for the whole session: servers that were started through it go on with it."""
    with cluster.pooled() as found:
        yield found


@pytest_asyncio.fixture(scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """A PostgreSQL of this test session's own."""
    room = {"max_connections": "100"}  # a few servers at once, ten connections each
    with Embedded(tmp_path_factory.mktemp("cluster"), durable=False, settings=room) as embedded:
        running = Cluster(embedded)
        await running.prepare()
        yield running


@pytest_asyncio.fixture(scope="module")
async def database_url(cluster: Cluster) -> str:
    """The address of a migrated, empty database of this module's own."""
    return await cluster.new_database()


@pytest_asyncio.fixture(scope="session")
async def shared_database_url(cluster: Cluster) -> str:
    """The address of the database that `server` works on."""
    return await cluster.new_database()


@pytest.fixture(scope="session")
def server(
    through: str, shared_database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server process that all tests may use; each in a `directory` of its own."""
    with serving(
        shared_database_url, tmp_path_factory.mktemp("server"), new_imports_per_hour=1_000_000
    ) as running:
        yield running


@pytest_asyncio.fixture
async def directory(server: Server) -> str:
    """The name of a new, empty directory on `server`."""
    from rollbook.store.directories import make_directory

    name = f"d-{uuid.uuid4().hex[:12]}"
    connection = await asyncpg.connect(server.database_url)
    try:
        await make_directory(connection, name, name)
    finally:
        await connection.close()
    return name


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top of the tree."""
    return Path(__file__).parents[1]
