"""What became of an import: counts, its state, and why it stopped."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from rollbook.imports.planning.tally import Tally
from rollbook.model import Code, Issue, State
from rollbook.store.imports import ImportRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What became of an import.

    `stopped_by` '' where nothing stopped it; `digest` is a staged import's plan's, else empty.
    """

    import_id: UUID
    state: State
    tally: Tally
    warnings: tuple[Issue, ...] = ()
    stopped_by: str = ""
    stopped_line: int = 0
    digest: bytes = b""


def stored_summary(row: ImportRow) -> Summary:
    """The summary of an import as it was stored."""
    return Summary(
        import_id=row.id,
        state=row.state,
        tally=Tally.from_json(row.counts),
        warnings=tuple(
            Issue(Code(said["code"]), said["field"], said["message"], said["params"])
            for said in row.warnings
        ),
        stopped_by=row.stopped_by,
        stopped_line=row.stopped_line,
        digest=row.digest,
    )


def warnings_as_json(warnings: Iterable[Issue]) -> list[dict[str, object]]:
    """The warnings of a whole import as they are stored."""
    return [
        {
            "code": issue.code,
            "field": issue.field,
            "message": issue.message,
            "params": dict(issue.params),
        }
        for issue in warnings
    ]
