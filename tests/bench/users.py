"""Generates users as CSV from a seed and a number, for benchmark and tests.

`python -m tests.bench.users 1000000 > users.csv` writes one by hand. The same arguments always make
the same bytes; a user depends on the seed and its own number alone, so that a file with some of its
rows changed, or only a later part of it, is about the same users.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tests.bench import names

HEADER = "employee_number,email,username,first_name,last_name,job_title,department,phone,location\n"
BLOCK = 1_000
"""Rows made at a time."""

_NAMES = names.names()
_ADDRESSES = names.addresses()
_WORK = names.work()
# One in seven works nowhere in particular.
_LOCATIONS = (*names.LOCATIONS, "")
# One in eight has no role of its own.
_ROLES = (*names.ROLES, "")
_CHANGED_WORK = [f"Senior {cells}" for cells in _WORK]


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """`rows` users from the number `first` on, nine columns, about 123 bytes a row.

    `changed` is the fraction of rows that differ, in job title, department and phone, from the same
    file without it. `conflicting` is the fraction that claim the e-mail of a user numbered below
    `first`: a file of those must have been imported before, and each such row is refused.
    `odd` is the fraction of rows that are warned of: by turns of an address in a reserved domain,
    and of a first name that looks like nothing. `shuffled` True puts the rows in any order.
    `locations` False leaves the cells of that column blank; otherwise `names.LOCATIONS` must exist.
    `roles` True adds a tenth column with `names.ROLES`, which must exist.
    """

    rows: int
    seed: int = 1
    first: int = 0
    changed: float = 0.0
    conflicting: float = 0.0
    odd: float = 0.0
    shuffled: bool = False
    locations: bool = True
    roles: bool = False

    def chunks(self, size: int = 256 * 1024) -> Iterator[bytes]:
        """The file in pieces of `size` bytes, the last one shorter; cut anywhere."""
        held = bytearray((HEADER.replace("\n", ",role\n") if self.roles else HEADER).encode())
        for block in self._blocks():
            held += block
            while len(held) >= size:
                yield bytes(held[:size])
                del held[:size]
        if held:
            yield bytes(held)

    def read(self) -> bytes:
        """The whole file at once."""
        return b"".join(self.chunks())

    def _blocks(self) -> Iterator[bytes]:
        numbers = range(self.first // BLOCK, -(-(self.first + self.rows) // BLOCK))
        if not self.shuffled:
            yield from map(self._block, numbers)
            return
        lines = [line for block in numbers for line in self._block(block).splitlines(keepends=True)]
        self._random("order", 0).shuffle(lines)
        for at in range(0, len(lines), BLOCK):
            yield b"".join(lines[at : at + BLOCK])

    def _block(self, block: int) -> bytes:
        begin = block * BLOCK
        lines = self._lines(block, self._work_of(block))
        if self.conflicting:
            lines = self._contested(block, lines)
        if self.odd:
            self._make_odd(block, lines)
        if self.roles:
            roles = self._random("role", block).choices(_ROLES, k=BLOCK)
            lines = [f"{line[:-1]},{role}\n" for line, role in zip(lines, roles, strict=True)]
        return "".join(
            lines[max(0, self.first - begin) : max(0, self.first + self.rows - begin)]
        ).encode()

    def _lines(self, block: int, work: list[str]) -> list[str]:
        begin = block * BLOCK
        return [
            f"E{number:07},{handle}.{number}{domain},{handle}{number},{name},{job},{place}\n"
            for number, ((handle, domain), name, job, place) in enumerate(
                zip(*_who(self.seed, block), work, self._places(block), strict=True), begin
            )
        ]

    def _places(self, block: int) -> list[str]:
        if not self.locations:
            return [""] * BLOCK
        return self._random("location", block).choices(_LOCATIONS, k=BLOCK)

    def _work_of(self, block: int) -> list[str]:
        """Title, department and phone of each, of some of them changed."""
        work = _jobs(self._random("work", block), _WORK)
        if not self.changed:
            return work
        new = _jobs(self._random("new work", block), _CHANGED_WORK)
        for position in self._chosen("changed", block, self.changed):
            work[position] = new[position]
        return work

    def _contested(self, block: int, lines: list[str]) -> list[str]:
        """`lines`, some of them with the e-mail of a user numbered below `first`."""
        others = self.first // BLOCK
        if not others:
            raise ValueError(f"conflicting needs {BLOCK} users before the first one of the file")
        taken = block % others
        (addresses, _) = _who(self.seed, taken)
        for position in self._chosen("conflicting", block, self.conflicting):
            number, _, rest = lines[position].split(",", 2)
            handle, domain = addresses[position]
            lines[position] = f"{number},{handle}.{taken * BLOCK + position}{domain},{rest}"
        return lines

    def _make_odd(self, block: int, lines: list[str]) -> None:
        for turn, position in enumerate(self._chosen("odd", block, self.odd)):
            number, email, username, rest = lines[position].split(",", 3)
            if turn % 2:
                rest = f"NULL,{rest.partition(',')[2]}"
            else:
                email = f"{email.partition('@')[0]}@example.test"
            lines[position] = f"{number},{email},{username},{rest}"

    def _chosen(self, why: str, block: int, fraction: float) -> list[int]:
        """The positions in a block that `fraction` of all rows falls on."""
        random = self._random(why, block).random
        return [position for position in range(BLOCK) if random() < fraction]

    def _random(self, why: str, block: int) -> Random:
        return _random(self.seed, why, block)


def _who(seed: int, block: int) -> tuple[list[tuple[str, str]], list[str]]:
    """The address and the names of each user of a block; the seed alone decides them."""
    random = _random(seed, "who", block)
    return random.choices(_ADDRESSES, k=BLOCK), random.choices(_NAMES, k=BLOCK)


def _jobs(random: Random, work: list[str]) -> list[str]:
    phones = random.choices(range(1_000_000, 10_000_000), k=BLOCK)
    return [
        f"{job},+351 {phone}"
        for job, phone in zip(random.choices(work, k=BLOCK), phones, strict=True)
    ]


def _random(seed: int, why: str, block: int) -> Random:
    return Random(f"{seed} {why} {block}")


def main() -> None:
    """Write a file to stdout."""
    import argparse
    import sys

    parser = argparse.ArgumentParser(prog="python -m tests.bench.users", description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first user")
    parser.add_argument("--changed", type=float, default=0.0, help="fraction, such as 0.1")
    parser.add_argument("--conflicting", type=float, default=0.0, help="fraction; needs --first")
    parser.add_argument("--odd", type=float, default=0.0, help="fraction that is warned of")
    parser.add_argument("--shuffled", action="store_true", help="in any order")
    parser.add_argument("--roles", action="store_true", help="a tenth column, of roles")
    parser.add_argument("--no-locations", dest="locations", action="store_false")
    for chunk in File(**vars(parser.parse_args())).chunks():
        sys.stdout.buffer.write(chunk)


if __name__ == "__main__":
    main()
