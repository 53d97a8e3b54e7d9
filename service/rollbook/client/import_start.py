"""Makes the ImportStart of an import from plain Python values."""

import re
import uuid
from collections.abc import Mapping, Sequence

from google.protobuf.json_format import ParseDict, ParseError

from rollbook.v1.imports_pb2 import ImportStart
from rollbook.v1.options_pb2 import ImportOptions

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_FIELDS = ImportOptions.DESCRIPTOR.fields_by_name

OptionValue = str | int | bool | Sequence[str] | Mapping[str, str]


def new_import(
    directory: str = "main",
    *,
    profile: str = "",
    source: str = "",
    options: ImportOptions | None = None,
    import_id: str = "",
    file_name: str = "",
) -> ImportStart:
    """What opens an import; `import_id` is a new one where none is given.

    `file_name` is listed with it; bytes of a name that are no text become `?`.
    """
    return ImportStart(
        import_id=import_id or str(uuid.uuid4()),
        directory=directory,
        profile=profile,
        source=source,
        options=options,
        file_name=file_name.encode("utf-8", "replace").decode(),
    )


def import_options(**given: OptionValue) -> ImportOptions:
    """The options by the names and words of the contract, in any case: `commit="whole_file"`.

    `columns` maps headers to fields; `only_lines` is text such as `2-9,12`; `only_outcomes` are
    outcomes, separated by commas. Numbers and truth may be text too.

    Raises:
        ValueError: an unknown name or value; the message lists the valid ones.
    """
    as_json = {name: _as_json(name, value) for name, value in given.items()}
    try:
        return ParseDict(as_json, ImportOptions())
    except ParseError as wrong:  # such as a line number that has too many digits
        raise ValueError(f"the options cannot be read: {wrong}") from None


def option_values(name: str) -> list[str]:
    """The words that the option `name` may be, or may be of; empty where it is free.

    Raises:
        ValueError: there is no such option; the message lists the options.
    """
    return [word for word, _ in _words(name)]


def _words(name: str) -> list[tuple[str, str]]:
    """As `option_values`, each with the contract's own name of it."""
    if name not in _FIELDS:
        raise ValueError(f"there is no option {name}; known: {', '.join(sorted(_FIELDS))}")
    closed = _FIELDS[name].enum_type
    if closed is None:
        return []
    prefix = closed.values[0].name.removesuffix("UNSPECIFIED")
    return [(value.name.removeprefix(prefix), value.name) for value in closed.values[1:]]


def _as_json(name: str, value: OptionValue) -> object:
    """The option as its protobuf JSON."""
    words = dict(_words(name))
    match name:
        case "only_outcomes":
            given = value.split(",") if isinstance(value, str) else list(_several(name, value))
            return [_word(name, one, words) for one in given]
        case "columns":
            return _columns(value)
        case "only_lines":
            return [_range(part.strip()) for part in str(value).split(",")]
        case "include_changes" | "encoding_certain" | "single_names":
            return _truth(name, value)
        case "max_failed_rows":
            return _count(name, value)
    return _word(name, str(value), words) if words else str(value)


def _word(name: str, value: str, words: Mapping[str, str]) -> str:
    word = value.strip().upper().replace("-", "_")
    if word not in words:
        raise ValueError(f"{name} is {value!r}, but must be one of {', '.join(words)}")
    return words[word]


def _several(name: str, value: OptionValue) -> Sequence[str]:
    if isinstance(value, Sequence):
        return value
    raise ValueError(f"{name} must be several words, separated by commas")


def _columns(value: OptionValue) -> list[dict[str, str]]:
    if not isinstance(value, Mapping):
        raise ValueError("columns must map each header to the field that it feeds")
    return [{"header": header, "field": field} for header, field in value.items()]


def _range(part: str) -> dict[str, int]:
    found = _RANGE.fullmatch(part)
    if found is None:
        raise ValueError(f"only_lines has {part!r}, but must be lines such as 2-9,12")
    return {"first": int(found[1]), "last": int(found[2] or found[1])}


def _truth(name: str, value: OptionValue) -> bool:
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(f"{name} is {value!r}, but must be true or false")
    return word in _TRUE


def _count(name: str, value: OptionValue) -> int:
    word = str(value).strip()
    if not (word.isdecimal() and int(word) < 2**63):
        raise ValueError(f"{name} is {value!r}, but must be a whole number, 0 or more")
    return int(word)
