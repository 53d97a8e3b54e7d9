"""E-mail addresses: the strict grammar, and their keys."""

import email_validator
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollbook.checking import check_email, email_key, username_key
from rollbook.checking.cells import Limits
from rollbook.settings import Settings
from tests.unit.checking.batches import RIGHT, check_one, checked, rows_of, said, values

INVALID = ["invalid_email(email)"]


def test_b152_s31_an_empty_address_is_missing() -> None:
    """B152, S31: an empty e-mail address is a missing required field, by its name."""
    assert said(check_one(email="")) == ["missing_required_field(email)"]


@pytest.mark.parametrize("text", ["bad-email", "a@b@x.org", "@x.org", "a@", "a"])
def test_b153_b154_s32_what_is_no_address_is_invalid(text: str) -> None:
    """B153, B154, S32: no @, two of them, or nothing on one side is `invalid_email`."""
    users = check_one(email=text)
    assert said(users) == INVALID
    assert values(users)["email"] is None
    assert list(users.email_keys) == [None]


def test_the_message_says_what_is_wrong_in_one_sentence() -> None:
    issue = check_one(email="bad-email").issues[0][0]
    assert issue.message == "The e-mail address 'bad-email' is not valid: it has no @."
    assert dict(issue.params) == {"value": "bad-email"}


def test_b155_inner_space_is_refused_and_outer_space_trimmed() -> None:
    """B155: `a b@x.org` is invalid; ` a@x.org` is stored trimmed, with a warning."""
    assert said(check_one(email="a b@x.org")) == INVALID
    users = check_one(email=" a@x.org")
    assert said(users) == ["whitespace_trimmed(email)"]
    assert values(users)["email"] == "a@x.org"


@pytest.mark.parametrize(
    "text",
    [
        "a@x.org\r\nBcc: e@y.org",
        "a@x.org\r\nBcc: e",
        "a@x.org%0d%0aBcc:",
        "a@x.org> NOTIFY=NEVER",
        "a@x.org>",
        '"a b"@x.org',
        '"a"@x.org',
        "Ada <a@x.org>",
        "a@x.org,b@x.org",
        "a(comment)@x.org",
        "a@[127.0.0.1]",
        "a@127.0.0.1",
        "a@x.org.",
        "a.@x.org",
        ".a@x.org",
        "a..b@x.org",
        "a%relay@x.org",
        "a@-x.org",
        "a@x-.org",
        "a@x..org",
        "a@x_y.org",
        "a@xn--a.example",
    ],
)
def test_b159_to_b162_nothing_that_a_mailer_could_read_otherwise(text: str) -> None:
    """B159, B160, B161, B162: injected headers and parameters, quotes, comments, literals."""
    assert said(check_one(email=text)) == INVALID


@pytest.mark.parametrize("text", ["=cmd@x.org", "-oQ@x.org", "+a=b@x.org"])
def test_an_atom_may_begin_as_a_formula_does(text: str) -> None:
    """RFC 5321 allows it; the warning explains that spreadsheets will not compute it."""
    users = check_one(email=text)
    assert said(users) == ["formula_like_value(email)"]
    assert values(users)["email"] == text


@pytest.mark.parametrize("domain", ["x.test", "x.INVALID", "a.localhost", "b.onion"])
def test_a_domain_that_no_mail_reaches_is_warned_of(domain: str) -> None:
    """By RFC 6761 no one can own such a domain. One that the operator lists is meant."""
    assert said(check_one(email=f"a@{domain}")) == ["reserved_domain(email)"]
    listed = Limits(dotless_domains=frozenset({domain.lower()}))
    assert check_email(f"a@{domain}", limits=listed).issues == ()


@pytest.mark.parametrize("text", ["a@latest", "a@test.org", "a@x-test.org", "a@xtest.com"])
def test_a_domain_that_only_contains_the_word_is_not_reserved(text: str) -> None:
    assert "reserved_domain(email)" not in said(check_one(email=text))


@pytest.mark.parametrize(
    "domain",
    ["yy--0.tld", "ab--c.org", "0a.\u05d0\u05d1.org", "\u05d0a.org", "a.\u05d01\u0661.org"],
)
def test_labels_are_those_of_idna_2008(domain: str) -> None:
    """No two hyphens in the third and fourth place; the Bidi rule for every label (RFC 5893)."""
    assert said(check_one(email=f"a@{domain}")) == INVALID


@pytest.mark.parametrize(
    "domain", ["a.\u05d0\u05d1.org", "\u05d0\u05d1.\u05d2", "a-b.xn--4dbrk0ce"]
)
def test_domains_from_right_to_left_are_domains(domain: str) -> None:
    assert said(check_one(email=f"a@{domain}")) == []


@pytest.mark.parametrize("text", ["a@localhost", "a@intranet"])
def test_b164_a_domain_without_a_dot_needs_to_be_listed(text: str) -> None:
    """B164: `a@localhost` is invalid unless the operator's `email_domains` names the domain."""
    assert said(check_one(email=text)) == INVALID
    listed = Settings(email_domains="localhost, Intranet")
    assert said(checked(rows_of({**RIGHT, "email": text}), settings=listed)) == []


def test_b167_parts_of_an_address_have_their_lengths() -> None:
    """B167: local part 64 octets, label 63, whole 254; one more of each is invalid."""
    domain = ".".join(["b" * 63, "c" * 63, "d" * 57, "org"])
    for right, wrong in [
        ("x" * 64 + "@x.org", "x" * 65 + "@x.org"),
        ("é" * 32 + "@x.org", "é" * 33 + "@x.org"),
        ("a@" + "b" * 63 + ".org", "a@" + "b" * 64 + ".org"),
        ("x" * 64 + "@" + domain, "x" * 64 + "@d" + domain),
    ]:
        assert "invalid_email(email)" not in said(check_one(email=right)), right
        assert said(check_one(email=wrong)) == INVALID
    assert len("x" * 64 + "@" + domain) == 254


def test_b172_domains_are_compared_by_idna_2008() -> None:
    """B172: A-labels and the letters they stand for are one address; `ss` is not `ß`."""
    assert email_key("a@bücher.example") == email_key("a@xn--bcher-kva.example")
    assert email_key("a@straße.example") == email_key("A@XN--STRAE-OQA.example")
    assert email_key("a@straße.example") != email_key("a@strasse.example")
    assert email_key("a@straße.example") == "a@xn--strae-oqa.example"
    users = check_one(email="a@bücher.example")
    assert said(users) == []
    assert values(users)["email"] == "a@bücher.example"


def test_b174_the_kelvin_sign_is_the_letter_k() -> None:
    """B174: `K@x.org` with U+212A is `k@x.org`, so it cannot become a second user."""
    users = check_one(email="\u212a@x.org")
    assert list(users.email_keys) == ["k@x.org"]
    assert values(users)["email"] == "K@x.org"


def test_b175_a_sharp_s_before_the_at_is_two() -> None:
    """B175: `straße@x.org` and `strasse@x.org` have one key."""
    assert email_key("straße@x.org") == email_key("strasse@x.org") == "strasse@x.org"


@pytest.mark.parametrize(
    "local",
    ["\uff21nn", "o\ufb03ce", "x\u00b2", "\u2163", "\u01c9ubljana", "a\u017fb", "\uff41\uff42"],
    ids=["fullwidth", "ligature", "superscript", "roman numeral", "digraph", "long s", "two"],
)
def test_b174_no_address_hides_in_another_form_of_it(local: str) -> None:
    """B174: what NFKC would change is `invalid_email`, so that no address blocks another's."""
    assert said(check_one(email=f"{local}@x.org")) == INVALID


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u202e", "\u200d", "\ufe0f", "\u3164"])
def test_b177_nothing_unseen_may_stand_in_an_address(hidden: str) -> None:
    """B177: zero-width, soft hyphen, override: `invalid_email`."""
    assert said(check_one(email=f"a{hidden}b@x.org")) == INVALID


def test_b179_the_case_of_an_address_is_shown_and_not_compared() -> None:
    """B179: `A@X.ORG` is `a@x.org` for the key, and is stored as written."""
    users = check_one(email="A@X.ORG")
    assert list(users.email_keys) == ["a@x.org"]
    assert values(users)["email"] == "A@X.ORG"


def test_b180_no_provider_has_rules_of_its_own() -> None:
    """B180: `a+tag@x.org` and `a@x.org` are two addresses, `a.b` and `ab` too."""
    assert len({email_key(f"{local}@x.org") for local in ["a+tag", "a", "a.b", "ab"]}) == 4


def test_a_local_part_beyond_ascii_needs_smtputf8() -> None:
    """Letters of any script may stand before the @, with a warning; the domain needs none."""
    users = check_one(email="用户@例え.jp")
    assert said(users) == ["smtputf8_required(email)"]
    assert users.failed == set()
    assert values(users)["email"] == "用户@例え.jp"


@pytest.mark.parametrize("text", ["a＠b@x.org", "ﷺ@x.org", "a@ｘ.org", "a@x。org", "\u0301a@x.org"])
def test_no_letter_becomes_a_sign_in_the_key(text: str) -> None:
    """A fullwidth ＠, a ligature with spaces, fullwidth domains and dots are refused."""
    assert said(check_one(email=text)) == INVALID
    assert email_key(text) is None


def test_a_nul_in_an_address_is_named() -> None:
    assert said(check_one(email="a\0@x.org")) == ["nul_byte(email)"]


@given(st.emails())
def test_what_is_accepted_is_stored_as_given(text: str) -> None:
    """No address is ever repaired, and the grammar is no wider than email-validator's."""
    cell = check_email(text)
    if cell.value is None:
        return
    assert cell.value == text
    found = email_validator.validate_email(
        text, check_deliverability=False, test_environment=True, allow_domain_literal=False
    )
    assert found.ascii_email is not None
    assert found.ascii_email.lower() == email_key(text)


LETTERS = st.text(
    st.sampled_from("aAsSkK\u212aßẞßéÉe\u0301ſｋﬁ用'_+!.-=%@ \u200b\u0345"), max_size=8
)
DOMAINS = st.sampled_from(
    ["x.org", "X.org", "straße.example", "xn--strae-oqa.example", "strasse.example", "BÜCHER.de"]
)


@given(LETTERS, DOMAINS)
def test_a_key_is_an_address_and_its_own_key(local: str, domain: str) -> None:
    """Keys are in NFKC and folded, and as a username an address has the e-mail's key."""
    text = f"{local}@{domain}"
    key = email_key(text)
    if key is not None:
        assert email_key(key) == key
        assert username_key(text) == key
        assert email_key(text.upper() if text.isascii() else text) == key
        assert key.count("@") == 1


def test_a_mebibyte_of_anything_is_judged_at_once() -> None:
    """Length is judged before anything whose cost grows faster than the cell."""
    for text in ["\u0301\u0323" * 500_000, "a@" * 500_000, "a." * 500_000 + "@x.org"]:
        assert said(check_one(email=text)) == INVALID
        assert email_key(text) is None
