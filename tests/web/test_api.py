"""The API for programs beside the upload: imports, rows, users and samples, by plain requests."""

import json
import uuid
from collections.abc import Mapping

import pytest

from tests.acceptance.command import at, rollbook
from tests.web.browser import IMPORT, Answered, Site, asked, form, users

_MISSING = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def directory(site: Site) -> str:
    """A directory with users 1 to 3, whose import had a wrong row."""
    name = f"d{uuid.uuid4().hex[:12]}"
    made = rollbook("directories", "add", name, env=at(site.server))
    assert made.code == 0, made.err
    content = users(1, 2, 3) + "4,wrong,Ada,Byron\n"
    answer = asked(site, IMPORT, form(content, {"directory": name}))
    assert answer.json["created"] == 3
    return name


def _put(site: Site, path: str, body: object, **headers: str) -> Answered:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"content_type": "application/json", "method": "PUT", **headers}
    return asked(site, path, raw, **given)


def _imports(site: Site, directory: str) -> list[Mapping[str, str]]:
    found: list[Mapping[str, str]] = asked(site, f"/api/imports?directory={directory}").json[
        "imports"
    ]
    return found


def test_s74_imports_are_listed_and_their_rows_read_later(site: Site, directory: str) -> None:
    """S74: by state and page; each row with its outcome, its cells and its issues."""
    [one] = [found for found in _imports(site, directory) if found["profile"] == "default"][-1:]
    assert one["state"] == "IMPORT_STATE_COMPLETED"
    none = asked(site, f"/api/imports?directory={directory}&state=RUNNING").json
    assert none["imports"] == []
    path = f"/api/imports/{one['importId']}/rows?directory={directory}"
    rows = asked(site, f"{path}&outcomes=FAILED").json
    assert [row["result"]["line"] for row in rows["rows"]] == [5]
    assert rows["rows"][0]["cells"] == ["4", "wrong", "Ada", "Byron"]
    assert [column["field"] for column in rows["columns"]][:2] == ["employee_number", "email"]
    first = asked(site, f"{path}&pageSize=2").json
    assert len(first["rows"]) == 2
    second = asked(site, f"{path}&pageSize=2&pageToken={first['nextPageToken']}").json
    assert [row["result"]["line"] for row in second["rows"]] == [4, 5]


def test_s76_users_are_found_by_whatever_they_are_called(site: Site, directory: str) -> None:
    """S75, S76: by text and import; one by the employee number, also with a slash in it."""
    path = f"/api/users?directory={directory}"
    found = asked(site, f"{path}&text=u2@").json["users"]
    assert [user["employeeNumber"] for user in found] == ["2"]
    assert asked(site, f"{path}&status=suspended").json["users"] == []
    one = asked(site, f"/api/users/2?directory={directory}").json
    assert one["email"] == "u2@example.org"
    row = {"email": "slash@example.org", "firstName": "S", "lastName": "L"}
    made = _put(site, f"/api/users/A/7?directory={directory}", row)
    assert made.json["result"]["outcome"] == "OUTCOME_CREATED"
    assert asked(site, f"/api/users/A/7?directory={directory}").json["email"] == row["email"]


def test_s78_a_user_is_written_by_hand(site: Site, directory: str) -> None:
    """S78: created, then unchanged; a row that is refused has its issues, and status 422."""
    path = f"/api/users/20?directory={directory}"
    row = {"email": "u20@example.org", "firstName": "Ada", "lastName": "Byron"}
    assert (
        _put(site, f"{path}&validateOnly=true", row).json["result"]["outcome"] == "OUTCOME_CREATED"
    )
    assert asked(site, path).status == 404
    assert _put(site, path, row).json["result"]["outcome"] == "OUTCOME_CREATED"
    assert _put(site, path, row).json["result"]["outcome"] == "OUTCOME_UNCHANGED"
    refused = _put(site, path, {"email": "wrong"})
    assert refused.status == 422
    assert refused.json["result"]["issues"][0]["code"] == "invalid_email"


def test_locks_and_status_are_set(site: Site, directory: str) -> None:
    """S42: what the body does not name stays; a suspended user is found as one."""
    path = f"/api/users/3/%s?directory={directory}"
    assert _put(site, path % "locks", {"role": True}).json["locks"]["role"]
    assert _put(site, path % "locks", {"location": True}).json["locks"]["role"]
    suspended = asked(site, path % "suspend", b"", content_type="text/plain")
    assert suspended.json["status"] == "USER_STATUS_SUSPENDED"
    found = asked(site, f"/api/users?directory={directory}&status=SUSPENDED").json["users"]
    assert [user["employeeNumber"] for user in found] == ["3"]
    again = asked(site, path % "reactivate", b"", content_type="text/plain")
    assert again.json["status"] == "USER_STATUS_ACTIVE"


def test_a_sample_is_a_file_to_start_from(site: Site, directory: str) -> None:
    """Of each profile; of one that there is not, a reason."""
    answer = asked(site, f"/api/samples/default?directory={directory}")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.body.startswith(b"employee_number,")
    assert asked(site, f"/api/samples/none?directory={directory}").status in {400, 404}


def test_an_import_goes_on_alone_for_who_does_not_wait(site: Site, directory: str) -> None:
    """S73: `Prefer: respond-async` is 202 and an address; there it ends by itself."""
    body = form(users(*range(100, 140)), {"directory": directory})
    taken = asked(site, IMPORT, body, prefer="return=minimal, respond-async")
    assert taken.status == 202
    address = taken.headers["location"]
    assert taken.json["import"] == address
    for _ in range(300):
        found = asked(site, address).json
        if found["state"] != "IMPORT_STATE_RUNNING":
            break
    assert (found["state"], found["summary"]["created"]) == ("IMPORT_STATE_COMPLETED", 40)


@pytest.mark.parametrize(
    "path",
    [
        "/api/imports?nothing=1",
        "/api/imports?state=GONE",
        "/api/imports?pageSize=many",
        "/api/imports?pageSize=1&pageSize=2",
        "/api/imports?pageToken=forged",
        f"/api/imports/{_MISSING}?outcome=FAILED",
        f"/api/imports/{_MISSING}/rows?outcomes=GONE",
        "/api/users?createdFrom=yesterday",
        "/api/users?status=",
        "/api/users/1?by=email",
        "/api/samples/default?profile=x",
    ],
)
def test_a_query_that_means_nothing_is_refused_by_name(
    site: Site, directory: str, path: str
) -> None:
    """400 and which name it is, never another answer than was asked for."""
    joined = "&" if "?" in path else "?"
    answer = asked(site, f"{path}{joined}directory={directory}")
    assert answer.status == 400
    name = path.partition("?")[2].partition("=")[0]
    assert name in str(answer.json["error"]["message"]) or name == "pageToken"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b'{"email":"a@example.org","email":"b@example.org"}', 400),
        (b'{"email":1}', 400),
        (b'{"emial":"a@example.org"}', 400),
        (b'{"email":null}', 422),
        (b'{"attributes":{"a":{}}}', 400),
        (b'{"employeeNumber":"2"}', 400),
        (b'{"firstName":"A","first_name":"B"}', 400),
        (b'{"email":"\xff"}', 400),
        (b'{"email":"\\ud800"}', 400),
        (b'{"\\ud800":"a"}', 400),
        (b"[" * 100_000, 400),
        (b'{"email":"' + b"x" * 1_100_000 + b'"}', 400),
    ],
    ids=[
        *("empty", "list", "cut", "twice", "number", "unknown", "null", "nested", "another"),
        *("both spellings", "bytes", "half a pair", "half a name", "deep", "long"),
    ],
)
def test_a_body_that_is_no_row_is_refused(
    site: Site, directory: str, body: bytes, status: int
) -> None:
    """Never a traceback; nothing is written."""
    path = f"/api/users/99?directory={directory}"
    assert _put(site, path, body).status == status
    assert asked(site, path).status == 404


@pytest.mark.parametrize("part", ["", "/rows", "/report"])
def test_p51_an_import_that_is_not_there_is_answered_as_a_directory_that_is_not(
    site: Site, directory: str, part: str
) -> None:
    """P51: 403 with the same bytes, which the description says; a user who is not there is 404."""
    of_this = asked(site, f"/api/imports/{_MISSING}{part}?directory={directory}")
    of_none = asked(site, f"/api/imports/{_MISSING}{part}?directory=none")
    assert (of_this.status, of_this.reason) == (403, "permission_denied")
    assert (of_none.status, of_none.body) == (403, of_this.body)
    assert asked(site, f"/api/users/nobody?directory={directory}").status == 404
    described = json.loads(asked(site, "/api/openapi.json").body)
    answers = described["paths"][f"/api/imports/{{id}}{part}"]["get"]["responses"]
    assert (
        "import" in described["components"]["responses"][answers["403"]["$ref"][23:]]["description"]
    )


def test_what_is_no_json_is_not_read_as_json(site: Site, directory: str) -> None:
    """415: a form of another page cannot write a user."""
    answer = _put(site, f"/api/users/98?directory={directory}", {}, content_type="text/plain")
    assert (answer.status, answer.reason) == (415, "unsupported_content")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/imports"),
        ("GET", f"/api/imports/{_MISSING}/rows"),
        ("GET", "/api/users"),
        ("GET", "/api/users/1"),
        ("PUT", "/api/users/1"),
        ("PUT", "/api/users/1/locks"),
        ("POST", "/api/users/1/suspend"),
        ("POST", "/api/users/1/reactivate"),
        ("GET", "/api/samples/default"),
    ],
)
def test_each_address_needs_a_token(site: Site, method: str, path: str) -> None:
    """P51: 401 without one, and with one that is none; a session's cookie is none here."""
    body = b"{}" if method != "GET" else None
    for token in ("", "wrong"):
        answer = asked(
            *(site, path, body),
            method=method,
            token=token,
            content_type="application/json",
            cookie="__Host-rollbook=x",
        )
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == "Bearer"
