"""The names that an import's rows have and the directory has not; made or mapped, also all at once.

An import keeps the first 200 of each field. Where there are more, they are read from the rows.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rollbook.client import Client
from rollbook.errors import Reason, Refusal
from rollbook.v1.imports_pb2 import Import, ImportRow, ListImportRowsRequest, MissingName
from rollbook.web.console.again import folded

ON_A_PAGE = 50
KEPT = 200
"""Names of a field that an import keeps, as the contract says."""
_CODES = {
    "role": "invalid_role",
    "location": "invalid_location",
    "organizational_unit": "unknown_organizational_unit",
}
"""The code of a row that fails by a name of the field."""
_ROWS, _MOST_PAGES = 1_000, 50
_AT_ONCE = 4_000
"""Names that are made in one transaction: a file of them is smaller than 1 MiB."""
MADE = {"location": "locations", "organizational_unit": "units"}
"""Fields whose names can be made here: by the attribute of the client."""


class Missing(NamedTuple):
    """All missing names. `whole`: no row was left out, as there were too many to look at."""

    names: Sequence[MissingName]
    whole: bool

    def of(self, field: str) -> list[str]:
        """The names of a field."""
        return [one.name for one in self.names if one.field == field]

    @property
    def numbers(self) -> Mapping[str, int]:
        """How many names of each field there are."""
        return {field: len(names) for field in _CODES if (names := self.of(field))}

    @property
    def suggested(self) -> dict[tuple[str, str], str]:
        """What is suggested in place of names, by their field and folded name."""
        return {
            (one.field, folded(one.name)): one.suggestion for one in self.names if one.suggestion
        }


async def missing_of(client: Client, found: Import) -> Missing:
    """The names that failed rows of an import have."""
    kept = list(found.missing_names)
    whole = True
    for field, code in _CODES.items():
        of_field = [one for one in kept if one.field == field]
        if len(of_field) < KEPT:
            continue
        known = {folded(one.name): one for one in of_field}
        further, all_seen = await _of_rows(client, found, field, code)
        whole = whole and all_seen
        kept += [one for key, one in further.items() if key not in known]
    return Missing(kept, whole)


async def _of_rows(
    client: Client, found: Import, field: str, code: str
) -> tuple[Mapping[str, MissingName], bool]:
    """The names of a field in failed rows, folded; and whether all of the rows were looked at."""
    names: dict[str, MissingName] = {}
    wanted = ListImportRowsRequest(
        directory=found.directory,
        import_id=found.import_id,
        outcomes=["OUTCOME_FAILED"],
        code=code,
        page_size=_ROWS,
    )
    for _ in range(_MOST_PAGES):
        page = await client.imports.rows_page(wanted)
        places = [at for at, column in enumerate(page.columns) if column.field == field]
        for row in page.rows:
            for place in places:
                name = row.cells[place].strip() if place < len(row.cells) else ""
                if name and _is_unknown(row, code):
                    one = names.setdefault(folded(name), MissingName(field=field, name=name))
                    one.rows += 1
                    one.suggestion = one.suggestion or _suggestion(row, code)
        if not page.next_page_token:
            return names, True
        wanted.page_token = page.next_page_token
    return names, False


def _is_unknown(row: ImportRow, code: str) -> bool:
    """Whether the name is right, and only unknown; of later rows only the code is kept."""
    return all(
        issue.params.get("reason", "unknown") == "unknown"
        for issue in row.result.issues
        if issue.code == code
    )


def _suggestion(row: ImportRow, code: str) -> str:
    found = (one.params.get("suggestion", "") for one in row.result.issues if one.code == code)
    return next(filter(None, found), "")


async def make(client: Client, directory: str, field: str, names: Sequence[str]) -> None:
    """Make names of a field; those that are there already stay as they are.

    Raises:
        RollbookError: the service refused one, and so all of some thousand; INVALID_OPTIONS, names
            of the field cannot be made here.
    """
    if field not in MADE or not names:
        raise Refusal(Reason.INVALID_OPTIONS, "The form does not say what to add.")
    for begin in range(0, len(names), _AT_ONCE):
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(["name"])
        rows.writerows([name] for name in names[begin : begin + _AT_ONCE])
        await getattr(client, MADE[field]).load(directory, text.getvalue().encode())
