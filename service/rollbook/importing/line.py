"""The line: what a client sends → what it is answered. Read it aloud.

chunks → decode → records → header (once) → batch → check → roles → locations → plan → save
"""

from collections.abc import AsyncIterator

from rollbook.checking import Checker
from rollbook.importing.ahead import ahead
from rollbook.importing.claims import Claims
from rollbook.importing.job import Job
from rollbook.importing.naming import name
from rollbook.importing.prepared import prepare
from rollbook.importing.saving import Batch, Saving
from rollbook.importing.source import Source
from rollbook.words import Answers, Understood


async def upload(
    job: Job, source: Source, claims: Claims, saving: Saving
) -> AsyncIterator[Understood | Answers]:
    """Take one file in and answer each of its rows once.

    While one batch is written the next is read and checked; nothing runs further ahead.

    Raises:
        FileFault: the file cannot be read further; the rows before it have been answered.
        Refusal: the import cannot go on; what was answered is kept.
    """
    checker = Checker(job.profile, job.options, job.house.settings)

    if understood := await source.header():
        yield understood

    rows = source.batches()
    users = (claims.judge(checker.check(some)) async for some in rows)
    named = (await name(job, some) async for some in users)
    batches = (Batch(users=some.users, prepared=prepare(some, job.profile)) async for some in named)

    async for batch in ahead(batches):
        yield await saving.save(batch)
    async for answers in saving.save_parked():
        yield answers
