"""Methods about imports, running and past: list, issues, report, watch, apply."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import grpc.aio
import pytest
import pytest_asyncio

from rollbook.v1 import imports_pb2 as v1
from rollbook.v1.results_pb2 import (
    OUTCOME_CREATED,
    OUTCOME_UPDATED,
    SEVERITY_ERROR,
    SEVERITY_WARNING,
)
from tests.acceptance.wire import HEADER, Answer, Peer, csv, end, start, told, user, users
from tests.environment import Server, either_way

_DENIED = "PERMISSION_DENIED/PERMISSION_DENIED"


@pytest_asyncio.fixture(scope="session")
async def reviewer(server: Server) -> AsyncIterator[Peer]:
    """Another principal at the same server."""
    async with Peer.of(server, "reviewer") as peer:
        yield peer


async def _imported(peer: Peer, directory: str, content: str, **said: Any) -> str:
    """The id of an import that has ended."""
    opening = start(directory, **said)
    await peer.send([opening, *csv(content), end()])
    return opening.start.import_id


async def _stream(peer: Peer, method: Any, request: Any) -> list[Any]:
    """All messages of a call that streams answers."""
    return [message async for message in method(request, metadata=peer.metadata, timeout=30)]


async def test_list_imports(peer: Peer, reviewer: Peer, directory: str) -> None:
    """The directory's imports, newest first, by state, in pages."""
    ids = [await _imported(peer, directory, HEADER + users(n)) for n in range(3)]
    ids.append(await _imported(reviewer, directory, "no header\n"))
    method = peer.imports.ListImports
    both = await peer.ask(method, v1.ListImportsRequest(directory=directory))
    assert [found.import_id for found in both.imports] == ids[::-1]
    stopped = v1.ListImportsRequest(directory=directory, state=v1.IMPORT_STATE_STOPPED)
    (found,) = (await peer.ask(method, stopped)).imports
    assert (found.import_id, found.principal) == (ids[-1], "reviewer")
    paged: list[str] = []
    token = ""
    while True:
        request = v1.ListImportsRequest(directory=directory, page_size=3, page_token=token)
        page = await peer.ask(method, request)
        paged += [found.import_id for found in page.imports]
        token = page.next_page_token
        if not token:
            break
        assert len(page.imports) == 3
    assert paged == ids[::-1]
    nowhere = await peer.refusal(method, v1.ListImportsRequest(directory="nowhere"))
    assert nowhere.ending == _DENIED
    wrong = v1.ListImportsRequest(directory=directory, page_token="?")
    assert (await peer.refusal(method, wrong)).ending == "INVALID_ARGUMENT/INVALID_OPTIONS"


async def test_list_import_issues(peer: Peer, directory: str) -> None:
    """S71: the issues of rows, by line, by code and severity, in pages."""
    content = (
        HEADER
        + users(1)
        + user(2, email="?", first_name="")
        + user(3, first_name=" Ada")
        + user(4, email="?")
    )
    import_id = await _imported(peer, directory, content)

    async def listed(**said: Any) -> list[tuple[int, int, str]]:
        found: list[tuple[int, int, str]] = []
        request = v1.ListImportIssuesRequest(directory=directory, import_id=import_id, **said)
        while True:
            page = await peer.ask(peer.imports.ListImportIssues, request)
            assert not said.get("page_size") or len(page.issues) <= said["page_size"]
            found += [(each.line, each.row, each.issue.code) for each in page.issues]
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    everything = [
        (3, 2, "invalid_email"),
        (3, 2, "missing_required_field"),
        (4, 3, "whitespace_trimmed"),
        (5, 4, "invalid_email"),
    ]
    assert await listed() == everything
    assert await listed(page_size=1) == everything
    assert await listed(code="invalid_email") == [everything[0], everything[3]]
    assert await listed(severity=SEVERITY_WARNING) == [everything[2]]
    assert await listed(severity=SEVERITY_ERROR, page_size=2) == [*everything[:2], everything[3]]
    other = v1.ListImportIssuesRequest(directory=directory, import_id=str(uuid4()))
    assert (await peer.refusal(peer.imports.ListImportIssues, other)).ending == _DENIED


async def test_download_report(peer: Peer, directory: str) -> None:
    """S71, S72: the failed rows as written; corrected and imported, no user is doubled."""
    content = HEADER + users(1) + user(2, email="nobody") + user(3, first_name="=SUM(1)", email="?")
    import_id = await _imported(peer, directory, content)
    request = v1.DownloadReportRequest(directory=directory, import_id=import_id)
    pieces = await _stream(peer, peer.imports.DownloadReport, request)
    report = b"".join(piece.csv for piece in pieces)
    text = report.decode("utf-8-sig")
    header, *lines = text.splitlines()
    assert header == (
        HEADER.rstrip()
        + ",rollbook_line,rollbook_codes,rollbook_fields,rollbook_message,rollbook_report"
    )
    assert len(lines) == 2
    assert "'=SUM(1)" in lines[1]
    corrected = text.replace("nobody", "u2@example.org").replace(",?,", ",u3@example.org,")
    answer = await peer.send_file(directory, corrected)
    assert [said.split()[0] for said in answer.rows.values()] == ["CREATED", "CREATED"]
    there = await peer.stored(directory)
    assert sorted(there) == ["1", "2", "3"]
    assert there["3"]["first_name"] == "=SUM(1)"


async def test_watch_import(peer: Peer, reviewer: Peer, directory: str) -> None:
    """Another caller follows a running import to its end."""
    opening = start(directory)
    request = v1.WatchImportRequest(directory=directory, import_id=opening.start.import_id)
    async with peer.call(opening, *csv(HEADER + users(1))) as call:
        assert await call.read("results")
        watching = asyncio.create_task(_stream(reviewer, reviewer.imports.WatchImport, request))
        await asyncio.wait((watching,), timeout=0.3)
        if watching.done():
            pytest.fail(f"it ended before the import did: {watching.exception()}")
        await call.send(*csv(users(2)), end())
        await call.rest()
        seen = [getattr(message, "import") for message in await watching]
    assert seen[0].state == v1.IMPORT_STATE_RUNNING
    assert seen[-1].state == v1.IMPORT_STATE_COMPLETED
    assert seen[-1].summary.created == 2
    assert seen[-1].end_received
    ended = await _stream(peer, peer.imports.WatchImport, request)
    assert len(ended) == 1


async def test_cancel_import(peer: Peer, reviewer: Peer, directory: str) -> None:
    """What was committed stays, nothing more is applied; only its own principal may."""
    opening = start(directory)
    request = v1.CancelImportRequest(directory=directory, import_id=opening.start.import_id)
    async with peer.call(opening, *csv(HEADER + users(1))) as call:
        assert await call.read("results")
        assert (await reviewer.refusal(reviewer.imports.CancelImport, request)).ending == _DENIED
        answer = await peer.ask(peer.imports.CancelImport, request)
        assert getattr(answer, "import").state == v1.IMPORT_STATE_CANCELLED
        await call.send(*csv(users(2)), end())
        ended = await call.rest()
    assert ended.ending == "ABORTED/IMPORT_CANCELLED"
    assert list(await peer.stored(directory)) == ["1"]
    again = await peer.send([opening, *csv(HEADER + users(1)), end()])
    assert again.ending == "FAILED_PRECONDITION/IMPORT_NOT_RESUMABLE"


async def _applied(peer: Peer, directory: str, import_id: str, **said: Any) -> Answer:
    """Everything that ApplyImport answered."""
    answer = Answer()
    request = v1.ApplyImportRequest(directory=directory, import_id=import_id, **said)
    for message in await _stream(peer, peer.imports.ApplyImport, request):
        part = message.WhichOneof("part")
        answer.parts.append(part)
        if part == "results":
            answer.take_results(message.results)
        else:
            answer.summary = message.summary
    return answer


@either_way
async def test_apply_import(peer: Peer, reviewer: Peer, directory: str) -> None:
    """A preview is applied as it was planned, without the file; only by who previewed it."""
    content = HEADER + users(1, 2) + user(3, email="?")
    import_id = await _imported(peer, directory, content, options={"commit": "NONE"})
    request = v1.ApplyImportRequest(directory=directory, import_id=import_id)
    with pytest.raises(grpc.aio.AioRpcError, match="not permitted"):
        await _stream(reviewer, reviewer.imports.ApplyImport, request)
    answer = await _applied(peer, directory, import_id)
    assert {line: said for line, said in answer.rows.items() if line < 4} == {
        2: "CREATED",
        3: "CREATED",
    }
    assert answer.parts[-1] == "summary"
    assert answer.summary
    assert answer.summary.state == v1.IMPORT_STATE_COMPLETED
    assert sorted(await peer.stored(directory)) == ["1", "2"]


async def test_apply_import_in_columns(peer: Peer, directory: str) -> None:
    """`compact_results`: what is applied is answered alike; a row that is wrong has a message."""
    content = HEADER + users(1, 2) + user(3, email="?") + users(*range(4, 24))
    said: list[Answer] = []
    for compact in (False, True):
        import_id = await _imported(peer, directory, content, options={"commit": "NONE"})
        only = [{"first": 2, "last": 3 if compact else 2}]
        said.append(
            await _applied(peer, directory, import_id, only_lines=only, compact_results=compact)
        )
    one, other = said
    assert (one.rows[2], one.rows[3]) == ("CREATED", "NOT_APPLIED")
    assert (other.rows[2], other.rows[3]) == ("UNCHANGED", "CREATED")
    assert {line: one.rows[line] for line in one.rows if line > 3} == {
        line: other.rows[line] for line in other.rows if line > 3
    }
    assert (one.in_columns, other.in_columns) == (0, 22)
    assert [bool(r.user_id) for r in other.results if r.line < 4] == [True, True]


async def test_apply_import_chooses(peer: Peer, directory: str) -> None:
    """S04: `only_lines` and `only_outcomes` choose from a preview; the rest is NOT_APPLIED."""
    await peer.send_file(directory, HEADER + users(1))
    content = HEADER + user(1, first_name="Grace") + users(2, 3)
    for said, wanted in (
        ({"only_lines": [{"first": 3, "last": 3}]}, {3: "CREATED"}),
        ({"only_outcomes": [OUTCOME_UPDATED]}, {2: "UPDATED"}),
        ({"only_outcomes": [OUTCOME_CREATED]}, {4: "CREATED"}),
    ):
        import_id = await _imported(peer, directory, content, options={"commit": "NONE"})
        answer = await _applied(peer, directory, import_id, **said)
        applied = {n: text for n, text in answer.rows.items() if text in {"CREATED", "UPDATED"}}
        assert applied == wanted
    assert sorted(await peer.stored(directory)) == ["1", "2", "3"]


async def test_a_preview_that_is_stale_is_not_applied(peer: Peer, directory: str) -> None:
    """PLAN_STALE where a user has changed meanwhile; it is PREVIEWED anew."""
    await peer.send_file(directory, HEADER + users(1))
    content = HEADER + user(1, first_name="Grace")
    import_id = await _imported(peer, directory, content, options={"commit": "NONE"})
    await peer.send_file(directory, content)
    request = v1.ApplyImportRequest(directory=directory, import_id=import_id)
    stale = Answer()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await _stream(peer, peer.imports.ApplyImport, request)
    stale.end_with(caught.value)
    assert stale.ending == "FAILED_PRECONDITION/PLAN_STALE"
    assert str(caught.value.details()).startswith("1 user has changed since the preview (1);")
    found = await peer.get_import(directory, import_id)
    assert found.state == v1.IMPORT_STATE_PREVIEWED


async def test_approve_import(peer: Peer, reviewer: Peer, directory: str) -> None:
    """A full sync that a safeguard stopped waits for another principal, and is then applied."""
    await peer.send_file(directory, HEADER + users(1, 2), source="hr")
    sync = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}
    opening = start(directory, source="hr", options=sync)
    answer = await peer.send([opening, *csv(HEADER), end()])
    assert answer.ending == "FAILED_PRECONDITION/SAFEGUARD_TRIPPED", "B066: an empty full sync"
    import_id = opening.start.import_id
    found = await peer.get_import(directory, import_id)
    assert found.state == v1.IMPORT_STATE_AWAITING_APPROVAL
    assert {record["status"] for record in (await peer.stored(directory)).values()} == {"active"}
    request = v1.ApproveImportRequest(directory=directory, import_id=import_id)
    own = await peer.refusal(peer.imports.ApproveImport, request)
    assert own.ending == _DENIED, "nobody approves their own"
    approved = getattr(await reviewer.ask(reviewer.imports.ApproveImport, request), "import")
    assert approved.approved_by == "reviewer"
    applied = await _applied(peer, directory, import_id)
    assert applied.summary
    assert applied.summary.suspended == 2
    assert {told(result).split()[0] for result in applied.results} == {"SUSPENDED"}
    there = (await peer.stored(directory)).values()
    assert {record["status"] for record in there} == {"suspended_by_sync"}
