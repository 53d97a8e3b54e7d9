"""Tests of the operators' own templates, which are tried before the service starts."""

import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.meta import find_undeclared_variables
from mail_relay import Relay, Start, notice

from rollbook.hooks import Sent
from rollbook_mail.letters import Letters, Unwritable
from rollbook_mail.purposes import PURPOSES
from rollbook_mail.samples import sample_credential
from rollbook_mail.settings import MailSettings
from rollbook_mail.template_files import TemplatesError

ADA = notice("ada@example.org")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The operator's templates."""
    made = tmp_path / "templates"
    made.mkdir()
    return made


@pytest.fixture
def letters(folder: Path, environment: Callable[..., None]) -> Callable[[], Letters]:
    """Reads them."""
    environment(host="localhost", tls="off-in-clear-text", sender="a@example.net", templates=folder)
    return lambda: Letters(MailSettings.read())


def test_each_may_be_replaced_alone(folder: Path, letters: Callable[[], Letters]) -> None:
    """What is not there is the shipped one."""
    shipped = letters().write(ADA)
    (folder / "welcome.subject").write_text("Willkommen bei {{ directory }}\n")
    subject = letters().write(ADA)
    assert subject.subject == "Willkommen bei Acme Corporation"
    assert (subject.text, subject.html) == (shipped.text, shipped.html)
    (folder / "welcome.txt").write_text("Grüß Gott, {{ person }} <{{ employee_number }}>.\n")
    (folder / "welcome.html").write_text("<p>Grüß Gott, {{ person }}.</p>\n")
    own = letters().write(ADA._replace(name="A&B"))
    assert own.text == "Grüß Gott, A&B <E-1001>.\n"
    assert own.html == "<p>Grüß Gott, A&amp;B.</p>"


def test_a_template_may_include_its_own_parts(folder: Path, letters: Callable[[], Letters]) -> None:
    """Those whose names begin with an underscore; what they show in HTML is escaped too."""
    (folder / "_foot.html").write_text("<p>{{ person }}</p>")
    (folder / "welcome.html").write_text("{% include '_foot.html' %}")
    assert letters().write(ADA._replace(name="<b>")).html == "<p>&lt;b&gt;</p>"


def test_what_changes_on_disk_counts_from_the_next_start_on(
    folder: Path, letters: Callable[[], Letters]
) -> None:
    (folder / "welcome.txt").write_text("one")
    read = letters()
    (folder / "welcome.txt").write_text("two {% broken")
    assert read.write(ADA).text == "one\n"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("welcome.txt", "Hello {{ nme }}", "welcome.txt cannot be rendered: 'nme' is undefined"),
        ("welcome.txt", "a\n{% if x %}", "welcome.txt cannot be rendered: line 2: "),
        ("welcome.html", "{{ person.__class__.__mro__ }}", "welcome.html cannot be rendered: "),
        ("welcome.html", "{{ 1 // 0 }}", "welcome.html cannot be rendered: ZeroDivisionError."),
        ("welcome.html", "{% include '_no.html' %}", "welcome.html cannot be rendered: _no.html"),
        ("welcome.html", "{{ 'x' * 300000 }}", "welcome.html gives more than 262144 characters."),
        (
            "welcome.subject",
            "Hello {{ first_name }}",
            "'first_name' is undefined. A subject is shown directory, sender_name and reply_to"
            " alone.",
        ),
        ("welcome.subject", "Hello\nBcc: eve@example.org", "welcome.subject gives no subject"),
        ("welcome.subject", " \n", "welcome.subject gives no subject"),
        ("welcome.htm", "x", "nothing uses welcome.htm. Templates are invitation.html, "),
        ("README.md", "x", "ROLLBOOK_MAIL_TEMPLATES: nothing uses README.md."),
        ("welcome.txt", b"\xff\xfe", "welcome.txt cannot be read as UTF-8 (UnicodeDecodeError)."),
    ],
)
def test_a_template_that_cannot_be_used_stops_the_start(
    folder: Path, letters: Callable[[], Letters], name: str, text: str | bytes, said: str
) -> None:
    """Its file is named, and what is wrong."""
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(TemplatesError) as refused:
        letters()
    assert said in str(refused.value)


def test_a_template_that_fails_on_a_user_without_a_name_stops_the_start(
    folder: Path, letters: Callable[[], Letters]
) -> None:
    """They are tried on a user who has everything, and on one who has nothing."""
    (folder / "welcome.txt").write_text("{% if not person %}{{ oops }}{% endif %}Hello")
    with pytest.raises(TemplatesError, match="oops"):
        letters()


def test_a_template_that_fails_on_one_user_sets_that_one_aside(
    folder: Path, letters: Callable[[], Letters]
) -> None:
    """P38: and the reason does not repeat the cell."""
    (folder / "welcome.txt").write_text("{{ 100 // (person | length - 5) }}")
    read = letters()
    with pytest.raises(Unwritable) as refused:
        read.write(ADA._replace(name="Bobby"))
    assert str(refused.value) == "welcome.txt cannot be rendered: ZeroDivisionError."


async def test_lines_that_begin_with_a_dot_arrive(start: Start, relay: Relay, folder: Path) -> None:
    """And one that is a dot alone ends no mail."""
    (folder / "welcome.txt").write_text("one\n.\n..two\n.three\n")
    plugin = await start(templates=folder)
    assert isinstance((await plugin.notify([ADA], 30) or {})[ADA.id], Sent)
    assert b"\r\n\r\none\r\n.\r\n..two\r\n.three\r\n\r\n--=" in relay.mail_to(ADA.email).content


PAGE = (Path(__file__).parents[1] / "README.md").read_text()
SHIPPED = sorted((resources.files("rollbook_mail") / "templates").iterdir(), key=str)


def test_the_page_has_the_variables_that_there_are(
    folder: Path, letters: Callable[[], Letters]
) -> None:
    """All that the shipped templates use, and each can be used."""
    rows = re.findall(
        r"^\| ((?:`\w+`(?:, )?)+) \|", PAGE.split("## Templates")[1].split("## ")[0], re.MULTILINE
    )
    named = {name for row in rows for name in re.findall(r"\w+", row)}
    environment = Environment(autoescape=True)
    pages = [each for each in SHIPPED if each.name != "_parts.html"]  # whose macros have arguments
    used = (environment.parse(each.read_text()) for each in pages)
    assert set().union(*map(find_undeclared_variables, used)) - named == {"parts"}  # an import
    opening = {name for name in named if name in {"link", "expires", "password"}}
    usual = "".join(f"{{{{ {name} }}}}" for name in named - opening)
    (folder / "welcome.html").write_text(usual)
    (folder / "reset.html").write_text(usual + "{{ link }} {{ expires }}")
    (folder / "login_details.html").write_text(usual + "{{ password }}")
    assert ADA.email in letters().write(ADA).html


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        *(
            (f"{mail}.{part}", text, said)
            for mail in ("invitation", "reset")
            for part, text, said in (
                ("txt", "Hello.", ".txt must show {{ link }} on a line of its own."),
                ("txt", "Here: {{ link }}.", ".txt must show {{ link }} on a line of its own."),
                ("html", "<p>Hello.</p>", ".html must show {{ link }}."),
                ("subject", "{{ link }}", ".subject cannot be rendered: 'link' is undefined."),
                ("txt", "{{ password }}", ".txt cannot be rendered: 'password' is undefined."),
            )
        ),
        ("login_details.txt", "Hello.", ".txt must show {{ password }}."),
        ("login_details.html", "Hello.", ".html must show {{ password }}."),
        ("login_details.subject", "{{ password }}", "'password' is undefined."),
        ("login_details.txt", "{{ link }}", "'link' is undefined."),
        ("password_changed.txt", "{{ link }}", "'link' is undefined."),
        ("welcome.txt", "{{ password }}", "'password' is undefined."),
    ],
)
def test_a_mail_must_have_what_it_is_for_and_nothing_that_it_has_not(
    folder: Path, letters: Callable[[], Letters], name: str, text: str, said: str
) -> None:
    """S58, P50: a link or password stands in its mail, in both parts, and never in a subject."""
    (folder / name).write_text(text)
    with pytest.raises(TemplatesError) as refused:
        letters()
    assert said in str(refused.value)


def test_the_frame_of_all_mails_may_be_replaced(
    folder: Path, letters: Callable[[], Letters]
) -> None:
    """One file changes how each looks."""
    (folder / "_frame.html").write_text(
        "<main>{{ self.title() }}{% block title %}{% endblock %}"
        "{% block lead %}{% endblock %}{% block middle %}{% endblock %}</main>"
    )
    for mail in PURPOSES:
        asked = ADA._replace(mail=mail)
        page = letters().write(asked, sample_credential(asked)).html
        assert page.lstrip().startswith("<main>")
