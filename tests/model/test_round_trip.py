"""What the command writes it reads: a listing of any users comes back and changes nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.acceptance.command import Said, at, rollbook
from tests.environment import Server
from tests.model.conftest import Bench
from tests.model.examples import examples
from tests.model.oracle import Directory
from tests.model.people import directories
from tests.model.trial import put, versions_in

_ODD = st.sampled_from(
    [
        "=SUM(A1)",
        "'quoted",
        "''",
        "-7",
        "+41 44",
        "@x",
        "＝x",
        'say "so"',
        "a,b;c|d",
        "N/A",
        "Zo\ufffd",
    ]
)
_TEXTS = st.one_of(_ODD, st.sampled_from(["", "Ana", "Żółć", "李"]))
_ATTRIBUTES = st.dictionaries(st.sampled_from(["badge", "shoe size", "=x"]), _ODD, max_size=2)


@st.composite
def _directories(draw: st.DrawFn) -> Directory:
    """Users as any way in may have stored them: also with one name alone, or none."""
    directory = draw(directories(guarded=True))
    users = {
        key: replace(
            user,
            first_name=draw(st.sampled_from([user.first_name, "", "=Ana", "'Ana"])),
            last_name=draw(st.sampled_from([user.last_name, "", "N/A", "O'Neil"])),
            job_title=draw(_TEXTS),
            department=draw(_TEXTS),
            phone=draw(_TEXTS),
            attributes=tuple(sorted(draw(_ATTRIBUTES).items())),
        )
        for key, user in directory.users.items()
    }
    return replace(directory, users=users)


DIRECTORIES = _directories()


@examples(8)
@given(directory=DIRECTORIES, blanks=st.sampled_from(["KEEP", "CLEAR"]))
async def test_a_listing_of_any_users_changes_nothing(
    bench: Bench, servers: Mapping[int, Server], directory: Directory, blanks: str
) -> None:
    """`users list --output csv`, then `import` of that file without a word: all is UNCHANGED."""
    await try_round(bench, servers, directory, blanks)


@pytest.mark.long
@examples(40)
@given(directory=DIRECTORIES, blanks=st.sampled_from(["KEEP", "CLEAR"]))
async def test_a_listing_of_any_users_changes_nothing_at_length(
    bench: Bench, servers: Mapping[int, Server], directory: Directory, blanks: str
) -> None:
    """As above, at length."""
    await try_round(bench, servers, directory, blanks)


async def try_round(
    bench: Bench, servers: Mapping[int, Server], directory: Directory, blanks: str
) -> None:
    """List, import, and compare the row versions in the database."""
    name = await put(bench.connection, directory)
    before = await versions_in(bench.connection, name)
    env = at(servers[100])

    def run(*words: str, stdin: bytes = b"") -> Said:
        return rollbook(*words, "--directory", name, env=env, stdin=stdin)

    listed = await asyncio.to_thread(run, "users", "list", "--output", "csv")
    assert listed.code == 0, listed.err
    words = ("import", "-", "--set", f"blanks={blanks}", "--output", "ndjson")
    said = await asyncio.to_thread(run, *words, stdin=listed.out.encode())
    assert said.code == 0, said.out + said.err
    assert said.out.count("OUTCOME_UNCHANGED") == len(directory.users), said.out
    assert await versions_in(bench.connection, name) == before
