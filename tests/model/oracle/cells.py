"""Checks one cell by the rules of its field.

Each check answers the normalised text, '' for a blank cell, None for a refused one.
"""

import unicodedata

from tests.model.oracle.keys import host, nfc, trimmed
from tests.model.oracle.values import Row

NAMES = ("first_name", "last_name", "name")
_LETTERS_AND_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_IN_LOCAL = _LETTERS_AND_DIGITS | frozenset("!#$&'*/=?^_`{|}~+-.")
_FORMULA = frozenset("=+-@＝＋－＠")
_NOTHING = ("null", "nan", "none", "n/a", "#n/a")
_NO_ONES = ("test", "invalid", "localhost", "onion")
_BIDI = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x2028, 0x2029)
_UNSEEN = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), 0xFFA0, *range(0xE0100, 0xE01F0))))


def checked(row: Row, field: str, cell: str) -> str | None:
    """The value of a cell of that field; issues are added to the row."""
    if field == "password":
        return _password(row, cell)
    text = trimmed(cell)
    if not text:
        return ""
    if text != cell:
        row.say("whitespace_trimmed", field)
    value = _SHAPES[field](row, text) if field in _SHAPES else _text(row, field, text)
    if "\ufffd" in text:
        row.say("replacement_character", field)
    return value


def _password(row: Row, cell: str) -> str | None:
    """No password is taken yet; white space is one, too."""
    if not cell:
        return ""
    row.say("password_not_allowed", "password")
    return None


def _number(row: Row, text: str) -> str | None:
    _nothing(row, "employee_number", text)
    well = text[0] in _LETTERS_AND_DIGITS and all(
        c in _LETTERS_AND_DIGITS or c in "._/@+-" for c in text
    )
    if not well or _rounded(text):
        row.say("invalid_employee_number", "employee_number")
        return None
    if len(text) > 64:
        row.say("field_too_long", "employee_number")
        return None
    return text


def _rounded(text: str) -> bool:
    """`1.23E+05`, `1.23E5`, `1E+5`, `1001.0`: a spreadsheet did this. `12E5` is a number."""
    mantissa, e, power = text.lower().partition("e")
    whole, dot, part = mantissa.partition(".")
    signed = power[:1] in ("+", "-")
    digits = [whole, *([part] if dot else []), *([power[signed:]] if e else [])]
    if not all(d.isascii() and d.isdigit() for d in digits):
        return False
    return signed or bool(dot) if e else bool(dot) and not part.strip("0")


def _email(row: Row, text: str) -> str | None:
    _nothing(row, "email", text)
    address = nfc(text)
    if not is_address(address):
        row.say("invalid_email", "email")
        return None
    local, _, domain = address.rpartition("@")
    _formula(row, "email", address)
    if host(domain).split(".")[-1] in _NO_ONES:
        row.say("reserved_domain", "email")
    if not local.isascii():
        row.say("smtputf8_required", "email")
    return address


def is_address(text: str) -> bool:
    """By the strict grammar: nothing quoted, commented, listed or literal; never repaired."""
    local, at, domain = text.rpartition("@")
    if not at or not local or "@" in local or any(unseen(c) or c.isspace() for c in text):
        return False
    if len(local.encode()) > 64 or "" in local.split(".") or not _local(local):
        return False
    try:
        ascii_domain = host(domain)
    except ValueError:
        return False
    labels = ascii_domain.split(".")
    octets = max(len(text.encode()), len(local.encode()) + 1 + len(ascii_domain))
    return (
        octets <= 254
        and len(labels) > 1
        and all(_label(label) for label in labels)
        and not labels[-1].isdigit()
        and all(not p.lower().startswith("xn--") or _returns(p.lower()) for p in domain.split("."))
    )


def _local(local: str) -> bool:
    if local.isascii():
        return all(c in _IN_LOCAL for c in local)
    if unicodedata.normalize("NFKC", local) != local:
        return False  # another address may have the same key
    if any(unicodedata.category(part[0]).startswith("M") for part in local.split(".")):
        return False
    return all(_stands(c) for c in local)


def _stands(c: str) -> bool:
    if c.isascii():
        return c in _IN_LOCAL
    return unicodedata.category(c) in ("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Nd")


def _label(label: str) -> bool:
    return (
        0 < len(label) <= 63
        and all(c.isascii() and (c.isalnum() or c == "-") for c in label)
        and label[0] != "-"
        and label[-1] != "-"
        and (label[2:4] != "--" or label.startswith("xn--"))
    )


def _returns(label: str) -> bool:
    """Whether an A-label is the one that its letters make."""
    try:
        return host(label) == label
    except ValueError:
        return False


def _username(row: Row, text: str) -> str | None:
    name = nfc(text)
    if len(name) > 128:
        row.say("field_too_long", "username")
        return None
    _formula(row, "username", name)
    if any(c == " " or unseen(c) for c in name):
        row.say("invalid_username", "username")
        return None
    return name


def unseen(c: str) -> bool:
    """Whether it is not drawn, or not assigned."""
    return not c.isprintable() or c in _UNSEEN


def _truth(row: Row, text: str) -> str | None:
    lower = text.lower() if text.isascii() else ""
    if lower in ("1", "true", "yes"):
        return "1"
    if lower in ("0", "false", "no"):
        return "0"
    row.say("invalid_boolean", "change_password_next_time")
    return None


def _text(row: Row, field: str, text: str) -> str | None:
    kept = nfc(text)
    refused = False
    if any(_control(c) for c in kept):
        row.say("control_character", field)
        refused = True
    if len(kept) > 200:
        row.say("field_too_long", field)
        refused = True
    _formula(row, field, kept)
    if refused:
        return None
    if field in NAMES and not any(unicodedata.category(c).startswith("L") for c in kept):
        row.say("invalid_name", field)
        return None
    if field in NAMES:
        _nothing(row, field, kept)
    return kept


def _control(c: str) -> bool:
    return ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or ord(c) in _BIDI


def _nothing(row: Row, field: str, text: str) -> None:
    """People are called so, too."""
    if text.lower() in _NOTHING:
        row.say("looks_like_nothing", field)


def _formula(row: Row, field: str, text: str) -> None:
    if text[0] not in _FORMULA or _is_number(text) or (field == "phone" and _is_phone(text)):
        return
    row.say("formula_like_value", field)


def _is_number(text: str) -> bool:
    """A sign, digits in groups parted by one of `. , space`, a per-cent sign."""
    bare = text[1:] if text[0] in "+-" else text
    bare = bare.removesuffix("%").replace(",", ".").replace(" ", ".")
    return all(group.isascii() and group.isdigit() for group in bare.split("."))


def _is_phone(text: str) -> bool:
    """A plus, then digits and what parts them, at most 31 in all; an extension may follow."""
    bare, sign, extension = text.removeprefix("+"), "", ""
    for mark in ("ext.", "ext", "x"):
        before, sign, extension = bare.partition(mark)
        if sign:
            bare, extension = before.removesuffix(" "), extension.removeprefix(" ")
            break
    if sign and not (extension.isascii() and extension.isdigit() and len(extension) <= 8):
        return False
    return (
        0 < len(bare) <= 31
        and bare[0] in "0123456789("
        and all(c in "0123456789 ()./-" for c in bare)
    )


_SHAPES = {
    "employee_number": _number,
    "email": _email,
    "username": _username,
    "change_password_next_time": _truth,
}
"""Fields whose cells have a shape of their own."""
