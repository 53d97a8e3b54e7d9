"""Rows that wait for their plugin, packed and unpacked."""

from rollbook.imports.rows.late_rows import pack_waiting, unpack_waiting
from rollbook.imports.rows.staged_rows import StagedRows, joined, pack_staged, unpack_staged
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
        hashes={0: "$argon2id$one", 2: ""},
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
    assert back.hashes == {0: "$argon2id$one", 1: ""}


def test_what_waits_can_wait_on() -> None:
    """P40: rows of rows that waited keep their own numbers."""
    back = unpack_waiting(pack_waiting(unpack_waiting(pack_waiting(_users(), [0, 2])), [1]))
    assert (back.rows.lines, list(back.rows.numbers), list(back.issues)) == ([6], [12], [0])


def test_no_password_waits() -> None:
    """P43: neither as it was read, nor as it was checked."""
    back = unpack_waiting(pack_waiting(_users(), [0, 1, 2]))
    assert _SECRET not in repr(back)


def test_hashes_stay_with_their_rows_however_rows_are_kept() -> None:
    """S50: packed, chosen, and joined with others."""

    def rows(*hashes: str | None) -> StagedRows:
        numbers = [*range(1, len(hashes) + 1)]
        return StagedRows(
            lines=numbers,
            rows=numbers,
            columns={"number_key": numbers},
            hashes={p: text for p, text in enumerate(hashes) if text is not None},
        )

    one, other = rows("a", None, "", "d"), rows(None, "f")
    assert unpack_staged(pack_staged(one)).hashes == {0: "a", 2: "", 3: "d"}
    assert one.chosen([3, 1, 2]).hashes == {0: "d", 2: ""}
    assert joined([one, other]).hashes == {0: "a", 2: "", 3: "d", 5: "f"}
