"""A failed row of a full sync names its number, and also the user who has its e-mail or username.

Nobody so named is suspended, and the row says so: `kept_in_doubt`. What a row names is kept here in
keys, for the plan.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rollbook.imports.issue_messages import kept_in_doubt
from rollbook.imports.job.job import Job, guarded
from rollbook.imports.rows.resolve_names import NamedBatch
from rollbook.imports.rows.staged_rows import StagedRows
from rollbook.model import CheckedBatch, Code, Field, MissingUsers, keys_first
from rollbook.store import Connection, full_sync, staging
from rollbook.store.full_sync import Doubt, Named
from rollbook.store.packing import pack, unpack

_CLAIMED = {Code.DUPLICATE_EMAIL: Field.EMAIL, Code.DUPLICATE_USERNAME: Field.USERNAME}


async def with_doubts(job: Job, named: NamedBatch) -> NamedBatch:
    """The batch of a full sync, where each failed row says whom it keeps from a suspension.

    Raises:
        Unavailable: the database stayed away.
    """
    checked = named.checked
    if job.options.missing_users is not MissingUsers.SUSPEND or not checked.failed:
        return named
    positions = sorted(checked.failed)
    rows = [_in_question(checked, position, job) for position in positions]

    async def ask(connection: Connection) -> list[Doubt]:
        room = await staging.room(connection, job.directory.id)
        return await full_sync.in_doubt(connection, job.target, guarded(job, room), rows)

    issues = dict(checked.issues)
    for place, name, number in await job.database.ask(ask):
        position = positions[place]
        issue = kept_in_doubt(Field(name), number)
        issues[position] = keys_first([*issues.get(position, ()), issue])
    return replace(named, checked=replace(checked, issues=issues))


def pack_named(checked: CheckedBatch, job: Job) -> bytes | None:
    """Whom the failed rows of a full sync name; None: there is no such row."""
    if job.options.missing_users is not MissingUsers.SUSPEND or not checked.failed:
        return None
    return pack([_named(checked, position, job) for position in sorted(checked.failed)])


def unpack_named(packed: bytes) -> list[Named]:
    """What was packed."""
    return [Named(*row) for row in unpack(packed)]


def named_by(staged: StagedRows, job: Job) -> Iterable[Named]:
    """Whom rows name that are to be planned."""
    columns = staged.columns
    nothing: Sequence[object] = [None] * len(staged)
    return (
        _row(line, number, email, username, given, job)  # type: ignore[arg-type]
        for line, number, email, username, given in zip(
            staged.lines,
            columns["number_key"],
            columns["email_key"],
            columns["username_key"],
            columns.get(Field.USERNAME.column, nothing),
            strict=True,
        )
    )


def _named(checked: CheckedBatch, position: int, job: Job) -> Named:
    given = checked.values.get(Field.USERNAME)
    return _row(
        0,
        checked.number_keys[position],
        checked.email_keys[position],
        checked.username_keys[position],
        given[position] if given else None,
        job,
    )


def _row(
    line: int,
    number_key: str,
    email_key: str | None,
    username_key: str | None,
    given: str | None,
    job: Job,
) -> Named:
    may_follow = job.target.username_follows and given is None and email_key is not None
    return Named(line, number_key, email_key, username_key, given is not None, may_follow)


def _in_question(checked: CheckedBatch, position: int, job: Job) -> Named:
    """What the row names, without what an earlier row has claimed: that row answers for it."""
    row = _named(checked, position, job)
    for issue in checked.issues.get(position, ()):
        claimed = _CLAIMED.get(issue.code) if "first_line" in issue.params else None
        if claimed is Field.EMAIL:
            row = row._replace(email_key=None)
        if claimed is Field.USERNAME or (claimed and not row.gives_username):
            row = row._replace(username_key=None)
    return row
