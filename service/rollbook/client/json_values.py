"""Converts a message into plain values under its protobuf JSON names, and back; their schemas."""

from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from google.protobuf.message import Message

Filled = TypeVar("Filled", bound=Message)
_MOST_SHOWN = 100
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


_TYPES = {
    FieldDescriptor.CPPTYPE_STRING: "string",
    FieldDescriptor.CPPTYPE_BOOL: "boolean",
    FieldDescriptor.CPPTYPE_FLOAT: "number",
    FieldDescriptor.CPPTYPE_DOUBLE: "number",
}
"""Types of JSON Schema; what is missing is a whole number."""
_AS_TEXT = {"google.protobuf.Timestamp": {"type": "string", "format": "date-time"}}


def json_schemas(*messages: type[Message]) -> dict[str, dict[str, object]]:
    """The JSON Schemas of what `plain` makes of these messages, and of those in them, by name."""
    found: dict[str, dict[str, object]] = {}
    waiting = [cast(Descriptor, one.DESCRIPTOR) for one in messages]
    while waiting:
        of = waiting.pop()
        within = [field.message_type for field in of.fields if field.message_type]
        if not of.GetOptions().map_entry:
            if of.name in found or of.full_name in _AS_TEXT:
                continue
            found[of.name] = {
                "type": "object",
                "required": [one.json_name for one in of.fields if not one.has_presence],
                "properties": {one.json_name: _schema(one) for one in of.fields},
            }
        waiting += within
    return found


def _schema(field: FieldDescriptor) -> dict[str, object]:
    if not field.is_repeated:
        return _schema_of_one(field)
    if field.message_type and field.message_type.GetOptions().map_entry:
        value = field.message_type.fields_by_name["value"]
        return {"type": "object", "additionalProperties": _schema_of_one(value)}
    return {"type": "array", "items": _schema_of_one(field)}


def _schema_of_one(field: FieldDescriptor) -> dict[str, object]:
    if field.enum_type:
        return {"enum": [value.name for value in field.enum_type.values]}
    if of := field.message_type:
        return dict(_AS_TEXT.get(of.full_name, {"$ref": f"#/components/schemas/{of.name}"}))
    return {"type": _TYPES.get(field.cpp_type, "integer")}


def filled(message: Filled, given: Mapping[str, object]) -> Filled:
    """The message with these fields, each as its protobuf JSON, or as the text of that.

    Names are those of the contract, in either spelling; an enum's value may be without its prefix.

    Raises:
        ValueError: there is no such field, it cannot be that, or it is named in both spellings;
            the message names it.
    """
    names: dict[str, str] = {}
    fields = {one.name: one for one in message.DESCRIPTOR.fields}
    for name, value in given.items():
        field = fields.get(snake_case(name))
        if field is None:
            raise ValueError(f"there is no {name}; known: {', '.join(sorted(fields))}")
        if (other := names.setdefault(field.name, name)) != name:
            raise ValueError(f"{other} and {name} are one field, and it is given twice")
        try:
            ParseDict({field.name: _json_of(value, field)}, message)
        except ParseError:
            raise ValueError(f"{name} cannot be {_shown(value)}{_choices(field)}") from None
    return message


def snake_case(name: str) -> str:
    """A name of protobuf JSON as the contract writes it: `pageSize` is `page_size`."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name.replace("-", "_"))


def _json_of(value: object, field: Any) -> object:
    if isinstance(value, list):
        return [_json_of(one, field) for one in value]
    if isinstance(value, str):
        if field.enum_type:
            word = value.upper().replace("-", "_")
            prefix = _prefix(field)
            return word if word.startswith(prefix) else prefix + word
        if field.type == FieldDescriptor.TYPE_BOOL:
            return {"true": True, "false": False}.get(value.lower(), value)
    return value


def _prefix(field: Any) -> str:
    return str(field.enum_type.values[0].name.removesuffix("UNSPECIFIED"))


def _choices(field: Any) -> str:
    if field.enum_type is None:
        return ""
    words = [one.name.removeprefix(_prefix(field)) for one in field.enum_type.values[1:]]
    return f"; it must be one of {', '.join(words)}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
