"""Text that was damaged before it came: U+FFFD warns, and does not overwrite what it was."""

from typing import Any
from uuid import uuid4

import pytest

from rollbook.model import Field, Kind
from rollbook.v1 import imports_pb2, users_pb2
from tests.acceptance.asking import made_directory
from tests.acceptance.wire import HEADER, Peer, end, rows, start, told, user

TEXTS = [
    *(f.value for f in Field if f.traits.kind in {Kind.PERSON_NAME, Kind.TEXT, Kind.PHONE}),
    "username",
    "attributes.ward",
]
WAYS = ("PER_BATCH", "WHOLE_FILE", "typed", "by hand")
_ROW = {"employee_number": "7", "email": "u7@example.org", "first_name": "Ada", "last_name": "B"}


def _fields(row: dict[str, str]) -> dict[str, Any]:
    """The row as fields of the contract."""
    attributes = {n.removeprefix("attributes."): t for n, t in row.items() if "." in n}
    return {n: t for n, t in row.items() if "." not in n} | {"attributes": attributes}


async def sent(peer: Peer, directory: str, way: str, **cells: str) -> str:
    """Import one user by that way: how its row ended."""
    row = _ROW | cells
    if way == "by hand":
        request = users_pb2.WriteUserRequest(
            directory=directory,
            request_id=str(uuid4()),
            row=imports_pb2.UserRow(**_fields(row)),
        )
        return told((await peer.ask(peer.users.WriteUser, request)).result)
    if way == "typed":
        answer = await peer.send([start(directory), rows(_fields(row)), end()])
    else:
        mapped = {name: name for name in row if "." in name}
        options: dict[str, Any] = {"commit": way, "columns": mapped}
        content = f"{','.join(row)}\n{','.join(row.values())}\n"
        answer = await peer.send_file(directory, content, options=options)
    (line,) = answer.rows.values()
    return line


async def stored(peer: Peer, directory: str, field: str) -> str:
    """What is stored in that field of the user."""
    found = (await peer.stored(directory))["7"]
    text: str = found["attributes"] if "." in field else found[field]
    return text


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("field", TEXTS)
@pytest.mark.few(8)
async def test_damage_does_not_overwrite_what_it_was(peer: Peer, field: str, way: str) -> None:
    """Every text field, every writer: one U+FFFD a character or a byte of it, not more of them."""
    directory = await peer.new_directory()
    warned = f"replacement_character({field})"
    assert await sent(peer, directory, way, **{field: "x_Jürgen%"}) == "CREATED"
    before = await stored(peer, directory, field)
    for text in ("x_J\ufffdrgen%", "x_J\ufffd\ufffdrgen%", "x\ufffdJ\ufffdrgen\ufffd"):
        assert await sent(peer, directory, way, **{field: text}) == f"UNCHANGED {warned}"
    assert await stored(peer, directory, field) == before
    other = "x-J\ufffdrgen%"  # `_` is no wildcard, and this differs in another place
    assert await sent(peer, directory, way, **{field: other}) == f"UPDATED {warned}"
    assert other in (await stored(peer, directory, field))
    assert await sent(peer, directory, way, **{field: "Jürgen"}) == "UPDATED"
    for text in ("J\ufffdgen", "J\ufffdrgens", "\ufffda", "Jü\ufffdrgen"):
        assert await sent(peer, directory, way, **{field: text}) == f"UPDATED {warned}"
        assert await sent(peer, directory, way, **{field: "Jürgen"}) == "UPDATED"


async def test_damage_beside_a_change_keeps_the_damaged_field(peer: Peer) -> None:
    """The rest of the row is applied; in a preview, too, whose changes do not name the field."""
    directory = await peer.new_directory()
    columns = "employee_number,email,first_name,last_name,department\n"
    await peer.send_file(directory, columns + "7,u7@example.org,Zoë,Müller,A\n8,b@x.org,A,B,\n")
    damaged = columns + "7,u7@example.org,Zo\ufffd,M\ufffdller,B\n8,b@x.org,A,B,\n"
    for commit in ("NONE", "WHOLE_FILE"):
        options = {"commit": commit, "include_changes": True}
        answer = await peer.send_file(directory, damaged, options=options)
        (changed,) = [one for one in answer.results if one.line == 2]
        (change,) = changed.changes
        assert (change.field, change.old_value, change.new_value) == ("department", "A", "B")
        assert answer.rows[3] == "UNCHANGED"
    found = (await peer.stored(directory))["7"]
    assert (found["first_name"], found["last_name"], found["department"]) == ("Zoë", "Müller", "B")


async def test_a_parked_row_keeps_it_too(peer: Peer) -> None:
    """Two users swap addresses, so that their rows wait for the end of the file."""
    directory = await peer.new_directory()
    await peer.send_file(directory, HEADER + user(1, last_name="Müller") + user(2))
    swapped = user(1, last_name="M\ufffdller", email="u2@example.org")
    answer = await peer.send_file(
        directory, HEADER + swapped + user(2, email="u1@example.org", last_name="Néw\ufffd")
    )
    assert answer.rows == {
        2: "UPDATED replacement_character(last_name)",
        3: "UPDATED replacement_character(last_name)",
    }
    found = await peer.stored(directory)
    assert [found[n]["last_name"] for n in ("1", "2")] == ["Müller", "Néw\ufffd"]


async def test_a_new_user_and_a_key_are_warned_of(peer: Peer) -> None:
    """A new name is stored as it is; an address or number with U+FFFD is refused besides."""
    directory = await peer.new_directory()
    content = HEADER + user(1, first_name="Zo\ufffd") + user(2, email="zo\ufffd@example.org")
    answer = await peer.send_file(directory, content + user("3\ufffd"))
    assert answer.rows == {
        2: "CREATED replacement_character(first_name)",
        3: "FAILED invalid_email(email) replacement_character(email)",
        4: "FAILED invalid_employee_number(employee_number)"
        " replacement_character(employee_number)"
        " invalid_email(email) replacement_character(email)",
    }
    assert "U+FFFD" in answer.issue(2, "replacement_character").message


@pytest.mark.parametrize(
    ("option", "column", "code"),
    [
        ("unknown_location", "location", "location_unknown_ignored"),
        ("unknown_unit", "organizational_unit", "unit_unknown_ignored"),
    ],
)
async def test_no_place_is_made_of_a_damaged_name(
    peer: Peer, option: str, column: str, code: str
) -> None:
    """With CREATE the user's place stays, as with WARN."""
    directory = await made_directory(peer, location="Zürich", unit="Zürich")
    header = f"employee_number,email,first_name,last_name,{column}\n"
    row = "1,u1@example.org,Ada,Byron,{}\n"
    await peer.send_file(directory, header + row.format("Zürich"))
    for commit in ("PER_BATCH", "WHOLE_FILE"):
        answer = await peer.send_file(
            directory,
            header + row.format("Z\ufffdrich"),
            options={option: "CREATE", "commit": commit},
        )
        assert answer.rows == {2: f"UNCHANGED replacement_character({column}) {code}({column})"}
    kept = {"location": "location", "organizational_unit": "unit"}[column]
    assert (await peer.stored(directory))["1"][kept] == "Zürich"
