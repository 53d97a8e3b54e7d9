"""Which plugins are asked for which notices; valid answers and failures."""

import asyncio
import sys
import time
from collections import OrderedDict, UserDict, namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from types import ModuleType
from typing import Any

import pytest
from structlog.testing import capture_logs

from rollbook.errors import Reason, RollbookError
from rollbook.hooks import (
    Answer,
    Code,
    Credential,
    Event,
    Issue,
    Later,
    Mail,
    Notice,
    Plugins,
    Sent,
    Undeliverable,
    User,
    hookimpl,
)
from rollbook.hooks.dispatch_notices import Opening
from rollbook.settings import Settings
from tests.unit.hooks.conftest import Load


def notice(number: int, **but: Any) -> Notice:
    """A notice `n-NUMBER` of a user of that number, except for what is given."""
    return Notice(
        id=f"n-{number}",
        directory="main",
        directory_name="",
        event=Event.CREATED,
        mail=Mail.WELCOME,
        employee_number=f"E{number}",
        email=f"e{number}@example.com",
        username=f"e{number}",
        first_name="",
        last_name="",
        name="",
        import_id="",
        at=datetime(2027, 1, 31, tzinfo=UTC),
        attempt=1,
    )._replace(**but)


NOTICES = (notice(1), notice(2), notice(3))
SENT = Sent("250 ok")


class Taking:
    """Has an answer ready by id, and remembers which ids it was asked."""

    def __init__(self, **answers: Answer):
        self.answers = {name.replace("_", "-"): answer for name, answer in answers.items()}
        self.asked: list[list[str]] = []

    @hookimpl
    def notify(self, notices: Sequence[Notice]) -> dict[str, Answer]:
        self.asked.append([notice.id for notice in notices])
        return {n.id: self.answers[n.id] for n in notices if n.id in self.answers}


async def test_the_first_answer_settles_a_notice(load: Load) -> None:
    """Plugins are asked in the operator's order, each for the notices still open; Later settles."""
    first, second = Taking(n_1=SENT), Taking(n_1=Later("no"), n_2=Later("Busy.", 60.0, True))
    last = Taking()
    said = await load(zz=first, aa=second, mm=last).notify(NOTICES)
    assert said.answers == {"n-1": SENT, "n-2": Later("Busy.", 60.0, True)}
    assert said.failed == {}
    assert (first.asked, second.asked, last.asked) == (
        [["n-1", "n-2", "n-3"]],
        [["n-2", "n-3"]],
        [["n-3"]],
    )


async def test_nobody_is_asked_for_nothing(load: Load) -> None:
    first, second = Taking(n_1=SENT), Taking()
    plugins = load(first=first, second=second)
    await plugins.notify(NOTICES[:1])
    await plugins.notify(())
    assert (first.asked, second.asked) == ([["n-1"]], [])


async def test_silence_is_none_or_a_notice_left_out(load: Load) -> None:
    """What no plugin answers is in neither of the two; without any plugin that is everything."""

    class Silent:
        @hookimpl
        async def notify(self) -> None:
            return None

    class Mapping:
        @hookimpl
        def map_roles(self) -> None:
            return None

    for plugins in (load(), load(only=Mapping()), load(first=Silent(), second=Taking())):
        said = await plugins.notify(NOTICES)
        assert (said.answers, said.failed) == ({}, {})
    assert load(first=Silent()).implement("notify")
    assert not load(only=Mapping()).implement("notify")


async def test_a_hook_is_told_how_long_it_has(load: Load) -> None:
    """`within` is the setting `notify_timeout`, in seconds."""
    told: list[float] = []

    class Dispatcher:
        @hookimpl
        async def notify(self, within: float) -> None:
            told.append(within)

    await load(asking=Dispatcher()).notify(NOTICES)
    assert told == [Settings().notify_timeout] == [660.0]


async def test_whatever_is_raised_the_others_answers_stay(load: Load) -> None:
    """P40: the notices that the plugin was asked failed, by its name; no other is asked for them.

    What was settled before it stays settled, and the exception's text is for the log alone.
    """

    class Bad:
        @hookimpl
        def notify(self) -> None:
            raise SystemExit("a text that is for the log")

    last = Taking(n_2=SENT)
    with capture_logs() as logs:
        said = await load(first=Taking(n_1=SENT), bad=Bad(), last=last).notify(NOTICES)
    assert said.answers == {"n-1": SENT}
    assert set(said.failed) == {"n-2", "n-3"}
    issue = said.failed["n-2"]
    assert (issue.code, issue.params["plugin"]) == (Code.PLUGIN_ERROR, "at_hand:bad")
    assert "at_hand:bad" in issue.message
    assert "for the log" not in repr(issue)
    [logged] = [entry for entry in logs if entry["event"] == "plugin failed"]
    assert "for the log" in logged["why"]
    assert logged["hook"] == "notify"
    assert last.asked == []


async def test_a_plugin_may_fail_as_often_as_it_likes(load: Load) -> None:
    """No count to five: the next call asks it again, and takes its answer."""
    answers: list[Callable[[], object]] = [lambda: 42] * 7 + [lambda: {"n-1": SENT}]

    def next_one() -> object:
        return answers.pop(0)()

    plugins = load(odd=Answering(next_one))
    for _ in range(7):
        assert set((await plugins.notify(NOTICES)).failed) == {"n-1", "n-2", "n-3"}
    assert (await plugins.notify(NOTICES)).answers == {"n-1": SENT}
    assert plugins.describe()[0].error == ""


@pytest.mark.parametrize("is_async", [False, True], ids=["plain", "async"])
async def test_a_hook_that_hangs_is_given_up_on(load: Load, is_async: bool) -> None:
    """P41: after `notify_timeout`, whatever the timeout of a batch; the loop goes on meanwhile."""

    class Plain:
        @hookimpl
        def notify(self) -> None:
            time.sleep(0.5)

    class Async:
        @hookimpl
        async def notify(self) -> None:
            await asyncio.sleep(60)

    load(hanging=Async() if is_async else Plain())
    settings = Settings(plugin_timeout=600, notify_timeout=0.1)
    plugins = Plugins.load(["at_hand:hanging"], settings)
    said = await plugins.notify(NOTICES)
    assert {issue.code for issue in said.failed.values()} == {Code.PLUGIN_TIMEOUT}
    assert plugins.describe()[0].error == "plugin_timeout in notify"


class Endless(Mapping[str, str]):
    """A mapping that never ends."""

    def __getitem__(self, name: str) -> str:
        return "x"

    def __iter__(self) -> Iterator[str]:
        while True:
            yield "n-1"

    def __len__(self) -> int:
        return 1


class Booby:
    """A key that must not be compared."""

    def __hash__(self) -> int:
        return hash("n-1")

    def __eq__(self, other: object) -> bool:
        raise SystemExit(4)


class Text(str):
    """A text of a kind of its own."""

    __slots__ = ()


class Liar(Text):
    """A text that claims to be short."""

    __slots__ = ()

    def __len__(self) -> int:
        return 1


class Biting(Text):
    """A text that must not be looked at."""

    __slots__ = ()

    def __str__(self) -> str:
        raise SystemExit(5)


async def coroutine() -> dict[str, Answer]:
    return {"n-1": SENT}


def of(*answer: Any) -> Callable[[], object]:
    """An answer to n-1 alone: a class and its arguments, or a value."""
    made, *arguments = answer
    return lambda: {"n-1": made(*arguments) if arguments else made}


NONSENSE: dict[str, Callable[[], object]] = {
    # not a dict
    "an int": lambda: 42,
    "zero": lambda: 0,
    "true": lambda: True,
    "not a number": lambda: float("nan"),
    "a text": lambda: "sent",
    "bytes": lambda: b"sent",
    "a list": lambda: [SENT, SENT, SENT],
    "a list of pairs": lambda: [("n-1", SENT)],
    "a set": lambda: {SENT},
    "a generator": lambda: (SENT for _ in NOTICES),
    "a coroutine": coroutine,
    "an answer": lambda: SENT,
    "the class Sent": lambda: Sent,
    "a notice": lambda: NOTICES[0],
    "the notices": lambda: NOTICES,
    "an exception": lambda: ValueError("no"),
    "a mapping of its own kind": lambda: UserDict({"n-1": SENT}),
    "an endless mapping": Endless,
    # not a notice that was asked
    "a notice not asked": lambda: {"n-4": SENT},
    "a notice not asked among others": lambda: {"n-1": SENT, "n-2": SENT, "n-4": SENT},
    "a notice in another case": lambda: {"N-1": SENT},
    "a notice with a blank": lambda: {"n-1 ": SENT},
    "a notice's fields for its id": lambda: {NOTICES[0][:-1]: SENT},
    "a line": lambda: {1: SENT},
    "an id in bytes": lambda: {b"n-1": SENT},
    "an id of another kind of text": lambda: {Text("n-1"): SENT},
    "none for an id": lambda: {None: SENT},
    "an address": lambda: {"e1@example.com": SENT},
    "a key that bites": lambda: {Booby(): SENT},
    # none of Sent, Later, Undeliverable
    "none for an answer": of(None),
    "true for an answer": of(True),
    "a text for an answer": of("sent"),
    "a class for an answer": of(Sent),
    "a list of answers": of([SENT]),
    "an issue": of(Issue(Code.INVALID_EMAIL, "email", "No.")),
    "an exception for an answer": of(TimeoutError("no")),
    "a look-alike": of(namedtuple("Sent", "detail")("ok")),
    "a dict in a dict": of({"n-1": SENT}),
    "a coroutine for an answer": of(asyncio.sleep),
    # one of the three, but not its parts
    "no detail": of(Sent, None),
    "a number for a detail": of(Sent, 250),
    "bytes for a detail": of(Sent, b"250 ok"),
    "a detail of 201": of(Sent, "x" * 201),
    "a detail of 10 MB": of(Sent, "x" * 10_000_000),
    "a detail of two lines": of(Sent, "250 ok\r\nerror: forged"),
    "a detail that lies about its length": of(Sent, Liar("x" * 300)),
    "no reason": of(Later, None),
    "an empty reason": of(Later, ""),
    "a blank reason": of(Undeliverable, " \u00a0 "),
    "a reason of bytes": of(Undeliverable, b"550"),
    "a reason that is an exception": of(Undeliverable, OSError("gone")),
    "a reason of 201": of(Undeliverable, "x" * 201),
    "a reason with a nul": of(Undeliverable, "a\0b"),
    "a reason with a bidi override": of(Later, "a\u202eb"),
    "a reason with half a surrogate": of(Later, "a\ud800b"),
    "a time that is a text": of(Later, "Busy.", "60"),
    "a time that is a truth": of(Later, "Busy.", True),
    "a time that is a date": of(Later, "Busy.", datetime(2027, 1, 1, tzinfo=UTC)),
    "a time gone by": of(Later, "Busy.", -1),
    "a time that never comes": of(Later, "Busy.", float("inf")),
    "a time that is no number": of(Later, "Busy.", float("nan")),
    "a doubt that is none": of(Later, "Busy.", None, None),
    "a doubt that is a text": of(Later, "Busy.", None, "yes"),
    "a bad one behind good ones": lambda: {"n-1": SENT, "n-2": SENT, "n-3": Sent(7)},  # type: ignore[arg-type]
}


class Answering:
    """Answers whatever it is given."""

    def __init__(self, answer: Callable[[], object]):
        self.answer = answer

    @hookimpl
    def notify(self) -> object:
        return self.answer()


class AnsweringAsync:
    """The same on the loop."""

    def __init__(self, answer: Callable[[], object]):
        self.answer = answer

    @hookimpl
    async def notify(self) -> object:
        return self.answer()


def test_there_are_forty_kinds() -> None:
    """P42: forty kinds, and more."""
    assert len(NONSENSE) >= 40


@pytest.mark.parametrize("answering", [Answering, AnsweringAsync], ids=["plain", "async"])
@pytest.mark.parametrize("kind", NONSENSE)
async def test_nonsense_is_bad_output(load: Load, kind: str, answering: Any) -> None:
    """P42: plugin_bad_output for all the notices it was asked, nothing of it used."""
    said = await load(odd=answering(NONSENSE[kind])).notify(NOTICES)
    assert said.answers == {}
    assert {issue.code for issue in said.failed.values()} == {Code.PLUGIN_BAD_OUTPUT}
    assert set(said.failed) == {"n-1", "n-2", "n-3"}


async def test_a_text_that_bites_is_survived(load: Load) -> None:
    """P42: what an answer's own methods do when they are looked at harms nothing."""
    said = await load(odd=Answering(of(Sent, Biting("x")))).notify(NOTICES)
    assert said.answers == {"n-1": Sent("x")}


class Words(StrEnum):
    """Reasons as an author may well keep them."""

    FULL = "mailbox full"


SENSE: dict[str, tuple[dict[str, Any], dict[str, Answer]]] = {
    "an empty dict": ({}, {}),
    "another kind of dict": (OrderedDict({"n-1": SENT}), {"n-1": SENT}),
    "no detail": ({"n-1": Sent()}, {"n-1": Sent("")}),
    "a reason of 200": ({"n-1": Undeliverable("ö" * 200)}, {"n-1": Undeliverable("ö" * 200)}),
    "a reason from an enum": ({"n-1": Later(Words.FULL)}, {"n-1": Later("mailbox full")}),
    "at once": ({"n-1": Later("Busy.", 0)}, {"n-1": Later("Busy.", 0.0)}),
    "half a second": ({"n-1": Later("Busy.", 0.5)}, {"n-1": Later("Busy.", 0.5)}),
    "in a week": ({"n-1": Later("Busy.", 7 * 86_400)}, {"n-1": Later("Busy.", 48 * 3600.0)}),
    "beyond all floats": ({"n-1": Later("Busy.", 10**400)}, {"n-1": Later("Busy.", 48 * 3600.0)}),
}


@pytest.mark.parametrize("kind", SENSE)
async def test_sense_is_taken(load: Load, kind: str) -> None:
    """P42: what is odd but plain is used, as plain values of ours."""
    given, taken = SENSE[kind]
    said = await load(fine=Answering(lambda: given)).notify(NOTICES)
    assert (said.answers, said.failed) == (taken, {})
    for answer in said.answers.values():
        if isinstance(answer, Later):
            assert type(answer.reason) is str
            assert type(answer.after) in {float, type(None)}


def test_a_notice_holds_no_secret() -> None:
    """P43: there is no password, link or token in it."""
    assert not {"password", "link", "token", "secret"} & set(Notice._fields)


async def test_what_is_shown_cannot_be_changed(load: Load) -> None:
    """P43: a notice is frozen; a plugin that tries has failed, and the notice stays."""

    class Meddling:
        @hookimpl
        def notify(self, notices: Sequence[Notice]) -> None:
            notices[0].email = "mallory@example.com"  # type: ignore[misc]

    said = await load(meddling=Meddling()).notify(NOTICES)
    assert {issue.code for issue in said.failed.values()} == {Code.PLUGIN_ERROR}
    assert notice(1) == NOTICES[0]


async def test_an_import_is_asked_of_the_same_plugin(load: Load) -> None:
    """Its other hooks answer as before: notices take nothing from an import."""

    class Both(Taking):
        @hookimpl
        def map_roles(self, users: Sequence[User]) -> None:
            self.asked.append([str(user.line) for user in users])

    both = Both(n_1=SENT)
    plugins = load(both=both)
    await plugins.notify(NOTICES[:1])
    replies = await plugins.dispatcher().map_roles([User(line=2)])
    assert (replies.failed, both.asked) == ({}, [["n-1"], ["2"]])


class Reporting:
    """Reports some notices, answers others, and then does as ordered."""

    def __init__(self, ending: Callable[[], object]):
        self.ending = ending

    @hookimpl
    def notify(self, notices: Sequence[Notice], report: Callable[[str, Answer], None]) -> object:
        report("n-1", SENT)
        report("n-1", Later("the first answer counts"))
        return self.ending()


async def test_what_is_reported_is_answered_at_once(load: Load) -> None:
    """Before the call ends, on the loop; a plugin that fails afterwards keeps its reports."""
    seen: list[tuple[str, Answer]] = []

    def ending() -> object:
        time.sleep(0.05)
        assert seen == [("n-1", SENT)], "the loop has it while the hook still runs"
        raise RuntimeError("after one")

    said = await load(one=Reporting(ending)).notify(NOTICES, lambda *given: seen.append(given))
    assert said.answers == {"n-1": SENT}
    assert set(said.failed) == {"n-2", "n-3"}


async def test_reports_and_answers_go_together(load: Load) -> None:
    """Where both name a notice, what was reported counts: it may be stored already."""
    plugin = Reporting(lambda: {"n-1": Undeliverable("no"), "n-2": SENT})
    said = await load(one=plugin).notify(NOTICES)
    assert (said.answers, said.failed) == ({"n-1": SENT, "n-2": SENT}, {})


@pytest.mark.parametrize("given", [("n-9", SENT), ("n-1", 42), (1, SENT)])
async def test_a_report_that_is_none_is_the_plugin_s_failure(load: Load, given: Any) -> None:
    """A notice that was not asked, and an answer of another type, raise where they are reported."""

    class Wrong:
        @hookimpl
        async def notify(self, report: Callable[..., None]) -> None:
            report(*given)

    said = await load(wrong=Wrong()).notify(NOTICES)
    assert (said.answers, set(said.failed)) == ({}, {"n-1", "n-2", "n-3"})


async def test_what_is_reported_after_the_end_is_not_used(load: Load) -> None:
    """The notice may be another worker's by then."""
    late: list[Callable[[str, Answer], None]] = []
    seen: list[object] = []

    class Late:
        @hookimpl
        async def notify(self, report: Callable[[str, Answer], None]) -> None:
            late.append(report)

    said = await load(late=Late()).notify(NOTICES, lambda *given: seen.append(given))
    late[0]("n-1", SENT)
    await asyncio.sleep(0)
    assert (said.answers, seen) == ({}, [])


class Seeing:
    """Notes what it is asked and given, and takes nothing."""

    def __init__(self) -> None:
        self.seen: dict[str, Credential | None] = {}

    @hookimpl
    def notify(self, notices: Sequence[Notice], credentials: Mapping[str, Credential]) -> None:
        self.seen |= {notice.id: credentials.get(notice.id) for notice in notices}


@pytest.mark.parametrize("sender", ["first", "last", ""])
async def test_only_the_sender_is_asked_about_mails_that_open_an_account(
    monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    """P43: wherever it stands; all are asked about the others, without any credential."""
    module = ModuleType("in_turn")
    vars(module).update(first=(first := Seeing()), last=(last := Seeing()))
    monkeypatch.setitem(sys.modules, "in_turn", module)
    names = ["in_turn:first", "in_turn:last"]
    settings = Settings(credential_sender=f"in_turn:{sender}" if sender else "")
    notices = [notice(n, mail=mail) for n, mail in enumerate(Mail)]
    given = {one.id: Credential(link=one.id) for one in notices if one.mail.opens_account}
    said = await Plugins.load(names, settings).notify(notices, None, given)
    assert (said.answers, said.failed) == ({}, {})
    plain = dict.fromkeys((one.id for one in notices if not one.mail.opens_account), None)
    assert first.seen == (plain | given if sender == "first" else plain)
    assert last.seen == (plain | given if sender == "last" else plain)


async def test_a_plugin_that_fails_keeps_no_mail_from_its_sender(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """P40: those that it was not asked about go on to the sender."""

    class Failing:
        @hookimpl
        def notify(self, notices: Sequence[Notice]) -> None:
            raise RuntimeError("no")

    module = ModuleType("in_turn")
    vars(module).update(bad=Failing(), sender=Taking(n_2=SENT))
    monkeypatch.setitem(sys.modules, "in_turn", module)
    settings = Settings(credential_sender="in_turn:sender")
    notices = (notice(1), notice(2, mail=Mail.INVITATION))
    given = {"n-2": Credential(link="x")}
    said = await Plugins.load(["in_turn:bad", "in_turn:sender"], settings).notify(
        notices, None, given
    )
    assert (said.answers, set(said.failed)) == ({"n-2": SENT}, {"n-1"})


@pytest.mark.parametrize("sender", ["at_hand:nobody", "at_hand:mute"])
def test_a_sender_that_is_none_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, sender: str
) -> None:
    """P43: it is not listed, or has no hook `notify`."""

    class Mute:
        @hookimpl
        def startup(self) -> None:
            """Nothing else."""

    module = ModuleType("at_hand")
    vars(module)["mute"] = Mute()
    monkeypatch.setitem(sys.modules, "at_hand", module)
    with pytest.raises(RollbookError, match="ROLLBOOK_CREDENTIAL_SENDER") as refused:
        Plugins.load(["at_hand:mute"], Settings(credential_sender=sender))
    assert refused.value.reason is Reason.PLUGIN_UNAVAILABLE


def test_a_credential_does_not_show_itself() -> None:
    """P50: in a log, or in the text of an exception."""
    shown = repr(Credential(link="https://x#a.secret", password="secret"))
    assert "secret" not in shown


@pytest.mark.parametrize(
    "credential",
    [
        Credential(link=f"https://x/#a.{'S3cret-_' * 6}"),
        Credential(password="ab2c-de3f-gh4j-km5n-pq6r-st7u"),
    ],
)
@pytest.mark.parametrize("cut", [0, 1, 5, 20, 24, 26, 44, 46])
def test_a_secret_that_a_long_traceback_has_cut_is_hidden(credential: Credential, cut: int) -> None:
    """P50: only the end of a text is logged, and it may begin within a link or a password."""
    secret = credential.password or credential.link.rpartition(".")[2]
    said = Opening("sender", {"n-1": credential}).hide(f"{secret[cut:]} refused {secret} too")
    assert said.endswith(" refused <hidden> too")
    parts = (secret[at : at + 4] for at in range(len(secret) - 3))
    assert [part for part in parts if part in said] == []
