"""`sql/*.sql` → statements by name. Python holds no SQL."""

from functools import cache
from importlib import resources


@cache
def sql(name: str) -> str:
    """The text of the statement `sql/NAME.sql`.

    Raises:
        FileNotFoundError: there is no such statement.
    """
    return (resources.files("rollbook.store") / "sql" / f"{name}.sql").read_text("utf-8")
