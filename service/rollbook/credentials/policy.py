"""What a password must be: every broken rule at once, each in words. The rules of a directory.

Length, and that it is hard to guess. No rule asks for digits or signs, and no password expires:
NIST SP 800-63B, 5.1.1.2.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rollbook.checking.cells import folded
from rollbook.credentials.structure import is_common
from rollbook.errors import Reason, Refusal
from rollbook.model import Code, Field, Issue
from rollbook.model.passwords import DEFAULT_LENGTH, MOST_BYTES, MOST_LENGTH, NOT_KEPT

_LEAST_IDENTITY = 4
"""Code points of a name, number or address from which on a password may not contain it."""
_HASHED = re.compile(
    r"\$(argon2(id|i|d)?|2[abxy]?|[1567y]|scrypt|pbkdf2[\w-]*)\$|\{[A-Z0-9-]{2,}\}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose password it is: what it may not contain. '' is nothing."""

    employee_number: str = ""
    email: str = ""
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The rules of a directory: its name as people see it, and the least length, in code points."""

    directory: str
    least_length: int = DEFAULT_LENGTH

    def issues(self, password: str, of: Person) -> list[Issue]:
        """Every rule that the password breaks, each with its code and a sentence; none: it is fine.

        Neither the password nor a part of it is in them.
        """
        return list(self._broken(password, of))

    def check(self, password: str, of: Person) -> None:
        """Take the password, or refuse it.

        Raises:
            Refusal: the reason of the first rule that it breaks, in the words of all of them; their
                codes are the fact `codes`.
        """
        found = self.issues(password, of)
        if found:
            raise refusal(found)

    def _broken(self, password: str, of: Person) -> Iterator[Issue]:
        if why := _never(password):
            yield _issue(Code.PASSWORD_NOT_ALLOWED, why)
            return
        if len(password) > 4 * MOST_LENGTH:  # of which NFC makes more than MOST_LENGTH
            yield _too_long()
            return
        text = unicodedata.normalize("NFC", password)
        if len(text) < self.least_length:
            yield _issue(
                Code.PASSWORD_TOO_SHORT,
                f"The password has fewer than {self.least_length} characters. Longer is easier "
                "with several words.",
                limit=str(self.least_length),
            )
        if len(text) > MOST_LENGTH or len(text.encode()) > MOST_BYTES:
            yield _too_long()
            return
        if is_common(text):
            yield _issue(
                Code.PASSWORD_COMMON,
                "The password is easy to guess: it is a common one, repeats itself, or is made of "
                "common words and rows of keys.",
            )
        if own := self._own(text, of):
            yield _issue(
                Code.PASSWORD_CONTAINS_IDENTITY,
                f"The password contains {' and '.join(own)}.",
                contains=",".join(own),
            )

    def _own(self, text: str, of: Person) -> list[str]:
        """What the password contains that others know of the person, in words."""
        known: Iterable[tuple[str, Iterable[str]]] = (
            ("the user's own name", (of.first_name, of.last_name, *of.name.split())),
            ("the username", (of.username,)),
            ("the employee number", (of.employee_number,)),
            ("the e-mail address", (of.email.partition("@")[0],)),
            ("the name of the directory", (self.directory,)),
        )
        within = folded(text)
        return [
            words
            for words, parts in known
            if any(len(part) >= _LEAST_IDENTITY and folded(part) in within for part in parts)
        ]


def rules(least_length: int) -> list[str]:
    """The rules as sentences, for a page that asks for a password."""
    return [
        f"At least {least_length} characters; several words are easy to keep in mind.",
        f"At most {MOST_LENGTH} characters, and {MOST_BYTES} bytes in UTF-8.",
        "Hard to guess: no common password, no repetition, no row of keys, not only common words.",
        "Without the user's own name, username, number or address, and the directory's name.",
        "Any character but control characters; spaces count, also at the ends.",
    ]


def refusal(issues: list[Issue]) -> Refusal:
    """The refusal of a password for all these reasons; there is at least one."""
    codes = ",".join(issue.code.value for issue in issues)
    message = " ".join(issue.message for issue in issues)
    return Refusal(Reason(issues[0].code.value), message, {"codes": codes})


def _never(password: str) -> str:
    """Why the text can be no password at all; '' if it can be one."""
    if password == NOT_KEPT:
        return "This is what a report has in the place of a password: write a password here."
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in password[: 4 * MOST_LENGTH]):
        return "The password has a control character in it, such as a tab or the end of a line."
    if _HASHED.match(password):
        return "The password is a hash already: only passwords in clear are taken."
    return ""


def _too_long() -> Issue:
    return _issue(
        Code.PASSWORD_TOO_LONG,
        f"The password has more than {MOST_LENGTH} characters, or more than {MOST_BYTES} bytes in "
        "UTF-8. It is never cut.",
        limit=str(MOST_LENGTH),
        bytes=str(MOST_BYTES),
    )


def _issue(code: Code, message: str, **params: str) -> Issue:
    return Issue(code, Field.PASSWORD.value, message, params)
