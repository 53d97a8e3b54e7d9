"""Bad inputs of the header: it decides what all rows mean, so nothing is guessed."""

import pytest

from tests.acceptance.cases import Case, table
from tests.acceptance.wire import HEADER, Peer, users

_MISSING = "INVALID_ARGUMENT/HEADER_MISSING_COLUMN"
_UNKNOWN = "INVALID_ARGUMENT/HEADER_UNKNOWN_COLUMN"
_FOUR = "employee_number,email,first_name,last_name"
_ROW = "1,a@example.org,Ada,Byron"


@table(
    Case(
        id="B084",
        what="the first line is data",
        csv=users(1, 2),
        ends=_MISSING,
        facts={"missing": "employee_number, email, first_name, last_name"},
    ),
    Case(
        id="B085",
        what="no e-mail",
        csv="employee_number,first_name,last_name\n1,Ada,Byron\n",
        ends=_MISSING,
        facts={"missing": "email", "line": "1"},
    ),
    Case(
        id="B086",
        what="a username in place of a number",
        csv="username,email,first_name,last_name\n1,a@example.org,Ada,Byron\n",
        ends=_MISSING,
        facts={"missing": "employee_number"},
    ),
    Case(
        id="B089",
        what="a fullwidth letter",
        csv=f"{_FOUR.replace('email', 'ｅmail')}\n{_ROW}\n",
        ends=_MISSING,
        facts={"missing": "email", "unknown": "ｅmail"},
    ),
    Case(
        id="B102",
        what="a quoted line end that is no name",
        csv=f"{_FOUR.replace('email', chr(34) + 'e' + chr(10) + 'mails' + chr(34))}\n{_ROW}\n",
        ends=_MISSING,
        facts={"missing": "email", "unknown": "e\\nmails"},
    ),
)
async def test_a_column_is_missing(case: Case, peer: Peer, narrow: Peer) -> None:
    """B084, B085, B086, B089, B102, S20: HEADER_MISSING_COLUMN names the missing and the unknown.

    Nothing is applied, and no letter is taken for another.
    """
    await case.run(peer, narrow)


@table(
    Case(
        id="B086",
        what="a username that is the number",
        csv="username,email,first_name,last_name\nada,a@example.org,Ada,Byron\n",
        options={},
        rows={2: "CREATED"},
    ),
)
async def test_a_profile_may_take_the_number_from_another_column(
    case: Case, configured: Peer
) -> None:
    """B086: where the profile takes the number from the username, no column is missing."""
    await case.run(configured, profile="by-username")


@table(
    Case(
        id="B087",
        what="e-mail twice",
        csv=f"{_FOUR},email\n{_ROW},b@example.org\n",
        ends="INVALID_ARGUMENT/HEADER_DUPLICATE_COLUMN",
        facts={"repeated": "email"},
    ),
    Case(
        id="B087",
        what="e-mail under two names",
        csv=f"{_FOUR},E-Mail Address\n{_ROW},b@example.org\n",
        ends="INVALID_ARGUMENT/HEADER_DUPLICATE_COLUMN",
        facts={"repeated": "email"},
    ),
    Case(
        id="B095",
        what="a trailing comma in all lines",
        csv=f"{_FOUR},\n{_ROW},\n",
        ends="INVALID_ARGUMENT/HEADER_EMPTY_NAME",
        facts={"column": "5"},
    ),
    Case(
        id="B098",
        what="semicolons declared as commas",
        csv=(HEADER + users(1)).replace(",", ";"),
        options={"delimiter": ","},
        ends="INVALID_ARGUMENT/DELIMITER_MISMATCH",
        facts={"suggested": ";", "declared": ","},
    ),
    Case(
        id="B098",
        what="a tie of two delimiters",
        csv="employee_number,email;first_name\n1,2;3\n",
        ends="INVALID_ARGUMENT/DELIMITER_MISMATCH",
        facts={"candidates": ", ;"},
    ),
    Case(
        id="B101",
        what="a NUL in a name",
        csv=f"{_FOUR},sh\0oe\n{_ROW},43\n",
        ends=_UNKNOWN,
        facts={"unknown": "sh\\x00oe"},
    ),
    Case(
        id="B101",
        what="a control character in a name",
        csv=f"{_FOUR},sh\x1boe\n{_ROW},43\n",
        ends=_UNKNOWN,
        facts={"unknown": "sh\\x1boe"},
    ),
    Case(
        id="B093",
        what="an unknown column, strictly",
        csv=f"{_FOUR},shoe_size\n{_ROW},43\n",
        options={"unknown_columns": "REJECT"},
        ends=_UNKNOWN,
        facts={"unknown": "shoe_size"},
    ),
)
async def test_a_header_that_cannot_be(case: Case, peer: Peer, narrow: Peer) -> None:
    """B087, B093, B095, B098, B101, S22: refused with its own reason, escaped; nothing applied."""
    answer = await case.run(peer, narrow)
    assert answer.message.isprintable()


@table(
    Case(
        id="B093",
        what="an unknown column",
        csv=f"{_FOUR},shoe_size\n{_ROW},43\n2,b@example.org,Ada,Byron,44\n",
        rows={2: "CREATED", 3: "CREATED"},
        warnings=["unknown_column_ignored"],
    ),
)
async def test_an_unknown_column_is_said_once(case: Case, peer: Peer, narrow: Peer) -> None:
    """B093: WARN warns once, in `understood` and in the summary, and never in a row."""
    answer = await case.run(peer, narrow)
    assert answer.understood
    assert answer.summary
    assert list(answer.understood.ignored_columns) == ["shoe_size"]
    assert [issue.code for issue in answer.summary.warnings] == ["unknown_column_ignored"]
    assert not answer.summary.codes


@table(
    Case(
        id="B102",
        what="quoted, spaced and in capitals",
        csv=f"{_FOUR.replace('email', chr(34) + ' E-Mail ' + chr(34))}\n{_ROW}\n",
        rows={2: "CREATED"},
    ),
    Case(
        id="B102",
        what="a line end in a name that is mapped",
        csv=f"{_FOUR.replace('email', chr(34) + 'post' + chr(10) + 'box' + chr(34))}\n{_ROW}\n",
        options={"columns": {"Post\nBox": "email"}},
        rows={3: "CREATED"},
    ),
    Case(
        id="B102",
        what="a line end in a name that is ignored",
        csv=f'{_FOUR},"shoe\r\nsize"\n{_ROW},43\n',
        rows={3: "CREATED"},
        warnings=["unknown_column_ignored"],
    ),
)
async def test_a_quoted_name_that_matches(case: Case, peer: Peer, narrow: Peer) -> None:
    """B102: a quoted name is compared after it was parsed and trimmed; lines go on after it."""
    await case.run(peer, narrow)


@pytest.mark.parametrize(
    "column",
    "password_hash status locks privileged protected role_lock location_lock version".split(),
)
async def test_a_column_that_no_file_may_carry(peer: Peer, column: str) -> None:
    """Columns that decide who a user is to the service itself are refused by name."""
    case = Case(
        id="",
        what=column,
        csv=f"{_FOUR},{column.upper()}\n{_ROW},1\n",
        ends="INVALID_ARGUMENT/HEADER_FORBIDDEN_COLUMN",
        facts={"forbidden": column.upper()},
    )
    await case.run(peer)


async def test_a_password_is_taken_from_nobody_yet(peer: Peer, narrow: Peer) -> None:
    """B092: until there are scopes, a column of passwords is read, and a filled cell refused."""
    case = Case(
        id="B092",
        what="a password column",
        csv=f"{_FOUR},password\n{_ROW},\n2,b@example.org,Ada,Byron,correct horse battery\n",
        rows={2: "CREATED", 3: "FAILED password_not_allowed(password)"},
    )
    answer = await case.run(peer, narrow)
    assert "battery" not in str(answer.results)
