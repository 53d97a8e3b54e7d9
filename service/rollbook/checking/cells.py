"""Limits and shapes of a single cell that all rules share."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from rollbook import model
from rollbook.model.passwords import MOST_LENGTH
from rollbook.settings import Settings
from rollbook.text_column import TextColumn

LONGEST_ECHO = 60
"""Code points of a refused cell that a message repeats."""

EDGES = (
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"  # Unicode's White_Space
    "\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"  # of no width
)
"""What is trimmed from both ends of a cell."""

REPLACEMENT = "\ufffd"
"""What a program writes in the place of what it could not decode; what stood there is lost."""
_CONTROLS = re.compile("[\x01-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MOST_COMPOSED = 4  # the most code points that NFC makes one of (Unicode's normalization FAQ)

_FIELDS = {field.value: field for field in model.Field}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The longest cells, in code points unless another unit is named, counted after NFC.

    `email_local`, `email_label` and `email` are octets in UTF-8. `attributes` is how many a user
    may have, each of them as long as other text; `issues` how many a row may be answered with.
    """

    number: int = 64
    username: int = 128
    name: int = 200
    text: int = 200
    password: int = MOST_LENGTH
    attributes: int = model.MOST_ATTRIBUTES
    email_local: int = 64
    email_label: int = 63
    email: int = 254
    issues: int = 32
    dotless_domains: frozenset[str] = frozenset()

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """The limits of this server."""
        domains = (domain.strip().lower() for domain in settings.email_domains.split(","))
        return cls(dotless_domains=frozenset(domain for domain in domains if domain))

    def of_length(self, name: str) -> int:
        """The limit of that name, as `Field.traits.limit` has it."""
        limit: int = getattr(self, name)
        return limit


DEFAULTS = Limits()
"""The limits of a server whose operator set none."""


class Cell(NamedTuple):
    """The result of a rule for one cell.

    `value` is the normalised text, '' for a blank cell, None for a refused one.
    """

    value: str | None
    issues: tuple[model.Issue, ...] = ()


BLANK = Cell("")


class Rule(Protocol):
    """What the cells of one field must be."""

    def suspects(self, cells: Sequence[str]) -> Collection[int]:
        """Positions of the cells that `cell` has to see; it would leave all others as they are.

        This promise is what makes a whole column cheap, and a property test holds every rule
        to it.
        """
        ...

    def cell(self, text: str) -> Cell:
        """The verdict on one cell."""
        ...


def as_lines(cells: Sequence[str]) -> str:
    """The cells as one text, each between line feeds: what rules look at, instead of each cell."""
    if isinstance(cells, TextColumn):
        return f"\n{cells.lines}"
    return "\n".join(["", *cells, ""])


def over(cells: Sequence[str], longest: int) -> list[int]:
    """Positions of the cells of more than so many characters."""
    if isinstance(cells, TextColumn) and cells.longest <= longest:
        return []
    if max(map(len, cells), default=0) <= longest:
        return []
    return [at for at, text in enumerate(cells) if len(text) > longest]


def not_ordinary(
    cells: Sequence[str], lines: str, ordinary: re.Pattern[str], longest: int
) -> list[int] | None:
    """Positions of the cells that are neither blank nor ordinary, or longer than `longest`.

    None: they are many, or a cell has a line feed in it; then look at each cell. `lines` are the
    cells `as_lines`. `ordinary` matches any number of ordinary cells, each ended by LF, and goes on
    behind each odd one.
    """
    if lines.count("\n") != len(cells) + 1:
        return None
    found: list[int] = []
    at, place = 1, 0
    while (end := ordinary.match(lines, at).end()) < len(lines):  # type: ignore[union-attr]
        place += lines.count("\n", at, end)
        found.append(place)
        if len(found) * 8 > len(cells):
            return None
        at, place = lines.index("\n", end) + 1, place + 1
    return found + over(cells, longest)


def trimmed(field: str, text: str) -> Cell:
    """The cell without white space and zero-width characters around it, and the warning for it.

    A cell of nothing else is a blank one, without a warning: nothing was taken from it.
    """
    kept = text.strip(EDGES)
    if kept == text or not kept:
        return Cell(kept)
    message = f"White space around the {label(field)} was removed."
    return Cell(kept, (model.Issue(model.Code.WHITESPACE_TRIMMED, field, message),))


NOTHING = frozenset({"null", "nan", "none", "n/a", "#n/a"})
"""What programs write where they have no value, in lower case."""


def like_nothing(field: str, text: str) -> tuple[model.Issue, ...]:
    """The warning of a cell that holds a program's word for no value. People are called so, too."""
    if text.lower() not in NOTHING:
        return ()
    message = (
        f"The {label(field)} is {echo(text)}, which programs write where they have no value;"
        " it is taken as it stands."
    )
    return (model.Issue(model.Code.LOOKS_LIKE_NOTHING, field, message, {"value": text}),)


def all_like_nothing(cells: Sequence[str], lines: str) -> list[int]:
    """Positions of the cells, also `as_lines`, in which `like_nothing` finds something."""
    lowered = lines.lower()
    if not any(f"\n{word}\n" in lowered for word in NOTHING):
        return []
    return [at for at, text in enumerate(cells) if text.lower() in NOTHING]


def any_damaged(cells: Iterable[str | None]) -> bool:
    """Whether U+FFFD stands in any of them."""
    if isinstance(cells, TextColumn):
        return REPLACEMENT.encode() in cells.content
    return REPLACEMENT in "".join(filter(None, cells))


def damaged(field: str, text: str) -> tuple[model.Issue, ...]:
    """The warning of a cell with U+FFFD in it."""
    if REPLACEMENT not in text:
        return ()
    message = (
        f"The {label(field)} {echo(text)} was damaged before it was sent: U+FFFD stands where a"
        " character was lost. A stored value that differs only there stays; send it again in UTF-8."
    )
    return (model.Issue(model.Code.REPLACEMENT_CHARACTER, field, message),)


def surely_longer(text: str, limit: int) -> bool:
    """Whether it is over the limit also after NFC, found without normalising it.

    Normalising is quadratic in a run of combining marks, and a cell may be a mebibyte of them.
    """
    return len(text) > _MOST_COMPOSED * limit


def too_long(field: str, limit: int, length: int) -> model.Issue:
    """The issue of a cell that is longer than it may be."""
    return model.Issue(
        model.Code.FIELD_TOO_LONG,
        field,
        f"The {label(field)} has {length} characters; at most {limit} are allowed.",
        {"limit": str(limit), "length": str(length)},
    )


def nul_byte(field: str) -> model.Issue:
    """The issue of a cell with a NUL in it."""
    return model.Issue(model.Code.NUL_BYTE, field, f"The {label(field)} contains a NUL byte.")


def controls(field: str, text: str) -> tuple[model.Issue, ...]:
    """The issues of control characters, line and paragraph separators, and bidi overrides.

    Joiners (Persian and Indic names need them) and other characters of no width may stand inside.
    """
    found = [nul_byte(field)] if "\0" in text else []
    control = _CONTROLS.search(text)
    if control:
        name = f"U+{ord(control.group()):04X}"
        message = f"The {label(field)} {echo(text)} contains the control character {name}."
        facts = {"character": name, "position": str(control.start() + 1)}
        found.append(model.Issue(model.Code.CONTROL_CHARACTER, field, message, facts))
    return tuple(found)


def printable(text: str) -> str:
    """The text cut to 60 code points, with whatever cannot be seen written as an escape."""
    cut = text if len(text) <= LONGEST_ECHO else text[: LONGEST_ECHO - 1] + "…"
    if cut.isprintable():
        return cut
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in cut)


def echo(text: str) -> str:
    """A refused cell as messages repeat it: `printable`, in quotes."""
    return f"'{printable(text)}'"


def label(field: str) -> str:
    """The field as a message calls it, to follow 'the'."""
    if field.startswith(model.ATTRIBUTE_PREFIX):
        return f"attribute {echo(field.removeprefix(model.ATTRIBUTE_PREFIX))}"
    known = _FIELDS.get(field)
    return known.label if known else field.replace("_", " ")


def nfc(text: str) -> str:
    """The text in NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """NFKC, case-fold, NFKC again, for a fold may undo what NFKC composed."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
