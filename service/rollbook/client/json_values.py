"""Converts a message into plain values under its protobuf JSON names."""

from functools import cache
from typing import cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

_WIDE = frozenset({FieldDescriptor.TYPE_INT64, FieldDescriptor.TYPE_UINT64})


def plain(message: Message) -> dict[str, object]:
    """The message as its protobuf JSON: every field, in the contract's order, numbers as numbers.

    Protobuf's own writes 64-bit numbers as text, for the sake of JavaScript; none of ours comes
    near 2**53, and a parser of protobuf JSON takes both.
    """
    as_json = MessageToDict(message, always_print_fields_with_no_presence=True)
    return _ordered(as_json, cast(Descriptor, message.DESCRIPTOR))


def _ordered(as_json: dict[str, object], of: Descriptor) -> dict[str, object]:
    return {
        name: _value(as_json[name], field) if field else as_json[name]
        for name, field in _fields(of)
        if name in as_json
    }


@cache
def _fields(of: Descriptor) -> tuple[tuple[str, FieldDescriptor | None], ...]:
    """Each field's name, and the field where its value is not yet as it should be."""
    return tuple(
        (field.json_name, field if field.type in _WIDE or field.message_type else None)
        for field in of.fields
    )


def _value(value: object, field: FieldDescriptor) -> object:
    inner = field.message_type
    match value:
        case str():  # a number; or a time, which is a message and already text
            return value if inner else int(value)
        case dict() if inner and inner.GetOptions().map_entry:
            wide = inner.fields_by_name["value"].type in _WIDE
            return {key: int(one) for key, one in value.items()} if wide else value
        case dict() if inner:
            return _ordered(value, inner)
        case list():
            return [_value(one, field) for one in value]
    return value
