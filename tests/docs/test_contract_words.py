"""`proto/README.md` lists every reason, status, code and limit of the code, and no other."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor import EnumDescriptor

from rollbook.errors import VERDICTS
from rollbook.model import WARNINGS, Code, State
from rollbook.settings import Settings
from rollbook.users.disclosure import HOLDER, HOLDER_STATUS
from rollbook.v1 import (
    credentials_pb2,
    imports_pb2,
    notifications_pb2,
    options_pb2,
    results_pb2,
    users_pb2,
)

PAGE = Path(__file__).parents[2] / "proto/README.md"
UNITS = {"": 1, " KiB": 1024, " MiB": 1024**2, " s": 1}


def rows(first_column: str) -> Iterator[list[str]]:
    """The rows of the one table whose first column is headed so, without their backquotes."""
    (table,) = re.findall(
        rf"^\| {first_column} \|.*\n\|[-:|]+\|\n((?:\|.*\n)+)", PAGE.read_text(), re.MULTILINE
    )
    for line in table.splitlines():
        yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def test_the_page_begins_with_what_goes_wrong_first() -> None:
    """Its first paragraph has the limits of a client that sends everything before it reads."""
    _, paragraph, *_ = PAGE.read_text().split("\n\n")
    text = " ".join(paragraph.split())
    assert f"{Settings.model_fields['unread_bytes'].default >> 20} MiB" in text
    assert f"{Settings.model_fields['unread_wait'].default:.0f} seconds" in text


def test_every_reason_stands_there_with_its_status() -> None:
    """And whether the same import may be sent again, in the order of the code."""
    assert [(reason, status, again == "yes") for reason, status, again, _ in rows("reason")] == [
        (reason.upper(), verdict.status, verdict.resumable) for reason, verdict in VERDICTS.items()
    ]


def test_every_code_stands_there_under_its_severity() -> None:
    """In the order of the code: all errors, then all warnings."""
    errors: list[str] = []
    warnings: list[str] = []
    named = errors
    for code, meaning in rows("code"):
        if not meaning:
            named = errors if code.startswith("**errors") else warnings
        else:
            named.append(code)
    assert errors == [code for code in Code if code not in WARNINGS]
    assert warnings == [code for code in Code if code in WARNINGS]


def test_every_limit_named_is_a_setting_with_that_default() -> None:
    for name, default, _ in rows("limit"):
        found = re.fullmatch(r"([\d,]+)( KiB| MiB| s|)", default)
        assert found, default
        in_force = Settings.model_fields[name].default
        assert int(found[1].replace(",", "")) * UNITS[found[2]] == in_force, name


def test_figures_in_the_text_are_those_of_the_settings() -> None:
    """The few that are repeated where a reader needs them."""
    text = " ".join(PAGE.read_text().split())
    settings = {name: field.default for name, field in Settings.model_fields.items()}
    for figure in (
        f"{settings['first_message_wait']:.0f} seconds",
        f"{settings['max_chunk_bytes'] >> 10} KiB",
        f"{settings['max_typed_rows']:,} users",
    ):
        assert figure in text


def test_every_call_of_an_import_stands_there() -> None:
    (service,) = imports_pb2.DESCRIPTOR.services_by_name.values()
    named = [name for calls, _ in rows("call") for name in re.findall(r"\w+", calls)]
    assert sorted(named) == sorted(service.methods_by_name)


def test_every_state_of_an_import_stands_there() -> None:
    """All that an import can end in."""
    told = {state for _, _, _, state, _ in rows("what happened")}
    assert told == {*State} - {State.RUNNING}


def names_of_the_contract() -> set[str]:
    """Every message, field and enum value that a page about an import may name."""
    names: set[str] = set()
    modules = (
        *(imports_pb2, notifications_pb2, options_pb2, results_pb2, users_pb2),
        credentials_pb2,
    )
    for file in (module.DESCRIPTOR for module in modules):
        enums: list[EnumDescriptor] = list(file.enum_types_by_name.values())
        for enum in enums:
            prefix = enum.values[0].name.removesuffix("UNSPECIFIED")
            for value in enum.values:
                names |= {value.name, value.name.removeprefix(prefix)}
        for message in file.message_types_by_name.values():
            names |= {message.name, *message.fields_by_name}
        for service in file.services_by_name.values():
            names |= {service.name, *service.methods_by_name}
    return names


@pytest.mark.parametrize("written", ["end_received", "RESULTS_WITH_ISSUES", "INTERRUPTED"])
def test_the_names_looked_for_are_found(written: str) -> None:
    assert written in names_of_the_contract()


def test_every_name_of_the_contract_that_the_page_uses_exists() -> None:
    """A field that was renamed would still stand in the prose."""
    prose = re.sub(r"```.*?```", "", PAGE.read_text(), flags=re.DOTALL)
    known = names_of_the_contract() | {
        "GetServerInfo",
        "ErrorInfo",
        "RetryInfo",
        "OK",
        "UNIMPLEMENTED",
    }
    known |= {str(code) for code in Code} | {reason.upper() for reason in VERDICTS}
    known |= {verdict.status for verdict in VERDICTS.values()} | set(Settings.model_fields)
    # Facts of issues and statuses, and fields of others' messages.
    known |= {"metadata", "reason", "domain", "not_available", "first_line"}
    known |= {HOLDER, HOLDER_STATUS}
    # The file of google.rpc, and what the example clients read of their environment.
    known |= {"error_details", "ADDRESS", "TOKEN", "DIRECTORY", "IMPORT_ID"}
    # What a link is made of.
    known |= {"ROLLBOOK_PUBLIC_URL"}
    used = {part for quoted in re.findall(r"`([A-Za-z_.]+)`", prose) for part in quoted.split(".")}
    ours = {word for word in used if "_" in word or word.isupper() or word[:1].isupper()}
    assert ours - known - {"google", "rpc", "Status", "CSV"} == set()
