"""Every operation of the description, by requests that fit it and by others that do not.

The requests are made by schemathesis from `/api/openapi.json`, and always the same.
"""

import json
from collections.abc import Mapping
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi.loaders import from_dict
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi import checks

from rollbook.errors import VERDICTS
from tests.docs.pages import ROOT
from tests.web.browser import IMPORT, Site, asked, form, users
from tests.web.person import new_directory

_DESCRIBED = json.loads((ROOT / "service/rollbook/web/api/openapi.json").read_bytes())
_OPERATIONS = [
    (method.upper(), path) for path, methods in _DESCRIBED["paths"].items() for method in methods
]
_EXAMPLES, _MORE = 60, 200
"""Requests of each operation, of either kind."""
_CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
_HEADERS = (
    "employee_number,email,first_name,last_name",
    "employee_number;email;name;role;location",
    "employee_number,email,first_name,last_name,password",
    "first_name,last_name",
    "",
)
_CELLS = st.one_of(
    st.integers(0, 20).map(str),
    st.integers(0, 20).map("u{}@example.org".format),
    st.sampled_from(["", "Ada", '"', "Manager", "é", "\0", "=1+1", "'", "\r"]),
    st.text(max_size=20),
)
_FILES = st.builds(
    lambda header, rows: "\n".join([header, *(",".join(row) for row in rows), ""]),
    st.sampled_from(_HEADERS),
    st.lists(st.lists(_CELLS, max_size=5), max_size=5),
)
_ROWS = st.fixed_dictionaries(
    {"email": st.just("ada@example.org"), "firstName": _CELLS, "lastName": st.just("Byron")},
    optional={"jobTitle": _CELLS, "location": _CELLS, "attributes": st.just({"a": "b"})},
)


@pytest.fixture(scope="module")
def directory(site: Site) -> str:
    """A directory of these tests' own."""
    return new_directory(site)


@schemathesis.serializer("text/csv")
def _csv(_context: object, value: object) -> bytes:
    """A body that is said to be CSV."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def known(site: Site, directory: str) -> Mapping[str, str]:
    """What stands in addresses, by the parameter, and is there."""
    content = users(*range(10)) + "11,wrong,Ada,Byron\n"
    answer = asked(site, IMPORT, form(content, {"directory": directory}))
    assert answer.status == 200
    return {"id": answer.json["id"], "number": "1", "profile": "default"}


@pytest.fixture(scope="module")
def schema(site: Site) -> BaseSchema:
    """The description as it is served."""
    served = asked(site, "/api/openapi.json", token="").json
    return from_dict(served, config=schemathesis.Config())


def _cases(
    operation: APIOperation[Any, Any, Any, Any],
    mode: GenerationMode,
    directory: str,
    known: Mapping[str, str],
) -> st.SearchStrategy[Case[Any]]:
    """Requests for anything, and for what is there; some with a file or a row that could be."""
    free = operation.as_strategy(generation_mode=mode)
    if not operation.query:
        return free
    inside = {one.name: known[one.name] for one in operation.path_parameters}
    ours = operation.as_strategy(
        generation_mode=mode, query={"directory": directory}, path_parameters=inside or None
    )
    if not operation.body or mode is GenerationMode.NEGATIVE:
        return st.one_of(ours, free)
    return st.one_of(ours, free, st.builds(_likely, ours, _FILES, _ROWS, st.booleans()))


def _likely(case: Case[Any], file: str, row: Mapping[str, str], alone: bool) -> Case[Any]:
    """The request with this file or row; if it is to be `alone`, in the directory, as it is."""
    if alone:
        case.query = {"directory": case.query["directory"]}
        case.headers.clear()
    if case.media_type == "text/csv":
        case.body = file
    elif case.media_type == "multipart/form-data":
        case.body = {**({} if alone else cast(dict[str, Any], case.body)), "file": file}
    elif alone and "{number}" in case.path and not case.path.endswith("/locks"):
        case.body = dict(row)
    return case


def _try(
    site: Site, cases: st.SearchStrategy[Case[Any]], examples: int, token: str
) -> dict[int, int]:
    """Send the requests; how many had each status.

    Raises:
        AssertionError: an answer is not as it is described; with the request as a line of curl.
    """
    seen: dict[int, int] = {}
    bearer = {"Authorization": f"Bearer {token}"} if token else {}

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def ask(case: Case[Any]) -> None:
        answer = case.call(base_url=site.url, headers=bearer, timeout=30)
        case.validate_response(answer, checks=_CHECKS, headers=bearer)
        seen[answer.status_code] = seen.get(answer.status_code, 0) + 1

    ask()
    return seen


def _walk(
    site: Site,
    schema: BaseSchema,
    where: tuple[str, str],
    directory: str,
    known: Mapping[str, str],
    examples: int,
) -> None:
    method, path = where
    operation = schema[path][method]
    positive = _cases(operation, GenerationMode.POSITIVE, directory, known)
    seen = _try(site, positive, examples, site.server.token)
    assert any(status < 300 for status in seen), seen
    if operation.query or operation.body:
        negative = _cases(operation, GenerationMode.NEGATIVE, directory, known)
        seen = _try(site, negative, examples, site.server.token)
        assert any(status >= 400 for status in seen), seen
        stranger = _try(site, positive, 10, "")
        assert set(stranger) - {400, 415} == {401}  # what is wrong with the request may come first


@pytest.mark.parametrize("examples", [_EXAMPLES, pytest.param(_MORE, marks=pytest.mark.long)])
@pytest.mark.parametrize("where", _OPERATIONS, ids=" ".join)
def test_each_operation_answers_as_it_is_described(
    site: Site,
    schema: BaseSchema,
    where: tuple[str, str],
    directory: str,
    known: Mapping[str, str],
    examples: int,
) -> None:
    """S73: no 5xx, no other status, and bodies that fit; some are taken, and some refused."""
    _walk(site, schema, where, directory, known, examples)


def test_each_status_that_is_described_is_that_of_a_reason() -> None:
    """One by one, so that a new one is missed; what needs a token may refuse it."""
    of_reasons = {str(verdict.http) for verdict in VERDICTS.values()}
    for method, path in _OPERATIONS:
        operation = _DESCRIBED["paths"][path][method.lower()]
        statuses = set(operation["responses"])
        assert {one for one in statuses if one >= "400"} <= of_reasons, path
        if operation.get("security") != []:
            assert {"400", "401", "403", "500", "503"} <= statuses, path
