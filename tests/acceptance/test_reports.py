"""The failure report, imported as it is, corrected, and opened by a spreadsheet."""

import csv
import io
import random
from collections.abc import Sequence
from contextlib import aclosing

import pytest

from rollbook.client import Client
from tests.acceptance.wire import Answer, Peer

_COLUMNS = ["employee_number", "email", "first_name", "last_name", "department", "note"]
_STARTS = "=+-@\t\r＝＋－＠"
"""With what a cell begins that a spreadsheet computes."""


def _csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()


def _read(report: bytes, delimiter: str = ",") -> list[list[str]]:
    text = io.StringIO(report.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=delimiter))


async def _report(peer: Peer, directory: str, answer: Answer) -> bytes:
    assert answer.summary
    async with (
        Client(peer.server.address, peer.server.token) as client,
        aclosing(client.imports.report(directory, answer.summary.import_id)) as pieces,
    ):
        return b"".join([piece async for piece in pieces])


def _failures(answer: Answer) -> list[tuple[object, ...]]:
    """The issues of the failed rows, in order, without their lines."""
    return [
        (
            result.employee_number,
            [
                (issue.code, issue.field, issue.message)
                for issue in result.issues
                if "first_line" not in issue.params
            ],
        )
        for result in sorted(answer.results, key=lambda result: result.line)
        if result.outcome == 4
    ]


_FAULTY = _csv(
    [
        _COLUMNS,
        ["1", "a@example.org", "Ada", "Byron", "Sales", "fine"],
        ["2", "wrong", "Ada", "Byron", "=1+1", "'=x"],
        ["3", "c@example.org", "", "Byron", "'", "a\r\nb"],
        ["4", "d@example.org", "Ada", "Byron"],
        ["5", "e@example.org", "Ada", "Byron", "Sales", "", "1", "2"],
        ["6", "f@example.org", "A\0da", "Byron", "", ""],
        ["7", "g@example.org", "A\tda", "Byron", "<missing>", "<missing>"],
        ["8", "taken@example.org", "Ada", "Byron", "", ""],
        ["", "", "", "", "", ""],
        ["-9", "+@example.org", "@", "＝", "\r", "\t"],
    ]
)


@pytest.mark.parametrize("commit", ["PER_BATCH", "WHOLE_FILE"])
async def test_a_report_imported_as_it_is_fails_as_before(
    peer: Peer, directory: str, commit: str
) -> None:
    """S72: the same rows fail for the same reasons, and the report of that import is equal."""
    await peer.send_file(directory, _csv([_COLUMNS, ["90", "taken@example.org", "A", "B", "", ""]]))
    options = {"commit": commit}
    first = await peer.send_file(directory, _FAULTY, options=options)
    report = await _report(peer, directory, first)
    second = await peer.send_file(directory, report, options=options)
    again = await _report(peer, directory, second)
    assert len(_failures(first)) == 9
    assert _failures(second) == _failures(first)
    assert second.summary
    assert (second.summary.rows, second.summary.failed) == (9, 9)
    assert [row[:6] for row in _read(again)] == [row[:6] for row in _read(report)]
    assert [row[7] for row in _read(again)] == [row[7] for row in _read(report)]


async def test_a_report_corrected_is_imported(peer: Peer, directory: str) -> None:
    """S72: only the failed rows are corrected and imported again; no user exists twice."""
    await peer.send_file(directory, _csv([_COLUMNS, ["90", "taken@example.org", "A", "B", "", ""]]))
    first = await peer.send_file(directory, _FAULTY)
    header, *lines = _read(await _report(peer, directory, first))
    for number, line in enumerate(lines, start=2):
        line[:4] = [str(number), f"u{number}@example.org", "Ada", "Byron"]
        line[4:6] = [cell.replace("<missing>", "") for cell in line[4:6]]
        del line[len(header) :]
    second = await peer.send_file(directory, "\ufeff" + _csv([header, *lines]))
    assert second.ending == "OK"
    assert [said.split()[0] for said in second.rows.values()] == ["CREATED"] * 9
    stored = await peer.stored(directory)
    assert sorted(stored, key=int) == ["1", *map(str, range(2, 11)), "90"]
    assert stored["2"]["department"] == "=1+1"
    assert stored["3"]["department"] == "'"
    third = await peer.send_file(directory, "\ufeff" + _csv([header, *lines]))
    assert [said.split()[0] for said in third.rows.values()] == ["UNCHANGED"] * 9


async def test_a_cell_that_a_row_lacked_is_not_made_up(peer: Peer, directory: str) -> None:
    """A missing cell is not taken for a blank one until a person writes a blank there."""
    short = _csv([_COLUMNS, ["1", "a@example.org", "Byron", "Sales"]])
    report = await _report(peer, directory, await peer.send_file(directory, short))
    again = await peer.send_file(directory, report)
    assert again.rows == {2: "FAILED too_few_fields"}
    assert again.issue(2, "too_few_fields").params == {
        "found": "4",
        "expected": "6",
        "column": _COLUMNS[4],
    }
    assert await peer.stored(directory) == {}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_no_cell_of_a_report_is_computed_and_every_one_is_read_back(
    peer: Peer, directory: str, delimiter: str
) -> None:
    """P56: 0 cells begin a formula, the header's and the report's own too; the values are kept."""
    seed = random.randrange(10**6)
    draw = random.Random(seed)
    letters = [*_STARTS, "'", "'", " ", "a", "1", '"', delimiter, "\n", "ü", "<missing>"]
    header = ["employee_number", "email", "first_name", "last_name", "=x", "'@y", "＋z", "-w"]
    rows = [
        [
            str(number),
            "wrong",
            *("".join(draw.choices(letters, k=draw.randrange(6))) for _ in header[2:]),
        ]
        for number in range(400)
    ]
    answer = await peer.send_file(
        directory, _csv([header, *rows], delimiter), options={"delimiter": delimiter}
    )
    assert answer.ending == "OK", (seed, answer.message)
    report = await _report(peer, directory, answer)
    told = _read(report, delimiter)
    assert len(told) == 401, seed
    assert [cell for row in told for cell in row if cell.startswith(tuple(_STARTS))] == [], seed
    again = await peer.send_file(directory, report, options={"delimiter": delimiter})
    assert again.understood, again.message
    assert [column.header for column in again.understood.columns] == header
    assert _failures(again) == _failures(answer), seed
    second = await _report(peer, directory, again)
    assert [row[: len(header)] for row in _read(second, delimiter)] == [
        row[: len(header)] for row in told
    ], seed
