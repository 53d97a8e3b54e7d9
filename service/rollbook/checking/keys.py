"""Makes the keys by which texts are compared. The only place where keys are made.

Keys are made here and never in SQL: there `lower('K')` (the Kelvin sign) is `k`, here it is NFKC.
"""

from collections.abc import Callable, Sequence

from rollbook.checking.cells import DEFAULTS, EDGES, folded, nfc, surely_longer
from rollbook.checking.email_grammar import NotAnAddress, address_of
from rollbook.text_column import TextColumn


def number_key(text: str) -> str:
    """The key of an employee number: case-folded."""
    return text.casefold()


def username_key(text: str) -> str:
    """The key of a username: NFKC, case-fold, NFKC; of one that is an address, the e-mail's key.

    So a username that is an e-mail address has that e-mail's key however its domain is written.
    """
    if text.isascii() or "@" not in text:
        return folded(text)
    return email_key(text) or folded(text)


def email_key(text: str) -> str | None:
    """The key of an e-mail address, None if it is none (`rules` of the grammar: `address_of`).

    Local part: NFKC, case-fold, NFKC. Domain: A-labels decoded, then IDNA 2008 in ASCII. No
    provider's rules: `a+tag@x.org` is not `a@x.org`.
    """
    if surely_longer(text, DEFAULTS.email):
        return None
    try:
        return address_of(nfc(text), DEFAULTS).key
    except NotAnAddress:
        return None


def name_key(text: str) -> str:
    """The key of the name of a role, location or unit.

    Trimmed, NFKC, case-fold, NFKC, with each run of white space as one space.
    """
    return " ".join(folded(text.strip(EDGES)).split())


def keys_of(values: Sequence[str | None], key: Callable[[str], str | None]) -> Sequence[str]:
    """The keys of checked values, '' where there is no value.

    All three keys of identity are plain lower case in ASCII, and no value has a line feed in it.
    """
    if isinstance(values, TextColumn) and values.content.isascii():
        return values.lowered
    texts: Sequence[str] = [text or "" for text in values]
    joined = "\n".join(texts)
    if joined.isascii():
        lowered = joined.lower()
        return texts if lowered == joined else lowered.split("\n")
    return [text.lower() if text.isascii() else key(text) or "" for text in texts]
