"""`POST /api/admin/users/import` from outside: what it answers, and to whom."""

import json
import uuid
from urllib.parse import urlencode

import pytest

from tests.web.browser import (
    BOUNDARY,
    FORM,
    HEADER,
    IMPORT,
    Site,
    asked,
    begun,
    connected,
    form,
    head,
    part,
    read,
    users,
)

BAD = f"{HEADER}1,a@example.org,Ada,Byron\n2,=broken@,B,C\n3,,D,E\n"


def test_a_file_is_answered_in_the_shape_that_callers_know(site: Site, directory: str) -> None:
    """S73: the line as a spreadsheet counts, the e-mail as written, the reason in words."""
    said = asked(site, IMPORT, form(BAD, {"directory": directory}))
    assert (said.status, said.headers["content-type"]) == (200, "application/json")
    told = said.json
    assert (told["imported"], told["failed"]) == (1, 2)
    assert [(error["row"], error["email"]) for error in told["errors"]] == [
        (3, "=broken@"),
        (4, ""),
    ]
    assert all(error["reason"] for error in told["errors"])
    assert (told["state"], told["rows"], told["created"]) == ("COMPLETED", 3, 1)
    assert told["errorsCut"] is False
    assert _name_of(site, directory, told["id"]) == "staff.csv"
    again = asked(site, IMPORT, form(BAD, {"directory": directory}))
    assert (again.json["imported"], again.json["unchanged"]) == (1, 1)


def test_plain_csv_and_the_query_do_as_well(site: Site, directory: str) -> None:
    """S08: the same rules and options; the charset of the type is the file's encoding."""
    body = "Nr;email;first_name;last_name\n1;a@example.org;Zo\u00eb;B\n".encode("cp1252")
    said = asked(
        site,
        f"{IMPORT}?directory={directory}&column=Nr=employee_number&commit=none&file_name=x%2FZo%C3%AB.csv",
        body,
        content_type="text/csv; charset=windows-1252",
    )
    assert (said.status, said.json["state"], said.json["created"]) == (200, "PREVIEWED", 1)
    assert _name_of(site, directory, said.json["id"]) == "Zo\u00eb.csv"


def _name_of(site: Site, directory: str, import_id: str) -> str:
    """The name of its file; it is found by it, too."""
    name = str(asked(site, f"/api/imports/{import_id}?directory={directory}").json["fileName"])
    found = asked(site, f"/api/imports?{urlencode({'directory': directory, 'fileName': name})}")
    assert import_id in [one["importId"] for one in found.json["imports"]]
    return name


def test_rows_come_as_lines_where_lines_are_asked_for(site: Site, directory: str) -> None:
    """Each row, then the summary: as the command prints them."""
    body = form(BAD, {"directory": directory})
    said = asked(site, IMPORT, body, accept="application/x-ndjson")
    *rows, summary = [json.loads(line) for line in said.body.splitlines()]
    assert sorted((row["line"], row["outcome"]) for row in rows) == [
        (2, "OUTCOME_CREATED"),
        (3, "OUTCOME_FAILED"),
        (4, "OUTCOME_FAILED"),
    ]
    assert (summary["state"], summary["failed"]) == ("IMPORT_STATE_COMPLETED", 2)


def test_the_key_of_a_request_is_the_id_of_its_import(site: Site, directory: str) -> None:
    """S72: sent again it answers the same; with another file it is refused."""
    key = str(uuid.uuid4())
    body = form(BAD, {"directory": directory})
    first, second = (asked(site, IMPORT, body, idempotency_key=key) for _ in range(2))
    assert first.json == second.json
    assert first.json["id"] == key
    other = form(users(7), {"directory": directory})
    assert asked(site, IMPORT, other, idempotency_key=key).status == 409
    found = asked(site, f"/api/imports/{key}?directory={directory}")
    assert (found.status, found.json["importId"]) == (200, key)
    report = asked(site, first.json["report"])
    assert report.headers["content-type"].startswith("text/csv")
    assert b"rollbook_message" in report.body
    assert b"=broken@" in report.body
    unknown = asked(site, f"/api/imports/{uuid.uuid4()}/report?directory={directory}")
    assert (unknown.status, unknown.reason) == (403, "permission_denied")


@pytest.mark.parametrize(
    ("token", "status", "reason"),
    [
        ("", 401, "token_missing"),
        ("nobody-knows-it", 401, "token_invalid"),
        ("reader", 403, "permission_denied"),
    ],
)
def test_who_may_not_import_is_refused_before_the_file_is_read(
    site: Site, directory: str, token: str, status: int, reason: str
) -> None:
    """S01: no `100 Continue` is sent, so a careful client sends no byte of the body."""
    shown = _limited(site, directory) if token == "reader" else token
    lines = {"content_type": "text/csv", "content_length": "1000000", "expect": "100-continue"}
    with connected(site) as connection:
        path = f"{IMPORT}?directory={directory}"
        connection.sendall(head(site, "POST", path, token=shown, **lines))
        said = read(connection)
    assert (said.status, said.reason) == (status, reason)
    assert ("www-authenticate" in said.headers) == (status == 401)
    started = part('name="directory"', directory)
    started += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\n\r\n'
    lines = {"content_type": FORM, "content_length": "1000000"}
    with connected(site) as connection:
        connection.sendall(head(site, "POST", IMPORT, token=shown, **lines) + started.encode())
        said = read(connection)  # while the file's first byte is still to come
    assert (said.status, said.reason) == (status, reason)


def _limited(site: Site, directory: str) -> str:
    """A token that may read imports of the directory, and write none."""
    from tests.acceptance.command import at, rollbook

    said = rollbook(
        *("tokens", "create", "reader", "--scope", "imports:read", "--directory", directory),
        env=at(site.server),
    )
    assert said.code == 0, said.err
    return said.out.split()[-1]


REFUSED = {
    "two files": (form("a", more=part('name="file"; filename="b.csv"', "b")), 400),
    "a field after the file": (form("a", more=part('name="profile"', "default")), 400),
    "no file": (form("a", head='name="upload"'), 400),
    "a file in another field": (form("a", head='name="upload"; filename="a.csv"'), 400),
    "a path": (form("a", head='name="file"; filename="../../etc/passwd"'), 400),
    "a path of Windows": (form("a", head='name="file"; filename="C:\\\\a.csv"'), 400),
    "another name": (form("a", head="name=\"file\"; filename*=UTF-8''a.csv"), 400),
    "two dispositions": (
        form("a", after='Content-Disposition: form-data; name="x"\r\n'),
        400,
    ),
    "base64": (form("a", after="Content-Transfer-Encoding: base64\r\n"), 415),
    "an unknown field": (form("a", {"no_such": "1"}), 400),
    "a field twice": (form("a", {"profile": "default", "Profile": "default"}), 400),
    "a number too long": (form("a", {"only_lines": "9" * 30}), 400),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_form_that_could_be_read_in_two_ways_is_refused(
    site: Site, directory: str, name: str
) -> None:
    body, status = REFUSED[name]
    said = asked(site, f"{IMPORT}?directory={directory}", body)
    assert said.status == status, said.body
    wanted = {"request_malformed", "invalid_options", "unsupported_content"}
    assert said.reason in wanted


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content_encoding": "gzip"}, 415),
        ({"content_type": "application/json"}, 415),
        ({"content_type": "multipart/form-data"}, 400),
        ({"transfer_encoding": "chunked"}, 400),
    ],
)
def test_a_body_of_another_kind_is_refused(
    site: Site, directory: str, headers: dict[str, str], status: int
) -> None:
    """Also one whose length is said twice, in two ways."""
    said = asked(site, f"{IMPORT}?directory={directory}", form(users(1)), **headers)
    assert said.status == status


def test_a_file_that_cannot_be_read_has_the_status_of_its_reason(
    site: Site, directory: str
) -> None:
    said = asked(site, IMPORT, form("no,such\n1,2\n", {"directory": directory}))
    assert (said.status, said.reason) == (422, "header_missing_column")
    assert (said.json["imported"], said.json["errors"]) == (0, [])


@pytest.mark.long
def test_many_errors_are_cut_and_the_report_has_all(site: Site, directory: str) -> None:
    """S71: ten thousand are told, and where the rest are."""
    rows = "".join(f"{n},wrong-{n},A,B\n" for n in range(10_050))
    said = asked(site, IMPORT, form(HEADER + rows, {"directory": directory}))
    told = said.json
    assert (told["failed"], len(told["errors"]), told["errorsCut"]) == (10_050, 10_000, True)
    assert all(error["email"] == f"wrong-{error['row'] - 2}" for error in told["errors"])
    assert asked(site, told["report"]).body.count(b"\n") == 10_051


def test_reasons_are_cut_by_their_length_too(site: Site, directory: str) -> None:
    """S71: two thousand rows may say more than one answer holds; the report has all of it."""
    columns = ",".join(f"shoe {n}" for n in range(30))
    wrong = ",a\x01b" * 30
    rows = "".join(f"{n},r{n}@example.org,A,B{wrong}\n" for n in range(2_000))
    fields = {"directory": directory, "unknown_columns": "STORE"}
    told = asked(site, IMPORT, form(f"{HEADER.rstrip()},{columns}\n{rows}", fields)).json
    assert (told["failed"], told["errorsCut"]) == (2_000, True)
    said = sum(len(error["reason"]) for error in told["errors"])
    assert 4_000_000 < said < 4_100_000
    assert asked(site, told["report"]).body.count(b"\n") == 2_001


def test_rows_that_were_written_before_a_fault_of_the_form_are_counted(
    site: Site, directory: str
) -> None:
    """S73: an answer says of an import what is stored of it, whatever else is wrong."""
    body = form(users(901, 902, 903), more=part('name="profile"', "default"))
    said = asked(site, f"{IMPORT}?directory={directory}", body)
    assert said.status == 400
    found = asked(site, f"/api/imports/{said.json['id']}?directory={directory}").json
    stored = found["summary"]
    assert said.json["state"] == stored["state"].removeprefix("IMPORT_STATE_") == "INTERRUPTED"
    assert "every field comes before it" in said.json["error"]["message"]
    for name in ("rows", "created", "failed"):
        assert said.json[name] == int(stored.get(name, 0)), name


def test_a_key_that_was_used_for_another_file_changes_nothing_of_its_import(
    site: Site, directory: str
) -> None:
    """The answer has the state of the import that there is, and counts of nothing."""
    key = {"idempotency_key": str(uuid.uuid4())}
    path = f"{IMPORT}?directory={directory}"
    first = asked(site, path, form(users(951)), **key)
    assert first.json["state"] == "COMPLETED"
    told = asked(site, path, form(users(952, 953)), **key).json
    assert (told["state"], told["imported"], told["rows"]) == ("COMPLETED", 0, 0)


def test_who_comes_too_soon_is_told_when_to_come_again(site: Site, directory: str) -> None:
    """The same import twice at once, as of somebody who presses a button again."""
    key, body = str(uuid.uuid4()), form(users(961, 962), {"directory": directory})
    lines = {"content_type": FORM, "idempotency_key": key, "content_length": str(len(body))}
    with connected(site) as first:
        first.sendall(head(site, "POST", IMPORT, **lines) + body[:-30])
        begun(site, directory, key)
        second = asked(site, IMPORT, body, idempotency_key=key)
        assert (second.status, second.reason) == (409, "import_already_running")
        assert int(second.headers["retry-after"]) > 0
        first.sendall(body[-30:])
        assert read(first).json["state"] == "COMPLETED"
