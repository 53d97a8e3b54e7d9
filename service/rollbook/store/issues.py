"""Stores and lists the issues of an import's rows."""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from rollbook.model import Code, Issue
from rollbook.store.database import Connection
from rollbook.store.packing import stored_issue
from rollbook.store.statements import sql


class IssueRow(NamedTuple):
    """An issue, its row, and its place among the issues of that row."""

    line: int
    position: int
    row: int
    issue: Issue


async def page(
    connection: Connection,
    directory_id: int,
    import_id: UUID,
    *,
    plan: int,
    after: tuple[int, int],
    codes: Collection[Code] | None,
    most: int,
) -> list[IssueRow]:
    """At most `most` issues after the line and position `after`; `codes` None: of any code."""
    found = await connection.fetch(
        sql("imports/issues_page"),
        directory_id,
        import_id,
        plan,
        *after,
        None if codes is None else [code.value for code in codes],
        most,
    )
    return [
        IssueRow(
            row["line"],
            row["position"],
            row["row"],
            stored_issue(row["code"], row["field"], row["message"], row["params"]),
        )
        for row in found
    ]
