"""An import that a safeguard has stopped is approved by another principal."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1 import imports_pb2 as v1
from tests.environment import Server
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal


@pytest_asyncio.fixture
async def reviewer(server: Server) -> AsyncIterator[Client]:
    """Another principal's client."""
    async with Client(server.address, server.token_files["reviewer"].read_text().strip()) as opened:
        yield opened


async def test_an_import_that_a_safeguard_stopped_is_approved_by_another(
    client: Client, reviewer: Client, directory: str
) -> None:
    """Never by its own principal; afterwards it names the approver, and can be applied."""
    import_id = await tripped(client, directory)
    own = await refusal(client.imports.approve(directory, import_id), Reason.PERMISSION_DENIED)
    assert "your own" in own.message
    waiting = await refusal(_apply(client, directory, import_id), Reason.IMPORT_NOT_RESUMABLE)
    assert waiting.facts["state"] == "AWAITING_APPROVAL"
    approved = await reviewer.imports.approve(directory, import_id)
    assert approved.approved_by == "reviewer"
    summary = await _apply(client, directory, import_id)
    assert (summary.state, summary.updated) == (v1.IMPORT_STATE_COMPLETED, 100)


async def test_whoever_approves_sees_what_the_safeguard_saw(
    client: Client, reviewer: Client, directory: str
) -> None:
    """In numbers and words, as the import's own caller was told; gone once it was applied."""
    import_id = await tripped(client, directory)
    found = await reviewer.imports.get(directory, import_id)
    assert found.summary.stopped_by == v1.StoppedBy(
        code="safeguard_tripped",
        safeguard=v1.SafeguardTrip(
            what="emails",
            count=100,
            limit=10,
            message="The import would change the e-mail of 100 users; the directory's safeguard "
            "allows 10; nothing was applied.",
        ),
    )
    listed = [one async for one in reviewer.imports.list(directory)]
    assert listed[0].summary == found.summary
    await reviewer.imports.approve(directory, import_id)
    assert not (await _apply(client, directory, import_id)).HasField("stopped_by")
    done = await reviewer.imports.get(directory, import_id)
    assert not done.summary.HasField("stopped_by")


async def test_only_what_waits_for_approval_is_approved(
    client: Client, reviewer: Client, directory: str
) -> None:
    """A preview that tripped nothing is applied as it is; a cancelled one is gone."""
    seen = await imported(client, directory, [person(1)], commit="NONE")
    refused = await refusal(
        reviewer.imports.approve(directory, seen.import_id), Reason.IMPORT_NOT_RESUMABLE
    )
    assert refused.facts["state"] == "PREVIEWED"
    stopped = await tripped(client, directory)
    await client.imports.cancel(directory, stopped)
    refused = await refusal(
        reviewer.imports.approve(directory, stopped), Reason.IMPORT_NOT_RESUMABLE
    )
    assert refused.facts["state"] == "CANCELLED"
    gone = (await client.imports.get(directory, stopped)).summary.stopped_by
    assert (gone.code, gone.HasField("safeguard")) == ("import_cancelled", False)


async def test_an_approval_is_a_day_old(
    client: Client, reviewer: Client, server: Server, directory: str
) -> None:
    """Then it must be approved again; with that the 24 hours begin again."""
    import_id = await tripped(client, directory)
    await reviewer.imports.approve(directory, import_id)
    connection = await asyncpg.connect(server.database_url)
    try:
        await connection.execute(
            "update imports set approved_at = approved_at - interval '24 hours 1 second'"
            " where id = $1::uuid",
            import_id,
        )
    finally:
        await connection.close()
    await refusal(_apply(client, directory, import_id), Reason.IMPORT_NOT_RESUMABLE)
    await reviewer.imports.approve(directory, import_id)
    assert (await _apply(client, directory, import_id)).state == v1.IMPORT_STATE_COMPLETED


async def tripped(client: Client, directory: str) -> str:
    """An import that a safeguard has stopped: it would change every e-mail of 100 users."""
    await imported(client, directory, [person(n) for n in range(100)])
    changed = [person(n, email=f"v{n}@example.org") for n in range(100)]
    summary = await imported(client, directory, changed, commit="WHOLE_FILE")
    assert summary.state == v1.IMPORT_STATE_AWAITING_APPROVAL
    return summary.import_id


async def _apply(client: Client, directory: str, import_id: str) -> v1.ImportSummary:
    summaries = [
        event
        async for event in client.imports.apply(directory, import_id)
        if isinstance(event, v1.ImportSummary)
    ]
    return summaries[-1]
