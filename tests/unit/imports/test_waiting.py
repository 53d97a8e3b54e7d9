"""Rows that wait for their plugin, packed and unpacked."""

from rollbook.imports.rows.late_rows import pack_waiting, unpack_waiting
from rollbook.model import CheckedBatch, Code, Field, FileRows, Issue

_SECRET = "correct horse battery staple"


def _users() -> CheckedBatch:
    columns: dict[str, list[str | None]] = {
        Field.EMPLOYEE_NUMBER: ["1", "2", "3"],
        Field.JOB_TITLE: ["", None, "Ä \u2028"],
        Field.PASSWORD: [_SECRET, _SECRET, _SECRET],
    }
    return CheckedBatch(
        rows=FileRows(
            lines=[2, 5, 6],
            first=10,
            columns=columns,
            raw=[["1", ""], ["2", ""], ["3", "Ä \u2028"]],
        ),
        values={**columns, Field.JOB_TITLE: [None, None, "Ä \u2028"]},
        number_keys=["1", "2", "3"],
        email_keys=["a@x.org", None, "c@x.org"],
        username_keys=[None, None, "c@x.org"],
        usernames_given=False,
        issues={2: [Issue(Code.WHITESPACE_TRIMMED, Field.JOB_TITLE, "Trimmed.", {"n": "1"})]},
        failed=set(),
    )


def test_what_waits_is_what_was_checked() -> None:
    """P40: cells, keys, warnings, line and number of the rows that wait, and of no other."""
    back = unpack_waiting(pack_waiting(_users(), [0, 2]))
    assert (back.rows.lines, list(back.rows.numbers)) == ([2, 6], [10, 12])
    assert back.rows.raw == [["1", ""], ["3", "Ä \u2028"]]
    assert back.rows.columns[Field.JOB_TITLE] == ["", "Ä \u2028"]
    assert back.values[Field.JOB_TITLE] == [None, "Ä \u2028"]
    assert (back.number_keys, back.email_keys) == (["1", "3"], ["a@x.org", "c@x.org"])
    assert (back.username_keys, back.usernames_given) == ([None, "c@x.org"], False)
    assert back.issues == {
        1: [Issue(Code.WHITESPACE_TRIMMED, Field.JOB_TITLE, "Trimmed.", {"n": "1"})]
    }
    assert back.failed == set()


def test_what_waits_can_wait_on() -> None:
    """P40: rows of rows that waited keep their own numbers."""
    back = unpack_waiting(pack_waiting(unpack_waiting(pack_waiting(_users(), [0, 2])), [1]))
    assert (back.rows.lines, list(back.rows.numbers), list(back.issues)) == ([6], [12], [0])


def test_no_password_waits() -> None:
    """P43: neither as it was read, nor as it was checked."""
    back = unpack_waiting(pack_waiting(_users(), [0, 1, 2]))
    assert _SECRET not in repr(back)
