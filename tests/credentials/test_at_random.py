"""Calls of recovery at random, compared with a model: only what proves the account changes it."""

import time
from dataclasses import dataclass, field
from random import Random

import pytest

from rollbook.access import administrator
from rollbook.credentials import links
from rollbook.credentials.links import Purpose
from rollbook.credentials.login import Attempt, verify
from rollbook.credentials.set_password import (
    ByAdministrator,
    holder,
    set_by_administrator,
    set_by_old,
)
from rollbook.errors import Reason, RollbookError
from rollbook.store.users import Who
from rollbook.users.find import UserKey, opaque_id
from tests.credentials.places import KEYS, Place

GOOD = [f"{word} over the old harbour wall" for word in ("snow", "gulls", "ropes", "smoke")]
WEAK = ["short", "password12345678", "x" * 200]


@dataclass
class Person:
    """What the model knows of a user: the password, and which links are good."""

    id: int
    password: str | None = None
    active: bool = True
    good: set[str] = field(default_factory=set)
    dead: set[str] = field(default_factory=set)

    def changed(self) -> None:
        """Password, mailbox or status have changed: no link is good any more."""
        self.dead |= self.good
        self.good = set()


class Model:
    """Some users, whom calls at random are made for; each call is judged at once."""

    def __init__(self, place: Place, seed: int):
        self.place = place
        self.chance = Random(seed)
        self.people: list[Person] = []
        self.counts = dict.fromkeys(("set", "refused", "weak"), 0)

    async def run(self, calls: int) -> None:
        self.people = [Person(await self.place.user()) for _ in range(4)]
        steps = (
            *(self.link, self.link, self.forged, self.use, self.use, self.use, self.old, self.old),
            *(self.link, self.use, self.login, self.phone, self.suspend, self.change),
        )
        for n in range(calls):
            one = self.chance.choice(self.people)
            await self.chance.choice(steps)(one)
            if n % 7 == 0:
                await self.look(one)
        for one in self.people:
            await self.look(one)

    async def link(self, one: Person) -> None:
        purpose = self.chance.choice([Purpose.RESET, Purpose.INVITATION])
        token = await self.place.link(one.id, purpose=purpose, key=self.chance.choice(KEYS))
        one.good.add(token)

    async def forged(self, one: Person) -> None:
        """Links that no server made: of another key, expired, of other counts, changed."""
        whose = holder(self.place.directory, await self.place.account(one.id))
        end = int(time.time()) + 3_600
        other = self.chance.choice(self.people)
        token = self.chance.choice(
            [
                links.token(b"x" * 40, whose, Purpose.RESET, end),
                links.token(KEYS[0], whose, Purpose.RESET, end - 4_000),
                links.token(KEYS[0], whose, Purpose.LOGIN_DETAILS, end),
                links.token(KEYS[0], whose._replace(version=10**6), Purpose.RESET, end),
                links.token(KEYS[0], whose._replace(account=10**6), Purpose.RESET, end),
                links.token(KEYS[0], whose._replace(directory_id=0), Purpose.RESET, end),
                "".join(self.chance.sample(next(iter(other.good), "A" * 48), 48)),
            ]
        )
        one.dead.add(token)

    async def use(self, one: Person) -> None:
        """A link that is good or dead, with a password that is good or weak."""
        if not one.good | one.dead:
            return
        some = one.good if one.good and self.chance.random() < 0.5 else one.good | one.dead
        token = self.chance.choice(sorted(some))
        good = token in one.good and one.active
        password = self.chance.choice(GOOD + WEAK)
        reason = await self.place.redeem(token, password)
        self.judge(one, password, good, reason)

    async def old(self, one: Person) -> None:
        """The old password, or another one."""
        old = self.chance.choice([*GOOD, one.password or "", "wrong"])
        password = self.chance.choice(GOOD + WEAK)
        good = one.active and old == one.password
        reason = None
        try:
            await set_by_old(
                self.place.means,
                self.place.directory,
                Attempt(who=Who(id=one.id)),
                old,
                password,
            )
        except RollbookError as refused:
            reason = refused.reason
        if good and password == old:
            assert reason is Reason.PASSWORD_NOT_ALLOWED
            return
        self.judge(one, password, good, reason)

    def judge(self, one: Person, password: str, good: bool, reason: Reason | None) -> None:
        if not good:
            assert reason is Reason.TOKEN_REJECTED
            self.counts["refused"] += 1
        elif password in WEAK:
            assert reason
            assert reason.value.startswith("password_")
            self.counts["weak"] += 1
        else:
            assert reason is None
            one.password = password
            one.changed()
            self.counts["set"] += 1

    async def login(self, one: Person) -> None:
        password = self.chance.choice([*GOOD, one.password or "", ""])
        self.place.means.delays.succeeded(f"{self.place.directory.id} {one.id}", "")
        found = await verify(
            self.place.means, self.place.directory, Attempt(who=Who(id=one.id)), password
        )
        assert (found is not None) == (one.active and one.password == password)

    async def change(self, one: Person) -> None:
        """What ends every link."""
        await self.chance.choice([self.by_administrator, self.mailbox, self.suspend])(one)

    async def by_administrator(self, one: Person) -> None:
        password = self.chance.choice(GOOD)
        await set_by_administrator(
            self.place.means,
            self.place.directory,
            UserKey("user_id", opaque_id(one.id)),
            password,
            ByAdministrator(caller=administrator("admin"), must_change=self.chance.random() < 0.5),
        )
        one.password = password
        one.changed()

    async def mailbox(self, one: Person) -> None:
        await self.place.change("update users set email = 'x' || email where id = $1", one.id)
        one.changed()

    async def suspend(self, one: Person) -> None:
        if one.active and self.chance.random() < 0.5:
            return
        one.active = not one.active
        status = "active" if one.active else "suspended"
        await self.place.change("update users set status = $2 where id = $1", one.id, status)
        one.changed()

    async def phone(self, one: Person) -> None:
        await self.place.change("update users set phone = phone || '1' where id = $1", one.id)

    async def look(self, one: Person) -> None:
        """The password is what the model has, and no other."""
        if one.password is None:
            assert (await self.place.account(one.id)).hash is None
            return
        for password in (*GOOD, *WEAK):
            assert await self.place.opens(one.id, password) is (password == one.password)


@pytest.mark.parametrize("seed", range(3))
async def test_p53_only_a_valid_proof_changes_a_password(place: Place, seed: int) -> None:
    """P53: links good and dead, old passwords right and wrong, weak new ones, changes between."""
    model = Model(place, seed)
    await _without_delays(model, 500)
    assert min(model.counts.values()) > 3, model.counts


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_p53_only_a_valid_proof_changes_a_password_in_20_000_calls(place: Place) -> None:
    """P53: the same in 20,000 calls."""
    for seed in range(10, 30):
        await _without_delays(Model(place, seed), 1_000)


async def _without_delays(model: Model, calls: int) -> None:
    """Delays are another test's; thousands of failures would wait for hours."""
    delays = model.place.means.delays
    attempt = delays.attempt
    delays.attempt = lambda *_: 0.0  # type: ignore[method-assign]
    try:
        await model.run(calls)
    finally:
        delays.attempt = attempt  # type: ignore[method-assign]
