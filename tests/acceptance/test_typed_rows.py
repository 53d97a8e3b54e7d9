"""Users as typed rows instead of CSV: the same fields, checks and answers."""

from typing import Any

from rollbook.v1 import imports_pb2
from tests.acceptance.asking import made_directory
from tests.acceptance.wire import Peer, end, start

_ROW: dict[str, Any] = {
    "employee_number": "7",
    "email": "ada@example.org",
    "username": "ada",
    "first_name": "Ada",
    "last_name": "Byron",
    "name": "Countess Lovelace",
    "role": "ADMIN",
    "location": "London",
    "organizational_unit": "Sales",
    "job_title": "Analyst",
    "department": "Engines",
    "phone": "+44 20 7946 0001",
    "change_password_next_time": "1",
}


async def test_typed_rows_carry_every_field(peer: Peer) -> None:
    """S08: each field of a typed row is stored as a column's cell is; a map as attributes."""
    directory = await made_directory(peer, location="London", unit="Sales")
    row = imports_pb2.UserRow(**_ROW, attributes={"badge": "B7", "shoe": "43"})
    request = imports_pb2.ImportUsersRequest(rows=imports_pb2.UserRows(rows=[row]))
    answer = await peer.send([start(directory), request, end(total_rows=1)])
    assert answer.rows == {1: "CREATED"}
    assert answer.results[0].row == 1
    stored = (await peer.stored(directory))["7"]
    for name in ("email", "username", "first_name", "last_name", "name"):
        assert stored[name] == _ROW[name]
    for name in ("job_title", "department", "phone"):
        assert stored[name] == _ROW[name]
    assert (stored["role"], stored["location"], stored["unit"]) == ("admin", "London", "Sales")
    assert stored["must_change_password"] is True
    assert stored["attributes"] == '{"shoe": "43", "badge": "B7"}' or sorted(
        stored["attributes"]
    ) == sorted('{"shoe": "43", "badge": "B7"}')


async def test_a_typed_field_that_is_unset_is_an_absent_column(peer: Peer) -> None:
    """An unset field touches nothing; an empty one is a blank cell."""
    directory = await made_directory(peer, location="London", unit="Sales")
    full = imports_pb2.UserRow(**_ROW, attributes={"badge": "B7"})
    identity = {
        name: _ROW[name] for name in ("employee_number", "email", "first_name", "last_name")
    }
    unset = imports_pb2.UserRow(**identity)
    blank = imports_pb2.UserRow(**identity, job_title="", phone="", attributes={"badge": ""})
    for row, said in ((full, "CREATED"), (unset, "UNCHANGED"), (blank, "UPDATED")):
        request = imports_pb2.ImportUsersRequest(rows=imports_pb2.UserRows(rows=[row]))
        answer = await peer.send([start(directory, options={"blanks": "CLEAR"}), request, end()])
        assert answer.rows == {1: said}
    stored = (await peer.stored(directory))["7"]
    assert (stored["job_title"], stored["phone"], stored["department"]) == ("", "", "Engines")
    assert stored["attributes"] == "{}"
    missing = imports_pb2.UserRow(employee_number="8")
    request = imports_pb2.ImportUsersRequest(rows=imports_pb2.UserRows(rows=[missing]))
    answer = await peer.send([start(directory), request, end()])
    assert answer.rows == {
        1: "FAILED "
        + " ".join(f"missing_required_field({f})" for f in ("email", "first_name", "last_name"))
    }


async def test_a_typed_password_is_not_taken_yet(peer: Peer, directory: str) -> None:
    """A filled one is `password_not_allowed`, and is never repeated."""
    row = imports_pb2.UserRow(**_ROW, password="correct horse battery staple")
    row.location = row.organizational_unit = ""
    request = imports_pb2.ImportUsersRequest(rows=imports_pb2.UserRows(rows=[row]))
    answer = await peer.send([start(directory), request, end()])
    assert answer.rows == {1: "FAILED password_not_allowed(password)"}
    assert "battery" not in str(answer.results)


async def test_typed_attributes_have_limits(peer: Peer, directory: str) -> None:
    """64 attributes of 200 code points, each by a name that can be one."""
    for attributes, said in (
        ({f"a{n}": "x" for n in range(64)}, "CREATED"),
        ({f"a{n}": "x" for n in range(65)}, "FAILED too_many_attributes(attributes.a64)"),
        ({"a0": "é" * 200}, "UPDATED"),
        ({"a0": "é" * 201}, "FAILED field_too_long(attributes.a0)"),
    ):
        row = imports_pb2.UserRow(**_ROW, attributes=attributes)
        row.location = row.organizational_unit = ""
        request = imports_pb2.ImportUsersRequest(rows=imports_pb2.UserRows(rows=[row]))
        answer = await peer.send([start(directory), request, end()])
        assert answer.rows[1].split("(")[0] == said.split("(")[0], attributes
    nameless = imports_pb2.UserRow(**_ROW, attributes={" ": "x"})
    request = imports_pb2.ImportUsersRequest(rows=imports_pb2.UserRows(rows=[nameless]))
    answer = await peer.send([start(directory), request, end()])
    assert answer.ending == "INVALID_ARGUMENT/HEADER_UNKNOWN_COLUMN"
