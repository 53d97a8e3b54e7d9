"""Full syncs of several sources, and changes by hand between them, agree with the oracle."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.client import Client
from tests.model.comparing import check_answer, check_directory
from tests.model.conftest import BATCHES, Bench
from tests.model.examples import examples
from tests.model.files import File
from tests.model.oracle import Directory, Options, User, replay
from tests.model.people import ROLES, user
from tests.model.trial import importing, put, versions_in

_SOURCES = ("hr", "crm")
_PEOPLE = {f"{n:03}": f"p{n}@corp.example" for n in range(1, 7)}
_HEADER = "employee_number,email,username,first_name,last_name"
_SPOILED = {
    "well": "{number},{email},,A,B",
    "renumbered": "{short},{email},,A,B",
    "renumbered, known by the username": "{short},n{email},{name},A,B",
    "badly named": "{number},{email},,A,!!!",
    "renumbered and badly named": "{short},{email},,A,!!!",
    "without an address": "{number},,,A,B",
    "another's address": "{number},{other},,A,B",
    "another's address and badly named": "{short},{other},,!,B",
    "renamed": "{number},{email},,A,C",
    "without a number": ",{email},,A,B",
}


_PLAIN = Options()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that is done: an import, or a change by hand of the user `who`."""

    source: str = ""
    file: File | None = None
    options: Options = _PLAIN
    who: str = ""
    status: str = ""
    sources: tuple[str, ...] | None = None


Case = tuple[Directory, list[Step], int]


@st.composite
def _files(draw: st.DrawFn) -> File:
    """Most of the people, most of them as they are."""
    kinds = st.sampled_from(["well"] * 60 + [*_SPOILED])
    lines = []
    for number, email in _PEOPLE.items():
        if draw(st.integers(0, 2)):
            others = [other for other in _PEOPLE.values() if other != email]
            words = {"number": number, "short": number.lstrip("0"), "email": email}
            words |= {"other": draw(st.sampled_from(others)), "name": f"n{number}"}
            lines.append(_SPOILED[draw(kinds)].format(**words))
    content = "\n".join([_HEADER, *draw(st.permutations(lines))]).encode()
    return File(content=content, chunks=(content,), pauses=frozenset())


@st.composite
def _steps(draw: st.DrawFn) -> Step:
    kind = draw(st.sampled_from(["sync"] * 9 + ["import", "suspend", "reactivate", "set"]))
    who = draw(st.sampled_from(list(_PEOPLE)))
    match kind:
        case "suspend" | "reactivate":
            return Step(who=who, status="suspended" if kind == "suspend" else "active")
        case "set":
            some = st.lists(st.sampled_from(_SOURCES), unique=True, max_size=2)
            return Step(who=who, sources=tuple(draw(some)))
    options = Options(
        commit=draw(st.sampled_from(["WHOLE_FILE"] * 4 + ["NONE"])),
        mode=draw(st.sampled_from(["UPSERT"] * 4 + ["UPDATE_ONLY"])),
        include_changes=True,
        missing_users="SUSPEND" if kind == "sync" else "IGNORE",
    )
    return Step(source=draw(st.sampled_from(_SOURCES)), file=draw(_files()), options=options)


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    found: dict[str, User] = {}
    for number, email in _PEOPLE.items():
        if draw(st.integers(0, 5)):
            name = draw(st.sampled_from(["", f"n{number}"]))
            source = draw(st.sampled_from([*_SOURCES, "by hand"]))
            own = () if source == "by hand" else (source,)
            sources = draw(st.sampled_from([own, own, (), _SOURCES]))
            status = "active" if sources else draw(st.sampled_from(["active", "suspended_by_sync"]))
            one = user(number, email, name, first_name="A", last_name="B", role="Standard")
            protected = draw(st.integers(0, 9)) == 0
            one = replace(one, source=source, sources=sources, status=status, protected=protected)
            found[one.number_key] = one
    directory = Directory(users=found, roles=ROLES, default_role="Standard")
    steps = draw(st.lists(_steps(), min_size=2, max_size=5))
    return directory, steps, draw(st.sampled_from(BATCHES))


CASES = _cases()


@examples(15)
@given(case=CASES)
async def test_syncs_of_several_sources_end_as_the_rules_say(bench: Bench, case: Case) -> None:
    """Who has which source, who is suspended, kept and comes back; the same sync writes nothing."""
    await try_case(bench, case)


@pytest.mark.long
@examples(100)
@given(case=CASES)
async def test_syncs_of_several_sources_end_as_the_rules_say_at_length(
    bench: Bench, case: Case
) -> None:
    """As above, at length."""
    await try_case(bench, case)


async def try_case(bench: Bench, case: Case) -> None:
    """Do one step after the other, and compare after each; send each file again."""
    directory, steps, batch = case
    client = bench.clients[batch]
    name = await put(bench.connection, directory)
    for step in steps:
        if step.file is None:
            if step.who in directory.users:
                directory = await _by_hand(client, name, directory, step)
        else:
            directory = await _imported(bench, client, name, directory, step)
            versions = await versions_in(bench.connection, name)
            again = await _imported(bench, client, name, directory, step)
            after = await versions_in(bench.connection, name)
            for key, one in directory.users.items():
                if again.users[key] == one:
                    assert after[key] == versions[key], f"{key} was written for nothing"
            directory = again
        await check_directory(bench.connection, name, directory, directory)


async def _imported(
    bench: Bench, client: Client, name: str, before: Directory, step: Step
) -> Directory:
    assert step.file
    verdict = replay(step.file.content, step.options, before, source=step.source)
    answer = await importing(client, name, step.file, step.options, source=step.source)
    check_answer(answer, verdict, dry=step.options.commit == "NONE")
    await check_directory(bench.connection, name, before, verdict.directory)
    return verdict.directory


async def _by_hand(client: Client, name: str, directory: Directory, step: Step) -> Directory:
    one = directory.users[step.who]
    changes: Mapping[str, object] = {"sources": step.sources}
    if step.status:
        # Who was suspended by a sync, and is suspended by hand, is suspended by hand from then on.
        changes = {"status": step.status}
        change = client.users.suspend if step.status == "suspended" else client.users.reactivate
        await change(name, employee_number=one.employee_number)
    elif set(step.sources or ()) != set(one.sources):
        await client.users.set_sources(
            name, step.sources or (), employee_number=one.employee_number
        )
    else:
        changes = {}
    users = directory.users | {one.number_key: replace(one, **changes)}  # type: ignore[arg-type]
    return replace(directory, users=users)
