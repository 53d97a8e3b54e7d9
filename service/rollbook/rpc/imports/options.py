"""Converts import options between protobuf and `model`. What is unset stays unset."""

from collections.abc import Iterable
from typing import Any

from rollbook.errors import Reason, Refusal
from rollbook.model import LineRange, Options
from rollbook.model.options import CHOICES
from rollbook.v1 import options_pb2, results_pb2


def option_values(message: options_pb2.ImportOptions) -> dict[str, object]:
    """Only what the client set, by the option's name.

    Raises:
        Refusal: INVALID_OPTIONS, a choice that this version does not know.
    """
    found = _choices(message)
    if message.columns:
        found["columns"] = tuple((column.header, column.field) for column in message.columns)
    for name in ("delimiter", "encoding"):
        if text := getattr(message, name):
            found[name] = text
    if message.only_lines:
        found["only_lines"] = ranges(message.only_lines)
    if message.only_outcomes:
        found["only_outcomes"] = outcomes(message.only_outcomes)
    for name in ("include_changes", "max_failed_rows", "encoding_certain", "single_names"):
        if message.HasField(name):
            found[name] = getattr(message, name)
    return found


def _choices(message: options_pb2.ImportOptions) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, choices in CHOICES.items():
        number = getattr(message, name)
        if not number:
            continue
        enum = _enum(name)
        known = enum.values_by_number.get(number)
        if known is None:
            raise Refusal(
                Reason.INVALID_OPTIONS,
                f"{name} = {number} is not a choice of this version.",
                {"option": name, "value": str(number)},
            )
        found[name] = choices(known.name.removeprefix(_prefix(enum.name)))
    return found


def message_of(options: Options) -> options_pb2.ImportOptions:
    """The effective options on the wire."""
    message = options_pb2.ImportOptions(
        delimiter=options.delimiter,
        encoding=options.encoding,
        include_changes=options.include_changes,
        max_failed_rows=options.max_failed_rows,
        encoding_certain=options.encoding_certain,
        single_names=options.single_names,
        columns=[
            options_pb2.ColumnMapping(header=header, field=field)
            for header, field in options.columns
        ],
        only_lines=[
            options_pb2.LineRange(first=some.first, last=some.last) for some in options.only_lines
        ],
        only_outcomes=[f"OUTCOME_{name}" for name in options.only_outcomes],
    )
    for name in CHOICES:
        enum = _enum(name)
        value = enum.values_by_name[_prefix(enum.name) + getattr(options, name).value]
        setattr(message, name, value.number)
    return message


def _enum(option: str) -> Any:
    enum = options_pb2.ImportOptions.DESCRIPTOR.fields_by_name[option].enum_type
    if enum is None:
        raise TypeError(f"{option} is no enum of the contract")
    return enum


def _prefix(enum_name: str) -> str:
    """UnknownRole → UNKNOWN_ROLE_."""
    parts = "".join(f"_{letter}" if letter.isupper() else letter for letter in enum_name)
    return f"{parts.lstrip('_').upper()}_"


def ranges(lines: Iterable[options_pb2.LineRange]) -> tuple[LineRange, ...]:
    """Ranges of lines."""
    return tuple(LineRange(some.first, some.last) for some in lines)


def outcomes(numbers: Iterable[int]) -> tuple[str, ...]:
    """Outcomes by name."""
    return tuple(_outcome_name(number) for number in numbers)


def _outcome_name(number: Any) -> str:
    known = results_pb2.Outcome.DESCRIPTOR.values_by_number.get(number)
    return known.name.removeprefix("OUTCOME_") if known else str(number)
