"""Tests of what differs by directory, and of the language that a user has."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from mail_relay import Relay, Start, notice

from rollbook.hooks import Sent
from rollbook_mail.commands import main
from rollbook_mail.senders import Senders
from rollbook_mail.settings import MailSettings, SettingsError
from rollbook_mail.template_files import TemplatesError

ADA = notice("ada@example.org")
PARTS = ("subject", "txt", "html")
_TOML = """
[wien]
from_name = "Acme Wien"
reply_to = "wien@acme.example"
language = "de"
templates = "wien"

[oslo]
reply_to = "oslo@acme.example"
"""


@pytest.fixture
def place(tmp_path: Path, environment: Callable[..., None]) -> Path:
    """A folder with the file of directories, templates of some languages, and wien's own."""
    for folder, languages in (("all", ("de", "pt")), ("wien", ("de", "fr"))):
        (tmp_path / folder).mkdir()
        for language in languages:
            for part in PARTS:
                text = f"{folder} {language} {{{{ directory }}}} {{{{ sender_name }}}}"
                (tmp_path / folder / f"welcome.{language}.{part}").write_text(text)
    (tmp_path / "directories.toml").write_text(_TOML)
    environment(
        host="localhost",
        tls="off-in-clear-text",
        sender="a@example.net",
        from_name="Acme",
        templates=tmp_path / "all",
        language_attribute="language",
        directories=tmp_path / "directories.toml",
    )
    return tmp_path


async def test_a_directory_has_its_own_sender_and_templates(
    place: Path, start: Start, relay: Relay
) -> None:
    """What its table leaves out is as for all; the envelope is the same."""
    plugin = await start(
        from_name="Acme", directories=place / "directories.toml", templates=place / "all"
    )
    asked = [
        notice(f"{name}@example.org", directory=name, directory_name=name.title())
        for name in ("wien", "oslo", "acme")
    ]
    answers = await plugin.notify(asked, 30) or {}
    assert {type(answer) for answer in answers.values()} == {Sent}
    wien, oslo, acme = (relay.mail_to(one.email) for one in asked)
    assert wien.message["From"] == "Acme Wien <accounts@example.net>"
    assert wien.message["Reply-To"] == "wien@acme.example"
    assert wien.message["Subject"] == "wien de Wien Acme Wien"
    assert oslo.message["From"] == acme.message["From"] == "Acme <accounts@example.net>"
    assert (oslo.message["Reply-To"], acme.message["Reply-To"]) == ("oslo@acme.example", None)
    assert oslo.message["Subject"] == "Your account at Oslo"
    assert {mail.sender for mail in (wien, oslo, acme)} == {"accounts@example.net"}


@pytest.mark.parametrize(
    ("directory", "language", "subject"),
    [
        ("acme", "", "Your account at"),
        ("acme", "de", "all de"),
        ("acme", " DE ", "all de"),
        ("acme", "de_AT", "all de"),
        ("acme", "pt-br", "all pt"),
        ("acme", "fr", "Your account at"),
        ("acme", "German", "Your account at"),
        ("acme", "../de", "Your account at"),
        ("wien", "", "wien de"),
        ("wien", "fr", "wien fr"),
        ("wien", "pt", "wien de"),
    ],
)
@pytest.mark.usefixtures("place")
def test_the_users_language_chooses_before_the_directorys(
    directory: str, language: str, subject: str
) -> None:
    """Of a region the language; of what there is not, the next; and all three parts alike."""
    senders = Senders.read(MailSettings.read())
    sealed = senders.seal(ADA._replace(directory=directory, attributes={"language": language}))
    assert f"\r\nSubject: {subject}".encode() in sealed.content
    if not subject.startswith("Your"):
        assert sealed.content.count(subject.encode()) == 3


@pytest.mark.usefixtures("place")
def test_a_language_without_all_parts_stops_the_start(place: Path) -> None:
    """Else a mail would be half in one language, half in another."""
    (place / "wien" / "welcome.fr.html").unlink()
    with pytest.raises(TemplatesError, match=r"directory wien: .*welcome\.fr\.html is not there"):
        Senders.read(MailSettings.read())


def test_a_template_of_a_language_is_tried_at_the_start(place: Path) -> None:
    """As those without one."""
    (place / "all" / "welcome.pt.txt").write_text("{{ nobody }}")
    with pytest.raises(TemplatesError, match=r"The template welcome\.pt\.txt cannot be rendered"):
        Senders.read(MailSettings.read())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[wien", "ROLLBOOK_MAIL_DIRECTORIES cannot be read: "),
        ("wien = 1", "[wien] is no table of settings."),
        ('[wien]\nhost = "x"', "[wien] has host, which is none of from_name, language, "),
        ("[wien]\nfrom_name = 1", "[wien]: from_name is wrong: "),
        ('[wien]\nreply_to = "x"', "[wien]: reply_to is wrong: it is no address"),
        ('[wien]\nlanguage = "x y"', "[wien]: language is wrong: it is no language"),
        ('[wien]\ntemplates = "none"', "[wien]: templates is wrong: "),
    ],
)
def test_a_wrong_file_stops_the_start(place: Path, content: str, said: str) -> None:
    """By its variable, directory and key."""
    (place / "directories.toml").write_text(content)
    with pytest.raises(SettingsError) as refused:
        Senders.read(MailSettings.read())
    assert said in str(refused.value)


def test_a_directorys_mails_are_previewed(place: Path) -> None:
    """With its name, and its language."""
    out = place / "out"
    words = ["preview", "--out", str(out), "--directory", "wien"]
    ended = CliRunner().invoke(main, words)
    assert ended.exit_code == 0, ended.output
    assert b"From: Acme Wien <a@example.net>" in (out / "welcome.eml").read_bytes()
    assert (out / "welcome.txt").read_text().startswith("wien de")
