"""Files by the hundred thousand, each made of a seed: in order, and then spoilt here and there.

A strategy of Hypothesis takes 20 ms for such a file. This takes a fraction of one, so that what
goes wrong in one file of ten thousand is found; a failure shows the seed.
"""

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.model.files import HEADERS, OPTIONAL, SPOILERS, USUAL, joined
from tests.model.oracle import Directory, Options, Safeguards
from tests.model.people import (
    EMAILS,
    FREE,
    HELD,
    LOCATIONS,
    NUMBERS,
    ROLES,
    UNITS,
    USERNAMES,
    WORDS,
    WRONG,
    apart,
    identified,
    user,
)

DELIMITERS = ",;\t|"
LIMITS: tuple[dict[str, int], ...] = (
    *({}, {}, {}, {}, {"max_record_bytes": 120}, {"max_rows": 3}, {"max_columns": 9}),
    {"batch_bytes": 300},
)
"""Settings of a reader."""

_ODD_CELLS = {
    field: [*cells, *WRONG[""], *USUAL.get(field, [])] for field, cells in WRONG.items()
} | {"password": ["", "correct horse battery", "$2b$12$" + "x" * 53]}
_NEAR = (
    *(str.upper, str.title, str.swapcase, " {} ".format, "\u200b{}".format, "{}\ufeff".format),
    *(lambda text: unicodedata.normalize("NFD", text), lambda text: text.replace("a", "а")),
    *("0{}".format, "{}.0".format, "{}\u0301".format, "{}\r\n".format, "{}\n".format),
    lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
)
"""What makes another spelling of a cell, or one that only looks the same."""

_BYTES = (
    *(b'"', b'"', b'""', b"\n", b"\r\n", b"\r", b"\n\n", b"\0", b" ", b"\t", b"\x1a", b"\x0b"),
    *(b"\xef\xbb\xbf", b"\xff", b"\xe2\x82", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"),
    *(b"\xe2\x80\xa8", b"\xc2\x85", b"e\xcc\x81", b"\xef\xbf\xbd", b",", b";", b"|", b"\\", b"'"),
)
"""What is put somewhere into a file, or in the place of something."""

_ENDS = ((b"\n",), (b"\n",), (b"\n",), (b"\r\n",), (b"\r\n",), (b"\r",), (b"\n", b"\r\n", b"\r"))
_SIZES = (0, 1, 2, 3, 5, 8, 8, 13, 13, 20, 34)


@dataclass(frozen=True, kw_only=True)
class Mutated:
    """A file, its options, how it is cut into chunks, and the most rows of a batch."""

    seed: int
    content: bytes
    options: Options
    chunks: tuple[bytes, ...]
    limits: dict[str, int]
    most: int


def mutated(seed: int, *, large: bool = False) -> Mutated:
    """The file of that seed; `large`: of thousands of rows, read in several pieces."""
    dice = random.Random(seed)
    told = _options(dice)
    fields = _fields(dice, told)
    delimiter = dice.choice(f",,{DELIMITERS}")
    ends = dice.choice(_ENDS)
    rows = dice.randrange(1_500, 6_000) if large else dice.choice(_SIZES)
    odd = dice.choice((0, 0, 0.01, 0.1) if large else (0, 0, 0.03, 0.2))
    lines = [joined([dice.choice(HEADERS.get(field, [field])) for field in fields], delimiter)]
    for at in range(rows):
        cells = [_cell(dice, field, at if large else -1, odd) for field in fields]
        lines.append(joined(cells, delimiter, always=dice.random() < 0.1))
    for _ in range(dice.choice((0, 0, 0, 1, 2))):
        at = dice.randrange(dice.choice((0, 1, 1, 1)), len(lines) + 1)
        if at < len(lines):
            lines[at] = dice.choice(SPOILERS)(lines[at], delimiter)
    content = b"".join([part for line in lines for part in (line.encode(), dice.choice(ends))])
    if dice.random() < 0.2:
        content = content.rstrip(b"\r\n")
    content, encoding = _encoded(dice, _spoilt(dice, content, len(lines[0])))
    said = delimiter if dice.random() < 0.2 else ""
    return Mutated(
        seed=seed,
        content=content,
        options=Options(**vars(told) | {"encoding": encoding, "delimiter": said}),
        chunks=cut(dice, content),
        limits={} if large else dice.choice(LIMITS),
        most=dice.choice((100, 1_000, 5_000)) if large else dice.choice((1, 2, 3, 7, 100)),
    )


def cut(dice: random.Random, content: bytes) -> tuple[bytes, ...]:
    """The content in chunks: of one size, or of any."""
    if dice.random() < 0.5:
        size = dice.choice((1, 2, 5, 64, 1_000_000)) if len(content) < 5_000 else 65_536
        places = [*range(0, len(content), size), len(content)]
    else:
        some = [dice.randrange(len(content) + 1) for _ in range(dice.randrange(5))]
        places = sorted({0, len(content), *some})
    return tuple(content[a:b] for a, b in pairwise(places))


def _options(dice: random.Random) -> Options:
    unknown = ("REJECT", "WARN", "CREATE")
    return Options(
        mode=dice.choice(("UPSERT", "UPSERT", "UPSERT", "CREATE_ONLY", "UPDATE_ONLY")),
        blanks=dice.choice(("KEEP", "CLEAR")),
        unknown_role=dice.choice(("REJECT", "DEFAULT", "IGNORE_COLUMN")),
        unknown_location=dice.choice(unknown),
        unknown_unit=dice.choice(unknown),
        unknown_columns=dice.choice(("WARN", "WARN", "STORE", "REJECT")),
        single_names=dice.random() < 0.3,
        encoding_certain=dice.random() < 0.3,
        include_changes=dice.random() < 0.5,
        max_failed_rows=dice.choice((None, None, None, 0, 1, 5)),
        identity=dice.choice(("EMPLOYEE_NUMBER", "EMPLOYEE_NUMBER", "USERNAME", "EMAIL")),
    )


def _fields(dice: random.Random, told: Options) -> list[str]:
    """The columns; some of a file are those that a report of failures adds."""
    optional = [name for name in OPTIONAL if name not in told.required]
    fields = [*told.required, *dice.sample(optional, dice.randrange(min(7, len(optional))))]
    if dice.random() < 0.05:
        fields.append("password")
    if dice.random() < 0.02:
        fields.remove(dice.choice(fields))
    if dice.random() < 0.5:
        dice.shuffle(fields)
    return fields + dice.choice(([], [], [], [], [], [], [], ["row", "error"]))


def _cell(dice: random.Random, field: str, at: int, odd: float) -> str:
    """A cell; `at`: of the row of a large file, in which keys are seldom the same."""
    if dice.random() < odd:
        text = dice.choice(_ODD_CELLS.get(field, _ODD_CELLS[""]))
        return dice.choice(_NEAR)(text) if dice.random() < 0.3 else text
    if at >= 0 and dice.random() < 0.999:
        own = {"employee_number": f"{at:06}", "email": f"{at}@x.example", "username": f"u{at}"}
        if field in own:
            return own[field]
    if field in _POOLS:
        return dice.choice(_POOLS[field])
    return dice.choice(USUAL.get(field, [""]))


_POOLS: dict[str, Sequence[str]] = {
    "employee_number": [*NUMBERS, *(f"{n:04}" for n in range(60))],
    "email": [*EMAILS, *(f"user{n}@corp.example" for n in range(60))],
    "username": ["", "", *USERNAMES, *(f"user{n}" for n in range(60)), HELD, FREE],
    "first_name": WORDS,
    "last_name": WORDS,
}


def _spoilt(dice: random.Random, content: bytes, header: int) -> bytes:
    """The content with a few bytes changed, mostly behind the header."""
    for _ in range(dice.choice((0, 0, 0, 1, 1, 2, 4))):
        first = 0 if dice.random() < 0.04 else min(header, len(content))
        at = dice.randrange(first, len(content) + 1)
        behind = at + dice.choice((0, 0, 0, 1, 1, 2, 9))
        change = dice.random()
        if change < 0.75:
            put = dice.choice(_BYTES)
        elif change < 0.85:
            put = content[max(0, at - 40) : at]
        elif change < 0.95:
            put = dice.choice((b"x", b"\xc3\xa9", b'"', b" ")) * dice.choice((30, 200, 4_000))
        else:
            put, behind = b"", len(content)
        content = content[:at] + put + content[behind:]
    return content


def _encoded(dice: random.Random, content: bytes) -> tuple[bytes, str]:
    """The file in its encoding, and the encoding that is asked for."""
    kind = dice.random()
    if kind < 0.7:
        return content, ""
    if kind < 0.8:
        return b"\xef\xbb\xbf" + content, dice.choice(("", "utf-8"))
    if kind < 0.9:
        return content.decode("utf-8", "replace").encode("cp1252", "replace"), "windows-1252"
    mark = dice.choice((b"\xff\xfe", b"\xff\xfe", b""))
    return mark + content.decode("utf-8", "replace").encode("utf-16-le"), "utf-16"


def directory_of(dice: random.Random, told: Options) -> Directory:
    """A directory with some of the users whom such files are about."""
    count = dice.randrange(13)
    pairs = zip(dice.sample(NUMBERS, count), dice.sample(EMAILS, count), strict=True)
    users = [
        user(
            number,
            email,
            dice.choice(("", "", *USERNAMES)),
            first_name=dice.choice(WORDS),
            last_name=dice.choice(WORDS),
            role=dice.choice(ROLES).name,
            location=dice.choice(("", *(place.name for place in LOCATIONS))),
            organizational_unit=dice.choice(("", *UNITS)),
            job_title=dice.choice(("", "Analyst")),
            phone=dice.choice(("", "+41 44 555 01 01")),
            change_password_next_time=dice.random() < 0.3,
            attributes=dice.choice(((), (), (("shoe size", "43"),))),
            **_guards(dice),
        )
        for number, email in pairs
    ]
    keeper = user("keeper", HELD, "keeper", role="Lead", source="hr")
    found = apart([keeper, *users])
    active = sum(one.status == "active" for one in found.values())
    directory = Directory(
        users=found,
        roles=ROLES,
        default_role="Standard",
        locations=LOCATIONS,
        units=UNITS,
        seats=active + dice.randrange(5) if dice.random() < 0.15 else None,
        safeguards=Safeguards(),
    )
    return identified(directory, told.identity)


def _guards(dice: random.Random) -> dict[str, object]:
    """What makes a stored user another than most: a lock, protection, a suspension."""
    flags = ("role_locked", "location_locked", "protected")
    states = (*["active"] * 8, "suspended", "suspended_by_sync")
    return {flag: dice.random() < 0.1 for flag in flags} | {"status": dice.choice(states)}
