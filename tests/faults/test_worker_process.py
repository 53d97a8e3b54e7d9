"""The process that reads large files, and its server without it."""

import os
import signal
from pathlib import Path

import pytest

from tests.acceptance.memory import children
from tests.acceptance.wire import Peer, csv, end
from tests.environment import Cluster
from tests.faults.crowd import crowd
from tests.faults.sending import Sent
from tests.faults.witness import (
    check_ending,
    check_ledger,
    check_quiet,
    check_sums,
    connected,
    guard_off,
    seeded,
    started,
    versions,
)


@pytest.mark.parametrize("worker_process_from", [0, 1])
@pytest.mark.few(1)
async def test_rows_claim_their_names_in_the_order_of_the_file(
    cluster: Cluster, tmp_path: Path, worker_process_from: int
) -> None:
    """P13: also after a batch that the database has to be asked about, while the next is read.

    Every second batch has a username that is an address, but not its user's.
    """
    url = await cluster.new_database()
    settings = {"batch_rows": 2, "worker_process_from": worker_process_from}
    content = "employee_number,email,first_name,last_name,username\n" + "".join(
        f"a{n},a{n}@example.org,Ada,Byron,of{n}@example.org\n"
        f"{n},b{n}@example.org,Ada,Byron,\n"
        f"{n},c{n}@example.org,Ada,Byron,\n"
        f"d{n},d{n}@example.org,Ada,Byron,\n"
        for n in range(100)
    )
    async with started(url, tmp_path, **settings) as running, Peer.of(running) as peer:
        answer = await peer.send_file(await peer.new_directory(), content)
    check_ending(answer)
    outcomes = [text.split(" ")[0] for text in answer.rows.values()]
    assert outcomes == 100 * ["FAILED", "CREATED", "FAILED", "CREATED"]


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
async def test_the_worker_process_is_killed(cluster: Cluster, tmp_path: Path, commit: str) -> None:
    """P01: its imports are interrupted and go on when sent again; others, and later ones, go on."""
    file = crowd(seeded(), 4_000, swaps=50)
    url = await cluster.new_database()
    settings = {"batch_rows": 50, "worker_process_from": 1}
    async with started(url, tmp_path, **settings) as running, Peer.of(running) as peer:
        directory = await peer.new_directory()
        check_ending(await peer.send_file(directory, file.before))
        async with connected(url) as connection:
            await guard_off(connection, directory)
        (worker,) = children(running.process.pid)

        sent = Sent(directory, file.content, options={"commit": commit})
        half = len(file.content) // 2
        async with peer.call(sent.opening, *csv(file.content[:half], 4096)) as call:
            assert await call.read("results" if commit == "PER_BATCH" else "understood")
            os.kill(worker, signal.SIGKILL)
            await call.send(*csv(file.content[half:], 4096), end())
            answer = await call.rest()
        assert answer.ending == "UNAVAILABLE/SERVER_DRAINING"
        sent.results = {result.line: result for result in answer.results}
        assert "worker process ended" in running.log.read_text()

        answer = await sent.to_the_end(peer)
        check_ending(answer)
        assert answer.summary
        check_sums(answer.summary, sent.results.values(), file)
        async with connected(url) as connection:
            await check_ledger(connection, directory, sent.import_id, range(2, file.rows + 2))
            assert await versions(connection, directory) == file.versions
        await check_quiet(url)
