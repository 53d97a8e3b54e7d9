"""Loads the statements in `sql/DOMAIN/NAME.sql`. Python holds no SQL.

Two things are written into the text of a file when it is read, so that a rule stands once:

- `{{DOMAIN/NAME}}` is the text of `sql/DOMAIN/NAME.part.sql`, a part of several statements; a part
  may have parts.
- A line that ends in `-- each KIND field` is repeated for the fields of that kind, in the order of
  the table in `model/fields.py`. `{column}`, `{name}`, `{place}`, `{type}`, `{none}` and `{names}`
  in it are the field's column, name and place in the table, the column's type, the value that
  stands for nothing, and the table that an id points into.

Temporary tables, such as `staged_N`, carry the number of the latest migration, written as
`{schema}`.
"""

import re
from functools import cache, partial
from importlib import resources

from rollbook.model import STORED, Field, Kind

_PART = re.compile(r"\{\{([\w/]+)\}\}")
_REPEATED = re.compile(r"^(.+?) +-- each (\w+) field$", re.MULTILINE)

CHANGING = tuple(field for field in STORED if field is not Field.EMPLOYEE_NUMBER)
"""The fields of a line `-- each changing field`, in its order: all but the identity."""
_KINDS = {
    "changing": CHANGING,
    # Those without a rule of their own for what a row makes of them.
    "plain": tuple(field for field in CHANGING if field.traits.plain),
    "named": tuple(field for field in CHANGING if field.traits.kind is Kind.REFERENCE),
    "boolean": tuple(field for field in CHANGING if field.traits.kind is Kind.BOOLEAN),
    "text": tuple(
        field for field in CHANGING if field.traits.kind not in (Kind.REFERENCE, Kind.BOOLEAN)
    ),
}
_TYPES = {Kind.REFERENCE: ("bigint", "0"), Kind.BOOLEAN: ("boolean", "false")}
"""The type of a column, and its value for nothing; of all others they are those of a text."""


@cache
def sql(name: str) -> str:
    """The text of the statement `sql/DOMAIN/NAME.sql`; `name` is DOMAIN/NAME.

    Raises:
        FileNotFoundError: there is no such statement, or a part of it is not there.
    """
    text = _PART.sub(_part, _read(f"{name}.sql"))
    return _REPEATED.sub(_repeated, text).replace("{schema}", schema_number())


@cache
def schema_number() -> str:
    """The number of the latest migration that this release brings, four digits."""
    folder = resources.files("rollbook.store") / "migrations"
    return max(file.name for file in folder.iterdir() if file.name.endswith(".sql"))[:4]


def script(*statements: str) -> str:
    """Statements in one message, and so in one round trip; such a message takes no parameters."""
    return ";\n".join(map(_without_comments, statements))


@cache
def with_number(statement: str, number: int) -> str:
    """A statement whose only parameter is a number as text, with the number written into it."""
    return _without_comments(statement).replace("$1", f"'{number:d}'")


def _read(file: str) -> str:
    return (resources.files("rollbook.store") / "sql" / file).read_text("utf-8")


def _part(found: re.Match[str]) -> str:
    return _PART.sub(_part, _without_comments(_read(f"{found[1]}.part.sql")))


def _repeated(found: re.Match[str]) -> str:
    line, kind = found.groups()
    return "\n".join(map(partial(_filled, line), _KINDS[kind]))


def _filled(line: str, field: Field) -> str:
    type_, none = _TYPES.get(field.traits.kind, ("text", "''"))
    words = {
        "column": field.column,
        "name": field.value,
        "place": str(STORED.index(field)),
        "type": type_,
        "none": none,
        "names": field.traits.names,
    }
    return re.sub(r"\{(\w+)\}", lambda word: words[word[1]], line)


def _without_comments(statement: str) -> str:
    """A statement without its comments, for what is sent with every transaction."""
    lines = statement.splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip()
