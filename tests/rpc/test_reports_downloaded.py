"""The failure report has the failed rows as written, and the reasons of each."""

import json
import zlib
from collections.abc import AsyncIterator
from contextlib import aclosing

import asyncpg
import pytest
import pytest_asyncio

from rollbook.client import Client
from tests.acceptance.wire import Peer, end, rows, start
from tests.environment import Server
from tests.rpc.imported import imported, person
from tests.rpc.reported import OWN, cells_of, download

_HEADER = ["Employee Number", "E-mail", "First Name", "Surname", "Shoe size"]


@pytest_asyncio.fixture
async def peer(server: Server) -> AsyncIterator[Peer]:
    """The administrator, message by message."""
    async with Peer.of(server) as opened:
        yield opened


def _file(*lines: str, delimiter: str = ";") -> str:
    return "\n".join([delimiter.join(_HEADER), *lines, ""])


async def test_the_failed_rows_alone_as_they_were_written(
    client: Client, peer: Peer, directory: str
) -> None:
    """S71: original header, cells and delimiter; UTF-8 with a mark; a line a row, by line."""
    content = _file(
        "1;a@example.org;Inês;Costa;36",
        "2; wrong ;Zoë;Núñez;  37",
        "3;c@example.org;;;38",
        '4;"d@example.org";"Jo\nAnn";"O""Hara";39',
    )
    opening = start(directory)
    answer = await peer.send_file(
        directory,
        content.encode("windows-1252"),
        import_id=opening.start.import_id,
        options={"encoding": "windows-1252"},
    )
    header, *lines = cells_of(await download(client, directory, opening.start.import_id), ";")
    assert answer.ending == "OK"
    assert header == [*_HEADER, *OWN]
    assert [line[:5] for line in lines] == [
        ["2", " wrong ", "Zoë", "Núñez", "  37"],
        ["3", "c@example.org", "", "", "38"],
        ["4", "d@example.org", "Jo\nAnn", 'O"Hara', "39"],
    ]
    assert [line[5:8] for line in lines] == [
        ["3", "whitespace_trimmed|invalid_email", "email|email"],
        ["4", "missing_required_field|missing_required_field", "first_name|last_name"],
        ["5", "control_character", "first_name"],
    ]
    for line in lines:
        assert line[8].count("|") == line[6].count("|")
        assert line[9] == opening.start.import_id


async def test_everything_said_of_a_row_is_said_in_its_line(
    client: Client, peer: Peer, directory: str
) -> None:
    """S71: the issues of the answer, warnings too, in their order."""
    answer = await peer.send_file(directory, _file("1;x;=1+1;;36", "2;y;@A;;37"))
    assert answer.summary
    _, *lines = cells_of(await download(client, directory, answer.summary.import_id), ";")
    said = {
        result.line: (
            "|".join(issue.code for issue in result.issues),
            "|".join(issue.field for issue in result.issues),
            "|".join(issue.message for issue in result.issues),
        )
        for result in answer.results
    }
    assert {int(line[5]): tuple(line[6:9]) for line in lines} == said


async def test_an_import_without_failures_has_a_report_without_rows(
    client: Client, peer: Peer, directory: str
) -> None:
    """Its header alone; also if not even a header was understood."""
    fine = await peer.send_file(directory, _file("1;a@example.org;A;B;36"))
    assert fine.summary
    assert cells_of(await download(client, directory, fine.summary.import_id), ";") == [
        [*_HEADER, *OWN]
    ]
    opening = start(directory)
    await peer.send([opening, end()])
    assert cells_of(await download(client, directory, opening.start.import_id))[0][-5:] == OWN


async def test_rows_that_waited_are_in_their_place(
    client: Client, peer: Peer, directory: str
) -> None:
    """Parked rows fail last, but stand in the file's order."""
    await imported(client, directory, [person(n) for n in (100, 101)])
    content = _file(
        "1;u100@example.org;A;A;1",
        "2;wrong;A;A;2",
        "3;c@example.org;A;A;3",
        "4;u101@example.org;A;A;4",
        "5;wrong;A;A;5",
    )
    answer = await peer.send_file(directory, content)
    assert answer.summary
    _, *lines = cells_of(await download(client, directory, answer.summary.import_id), ";")
    assert [(line[0], line[6]) for line in lines] == [
        ("1", "duplicate_email"),
        ("2", "invalid_email"),
        ("4", "duplicate_email"),
        ("5", "invalid_email"),
    ]


@pytest.mark.parametrize("commit", ["NONE", "WHOLE_FILE"])
async def test_rows_that_failed_in_a_plan(
    client: Client, peer: Peer, directory: str, commit: str
) -> None:
    """A staged import's failures of both kinds: of their own cells, and of the plan in force."""
    await imported(client, directory, [person(n) for n in (1, 100)])
    content = _file(
        "1;u1@example.org;A;A;1",
        "2;u100@example.org;A;A;2",
        "3;wrong;A;A;3",
        "4;d@example.org;A;A;4",
    )
    options = {"commit": commit, "mode": "CREATE_ONLY"}
    answer = await peer.send_file(directory, content, options=options)
    assert answer.summary
    import_id = answer.summary.import_id
    wanted = [("1", "already_exists"), ("2", "duplicate_email"), ("3", "invalid_email")]
    _, *lines = cells_of(await download(client, directory, import_id), ";")
    assert [(line[0], line[6]) for line in lines] == wanted
    if commit == "NONE":
        async for _ in client.imports.apply(directory, import_id):
            pass
        _, *lines = cells_of(await download(client, directory, import_id), ";")
        assert [(line[0], line[6]) for line in lines] == wanted


async def test_one_failure_too_many_in_a_plan(client: Client, peer: Peer, directory: str) -> None:
    """Each line is answered once, and the row that was too much is in the report."""
    await imported(client, directory, [person(100)])
    content = _file("1;a@example.org;A;A;1", "2;u100@example.org;A;A;2", "3;c@example.org;A;A;3")
    options = {"commit": "WHOLE_FILE", "max_failed_rows": 0}
    answer = await peer.send_file(directory, content, options=options)
    assert answer.ending == "ABORTED/TOO_MANY_FAILED_ROWS"
    assert answer.rows == {
        2: "NOT_APPLIED",
        3: "FAILED duplicate_email(email)",
        4: "NOT_APPLIED",
    }
    assert answer.summary
    assert (answer.summary.rows, answer.summary.not_applied, answer.summary.failed) == (3, 2, 1)
    _, *lines = cells_of(await download(client, directory, answer.summary.import_id), ";")
    assert [line[:3] for line in lines] == [["2", "u100@example.org", "A"]]


async def test_rows_of_another_width(client: Client, peer: Peer, directory: str) -> None:
    """Cells that a row lacks are marked as missing; those too many stand after all others."""
    answer = await peer.send_file(
        directory, _file("1;a@example.org;A", "2;b@example.org;A;B;1;2;3")
    )
    assert answer.summary
    _, few, many = cells_of(await download(client, directory, answer.summary.import_id), ";")
    assert few[:7] == ["1", "a@example.org", "A", "<missing>", "<missing>", "2", "too_few_fields"]
    assert many[:7] == ["2", "b@example.org", "A", "B", "1", "3", "too_many_fields"]
    assert many[10:] == ["2", "3"]


async def test_typed_rows_have_their_fields_as_header(
    client: Client, peer: Peer, directory: str
) -> None:
    """Those that any failed row fills, and those that every row must have; attributes have none."""
    opening = start(directory)
    answer = await peer.send(
        [
            opening,
            rows(
                person(1, phone="+1 555 0100"),
                person(2, email="wrong", department="R&D"),
                {"employee_number": "3", "role": "=x", "attributes": {"badge": "7"}},
            ),
            end(),
        ]
    )
    assert answer.ending == "OK"
    header, *lines = cells_of(await download(client, directory, opening.start.import_id))
    required = ["employee_number", "email", "first_name", "last_name"]
    assert header == [*required, "role", "department", *OWN]
    assert [line[:7] for line in lines] == [
        ["2", "wrong", "Ada", "Byron", "", "R&D", "2"],
        ["3", "", "", "", "'=x", "", "3"],
    ]


async def test_typed_rows_that_were_kept_before_a_field_was_added(
    client: Client, peer: Peer, server: Server, directory: str
) -> None:
    """S74: an older release kept a cell fewer; the report is the same."""
    opening = start(directory)
    await peer.send([opening, rows(person(1, email="wrong"), person(2, email="no")), end()])
    before = await download(client, directory, opening.start.import_id)
    connection = await asyncpg.connect(server.database_url)
    try:
        kept = await connection.fetchval(
            "select packed from import_failures where import_id = $1::uuid",
            opening.start.import_id,
        )
        shorter = [[line, cells[:-1]] for line, cells in json.loads(zlib.decompress(kept))]
        await connection.execute(
            "update import_failures set packed = $2 where import_id = $1::uuid",
            opening.start.import_id,
            zlib.compress(json.dumps(shorter).encode()),
        )
    finally:
        await connection.close()
    assert await download(client, directory, opening.start.import_id) == before


@pytest.mark.parametrize("typed", [True, False], ids=["typed", "csv"])
async def test_no_password_is_in_a_report_or_the_database(
    client: Client, peer: Peer, server: Server, directory: str, typed: bool
) -> None:
    """S77: the cell reads `<not kept>`, and what it held is nowhere."""
    secret = f"Sesame-{directory}"
    user = person(1, email="wrong", password=secret)
    opening = start(directory)
    if typed:
        await peer.send([opening, rows(user), end()])
    else:
        content = ",".join(user) + "\n" + ",".join(user.values()) + "\n"
        await peer.send_file(directory, content, import_id=opening.start.import_id)
    report = await download(client, directory, opening.start.import_id)
    header, line = cells_of(report)
    assert line[header.index("password")] == "<not kept>"
    connection = await asyncpg.connect(server.database_url)
    try:
        packed = await connection.fetch(
            "select packed from import_failures where import_id = $1::uuid",
            opening.start.import_id,
        )
    finally:
        await connection.close()
    assert len(packed) == 1
    assert secret not in json.dumps(json.loads(zlib.decompress(packed[0]["packed"])))


async def test_pieces_are_no_larger_than_promised(
    client: Client, peer: Peer, directory: str
) -> None:
    """256 KiB each, except the last, whatever the rows are; together they are one file."""
    many = 4_000
    content = _file(*(f"{n};wrong;{'ä' * 100};{'b' * 100};{n}" for n in range(many)))
    answer = await peer.send_file(directory, content)
    assert answer.summary
    async with aclosing(client.imports.report(directory, answer.summary.import_id)) as told:
        pieces = [piece async for piece in told]
    assert [len(piece) for piece in pieces[:-1]] == [256 * 1024] * (len(pieces) - 1)
    assert len(pieces) > 3
    _, *lines = cells_of(b"".join(pieces), ";")
    assert [line[0] for line in lines] == [str(n) for n in range(many)]


async def test_whoever_may_read_imports_can_fetch_it_later(
    client: Client, server: Server, directory: str
) -> None:
    """S74: another principal than the one who imported, after the call has long gone."""
    summary = await imported(client, directory, [person(1, email="wrong")])
    token = server.token_files["reviewer"].read_text().strip()
    async with Client(server.address, token) as reviewer:
        theirs = await download(reviewer, directory, summary.import_id)
    assert theirs == await download(client, directory, summary.import_id)
