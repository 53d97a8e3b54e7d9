"""Reads a file of made-up users as rows of the table `users`."""

import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

KEY = ("directory_id", "number_key")
CHANGING = (
    *("email", "username", "first_name", "last_name", "location_id"),
    *("job_title", "department", "phone"),
)
"""The columns by which a user is found, and those of which one may differ."""
COLUMNS = (
    *KEY,
    *("employee_number", "email_key", "username_key", "role_id", "source"),
    *CHANGING,
)

Ask = Callable[[str], Any]


def users(file: Path, ask: Ask) -> Iterator[dict[str, Any]]:
    """The rows by column; `ask` answers the rows of a query, and is asked before the first one."""
    ((directory, role),) = ask(
        "select d.id, r.id from directories as d join roles as r on r.directory_id = d.id"
        " and r.is_default where d.name = 'main'"
    )
    places = dict(ask("select name, id from locations"))
    return _rows(file, {"directory_id": directory, "role_id": role, "source": "default"}, places)


def _rows(
    file: Path, same: Mapping[str, Any], places: Mapping[str, int]
) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            location = row.pop("location")
            yield {
                **row,
                **same,
                "number_key": row["employee_number"].lower(),
                "email_key": row["email"].lower(),
                "username_key": row["username"].lower(),
                "location_id": places.get(location, 0),
            }
