"""Records which numbers, e-mails and usernames the rows of one file have claimed.

A claim outlives its row's fate, so it cannot be asked of the database; and a file may have ten
million rows, so it cannot be a set of strings. It is a 128-bit hash, keyed by the import, and the
line that claimed it: 20 bytes a claim, in sorted runs that are merged as they grow, in sixteen
parts so that a merge copies little at a time.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from rollbook.imports.issue_messages import ADDRESS_OF_ANOTHER, ADDRESS_OF_NOBODY, taken_in_file
from rollbook.imports.rows.keyed_hashes import Hashes, KeyedHash
from rollbook.model import CheckedBatch, Field, Issue, keys_first

_PARTS = 16
_PART_EDGES = (np.arange(1, _PARTS, dtype=np.uint64)) << np.uint64(60)

_Halves = NDArray[np.uint64]
_Lines = NDArray[np.uint32]
_Positions = NDArray[np.intp]


class Run:
    """Claims sorted by the first half of their hash."""

    __slots__ = ("first_halves", "lines", "second_halves")

    def __init__(self, first_halves: _Halves, second_halves: _Halves, lines: _Lines):
        self.first_halves = first_halves
        self.second_halves = second_halves
        self.lines = lines

    def __len__(self) -> int:
        return len(self.lines)

    def merged(self, other: "Run") -> "Run":
        """Both in one. A stable sort of two sorted halves is a merge."""
        first_halves = np.concatenate((self.first_halves, other.first_halves))
        order = np.argsort(first_halves, kind="stable")
        return Run(
            first_halves[order],
            np.concatenate((self.second_halves, other.second_halves))[order],
            np.concatenate((self.lines, other.lines))[order],
        )

    def find(self, first_halves: _Halves, second_halves: _Halves, found: _Lines) -> None:
        """Write into `found` the lines that claimed these hashes; leave the rest as it is."""
        at = np.searchsorted(self.first_halves, first_halves)
        inside = np.flatnonzero(at < len(self))
        alike = inside[self.first_halves[at[inside]] == first_halves[inside]]
        for position in alike.tolist():
            place = int(at[position])
            while place < len(self) and self.first_halves[place] == first_halves[position]:
                if self.second_halves[place] == second_halves[position]:
                    found[position] = self.lines[place]
                place += 1


class SortedHashes:
    """Hashes of a batch in the order of their first halves. `order` has their places before."""

    __slots__ = ("first_halves", "order", "second_halves", "slices")

    def __init__(self, hashes: Hashes):
        """Sort (n × 2) hashes."""
        self.order: _Positions = np.argsort(hashes[:, 0])
        self.first_halves: _Halves = hashes[self.order, 0]
        self.second_halves: _Halves = hashes[self.order, 1]
        edges = np.searchsorted(self.first_halves, _PART_EDGES).tolist()
        starts = [0, *edges]
        ends = [*edges, len(self.order)]
        self.slices = [slice(a, b) for a, b in zip(starts, ends, strict=True)]

    @property
    def twice(self) -> bool:
        """Whether two of them may be the same."""
        return bool((self.first_halves[1:] == self.first_halves[:-1]).any())


class ClaimedHashes:
    """Hashes and the line that first claimed each."""

    def __init__(self) -> None:
        self._parts: list[list[Run]] = [[] for _ in range(_PARTS)]

    def lines(self, asked: SortedHashes) -> _Lines:
        """The lines that claimed these hashes, as they were before sorting; 0: none did."""
        found = np.zeros(len(asked.order), dtype=np.uint32)
        for part, within in zip(self._parts, asked.slices, strict=True):
            if not part or within.start == within.stop:
                continue
            firsts, seconds = asked.first_halves[within], asked.second_halves[within]
            for run in part:
                run.find(firsts, seconds, found[within])
        placed = np.empty_like(found)
        placed[asked.order] = found
        return placed

    def add(self, hashes: SortedHashes, lines: _Lines) -> None:
        """Claim these hashes for these lines; none of them was claimed before."""
        sorted_lines = lines[hashes.order]
        for part, within in zip(self._parts, hashes.slices, strict=True):
            if within.start == within.stop:
                continue
            part.append(
                Run(
                    hashes.first_halves[within].copy(),  # not a view, which keeps the whole batch
                    hashes.second_halves[within].copy(),
                    sorted_lines[within].copy(),
                )
            )
            while len(part) > 1 and len(part[-2]) < 2 * len(part[-1]):
                last = part.pop()
                part[-1] = part[-1].merged(last)


class _Kind:
    """One of the three names that a row claims, and the field that its refusal names."""

    def __init__(self, claimed: Field, shown: Field, secret: bytes):
        self.field = shown
        self.hashes = KeyedHash(claimed.value, secret).hashes


class Claims:
    """The claims of one file. `secret` keys the hashes, so that no file can prepare a collision.

    `identity` is the column that the employee number comes from, which messages name.
    """

    def __init__(self, secret: bytes, identity: Field):
        self._claimed = ClaimedHashes()
        self._number = _Kind(Field.EMPLOYEE_NUMBER, identity, secret)
        self._email = _Kind(Field.EMAIL, Field.EMAIL, secret)
        self._username = _Kind(Field.USERNAME, Field.USERNAME, secret)

    def forget(self) -> None:
        """Let go of all claims, when the file has no more rows."""
        self._claimed = ClaimedHashes()

    def judge(self, checked: CheckedBatch, foreign: Mapping[int, bool]) -> CheckedBatch:
        """Claim each row's number, e-mail and username; return the batch with the refused rows.

        A row is refused if an earlier row of the file has claimed one of its names. `foreign` are
        the rows whose username is an address, and not their own e-mail. They are refused, too: as
        duplicate if it is another user's (True) or claimed in this file, else as invalid. A row
        that has failed claims nothing, nor does one that is refused here.
        """
        failed = checked.failed
        passed: Sequence[int] = range(len(checked.rows))
        if failed:
            passed = [position for position in passed if position not in failed]
        if not passed:
            return checked
        wanted: list[_Wanted] = [
            (self._number, passed, _chosen(checked.number_keys, passed, failed)),
            (self._email, *_present(checked.email_keys, passed, failed)),
        ]
        if checked.usernames_given:
            given = _given(checked.values[Field.USERNAME], passed)
            wanted.append((self._username, *_present(checked.username_keys, given, failed)))

        asked = _Asked(wanted, self._claimed)
        refused: dict[int, list[Issue]] = {}
        if foreign or asked.contested:
            refused = self._refuse(checked, passed, asked, foreign)
        self._claimed.add(*asked.claims(checked.rows.lines, refused.keys()))
        if not refused:
            return checked
        issues = {p: keys_first([*new, *checked.issues.get(p, ())]) for p, new in refused.items()}
        return replace(
            checked, issues={**checked.issues, **issues}, failed=checked.failed | refused.keys()
        )

    def _refuse(
        self,
        checked: CheckedBatch,
        passed: Sequence[int],
        asked: "_Asked",
        foreign: Mapping[int, bool],
    ) -> dict[int, list[Issue]]:
        """The issues of refused rows, by position.

        Goes through the rows in the file's order, because a refused row frees what it wanted.
        """
        by_row: dict[int, list[tuple[_Kind, str, int]]] = {position: [] for position in passed}
        for kind, position, key, line in asked.wants():
            by_row[position].append((kind, key, line))
        addresses = self._addresses(checked, foreign)
        here: dict[tuple[str, str], int] = {}
        refused: dict[int, list[Issue]] = {}
        for position, wants in by_row.items():
            issues = [
                taken_in_file(kind.field, first_line)
                for kind, key, line in wants
                if (first_line := line or here.get((kind.field, key), 0))
            ]
            if position in foreign:
                key, line = addresses[position]
                taken = foreign[position] or line or (Field.EMAIL, key) in here
                issues.append(ADDRESS_OF_ANOTHER if taken else ADDRESS_OF_NOBODY)
            if issues:
                refused[position] = _once(issues)
                continue
            line = checked.rows.lines[position]
            here |= {(kind.field, key): line for kind, key, _ in wants}
        return refused

    def _addresses(
        self, checked: CheckedBatch, foreign: Mapping[int, bool]
    ) -> dict[int, tuple[str, int]]:
        """The foreign addresses by position, and the line that claimed each as its e-mail."""
        keys = [checked.username_keys[position] or "" for position in foreign]
        if not keys:
            return {}
        lines = self._claimed.lines(SortedHashes(self._email.hashes(keys))).tolist()
        return dict(zip(foreign, zip(keys, lines, strict=True), strict=True))


_Wanted = tuple[_Kind, Sequence[int], Sequence[str]]
"""Names of one kind that rows of a batch want: the rows' positions and their keys."""


class _Asked:
    """What the rows of a batch want, and the lines that have claimed it before."""

    def __init__(self, wanted: Sequence[_Wanted], claimed: ClaimedHashes):
        self._wanted = wanted
        self._hashes = np.concatenate([kind.hashes(keys) for kind, _, keys in wanted])
        self._sorted = SortedHashes(self._hashes)
        self._lines = claimed.lines(self._sorted)

    @property
    def contested(self) -> bool:
        """Whether any of it is claimed already, or wanted twice here."""
        return bool(self._lines.any()) or self._sorted.twice

    def wants(self) -> Iterator[tuple[_Kind, int, str, int]]:
        """Each name: its kind, the row's position, the key, the line that claimed it; 0: none."""
        lines = iter(self._lines.tolist())
        for kind, positions, keys in self._wanted:
            for position, key in zip(positions, keys, strict=True):
                yield kind, position, key, next(lines)

    def claims(
        self, lines_of_rows: Sequence[int], refused: Set[int]
    ) -> tuple[SortedHashes, _Lines]:
        """What the rows that are not refused claim: the hashes, and the line of each."""
        lines = _array(lines_of_rows).astype(np.uint32)
        positions = np.concatenate([_array(positions) for _, positions, _ in self._wanted])
        if not refused:
            return self._sorted, lines[positions]
        kept = ~np.isin(positions, list(refused))
        return SortedHashes(self._hashes[kept]), lines[positions[kept]]


def _array(numbers: Sequence[int]) -> _Positions:
    if isinstance(numbers, range):
        return np.arange(numbers.start, numbers.stop, numbers.step, dtype=np.intp)
    return np.array(numbers, dtype=np.intp)


def _once(issues: list[Issue]) -> list[Issue]:
    """One issue a field and code."""
    return list({(issue.field, issue.code): issue for issue in reversed(issues)}.values())[::-1]


def _chosen(keys: Sequence[str], positions: Sequence[int], failed: Set[int]) -> Sequence[str]:
    return [keys[position] for position in positions] if failed else keys


def _present(
    keys: Sequence[str | None], positions: Sequence[int], failed: Set[int]
) -> tuple[Sequence[int], Sequence[str]]:
    """Those of the positions whose key is there, and their keys."""
    if not failed and len(positions) == len(keys) and None not in keys:
        return positions, cast(Sequence[str], keys)
    there = [position for position in positions if keys[position] is not None]
    return there, [key for position in there if (key := keys[position]) is not None]


def _given(column: Sequence[str | None], positions: Sequence[int]) -> Sequence[int]:
    """Those of the positions at which the column has a value."""
    if None not in column:
        return positions
    return [position for position in positions if column[position] is not None]
