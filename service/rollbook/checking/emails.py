"""Checks cells of e-mail addresses; the address is kept as given, trimmed and in NFC."""

import re
from collections.abc import Collection, Sequence

from rollbook import model
from rollbook.checking import columns
from rollbook.checking.cells import (
    BLANK,
    DEFAULTS,
    Cell,
    Limits,
    as_lines,
    echo,
    like_nothing,
    nfc,
    not_ordinary,
    nul_byte,
    printable,
    surely_longer,
    trimmed,
)
from rollbook.checking.email_grammar import (
    ORDINARY,
    NotAnAddress,
    address_of,
    are_ordinary,
    is_ordinary,
)
from rollbook.checking.text import formula_like
from rollbook.text_column import TextColumn

_FIELD = model.Field.EMAIL.value
_ORDINARIES = re.compile(rf"(?:(?:{ORDINARY})?\n)*+")
_RESERVED = (".test", ".invalid", ".localhost", ".onion")
"""Domains that no one can own (RFC 6761), or that no mail reaches (RFC 7686)."""


def check_email(text: str, *, limits: Limits = DEFAULTS) -> Cell:
    """The verdict on one e-mail address: strict grammar, never repaired, at most 254 octets.

    A domain without a dot is allowed only where `limits.dotless_domains` names it.
    """
    kept, issues = trimmed(_FIELD, text)
    if not kept:
        return BLANK
    issues += like_nothing(_FIELD, kept)
    if "\0" in kept:
        return Cell(None, (*issues, nul_byte(_FIELD)))
    if not surely_longer(kept, limits.email):
        kept = nfc(kept)
    try:
        address = address_of(kept, limits)
        if "." not in address.host and address.host not in limits.dotless_domains:
            raise NotAnAddress(f"its domain {echo(address.host)} has no dot")
    except NotAnAddress as why:
        message = f"The e-mail address {echo(kept)} is not valid: {why}."
        facts = {"value": printable(kept)}
        return Cell(None, (*issues, model.Issue(model.Code.INVALID_EMAIL, _FIELD, message, facts)))
    issues += formula_like(_FIELD, kept)
    if f".{address.host}".endswith(_RESERVED) and address.host not in limits.dotless_domains:
        message = f"No mail reaches {echo(kept)}: its domain is reserved (RFC 6761)."
        issues += (model.Issue(model.Code.RESERVED_DOMAIN, _FIELD, message),)
    if address.needs_smtputf8:
        message = f"Only mail relays that know SMTPUTF8 can deliver to {echo(kept)}."
        issues += (model.Issue(model.Code.SMTPUTF8_REQUIRED, _FIELD, message),)
    return Cell(kept, issues)


class Email:
    """The rule of e-mail addresses."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._short = min(limits.email, limits.email_local, limits.email_label)

    def suspects(self, cells: Sequence[str]) -> Collection[int]:
        """See `Rule`."""
        if isinstance(cells, TextColumn) and self._proven(cells):
            return ()
        lines = as_lines(cells)
        found = not_ordinary(cells, lines, _ORDINARIES, self._short)
        if found is None:
            found = [
                at
                for at, text in enumerate(cells)
                if text and (len(text) > self._short or not is_ordinary(text))
            ]
        if _any_reserved(lines):
            found += [at for at, text in enumerate(cells) if _any_reserved(f"{text}\n")]
        return {*found}

    def _proven(self, column: TextColumn) -> bool:
        """Whether every cell is blank or ordinary, and none is of a reserved domain."""
        return (
            column.longest <= self._short
            and are_ordinary(column)
            and not columns.any_ends_with(column.lowered, _RESERVED)
        )

    def cell(self, text: str) -> Cell:
        """See `Rule`."""
        return check_email(text, limits=self._limits)


def _any_reserved(lines: str) -> bool:
    """Whether any of the addresses, one a line, is of a reserved domain."""
    lowered = lines.lower()
    return any(f"{domain}\n" in lowered for domain in _RESERVED)
