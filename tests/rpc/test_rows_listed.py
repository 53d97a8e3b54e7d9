"""The rows of an import, page by page: outcomes, issues, changes and cells."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1 import imports_pb2 as v1
from rollbook.v1.options_pb2 import LineRange
from rollbook.v1.results_pb2 import Outcome
from tests.acceptance.wire import HEADER, Peer, csv, end, start, user, users
from tests.environment import Server
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal

_PREVIEW = {"commit": "NONE"}
_SYNC = {"commit": "NONE", "missing_users": "SUSPEND"}


@pytest_asyncio.fixture
async def peer(server: Server) -> AsyncIterator[Peer]:
    """The administrator, message by message."""
    async with Peer.of(server) as opened:
        yield opened


async def _sent(peer: Peer, directory: str, content: str, **said: Any) -> str:
    opening = start(directory, **said)
    await peer.send([opening, *csv(content), end()])
    return opening.start.import_id


async def _pages(
    client: Client, directory: str, import_id: str, **asked: Any
) -> list[v1.ListImportRowsResponse]:
    request = v1.ListImportRowsRequest(directory=directory, import_id=import_id, **asked)
    pages = []
    while True:
        pages.append(await client.imports.rows_page(request))
        if not pages[-1].next_page_token:
            return pages
        request.page_token = pages[-1].next_page_token


async def _rows(client: Client, directory: str, import_id: str, **asked: Any) -> list[v1.ImportRow]:
    pages = await _pages(client, directory, import_id, **asked)
    return [row for page in pages for row in page.rows]


def _outcome(row: v1.ImportRow) -> str:
    return Outcome.Name(row.result.outcome).removeprefix("OUTCOME_")


def _changes(row: v1.ImportRow) -> list[tuple[str, str, str]]:
    return [(one.field, one.old_value, one.new_value) for one in row.result.changes]


def _lines(rows: Sequence[v1.ImportRow]) -> list[int]:
    return [row.result.line for row in rows]


async def test_rows_are_listed_by_line_as_they_were_written(
    client: Client, peer: Peer, directory: str
) -> None:
    """S03: every row of a preview: its cells, what would become of it, and old → new."""
    await _sent(peer, directory, HEADER + users(1, 2))
    content = (
        "Employee number;Mail address;first_name;last_name;Shoe size\n"
        "1;u1@example.org;Ada;Byron;36\n"
        "2;u2@example.org; Ada ;King;\n"
        "3;nobody;Ada;Byron;37\n"
        '4;u4@example.org;"Ad\na";Byron;38\n'
        "5;u5@example.org;Grace;Hopper;39\n"
    )
    options = {**_PREVIEW, "columns": {"Mail address": "email"}}
    import_id = await _sent(peer, directory, content, options=options)
    (page,) = await _pages(client, directory, import_id)
    read_as = await client.get_import(directory, import_id)
    assert (read_as.encoding, read_as.delimiter) == ("utf-8", ";")
    assert [(one.header, one.field) for one in page.columns] == [
        ("Employee number", "employee_number"),
        ("Mail address", "email"),
        ("first_name", "first_name"),
        ("last_name", "last_name"),
        ("Shoe size", ""),
    ]
    found = [(row.result.line, row.result.row, _outcome(row), list(row.cells)) for row in page.rows]
    assert found == [
        (2, 1, "UNCHANGED", ["1", "u1@example.org", "Ada", "Byron", "36"]),
        (3, 2, "UPDATED", ["2", "u2@example.org", " Ada ", "King", ""]),
        (4, 3, "FAILED", ["3", "nobody", "Ada", "Byron", "37"]),
        (5, 4, "FAILED", ["4", "u4@example.org", "Ad\na", "Byron", "38"]),
        (7, 5, "CREATED", ["5", "u5@example.org", "Grace", "Hopper", "39"]),
    ]
    assert _changes(page.rows[1]) == [("last_name", "Byron", "King")]
    assert [issue.code for issue in page.rows[1].result.issues] == ["whitespace_trimmed"]
    assert [(one.code, one.field) for one in page.rows[2].result.issues] == [
        ("invalid_email", "email")
    ]
    assert not any(row.result.user_id or row.result.replayed for row in page.rows)


async def test_of_batches_committed_one_by_one_failed_rows_have_cells(
    client: Client, peer: Peer, directory: str
) -> None:
    """S74: others are users now; their changes are there if the import reported them."""
    content = HEADER + users(1) + user(2, email="?") + user(3, last_name="King")
    await _sent(peer, directory, HEADER + users(3))
    for reports in (False, True):
        options = {"include_changes": reports}
        rows = await _rows(
            client, directory, await _sent(peer, directory, content, options=options)
        )
        assert [bool(row.cells) for row in rows] == [False, True, False]
        assert list(rows[1].cells) == ["2", "?", "Ada", "Byron", "", ""]
        assert all(row.result.user_id for row in (rows[0], rows[2]))
        if not reports:
            assert not _changes(rows[2])
            content = content.replace("King", "Lovelace")
    assert _changes(rows[2]) == [("last_name", "King", "Lovelace")]


async def test_a_password_is_in_no_page(client: Client, peer: Peer, directory: str) -> None:
    """S77: of a failed row or a planned one, also where it slipped into another column."""
    secret = "correct-horse-battery"
    content = (
        "employee_number,email,first_name,last_name,password\n"
        f"1,u1@example.org,Ada,Byron,{secret}\n"
        f"2,nobody,Ada,Byron,{secret}\n"
        f"3,u3@example.org,Ada,Byron,and,{secret}\n"
        "4,u4@example.org,Ada,Byron,\n"
    )
    for first_password in ("FROM_FILE", "NONE"):
        options = {**_PREVIEW, "first_password": first_password}
        import_id = await _sent(peer, directory, content, options=options)
        pages = await _pages(client, directory, import_id)
        assert secret not in str(pages)
        assert [len(row.cells) for row in pages[0].rows] == [5, 5, 6, 5]
        assert pages[0].rows[0].cells[4] == "<not kept>"
    typed = await imported(
        client, directory, [person(1, password=secret), person(2, email="?", password=secret)]
    )
    assert secret not in str(await _pages(client, directory, typed.import_id))


async def test_typed_rows_have_a_cell_for_every_field(client: Client, directory: str) -> None:
    """In the order of the contract; the columns are the fields."""
    rows = [person(1), person(2, email="?", department="Tools")]
    summary = await imported(client, directory, rows, **_PREVIEW)
    (page,) = await _pages(client, directory, summary.import_id)
    cells = [
        {column.field: cell for column, cell in zip(page.columns, row.cells, strict=True) if cell}
        for row in page.rows
    ]
    assert cells == rows
    assert [column.header for column in page.columns] == [column.field for column in page.columns]


async def test_rows_are_filtered(client: Client, peer: Peer, directory: str) -> None:
    """By outcomes, a code, whether there are issues, and lines; all of them together."""
    await _sent(peer, directory, HEADER + users(1, 2))
    content = (
        HEADER + users(1, 3) + user(4, email="?") + user(2, last_name="King") + user(5, email="?")
    )
    content += user(6, first_name=" Ada") + user(7, email="?", first_name="")
    import_id = await _sent(peer, directory, content, options=_PREVIEW)

    async def lines(**asked: Any) -> list[int]:
        return _lines(await _rows(client, directory, import_id, **asked))

    assert await lines() == [2, 3, 4, 5, 6, 7, 8]
    assert await lines(outcomes=["OUTCOME_FAILED"]) == [4, 6, 8]
    assert await lines(outcomes=["OUTCOME_CREATED", "OUTCOME_UPDATED"]) == [3, 5, 7]
    assert await lines(outcomes=["OUTCOME_UNCHANGED"], page_size=1) == [2]
    assert await lines(outcomes=["OUTCOME_SUSPENDED"]) == []
    assert await lines(code="invalid_email") == [4, 6, 8]
    assert await lines(code="missing_required_field") == [8]
    assert await lines(code="duplicate_email") == []
    assert await lines(only_with_issues=True) == [4, 6, 7, 8]
    assert await lines(only_with_issues=True, outcomes=["OUTCOME_CREATED"]) == [7]
    assert await lines(lines=LineRange(first=5, last=6)) == [5, 6]
    assert await lines(lines=LineRange(first=9, last=10**18)) == []
    assert await lines(lines=LineRange(first=1, last=6), code="invalid_email") == [4, 6]
    mine = client.imports.rows(directory, import_id, outcomes=["FAILED"], code="invalid_email")
    assert [row.result.line async for row in mine] == [4, 6, 8]


def _large() -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """A directory of 12,000 users; and changes: a swap, wrong cells, and new values."""
    before = [person(n) for n in range(12_000)]
    after = [dict(row) for row in before]
    after[10]["email"], after[11_990]["email"] = after[11_990]["email"], after[10]["email"]
    for n in range(0, 12_000, 1_000):
        after[n]["email"] = "?"
    after[5_500]["last_name"] = "King"
    return before, after


@pytest.mark.parametrize("commit", ["NONE", "PER_BATCH"])
@pytest.mark.few(1)
async def test_pages_of_any_size_are_the_whole_list(
    client: Client, directory: str, commit: str
) -> None:
    """S05: by line, each row once: of several batches, refused, planned and parked ones alike."""
    before, after = _large()
    await imported(client, directory, before)
    options: dict[str, Any] = {"commit": commit, "include_changes": True}
    summary = await imported(client, directory, after, **options)
    found = {
        size: await _rows(client, directory, summary.import_id, page_size=size)
        for size in (0, 777, 1_000)
    }
    assert _lines(found[1_000]) == [*range(1, 12_001)]
    assert found[0] == found[777] == found[1_000]
    by_outcome: dict[str, list[v1.ImportRow]] = {}
    for row in found[0]:
        by_outcome.setdefault(_outcome(row), []).append(row)
    assert {name: len(rows) for name, rows in by_outcome.items()} == {
        "UNCHANGED": summary.unchanged,
        "UPDATED": summary.updated,
        "FAILED": summary.failed,
    }
    assert (summary.updated, summary.failed) == (3, 12)
    for outcome, rows in by_outcome.items():
        for size in (1, 1_000)[outcome == "UNCHANGED" :]:
            asked = {"outcomes": [f"OUTCOME_{outcome}"], "page_size": size}
            assert await _rows(client, directory, summary.import_id, **asked) == rows
    updated = by_outcome["UPDATED"]
    assert [_changes(row) for row in updated] == [
        [
            ("email", "u10@example.org", "u11990@example.org"),
            ("username", "u10@example.org", "u11990@example.org"),
        ],
        [("last_name", "Byron", "King")],
        [
            ("email", "u11990@example.org", "u10@example.org"),
            ("username", "u11990@example.org", "u10@example.org"),
        ],
    ]
    for row in found[0]:
        kept = commit == "NONE" or _outcome(row) == "FAILED"
        sent = after[row.result.line - 1]
        assert list(row.cells[:1]) == ([sent["employee_number"]] if kept else []), row
        assert list(row.cells[1:2]) == ([sent["email"]] if kept else []), row
    half = {"lines": LineRange(first=5_900, last=6_100), "page_size": 150}
    assert _lines(await _rows(client, directory, summary.import_id, **half)) == [
        *range(5_900, 6_101)
    ]


async def test_users_whom_a_full_sync_would_suspend_come_first(
    client: Client, directory: str
) -> None:
    """They have line 0, and no cells; each once, whatever the page's size."""
    await imported(client, directory, [person(n) for n in range(200)], source="hr")
    rows = [person(n) for n in range(8, 200)]
    summary = await imported(client, directory, rows, source="hr", **_SYNC)
    for size in (1, 3, 100):
        found = await _rows(client, directory, summary.import_id, page_size=size)
        gone = [row for row in found if not row.result.line]
        assert found[:8] == gone
        assert sorted(row.result.employee_number for row in gone) == [*"01234567"]
        assert {_outcome(row) for row in gone} == {"SUSPENDED"}
        assert all(_changes(row) == [("status", "active", "suspended")] for row in gone)
        assert _lines(found[8:]) == [*range(1, 193)]
    only = await _rows(client, directory, summary.import_id, outcomes=["OUTCOME_SUSPENDED"])
    assert only == gone
    later = await _rows(client, directory, summary.import_id, lines=LineRange(first=1, last=2))
    assert _lines(later) == [1, 2]


async def test_rows_of_a_preview_are_as_what_became_of_it(
    client: Client, peer: Peer, directory: str
) -> None:
    """Applied, they have users; cancelled, nothing of the plan happens, as its counts say."""
    content = HEADER + users(1, 2) + user(3, email="?")
    applied = await _sent(peer, directory, content, options=_PREVIEW)
    token = (await _pages(client, directory, applied, page_size=1))[0].next_page_token
    async for _ in client.imports.apply(directory, applied):
        pass
    rows = await _rows(client, directory, applied)
    assert [_outcome(row) for row in rows] == ["CREATED", "CREATED", "FAILED"]
    assert [bool(row.result.user_id) for row in rows] == [True, True, False]
    assert all(row.cells for row in rows)
    goes_on = await _rows(client, directory, applied, page_size=1, page_token=token)
    assert _lines(goes_on) == [3, 4]
    given_up = await _sent(
        peer, directory, HEADER + users(4) + user(5, email="?"), options=_PREVIEW
    )
    await client.imports.cancel(directory, given_up)
    rows = await _rows(client, directory, given_up)
    assert [_outcome(row) for row in rows] == ["NOT_APPLIED", "FAILED"]
    only = await _rows(client, directory, given_up, outcomes=["OUTCOME_NOT_APPLIED"])
    assert only == rows[:1]
    assert await _rows(client, directory, given_up, outcomes=["OUTCOME_CREATED"]) == []


async def test_a_running_import_lists_what_was_answered(
    client: Client, peer: Peer, directory: str
) -> None:
    """While the file still comes in; the rest as it is answered."""
    opening = start(directory)
    async with peer.call(opening, *csv(HEADER + users(1) + user(2, email="?"))) as call:
        while await call.read("results"):
            rows = await _rows(client, directory, opening.start.import_id)
            if len(rows) == 2:
                break
        assert [_outcome(row) for row in rows] == ["CREATED", "FAILED"]
        assert list(rows[1].cells)[1] == "?"
        await call.send(*csv(users(3)), end())
        await call.rest()
    rows = await _rows(client, directory, opening.start.import_id)
    assert _lines(rows) == [2, 3, 4]


async def test_stored_values_are_for_those_who_may_read_users(
    client: Client, peer: Peer, directory: str
) -> None:
    """P52: others learn which fields change, and not who holds a contested name."""
    await _sent(peer, directory, HEADER + user(1, last_name="Lovelace") + users(7))
    content = HEADER + user(1) + user(2, email="u7@example.org")
    import_id = await _sent(peer, directory, content, options=_PREVIEW)
    request = v1.ListImportRowsRequest(directory=directory, import_id=import_id)
    for scopes, change, holder in (
        (["imports:read"], ("last_name", "", ""), ""),
        (["imports:read", "users:read"], ("last_name", "Lovelace", "Byron"), "7"),
    ):
        async with peer.having(*scopes, directory=directory) as caller:
            first, second = (await caller.ask(caller.imports.ListImportRows, request)).rows
        assert _changes(first) == [change]
        assert second.result.issues[0].params.get("holder", "") == holder
    async with peer.having("imports:write", "users:read", directory=directory) as caller:
        refused = await caller.refusal(caller.imports.ListImportRows, request)
    assert refused.ending == "PERMISSION_DENIED/PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ({"outcomes": [99]}, "outcomes"),
        ({"outcomes": [0]}, "outcomes"),
        ({"code": "no_such_code"}, "code"),
        ({"lines": LineRange(first=0, last=9)}, "lines"),
        ({"lines": LineRange(first=9, last=8)}, "lines"),
        ({"page_size": -1}, "page_size"),
        ({"page_token": "bm90IG9uZQ=="}, "page_token"),
    ],
)
async def test_what_cannot_be_asked_of_rows_is_refused_by_name(
    client: Client, directory: str, asked: dict[str, Any], option: str
) -> None:
    """A mistyped filter never looks like a clean import."""
    summary = await imported(client, directory, [person(1)])
    refused = await refusal(
        _pages(client, directory, summary.import_id, **asked), Reason.INVALID_OPTIONS
    )
    assert refused.facts["option"] == option


async def test_a_token_is_good_for_its_own_filter_alone(client: Client, directory: str) -> None:
    """Each of the filters belongs to the list that a token is for."""
    summary = await imported(client, directory, [person(n, email="?") for n in range(3)])
    token = (await _pages(client, directory, summary.import_id, page_size=1))[0].next_page_token
    for asked in (
        {"outcomes": ["OUTCOME_FAILED"]},
        {"code": "invalid_email"},
        {"only_with_issues": True},
        {"lines": LineRange(first=1, last=3)},
    ):
        asking = _pages(client, directory, summary.import_id, page_token=token, **asked)
        assert (await refusal(asking, Reason.INVALID_OPTIONS)).facts["option"] == "page_token"
