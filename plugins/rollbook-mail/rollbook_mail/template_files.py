"""Reads templates: the shipped ones, and the operator's in their place."""

import re
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

from rollbook_mail.purposes import PARTS, PURPOSES, WELCOME
from rollbook_mail.settings import variable

_SHARED = ("_frame.html", "_parts.html")
"""What the shipped HTML is made with; an operator may replace them, too."""
_NAMES = {f"{purpose}.{part}" for purpose in PURPOSES.values() for part in PARTS}
_OF_A_LANGUAGE = re.compile(
    rf"({'|'.join(PURPOSES.values())})\.([a-z]{{2,3}}(?:-[a-z0-9]{{2,8}})*)\.({'|'.join(PARTS)})"
)


class TemplatesError(ValueError):
    """A template cannot be used; the message names its file."""


def shipped() -> dict[str, str]:
    """The plugin's own templates by name."""
    folder = resources.files("rollbook_mail") / "templates"
    return {name: (folder / name).read_text("utf-8") for name in (*_SHARED, *_NAMES)}


def own(folder: Path | None) -> dict[str, str]:
    """The operator's templates by name, and the parts that they include."""
    return dict(_read(path) for path in _files(folder)) if folder else {}


def languages(own: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
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
