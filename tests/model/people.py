"""Hypothesis strategies for directories, and for the cells of rows about their users.

Pools are small, so that rows meet: the same number twice, an e-mail of another user, a name in
another case or another spelling of its domain.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace

from hypothesis import strategies as st

from tests.model.oracle import Directory, Location, Role, Safeguards, User
from tests.model.oracle.cells import is_address
from tests.model.oracle.keys import email_key, number_key, username_key

NUMBERS = [f"{n:03}" for n in range(1, 15)] + ["A-1", "b.2", "C/3", "x@y", "7", "007x"]
EMAILS = [f"{letter}@corp.example" for letter in "abcdefghijklmn"] + [
    *("o.o@straße.example", "p+tag@bücher.example", "q@xn--bcher-kva.example", "é@corp.example"),
    *("straße@corp.example", "strasse@corp.example", "x@strasse.example"),
]
USERNAMES = ["ann", "bob", "Çelik", "dora", "admin", "straße", "k", "ﬁona", "eve"]
WORDS = ["Ana", "Żółć", "李", "Ó Briain", "O'Neil", "de la Cruz", "Øst", "Ann-Marie", "Ines"]
ROLES = (
    Role("Standard", ("user", "Default User")),
    Role("Lead", ("Team  Lead", "chef")),
    Role("Gast", ("guest",)),
)
LOCATIONS = (
    Location("London", "LHR", ("the city", "HQ")),
    Location("Zürich", "ZRH", ("HQ",)),
    Location("Straße 1"),
)
UNITS = ("Sales", "Forschung", "R & D")

HELD = "held@corp.example"
"""The e-mail of a user that no file names: always another user's."""
FREE = "free.of.all@corp.example"
"""An e-mail that no user ever has."""

_SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "shouted": str.upper,
    "with capitals": str.title,
    "with space": " {} ".format,
}
_spelled = st.sampled_from(["as it is"] * 3 + ["shouted", "with capitals", "with space"])


@st.composite
def spelled(draw: st.DrawFn, texts: list[str]) -> str:
    """One of the texts, perhaps in another case or with space around it."""
    return _SPELLINGS[draw(_spelled)](draw(st.sampled_from(texts)))


def user(number: str, email: str, username: str = "", **others: object) -> User:
    """A user with the keys of these texts; without a username it is the e-mail."""
    name = username or email
    return User(
        employee_number=number,
        number_key=number_key(number),
        email=email,
        email_key=email_key(email),
        username=name,
        username_key=username_key(name, is_address(name)),
        **({"sources": (others.get("source", "default"),)} | others),  # type: ignore[arg-type]
    )


@st.composite
def users(draw: st.DrawFn, *, guarded: bool = False) -> dict[str, User]:
    """Users who share no number, e-mail or username.

    `guarded`: some are locked, suspended or protected.
    """
    count = draw(st.integers(0, 12))
    numbers = draw(st.permutations(NUMBERS))[:count]
    emails = draw(st.permutations(EMAILS))[:count]
    keeper = [user("keeper", HELD, "keeper", role="Lead", source="hr")]
    kept = keeper if draw(st.booleans()) else []
    return apart(
        [
            *kept,
            *(
                user(
                    number,
                    email,
                    draw(st.sampled_from(["", "", *USERNAMES])),
                    **draw(_others(guarded=guarded)),
                )
                for number, email in zip(numbers, emails, strict=True)
            ),
        ]
    )


def apart(some: Iterable[User]) -> dict[str, User]:
    """Those who share no number, e-mail or username with one before."""
    found: dict[str, User] = {}
    taken: set[str] = set()
    for made in some:
        keys = {f"e:{made.email_key}", f"u:{made.username_key}", f"n:{made.number_key}"}
        if not keys & taken:
            taken |= keys
            found[made.number_key] = made
    return found


def identified(directory: Directory, identity: str) -> Directory:
    """The same users, whose numbers are their usernames or e-mails."""
    field = identity.lower()
    if field == "employee_number":
        return directory
    numbered = [
        replace(
            user, employee_number=getattr(user, field), number_key=getattr(user, f"{field}_key")
        )
        for user in directory.users.values()
    ]
    return replace(directory, users={user.number_key: user for user in numbered})


@st.composite
def _others(draw: st.DrawFn, *, guarded: bool) -> dict[str, object]:
    others: dict[str, object] = {
        "first_name": draw(st.sampled_from(WORDS)),
        "last_name": draw(st.sampled_from(WORDS)),
        "role": draw(st.sampled_from([role.name for role in ROLES])),
        "location": draw(st.sampled_from(["", *(place.name for place in LOCATIONS)])),
        "organizational_unit": draw(st.sampled_from(["", *UNITS])),
        "job_title": draw(st.sampled_from(["", "Analyst"])),
        "phone": draw(st.sampled_from(["", "+41 44 555 01 01"])),
        "change_password_next_time": draw(st.booleans()),
        "attributes": draw(st.sampled_from([(), (), (("shoe size", "43"),)])),
    }
    if guarded:
        odd = st.sampled_from([False, False, False, True])
        others |= {
            "role_locked": draw(odd),
            "location_locked": draw(odd),
            "protected": draw(odd),
            "status": draw(st.sampled_from(["active"] * 4 + ["suspended", "suspended_by_sync"])),
            "source": draw(st.sampled_from(["default", "default", "hr", "by hand"])),
        }
        own = () if others["source"] == "by hand" else (others["source"],)
        several = st.sampled_from([(), ("hr", "default"), ("default", "crm"), ("crm",)])
        others["sources"] = draw(st.one_of(st.just(own), st.just(own), several))
    return others


@st.composite
def directories(draw: st.DrawFn, *, guarded: bool = False) -> Directory:
    """A directory with users; `guarded`: also few seats, and users who are not like others."""
    found = draw(users(guarded=guarded))
    active = sum(user.status == "active" for user in found.values())
    seats = draw(st.none() | st.integers(active, active + 4)) if guarded else None
    return Directory(
        users=found,
        roles=ROLES,
        default_role="Standard",
        locations=LOCATIONS,
        units=UNITS,
        seats=seats,
        safeguards=Safeguards(),
    )


def wrong(field: str) -> st.SearchStrategy[str]:
    """A cell of that field that is refused or odd; of any field, sometimes."""
    return (
        st.one_of(st.sampled_from(WRONG.get(field, [])), st.sampled_from(WRONG[""]))
        if (field in WRONG)
        else st.sampled_from(WRONG[""])
    )


WRONG = {
    "": [
        *(
            "",
            "",
            " ",
            "\u00a0",
            " Ana ",
            "A\u0301na",
            "=SUM(A1)",
            "-7",
            "+x",
            "＝x",
            "@x",
            "-7,5%",
        ),
        *("A\u202eb", "tab\tin", "line\nbreak", "cr\r\nlf", "vt\x0bin", "\x0bedge\x0c", "A\u2028b"),
        *(
            "x" * 200,
            "x" * 201,
            "é" * 201,
            "\u200bzero\u200b",
            "A\u0085b",
            "'quoted'",
            "semi;colon",
        ),
        *('with "quotes"', "comma, in", "pipe|d", "12345", "!!!", "\ufeffmark"),
        *("null", "N/A", " #N/A", "None"),
    ],
    "employee_number": [
        *(
            "1.23E+05",
            "1,5e-7",
            "12 3",
            "../1",
            "١٢",
            "x" * 64,
            "x" * 65,
            "1'or'1",
            "-1",
            "5\u200d6",
            "1001.0",
            "1.23E5",
            "12E5",
            "1.005",
            "'7",
        ),
    ],
    "email": [
        *(
            "bad-email",
            "a@b@corp.example",
            "@corp.example",
            "a@",
            "a b@corp.example",
            "a@localhost",
        ),
        *(
            '"a b"@corp.example',
            "a@corp.example.",
            "a..b@corp.example",
            ".a@corp.example",
            "a@1.2.3",
        ),
        *("x" * 64 + "@corp.example", "x" * 65 + "@corp.example", "a@-x.example", "a@x_y.example"),
        *("\u212a@corp.example", "a\u00ad@corp.example", "a@\uff41.example", "ａ@corp.example"),
        *(
            "=a@corp.example",
            "+7@corp.example",
            "a%b@corp.example",
            "a@xn--a.example",
            "a@xn--zz-.example",
            "é@x.org",
        ),
        *("a@" + ".".join(["y" * 60] * 4) + ".org", "a@" + "y" * 64 + ".org", "ﬁ@corp.example"),
        *(
            "a＠b.example",
            "a@[1.2.3.4]",
            "\u0301a@corp.example",
            "a@corp\u3002example",
            "A@CORP.EXAMPLE",
            "a@corp.Test",
            "=a@corp.onion",
            "a@b.xn--zz-",
            "a@ab--c.example",
        ),
    ],
    "username": [
        *("b\ufffdb", "\ufffd\ufffdelik", "two words"),
        *("x" * 128, "x" * 129, "zero\u200bwidth", "Ａdmin", "ADMIN", "@ann", "=ann"),
        *("fill\u3164er", "soft\u00adhyphen", "é" * 128),
    ],
    "role": ["superuser", "TEAM LEAD", " chef", "user,admin", "Ｌead"],
    "location": [
        "lhr",
        "HQ",
        "the  City",
        "Nowhere",
        "Z\ufffdrich",
        "nowhere ",
        "zürich",
        "Zu\u0308rich",
        "STRASSE 1",
    ],
    "organizational_unit": ["sales", "New Unit", "new  unit", "R &  D"],
    "change_password_next_time": ["1", "0", "TRUE", "no", "maybe", "２", " yes"],
    "phone": [
        *("+41 44 555 01 01", "+1 (0) 2 x12", "+1 2 ext. 3", "+1,2", "+44/12", "+" + "1" * 32)
    ],
}
