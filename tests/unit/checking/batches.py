"""Makes the batches that tests check, from cells by keyword."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from rollbook import model
from rollbook.checking import Checker
from rollbook.profiles import Identity, Profile, Profiles
from rollbook.settings import Settings

DEFAULT = Profiles().named("")
SETTINGS = Settings()  # read once: it takes longer than a row
BY_USERNAME = DEFAULT.model_copy(
    update={
        "required": (model.Field.USERNAME, model.Field.EMAIL),
        "identity": Identity(employee_number=model.Field.USERNAME, username=model.Field.USERNAME),
    }
)
BY_EMAIL = DEFAULT.model_copy(
    update={
        "required": (model.Field.EMAIL, model.Field.NAME),
        "identity": Identity(employee_number=model.Field.EMAIL),
    }
)
NUMBER_IS_USERNAME = DEFAULT.model_copy(
    update={"identity": Identity(username=model.Field.EMPLOYEE_NUMBER)}
)

RIGHT = {
    "employee_number": "1001",
    "email": "ines.costa@example.com",
    "first_name": "Inês",
    "last_name": "Costa",
}


def rows_of(*cells: Mapping[str, str | None]) -> model.FileRows:
    """One row for each, all with the columns of the first."""
    columns = {field: [row[field] for row in cells] for field in cells[0]}
    return model.FileRows(lines=range(2, len(cells) + 2), first=1, columns=columns)


def checked(
    rows: model.FileRows,
    *,
    profile: Profile = DEFAULT,
    options: model.Options | None = None,
    settings: Settings = SETTINGS,
) -> model.CheckedBatch:
    """What the checks make of them."""
    return Checker(profile, options or profile.defaults(), settings).check(rows)


def check_one(**cells: str | None) -> model.CheckedBatch:
    """A right row of the default profile, except for these cells."""
    return checked(rows_of({**RIGHT, **cells}))


def said(users: model.CheckedBatch, at: int = 0) -> list[str]:
    """The issues of a row as the shared list of bad inputs writes them: `code(field)`."""
    return [f"{issue.code}({issue.field})" for issue in users.issues.get(at, [])]


def values(users: model.CheckedBatch, at: int = 0) -> dict[str, str | None]:
    """The values of one row."""
    return {field: column[at] for field, column in users.values.items()}


def with_columns(rows: model.FileRows, **columns: Sequence[str | None]) -> model.FileRows:
    """The same rows with further columns."""
    return replace(rows, columns={**rows.columns, **columns})
