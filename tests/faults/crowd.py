"""Generates a directory's users, a file about them, and the outcomes that it must have.

The outcomes are counted while the file is made: nothing of the service is asked.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.acceptance.wire import HEADER, user

_ODD = ("Zoë", "Łukasz", '"Ng, Ada"', '"Ada ""the"" first"', "李", "Ólafur")


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """A file. `before` is to be imported first; `versions` are those of the users after both.

    `outcomes` are the summary's counts, by name, and `codes` those of its issues.
    """

    before: bytes
    content: bytes
    rows: int
    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    versions: dict[str, int] = field(default_factory=dict)


def crowd(dice: random.Random, rows: int, *, swaps: int = 0) -> Crowd:
    """A file of every outcome, shuffled; `swaps` pairs of users take each other's e-mail.

    Of ten rows four create, three update, one changes nothing, one has no e-mail and one repeats a
    number. The users who are updated or unchanged exist before.
    """
    kinds = [("create", "create", "create", "create", "update", "update", "update", "same")[n % 8]
             for n in range(rows - 2 * (rows // 10))]  # fmt: skip
    there = [n for n, kind in enumerate(kinds) if kind != "create"]
    movers = dice.sample([n for n in there if kinds[n] == "update"], 2 * swaps)
    emails = dict(zip(movers, [movers[at ^ 1] for at in range(len(movers))], strict=True))
    before = "".join(user(n, first_name="Ada") for n in there)
    lines: list[tuple[int, str]] = []
    for n, kind in enumerate(kinds):
        first = dice.choice(_ODD) if kind == "create" else "Grace" if kind == "update" else "Ada"
        email = f"u{emails.get(n, n)}@example.org"
        lines.append((n, user(n, first_name=first, email=email)))
    dice.shuffle(lines)
    wrong = [(-1, user(f"w{n}", email="no-address")) for n in range(rows // 10)]
    for line in wrong:
        lines.insert(dice.randrange(len(lines) + 1), line)
    repeated = _with_repeats(dice, lines, rows // 10)
    outcomes = Counter(created=kinds.count("create"), updated=kinds.count("update"))
    outcomes |= Counter(unchanged=kinds.count("same"), failed=2 * (rows // 10))
    return Crowd(
        before=(HEADER + before).encode(),
        content=(HEADER + "".join(repeated)).encode(),
        rows=rows,
        outcomes=outcomes,
        codes=Counter(invalid_email=rows // 10, duplicate_employee_number=rows // 10),
        versions={str(n): 2 if kind == "update" else 1 for n, kind in enumerate(kinds)},
    )


def _with_repeats(dice: random.Random, lines: Sequence[tuple[int, str]], count: int) -> list[str]:
    """The lines, and `count` that repeat the number of one before them."""
    found = [line for _, line in lines]
    first = {n: at for at, (n, _) in enumerate(lines) if n >= 0}
    chosen = dice.sample(sorted(first), count)
    places = sorted(
        ((dice.randrange(first[n] + 1, len(lines) + 1), n) for n in chosen), reverse=True
    )
    for place, n in places:
        found.insert(place, user(n, email=f"again{n}@example.org"))
    return found
