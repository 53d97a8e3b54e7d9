"""Tests of a mail's bytes: the same at each attempt, and no user's text in a header.

Asked of what `Writer` seals, which is what a relay is given.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.headerregistry import Address, AddressHeader
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_relay import notice
from sealed import ADA, MAILS, head, parsed, part, sealed_of, writer

from rollbook.hooks import Notice
from rollbook_mail.letters import Unwritable
from rollbook_mail.samples import sample_credential

EVIL = "Eve\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>{{ 7 * 7 }}"


@pytest.fixture(autouse=True)
def _alone(environment: Callable[..., None]) -> None:
    """The tests ignore the variables of the account that runs them."""


def test_the_headers_are_these() -> None:
    """One of each, and no others."""
    mail = writer(from_name="Acme, Accounts", reply_to="help@example.net").seal(ADA)
    message = parsed(mail)
    assert dict(message.items()) == {
        "From": '"Acme, Accounts" <accounts@example.net>',
        "To": "ada@example.org",
        "Reply-To": "help@example.net",
        "Subject": "Your account at Acme Corporation",
        "Date": "Sun, 31 Jan 2027 09:30:00 +0000",
        "Message-ID": "<n-ada.acme@example.net>",
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert mail.recipient == "ada@example.org"


def test_a_mail_is_the_same_at_each_attempt() -> None:
    """P36: the attempt's number changes nothing, and a new start of the service neither."""
    first = writer().seal(ADA)
    assert writer().seal(ADA._replace(attempt=7)) == first
    assert writer().seal(ADA._replace(id="n-other")).content != first.content
    for each in MAILS:
        sealed = [sealed_of(writer(), each._replace(attempt=n)) for n in (1, 7)]
        assert sealed[0] == sealed[1]
        assert sealed[0].content != first.content or each.mail is ADA.mail


@pytest.mark.parametrize(
    ("id", "shown"),
    [
        ("7c1e.a-b_9", "7c1e.a-b_9"),
        ("a/b:c d>", r"[0-9a-f]{32}"),
        ("..", r"[0-9a-f]{32}"),
        ("x" * 65, r"[0-9a-f]{32}"),
    ],
)
def test_the_message_id_is_made_of_the_notices(id: str, shown: str) -> None:
    """As it is where it can stand there, else its digest: the same one for the same id."""
    message_id = parsed(writer().seal(ADA._replace(id=id)))["Message-ID"]
    assert re.fullmatch(f"<{shown}\\.acme@example\\.net>", message_id)


def test_the_message_id_names_no_directory_that_could_not_be_one() -> None:
    """And is one line, however long it is."""
    for directory, shown in (("x" * 64, f".{'x' * 64}"), ("A b\r\nBcc: x", ""), ("", "")):
        sealed = writer().seal(ADA._replace(directory=directory))
        assert f"\r\nMessage-ID: <n-ada{shown}@example.net>\r\n".encode() in sealed.content


CELLS = ("first_name", "last_name", "name", "username", "employee_number", "import_id")


@given(st.fixed_dictionaries(dict.fromkeys(CELLS, st.text(max_size=40) | st.just(EVIL))))
def test_no_cell_reaches_a_header(cells: dict[str, Any]) -> None:
    """B159: whatever the user's texts are, the headers are those of a user who has none."""
    sealing = writer()
    blanks: dict[str, Any] = dict.fromkeys(CELLS, "")
    plain = sealing.seal(ADA._replace(**blanks))
    assert head(sealing.seal(ADA._replace(**cells))) == head(plain)


def test_a_cell_that_breaks_lines_makes_none() -> None:
    """Not in the text either, where it could be taken for a sentence of ours."""
    text = part(writer().seal(ADA._replace(name="Eve\r\nBcc: eve\r\n{{ 7 * 7 }}")), "plain")
    assert "Hello Eve  Bcc: eve  {{ 7 * 7 }}," in text


def test_html_escapes_what_it_shows() -> None:
    """B143, B145: markup and templates in a cell are shown as they were typed."""
    mail = writer().seal(
        ADA._replace(
            name="<script>alert(1)</script>{{ 7 * 7 }}", username='"><img src=x onerror=y>'
        )
    )
    page = part(mail, "html")
    assert "<script>" not in page
    assert "<img" not in page
    shown = _Text()
    shown.feed(page)
    assert "<script>alert(1)</script>{{ 7 * 7 }}" in shown.text
    assert '"><img src=x onerror=y>' in shown.text


class _Text(HTMLParser):
    """What is read of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def handle_data(self, data: str) -> None:
        self.text += data


def test_nothing_is_loaded_from_elsewhere() -> None:
    """A mail that fetches something shows others who opened it, and when."""
    for each in MAILS:
        page = part(sealed_of(writer(reply_to="help@example.net"), each), "html")
        credential = sample_credential(each)
        if credential and credential.link:
            page = page.replace(credential.link, "")
        assert not re.search(r"https?:|//|src=|url\(|@import|<link", page.replace("<!doctype", ""))


@pytest.mark.parametrize(
    "address", ["ada@example.org", f"{'a' * 64}@{'b' * 60}.{'c' * 60}.example"]
)
def test_the_header_names_the_recipient_and_no_other(address: str) -> None:
    """Letter by letter, in one line."""
    mail = writer().seal(notice(address))
    assert head(mail).split(b"\r\n")[1] == b"To: " + address.encode()
    to = parsed(mail)["To"]
    assert isinstance(to, AddressHeader)
    assert [(each.display_name, each.addr_spec) for each in to.addresses] == [("", address)]
    assert all(isinstance(each, Address) for each in to.addresses)
    assert mail.recipient == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@example.org",
        "ada@",
        "a@b@example.org",
        "ada@example.org, eve@example.org",
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org\nRCPT TO:<eve@example.org>",
        "ada@example.org> SIZE=1",
        "Ada <ada@example.org>",
        '"ada"@example.org',
        "ada(comment)@example.org",
        "ada @example.org",
        "ada\0@example.org",
        "=?utf-8?q?eve?=@example.org",
        "ada@exa\u2028mple.org",
        "ada@ex_ample.é",
        "ada@[127.0.0.1]",
        f"ada@{'b' * 250}.org",
        "group:ada@example.org;",
        ".ada@example.org",
        "ada..b@example.org",
    ],
)
def test_what_would_become_another_address_is_not_mailed_to(address: str) -> None:
    """B159, B161: nothing is mended; the reason names no address."""
    with pytest.raises(Unwritable) as refused:
        writer().seal(ADA._replace(email=address))
    assert "The stored address cannot" in str(refused.value)
    assert "example" not in str(refused.value)


@pytest.mark.parametrize("name", ["Acme\r\nBcc: eve@example.org", "Acme\nx", "A\x00b", "x" * 200])
def test_a_directory_whose_name_is_no_line_has_no_subject(name: str) -> None:
    """P38: such a mail is set aside; nothing is cut or mended."""
    with pytest.raises(Unwritable, match=r"welcome\.subject gives no subject"):
        writer().seal(ADA._replace(directory_name=name))


def test_a_directory_may_have_any_letters() -> None:
    """A subject beyond ASCII is encoded, and reads as it was."""
    for name in ("Zürich & Söhne", "株式会社ロールブック", "Straße " * 15 + "Ende"):
        mail = writer().seal(ADA._replace(directory_name=name))
        assert parsed(mail)["Subject"] == f"Your account at {name}"
        assert head(mail).isascii()


def test_without_a_display_name_the_directorys_name_stands_for_it() -> None:
    mail = writer().seal(ADA._replace(directory_name=""))
    assert parsed(mail)["Subject"] == "Your account at acme"


VARIED = [
    *MAILS,
    ADA._replace(directory_name="The International Society of Very Long Names in Small Places"),
    ADA._replace(name="", first_name="Maximiliane Friederike", last_name="von und zu Hohenlohe"),
    ADA._replace(name="", first_name="", last_name="", username=""),
    ADA._replace(name="José Ñandú", username="ada@example.org"),
]


@pytest.mark.parametrize("each", VARIED)
def test_the_text_keeps_to_seventy_two_columns(each: Notice) -> None:
    """And has no hole where a user has no name or username."""
    sealed = sealed_of(writer(from_name="Acme", reply_to="help@example.net"), each)
    text = part(sealed, "plain")
    assert max(len(line) for line in text.splitlines() if "/set-password#" not in line) <= 72
    assert "\n\n\n" not in text
    assert "Hello," in text or "Hello " in text
    assert "\n-- \nAcme\n" in text


@pytest.mark.parametrize("each", VARIED)
def test_every_byte_goes_through_any_relay(each: Notice) -> None:
    """Seven bits, no line beyond 998, and no half line end, by which mails are smuggled."""
    content = sealed_of(writer(), each).content
    assert content.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", content)
    assert max(len(line) for line in content.split(b"\r\n")) <= 998


def test_the_date_is_that_of_the_first_attempt() -> None:
    """P36: an old date costs points with spam filters; a repeat keeps it, byte for byte."""
    first = datetime(2027, 2, 1, 12, 0, tzinfo=UTC)
    one, two = (writer().seal(ADA._replace(attempt=n, first_attempt_at=first)) for n in (1, 2))
    assert parsed(one)["Date"] == "Mon, 01 Feb 2027 12:00:00 +0000"
    assert one.content == two.content


@pytest.mark.parametrize(
    "name",
    [
        "www.evil.example/win",
        "https://evil.example",
        "Win at evil.example",
        "evil.example/prize",
        "WWW.EVIL",
        "evil\u3002example",
        "mailto:eve@evil.example",
        "eve@evil.example",
        "Your account is closed. Please call the evil number below to open",
    ],
)
def test_a_name_that_is_a_link_is_left_out_of_the_greeting(name: str) -> None:
    """No part of the mail has it; the greeting has no name, and the mail goes out."""
    for fields in ({"name": name}, {"name": "", "first_name": name, "last_name": ""}):
        mail = writer().seal(ADA._replace(**fields))  # type: ignore[arg-type]
        for kind in ("plain", "html"):
            assert "Hello" in part(mail, kind)
            assert "evil" not in part(mail, kind).casefold()


@pytest.mark.parametrize("name", ["J.R.R. Tolkien", "Ada Byron, Jr.", "Åsa 王", "Anne-Marie"])
def test_a_name_that_is_a_name_is_greeted(name: str) -> None:
    """Initials are no link."""
    assert f"Hello {name}," in part(writer().seal(ADA._replace(name=name)), "plain")
