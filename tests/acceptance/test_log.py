"""The log of a real server: who did what, a JSON line each, without cells or secrets."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rollbook.settings import Settings
from rollbook.v1 import directories_pb2, imports_pb2, tokens_pb2, users_pb2
from rollbook.v1.notices_pb2 import NOTICE_EVENT_CREATED
from rollbook.v1.options_pb2 import COMMIT_NONE, ImportOptions
from tests.acceptance.command import environment, rollbook
from tests.acceptance.wire import Peer
from tests.environment import serving

_MARK = "Zq7marked"
_HEADER = "employee_number,email,first_name,last_name\n"


def _file(count: int) -> str:
    """Good rows of marked cells, and one with a marked address that is wrong."""
    good = "".join(f"{_MARK}{n},{_MARK}{n}@example.org,{_MARK},{_MARK}\n" for n in range(count))
    return f"{_HEADER}{good}{_MARK}x,{_MARK}.nobody,{_MARK},{_MARK}\n"


def _lines(log: Path) -> list[dict[str, Any]]:
    """Every line of the log, each of which is a JSON object."""
    return [json.loads(line) for line in log.read_text().splitlines()]


def _only(log: Path, event: str, **facts: object) -> dict[str, Any]:
    """The one line of that event with those facts."""
    (line,) = [
        line for line in _lines(log) if line["event"] == event and facts.items() <= line.items()
    ]
    return line


@pytest_asyncio.fixture
async def peer(database_url: str, tmp_path: Path) -> AsyncIterator[Peer]:
    """The administrator of a server that logs JSON."""
    with serving(database_url, tmp_path, log_format="json") as running:
        async with Peer.of(running) as opened:
            yield opened


async def test_an_import_is_logged_and_none_of_its_cells(peer: Peer) -> None:
    """Its begin and its end, with who, where, how it ended, counts and seconds."""
    log, directory = peer.server.log, await peer.new_directory()
    answer = await peer.send_file(directory, _file(3))
    assert answer.rows[2].startswith("CREATED"), answer.rows
    who = {"directory": directory, "principal": "admin", "task": "upload"}
    began, ended = _only(log, "import began", **who), _only(log, "import ended", **who)
    assert began["import_id"] == ended["import_id"]
    assert began["level"] == ended["level"] == "info"
    assert (ended["state"], ended["reason"]) == ("COMPLETED", "")
    assert ended["counts"] == {"created": 3, "failed": 1}
    assert ended["profile"]
    assert ended["seconds"] >= 0
    assert _MARK not in log.read_text()
    assert peer.server.token not in log.read_text()
    assert peer.server.database_url not in log.read_text()


async def test_an_import_that_is_stopped_is_logged_with_its_reason(peer: Peer) -> None:
    """Also if its header is wrong, so that no row and no summary was answered."""
    directory = await peer.new_directory()
    await peer.send_file(directory, f"{_MARK},{_MARK}\n1,2\n")
    ended = _only(peer.server.log, "import ended", directory=directory)
    assert ended["state"] == "STOPPED"
    assert ended["reason"].startswith("header_")
    assert _MARK not in peer.server.log.read_text()


async def test_a_preview_that_is_applied_is_logged(peer: Peer) -> None:
    """Previewed by one call and applied by another, under one import id."""
    directory = await peer.new_directory()
    await peer.send_file(directory, _file(1), options=ImportOptions(commit=COMMIT_NONE))
    previewed = _only(peer.server.log, "import ended", directory=directory)
    assert previewed["state"] == "PREVIEWED"
    request = imports_pb2.ApplyImportRequest(directory=directory, import_id=previewed["import_id"])
    async for _ in peer.imports.ApplyImport(request, metadata=peer.metadata):
        pass
    applied = _only(peer.server.log, "import ended", directory=directory, task="apply")
    assert applied["import_id"] == previewed["import_id"]
    assert (applied["state"], applied["counts"]) == ("COMPLETED", {"created": 1, "failed": 1})


async def test_refusals_of_rights_are_logged(peer: Peer) -> None:
    """With method, principal and reason; without a token there is no principal."""
    method = "/rollbook.v1.DirectoryService/GetDirectory"
    request = directories_pb2.GetDirectoryRequest(directory="nowhere")
    async with peer.having("users:read", principal="reader") as reader:
        await reader.refusal(reader.directories.GetDirectory, request)
    assert _only(peer.server.log, "refused", method=method)["principal"] == "reader"
    secret = f"rollbook_{_MARK}"
    stranger = peer.directories.GetDirectory(
        request, metadata=[("authorization", f"Bearer {secret}")]
    )
    with pytest.raises(Exception, match="not valid here"):
        await stranger
    refused = _only(peer.server.log, "refused", reason="token_invalid")
    assert (refused["method"], refused["principal"]) == (method, "")
    assert _MARK not in peer.server.log.read_text()


async def test_one_refusal_is_one_line(peer: Peer, tmp_path: Path) -> None:
    """By the command, which looks for its directory first; what it may do is no refusal at all."""
    directory = await peer.new_directory()
    token, file = tmp_path / "token", tmp_path / "staff.csv"
    token.write_text(await peer.new_token("imports:preview", directory=directory))
    file.write_text(_file(1))
    env = environment(ROLLBOOK_ADDRESS=peer.server.address, ROLLBOOK_TOKEN_FILE=str(token))
    previewed = await asyncio.to_thread(rollbook, "import", str(file), "--dry-run", env=env)
    assert f"{_MARK}0" in previewed.out
    assert [line for line in _lines(peer.server.log) if line["event"] == "refused"] == []
    refused = await asyncio.to_thread(rollbook, "import", str(file), env=env)
    assert refused.code == 5
    assert _only(peer.server.log, "refused")["method"].endswith("/ImportUsers")


async def test_changes_by_hand_are_logged(peer: Peer) -> None:
    """Tokens, roles, locks, suspensions and cancels, each with the principal who did it."""
    log, directory = peer.server.log, await peer.new_directory()
    token = tokens_pb2.Token(principal="p", scopes=["users:read"], all_directories=True)
    made = await peer.ask(peer.tokens.CreateToken, tokens_pb2.CreateTokenRequest(token=token))
    number = made.token.token_id
    await peer.ask(peer.tokens.RevokeToken, tokens_pb2.RevokeTokenRequest(token_id=number))
    for event in ("token created", "token revoked"):
        line = _only(log, event, token_id=int(number))
        assert (line["principal"], line["of"]) == ("admin", "p")
    assert made.secret not in log.read_text()
    role = directories_pb2.Role(name="Clerk")
    await peer.ask(
        peer.directories.CreateRole,
        directories_pb2.CreateRoleRequest(directory=directory, role=role),
    )
    assert _only(log, "role created", directory=directory)["name"] == "Clerk"
    await peer.send_file(directory, _file(1))
    user = users_pb2.UserKey(employee_number=f"{_MARK}0")
    where: dict[str, Any] = {"directory": directory, "user": user}
    await peer.ask(peer.users.SetLocks, users_pb2.SetLocksRequest(role=True, **where))
    await peer.ask(peer.users.SuspendUser, users_pb2.SuspendUserRequest(**where))
    assert _only(log, "user changed by hand", role_locked=True)["principal"] == "admin"
    assert _only(log, "user changed by hand", status="suspended")["directory"] == directory
    await peer.send_file(directory, _file(2), options=ImportOptions(commit=COMMIT_NONE))
    (previewed,) = [line for line in _lines(log) if line.get("state") == "PREVIEWED"]
    request = imports_pb2.CancelImportRequest(directory=directory, import_id=previewed["import_id"])
    await peer.ask(peer.imports.CancelImport, request)
    assert _only(log, "import cancelled")["import_id"] == previewed["import_id"]
    assert _MARK not in log.read_text()


async def test_changes_of_directories_are_logged(peer: Peer) -> None:
    """What was weakened, by whom, from what to what; what changes nothing is not logged."""
    log, name = peer.server.log, await peer.new_directory()
    limits = directories_pb2.Safeguards(
        max_suspended=directories_pb2.SafeguardLimit(off=True),
        max_email_percent=directories_pb2.SafeguardLimit(at_most=100),
    )
    wanted = directories_pb2.Directory(
        name=name, seats=5, default_role="admin", safeguards=limits, sources={"hr": "sync"}
    )
    wanted.notices.append(NOTICE_EVENT_CREATED)
    for _ in range(2):
        request = directories_pb2.UpdateDirectoryRequest(directory=wanted)
        await peer.ask(peer.directories.UpdateDirectory, request)
    line = _only(log, "directory changed", directory=name)
    assert (line["level"], line["principal"]) == ("info", "admin")
    assert line["before"] == {
        "default_role": "Standard",
        "seats": None,
        "notices": [],
        "safeguards.max_suspended": 500,
        "safeguards.max_email_percent": 10,
        "sources.hr": None,
    }
    assert line["after"] == {
        "default_role": "admin",
        "seats": 5,
        "notices": ["created"],
        "safeguards.max_suspended": None,
        "safeguards.max_email_percent": 100,
        "sources.hr": "sync",
    }
    made = directories_pb2.Directory(name=f"{name}-b", seats=7)
    await peer.ask(
        peer.directories.CreateDirectory, directories_pb2.CreateDirectoryRequest(directory=made)
    )
    created = _only(log, "directory created", directory=made.name)
    assert created["after"]["seats"] == 7
    await peer.ask(
        peer.directories.DeleteDirectory,
        directories_pb2.DeleteDirectoryRequest(directory=made.name),
    )
    assert _only(log, "directory removed", directory=made.name)["principal"] == "admin"


async def test_start_and_stop_are_logged(database_url: str, tmp_path: Path) -> None:
    """The start with every setting that is no secret; the stop with the signal."""
    with serving(database_url, tmp_path, log_format="json", batch_rows=77) as running:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=30) == 0
    line = _only(running.log, "started")
    assert line["version"]
    assert line["plugins"] == []
    assert line["settings"]["batch_rows"] == 77
    assert set(line["settings"]) == set(Settings.model_fields) - set(Settings.secret_fields())
    assert database_url not in running.log.read_text()
    assert _only(running.log, "stopped")["signal"] == "SIGTERM"


async def test_a_console_shows_the_settings_that_differ(database_url: str, tmp_path: Path) -> None:
    """A start is a line or two, not a screen of defaults."""
    with serving(database_url, tmp_path, batch_rows=77) as running:
        pass
    [line] = [line for line in running.log.read_text().splitlines() if " started " in line]
    assert "'batch_rows': 77" in line
    assert "batch_bytes" not in line


async def test_a_healthy_import_prints_nothing_from_warning_on(
    database_url: str, tmp_path: Path
) -> None:
    """`ROLLBOOK_LOG_LEVEL=warning`: from the start to the end."""
    with serving(database_url, tmp_path, log_level="warning") as running:
        async with Peer.of(running) as opened:
            await opened.send_file(await opened.new_directory(), _file(3))
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(timeout=30) == 0
    assert running.log.read_text() == ""
