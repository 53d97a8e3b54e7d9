"""Bad inputs of e-mail addresses: a strict grammar, one key for one mailbox, one owner."""

import pytest

from tests.acceptance.cases import Case, table
from tests.acceptance.wire import HEADER, Peer, user, users

_INVALID = "FAILED invalid_email(email)"
_TAKEN = "FAILED duplicate_email(email)"


def _mailed(*addresses: str) -> str:
    return HEADER + "".join(user(n, email=mail) for n, mail in enumerate(addresses, 1))


def _invalid(case_id: str, what: str, *addresses: str) -> Case:
    """All refused; lines are counted through quoted line ends."""
    line, rows = 2, {}
    for address in addresses:
        rows[line] = _INVALID
        line += 1 + address.count("\n")
    good = user(99)
    return Case(
        id=case_id, what=what, csv=_mailed(*addresses) + good, rows=rows | {line: "CREATED"}
    )


@table(
    _invalid("B153", "no at sign", "bad-email"),
    _invalid("B154", "not one at sign with text around it", "a@b@x.org", "@x.org", "a@", "a"),
    _invalid("B155", "a space inside", "a b@x.org", "a@x .org"),
    _invalid("B159", "a quoted header of a mail", '"a@x.org\r\nBcc: e@y.org"'),
    _invalid("B160", "an encoded header of a mail", "a@x.org%0d%0aBcc:"),
    _invalid("B161", "an argument of SMTP", "a@x.org> NOTIFY=NEVER"),
    _invalid("B162", "a quoted local part", '"""a b""@x.org"', '"""a""@x.org"'),
    _invalid("B164", "a domain without a dot", "a@localhost", "a@intranet"),
    _invalid("B167", "a local part of 65", "a" * 65 + "@x.org", "é" * 33 + "@x.org"),
    _invalid("B177", "what cannot be seen", "a\u200bb@x.org", "a\u00adb@x.org", "a\u202eb@x.org"),
    _invalid(
        "rules-5",
        "what libraries would mend",
        "a@x.org.",
        ".a@x.org",
        "a..b@x.org",
        "a@[127.0.0.1]",
        "Ada <a@x.org>",
        "a(c)@x.org",
        "a@x.org;b@x.org",
        '"a@x.org, b@x.org"',
        "a@" + "b" * 64 + ".org",
    ),
)
async def test_no_address(case: Case, peer: Peer, narrow: Peer) -> None:
    """B153, B154, B155, B159, B160, B161, B162, B164, B167, B177, S32: refused, never mended."""
    await case.run(peer, narrow)


@table(
    Case(
        id="B152",
        what="empty",
        csv=_mailed("", " "),
        rows=dict.fromkeys((2, 3), "FAILED missing_required_field(email)"),
    ),
    Case(
        id="B155",
        what="a space before it",
        csv=_mailed(" a@x.org", "b@x.org\t"),
        rows=dict.fromkeys((2, 3), "CREATED whitespace_trimmed(email)"),
    ),
    Case(
        id="B167", what="a local part of 64", csv=_mailed("a" * 64 + "@x.org"), rows={2: "CREATED"}
    ),
    Case(
        id="B174",
        what="another form of an address does not block the address itself",
        csv=_mailed("\uff41nn@x.org", "ann@x.org"),
        rows={2: _INVALID, 3: "CREATED"},
    ),
    Case(
        id="B180",
        what="tags are addresses of their own",
        csv=_mailed("a@x.org", "a+tag@x.org", "a.b@gmail.com", "ab@gmail.com"),
        rows=dict.fromkeys(range(2, 6), "CREATED"),
    ),
)
async def test_an_address_at_its_edges(case: Case, peer: Peer, narrow: Peer) -> None:
    """B152, B155, B167, B180: blank is missing, space around is trimmed, no provider's rules."""
    await case.run(peer, narrow)


async def test_a_domain_without_a_dot_may_be_allowed(configured: Peer) -> None:
    """B164: where the operator names the domain, and no other."""
    case = Case(
        id="B164",
        what="a domain that is allowed",
        csv=_mailed("a@localhost", "a@intranet"),
        rows={2: "CREATED", 3: _INVALID},
    )
    await case.run(configured)


_PAIRS = [
    ("B172", "a@bücher.example", "a@xn--bcher-kva.example", ""),
    ("B172", "a@straße.example", "a@xn--strae-oqa.example", ""),
    ("B174", "k@x.org", "\u212a@x.org", ""),
    ("B175", "strasse@x.org", "straße@x.org", " smtputf8_required(email)"),
    ("B183", "a@x.org", "A@X.ORG", ""),
]


@pytest.mark.parametrize(("case", "first", "second", "warned"), _PAIRS)
async def test_one_mailbox_in_two_spellings(
    peer: Peer, narrow: Peer, case: str, first: str, second: str, warned: str
) -> None:
    """B172, B174, B175, B183, B184, S33: the second is `duplicate_email`, of file or directory.

    Within one file the issue names the first line.
    """
    in_one_file = Case(
        id=case,
        what="both in one file",
        csv=_mailed(first, second),
        rows={2: "CREATED", 3: f"{_TAKEN}{warned}"},
    )
    answer = await in_one_file.run(peer, narrow)
    assert answer.issue(3, "duplicate_email").params["first_line"] == "2"
    in_the_directory = Case(
        id=case,
        what="the first one is there",
        before=_mailed(first),
        csv=HEADER + user(2, email=second) + users(3),
        rows={2: f"{_TAKEN}{warned}", 3: "CREATED"},
    )
    await in_the_directory.run(peer, narrow)


@table(
    Case(
        id="B172",
        what="what IDNA 2003 would have mixed up",
        csv=_mailed("a@straße.example", "a@strasse.example"),
        rows={2: "CREATED", 3: "CREATED"},
    ),
    Case(
        id="B179",
        what="the same user in capitals",
        before=_mailed("a@x.org"),
        csv=_mailed("A@X.ORG"),
        rows={2: "UPDATED"},
    ),
    Case(
        id="B184",
        what="the first of two fails its own checks",
        csv=HEADER + user(1, email="a@x.org", first_name="") + user(2, email="a@x.org"),
        rows={2: "FAILED missing_required_field(first_name)", 3: "CREATED"},
    ),
    Case(
        id="B184",
        what="the first of three",
        csv=_mailed("a@x.org", "a@x.org", "A@x.org"),
        rows={2: "CREATED", 3: _TAKEN, 4: _TAKEN},
    ),
)
async def test_whose_an_address_is(case: Case, peer: Peer, narrow: Peer) -> None:
    """B172, B179, B184: keys are compared, and only a row that passed its checks claims one."""
    await case.run(peer, narrow)


_TEN = HEADER + users(*range(1, 11))
_UNCHANGED = "UNCHANGED"


@table(
    Case(
        id="B185",
        what="rows 5 and 9 swap",
        before=_TEN,
        csv=HEADER
        + users(1, 2, 3, 4)
        + user(5, email="u9@example.org")
        + users(6, 7, 8)
        + user(9, email="u5@example.org"),
        rows={line: "UPDATED" if line in {6, 10} else _UNCHANGED for line in range(2, 11)},
    ),
    Case(
        id="B186",
        what="a cycle of three",
        before=_TEN,
        csv=HEADER
        + user(5, email="u6@example.org")
        + users(1)
        + user(6, email="u7@example.org")
        + user(7, email="u5@example.org"),
        rows={2: "UPDATED", 3: _UNCHANGED, 4: "UPDATED", 5: "UPDATED"},
    ),
    Case(
        id="B186",
        what="a chain into a free address, backwards",
        before=_TEN,
        csv=HEADER
        + user(5, email="u6@example.org")
        + user(6, email="u7@example.org")
        + user(7, email="free@example.org"),
        rows={2: "UPDATED", 3: "UPDATED", 4: "UPDATED"},
    ),
    Case(
        id="B187",
        what="freed by a row that fails",
        before=_TEN,
        csv=HEADER
        + user(5, email="u6@example.org")
        + user(6, email="free@example.org", first_name=""),
        rows={2: _TAKEN, 3: "FAILED missing_required_field(first_name)"},
    ),
    Case(
        id="B187",
        what="a chain whose last one is held",
        before=_TEN,
        csv=HEADER
        + user(5, email="u6@example.org")
        + user(6, email="u7@example.org")
        + user(7, email="u8@example.org"),
        rows={2: _TAKEN, 3: _TAKEN, 4: _TAKEN},
    ),
    Case(
        id="B183",
        what="held by a user whom the file does not name",
        before=_TEN,
        csv=HEADER + user(11, email="u1@example.org") + user(2, first_name="Grace"),
        rows={2: _TAKEN, 3: "UPDATED"},
    ),
)
async def test_an_address_changes_hands(case: Case, peer: Peer, narrow: Peer) -> None:
    """B183, B185, B186, B187: judged against the final state of the file, in any batch cut."""
    await case.run(peer, narrow)


async def test_after_a_swap_everything_is_swapped(peer: Peer, narrow: Peer) -> None:
    """B185, B186: addresses and the usernames that follow them, within a batch and across two."""
    for each in (peer, narrow):
        directory = await each.new_directory()
        await each.send_file(directory, _TEN)
        cycle = HEADER + "".join(user(n, email=f"u{n % 10 + 1}@example.org") for n in range(1, 11))
        answer = await each.send_file(directory, cycle)
        assert set(answer.rows.values()) == {"UPDATED"}
        there = await each.stored(directory)
        wanted = {str(n): f"u{n % 10 + 1}@example.org" for n in range(1, 11)}
        assert {number: record["email"] for number, record in there.items()} == wanted
        assert {number: record["username"] for number, record in there.items()} == wanted
