"""The metrics of a real server, read over HTTP as Prometheus reads them."""

import asyncio
import shutil
import signal
import socket
import urllib.error
import urllib.request
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from rollbook.model import NoticeState
from rollbook.server.operations.metrics import METRICS
from rollbook.v1 import directories_pb2
from rollbook.v1.imports_pb2 import ApplyImportRequest
from tests.acceptance.command import environment, rollbook
from tests.acceptance.post import WELCOME, Post, settings
from tests.acceptance.scraping import address, scraped, text_of, until
from tests.acceptance.wire import HEADER, Peer, csv, start, user, users
from tests.environment import serving

_GET = "/rollbook.v1.DirectoryService/GetDirectory"
_IMPORT = "/rollbook.v1.ImportService/ImportUsers"
_PLUGIN = "tests.plugin:on_demand"
_MARK = "Zq7marked"


@pytest_asyncio.fixture
async def post(database_url: str, tmp_path: Path) -> AsyncIterator[Post]:
    """A server that shows metrics, with a plugin that obeys rows and one that takes notices."""
    given = settings(tmp_path, plugins=f"{_PLUGIN},tests.plugin:recording")
    with serving(
        database_url, tmp_path, metrics_listen="127.0.0.1:0", log_format="json", **given
    ) as running:
        async with Peer.of(running) as opened:
            yield Post(opened, tmp_path, database_url)


async def test_rows_and_batches_are_counted_once(post: Post) -> None:
    """By outcome and code; previews apart, and not what an earlier call has answered."""
    directory = await post.peer.new_directory()
    file = HEADER + users(1, 2, 3) + user(4, email="no") + user(5, email="no")
    preview = await post.peer.send_file(directory, file, options={"commit": "NONE"})
    assert preview.summary
    first = await post.peer.send_file(directory, file)
    assert first.summary
    again = await post.peer.send_file(directory, file, import_id=first.summary.import_id)
    assert again.summary == first.summary
    seen = await scraped(post.peer.server)
    for preview_too in ("true", "false"):
        rows = {
            outcome: seen.value("rollbook_rows_total", outcome=outcome, preview=preview_too)
            for outcome in ("created", "failed", "updated")
        }
        assert rows == {"created": 3, "failed": 2, "updated": 0}
    assert seen.value("rollbook_row_issues_total", code="invalid_email") == 4
    assert seen.value("rollbook_batch_seconds_count") == 2
    assert seen.value("rollbook_batch_seconds_sum") > 0
    assert seen.value("rollbook_batch_seconds_bucket", le="+Inf") == 2
    for where in ("server", "database"):
        assert seen.value("rollbook_turn_wait_seconds_count", where=where) > 0


async def test_what_was_previewed_counts_when_it_is_applied(post: Post) -> None:
    """Its rows are answered by another call, and something comes of them."""
    directory = await post.peer.new_directory()
    preview = await post.peer.send_file(directory, HEADER + users(1, 2), options={"commit": "NONE"})
    assert preview.summary
    request = ApplyImportRequest(directory=directory, import_id=preview.summary.import_id)
    async for _ in post.peer.imports.ApplyImport(request, metadata=post.peer.metadata):
        pass
    seen = await scraped(post.peer.server)
    for applied in ("true", "false"):
        assert seen.value("rollbook_rows_total", outcome="created", preview=applied) == 2


def _stranger(channel: grpc.aio.Channel) -> Any:
    """A method that there is not."""
    return channel.unary_unary(f"/{_MARK}/{_MARK}")


async def test_calls_are_counted_by_method_and_status(post: Post) -> None:
    """Answered, refused and cancelled; an unknown method is `unknown`."""
    peer = post.peer
    directory = await peer.new_directory()
    here = directories_pb2.GetDirectoryRequest(directory=directory)
    await peer.ask(peer.directories.GetDirectory, here)
    async with peer.having("imports:write") as other:
        await other.refusal(other.directories.GetDirectory, here)
    with pytest.raises(grpc.aio.AioRpcError):
        await peer.directories.GetDirectory(here, metadata=[("authorization", "Bearer no")])
    async with grpc.aio.insecure_channel(peer.server.address) as channel:
        for metadata in ((), peer.metadata):
            with pytest.raises(grpc.aio.AioRpcError):
                await _stranger(channel)(b"", metadata=metadata)
    async with peer.call(start(directory), *csv(HEADER)) as call:
        assert await call.read()
    await peer.send_file(directory, HEADER + users(1))
    seen = await until(
        peer.server,
        lambda so: so.value("rollbook_calls_total", method=_IMPORT, status="CANCELLED") > 0,
    )
    counted = {
        status: seen.value("rollbook_calls_total", method=method, status=status)
        for method, status in (
            (_GET, "OK"),
            (_GET, "PERMISSION_DENIED"),
            (_GET, "UNAUTHENTICATED"),
            ("unknown", "UNIMPLEMENTED"),
            (_IMPORT, "CANCELLED"),
        )
    }
    assert set(counted.values()) == {1}, counted
    assert seen.value("rollbook_calls_total", method="unknown", status="UNAUTHENTICATED") == 1
    assert seen.value("rollbook_calls_total", method=_IMPORT, status="OK") == 1
    assert _MARK not in seen.text


async def test_plugins_and_notices_are_counted(post: Post) -> None:
    """Failures and seconds by plugin and hook; notices by state, and the age of the oldest."""
    directory = await post.directory()
    file = HEADER + users(1, 2) + user(3, last_name="@later") + user(4, last_name="@undeliverable")
    file += user(6, last_name="@doubt")
    await post.peer.send_file(directory, file + user(5, role="@raise"), options=WELCOME)
    await post.until(directory, lambda states: states["sent"] == 2 and states["undeliverable"] == 1)
    await post.tried(directory, 1)
    await post.peer.execute("update notices set due_at = now() where in_doubt")
    await post.until(directory, lambda states: states["in_doubt"] == 1)
    await post.peer.execute("update notices set created_at = created_at - interval '1 hour'")
    seen = await scraped(post.peer.server)
    told = {"plugin": _PLUGIN, "hook": "map_roles"}
    assert seen.value("rollbook_plugin_failures_total", **told) >= 1
    assert seen.value("rollbook_plugin_calls_total", **told) >= 1
    assert seen.value("rollbook_plugin_seconds_total", **told) > 0
    notify = {"plugin": "tests.plugin:recording", "hook": "notify"}
    assert seen.value("rollbook_plugin_calls_total", **notify) >= 1
    assert seen.value("rollbook_plugin_failures_total", **notify) == 0
    settled = {state: seen.value("rollbook_notices_total", state=state) for state in NoticeState}
    # Both that failed were put off once; what is in doubt was put off, then settled.
    assert settled == {
        "sent": 2,
        "undeliverable": 1,
        "unhandled": 0,
        "pending": 2,
        "in_doubt": 1,
        "expired": 0,
        "resent": 0,
    }
    assert seen.value("rollbook_notices_pending") == 1
    assert 3600 <= seen.value("rollbook_notices_oldest_seconds") < 3660


async def test_what_is_going_on_is_shown(post: Post) -> None:
    """Readiness, connections, memory, lag; leases and queues while imports wait for each other."""
    directory = await post.peer.new_directory()
    async with post.peer.call(start(directory), *csv(HEADER + users(1))) as call:
        assert await call.read()
        seen = await scraped(post.peer.server)
        assert seen.value("rollbook_leases") == 1
    seen = await until(post.peer.server, lambda so: so.value("rollbook_leases") == 0)
    assert seen.value("rollbook_ready") == 1
    assert seen.value("rollbook_imports_queued") == seen.value("rollbook_turns_queued") == 0
    assert 1 <= seen.value("rollbook_pool_connections", state="idle") <= 10
    assert seen.value("process_resident_memory_bytes") > 20 * 1024 * 1024
    assert seen.value("process_cpu_seconds_total") > 0
    lag = await until(post.peer.server, lambda so: so.value("rollbook_loop_lag_seconds_count") >= 2)
    assert lag.value("rollbook_loop_lag_seconds_sum") >= 0


async def test_nobody_is_named(post: Post) -> None:
    """No directory, user, principal, cell or token stands in it, whatever was done or tried."""
    directory = await post.directory()
    marked = user(f"{_MARK}1", email=f"{_MARK}@example.org", last_name=_MARK, role=f"{_MARK}-role")
    await post.peer.send_file(directory, HEADER + marked + users(2), options=WELCOME)
    await post.peer.send_file(f"{_MARK}-nowhere", HEADER + users(1))
    async with post.peer.having("users:read", principal=f"{_MARK}-who") as other:
        await other.send_file(directory, HEADER + users(1))
    await post.settled(directory)
    text = (await scraped(post.peer.server)).text
    for name in (_MARK, directory, post.peer.server.token, "admin", "example.org"):
        assert name not in text


async def test_every_metric_is_shown_and_no_other(post: Post) -> None:
    """Those of the table, whether something was counted or not, and those of the process."""
    shown = {
        family.name + "_total" * (family.type == "counter"): family.type
        for family in (await scraped(post.peer.server)).families
    }
    ours = {name: kind for name, kind in shown.items() if name.startswith("rollbook_")}
    assert ours == {metric.name: metric.type for metric in METRICS}
    assert {name.partition("_")[0] for name in shown} == {"rollbook", "process"}


async def test_promtool_finds_nothing_to_complain_of(post: Post) -> None:
    """`promtool check metrics`, where Debian's prometheus is installed."""
    promtool = shutil.which("promtool")
    if not promtool:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    await post.peer.send_file(await post.peer.new_directory(), HEADER + users(1))
    checking = await asyncio.create_subprocess_exec(
        *(promtool, "check", "metrics"), stdin=PIPE, stdout=PIPE, stderr=STDOUT
    )
    said, _ = await checking.communicate((await scraped(post.peer.server)).text.encode())
    assert (checking.returncode, said) == (0, b"")


def _listening_ports(process: int) -> set[int]:
    """The TCP ports that a process listens at."""
    held = {path.readlink().name for path in Path(f"/proc/{process}/fd").iterdir()}
    tables = [Path(f"/proc/{process}/net/{kind}").read_text() for kind in ("tcp", "tcp6")]
    found = [line.split() for table in tables for line in table.splitlines()[1:]]
    return {
        int(one[1].rpartition(":")[2], 16)
        for one in found
        if one[3] == "0A" and f"socket:[{one[9]}]" in held
    }


def test_off_by_default_on_a_port_of_its_own_and_closed_at_the_end(
    database_url: str, tmp_path: Path
) -> None:
    """Without the setting only calls are listened for; with it one port more, until SIGTERM."""
    with serving(database_url, tmp_path, log_format="json") as running:
        calls = int(running.address.rpartition(":")[2])
        assert _listening_ports(running.process.pid) == {calls}
    with serving(database_url, tmp_path, log_format="json", metrics_listen="0") as running:
        calls = int(running.address.rpartition(":")[2])
        host, _, port = address(running.log).rpartition(":")
        assert host == "127.0.0.1"
        assert _listening_ports(running.process.pid) == {calls, int(port)}
        assert "process_cpu_seconds_total" in text_of(running)
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=30) == 0
        with pytest.raises(urllib.error.URLError):
            text_of(running)
    assert "exception" not in running.log.read_text()


@pytest.mark.parametrize(
    "given",
    ["taken", "127.0.0.1:70000", "unheard-of.invalid:1", "port", "[::1:0", "::1]:0", "a b:0"],
)
@pytest.mark.few(2)
def test_an_address_that_cannot_be_had_is_named(
    database_url: str, tmp_path: Path, given: str
) -> None:
    """The server does not start; one line names the setting."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = f"127.0.0.1:{other.getsockname()[1]}"
        said = rollbook(
            *("serve", "--listen", "127.0.0.1:0"),
            env=environment(
                ROLLBOOK_DATABASE_URL=database_url,
                ROLLBOOK_METRICS_LISTEN=taken if given == "taken" else given,
                ROLLBOOK_LOG_LEVEL="error",
            ),
            cwd=tmp_path,
        )
    assert (said.code, said.out) == (2, "")
    assert "ROLLBOOK_METRICS_LISTEN: " in said.err
    assert said.err.count("\n") == 1
