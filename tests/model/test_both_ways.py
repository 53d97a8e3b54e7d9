"""One answer by two ways: together in columns, and record by record, cell by cell.

The first is what the service does. The second reads each record by itself, checks and claims each
row in a batch of its own, and shows every cell to its rule.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from rollbook import model
from rollbook.checking import (
    Checker,
    Rule,
    claims_foreign_address,
    email_key,
    number_key,
    username_key,
)
from rollbook.client import Client
from rollbook.errors import FileFault
from rollbook.imports.issue_messages import ADDRESS_OF_ANOTHER, ADDRESS_OF_NOBODY, taken_in_file
from rollbook.imports.rows.claims import Claims
from rollbook.model.options import CHOICES
from rollbook.profiles import Profiles
from rollbook.reading import Reader
from rollbook.settings import Settings
from tests.faults.witness import seeded, tell
from tests.model.comparing import kept, said
from tests.model.conftest import BATCHES, Bench
from tests.model.files import File
from tests.model.mutated import Mutated, directory_of, mutated
from tests.model.oracle import Options
from tests.model.trial import importing, put

_PROFILE = Profiles().named("")
_SETTINGS = Settings()
_SECRET = b"a secret of sixteen bytes or more"
_KEYS = {
    model.Identity.EMPLOYEE_NUMBER: number_key,
    model.Identity.EMAIL: email_key,
    model.Identity.USERNAME: username_key,
}


@dataclass
class Told:
    """What became of a file: of each row all that is known after the claims, and how it ended."""

    understood: model.Understood | None = None
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    marks: dict[int, model.Mark] = field(default_factory=dict)
    late: tuple[model.Issue, ...] = ()
    end: tuple[Any, ...] = ()


class _EveryCell:
    """A rule that spares no cell."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule

    def suspects(self, cells: Sequence[str]) -> range:
        return range(len(cells))

    def cell(self, text: str) -> Any:
        return self._rule.cell(text)


class _ExactChecker(Checker):
    """A checker that looks at each cell."""

    def rule(self, field: str) -> Rule:
        return _EveryCell(super().rule(field))


class _PlainClaims:
    """Claims of a file of which each row is a batch: who was first is in a dictionary."""

    def __init__(self, identity: model.Field) -> None:
        self._identity = identity
        self._lines: dict[tuple[str, str | None], int] = {}

    def judge(self, checked: model.CheckedBatch, foreign: dict[int, bool]) -> model.CheckedBatch:
        if checked.failed:
            return checked
        line = checked.rows.lines[0]
        email, username = checked.email_keys[0], checked.username_keys[0]
        wants: dict[tuple[str, str | None], model.Field] = {
            ("number", checked.number_keys[0]): self._identity
        }
        if email is not None:
            wants["email", email] = model.Field.EMAIL
        given = checked.usernames_given and checked.values["username"][0] is not None
        if given and username is not None:
            wants["username", username] = model.Field.USERNAME
        issues = [
            taken_in_file(shown, self._lines[name])
            for name, shown in wants.items()
            if name in self._lines
        ]
        if 0 in foreign:
            taken = foreign[0] or ("email", username) in self._lines
            issues.append(ADDRESS_OF_ANOTHER if taken else ADDRESS_OF_NOBODY)
        if not issues:
            self._lines |= dict.fromkeys(wants, line)
            return checked
        once = {(issue.field, issue.code): issue for issue in reversed(issues)}
        told = model.keys_first([*reversed(once.values()), *checked.issues.get(0, ())])
        return replace(checked, issues={0: told}, failed={0})


def _told(file: Mutated, *, together: bool) -> Told:
    """What becomes of the file by one of the ways."""
    chosen = {**file.limits, "read_in_columns": together}
    settings = _SETTINGS.model_copy(update=chosen)
    options = _of_model(file.options)
    profile = _PROFILE.identified_by(options.identity)
    checker = (Checker if together else _ExactChecker)(profile, options, settings)
    number = profile.identity.employee_number
    claims = Claims(_SECRET, number) if together else _PlainClaims(number)
    told = Told()
    reader = Reader(profile, options, settings)
    try:
        for batch in _batches(reader, file):
            for rows in [batch] if together else _one_by_one(batch):
                checked = checker.check(rows)
                if not together:
                    _keys_are_of_values(checked, options)
                told.rows += _rows(claims.judge(checked, _foreign(checked)))
            told.marks[len(told.rows)] = batch.mark
    except FileFault as fault:
        told.end = (fault.reason, fault.line, fault.message, dict(fault.facts))
    told.understood, told.late = reader.understood, reader.late_warnings
    return told


def _batches(reader: Reader, file: Mutated) -> Iterator[model.FileRows]:
    for chunk in (*file.chunks, None):
        if chunk is None:
            reader.end()
        else:
            reader.feed(chunk)
        while rows := reader.take(file.most):
            yield rows


def _one_by_one(rows: model.FileRows) -> Iterator[model.FileRows]:
    """Each row as a batch."""
    for at, line in enumerate(rows.lines):
        fault = rows.faults.get(at)
        yield model.FileRows(
            lines=[line],
            first=rows.first + at,
            columns={name: [cells[at]] for name, cells in rows.columns.items()},
            faults={0: fault} if fault else {},
            raw=[rows.raw[at]],
        )


def _foreign(checked: model.CheckedBatch) -> dict[int, bool]:
    """As if every other address in a username were that of a stored user."""
    keys = checked.username_keys
    return {at: len(keys[at] or "") % 2 == 0 for at in claims_foreign_address(checked)}


def _rows(checked: model.CheckedBatch) -> Iterator[tuple[Any, ...]]:
    """All that is known of each row."""
    rows = checked.rows
    for at, line in enumerate(rows.lines):
        yield (
            (line, rows.numbers[at], [*rows.raw[at]], rows.faults.get(at)),
            {name: cells[at] for name, cells in rows.columns.items()},
            {name: cells[at] for name, cells in checked.values.items()},
            (checked.number_keys[at], checked.email_keys[at], checked.username_keys[at]),
            (checked.usernames_given, at in checked.failed, [*checked.issues.get(at, ())]),
        )


def _keys_are_of_values(checked: model.CheckedBatch, options: model.Options) -> None:
    """The keys of the only row are those of its values, as they are made one by one."""
    values = {name: cells[0] for name, cells in checked.values.items()}
    if number := values["employee_number"]:
        assert checked.number_keys[0] == _KEYS[options.identity](number)
    if email := values.get("email"):
        assert checked.email_keys[0] == email_key(email)
    if username := values.get("username"):
        assert checked.username_keys[0] == username_key(username)


def _of_model(told: Options) -> model.Options:
    """The same options as the service has them."""
    some = told.told()
    typed: dict[str, Any] = {
        name: CHOICES[name](value) if name in CHOICES else value for name, value in some.items()
    }
    return replace(model.Options(), **typed)


def _are_alike(file: Mutated) -> int:
    """Compare both ways. Returns how many rows there were."""
    one, other = (_told(file, together=together) for together in (True, False))
    assert one.marks.keys() == other.marks.keys(), file
    for found, expected in zip(one.rows, other.rows, strict=False):
        assert found == expected, file
    assert one == other, file
    return len(one.rows)


def test_a_file_is_answered_alike_by_both_ways() -> None:
    """P17: cells, lines, faults, digests, values, keys, issues and claims of files of all kinds."""
    for seed in range(120):
        _are_alike(mutated(seed))
    _are_alike(mutated(1, large=True))


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(20))
def test_100_000_files_are_answered_alike_by_both_ways(part: int) -> None:
    """P17: as above, 5,000 files a part, three of them large."""
    dice = seeded()
    files = [dice.randrange(1 << 60) for _ in range(5_000)]
    rows = sum(_are_alike(mutated(seed, large=at % 2_000 == 0)) for at, seed in enumerate(files))
    tell(f"part {part}: {len(files):,} files, {rows:,} rows")


def test_where_a_file_is_cut_decides_nothing() -> None:
    """P17: one file, cut into two chunks at each of its bytes."""
    _cut_anywhere(mutated(34), 300)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_where_many_files_are_cut_decides_nothing() -> None:
    """P17: as above, 30 files."""
    dice = seeded()
    for _ in range(30):
        _cut_anywhere(mutated(dice.randrange(1 << 60)), 1_500)


def _cut_anywhere(file: Mutated, most: int) -> None:
    content = file.content[:most]
    expected = _told(replace(file, content=content, chunks=(content,)), together=False)
    for at in range(1, len(content)):
        cut = replace(file, content=content, chunks=(content[:at], content[at:]))
        found = _told(cut, together=True)
        assert (found.rows, found.end) == (expected.rows, expected.end), cut
        assert found.late == expected.late, cut
        assert max(found.marks.items(), default=0) == max(expected.marks.items(), default=0), cut


async def test_an_import_ends_alike_by_both_ways(bench: Bench, exact: Client) -> None:
    """P08, P17: answers, summary, users, versions, digest and issues; and the same file again."""
    for seed in range(8):
        await _end_alike(bench, exact, seed)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(6))
async def test_many_imports_end_alike_by_both_ways(bench: Bench, exact: Client, part: int) -> None:
    """P08, P17: as above, 60 files a part."""
    dice = seeded()
    for _ in range(60):
        await _end_alike(bench, exact, dice.randrange(1 << 60))
    tell(f"part {part}: 60 files, each imported twice by both ways")


async def _end_alike(bench: Bench, exact: Client, seed: int) -> None:
    """Import the file of that seed twice, into a directory for each way."""
    made, dice = mutated(seed), random.Random(seed)
    chunks = made.chunks if len(made.chunks) < 40 else (made.content,)
    file = File(content=made.content, chunks=chunks, pauses=frozenset())
    before = directory_of(dice, made.options)
    ends = []
    for client in (bench.clients[dice.choice(BATCHES)], exact):
        name = await put(bench.connection, before)
        end = []
        for _ in "12":
            answer = await importing(client, name, file, made.options)
            end += [said(answer), await kept(bench.connection, name, answer, before)]
        ends.append(end)
    assert ends[0] == ends[1], made
