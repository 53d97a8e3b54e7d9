"""Resolves the role, location and unit of a row by the directory and the options."""

from tests.model.oracle.keys import name_key
from tests.model.oracle.values import Directory, Location, Options, Row


def named(row: Row, directory: Directory, options: Options) -> None:
    """Replace the row's texts by names of the directory; add issues for unknown ones."""
    if options.unknown_role == "IGNORE_COLUMN":
        row.values.pop("role", None)
    if row.failed:
        return
    if text := row.value("role"):
        row.values["role"] = _role(row, text, directory, options)
    if text := row.value("location"):
        row.values["location"] = _location(row, text, directory, options)
    if text := row.value("organizational_unit"):
        row.values["organizational_unit"] = _unit(row, text, directory, options)


def _role(row: Row, text: str, directory: Directory, options: Options) -> str | None:
    for role in directory.roles:
        if name_key(text) in map(name_key, (role.name, *role.aliases)):
            return role.name
    row.say("role_defaulted" if options.unknown_role == "DEFAULT" else "invalid_role", "role")
    return None


def _location(row: Row, text: str, directory: Directory, options: Options) -> str | None:
    found = [place for place in directory.locations if name_key(text) in _meant(place)]
    if len(found) == 1:
        return found[0].name
    if found:
        row.say("invalid_location", "location", reason="ambiguous")
    elif options.unknown_location == "CREATE" and "\ufffd" not in text:
        row.made_location = text
    elif options.unknown_location != "REJECT":
        row.say("location_unknown_ignored", "location")
    else:
        row.say("invalid_location", "location", reason="unknown")
    return None


def _meant(place: Location) -> set[str]:
    return {name_key(text) for text in (place.name, place.code, *place.aliases) if text}


def _unit(row: Row, text: str, directory: Directory, options: Options) -> str | None:
    for unit in directory.units:
        if name_key(unit) == name_key(text):
            return unit
    if options.unknown_unit == "CREATE" and "\ufffd" not in text:
        row.made_unit = text
    elif options.unknown_unit != "REJECT":
        row.say("unit_unknown_ignored", "organizational_unit")
    else:
        row.say("unknown_organizational_unit", "organizational_unit")
    return None
