"""Makes the start of an import from the query, the form's fields and the headers."""

from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers

from rollbook.client import import_options, new_import
from rollbook.errors import Reason, Refusal
from rollbook.v1.imports_pb2 import ImportStart

_OF_THE_START = ("directory", "profile", "source", "file_name")
_COLUMN = "column"
_NO_NAMES = ("there ", "the ", "users ")


def import_start(
    pairs: Iterable[tuple[str, str]], headers: Headers, charset: str = ""
) -> ImportStart:
    """The start of an import: `directory`, `profile`, `source`, `file_name`, columns and options.

    A column is `column=HEADER=FIELD`.
    Options have the names and words of the contract, `-` for `_` if one likes. `charset` is the
    file's encoding by its content type. The header `Idempotency-Key` is the import's id.

    Raises:
        Refusal: INVALID_OPTIONS, a name or value that there is not, or one that is given twice.
    """
    named: dict[str, str] = {}
    columns: dict[str, str] = {}
    for given, value in pairs:
        name = given.strip().lower().replace("-", "_")
        if name == _COLUMN:
            header, equals, field = value.rpartition("=")
            if not (equals and header and field) or header in columns:
                raise wrong_option(
                    f"column is {value!r}: it must be HEADER=FIELD, each header once"
                )
            columns[header] = field.strip()
        elif name in named:
            raise wrong_option(f"{name} is given twice")
        else:
            named[name] = value
    of_start = {name: named.pop(name) for name in _OF_THE_START if name in named}
    if charset:
        named.setdefault("encoding", charset)
    if "columns" in named:
        raise wrong_option("columns are given by column=HEADER=FIELD, one a column")
    try:
        options = import_options(**named, **({"columns": columns} if columns else {}))
    except ValueError as wrong:
        raise wrong_option(str(wrong)) from None
    return new_import(
        of_start.get("directory") or "main",
        profile=of_start.get("profile", ""),
        source=of_start.get("source", ""),
        options=options,
        import_id=_only(headers.getlist("idempotency-key")),
        file_name=of_start.get("file_name", ""),
    )


def _only(keys: Sequence[str]) -> str:
    if len(keys) > 1:
        raise wrong_option("there are several headers Idempotency-Key")
    return keys[0].strip() if keys else ""


def wrong_option(why: str) -> Refusal:
    """INVALID_OPTIONS as a sentence: with a capital, unless the name of an option is first."""
    begins = why[:1].upper() + why[1:] if why.startswith(_NO_NAMES) else why
    return Refusal(Reason.INVALID_OPTIONS, f"{begins}.")
