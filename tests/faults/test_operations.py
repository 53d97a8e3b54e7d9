"""What operators see: health, a database that comes back, background tasks that go on."""

import asyncio
import json
import os
import signal
from pathlib import Path

import asyncpg
import pytest

from rollbook.postgres import Embedded
from rollbook.v1.imports_pb2 import IMPORT_STATE_COMPLETED
from tests.acceptance.post import SOON
from tests.acceptance.scraping import until
from tests.acceptance.wire import HEADER, Peer, csv, end, start, users, whole
from tests.environment import Cluster
from tests.faults.embedded import embedded_server, postmaster, says
from tests.faults.health import NOT_SERVING, SERVING, becomes, health_of
from tests.faults.proxy import before_database
from tests.faults.witness import check_quiet, connected, started


async def test_health_is_whether_the_database_can_be_reached(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P11: NOT_SERVING once it has not answered for 5 s, SERVING again when it answers."""
    url = await cluster.new_database()
    async with (
        before_database(lambda: url) as (proxy, through),
        started(through, tmp_path) as running,
        health_of(running.address) as health,
    ):
        await becomes(health, SERVING, 5)
        with proxy.stalled():
            await becomes(health, NOT_SERVING, 12)
        await becomes(health, SERVING, 10)


async def test_health_is_whether_the_schema_fits(cluster: Cluster, tmp_path: Path) -> None:
    """P27: a pending migration is NOT_SERVING; one that a newer release added is none of it."""
    url = await cluster.new_database()
    async with (
        started(url, tmp_path) as running,
        health_of(running.address) as health,
        connected(url) as connection,
    ):
        await becomes(health, SERVING, 5)
        last = await connection.fetchval("select max(version) from schema_migrations")
        await connection.execute(
            "update schema_migrations set version = '9999' where version = $1", last
        )
        await becomes(health, NOT_SERVING, 5)
        await connection.execute("insert into schema_migrations (version) values ($1)", last)
        await becomes(health, SERVING, 5)


async def test_calls_are_still_taken_while_balancers_notice(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P27: on SIGTERM health is NOT_SERVING at once, and the port closes after the delay."""
    url = await cluster.new_database()
    async with (
        started(url, tmp_path, drain_delay=3) as running,
        Peer.of(running) as peer,
        health_of(running.address) as health,
    ):
        directory = await peer.new_directory()
        await becomes(health, SERVING, 5)
        running.process.send_signal(signal.SIGTERM)
        await becomes(health, NOT_SERVING, 1)
        answer = await peer.send(whole(directory, HEADER + users(1)))
        assert answer.ending == "OK"
        assert await asyncio.to_thread(running.process.wait, 10) == 0


async def test_one_that_cannot_be_finished_keeps_nobody_waiting(
    cluster: Cluster, tmp_path: Path
) -> None:
    """S07: of two imports that a server left behind, one is of a profile that is gone."""
    url = await cluster.new_database()
    async with started(url, tmp_path, lease=1) as running, Peer.of(running) as peer:
        directory = await peer.new_directory()
        ids = []
        for number in range(2):
            opening = start(directory, options={"commit": "NONE"})
            await peer.send([opening, *csv(HEADER + users(number)), end()])
            ids.append(opening.start.import_id)
        async with connected(url) as connection:
            for import_id, profile in zip(ids, ("gone", "default"), strict=True):
                await connection.execute(
                    "update imports set state = 'RUNNING', profile = $2 where id = $1::text::uuid",
                    import_id,
                    profile,
                )
        await peer.until(directory, ids[1], {"IMPORT_STATE_PREVIEWED"}, within=30)
        log = await says(running, ids[0])
        assert "cannot be finished" in log
        running.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(running.process.wait, 15) == 0


async def test_an_import_opens_and_closes_while_the_database_is_away(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P11: three seconds without a database are waited for at the beginning and at the end."""
    url = await cluster.new_database()
    away = False

    def where() -> str:
        if away:
            raise RuntimeError
        return url

    async with (
        before_database(where) as (proxy, through),
        started(through, tmp_path) as running,
        Peer.of(running) as peer,
    ):
        directory = await peer.new_directory()
        async with peer.call() as call:
            await call.send(start(directory))  # the caller's token is of a file
            away = True
            proxy.cut()
            await asyncio.sleep(3)
            away = False
            assert await call.read("accepted")
            await call.send(*csv(HEADER + users(*range(50))))
            assert await call.read("results")
            away = True
            proxy.cut()
            await call.send(end())
            await asyncio.sleep(3)
            away = False
            answer = await call.rest()
        assert answer.ending == "OK"
        assert answer.summary
        assert answer.summary.state == IMPORT_STATE_COMPLETED
        assert len(answer.rows) == 50
        await check_quiet(url)


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
@pytest.mark.few(1)
async def test_a_database_that_is_read_only_for_a_while(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, commit: str
) -> None:
    """P11: as after a failover (25006): the import waits, goes on, and gives its lease back."""
    embedded = Embedded(tmp_path_factory.mktemp("failover"), durable=False)
    await asyncio.to_thread(embedded.start)
    try:
        cluster = Cluster(embedded)
        await cluster.prepare()
        url = await cluster.new_database()
        async with (
            started(url, tmp_path, batch_rows=10) as running,
            Peer.of(running) as peer,
            connected(url) as connection,
        ):
            directory = await peer.new_directory()
            async with peer.call(start(directory, options={"commit": commit})) as call:
                await call.send(*csv(HEADER + users(*range(30)), 64))
                assert await call.read("understood")
                await _read_only(connection, "on")
                await call.send(*csv(users(*range(30, 200)), 256), end())
                await asyncio.sleep(2)
                await _read_only(connection, "off")
                answer = await call.rest()
            assert answer.ending == "OK", answer.message
            assert answer.summary
            assert answer.summary.created == 200
            await check_quiet(url)
    finally:
        await asyncio.to_thread(embedded.stop)


async def _read_only(connection: "asyncpg.Connection[asyncpg.Record]", word: str) -> None:
    await connection.execute(f"alter system set default_transaction_read_only = {word}")
    await connection.execute("select pg_reload_conf()")


async def test_a_full_disk_is_said_and_the_import_goes_on_when_there_is_room(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P13: `storage_full` within 10 s, resumable; then the same id ends as if nothing had been."""
    url = await cluster.new_database()
    async with (
        started(url, tmp_path, batch_rows=10) as running,
        Peer.of(running) as peer,
        connected(url) as connection,
    ):
        directory = await peer.new_directory()
        await connection.execute(
            "create function full_disk() returns trigger language plpgsql as $$ begin"
            " raise exception using errcode = 'disk_full'; end $$;"
            "create trigger full_disk before insert on users execute function full_disk()"
        )
        messages = whole(directory, HEADER + users(*range(100)), 256)
        async with asyncio.timeout(10):
            answer = await peer.send(messages)
        assert answer.ending == "RESOURCE_EXHAUSTED/STORAGE_FULL"
        await connection.execute("drop trigger full_disk on users")
        answer = await peer.send(messages)
        assert answer.ending == "OK"
        assert answer.summary
        assert answer.summary.created == 100
        await check_quiet(url)


async def test_the_embedded_database_is_started_again(tmp_path: Path) -> None:
    """P11: its postmaster is killed in the middle of an import, which still succeeds."""
    with embedded_server(tmp_path) as running:
        async with Peer.of(running) as peer:
            async with peer.call(start("main")) as call:
                await call.send(*csv(HEADER + users(*range(50))))
                assert await call.read("results")
                os.kill(postmaster(tmp_path), signal.SIGKILL)
                await call.send(*csv(users(*range(50, 100))), end())
                answer = await call.rest()
            assert answer.ending == "OK", (answer.message, running.log.read_text())
            assert len(answer.rows) == 100
        log = await says(running, "runs again")
        assert "has died" in log
        running.process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(running.process.wait, 15) == 0


@pytest.mark.long
async def test_metrics_are_shown_while_the_database_is_away(
    cluster: Cluster, tmp_path: Path
) -> None:
    """P11: all but what only the database knows, in no more than a second or so."""
    url = await cluster.new_database()
    async with (
        before_database(lambda: url) as (proxy, through),
        started(through, tmp_path, metrics_listen="0", log_format="json") as running,
    ):
        await until(running, lambda seen: "rollbook_notices_pending 0.0" in seen.text)
        with proxy.stalled():
            seen = await until(running, lambda seen: seen.value("rollbook_ready") == 0)
            assert "rollbook_pool_connections{" in seen.text
            await until(running, lambda seen: "\nrollbook_notices_pending " not in seen.text)
        await until(running, lambda seen: "\nrollbook_notices_pending " in seen.text)
        await until(running, lambda seen: seen.value("rollbook_ready") == 1)


async def test_an_outage_is_said_once_and_its_end(cluster: Cluster, tmp_path: Path) -> None:
    """The worker tries some hundred times meanwhile; each line of the log is whole JSON."""
    url, away = await cluster.new_database(), False

    def where() -> str:
        if away:
            raise RuntimeError
        return url

    async with (
        before_database(where) as (proxy, through),
        started(through, tmp_path, notification_poll=SOON, log_format="json") as running,
    ):
        away = True
        proxy.cut()
        await says(running, '"not ready"')
        away = False
        log = await says(running, "the notification worker goes on")
    lines = [json.loads(line) for line in log.splitlines()]
    told = [line["event"] for line in lines if "notification worker" in line["event"]]
    assert told == [
        "the notification worker waits for the database",
        "the notification worker goes on",
    ]
    assert not [line for line in lines if "exception" in line]
