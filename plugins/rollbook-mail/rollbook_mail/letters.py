"""Renders a notice by its templates: a subject, a text and an HTML page.

Templates are read once and tried once, on samples, so that a broken one stops the start of a
service and not a mail. They run in a sandbox, know no variable that they are not shown, and escape
what they are shown where they write HTML. A subject is shown nothing of a user's cells at all, and
never a link or password.
"""

import html
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rollbook.hooks import Credential, Mail, Notice
from rollbook_mail.purposes import PURPOSES, SHOWN
from rollbook_mail.samples import BARE, SAMPLE, sample_credential
from rollbook_mail.settings import MailSettings, language_tag
from rollbook_mail.template_files import TemplatesError, languages, own, shipped

_LONGEST_SUBJECT = 200
_LONGEST_BODY = 256 * 1024  # in characters, either part
_WIDTH = 72  # of a line of text, as mail programs show it
_BLANKS = re.compile(r"\n(?:[ \t]*\n){2,}")
# Controls, line separators, bidi overrides, lone surrogates.
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_PERSON = 60  # in code points
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
# A scheme; `www.`; a word, a dot and a domain's last label; a dot that a mail program reads as one.
_LINK = re.compile(
    r"://|\bwww\s*[.\u3002\uff0e\uff61]|\b(?:mailto|tel|javascript|data):|@"
    r"|[^\W_][\w-]+[.\u3002\uff0e\uff61][^\W\d_]{2,}(?![^\W_])"
    r"|\w[.\u3002\uff0e\uff61]\w[\w.-]*/",
    re.IGNORECASE,
)


class Unwritable(ValueError):
    """This one mail cannot be written. The message is the reason, without the user's cells."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail as its reader sees it."""

    subject: str
    text: str
    html: str


class Letters:
    """The templates of all purposes, the operator's before the shipped ones."""

    def __init__(self, settings: MailSettings):
        """Read the templates, and try each.

        Raises:
            TemplatesError: one cannot be read or rendered, or is never used.
        """
        self._sender = _sender(settings)
        self._language = settings.language
        self._attribute = settings.language_attribute
        theirs = own(settings.templates)
        self._languages = languages(theirs)
        self._environment = ImmutableSandboxedEnvironment(
            loader=DictLoader({**shipped(), **theirs}),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        for mail, purpose in PURPOSES.items():
            for sample, language in product((SAMPLE, BARE), ("", *self._languages[purpose])):
                tried = sample._replace(mail=mail)
                credential = sample_credential(tried)
                try:
                    letter = self._write(tried, credential, language)
                    _check_shown(mail, purpose, language, letter, credential)
                except Unwritable as wrong:
                    raise TemplatesError(f"The template {wrong}") from None

    def write(self, notice: Notice, credential: Credential | None = None) -> Letter:
        """The letter that the notice asks for; `credential`: what it opens the account with.

        Raises:
            Unwritable: its templates fail on it, or a subject would not be one line.
        """
        return self._write(notice, credential, self._language_for(notice))

    def _language_for(self, notice: Notice) -> str:
        """The user's language, or the directory's, if there are templates of it; '': neither.

        Of `pt-br` there may be those of `pt`.
        """
        there = self._languages[PURPOSES[notice.mail]]
        for wanted in (notice.attributes.get(self._attribute, ""), self._language):
            tag = language_tag(wanted)
            while tag and tag not in there:
                tag = tag.rpartition("-")[0]
            if tag:
                return tag
        return ""

    def _write(self, notice: Notice, credential: Credential | None, language: str) -> Letter:
        purpose = PURPOSES[notice.mail] + (f".{language}" if language else "")
        of_all = {**_place(notice), **self._sender}
        subject = self._rendered(f"{purpose}.subject", of_all).strip()
        if not subject or len(subject) > _LONGEST_SUBJECT or _ODD.search(subject):
            raise Unwritable(
                f"{purpose}.subject gives no subject: one line, {_LONGEST_SUBJECT} characters at"
                " most, without control characters."
            )
        cells = of_all | _cells(notice) | _opening(notice.mail, credential)
        shown = {name: _ODD.sub(" ", text) for name, text in cells.items()}
        text = _laid_out(self._rendered(f"{purpose}.txt", shown))
        return Letter(subject, text, self._rendered(f"{purpose}.html", shown))

    def _rendered(self, name: str, shown: Mapping[str, str]) -> str:
        try:
            text = self._environment.get_template(name).render(shown)
        except TemplateError as wrong:
            hint = ""
            if name.endswith(".subject"):
                hint = " A subject is shown directory, sender_name and reply_to alone."
            raise Unwritable(f"{name} cannot be rendered: {_problem(wrong)}.{hint}") from None
        except Exception as wrong:  # whatever an expression in a template may raise
            raise Unwritable(f"{name} cannot be rendered: {type(wrong).__name__}.") from None
        if len(text) > _LONGEST_BODY:
            raise Unwritable(f"{name} gives more than {_LONGEST_BODY} characters.")
        return text


def _sender(settings: MailSettings) -> dict[str, str]:
    """What templates are shown of the sender, '' where it is not set."""
    return {"sender_name": settings.from_name, "reply_to": settings.reply_to}


def _place(notice: Notice) -> dict[str, str]:
    """What templates are shown of the directory; its operators chose it, so a subject may too."""
    return {"directory": notice.directory_name or notice.directory}


def _cells(notice: Notice) -> dict[str, str]:
    """What templates are shown of a user. `person`: what to call them, '' where nothing is."""
    full = " ".join(part for part in (notice.first_name, notice.last_name) if part)
    return {
        "person": _name(notice.name or full),
        "first_name": _name(notice.first_name),
        "last_name": _name(notice.last_name),
        "username": notice.username,
        "email": notice.email,
        "employee_number": notice.employee_number,
        "at": _time(notice.at),
    }


def _opening(mail: Mail, credential: Credential | None) -> dict[str, str]:
    """What templates of a mail that opens an account are shown of that, and those of no other."""
    shown = SHOWN.get(mail)
    if credential is None or shown is None:
        return {}
    if shown == "password":
        return {"password": credential.password}
    expires = credential.expires_at
    return {"link": credential.link, "expires": _time(expires) if expires else ""}


def _time(at: datetime) -> str:
    """A time as people read it, such as `31 January 2027, 09:30 UTC`."""
    at = at.astimezone(UTC)
    return f"{at.day} {_MONTHS[at.month - 1]} {at:%Y, %H:%M} UTC"


def _check_shown(
    mail: Mail, purpose: str, language: str, letter: Letter, credential: Credential | None
) -> None:
    """Whether a letter that opens an account has what it is for.

    Raises:
        Unwritable: a part has not; it names the template.
    """
    if credential is None:
        return
    name = f"{purpose}.{language}" if language else purpose
    needed = SHOWN[mail]
    text = credential.link or credential.password
    lines = [line.strip() for line in letter.text.split("\n")]
    if needed == "link" and text not in lines:
        raise Unwritable(f"{name}.txt must show {{{{ link }}}} on a line of its own.")
    if text not in letter.text:
        raise Unwritable(f"{name}.txt must show {{{{ {needed} }}}}.")
    if html.escape(text) not in letter.html:
        raise Unwritable(f"{name}.html must show {{{{ {needed} }}}}.")


def _name(text: str) -> str:
    """The name, or '' if it is too long for one or could be read as a link.

    Mail programs make links of what looks like one, and the author of a user's name must not be
    able to write a sentence into our mail. An initial with a dot is none: `J.R. Tolkien`.
    """
    return "" if len(text) > _LONGEST_PERSON or _LINK.search(_ODD.sub(" ", text)) else text


def _laid_out(text: str) -> str:
    """The text with its longer lines broken, indented as they are, and one blank line for many.

    So a template may have each paragraph in one line. A word that is longer stays whole.
    """
    lines: list[str] = []
    for line in _BLANKS.sub("\n\n", text.strip()).split("\n"):
        indent = line[: len(line) - len(line.lstrip())]
        broken = textwrap.wrap(
            line,
            _WIDTH,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )
        lines += broken if len(line) > _WIDTH else [line]
    return "\n".join(lines) + "\n"


def _problem(wrong: TemplateError) -> str:
    """Jinja's message about a template; it names variables and tags, never values."""
    line = getattr(wrong, "lineno", None)
    problem = _ODD.sub(" ", str(wrong.message or type(wrong).__name__)).rstrip(". ")[:120]
    return f"line {line}: {problem}" if line else problem
