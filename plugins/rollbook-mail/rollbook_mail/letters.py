"""Renders a notice by its templates: a subject, a text and an HTML page.

Templates are read once and tried once, on samples, so that a broken one stops the start of a
service and not a mail. They run in a sandbox, know no variable that they are not shown, and escape
what they are shown where they write HTML. A subject is shown nothing of a user's cells at all.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from itertools import product
from pathlib import Path

from jinja2 import DictLoader, StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rollbook.hooks import Event, Mail, Notice
from rollbook_mail.purposes import PARTS, PURPOSES, WELCOME
from rollbook_mail.settings import MailSettings, language_tag, variable

_LONGEST_SUBJECT = 200
_LONGEST_BODY = 256 * 1024  # in characters, either part
_WIDTH = 72  # of a line of text, as mail programs show it
_BLANKS = re.compile(r"\n(?:[ \t]*\n){2,}")
# Controls, line separators, bidi overrides, lone surrogates.
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LONGEST_PERSON = 60  # in code points
# A scheme; `www.`; a word, a dot and a domain's last label; a dot that a mail program reads as one.
_LINK = re.compile(
    r"://|\bwww\s*[.\u3002\uff0e\uff61]|\b(?:mailto|tel|javascript|data):|@"
    r"|[^\W_][\w-]+[.\u3002\uff0e\uff61][^\W\d_]{2,}(?![^\W_])"
    r"|\w[.\u3002\uff0e\uff61]\w[\w.-]*/",
    re.IGNORECASE,
)
_NAMES = {f"{purpose}.{part}" for purpose in PURPOSES.values() for part in PARTS}
_OF_A_LANGUAGE = re.compile(
    rf"({'|'.join(PURPOSES.values())})\.([a-z]{{2,3}}(?:-[a-z0-9]{{2,8}})*)\.({'|'.join(PARTS)})"
)

SAMPLE = Notice(
    id="sample",
    directory="acme",
    directory_name="Acme Corporation",
    event=Event.CREATED,
    mail=Mail.WELCOME,
    employee_number="E-1001",
    email="ada.byron@example.org",
    username="ada",
    first_name="Ada",
    last_name="Byron",
    name="Ada Byron",
    import_id="",
    at=datetime(2027, 1, 31, 9, 30, tzinfo=UTC),
    attempt=1,
)
"""A sample user, for previews and for trying templates."""

_BARE = SAMPLE._replace(directory_name="", username="", first_name="", last_name="", name="")


class TemplatesError(ValueError):
    """A template cannot be used; the message names its file."""


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
        own = _own(settings.templates)
        self._languages = _languages(own)
        self._environment = ImmutableSandboxedEnvironment(
            loader=DictLoader({**_shipped(), **own}),
            autoescape=lambda name: name is not None and name.endswith(".html"),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        for mail, purpose in PURPOSES.items():
            for sample, language in product((SAMPLE, _BARE), ("", *self._languages[purpose])):
                try:
                    self._write(sample._replace(mail=mail), language)
                except Unwritable as wrong:
                    raise TemplatesError(f"The template {wrong}") from None

    def write(self, notice: Notice) -> Letter:
        """The letter that the notice asks for.

        Raises:
            Unwritable: its templates fail on it, or a subject would not be one line.
        """
        return self._write(notice, self._language_for(notice))

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

    def _write(self, notice: Notice, language: str) -> Letter:
        purpose = PURPOSES[notice.mail] + (f".{language}" if language else "")
        of_all = {**_place(notice), **self._sender}
        subject = self._rendered(f"{purpose}.subject", of_all).strip()
        if not subject or len(subject) > _LONGEST_SUBJECT or _ODD.search(subject):
            raise Unwritable(
                f"{purpose}.subject gives no subject: one line, {_LONGEST_SUBJECT} characters at"
                " most, without control characters."
            )
        shown = {name: _ODD.sub(" ", text) for name, text in (of_all | _cells(notice)).items()}
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
    }


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


def _shipped() -> dict[str, str]:
    folder = resources.files("rollbook_mail") / "templates"
    return {name: (folder / name).read_text("utf-8") for name in _NAMES}


def _own(folder: Path | None) -> dict[str, str]:
    """The operator's templates by name, and the parts that they include."""
    return dict(_read(path) for path in _files(folder)) if folder else {}


def _languages(own: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    """The languages that there are templates of, by purpose.

    Raises:
        TemplatesError: of a language there is one part of a mail, and another is not there.
    """
    found = {purpose: set[str]() for purpose in PURPOSES.values()}
    for name in own:
        if of := _OF_A_LANGUAGE.fullmatch(name):
            found[of[1]].add(of[2])
    for purpose, languages in found.items():
        for language in languages:
            missing = [part for part in PARTS if f"{purpose}.{language}.{part}" not in own]
            if missing:
                raise TemplatesError(
                    f"{variable('templates')}: {purpose}.{language}.{missing[0]} is not there; a"
                    f" language needs all of {', '.join(PARTS)}."
                )
    return {purpose: frozenset(languages) for purpose, languages in found.items()}


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        known = path.name in _NAMES or _OF_A_LANGUAGE.fullmatch(path.name)
        if not known and not path.name.startswith("_"):
            raise TemplatesError(
                f"{variable('templates')}: nothing uses {path.name}. Templates are"
                f" {', '.join(sorted(_NAMES))}, or of a language, such as"
                f" {WELCOME}.de.txt; what they include begins with _."
            )
        yield path


def _read(path: Path) -> tuple[str, str]:
    try:
        return path.name, path.read_text("utf-8")
    except (OSError, UnicodeError) as wrong:
        raise TemplatesError(
            f"{variable('templates')}: {path.name} cannot be read as UTF-8"
            f" ({type(wrong).__name__})."
        ) from None
