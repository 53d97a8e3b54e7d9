"""Lists of past imports, and the answers of their rows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import asyncpg
import pytest

from rollbook.client import Client, import_options, new_import
from rollbook.errors import Reason
from rollbook.model import STANDARD_MESSAGES, Code
from rollbook.v1 import imports_pb2 as v1
from rollbook.v1.results_pb2 import SEVERITY_ERROR, SEVERITY_WARNING
from tests.environment import Server
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal
from tests.rpc.reported import cells_of, download

_ROLE = {"unknown_role": "DEFAULT"}
_COPIES = """
with copied as (
    insert into imports (
        directory_id, id, principal, profile, source, options, state, counts, created_at, file_name
    )
    select
        directory_id, gen_random_uuid(), principal, profile, source, options, state, counts,
        created_at + n * interval '1 microsecond', 'staff.csv'
    from imports, generate_series(1, $2::integer) as n
    where id = $1
    returning file_name
)
select max(file_name) from copied
"""
"""So many imports that began just after another."""


async def test_imports_are_listed_newest_first_on_pages_of_any_size(
    client: Client, directory: str
) -> None:
    """Each once, whatever comes in between two pages."""
    made = [(await imported(client, directory, [person(n)])).import_id for n in range(7)]
    stub = client.imports
    found = [one.import_id async for one in stub.list(directory)]
    assert found == made[::-1]
    assert [one.import_id for one in await _pages(client, directory, size=3)] == made[::-1]


async def test_a_listed_import_is_the_one_that_is_shown(client: Client, directory: str) -> None:
    """State, options, counts and principal are the same as GetImport's."""
    summary = await imported(client, directory, [person(1), person(2, email="wrong")])
    (listed,) = [one async for one in client.imports.list(directory)]
    assert listed == await client.get_import(directory, summary.import_id)
    assert (listed.principal, listed.summary.created, listed.summary.failed) == ("admin", 1, 1)


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE", "NONE"])
async def test_an_import_names_what_the_directory_does_not_have(
    client: Client, directory: str, commit: str
) -> None:
    """Most rows first; of rows that fail for it, and of those that are warned; asked singly."""
    rows = [
        person(1, location="Ankh", organizational_unit="Ops", role="boss"),
        person(2, location="ANKH"),
        person(3, location="Quirm"),
        person(4, location="Ankh", email="wrong"),
        person(5),
    ]
    options = {"commit": commit, "unknown_unit": "WARN"}
    summary = await imported(client, directory, rows, **options)
    assert (summary.created, summary.failed) == (1, 4)
    found = await client.get_import(directory, summary.import_id)
    assert [(one.field, one.name, one.rows) for one in found.missing_names] == [
        ("location", "ANKH", 2),
        ("location", "Quirm", 1),
        ("organizational_unit", "Ops", 1),
        ("role", "boss", 1),
    ]
    (listed,) = [one async for one in client.imports.list(directory)]
    assert not listed.missing_names


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("staff.csv", "staff.csv"),
        ("/home/ada/Müller 2026.csv", "Müller 2026.csv"),
        ("C:\\lists\\staff.csv", "staff.csv"),
        ("a\nb\0c\u202ed.csv", "a\ufffdb\ufffdc\ufffdd.csv"),
        ("x" * 255, "x" * 255),
        ("x" * 300, "x" * 254 + "…"),
        ("..", ".."),
        (" / ", ""),
        ("a\udcffb", "a?b"),
    ],
)
async def test_an_import_keeps_the_name_of_its_file(
    client: Client, directory: str, given: str, kept: str
) -> None:
    """Its last part, in one line of bounded length; a name is never a reason to refuse a file."""
    summary = await imported(client, directory, [person(1)], file_name=given)
    assert (await client.get_import(directory, summary.import_id)).file_name == kept
    (listed,) = [one async for one in client.imports.list(directory)]
    assert listed.file_name == kept


async def test_imports_are_found_by_their_file(
    client: Client, server: Server, directory: str
) -> None:
    """A part of the name is enough, in whatever case; also behind more than one look finds."""
    first = await imported(client, directory, [person(1)], file_name="Leavers ÄÖ.csv")
    for name in ("staff.csv", "leavers.csv", ""):
        await imported(client, directory, [person(1)], file_name=name)
    connection = await asyncpg.connect(server.database_url)
    try:
        copied = await connection.fetchval(_COPIES, UUID(first.import_id), 1_200)
    finally:
        await connection.close()
    assert copied == "staff.csv"
    for part, number in (("leavers", 2), ("äö", 1), ("STAFF.", 1_201), ("none", 0), ("", 1_204)):
        found = [one.file_name async for one in client.imports.list(directory, file_name=part)]
        assert len(found) == number, part
        assert all(part.casefold() in name.casefold() for name in found)
    done = client.imports.list(directory, "COMPLETED", file_name="leavers")
    assert len([one async for one in done]) == 2
    assert [one async for one in client.imports.list(directory, "STOPPED", file_name="csv")] == []


async def test_imports_are_found_by_who_when_and_profile(
    client: Client, server: Server, directory: str
) -> None:
    """Each condition alone and with others, also behind more than one look finds."""
    made = [(await imported(client, directory, [person(n)])).import_id for n in range(2)]
    began = (await client.get_import(directory, made[1])).create_time
    connection = await asyncpg.connect(server.database_url)
    try:
        await connection.fetchval(_COPIES, UUID(made[0]), 1_200)
        of_other = "update imports set principal = 'other', profile = 'ocasta' where id = $1"
        await connection.execute(of_other, UUID(made[0]))
    finally:
        await connection.close()
    expected: list[tuple[dict[str, object], int]] = [
        ({}, 1_202),
        ({"principal": "other"}, 1),
        ({"principal": " other ", "profile": "ocasta"}, 1),
        ({"principal": "other", "profile": "default"}, 0),
        ({"principal": "oth"}, 0),
        ({"profile": "default"}, 1_201),
        ({"profile": "ocasta", "state": "IMPORT_STATE_COMPLETED"}, 1),
        ({"principal": "admin", "state": "IMPORT_STATE_STOPPED"}, 0),
        ({"principal": "admin", "profile": "default", "file_name": "staff"}, 1_200),
        ({"created_from": began}, 1),
        ({"created_until": began}, 1_201),
        ({"created_until": began, "principal": "other", "state": "IMPORT_STATE_COMPLETED"}, 1),
        ({"created_from": began, "principal": "other"}, 0),
        ({"created_from": began, "state": "IMPORT_STATE_COMPLETED"}, 1),
        ({"created_from": began, "created_until": began}, 0),
    ]
    for asked, number in expected:
        wanted = v1.ListImportsRequest(**asked)  # type: ignore[arg-type]
        found = [one.import_id async for one in client.imports.list(directory, wanted=wanted)]
        assert (len(found), len({*found})) == (number, number), asked
    for wrong in (
        v1.ListImportsRequest(directory=directory, principal="a\0b"),
        v1.ListImportsRequest(directory=directory, created_from={"seconds": 10**15}),
    ):
        await refusal(client.imports.page(wrong), Reason.INVALID_OPTIONS)


async def test_imports_can_be_listed_by_state(client: Client, directory: str) -> None:
    """And only those."""
    done = await imported(client, directory, [person(1)])
    seen = await imported(client, directory, [person(2)], commit="NONE")
    by_state = {
        state: [one.import_id async for one in client.imports.list(directory, state)]
        for state in ("COMPLETED", "PREVIEWED", "STOPPED")
    }
    assert by_state == {
        "COMPLETED": [done.import_id],
        "PREVIEWED": [seen.import_id],
        "STOPPED": [],
    }


async def test_a_directory_is_a_wall(client: Client, directory: str) -> None:
    """Another directory's import is as if unknown: the same words for each method."""
    summary = await imported(client, directory, [person(1)])
    other = (await client.directories.create(f"{directory}-2")).name
    assert [one async for one in client.imports.list(other)] == []
    asked: dict[str, Callable[[str], Awaitable[object]]] = {
        "issues": lambda where: _all(client.imports.issues(where, summary.import_id)),
        "rows": lambda where: _all(client.imports.rows(where, summary.import_id)),
        "report": lambda where: _all(client.imports.report(where, summary.import_id)),
        "watch": lambda where: _all(client.imports.watch(where, summary.import_id)),
        "cancel": lambda where: client.imports.cancel(where, summary.import_id),
        "approve": lambda where: client.imports.approve(where, summary.import_id),
        "apply": lambda where: _all(client.imports.apply(where, summary.import_id)),
    }
    said = {
        (await refusal(ask(where), Reason.PERMISSION_DENIED)).message
        for ask in asked.values()
        for where in (other, "not-there")
    }
    assert len(said) == 1


async def test_defaulted_roles_are_listed_after_the_import(client: Client, directory: str) -> None:
    """S38: each row that got the default role has a warning, and can be listed by it."""
    rows = [person(n, role="Wizard" if n % 2 else "user") for n in range(1, 7)]
    summary = await imported(client, directory, rows, **_ROLE)
    found = [
        one
        async for one in client.imports.issues(directory, summary.import_id, code="role_defaulted")
    ]
    assert [(one.line, one.row, one.issue.field) for one in found] == [
        (1, 1, "role"),
        (3, 3, "role"),
        (5, 5, "role"),
    ]
    assert {one.issue.params["applied"] for one in found} == {"default"}
    assert summary.codes["role_defaulted"] == 3


async def test_issues_are_listed_by_line_code_and_severity(client: Client, directory: str) -> None:
    """S71: all issues of a row, in the order of its answer, on pages of any size."""
    rows = [
        person(1, role="Wizard", department="=1+1"),
        person(2, email="wrong", department="@x"),
        person(3, email="wrong", first_name=""),
    ]
    summary = await imported(client, directory, rows, **_ROLE)

    async def listed(**asked: str) -> list[tuple[int, str]]:
        found = client.imports.issues(directory, summary.import_id, **asked)
        return [(one.line, one.issue.code) async for one in found]

    everything = await listed()
    assert everything == [
        (1, "role_defaulted"),
        (1, "formula_like_value"),
        (2, "invalid_email"),
        (2, "formula_like_value"),
        (3, "invalid_email"),
        (3, "missing_required_field"),
    ]
    assert await listed(severity="ERROR") == [one for one in everything if one[1][0] in "im"]
    assert await listed(severity="WARNING") == [one for one in everything if one[1][0] in "fr"]
    assert await listed(code="invalid_email", severity="WARNING") == []
    for size in (1, 2, 5):
        paged = await _issue_pages(client, directory, summary.import_id, size)
        assert [(one.line, one.issue.code) for one in paged] == everything


async def test_only_the_plan_in_force_is_listed(client: Client, directory: str) -> None:
    """Of a preview: the issues of the file and of the plan, each once, in the file's order."""
    await imported(client, directory, [person(1), person(9, email="taken@example.org")])
    rows = [
        person(2, email="taken@example.org"),
        person(3, email="wrong"),
        person(4, email="TAKEN@example.org"),
        person(5),
    ]
    summary = await imported(client, directory, rows, commit="NONE")
    found = [one async for one in client.imports.issues(directory, summary.import_id)]
    assert [(one.line, one.issue.code) for one in found] == [
        (1, "duplicate_email"),
        (2, "invalid_email"),
        (3, "duplicate_email"),
    ]
    assert sum(summary.codes.values()) == 3


@pytest.mark.parametrize(
    ("asked", "option"),
    [
        ({"code": "no_such_code"}, "code"),
        ({"page_size": -1}, "page_size"),
        ({"page_token": "bm90IG9uZQ=="}, "page_token"),
    ],
)
async def test_what_cannot_be_asked_of_issues_is_refused_by_name(
    client: Client, directory: str, asked: dict[str, object], option: str
) -> None:
    """A mistyped code never looks like a clean import."""
    summary = await imported(client, directory, [person(1)])
    request = v1.ListImportIssuesRequest(
        directory=directory,
        import_id=summary.import_id,
        **asked,  # type: ignore[arg-type]
    )
    refused = await refusal(_issues(client, request), Reason.INVALID_OPTIONS)
    assert refused.facts["option"] == option


async def test_a_token_is_good_for_its_own_list_alone(client: Client, directory: str) -> None:
    """Neither another filter's, nor another import's."""
    rows = [person(n, email="wrong") for n in range(3)]
    first, second = [await imported(client, directory, rows) for _ in range(2)]
    request = v1.ListImportIssuesRequest(
        directory=directory, import_id=first.import_id, page_size=1
    )
    request.page_token = (await _issues(client, request)).next_page_token
    await _issues(client, request)
    for change in (
        {"import_id": second.import_id},
        {"severity": SEVERITY_ERROR},
        {"severity": SEVERITY_WARNING},
    ):
        other = v1.ListImportIssuesRequest()
        other.CopyFrom(request)
        for name, value in change.items():
            setattr(other, name, value)
        await refusal(_issues(client, other), Reason.INVALID_OPTIONS)


async def test_warnings_are_kept_word_by_word_for_a_thousand_lines(
    client: Client, directory: str
) -> None:
    """And errors for every line, however many were warned of; each code by itself."""
    rows = [person(n, role="Wizard") for n in range(1_100)]
    rows += [person(n, email="wrong") for n in range(1_100, 1_200)]
    summary = await imported(client, directory, rows, **_ROLE)
    found = [one.issue.code async for one in client.imports.issues(directory, summary.import_id)]
    assert found.count("role_defaulted") == 1_000
    assert found.count("invalid_email") == 100
    assert summary.codes["role_defaulted"] == 1_100
    rows = [person(n, email="wrong") for n in range(1_100)]
    rows += [person(n, role="Wizard") for n in range(1_100, 1_150)]
    summary = await imported(client, directory, rows, **_ROLE)
    found = [one.issue.code async for one in client.imports.issues(directory, summary.import_id)]
    assert found.count("role_defaulted") == 50


@pytest.mark.parametrize("commit", ["PER_BATCH", "NONE"])
async def test_errors_are_kept_word_by_word_for_a_thousand_lines(
    client: Client, directory: str, commit: str
) -> None:
    """S71: every later line has its code, field and the code's own message, in list and report.

    An answer that is sent again says the same.
    """
    rows = [person(n, email=f"wrong{n}") for n in range(1_200)]
    rows += [person(n, first_name="") for n in range(1_200, 1_210)]
    start = new_import(directory, options=import_options(commit=commit))
    first = [event async for event in client.upload_rows(rows, start)]
    listed = [one async for one in client.imports.issues(directory, start.import_id)]
    assert [one.line for one in listed] == list(range(1, 1_211))
    brief = STANDARD_MESSAGES[Code.INVALID_EMAIL]
    own = [one.issue.message != brief or bool(one.issue.params) for one in listed]
    assert own == [True] * 1_000 + [False] * 200 + [True] * 10
    assert {(one.issue.code, one.issue.field) for one in listed[:1_200]} == {
        ("invalid_email", "email")
    }
    report = cells_of(await download(client, directory, start.import_id))
    said = {int(line[-5]): (line[-4], line[-3], line[-2]) for line in report[1:]}
    assert said == {
        one.line: (one.issue.code, one.issue.field, one.issue.message) for one in listed
    }
    again = [event async for event in client.upload_rows(rows, start)]
    replayed = {
        result.line: result.issues[0].message
        for event in again
        if isinstance(event, v1.RowResults)
        for result in event.results
    }
    assert replayed == {one.line: one.issue.message for one in listed}
    assert first[-1] == again[-1]


async def test_a_running_import_is_in_the_list(client: Client, directory: str) -> None:
    """With the state that it has."""
    start = new_import(directory)
    held = asyncio.Event()

    async def rows() -> AsyncIterator[bytes]:
        yield b"employee_number,email,first_name,last_name\n1,u1@example.org,Ada,Byron\n"
        await held.wait()

    async for event in client.upload_stream(rows(), start):
        if isinstance(event, v1.ImportAccepted):
            found = [one.import_id async for one in client.imports.list(directory, "RUNNING")]
            assert found == [start.import_id]
            held.set()
    assert [one.state async for one in client.imports.list(directory)] == [
        v1.IMPORT_STATE_COMPLETED
    ]


async def _all(listed: AsyncIterator[object]) -> list[object]:
    return [one async for one in listed]


async def _issues(
    client: Client, request: v1.ListImportIssuesRequest
) -> v1.ListImportIssuesResponse:
    answer = await client.imports._channel.ask(client.imports._calls.ListImportIssues, request)
    assert isinstance(answer, v1.ListImportIssuesResponse)
    return answer


async def _issue_pages(
    client: Client, directory: str, import_id: str, size: int
) -> list[v1.ImportIssue]:
    request = v1.ListImportIssuesRequest(directory=directory, import_id=import_id, page_size=size)
    found: list[v1.ImportIssue] = []
    while True:
        answer = await _issues(client, request)
        assert len(answer.issues) <= size
        found += answer.issues
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token


async def _pages(client: Client, directory: str, *, size: int) -> list[v1.Import]:
    request = v1.ListImportsRequest(directory=directory, page_size=size)
    found: list[v1.Import] = []
    while True:
        answer = await client.imports._channel.ask(client.imports._calls.ListImports, request)
        assert len(answer.imports) <= size
        found += answer.imports
        if len(found) == size:  # one that comes in between is not on a later page
            await imported(client, directory, [person("late")])
        if not answer.next_page_token:
            return found
        request.page_token = answer.next_page_token
