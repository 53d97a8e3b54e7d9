"""Text → the form in which two spellings of it are the same text."""

import unicodedata


def folded(text: str) -> str:
    """NFKC, case-fold, NFKC again, for a fold may undo what NFKC composed."""
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
