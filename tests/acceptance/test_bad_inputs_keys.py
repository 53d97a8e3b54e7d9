"""Bad inputs of employee numbers, usernames and names of persons."""

from itertools import count

import pytest

from tests.acceptance.cases import Case, table
from tests.acceptance.wire import CHUNK, HEADER, Peer, user, users

_NAMED = "employee_number,email,first_name,last_name,username\n"
_WRONG_NUMBER = "FAILED invalid_employee_number(employee_number)"
_NO_NUMBER = "FAILED missing_required_field(employee_number)"


def _named(number: int, email: str, username: str) -> str:
    return f"{number},{email},Ada,Byron,{username}\n"


def _numbered(*numbers: str) -> str:
    mails = (f"mail{n}@example.org" for n in count(1))
    return HEADER + "".join(user(number, email=next(mails)) for number in numbers)


@table(
    Case(
        id="B126",
        what="empty, spaces, NBSP",
        csv=_numbered("", "   ", "\u00a0", "4"),
        rows={2: _NO_NUMBER, 3: _NO_NUMBER, 4: _NO_NUMBER, 5: "CREATED"},
    ),
    Case(
        id="B130",
        what="twice, in other letters",
        csv=_numbered("E100", "e100", "E101"),
        rows={
            2: "CREATED",
            3: "FAILED duplicate_employee_number(employee_number)",
            4: "CREATED",
        },
    ),
    Case(
        id="B131",
        what="64 and 65 characters",
        csv=_numbered("9" * 64, "8" * 65),
        rows={2: "CREATED", 3: "FAILED field_too_long(employee_number)"},
    ),
    Case(
        id="B132",
        what="letters that none may have",
        csv=_numbered("../1", "1;drop", "1'or'1", "😀", "١٢", ".1", "1 2", "A1._/@+-"),
        rows=dict.fromkeys(range(2, 9), _WRONG_NUMBER) | {9: "CREATED"},
    ),
    Case(
        id="B132",
        what="rounded by a spreadsheet",
        csv=_numbered("1.23E+05", "1E5"),
        rows={2: _WRONG_NUMBER, 3: "CREATED"},
    ),
    Case(
        id="B133",
        what="a joiner inside",
        csv=_numbered("1\u200d2", "1\u200b2"),
        rows={2: _WRONG_NUMBER, 3: _WRONG_NUMBER},
    ),
)
async def test_an_employee_number(case: Case, peer: Peer, narrow: Peer) -> None:
    """B126, B130, B131, B132, B133: the row fails and names the number; the others are applied."""
    answer = await case.run(peer, narrow)
    if case.id == "B130":
        issue = answer.issue(3, "duplicate_employee_number")
        assert issue.params["first_line"] == "2"


@table(
    Case(
        id="B135",
        what="fullwidth, when the plain one exists",
        before=_NAMED + _named(1, "a@example.org", "admin"),
        csv=_NAMED + _named(2, "b@example.org", "Ａdmin"),
        rows={2: "FAILED duplicate_username(username)"},
    ),
    Case(
        id="B135",
        what="fullwidth, when the plain one is in the file",
        csv=_NAMED + _named(1, "a@example.org", "admin") + _named(2, "b@example.org", "Ａdmin"),
        rows={2: "CREATED", 3: "FAILED duplicate_username(username)"},
    ),
    Case(
        id="B137",
        what="another user's address",
        before=_NAMED + _named(1, "bob@corp.example", "bob"),
        csv=_NAMED + _named(2, "b@example.org", "bob@corp.example"),
        rows={2: "FAILED duplicate_username(username)"},
    ),
    Case(
        id="B137",
        what="nobody's address",
        csv=_NAMED + _named(2, "b@example.org", "bob@corp.example"),
        rows={2: "FAILED invalid_username(username)"},
    ),
    Case(
        id="B137",
        what="one's own address",
        csv=_NAMED + _named(2, "Bob@Corp.example", "bob@corp.example"),
        rows={2: "CREATED"},
    ),
)
async def test_a_username(case: Case, peer: Peer, narrow: Peer) -> None:
    """B135, B137, S34: taken where it looks like another's, or is another's address."""
    await case.run(peer, narrow)


@table(
    Case(
        id="B140",
        what="empty, for a new user and for one who exists",
        before=HEADER + users(1),
        csv=HEADER + user(1, first_name="") + user(2, first_name=""),
        rows=dict.fromkeys((2, 3), "FAILED missing_required_field(first_name)"),
    ),
    Case(
        id="B142",
        what="an override of direction",
        csv=HEADER + user(1, first_name="A\u202eda"),
        rows={2: "FAILED control_character(first_name)"},
    ),
    Case(
        id="B148",
        what="10,000 combining marks",
        csv=HEADER + user(1, first_name="e" + "\u0301" * 10_000) + users(2),
        rows={2: "FAILED field_too_long(first_name)", 3: "CREATED"},
        cuts=(7, 4096, CHUNK),
    ),
    Case(
        id="B151",
        what="decomposed, against composed",
        before=HEADER + user(1, first_name="René"),
        csv=HEADER + user(1, first_name="Rene\u0301"),
        rows={2: "UNCHANGED"},
    ),
)
async def test_a_first_name(case: Case, peer: Peer, narrow: Peer) -> None:
    """B140, B142, B148, B151, S31: required of everybody, visible, not endless, in NFC."""
    await case.run(peer, narrow)


@pytest.mark.parametrize(
    ("case", "name"),
    [
        ("B143", "<img src=x onerror=alert(1)>"),
        ("B145", "{{config}}"),
        ("B145", "Ada ${7*7}"),
        ("B145", "%(x)s"),
        ("B151", "Rene\u0301"),
    ],
)
async def test_a_first_name_is_stored_literally(peer: Peer, case: str, name: str) -> None:
    """B143, B145, B151: what a page or a template would act upon is text to us; NFC is all."""
    directory = await peer.new_directory()
    answer = await peer.send_file(directory, HEADER + user(1, first_name=name))
    assert answer.rows == {2: "CREATED"}, case
    stored = (await peer.stored(directory))["1"]["first_name"]
    assert stored == name.replace("e\u0301", "é")


async def test_a_template_of_no_letters_is_stored_where_no_letter_is_asked(peer: Peer) -> None:
    """B145: a name needs a letter, a job title does not."""
    directory = await peer.new_directory()
    content = (
        HEADER.replace("role", "job_title") + user(1, role="${7*7}") + user(2, first_name="${7*7}")
    )
    answer = await peer.send_file(directory, content)
    assert answer.rows == {2: "CREATED", 3: "FAILED invalid_name(first_name)"}
    assert (await peer.stored(directory))["1"]["job_title"] == "${7*7}"
