"""Tests of the settings: checked at the start, wrong ones named, all of them documented."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from mail_relay import notice
from pydantic_core import PydanticUndefined

from rollbook_mail import MailPlugin
from rollbook_mail.purposes import PARTS, PURPOSES
from rollbook_mail.settings import MailSettings, SettingsError, Tls, variable

PAGE = (Path(__file__).parents[1] / "README.md").read_text()
Put = Callable[..., None]


@pytest.fixture
def put(environment: Put) -> Put:
    """Sets variables, beside those that there must be."""
    environment(host="relay.example.org", sender="accounts@example.net")
    return environment


def test_two_are_enough(put: Put) -> None:
    """The rest is safe: STARTTLS on its port, three connections, twenty seconds."""
    settings = MailSettings.read()
    assert (settings.tls, settings.relay_port) == (Tls.STARTTLS, 587)
    assert (settings.connections, settings.timeout) == (3, 20)
    put(tls="tls")
    assert MailSettings.read().relay_port == 465
    put(tls="off-in-clear-text")
    assert MailSettings.read().relay_port == 25
    put(port=2525)
    assert MailSettings.read().relay_port == 2525


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("host", "", "ROLLBOOK_MAIL_HOST is not set."),
        ("host", "relay.example.org:25", "ROLLBOOK_MAIL_HOST is wrong: it is neither"),
        ("host", "a\nb", "ROLLBOOK_MAIL_HOST is wrong: it is neither"),
        ("port", "0", "ROLLBOOK_MAIL_PORT is wrong: "),
        ("port", "smtp", "ROLLBOOK_MAIL_PORT is wrong: "),
        ("tls", "off", "ROLLBOOK_MAIL_TLS is wrong: "),
        ("tls", "STARTTLS", "ROLLBOOK_MAIL_TLS is wrong: "),
        ("ca_file", "/nowhere/ca.pem", "ROLLBOOK_MAIL_CA_FILE is wrong: "),
        ("ca_file", __file__, "ROLLBOOK_MAIL_CA_FILE holds no certificates in PEM"),
        ("username", "rollbook", "ROLLBOOK_MAIL_PASSWORD_FILE is not set; ROLLBOOK_MAIL_USERNAME"),
        ("password_file", "/nowhere/password", "ROLLBOOK_MAIL_PASSWORD_FILE is wrong: "),
        ("sender", "", "ROLLBOOK_MAIL_FROM is not set."),
        ("sender", "Acme <a@example.net>", "ROLLBOOK_MAIL_FROM is wrong: it is no address"),
        ("sender", "a@bücher.example", "ROLLBOOK_MAIL_FROM is wrong: it is no address"),
        ("from_name", "Acme\r\nBcc: x", "ROLLBOOK_MAIL_FROM_NAME is wrong: "),
        ("reply_to", "help", "ROLLBOOK_MAIL_REPLY_TO is wrong: it is no address"),
        ("templates", "/nowhere", "ROLLBOOK_MAIL_TEMPLATES is wrong: "),
        ("connections", "0", "ROLLBOOK_MAIL_CONNECTIONS is wrong: "),
        ("timeout", "-1", "ROLLBOOK_MAIL_TIMEOUT is wrong: "),
        ("timeout", "nan", "ROLLBOOK_MAIL_TIMEOUT is wrong: "),
    ],
)
async def test_a_wrong_one_stops_the_start(put: Put, field: str, value: str, said: str) -> None:
    """By the name of its variable."""
    put(**{field: value})
    with pytest.raises(SettingsError) as refused:
        await MailPlugin().startup()
    assert str(refused.value).startswith(said)


def test_a_password_is_never_sent_in_clear(put: Put) -> None:
    put(tls="off-in-clear-text", username="rollbook", password_file=__file__)
    with pytest.raises(SettingsError, match="a password is never sent in clear"):
        MailSettings.read()


@pytest.mark.parametrize("content", [b"", b" \n", b"two\nlines", b"\xff\xfe"])
def test_a_file_without_a_password_stops_the_start(
    put: Put, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "password"
    path.write_bytes(content)
    put(username="rollbook", password_file=path)
    with pytest.raises(SettingsError, match=r"^ROLLBOOK_MAIL_PASSWORD_FILE ") as refused:
        MailSettings.read()
    assert "two" not in str(refused.value)


async def test_a_call_before_the_start_is_refused() -> None:
    """Instead of an answer that nothing stands behind."""
    with pytest.raises(SettingsError, match="startup"):
        await MailPlugin().notify([notice()], 30)


def shown(default: object) -> str:
    """A default as an operator would write it into the environment."""
    if default is PydanticUndefined:
        return "must be set"
    if isinstance(default, Tls):
        return f"`{default.value}`"
    return f"`{default}`" if default else "–"


def test_the_page_has_every_setting_as_it_is() -> None:
    """Name, default and docstring, in the order of the class."""
    cells = re.findall(r"^\| (`ROLLBOOK_MAIL_\w+`) \| (.*?) \| (.*) \|$", PAGE, re.MULTILINE)
    assert [list(row) for row in cells] == [
        [f"`{variable(name)}`", shown(field.default), field.description]
        for name, field in MailSettings.model_fields.items()
    ]


def test_the_page_names_no_setting_that_is_not_there() -> None:
    named = set(re.findall(r"ROLLBOOK_MAIL_[A-Z_]*[A-Z]", PAGE))
    assert named == {variable(field) for field in MailSettings.model_fields}


def test_the_page_names_every_template() -> None:
    named = set(re.findall(r"`([a-z]\w+\.(?:subject|txt|html))`", PAGE))
    assert named == {f"{purpose}.{part}" for purpose in PURPOSES.values() for part in PARTS}
