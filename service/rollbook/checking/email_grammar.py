"""Parses an e-mail address by a strict grammar, and never repairs one.

Narrower than RFC 5321 on purpose: no quoted local parts, comments, display names, lists, literals
or trailing dots; no `%`, which made old relays forward mail. Libraries repair such strings into
*other* addresses.
"""

import re
import unicodedata
from dataclasses import dataclass

import idna
import numpy as np

from rollbook.checking import columns
from rollbook.checking.cells import Limits, echo, folded
from rollbook.checking.usernames import is_unseen
from rollbook.text_column import Positions, TextColumn

_FIRST = r"[A-Za-z0-9!#$&'*/?^_`{|}~]"
_ANY = r"[A-Za-z0-9!#$&'*/=?^_`{|}~+-]"
# No possessive group here: before Python 3.11.5 one whose body fails behind its first character
# keeps that character, so that `a.@x.org` would be an address.
_WORD = r"[A-Za-z0-9]++(?:-[A-Za-z0-9]++)*"
ORDINARY = rf"{_FIRST}{_ANY}*+(?:\.{_ANY}++)*@{_WORD}(?:\.{_WORD})+(?<=[A-Za-z])"
"""Addresses that need no second look if they are no longer than a label may be.

They begin with no sign that begins a formula, and their labels have no two hyphens in a row.
"""

_IN_A_DOMAIN = columns.LETTERS + columns.DIGITS + b".-"
_SIGNS = b"!#$&'*/=?^_`{|}~+"
_ANYWHERE = _IN_A_DOMAIN + _SIGNS + b"@"
_BEGIN = columns.LETTERS + columns.DIGITS + b"!#$&'*/?^_`{|}~"
_IS_SIGN = np.isin(np.arange(256), np.frombuffer(_SIGNS, dtype=np.uint8))
_ORDINARY = re.compile(ORDINARY)
_LOCAL_ASCII = re.compile(rf"{_ANY}++(?:\.{_ANY}++)*")
_ODD_IN_LOCAL = re.compile(r"[^A-Za-z0-9!#$&'*/=?^_`{|}~+.-]")
_LABEL_ASCII = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_LETTERS = frozenset({"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd"})


@dataclass(frozen=True, slots=True)
class Address:
    """An address, apart: `local` as given, `host` the domain in ASCII lower case (A-labels)."""

    local: str
    host: str

    @property
    def key(self) -> str:
        """What addresses are compared by: the local part NFKC, case-fold, NFKC; the host."""
        return f"{folded(self.local)}@{self.host}"

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a relay that speaks SMTPUTF8 can deliver to it (RFC 6531)."""
        return not self.local.isascii()


class NotAnAddress(ValueError):
    """The text is no address. The message is the reason, to follow 'is not valid: '."""


def is_ordinary(text: str) -> bool:
    """Whether it is an address in ASCII that, if it is short, needs no second look."""
    return _ORDINARY.fullmatch(text) is not None


def are_ordinary(column: TextColumn) -> bool:
    """Whether all texts are blank or ordinary, so far as that is seen at once.

    Stricter than `ORDINARY`: no dot, hyphen or @ stands beside another.
    """
    octets, is_given = column.octets, column.sizes > 0
    starts, ends = column.starts[is_given], column.ends[is_given]
    is_at, is_dot = octets == ord("@"), octets == ord(".")
    places, dots = np.flatnonzero(is_at), np.flatnonzero(is_dot)
    if len(places) != len(ends) or len(dots) < len(ends):
        return False
    is_joint = is_at | is_dot | (octets == ord("-"))
    last_dots = dots[np.searchsorted(dots, ends) - 1]
    return (
        columns.has_only(column, _ANYWHERE)
        and columns.begins_with(column, _BEGIN)
        and columns.ends_with(column, columns.LETTERS)
        and not (is_joint[:-1] & is_joint[1:]).any()
        and bool(
            (starts < places).all() and (places < last_dots).all() and (last_dots < ends).all()
        )
        and not _sign_in_a_domain(column, places, ends)
    )


def _sign_in_a_domain(column: TextColumn, places: Positions, ends: Positions) -> bool:
    """Whether a sign stands behind the @ of its text, which has no other @."""
    if columns.has_only(column, _IN_A_DOMAIN + b"@"):
        return False
    signs = np.flatnonzero(_IS_SIGN[column.octets])
    before = np.searchsorted(places, signs, side="right")
    return bool((signs < ends[before - 1])[before > 0].any())


def address_of(text: str, limits: Limits) -> Address:
    """The address that the text is, whatever its domain's number of labels. Expects NFC.

    Raises:
        NotAnAddress: it is none.
    """
    if len(text) > limits.email:
        raise NotAnAddress(f"it is longer than {limits.email} octets")
    local, found, domain = text.rpartition("@")
    if not found:
        raise NotAnAddress("it has no @")
    if "@" in local:
        raise NotAnAddress("it has more than one @")
    if any(c.isspace() for c in text):
        raise NotAnAddress("there is a space in it")
    if is_unseen(text):
        raise NotAnAddress("there is an invisible character in it")
    _check_local(local, limits)
    host = _host_of(domain, limits)
    octets = max(len(text.encode()), len(local.encode()) + 1 + len(host))
    if octets > limits.email:
        raise NotAnAddress(f"it is longer than {limits.email} octets")
    return Address(local, host)


def _check_local(local: str, limits: Limits) -> None:
    if not local:
        raise NotAnAddress("nothing stands before its @")
    if len(local.encode()) > limits.email_local:
        raise NotAnAddress(f"the part before its @ is longer than {limits.email_local} octets")
    if local[0] == "." or local[-1] == "." or ".." in local:
        raise NotAnAddress("a dot stands at an end of the part before its @, or next to another")
    if _LOCAL_ASCII.fullmatch(local):
        return
    # Two texts of one key may be two mailboxes, so one address could block another's: what NFKC
    # would change, such as a fullwidth letter or the Kelvin sign, is no address at all.
    if (plain := unicodedata.normalize("NFKC", local)) != local:
        raise NotAnAddress(f"{echo(local)} before its @ is another form of {echo(plain)}")
    odd = next((c.group() for c in _ODD_IN_LOCAL.finditer(local) if not _in_a_word(c)), None)
    if odd:
        raise NotAnAddress(f"{echo(odd)} is not allowed before its @")
    if not _begins_well(local):
        raise NotAnAddress(f"{echo(local[0])} is not allowed as its first character")


def _in_a_word(found: re.Match[str]) -> bool:
    return not found.group().isascii() and unicodedata.category(found.group()) in _LETTERS


def _begins_well(local: str) -> bool:
    return all(not unicodedata.category(part[0]).startswith("M") for part in local.split("."))


def _host_of(domain: str, limits: Limits) -> str:
    if not domain:
        raise NotAnAddress("nothing stands after its @")
    labels = domain.lower().split(".")
    if "" in labels:
        raise NotAnAddress(f"a label of its domain {echo(domain)} is empty")
    host = [_ascii_label(label, domain, limits) for label in labels]
    _check_bidi(labels, domain)
    if host[-1].isdigit():
        raise NotAnAddress(f"its domain {echo(domain)} ends in a number")
    return ".".join(host)


def _ascii_label(label: str, domain: str, limits: Limits) -> str:
    if label.isascii() and len(label) > limits.email_label:
        raise NotAnAddress(f"a label of its domain is longer than {limits.email_label} octets")
    if label.isascii() and not label.startswith("xn--"):
        if not _LABEL_ASCII.fullmatch(label) or label[2:4] == "--":
            raise NotAnAddress(f"its domain {echo(domain)} is not one")
        return label
    try:
        unicode = idna.ulabel(label) if label.isascii() else label
        ascii_form = idna.alabel(unicode).decode()
    except idna.IDNAError:
        raise NotAnAddress(f"its domain {echo(domain)} is not one by IDNA 2008") from None
    if label.isascii() and ascii_form != label:
        raise NotAnAddress(f"its domain {echo(domain)} is not one by IDNA 2008")
    if len(ascii_form) > limits.email_label:
        raise NotAnAddress(f"a label of its domain is longer than {limits.email_label} octets")
    return ascii_form


def _check_bidi(labels: list[str], domain: str) -> None:
    """Where one label is written from right to left, each must keep to the Bidi rule (RFC 5893)."""
    written = [idna.ulabel(label) for label in labels]
    if not any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in "".join(written)):
        return
    try:
        for label in written:
            idna.check_bidi(label, check_ltr=True)
    except idna.IDNAError:
        raise NotAnAddress(f"its domain {echo(domain)} is not one by IDNA 2008") from None
