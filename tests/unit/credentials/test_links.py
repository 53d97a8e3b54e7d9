"""Links and generated passwords are derived, and verify for one account as it is."""

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.credentials import links
from rollbook.credentials.links import Holder, Purpose
from rollbook.credentials.policy import Person, Policy
from rollbook.settings import Settings

KEY, OTHER_KEY = b"k" * 40, b"o" * 40
ADA = Holder(directory_id=7, user_id=4711, version=3, account=2)
END = 1_900_000_000
COUNTS = st.integers(0, 2**31)
HOLDERS = st.builds(Holder, COUNTS, COUNTS, COUNTS, COUNTS)
LINKS = st.sampled_from([Purpose.INVITATION, Purpose.RESET])


def good(token: str, holder: Holder = ADA, now: float = END - 1, *keys: bytes) -> bool:
    link = links.read(token)
    return link is not None and links.verified(keys or (KEY,), link, holder, now)


@given(HOLDERS, LINKS, st.integers(0, 2**32 - 1))
def test_a_link_is_the_same_each_time_and_good_until_it_expires(
    holder: Holder, purpose: Purpose, expires: int
) -> None:
    """48 characters that need no escape in an address; a repeated mail is the same mail."""
    token = links.token(KEY, holder, purpose, expires)
    assert token == links.token(KEY, holder, purpose, expires)
    assert len(token) == 48
    assert token.replace("-", "").replace("_", "").isalnum()
    assert good(token, holder, expires - 0.001)
    assert not good(token, holder, expires)


@given(HOLDERS, HOLDERS)
def test_a_link_is_good_for_its_account_as_it_is_alone(holder: Holder, other: Holder) -> None:
    """Of one directory, one user, one version of the password and one of mailbox and status."""
    token = links.token(KEY, holder, Purpose.RESET, END)
    assert good(token, other) is (other == holder)
    for field in Holder._fields:
        assert not good(token, holder._replace(**{field: getattr(holder, field) + 1}))


@given(HOLDERS, st.data())
def test_a_link_with_one_bit_changed_is_none(holder: Holder, data: st.DataObject) -> None:
    """Any bit, of its text and of what the text means."""
    token = links.token(KEY, holder, Purpose.RESET, END)
    raw = bytearray(base64.urlsafe_b64decode(token))
    bit = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[bit // 8] ^= 1 << bit % 8
    assert not good(base64.urlsafe_b64encode(raw).decode(), holder)
    at, bit = data.draw(st.integers(0, 47)), data.draw(st.integers(0, 6))
    assert not good(token[:at] + chr(ord(token[at]) ^ 1 << bit) + token[at + 1 :], holder)


@given(HOLDERS, st.integers(0, 47))
def test_a_link_that_is_cut_or_longer_is_none(holder: Holder, length: int) -> None:
    token = links.token(KEY, holder, Purpose.RESET, END)
    assert not good(token[:length], holder)
    for other in (token + token[:length] + "A", token + "=", token + "\n", " " + token):
        assert links.read(other) is None


@given(st.text(max_size=100))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert links.read(text) is None


def test_another_spelling_of_the_same_bytes_is_none() -> None:
    """Base64 that is not for addresses."""
    for account in range(100):
        token = links.token(KEY, ADA._replace(account=account), Purpose.RESET, END)
        if other := token.replace("-", "+").replace("_", "/"):
            assert (links.read(other) is None) is (other != token)


def test_a_password_that_was_generated_is_no_link() -> None:
    """Each purpose derives something else, and the purpose of login details has no link at all."""
    made = {links.token(KEY, ADA, purpose, END) for purpose in Purpose}
    assert len(made) == len(Purpose)
    assert [good(links.token(KEY, ADA, purpose, END)) for purpose in Purpose] == [True, True, False]


def test_keys_rotate() -> None:
    """A link of any key verifies, and of none that is gone."""
    token = links.token(OTHER_KEY, ADA, Purpose.INVITATION, END)
    assert good(token, ADA, 0, KEY, OTHER_KEY)
    assert not good(token, ADA, 0, KEY)
    link = links.read(token)
    assert link
    assert not links.verified((), link, ADA, 0)
    assert not good(token, ADA, END + 1, KEY, OTHER_KEY)
    assert not links.verified((OTHER_KEY,), replace(link, expires=END + 9), ADA, 0)


def test_neighbours_have_links_that_do_not_count_users() -> None:
    """Nobody learns from a link how many users there are."""
    heads = [links.token(KEY, ADA._replace(user_id=n), Purpose.RESET, END)[3:12] for n in (1, 2, 3)]
    assert len({head[:4] for head in heads}) == 3


@pytest.mark.parametrize("base", ["https://people.example.org", "https://people.example.org/"])
def test_a_link_lands_on_the_configured_page_with_its_token_behind_the_hash(base: str) -> None:
    """No browser sends the fragment: no log, proxy or scanner sees it."""
    settings = Settings(public_url=base)
    assert links.url(settings, "main", "T") == "https://people.example.org/set-password#main.T"


@pytest.mark.parametrize(
    "base",
    ["people.example.org", "http://people.example.org", "https://x/?a", "https://x/#a", "x:"],
)
def test_an_address_of_another_kind_is_refused(base: str) -> None:
    """Clear text, apart from this machine's own, would show the page to anybody."""
    with pytest.raises(ValueError, match="ROLLBOOK_PUBLIC_URL"):
        Settings.read(public_url=base)
    assert Settings.read(public_url="http://localhost:8080/a").public_url


@given(HOLDERS, st.integers(8, 128))
def test_a_generated_password_fits_every_policy(holder: Holder, least: int) -> None:
    """As long as the directory asks, never too long, and easy to read and type."""
    made = links.generated_password(KEY, holder, END, least)
    assert made == links.generated_password(KEY, holder, END, least)
    assert Policy(directory="Society", least_length=least).issues(made, Person()) == []
    groups = made.split("-")
    assert len(groups) >= 6
    assert {len(group) for group in groups[:-1]} == {4}
    assert not set(made) & set("01oil")


@given(HOLDERS, HOLDERS)
def test_generated_passwords_differ_by_all_that_they_are_derived_from(
    holder: Holder, other: Holder
) -> None:
    """By user, version, end and key; and they use the whole alphabet."""
    made = links.generated_password(KEY, holder, END, 15)
    assert (made == links.generated_password(KEY, other, END, 15)) is (holder == other)
    assert made != links.generated_password(KEY, holder, END + 1, 15)
    assert made != links.generated_password(OTHER_KEY, holder, END, 15)


def test_generated_passwords_use_each_letter_equally_often() -> None:
    """Of 3,000 of them every letter is within a tenth of its share, at every place."""
    made = [
        links.generated_password(KEY, ADA._replace(user_id=n), END, 15).replace("-", "")
        for n in range(3_000)
    ]
    letters = "".join(made)
    share = len(letters) / 31
    assert set(letters) == set("23456789abcdefghjkmnpqrstuvwxyz")
    assert all(abs(letters.count(letter) - share) < share / 10 for letter in set(letters))
    assert all(len({text[place] for text in made}) == 31 for place in range(24))
