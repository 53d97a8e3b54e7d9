"""Makes the keys by which users, roles, locations and units are compared."""

import unicodedata

import idna

# Unicode's White_Space, and what has no width.
EDGES = "".join(
    map(
        chr,
        (
            *range(0x09, 0x0E),
            *(0x20, 0x85, 0xA0, 0x1680),
            *range(0x2000, 0x200B),
            *(0x2028, 0x2029, 0x202F, 0x205F, 0x3000),
            *(0x061C, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF),
        ),
    )
)


def trimmed(text: str) -> str:
    """Without white space and zero-width characters at its ends."""
    start, end = 0, len(text)
    while start < end and text[start] in EDGES:
        start += 1
    while end > start and text[end - 1] in EDGES:
        end -= 1
    return text[start:end]


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def folded(text: str) -> str:
    """NFKC, case-fold, NFKC: in which two spellings are the same text."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def number_key(text: str) -> str:
    return text.casefold()


def host(domain: str) -> str:
    """A domain in ASCII lower case, by IDNA 2008.

    Raises:
        ValueError: it is no domain.
    """
    labels = []
    for label in domain.lower().split("."):
        if label.isascii() and not label.startswith("xn--"):
            labels.append(label)
            continue
        try:
            shown = idna.ulabel(label) if label.isascii() else label
            labels.append(idna.alabel(shown).decode())
        except idna.IDNAError as wrong:
            raise ValueError(str(wrong)) from None
    return ".".join(labels)


def email_key(address: str) -> str:
    """The key of a valid address: the local part folded, the domain in ASCII."""
    local, _, domain = address.rpartition("@")
    return f"{folded(local)}@{host(domain)}"


def username_key(text: str, is_address: bool) -> str:
    """The key of a username; of one that is an e-mail address, the e-mail's."""
    return email_key(text) if is_address else folded(text)


def name_key(text: str) -> str:
    """The key of the name of a role, location or unit: folded, runs of white space as one."""
    return " ".join(folded(trimmed(text)).split())
