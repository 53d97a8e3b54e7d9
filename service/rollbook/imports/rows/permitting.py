"""The fields of a file → whether its caller may set them: passwords need a right of their own."""

from collections.abc import AsyncIterator, Iterable

from rollbook.errors import Reason, Refusal
from rollbook.imports.job.job import Job
from rollbook.model import Field, FileRows


def check_passwords(job: Job, fields: Iterable[str]) -> None:
    """Whether the import may have these fields.

    Raises:
        Refusal: PERMISSION_DENIED, one is the password, and the caller may not set any.
    """
    if not job.ceiling.passwords and Field.PASSWORD in fields:
        raise Refusal(
            Reason.PERMISSION_DENIED,
            "The column password needs the right credentials:write. Take it out, or let somebody "
            "import who has that right.",
            {"column": Field.PASSWORD.value},
        )


async def permitted(job: Job, batches: AsyncIterator[FileRows]) -> AsyncIterator[FileRows]:
    """The batches; typed rows have no header that would have been asked before them.

    Raises:
        Refusal: as `check_passwords`; and whatever the batches raise.
    """
    async for rows in batches:
        check_passwords(job, rows.columns)
        yield rows
