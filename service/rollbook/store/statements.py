"""`sql/DOMAIN/NAME.sql` → statements by `DOMAIN/NAME`. Python holds no SQL."""

from functools import cache
from importlib import resources


@cache
def sql(name: str) -> str:
    """The text of the statement `sql/DOMAIN/NAME.sql`; `name` is DOMAIN/NAME.

    Raises:
        FileNotFoundError: there is no such statement.
    """
    return (resources.files("rollbook.store") / "sql" / f"{name}.sql").read_text("utf-8")


def script(*statements: str) -> str:
    """Statements in one message, and so in one round trip; such a message takes no parameters."""
    return ";\n".join(map(_said, statements))


@cache
def with_number(statement: str, number: int) -> str:
    """A statement whose only parameter is a number as text, with the number written into it."""
    return _said(statement).replace("$1", f"'{number:d}'")


def _said(statement: str) -> str:
    """A statement without its comments, for what is sent with every transaction."""
    lines = statement.splitlines()
    return "\n".join(line for line in lines if not line.startswith("--")).strip()
