"""Reads the plugin's settings from the environment: relay, sender and templates."""

import re
import ssl
import tomllib
from enum import StrEnum
from ipaddress import IPv6Address
from typing import Annotated, Self

from pydantic import DirectoryPath, Field, FilePath, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from rollbook_mail.addresses import NotAnAddress, on_the_wire

PREFIX = "ROLLBOOK_MAIL_"

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LONGEST_NAME = 100
_LONGEST_LOCAL = 64
_ID_IN_LOCAL = 33  # a plus sign and 32 digits
OTHERWISE = frozenset({"from_name", "reply_to", "language", "templates"})
"""The settings that may be otherwise for a directory."""
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SettingsError(ValueError):
    """A setting is wrong; the message names its variable and what it should be."""


class Tls(StrEnum):
    """How the connection to the relay is made secret. OFF is long, to prevent it by mistake."""

    STARTTLS = "starttls"
    TLS = "tls"
    OFF = "off-in-clear-text"


_PORTS = {Tls.STARTTLS: 587, Tls.TLS: 465, Tls.OFF: 25}


class MailSettings(BaseSettings):
    """What an operator may set, each as `ROLLBOOK_MAIL_` and its name in upper case.

    The docstring under each field is its line in README.md; a test holds them together.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_ignore_empty=True,
        frozen=True,
        extra="ignore",
        use_attribute_docstrings=True,
    )

    host: str
    """The relay, by the name that its certificate has, or its IP address."""
    port: Annotated[int, Field(gt=0, lt=65536)] | None = None
    """Its port; left out: 587 with starttls, 465 with tls, 25 with off-in-clear-text."""
    tls: Tls = Tls.STARTTLS
    """`starttls`, `tls` from the first byte, or `off-in-clear-text`."""
    ca_file: FilePath | None = None
    """Certificates (PEM) of the authorities to trust in place of the system's."""
    username: str = ""
    """Name to sign in with at the relay; left out: no sign-in."""
    password_file: FilePath | None = Field(default=None, repr=False)
    """File that holds the password; white space around it is left out."""
    sender: str = Field(validation_alias=f"{PREFIX}FROM")
    """Address that mails come from."""
    envelope_from: str = ""
    """Address that bounces go to (the envelope sender); left out: the one above."""
    verp: bool = False
    """Whether bounces go to an address of each mail's own: `LOCAL+ID@DOMAIN` of the one above."""
    from_name: str = ""
    """Name shown beside it, and at the end of a mail."""
    reply_to: str = ""
    """Address that answers go to, where it is another."""
    templates: DirectoryPath | None = None
    """Folder of templates in the place of the shipped ones, each by its name."""
    language: str = ""
    """Language of templates to use first, such as `de`; left out: those without a language."""
    language_attribute: str = ""
    """Attribute of users that names their language, which is used before that one."""
    directories: FilePath | None = None
    """TOML file of what is otherwise for some directories: see below."""
    connections: Annotated[int, Field(gt=0, le=50)] = 3
    """Most connections to the relay at once."""
    per_minute: Annotated[int, Field(gt=0, le=100_000)] | None = None
    """Most mails a minute, spread evenly, of each server; left out: as many as the relay takes."""
    timeout: Annotated[float, Field(gt=0, le=600)] = 20
    """Seconds that one mail may take until its final dot."""
    dot_timeout: Annotated[float, Field(gt=0, le=600)] = 600
    """Seconds that the relay has to answer the final dot; no longer than a call of the service."""

    @classmethod
    def read(cls, **given: object) -> Self:
        """The settings of the environment; what is `given`, by field, wins.

        Raises:
            SettingsError: one is missing or wrong.
        """
        given = {variable(name) if name == "sender" else name: v for name, v in given.items()}
        try:
            settings = cls(**given)  # type: ignore[arg-type]  # pydantic judges them
        except ValidationError as wrong:
            first = wrong.errors(include_input=False, include_url=False)[0]
            name = variable(str(first["loc"][0]))
            problem = first["msg"].removeprefix("Value error, ")
            what = "is not set" if first["type"] == "missing" else f"is wrong: {problem}"
            raise SettingsError(f"{name} {what}.") from None
        settings._check_together()
        return settings

    @field_validator("host")
    @classmethod
    def _host(cls, text: str) -> str:
        if not _HOST.fullmatch(text):  # an IPv4 address would pass for a name
            try:
                IPv6Address(text)
            except ValueError:
                raise ValueError("it is neither a host's name in ASCII nor an IP address") from None
        return text

    @field_validator("sender", "reply_to", "envelope_from")
    @classmethod
    def _address(cls, text: str) -> str:
        try:
            if text and (not text.isascii() or on_the_wire(text) != text):
                raise NotAnAddress("it has other characters than ASCII")
        except NotAnAddress as why:
            raise ValueError(f"it is no address: {why}") from None
        return text

    @field_validator("language")
    @classmethod
    def _language(cls, text: str) -> str:
        if text and not language_tag(text):
            raise ValueError("it is no language, such as de or pt-br")
        return language_tag(text)

    @field_validator("from_name", "username")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if _CONTROLS.search(text) or len(text) > _LONGEST_NAME:
            raise ValueError(f"it may have {_LONGEST_NAME} characters at most, in one line")
        return text

    def otherwise(self) -> dict[str, Self]:
        """The settings of the directories that the file of `directories` has, by their names.

        Raises:
            SettingsError: the file cannot be read, or has what cannot be; the place is named.
        """
        if not self.directories:
            return {}
        name = variable("directories")
        try:
            sections = tomllib.loads(self.directories.read_text("utf-8"))
        except (OSError, UnicodeError, tomllib.TOMLDecodeError) as wrong:
            raise SettingsError(f"{name} cannot be read: {wrong}.") from None
        return {directory: self._of(directory, given) for directory, given in sections.items()}

    def _of(self, directory: str, given: object) -> Self:
        name = f"{variable('directories')}, [{directory}]"
        if not isinstance(given, dict):
            raise SettingsError(f"{name} is no table of settings.")
        if unknown := sorted(given.keys() - OTHERWISE):
            known = ", ".join(sorted(OTHERWISE))
            raise SettingsError(f"{name} has {unknown[0]}, which is none of {known}.")
        if "templates" in given and self.directories:
            given = given | {"templates": self.directories.parent / str(given["templates"])}
        try:
            return type(self)(**self.model_dump(by_alias=True) | given)
        except ValidationError as wrong:
            first = wrong.errors(include_input=False, include_url=False)[0]
            problem = first["msg"].removeprefix("Value error, ")
            raise SettingsError(f"{name}: {first['loc'][0]} is wrong: {problem}.") from None

    def _check_together(self) -> None:
        """What no field shows alone. Reads the files, so that a start finds out and not a mail."""
        local = self.envelope_sender.rpartition("@")[0]
        if self.verp and len(local) > _LONGEST_LOCAL - _ID_IN_LOCAL:
            raise SettingsError(
                f"{variable('verp')} leaves no room for {local!r} before the @ of the envelope"
                f" sender: {_LONGEST_LOCAL - _ID_IN_LOCAL} characters at most."
            )
        if self.username and self.tls is Tls.OFF:
            raise SettingsError(
                f"{variable('username')} needs TLS, and {variable('tls')} switches it off:"
                " a password is never sent in clear."
            )
        if self.username and not self.password_file:
            raise SettingsError(
                f"{variable('password_file')} is not set; {variable('username')} needs it."
            )
        if self.username:
            self.password()
        if self.tls is not Tls.OFF:
            self.trust()

    @property
    def relay_port(self) -> int:
        """The port, as set or as usual."""
        return self.port or _PORTS[self.tls]

    @property
    def envelope_sender(self) -> str:
        """The address that bounces go to."""
        return self.envelope_from or self.sender

    def mail_from(self, notice_id: str, directory: str) -> str:
        """The address of MAIL FROM; with `verp` it names the notice, and its directory if it fits.

        `notice_id` is a UUID; with another one the address is the same for all mails.
        """
        if not self.verp or not _UUID.fullmatch(notice_id):
            return self.envelope_sender
        local, _, domain = self.envelope_sender.rpartition("@")
        named = f"{local}+{notice_id.replace('-', '')}"
        whole = f"{named}.{directory}"
        return f"{whole if len(whole) <= _LONGEST_LOCAL else named}@{domain}"

    @property
    def domain(self) -> str:
        """The sender's domain: Message-IDs are made in it, and the relay is greeted with it."""
        return self.sender.rpartition("@")[2]

    def password(self) -> str:
        """The relay's password, read anew.

        Raises:
            SettingsError: its file cannot be read, or is no line of text.
        """
        name = variable("password_file")
        try:
            text = self.password_file.read_text().strip() if self.password_file else ""
        except (OSError, UnicodeError) as wrong:
            raise SettingsError(f"{name} cannot be read: {type(wrong).__name__}.") from None
        if not text or _CONTROLS.search(text):
            raise SettingsError(f"{name} is empty, or more than one line.")
        return text

    def trust(self) -> ssl.SSLContext:
        """What the relay's certificate is judged by: authority and name, TLS 1.2 or newer.

        Raises:
            SettingsError: the file of authorities holds none.
        """
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ValueError) as wrong:
            raise SettingsError(
                f"{variable('ca_file')} holds no certificates in PEM ({type(wrong).__name__})."
            ) from None
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context


def language_tag(text: str) -> str:
    """A language as templates are named by it, such as `pt-br` for `pt_BR`; '' for none."""
    tag = text.strip().lower().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else ""


def variable(field: str) -> str:
    """The environment variable of a field."""
    if field == "sender":
        return f"{PREFIX}FROM"
    return field if field.startswith(PREFIX) else f"{PREFIX}{field.upper()}"
