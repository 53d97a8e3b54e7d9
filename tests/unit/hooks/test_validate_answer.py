"""Over forty kinds of invalid answers, and the valid ones."""

from collections import OrderedDict, UserDict, namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

import pytest
from structlog.testing import capture_logs

from rollbook.hooks import Code, Issue, Location, Role, User, hookimpl
from tests.plugin import on_demand
from tests.unit.hooks.conftest import Load

USERS = (User(line=1), User(line=2), User(line=3))
ADMIN = Role("admin")


class Endless(Mapping[str, str]):
    """A mapping that never ends."""

    def __getitem__(self, name: str) -> str:
        return "x"

    def __iter__(self) -> Iterator[str]:
        number = 0
        while True:
            number += 1
            yield f"p{number}"

    def __len__(self) -> int:
        return 1


class Exiting(Endless):
    """A mapping that ends the process of its reader."""

    def __iter__(self) -> Iterator[str]:
        raise SystemExit(3)


class Liar(str):
    """A text that claims to be short."""

    __slots__ = ()

    def __len__(self) -> int:
        return 1

    def __str__(self) -> str:
        return "admin"


class Booby:
    """A key that must not be compared."""

    def __hash__(self) -> int:
        return hash(1)

    def __eq__(self, other: object) -> bool:
        raise SystemExit(4)


def nest(depth: int) -> dict[int, Any]:
    """A dict in a dict in a dict, and so on."""
    return {1: nest(depth - 1)} if depth else {}


def issue(**but: Any) -> Issue:
    """A proper refusal, except for what is given."""
    given: dict[str, Any] = {"code": Code.INVALID_ROLE, "field": "role", "message": "No."}
    return Issue(**(given | but))


async def coroutine() -> dict[int, Role]:
    return {1: ADMIN}


NONSENSE: dict[str, Callable[[], object]] = {
    # not a dict
    "an int": lambda: 42,
    "zero": lambda: 0,
    "false": lambda: False,
    "not a number": lambda: float("nan"),
    "a text": lambda: "admin",
    "bytes": lambda: b"admin",
    "a list": lambda: [ADMIN, ADMIN, ADMIN],
    "a list of pairs": lambda: [(1, ADMIN)],
    "a set": lambda: {ADMIN},
    "a generator": lambda: (ADMIN for _ in USERS),
    "a coroutine": coroutine,
    "a role": lambda: ADMIN,
    "an issue": issue,
    "the class dict": lambda: dict,
    "an exception": lambda: ValueError("no"),
    "a mapping of its own kind": lambda: UserDict({1: ADMIN}),
    "an endless mapping": Endless,
    # not a line that was asked
    "a line not asked": lambda: {4: ADMIN},
    "a line not asked among others": lambda: {1: ADMIN, 2: ADMIN, 4: ADMIN},
    "a negative line": lambda: {-1: ADMIN},
    "a line beyond all files": lambda: {10**5_000: ADMIN},
    "a line as text": lambda: {"1": ADMIN},
    "a line as float": lambda: {1.0: ADMIN},
    "true for line 1": lambda: {True: ADMIN},
    "none for a line": lambda: {None: ADMIN},
    "a tuple for a line": lambda: {(1,): ADMIN},
    "a key that bites": lambda: {Booby(): ADMIN},
    # neither Role nor Issue
    "a name without its Role": lambda: {1: "admin"},
    "none for a role": lambda: {1: None},
    "a number for a role": lambda: {1: 7},
    "a list of roles": lambda: {1: [ADMIN]},
    "a list of issues": lambda: {1: [issue()]},
    "a location for a role": lambda: {1: Location("admin")},
    "the class Role": lambda: {1: Role},
    "a look-alike": lambda: {1: namedtuple("Role", "name")("admin")},
    "nested dicts": lambda: {1: nest(500)},
    # a role, but not its name
    "no name": lambda: {1: Role(None)},  # type: ignore[arg-type]
    "a number as name": lambda: {1: Role(7)},  # type: ignore[arg-type]
    "bytes as name": lambda: {1: Role(b"admin")},  # type: ignore[arg-type]
    "a role as name": lambda: {1: Role(ADMIN)},  # type: ignore[arg-type]
    "an empty name": lambda: {1: Role("")},
    "a blank name": lambda: {1: Role(" \u00a0 ")},
    "a name of 201": lambda: {1: Role("x" * 201)},
    "a name of 10 MB": lambda: {1: Role("x" * 10_000_000)},
    "a name that lies about its length": lambda: {1: Role(Liar("x" * 300))},
    "a nul": lambda: {1: Role("ad\0min")},
    "a line feed": lambda: {1: Role("ad\nmin")},
    "a line separator": lambda: {1: Role("ad\u2028min")},
    "a bidi override": lambda: {1: Role("ad\u202emin")},
    "half a surrogate": lambda: {1: Role("ad\ud800min")},
    # an issue, but not one that a plugin may raise
    "a warning that refuses": lambda: {1: issue(code=Code.ROLE_DEFAULTED)},
    "the service's own code": lambda: {1: issue(code=Code.PLUGIN_ERROR)},
    "a code of bytes": lambda: {1: issue(code=Code.MALFORMED_QUOTING)},
    "a code of passwords": lambda: {1: issue(code=Code.PASSWORD_COMMON)},
    "a code of the import": lambda: {1: issue(code=Code.MAIL_NOT_CONFIGURED)},
    "a code as text": lambda: {1: issue(code="invalid_role")},
    "no code": lambda: {1: issue(code=None)},
    "a field that nobody has": lambda: {1: issue(field="shoe_size")},
    "no field": lambda: {1: issue(field=None)},
    "no message": lambda: {1: issue(message="")},
    "a message of 10 MB": lambda: {1: issue(message="x" * 10_000_000)},
    "a message of two lines": lambda: {1: issue(message="No.\r\nerror: forged")},
    "a list of params": lambda: {1: issue(params=["a"])},
    "a param that is a number": lambda: {1: issue(params={"a": 1})},
    "a param's name with a space": lambda: {1: issue(params={"a b": "c"})},
    "a param's name that is a number": lambda: {1: issue(params={1: "c"})},
    "33 params": lambda: {1: issue(params={f"p{n}": "" for n in range(33)})},
    "endless params": lambda: {1: issue(params=Endless())},
    "params that exit": lambda: {1: issue(params=Exiting())},
}

NONSENSE_OF_CHECKS: dict[str, Callable[[], object]] = {
    "an issue without its list": lambda: {1: issue()},
    "a text": lambda: {1: "invalid"},
    "none": lambda: {1: None},
    "a set": lambda: {1: {"invalid_role"}},
    "a generator": lambda: {1: (issue() for _ in range(2))},
    "codes": lambda: {1: [Code.INVALID_ROLE]},
    "texts": lambda: {1: ["invalid_role"]},
    "a role": lambda: {1: [ADMIN]},
    "a list of lists": lambda: {1: [[issue()]]},
    "33 issues": lambda: {1: [issue()] * 33},
    "a bad one behind good ones": lambda: {1: [issue()], 2: [issue(), issue(field=7)]},
    "the service's own code": lambda: {1: [issue(code=Code.PLUGIN_TIMEOUT)]},
}


class Answering:
    """Answers whatever it is given, to both kinds of question."""

    def __init__(self, answer: Callable[[], object]):
        self.answer = answer

    @hookimpl
    def map_roles(self) -> object:
        return self.answer()

    @hookimpl
    def check_users(self) -> object:
        return self.answer()


class AnsweringAsync(Answering):
    """The same on the loop."""

    @hookimpl
    async def map_roles(self) -> object:
        return self.answer()


def test_there_are_forty_kinds() -> None:
    """P42: forty kinds, and more."""
    assert len(NONSENSE) >= 40


@pytest.mark.parametrize("answering", [Answering, AnsweringAsync], ids=["plain", "async"])
@pytest.mark.parametrize("kind", NONSENSE)
async def test_nonsense_is_bad_output(load: Load, kind: str, answering: type[Answering]) -> None:
    """B230, P42: plugin_bad_output for all open rows of the batch, nothing of it used."""
    replies = await load(odd=answering(NONSENSE[kind])).dispatcher().map_roles(USERS)
    assert replies.answers == {}
    assert {issue.code for issue in replies.failed.values()} == {Code.PLUGIN_BAD_OUTPUT}
    assert set(replies.failed) == {1, 2, 3}


@pytest.mark.parametrize("kind", NONSENSE_OF_CHECKS)
async def test_nonsense_of_a_check_is_bad_output(load: Load, kind: str) -> None:
    """P42: the same for check_users."""
    replies = await load(odd=Answering(NONSENSE_OF_CHECKS[kind])).dispatcher().check_users(USERS)
    assert replies.answers == {}
    assert {issue.code for issue in replies.failed.values()} == {Code.PLUGIN_BAD_OUTPUT}
    assert set(replies.failed) == {1, 2, 3}


@pytest.mark.parametrize("word", ["@int", "@list", "@stranger", "@huge"])
async def test_the_nonsense_that_a_row_may_order(load: Load, word: str) -> None:
    """B230: an int, a list, a line that was not asked, a text of 10 MB; for each of the hooks."""
    asking = load(odd=on_demand).dispatcher()
    users = [User(line=2, role=word, location=word, job_title=word), User(line=3)]
    for ask in (asking.map_roles, asking.match_locations, asking.check_users):
        replies = await ask(users)
        assert {issue.code for issue in replies.failed.values()} == {Code.PLUGIN_BAD_OUTPUT}
        assert (replies.answers, set(replies.failed)) == ({}, {2, 3})


async def test_nothing_of_a_partly_bad_answer_is_used(load: Load) -> None:
    """P42: one bad line spoils the whole answer."""
    replies = await load(odd=Answering(lambda: {1: ADMIN, 2: 7})).dispatcher().map_roles(USERS)
    assert (replies.answers, set(replies.failed)) == ({}, {1, 2, 3})


async def test_the_log_says_what_was_wrong_and_never_shows_it(load: Load) -> None:
    """P42: the reason is in the log in a few words, without the value."""
    with capture_logs() as logs:
        await load(odd=Answering(lambda: {2: "the-value"})).dispatcher().map_roles(USERS)
    [why] = [entry["why"] for entry in logs if entry["event"] == "plugin failed"]
    assert why == "line 2 is a str, neither Role nor Issue"


class Names(StrEnum):
    """Roles as an author may well keep them."""

    ADMIN = "admin"


SENSE: dict[str, tuple[dict[int, Role | Issue], dict[int, str]]] = {
    "an empty dict": ({}, {}),
    "another kind of dict": (OrderedDict({1: ADMIN}), {1: "admin"}),
    "a name from an enum": ({1: Role(Names.ADMIN)}, {1: "admin"}),
    "a name of 200": ({1: Role("ö" * 200)}, {1: "ö" * 200}),
    "a name of many scripts": ({1: Role("管理者 — مدير")}, {1: "管理者 — مدير"}),
}


@pytest.mark.parametrize("kind", SENSE)
async def test_sense_is_taken(load: Load, kind: str) -> None:
    """P42: what is odd but plain is used, as plain texts of ours."""
    answer, names = SENSE[kind]
    replies = await load(fine=Answering(lambda: answer)).dispatcher().map_roles(USERS)
    taken = {line: role.name for line, role in replies.answers.items() if isinstance(role, Role)}
    assert (taken, replies.failed) == (names, {})
    assert {type(name) for name in taken.values()} <= {str}


async def test_an_issue_of_any_field_is_taken(load: Load) -> None:
    """An issue may be about a field, an attribute, or the whole row."""
    fields = ["", "email", "attributes.cost_centre"]
    issues = [issue(field=field, params={"limit": "3"}) for field in fields]
    replies = await load(fine=Answering(lambda: {2: issues})).dispatcher().check_users(USERS)
    assert [each.field for each in replies.answers[2]] == fields


async def test_a_subclass_of_dict_has_no_say(load: Load) -> None:
    """P42: an answer is copied by dict's own method, whatever its class overrides."""

    class Shifting(dict[int, Role]):
        def items(self) -> Any:
            return [(3, Role("other"))]

        def keys(self) -> Any:
            return [3]

        def __iter__(self) -> Iterator[int]:
            return iter([3])

    answering = Answering(lambda: Shifting({1: ADMIN}))
    replies = await load(odd=answering).dispatcher().map_roles(USERS)
    assert replies.answers == {1: ADMIN}


def tries() -> dict[str, Callable[[Any], object]]:
    """Ways to change what one is shown."""
    return {
        "sets the role": lambda users: setattr(users[0], "role", "admin"),
        "sets it behind the back": lambda users: object.__setattr__(users[0], "role", "admin"),
        "sets a key": lambda users: users[0].__setitem__("role", "admin"),
        "adds a field": lambda users: setattr(users[0], "password", "x"),
        "deletes a field": lambda users: delattr(users[0], "role"),
        "sets an attribute": lambda users: users[0].attributes.update(a="b"),
        "sets what is stored": lambda users: setattr(users[0].current, "role", "admin"),
        "adds a user": lambda users: users.append(User(line=9)),
        "replaces a user": lambda users: users.__setitem__(0, None),
    }


@pytest.mark.parametrize("way", tries())
async def test_input_cannot_be_changed(load: Load, way: str) -> None:
    """B236, P43: every way to change a user is an error in the plugin; the user stays."""

    class Meddling:
        @hookimpl
        def map_roles(self, users: Sequence[User]) -> None:
            tries()[way](users)

    replies = await load(meddling=Meddling()).dispatcher().map_roles([User(line=2, role="user")])
    assert replies.failed[2].code is Code.PLUGIN_ERROR


async def test_the_row_of_a_meddling_plugin_is_unaffected(load: Load) -> None:
    """B236: the users that the service holds are as they were."""
    users = [User(line=2, role="@change")]
    replies = await load(meddling=on_demand).dispatcher().map_roles(users)
    assert replies.failed[2].code is Code.PLUGIN_ERROR
    assert users == [User(line=2, role="@change")]
