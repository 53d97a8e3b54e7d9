"""Bad inputs of records and quotes: where a row ends, and what it holds."""

import pytest

from tests.acceptance.cases import Case, table
from tests.acceptance.wire import HEADER, Peer, user, users

_ALL_MISSING = "FAILED " + " ".join(
    f"missing_required_field({field})"
    for field in ("employee_number", "email", "first_name", "last_name")
)


@table(
    Case(
        id="B103",
        what="one cell too few",
        csv=HEADER + users(1) + "2,b@example.org,Ada,Byron,\n" + users(3),
        rows={2: "CREATED", 3: "FAILED too_few_fields", 4: "CREATED"},
    ),
    Case(
        id="B104",
        what="one cell too many",
        csv=HEADER + users(1) + "2,b@example.org,Ada,Byron,,,\n" + users(3),
        rows={2: "CREATED", 3: "FAILED too_many_fields", 4: "CREATED"},
    ),
    Case(
        id="B105",
        what="blank lines in the middle",
        csv=HEADER + users(1) + "\n   \r\n\n" + users(2),
        rows={2: "CREATED", 6: "CREATED"},
    ),
    Case(
        id="B106",
        what="a line of delimiters",
        csv=HEADER + users(1) + ",,,,,\n" + users(2),
        rows={2: "CREATED", 3: _ALL_MISSING, 4: "CREATED"},
    ),
    Case(
        id="B112",
        what="a quoted CRLF in a name",
        csv=HEADER + user(1, first_name='"Ada\r\nKing"') + users(2),
        rows={2: "FAILED control_character(first_name)", 4: "CREATED"},
    ),
    Case(
        id="B116",
        what="no newline at the end",
        csv=(HEADER + users(1, 2)).rstrip("\n"),
        rows={2: "CREATED", 3: "CREATED"},
    ),
    Case(
        id="B121",
        what="backslashes before quotes",
        csv=HEADER + user(1, first_name='"Ada \\"the\\" Countess"') + users(2),
        rows={2: "FAILED malformed_quoting", 3: "CREATED"},
    ),
    Case(
        id="B121",
        what="text after a closing quote, to its line's end",
        csv=HEADER + '1,a@example.org,"Ada"x,"Byron\n' + users(2),
        rows={2: "FAILED malformed_quoting", 3: "CREATED"},
    ),
)
async def test_a_row_that_is_not_as_the_header(case: Case, peer: Peer, narrow: Peer) -> None:
    """B103, B104, B105, B106, B112, B116, B121, S30: that row fails alone, lines stay right."""
    answer = await case.run(peer, narrow)
    rows = sorted(result.row for result in answer.results)
    assert rows == list(range(1, len(rows) + 1))


@table(
    Case(
        id="B113",
        what="CR alone",
        csv=(HEADER + users(1, 2)).replace("\n", "\r"),
        rows={2: "CREATED", 3: "CREATED"},
    ),
    Case(
        id="B114",
        what="CRLF, LF and CR",
        csv=HEADER.replace("\n", "\r\n")
        + users(1).replace("\n", "\r")
        + users(2)
        + users(3).replace("\n", "\r\n")
        + users(4).replace("\n", "\r\r")
        + users(5).replace("\n", "\n\r\n")
        + users(6),
        rows={2: "CREATED", 3: "CREATED", 4: "CREATED", 5: "CREATED", 7: "CREATED", 9: "CREATED"},
    ),
)
async def test_lines_end_in_three_ways(case: Case, peer: Peer, narrow: Peer) -> None:
    """B113, B114: LF, CRLF and CR end a row, alone or mixed, and lines are counted exactly."""
    await case.run(peer, narrow)


@pytest.mark.parametrize("character", ["\u2028", "\u0085", "\v", "\f"], ids=ascii)
async def test_nothing_else_ends_a_row(peer: Peer, narrow: Peer, character: str) -> None:
    """B117: what `str.splitlines` would cut at is no line end: refused inside, trimmed outside."""
    case = Case(
        id="B117",
        what="a separator in a cell",
        csv=HEADER
        + user(1, first_name=f"Ada{character}King")
        + user(2, first_name=f"{character}Ada")
        + user(3, last_name=f"Byron{character}")
        + users(4),
        rows={
            2: "FAILED control_character(first_name)",
            3: "CREATED whitespace_trimmed(first_name)",
            4: "CREATED whitespace_trimmed(last_name)",
            5: "CREATED",
        },
    )
    await case.run(peer, narrow)


@table(
    Case(
        id="B107",
        what="a quote left open in the third row",
        csv=HEADER + users(1, 2) + '3,u3@example.org,"Ada,Byron,,\n' + users(4, 5),
        ends="INVALID_ARGUMENT/UNTERMINATED_QUOTE",
        facts={"line": "4"},
        rows={2: "CREATED", 3: "CREATED"},
        stopped=("unterminated_quote", 4),
    ),
    Case(
        id="B107",
        what="a quote left open in the first row",
        csv=HEADER + '1,u1@example.org,"Ada,Byron,,\n' + users(2, 3),
        ends="INVALID_ARGUMENT/UNTERMINATED_QUOTE",
        facts={"line": "2"},
    ),
    Case(
        id="B107",
        what="the line where it opened, not where its row began",
        csv=HEADER + users(1) + '2,u2@example.org,"A\nda","Byron,,\n' + users(3),
        ends="INVALID_ARGUMENT/UNTERMINATED_QUOTE",
        facts={"line": "4"},
        rows={2: "CREATED"},
        stopped=("unterminated_quote", 4),
    ),
)
async def test_a_quote_is_never_closed(case: Case, peer: Peer, narrow: Peer) -> None:
    """B107: the file stops where the quote opened; the row it opened in is not touched."""
    await case.run(peer, narrow)


async def test_single_quotes_are_letters(peer: Peer, narrow: Peer) -> None:
    """B122: they are kept as they are, and then the rules of the fields are asked."""
    case = Case(
        id="B122",
        what="single quotes",
        csv=HEADER
        + user(1, first_name="'Ada'")
        + user(2, email="'u2@example.org'")
        + user("'3'", email="u3@example.org"),
        rows={
            2: "CREATED",
            3: "FAILED invalid_email(email)",
            4: "FAILED invalid_employee_number(employee_number)",
        },
    )
    await case.run(peer, narrow)
    directory = await peer.new_directory()
    await peer.send_file(directory, case.csv)
    assert (await peer.stored(directory))["1"]["first_name"] == "'Ada'"
