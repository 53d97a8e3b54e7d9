"""No principal runs a full sync of another principal's source."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from rollbook.client import Client
from rollbook.errors import Reason
from rollbook.v1 import imports_pb2 as v1
from rollbook.v1.directories_pb2 import Directory, SafeguardLimit, Safeguards
from rollbook.v1.tokens_pb2 import Token
from tests.acceptance.command import at, rollbook
from tests.environment import Server
from tests.rpc.imported import imported, person
from tests.rpc.refusals import refusal

_SYNC: dict[str, Any] = {"commit": "WHOLE_FILE", "missing_users": "SUSPEND"}


@asynccontextmanager
async def _principal(server: Server, client: Client, name: str) -> AsyncIterator[Client]:
    token = Token(
        principal=f"{name}-{uuid4().hex[:8]}",
        scopes=["imports:write", "imports:read", "users:read"],
        all_directories=True,
    )
    made = await client.tokens.create(token)
    async with Client(server.address, made.secret) as opened:
        yield opened


@pytest_asyncio.fixture
async def hr(server: Server, client: Client) -> AsyncIterator[Client]:
    """The principal whose source it is."""
    async with _principal(server, client, "hr") as opened:
        yield opened


@pytest_asyncio.fixture
async def attacker(server: Server, client: Client) -> AsyncIterator[Client]:
    """Another, who may import."""
    async with _principal(server, client, "attacker") as opened:
        yield opened


async def _sync(
    client: Client, directory: str, numbers: Sequence[int], source: str = "hr", **options: Any
) -> v1.ImportSummary:
    people = [person(n) for n in numbers]
    return await imported(client, directory, people, source=source, **(_SYNC | options))


@pytest.mark.parametrize("source", ["by hand", " By  HAND", "BY HAND"])
async def test_the_source_of_users_by_hand_is_no_file_s(
    client: Client, directory: str, source: str
) -> None:
    """A sync of it would suspend everybody who was written by hand."""
    await client.users.write(directory, person(1))
    for options in (_SYNC, {}):
        error = await refusal(
            imported(client, directory, [person(2)], source=source, **options),
            Reason.INVALID_OPTIONS,
        )
        assert error.facts["option"] == "source"
    assert [user.employee_number async for user in client.users.list(directory)] == ["1"]


async def test_the_first_full_sync_claims_its_source(
    hr: Client, attacker: Client, client: Client, directory: str
) -> None:
    """Another's is refused, also as a preview; imports that suspend no user are not."""
    await _sync(hr, directory, [1, 2])
    for commit in ("WHOLE_FILE", "NONE"):
        error = await refusal(_sync(attacker, directory, [3], commit=commit), Reason.SOURCE_TAKEN)
        assert error.verdict.exit_code == 5
        assert error.facts["source"] == "hr"
    await imported(attacker, directory, [person(3)], source="hr")
    assert (await _sync(attacker, directory, [4], source="other")).created == 1
    assert (await _sync(hr, directory, [1])).suspended == 2
    assert set((await client.directories.get(directory)).sources) == {"hr", "other"}


@pytest.mark.parametrize("source", ["HR", "Hr"])
async def test_a_source_is_written_as_the_directory_has_it(
    hr: Client, client: Client, directory: str, source: str
) -> None:
    """`HR` would be another than `hr`, and nobody who has gone would be suspended by either."""
    await _sync(hr, directory, [1, 2])
    for options in (_SYNC, {**_SYNC, "commit": "NONE"}, {}):
        asked = imported(hr, directory, [person(3)], source=source, **options)
        error = await refusal(asked, Reason.INVALID_OPTIONS)
        assert error.facts["option"] == "source"
        assert "hr" in error.message
    by_hand = client.users.set_sources(directory, [source], employee_number="1")
    assert (await refusal(by_hand, Reason.INVALID_OPTIONS)).facts["option"] == "sources"
    of = Directory(name=directory, sources={source: "me"})
    error = await refusal(client.directories.update(of), Reason.INVALID_OPTIONS)
    assert error.facts["option"] == "sources"
    twins = client.directories.create(f"{directory}-c", sources={"hr": "me", source: "me"})
    await refusal(twins, Reason.INVALID_OPTIONS)
    assert (await _sync(hr, directory, [1])).suspended == 1
    assert set((await client.directories.get(directory)).sources) == {"hr"}


async def test_a_preview_claims_nothing_and_is_not_applied_to_another_s_source(
    hr: Client, attacker: Client, directory: str
) -> None:
    """The source is asked for again when the preview is applied."""
    early = await _sync(attacker, directory, [9], commit="NONE")
    await _sync(hr, directory, [1, 2])

    async def apply() -> None:
        async for _ in attacker.imports.apply(directory, early.import_id):
            pass

    await refusal(apply(), Reason.SOURCE_TAKEN)


async def test_a_directory_says_whose_a_source_is(
    server: Server, hr: Client, attacker: Client, client: Client, directory: str
) -> None:
    """By `directories set --source`, before the first sync or after it; '' leaves it open again."""

    def set_to(*sources: str) -> None:
        options = [word for source in sources for word in ("--source", source)]
        done = rollbook("directories", "set", directory, *options, env=at(server))
        assert done.code == 0, done.err

    principal = (await _sync(hr, directory, [1])).import_id
    owner = (await client.imports.get(directory, principal)).principal
    set_to("hr=nobody-yet", "a=b=reviewer")
    await refusal(_sync(hr, directory, [1]), Reason.SOURCE_TAKEN)
    assert dict((await client.directories.get(directory)).sources) == {
        "hr": "nobody-yet",
        "a=b": "reviewer",
    }
    set_to(f"hr={owner}")
    await _sync(hr, directory, [1])
    set_to("hr=")
    assert dict((await client.directories.get(directory)).sources) == {"a=b": "reviewer"}
    await _sync(attacker, directory, [1])
    await refusal(_sync(hr, directory, [1]), Reason.SOURCE_TAKEN)
    wrong = Directory(name=directory, sources={"By Hand": "me"})
    await refusal(client.directories.update(wrong), Reason.INVALID_OPTIONS)
    await client.directories.create(f"{directory}-b", sources={"hr": "me"})
    listed = {one.name: dict(one.sources) async for one in client.directories.list()}
    assert listed[f"{directory}-b"] == {"hr": "me"}
    assert set(listed[directory]) == {"a=b", "hr"}
    await client.directories.delete(f"{directory}-b")


@pytest.mark.parametrize(
    ("users", "named", "state"),
    [
        (9, 4, v1.IMPORT_STATE_COMPLETED),
        (10, 5, v1.IMPORT_STATE_COMPLETED),
        (10, 4, v1.IMPORT_STATE_AWAITING_APPROVAL),
        (11, 5, v1.IMPORT_STATE_AWAITING_APPROVAL),
    ],
)
async def test_most_of_a_source_is_not_suspended_unseen(
    hr: Client, client: Client, directory: str, users: int, named: int, state: int
) -> None:
    """More than half of its users, from 10 on; the users of other sources do not count."""
    await imported(client, directory, [person(n) for n in range(50, 70)], source="other")
    await _sync(hr, directory, range(users))
    summary = await _sync(hr, directory, range(named))
    assert (summary.state, summary.suspended) == (state, users - named)


async def test_that_safeguard_is_off_where_the_directory_s_are(
    hr: Client, client: Client, directory: str
) -> None:
    """Both limits of suspensions: one alone leaves it on."""
    off = SafeguardLimit(off=True)
    await _sync(hr, directory, range(12))
    limits = Safeguards(max_suspended=off)
    await client.directories.update(Directory(name=directory, safeguards=limits))
    assert (await _sync(hr, directory, [1])).state == v1.IMPORT_STATE_AWAITING_APPROVAL
    limits = Safeguards(max_suspended=off, max_suspended_percent=off)
    await client.directories.update(Directory(name=directory, safeguards=limits))
    assert (await _sync(hr, directory, [1])).state == v1.IMPORT_STATE_COMPLETED
