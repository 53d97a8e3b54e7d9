"""Calls of recovery at random, compared with a model: only what proves the account changes it."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import pytest

from rollbook.access import administrator
from rollbook.credentials import links
from rollbook.credentials.keys import open_keys
from rollbook.credentials.links import Purpose
from rollbook.credentials.login import Attempt, verify
from rollbook.credentials.resets import MOST_AN_HOUR
from rollbook.credentials.set_password import (
    ByAdministrator,
    holder,
    set_by_administrator,
    set_by_old,
)
from rollbook.credentials.tries import MOST_TRIES
from rollbook.errors import Reason, RollbookError
from rollbook.store import credentials
from rollbook.store.users import Who
from rollbook.users.find import UserKey, opaque_id
from tests.credentials.places import KEYS, Place

GOOD = [f"{word} over the old harbour wall" for word in ("snow", "gulls", "ropes", "smoke")]
WEAK = ["short", "password12345678", "x" * 200]
NOTICES = """
select coalesce(jsonb_object_agg(n.mail, n.facts), '{}')::text
from (
    select
        mail,
        jsonb_agg(
            case mail when 'login_details' then password_version::text else address end
        ) as facts
    from notices
    where user_id = $1
    group by mail
) as n
"""


@dataclass
class Person:
    """What the model knows of a user: the password, and which links are good, by their key.

    `told`: the addresses of the news; '': the user's own. `email_then`: that of the last password.
    """

    id: int
    email: str
    email_then: str = ""
    password: str | None = None
    active: bool = True
    good: dict[str, bytes] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)
    weak: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)
    resets: int = 0
    versions: list[int] = field(default_factory=list)
    version: int = 0

    def changed(self) -> None:
        """Password, mailbox or status have changed: no link is good any more."""
        self.dead |= self.good.keys()
        self.good = {}

    def has(self, password: str) -> None:
        """The password was set, which is news."""
        self.told.append("")
        if self.email_then not in ("", self.email):
            self.told.append(self.email_then)
        self.password, self.email_then = password, self.email
        self.version += 1
        self.changed()


class Model:
    """Some users, whom calls at random are made for; each call is judged at once."""

    def __init__(self, place: Place, seed: int, folder: Path):
        self.place = place
        self.folder = folder
        self.chance = Random(seed)
        self.people: list[Person] = []
        self.counts = dict.fromkeys(("set", "refused", "weak", "ended", "rotated"), 0)
        self.keys: Sequence[bytes] = KEYS

    async def run(self, calls: int) -> None:
        for _ in range(4):
            user = await self.place.user()
            self.people.append(Person(user, (await self.place.account(user)).email))
        steps = (
            *(self.link, self.link, self.forged, self.use, self.use, self.use, self.old, self.old),
            *(self.link, self.use, self.login, self.phone, self.suspend, self.change),
            *(self.tire, self.reset, self.details, self.rotate),
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
        key = self.chance.choice(KEYS)
        one.good[await self.place.link(one.id, purpose=purpose, key=key)] = key

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
        every = one.good.keys() | one.dead
        if not every:
            return
        some = one.good.keys() if one.good and self.chance.random() < 0.5 else every
        await self.redeem(one, self.chance.choice(sorted(some)), self.chance.choice(GOOD + WEAK))

    async def tire(self, one: Person) -> None:
        """One link with weak passwords, as often as it is good for, or not quite."""
        token = await self.place.link(one.id, key=self.keys[0])
        one.good.setdefault(token, self.keys[0])
        for _ in range(self.chance.randint(MOST_TRIES - 2, MOST_TRIES + 2)):
            await self.redeem(one, token, self.chance.choice(WEAK))

    async def redeem(self, one: Person, token: str, password: str) -> None:
        good = one.active and one.good.get(token) in self.keys
        reason = await self.place.redeem(token, password)
        self.judge(one, password, good, reason)
        if good and password in WEAK:
            one.weak[token] += 1
            if one.weak[token] == MOST_TRIES:
                one.changed()
                self.counts["ended"] += 1

    async def rotate(self, _one: Person) -> None:
        """Other keys, of which some may be those that signed links before."""
        self.keys = self.chance.choice([KEYS, KEYS, KEYS[::-1], KEYS[:1], [b"m" * 40, KEYS[1]]])
        file = self.folder / f"keys-{self.counts['rotated']}"
        file.write_bytes(b"\n".join(self.keys))
        file.chmod(0o600)
        settings = self.place.means.app.settings.model_copy(update={"credential_keys_file": file})
        means = replace(self.place.means, key_file=open_keys(settings))
        self.place = replace(self.place, means=means)
        self.counts["rotated"] += 1

    async def reset(self, one: Person) -> None:
        """A link that is asked for: at most three an hour, and only for who is active."""
        directory = self.place.directory.id
        async with self.place.means.app.database.within(directory).transaction() as connection:
            found = await credentials.ask_for_reset(
                connection, directory, Who(id=one.id), MOST_AN_HOUR
            )
        written = one.active and one.resets < MOST_AN_HOUR
        assert found == (one.id if written else None)
        one.resets += written

    async def details(self, one: Person) -> None:
        """Login details that are asked for: until they are sent, the password is as it was."""
        directory = self.place.directory.id
        async with self.place.means.app.database.within(directory).transaction() as connection:
            written = await credentials.ask_for_login_details(connection, directory, one.id)
        assert written is one.active
        if written:
            one.versions.append(one.version)

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
            one.has(password)
            self.counts["set"] += 1

    async def login(self, one: Person) -> None:
        password = self.chance.choice([*GOOD, one.password or "", ""])
        self.place.means.delays.succeeded(f"{self.place.directory.id} {Who(id=one.id)}", "")
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
        one.has(password)

    async def mailbox(self, one: Person) -> None:
        """Another one, or that of the last password again."""
        back = bool(one.email_then) and self.chance.random() < 0.3
        email = one.email_then if back else f"x{one.email[-60:]}"
        await self.place.change("update users set email = $2 where id = $1", one.id, email)
        if email != one.email:
            one.email = email
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
        """The password is what the model has, and no other; so are the notices."""
        found = await self.place.change(NOTICES, one.id)
        assert isinstance(found, str)
        written = json.loads(found)
        assert sorted(written.get("password_changed", [])) == sorted(one.told)
        assert len(written.get("reset", [])) == one.resets
        assert sorted(written.get("login_details", [])) == sorted(map(str, one.versions))
        if one.password is None:
            assert (await self.place.account(one.id)).hash is None
            return
        for password in (*GOOD, *WEAK):
            assert await self.place.opens(one.id, password) is (password == one.password)


@pytest.mark.parametrize("seed", range(3))
async def test_p53_only_a_valid_proof_changes_a_password(
    place: Place, seed: int, tmp_path: Path
) -> None:
    """P53: links good and dead, old passwords right and wrong, weak new ones, changes between.

    Ten weak ones end a link; links, login details and other keys change no password.
    """
    model = Model(place, seed, tmp_path)
    await _without_delays(model, 500)
    assert min(model.counts.values()) > 3, model.counts


@pytest.mark.long
@pytest.mark.timeout(900)
async def test_p53_only_a_valid_proof_changes_a_password_in_20_000_calls(
    place: Place, tmp_path: Path
) -> None:
    """P53: the same in 20,000 calls."""
    for seed in range(10, 30):
        await _without_delays(Model(place, seed, tmp_path), 1_000)


async def _without_delays(model: Model, calls: int) -> None:
    """Delays are another test's; thousands of failures would wait for hours."""
    delays = model.place.means.delays
    attempt = delays.attempt
    delays.attempt = lambda *_: 0.0  # type: ignore[method-assign]
    try:
        await model.run(calls)
    finally:
        delays.attempt = attempt  # type: ignore[method-assign]
