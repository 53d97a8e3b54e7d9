"""Checks that an address can stand in an envelope and a header without a change."""

import re

import idna

# What would end an address in a command or a header, start another, or be taken for a comment, a
# name, a quoted part or an encoded word. A stored address has none of it.
_FOREIGN = re.compile(r'[\x00-\x20\x7f-\xa0\u2028\u2029()<>\[\]:;,\\"@]')
_LONGEST = 254


class NotAnAddress(ValueError):
    """The text cannot stand in an envelope. The message is the reason, without the text."""


def on_the_wire(address: str) -> str:
    """The address for the relay: its local part unchanged, its domain in ASCII (A-labels).

    Raises:
        NotAnAddress: it is none, or would become another.
    """
    local, found, domain = address.rpartition("@")
    if not found or not domain or not all(local.split(".")):
        raise NotAnAddress("it is not of the form local@domain")
    if _FOREIGN.search(local) or _FOREIGN.search(domain) or "=?" in address:
        raise NotAnAddress("there is a character in it that no envelope may have")
    if not domain.isascii():
        domain = _a_labels(domain)
    wire = f"{local}@{domain}"
    if len(wire.encode()) > _LONGEST:
        raise NotAnAddress(f"it is longer than {_LONGEST} octets")
    return wire


def _a_labels(domain: str) -> str:
    lowered = domain.lower()
    try:
        # By IDNA 2008 and without a mapping: `ß` stays itself, and does not become the `ss` of
        # another domain.
        encoded = idna.encode(lowered).decode("ascii")
        if idna.decode(encoded) == lowered:
            return encoded
    except (idna.IDNAError, UnicodeError):
        pass
    raise NotAnAddress("its domain cannot be written in ASCII")
