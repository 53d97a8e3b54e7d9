"""Whether an import still has the rows that it would go on with."""

from rollbook.errors import Reason, Refusal
from rollbook.store.imports import ImportRow


def check_rows_kept(row: ImportRow) -> None:
    """See that the kept rows were not swept; decisive for who holds the import's lease.

    Raises:
        Refusal: IMPORT_NOT_RESUMABLE.
    """
    if not row.rows_kept:
        raise Refusal(
            Reason.IMPORT_NOT_RESUMABLE,
            f"This import is {row.state.value} and has rested for so long that the rows it had "
            "kept are deleted. Send the file again under a new import id.",
            {"state": row.state.value},
        )
