"""A password is judged by length and by how hard it is to guess: every broken rule at once."""

import string
import unicodedata
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.credentials.policy import Person, Policy, refusal
from rollbook.credentials.structure import is_common, points
from rollbook.errors import Reason
from rollbook.model import Issue
from rollbook.model.passwords import NOT_KEPT

SECRET = "four silver kettles hum"
ADA = Person(
    employee_number="A-4711",
    email="ada.king@example.org",
    username="countess",
    first_name="Ada",
    last_name="Lovelace",
    name="Augusta Byron",
)
POLICY = Policy(directory="Analytical Society")


def broken(password: str, of: Person = ADA, policy: Policy = POLICY) -> list[str]:
    return [issue.code.value for issue in policy.issues(password, of)]


@pytest.mark.parametrize(
    "password",
    [
        SECRET,
        "zYq7-tm2v-9pQr-x",
        "blaue Katze tanzt gern",
        "      öffne dich, Sesam!      ",
        "正确的马电池订书钉在桌子上面吗",
        "🦊🌲🚲🎻🍋🗝️🌧️🧭🪁🐌🎈🧦🪴",
    ],
)
def test_s57_a_good_password_is_taken(password: str) -> None:
    """S57: words, signs, spaces at the ends, any script; no rule asks for digits or capitals."""
    assert broken(password) == []


def test_b213_a_password_of_14_code_points_is_too_short() -> None:
    """B213: 15 are enough; a directory may ask for 8 to 128."""
    assert broken("zYq7-tm2v-9pQr") == ["password_too_short"]
    assert broken("zYq7-tm2v-9pQr-") == []
    few = Policy(directory="x", least_length=8)
    assert broken("zYq7-tm2", policy=few) == []
    assert broken("zYq7-tm", policy=few)[0] == "password_too_short"


def test_length_is_counted_after_nfc() -> None:
    """A letter that is typed as two code points is one."""
    letters = "žřčšěďťňůóíáýéú"
    assert len(letters) == 15
    assert broken(unicodedata.normalize("NFD", letters)) == []
    assert "password_too_short" in broken(unicodedata.normalize("NFD", letters[:14]))


def _mixed(count: int) -> str:
    """So many characters without a pattern."""
    return "".join(chr(0x21 + n * n * 37 % 94) for n in range(count))


@pytest.mark.parametrize(
    ("password", "long"),
    [
        (_mixed(128), False),
        (_mixed(129), True),
        ("".join(chr(0x1F300 + n * n % 250) for n in range(128)), False),  # 512 bytes
        ("".join(chr(0x1F300 + n * n % 250) for n in range(128)) + "a", True),
        ("ab" * 500_000, True),
        ("e" + "\u0301" * 1_000_000, True),
    ],
    ids=["128", "129", "512 bytes", "513 bytes", "1 MiB", "1 MiB of accents"],
)
def test_b214_a_password_that_is_too_long_is_never_cut(password: str, long: bool) -> None:
    """B214: 128 code points, 512 bytes; what is longer is refused at once."""
    assert ("password_too_long" in broken(password)) is long


@pytest.mark.parametrize(
    "password",
    [
        "correcthorsebatterystaple",
        "CorrectHorseBatteryStaple",
        "ｐａｓｓｗｏｒｄ１２３４５６７８",
        "passwordpassword",
        "Password2Password2",
        "P@ssw0rd12345678",
        "sunshine!!!!!!!!!!!!",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcdefghijklmnopqrst",
        "zyxwvutsrqponmlkjih",
        "12345678901234567890",
        "qwertyuiop123456789",
        "poiuytrewqlkjhgfdsa",
        "xK9q!xK9q!xK9q!xK9q!",
        "абвгдежзийклмнопрст",
        "horsehorsehorse12345",
        "               ",
        "x" * 128,
    ],
)
def test_b215_a_password_that_is_easy_to_guess_is_common(password: str) -> None:
    """B215: on the list, or made of common words, repeats, sequences and rows of keys."""
    assert "password_common" in broken(password)


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=60))
def test_a_doubled_password_is_common(text: str) -> None:
    """Twice or more often, the last time perhaps in part."""
    assert is_common(text + text)
    assert is_common(text + text + text[: len(text) // 2])


@given(st.text(max_size=100))
def test_points_never_exceed_characters(text: str) -> None:
    """So that a pattern can only cost points."""
    assert 0 <= points(text) <= len(text)


def test_passwords_of_a_generator_are_taken() -> None:
    """Of 2,000 by chance none has a pattern that costs it more than it has."""
    chance = Random(13)
    letters = string.ascii_letters + string.digits + string.punctuation
    made = ["".join(chance.choices(letters, k=15)) for _ in range(2_000)]
    assert [password for password in made if is_common(password)] == []


@pytest.mark.parametrize(
    ("password", "whose"),
    [
        ("my lovelace tulips", "own name"),
        ("my LOVELACE tulips", "own name"),
        ("augusta's old violin", "own name"),
        ("the ａｄａ．ｋｉｎｇ of spades", "e-mail"),
        ("a countess in blue jeans", "username"),
        ("green a-4711 and tea", "number"),
        ("analytical society hums", "directory"),
    ],
)
def test_b216_a_password_with_the_persons_own_words_is_named(password: str, whose: str) -> None:
    """B216: names, number, username, local part, the directory's name; of 4 code points or more."""
    (issue,) = POLICY.issues(password, ADA)
    assert issue.code == "password_contains_identity"
    assert whose in issue.message


def test_short_names_and_missing_ones_forbid_nothing() -> None:
    """`Ada` is in many words, and every text contains ''."""
    assert broken("a canada goose dozes", Person(first_name="Ada")) == []


@pytest.mark.parametrize(
    "password",
    [
        NOT_KEPT,
        "$argon2id$v=19$m=47104,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$6$rounds=5000$saltsalt$hash",
        "{SSHA}DkMTwBl+a/3DQTxCYEApdUtNXGgdUac3",
        "four silver\tkettles hum",
        "four silver kettles hum\n",
        "four silver\0kettles hum",
        "four silver \ud83d kettles",
    ],
)
def test_b220_what_can_be_no_password_is_not_allowed(password: str) -> None:
    """B220: a hash, the words of a report, control characters, NUL, half of a character."""
    assert broken(password) == ["password_not_allowed"]


def test_every_broken_rule_is_named_at_once() -> None:
    """In words, without the password; the first one is the reason of a refusal."""
    issues = POLICY.issues("sunshine123", Person(username="sunshine"))
    assert [issue.code.value for issue in issues] == [
        *("password_too_short", "password_common", "password_contains_identity")
    ]
    refused = refusal(issues)
    assert refused.reason is Reason.PASSWORD_TOO_SHORT
    assert all(issue.message in refused.message for issue in issues)
    assert refused.facts == {
        "codes": "password_too_short,password_common,password_contains_identity"
    }


@given(st.text(max_size=600))
def test_p50_no_issue_has_the_password(password: str) -> None:
    """P50: whatever it is, and however it is refused; single words of it may be in any sentence."""
    issues: list[Issue] = POLICY.issues(password, ADA)
    if len(password) > 12:
        assert password not in repr(issues)
    for issue in issues:
        assert issue.fails
        assert issue.field == "password"
