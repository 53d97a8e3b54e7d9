"""Records which numbers, e-mails and usernames the rows of one file have claimed.

A claim outlives its row's fate, so it cannot be asked of the database; and a file may have ten
million rows, so it cannot be a set of strings. It is a 128-bit hash, keyed by the import, and the
line that claimed it: 20 bytes a claim, in sorted runs that are merged as they grow, in sixteen
parts so that a merge copies little at a time.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rollbook.imports.issue_messages import ADDRESS_OF_ANOTHER, ADDRESS_OF_NOBODY, taken_in_file
from rollbook.model import CheckedBatch, Field, Issue, keys_first

_PARTS = 16
_PART_EDGES = (np.arange(1, _PARTS, dtype=np.uint64)) << np.uint64(60)

_Hashes = NDArray[np.uint64]
_Lines = NDArray[np.uint32]


class Run:
    """Claims sorted by the first half of their hash."""

    __slots__ = ("first_halves", "lines", "second_halves")

    def __init__(self, first_halves: _Hashes, second_halves: _Hashes, lines: _Lines):
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

    def find(self, first_halves: _Hashes, second_halves: _Hashes, found: _Lines) -> None:
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


class ClaimedHashes:
    """Hashes and the line that first claimed each."""

    def __init__(self) -> None:
        self._parts: list[list[Run]] = [[] for _ in range(_PARTS)]

    def lines(self, hashes: _Hashes) -> _Lines:
        """The lines that claimed these (n × 2) hashes; 0: none did."""
        found = np.zeros(len(hashes), dtype=np.uint32)
        order, slices = _sorted_by_part(hashes)
        for part, within in zip(self._parts, slices, strict=True):
            chosen = order[within]
            if not part or not len(chosen):
                continue
            firsts, seconds = hashes[chosen, 0], hashes[chosen, 1]
            lines = np.zeros(len(chosen), dtype=np.uint32)
            for run in part:
                run.find(firsts, seconds, lines)
            found[chosen] = lines
        return found

    def add(self, hashes: _Hashes, lines: _Lines) -> None:
        """Claim these hashes for these lines; none of them was claimed before."""
        order, slices = _sorted_by_part(hashes)
        for part, within in zip(self._parts, slices, strict=True):
            chosen = order[within]
            if not len(chosen):
                continue
            part.append(Run(hashes[chosen, 0], hashes[chosen, 1], lines[chosen]))
            while len(part) > 1 and len(part[-2]) < 2 * len(part[-1]):
                last = part.pop()
                part[-1] = part[-1].merged(last)


def _sorted_by_part(hashes: _Hashes) -> tuple[NDArray[np.intp], list[slice]]:
    order = np.argsort(hashes[:, 0], kind="stable")
    edges = np.searchsorted(hashes[order, 0], _PART_EDGES).tolist()
    starts = [0, *edges]
    return order, [slice(a, b) for a, b in zip(starts, [*edges, len(order)], strict=True)]


class _Kind:
    """One of the three names that a row claims, and the field that its refusal names."""

    def __init__(self, claimed: Field, shown: Field, secret: bytes):
        self.field = shown
        self._hash = hashlib.blake2b(claimed.encode(), key=secret, digest_size=16)

    def hashes(self, keys: Iterable[str]) -> _Hashes:
        digests = []
        for key in keys:
            one = self._hash.copy()
            one.update(key.encode())
            digests.append(one.digest())
        return np.frombuffer(b"".join(digests), dtype=np.uint64).reshape(-1, 2)


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
        passed = [position for position in range(len(checked.rows)) if position not in failed]
        if not passed:
            return checked
        wanted = [
            (self._number, passed, _chosen(checked.number_keys, passed, failed)),
            (self._email, *_present(checked.email_keys, passed, failed)),
        ]
        if checked.usernames_given:
            given = [p for p in passed if checked.values[Field.USERNAME][p] is not None]
            wanted.append((self._username, *_present(checked.username_keys, given, failed)))

        asked = [self._ask(*some) for some in wanted]
        refused: dict[int, list[Issue]] = {}
        if foreign or any(some.contested for some in asked):
            refused = self._refuse(checked, passed, asked, foreign)
        self._claim(checked, asked, refused.keys())
        if not refused:
            return checked
        issues = {p: keys_first([*new, *checked.issues.get(p, ())]) for p, new in refused.items()}
        return replace(
            checked, issues={**checked.issues, **issues}, failed=checked.failed | refused.keys()
        )

    def _ask(self, kind: "_Kind", positions: list[int], keys: Sequence[str]) -> "_Asked":
        hashes = kind.hashes(keys)
        return _Asked(kind, positions, keys, hashes, self._claimed.lines(hashes))

    def _refuse(
        self,
        checked: CheckedBatch,
        passed: list[int],
        asked: Sequence["_Asked"],
        foreign: Mapping[int, bool],
    ) -> dict[int, list[Issue]]:
        """The issues of refused rows, by position.

        Goes through the rows in the file's order, because a refused row frees what it wanted.
        """
        by_row: dict[int, list[tuple[_Kind, str, int]]] = {position: [] for position in passed}
        for some in asked:
            for position, key, line in zip(
                some.positions, some.keys, some.lines.tolist(), strict=True
            ):
                by_row[position].append((some.kind, key, line))
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
        lines = self._claimed.lines(self._email.hashes(keys)).tolist()
        return dict(zip(foreign, zip(keys, lines, strict=True), strict=True))

    def _claim(self, checked: CheckedBatch, asked: Sequence["_Asked"], refused: Set[int]) -> None:
        hashes, lines = [], []
        of_rows = checked.rows.lines
        for some in asked:
            kept = [at for at, p in enumerate(some.positions) if p not in refused]
            hashes.append(some.hashes[kept] if refused else some.hashes)
            claimed = [of_rows[some.positions[at]] for at in kept]
            lines.append(np.array(claimed, dtype=np.uint32))
        self._claimed.add(np.concatenate(hashes), np.concatenate(lines))


@dataclass(frozen=True, slots=True)
class _Asked:
    """The keys of one kind in a batch, and the lines that have claimed them; 0: none has."""

    kind: _Kind
    positions: list[int]
    keys: Sequence[str]
    hashes: _Hashes
    lines: _Lines

    @property
    def contested(self) -> bool:
        """Whether any of them is claimed already, or wanted twice here."""
        return bool(self.lines.any()) or len(set(self.keys)) < len(self.keys)


def _once(issues: list[Issue]) -> list[Issue]:
    """One issue a field and code."""
    return list({(issue.field, issue.code): issue for issue in reversed(issues)}.values())[::-1]


def _chosen(keys: Sequence[str], positions: list[int], failed: Set[int]) -> Sequence[str]:
    return [keys[position] for position in positions] if failed else keys


def _present(
    keys: Sequence[str | None], positions: list[int], failed: Set[int]
) -> tuple[list[int], Sequence[str]]:
    """Those of the positions whose key is there, and their keys."""
    there = [position for position in positions if keys[position] is not None]
    return there, [key for position in there if (key := keys[position]) is not None]
