"""Finds the delimiter of a file in its header line or `sep=` line."""

import re

from rollbook.errors import FileFault, Reason, Refusal
from rollbook.reading.excerpt import shown

DELIMITERS = ",;\t|"
"""The known delimiters. Until the delimiter is found, a header cell may begin after any of them."""

_WORDS = {",": "a comma", ";": "a semicolon", "\t": "a tab", "|": "a pipe"}
_BY_WORD = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
_KNOWN = 'comma ",", semicolon ";", tab and pipe "|"'

_SEP_LINE = re.compile(r'(?i)"?sep=(.)\1*+"?[\r\n]*')
"""A spreadsheet that saves such a line again repeats the delimiter: `sep=;;;`."""
_QUOTED_CELL = re.compile(rf'(?:(?<=[{DELIMITERS}])|\A)"[^"]*+(?:""[^"]*+)*+"')


def delimiter_named(name: str) -> str:
    """The delimiter that the option `name` asks for, by its character or its word; '' for ''.

    Raises:
        Refusal: INVALID_OPTIONS, with the list of known delimiters.
    """
    found = _BY_WORD.get(name.strip(" ").lower(), name)
    if found and (len(found) > 1 or found not in DELIMITERS):
        raise Refusal(
            Reason.INVALID_OPTIONS,
            f"{shown(name)!r} is no delimiter. Known: {_KNOWN}.",
            {"option": "delimiter", "value": shown(name)},
        )
    return found


def delimiter_of_sep_line(text: str, declared: str) -> str:
    """The delimiter that a first line `sep=…` sets; '' if `text` is not such a line.

    Raises:
        FileFault: DELIMITER_MISMATCH, if it is not a delimiter, or not the declared one.
    """
    found = _SEP_LINE.fullmatch(text)
    if not found:
        return ""
    delimiter = found[1]
    if delimiter not in DELIMITERS:
        raise FileFault(
            Reason.DELIMITER_MISMATCH,
            f"The first line sets the delimiter {shown(delimiter)!r}, which is none of {_KNOWN}.",
            line=1,
            facts={"found": shown(delimiter)},
        )
    if declared and delimiter != declared:
        raise _mismatch(declared, delimiter, f"its first line names {_WORDS[delimiter]}", 1)
    return delimiter


def delimiter_of(header: str, line: int, declared: str) -> str:
    """The delimiter of a file whose header line is `header`; `declared` may be ''.

    The one that occurs most often outside quotes wins; a file of one column has a comma.

    Raises:
        FileFault: DELIMITER_MISMATCH, if two occur equally often, or if the declared one does not
            occur and another does.
    """
    bare = _QUOTED_CELL.sub("", header)
    counts = {delimiter: bare.count(delimiter) for delimiter in DELIMITERS}
    most = max(counts.values())
    best = [delimiter for delimiter, count in counts.items() if count == most]
    if declared:
        if most and not counts[declared]:
            raise _mismatch(declared, best[0], f"{_WORDS[best[0]]} is in its header", line)
        return declared
    if not most:
        return ","
    if len(best) > 1:
        names = " and ".join(_WORDS[delimiter] for delimiter in best)
        raise FileFault(
            Reason.DELIMITER_MISMATCH,
            f"The header in line {line} can be split at {names}: name the delimiter.",
            line=line,
            facts={"candidates": " ".join(map(_fact, best))},
        )
    return best[0]


def _mismatch(declared: str, suggested: str, why: str, line: int) -> FileFault:
    return FileFault(
        Reason.DELIMITER_MISMATCH,
        f"The delimiter was given as {_WORDS[declared]}, but {why} (line {line}): "
        f"name {_WORDS[suggested]}, or leave the option out.",
        line=line,
        facts={"declared": _fact(declared), "suggested": _fact(suggested)},
    )


def _fact(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter
