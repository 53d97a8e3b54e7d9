"""Four products as four profiles: each file is imported by a token for just that."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from rollbook.v1 import credentials_pb2, directories_pb2, imports_pb2
from rollbook.v1.results_pb2 import Outcome
from rollbook.v1.users_pb2 import UserKey
from tests.acceptance.command import environment, rollbook
from tests.acceptance.memory import MIB, Memory
from tests.acceptance.wire import HEADER, Answer, Peer, csv, end, start, user
from tests.environment import Server, serving

_SECRET = "seven copper lanterns swing"


@asynccontextmanager
async def _importing(peer: Peer, directory: str, *more: str) -> AsyncIterator[Peer]:
    """A caller who may import into the directory, with the given further scopes alone."""
    async with peer.having("imports:write", *more, directory=directory) as importer:
        yield importer


async def _with(peer: Peer, roles: str = "", locations: str = "", units: str = "") -> str:
    """A directory that has these, each a file."""
    directory = await peer.new_directory()
    for csv_text, method, request in (
        (roles, peer.directories.LoadRoles, directories_pb2.LoadRolesRequest),
        (locations, peer.directories.LoadLocations, directories_pb2.LoadLocationsRequest),
        (
            units,
            peer.directories.LoadOrganizationalUnits,
            directories_pb2.LoadOrganizationalUnitsRequest,
        ),
    ):
        if csv_text:
            await peer.ask(method, request(directory=directory, csv=csv_text.encode()))
    return directory


async def _as(peer: Peer, directory: str, profile: str, content: str, *more: str) -> Answer:
    async with _importing(peer, directory, *more) as importer:
        return await importer.send_file(directory, content, profile=profile)


async def test_evidence(peer: Peer) -> None:
    """S21, S22, S34, S38, S40, S41: by username, semicolons; units must exist; roles are unread."""
    directory = await _with(peer, units="name\nForensics\n")
    content = (
        "first_name;last_name;email;username;organizational_unit;job_title;role\n"
        "Ida;Wells;ida@example.org;iwells;Forensics;Analyst;admin\n"
        "Bo;Ek;bo@example.org;bek;;;\n"
        "Cy;Um;cy@example.org;cum;No such unit;;\n"
        "Al;So;also@example.org;BEK;;;\n"
        ";Lo;lo@example.org;slo;;;\n"
    )
    first = await _as(peer, directory, "evidence", content)
    assert first.rows == {
        2: "CREATED",
        3: "CREATED",
        4: "FAILED unknown_organizational_unit(organizational_unit)",
        5: "FAILED duplicate_username(username)",
        6: "FAILED missing_required_field(first_name)",
    }
    stored = await peer.stored(directory)
    told = {
        number: (row["username"], row["role"], row["unit"], row["job_title"])
        for number, row in stored.items()
    }
    assert told == {
        "iwells": ("iwells", "Standard", "Forensics", "Analyst"),
        "bek": ("bek", "Standard", "", ""),
    }
    again = await _as(peer, directory, "evidence", content)
    assert [again.rows[2], again.rows[3]] == ["FAILED duplicate_username(username)"] * 2


async def test_evidence_s_people_log_in_by_the_file_s_passwords(peer: Peer) -> None:
    """S50, S51, S60: at a page that may verify alone; who has no password in the file has none."""
    directory = await peer.new_directory()
    content = (
        "first_name;last_name;email;username;password\n"
        f"Ida;Wells;ida@example.org;iwells;{_SECRET}\n"
        "Bo;Ek;bo@example.org;bek;\n"
    )
    answer = await _as(peer, directory, "evidence", content, "credentials:write")
    assert answer.rows == {2: "CREATED", 3: "CREATED"}
    attempts = {
        ("iwells", _SECRET): credentials_pb2.LOGIN_RESULT_OK,
        ("IWELLS", _SECRET): credentials_pb2.LOGIN_RESULT_OK,
        ("iwells", _SECRET.upper()): credentials_pb2.LOGIN_RESULT_NO,
        ("bek", _SECRET): credentials_pb2.LOGIN_RESULT_NO,
        ("bek", ""): credentials_pb2.LOGIN_RESULT_NO,
    }
    async with peer.having("credentials:verify", directory=directory) as page:
        for (username, password), result in attempts.items():
            request = credentials_pb2.VerifyPasswordRequest(
                directory=directory, user=UserKey(username=username), password=password
            )
            found = await page.ask(page.credentials.VerifyPassword, request)
            assert found.result == result, (username, password)


async def test_a_password_is_kept_nowhere(server: Server, peer: Peer, tmp_path: Path) -> None:
    """S77: hashed or refused; in no table, log, or report, which has `<not kept>`."""
    directory = await peer.new_directory()
    content = (
        "first_name;last_name;email;username;password\n"
        f"Ida;Wells;ida@example.org;iwells;{_SECRET}\n"
        "Bo;Ek;bo@example.org;bek;\n"
        f"Cy;Um;no address;cum;{_SECRET}\n"
    )
    import_id = str(uuid4())
    async with _importing(peer, directory, "credentials:write", "imports:read") as importer:
        answer = await importer.send_file(
            directory, content, profile="evidence", import_id=import_id
        )
        assert answer.rows == {2: "CREATED", 3: "CREATED", 4: "FAILED invalid_email(email)"}
        asked = imports_pb2.DownloadReportRequest(directory=directory, import_id=import_id)
        parts = importer.imports.DownloadReport(asked, metadata=importer.metadata)
        report = b"".join([part.csv async for part in parts]).decode("utf-8-sig")
    assert "<not kept>" in report
    assert _SECRET not in report
    assert _SECRET not in server.log.read_text()
    assert await _found_in(server.database_url, _SECRET) == []


async def _found_in(database_url: str, text: str) -> list[str]:
    """The tables that have a row with the text, as it is or in bytes that are not packed."""
    connection = await asyncpg.connect(database_url)
    try:
        tables = await connection.fetch(
            "select tablename from pg_tables where schemaname = 'public'"
        )
        return [
            table
            for (table,) in tables
            if await connection.fetchval(
                f'select exists (select from "{table}" as t where strpos(t::text, $1) > 0'
                " or strpos(t::text, encode($1::bytea, 'hex')) > 0)",
                text,
            )
        ]
    finally:
        await connection.close()


async def test_claromentis(peer: Peer) -> None:
    """S21, S24, S31, S35, S36: upserts by username; makes locations; keeps what else there is."""
    directory = await peer.new_directory()
    content = (
        "Username,First name,Last name,Email,Phone number,Location,Change password next time,Shoe\n"
        "hs,Hana,Sato,hana@example.com,+81 3 5550,Tokyo,1,39\n"
        "on,Ole,Nielsen,ole@example.com,,Aarhus,0,\n"
        ",Lost,Person,lost@example.com,,Milan,1,\n"
    )
    first = await _as(peer, directory, "claromentis", content)
    assert first.rows == {
        2: "CREATED",
        3: "CREATED",
        4: "FAILED missing_required_field(username)",
    }
    stored = await peer.stored(directory)
    assert {number: row["location"] for number, row in stored.items()} == {
        "hs": "Tokyo",
        "on": "Aarhus",
    }
    assert stored["hs"]["must_change_password"]
    assert first.summary
    assert [issue.code for issue in first.summary.warnings] == []  # nobody is to be mailed yet
    assert '"Shoe": "39"' in stored["hs"]["attributes"]
    later = "Username,First name,Last name,Email,Department\nhs,Hana,Sato,hana@example.com,Sales\n"
    second = await _as(peer, directory, "claromentis", later)
    assert second.rows == {2: "UPDATED"}
    row = (await peer.stored(directory))["hs"]
    assert (row["department"], row["location"], row["phone"]) == ("Sales", "Tokyo", "+81 3 5550")


async def test_secureai(peer: Peer) -> None:
    """S31, S33, S37, S38, S59, S72: by e-mail, also as username; a known one is a duplicate."""
    directory = await peer.new_directory()
    content = (
        "email,name,role,department\n"
        "jane@example.com,Jane Smith,user,IT\n"
        "bob@example.com,Bob Wilson,,Parts\n"
        "bob@example.com,Bob Again,user,Parts\n"
        "tom@example.com,Tom Lee,wizard,Warehouse\n"
        "nobody,No Body,user,\n"
        "eve@example.com,,user,\n"
    )
    first = await _as(peer, directory, "secureai", content)
    assert first.rows == {
        2: "CREATED",
        3: "CREATED",
        4: "FAILED duplicate_email(email)",
        5: "FAILED invalid_role(role)",
        6: "FAILED invalid_email(email)",
        7: "FAILED missing_required_field(name)",
    }
    assert first.summary
    (warned,) = first.summary.warnings  # it invites new users, and this server sends no mail
    assert (warned.code, warned.params["notify"]) == ("mail_not_configured", "INVITE_NEW")
    corrected = (
        "email,name,role,department\nbob@example.com,Bob Wilson,,Parts\n"
        "tom@example.com,Tom Lee,user,Warehouse\n"
    )
    second = await _as(peer, directory, "secureai", corrected)
    assert second.rows == {2: "FAILED duplicate_email(email)", 3: "CREATED"}
    stored = await peer.stored(directory)
    assert {row["username"]: row["name"] for row in stored.values()} == {
        "jane@example.com": "Jane Smith",
        "bob@example.com": "Bob Wilson",
        "tom@example.com": "Tom Lee",
    }


async def test_secureai_grants_admin_only_with_the_right(peer: Peer) -> None:
    """B194: its own example has an administrator."""
    directory = await peer.new_directory()
    content = "email,name,role,department\njane@example.com,Jane Smith,admin,IT\n"
    refused = await _as(peer, directory, "secureai", content)
    assert refused.rows == {2: "FAILED role_not_permitted(role)"}
    granted = await _as(peer, directory, "secureai", content, "roles:privileged")
    assert granted.rows == {2: "CREATED"}


async def test_ocasta(peer: Peer) -> None:
    """S31, S35, S37, S38, S39: by number; location by name or code; default role, warned."""
    directory = await _with(
        peer,
        roles="name\nManager\n",
        locations="name,code,aliases\nLondon HQ,LHR,Head office|HQ\nLeeds,,HQ\n",
    )
    content = (
        "employee_number,first_name,last_name,location,email,role\n"
        "1,Priya,Shah,london  hq,p@example.net,Standard\n"
        "2,Tomasz,Nowak,lhr,t@example.net,manager\n"
        "3,Grace,Okafor,Leeds,g@example.net,Wizard\n"
        "4,Liam,Byrne,London HQ,,Standard\n"
        "5,Chloé,Martin,HQ,c@example.net,\n"
        "6,Jin,Choi,Paris,j@example.net,Manager\n"
    )
    first = await _as(peer, directory, "ocasta", content)
    assert first.rows == {
        2: "CREATED",
        3: "CREATED",
        4: "CREATED role_defaulted(role)",
        5: "FAILED missing_required_field(email)",
        6: "FAILED invalid_location(location)",
        7: "FAILED invalid_location(location)",
    }
    assert first.issue(6, "invalid_location").params["reason"] == "ambiguous"
    assert first.issue(7, "invalid_location").params["reason"] == "unknown"
    stored = await peer.stored(directory)
    assert {
        number: (row["username"], row["location"], row["role"]) for number, row in stored.items()
    } == {
        "1": ("1", "London HQ", "Standard"),
        "2": ("2", "London HQ", "Manager"),
        "3": ("3", "Leeds", "Standard"),
    }


async def test_a_preview_too_large_for_a_table_is_counts_alone(peer: Peer) -> None:
    """S05: no result is sent, the summary has them all, and it is applied without the file."""
    directory = await peer.new_directory()
    content = HEADER + "".join(user(n) for n in range(1, 3001)) + user(3001, email="x")
    async with _importing(peer, directory) as importer:
        preview = await importer.send_file(
            directory, content, options={"commit": "NONE", "results": "NONE"}
        )
        assert preview.results == []
        assert preview.summary
        assert (preview.summary.created, preview.summary.failed) == (3000, 1)
        applying = imports_pb2.ApplyImportRequest(
            directory=directory, import_id=preview.summary.import_id
        )
        applied = [
            message
            async for message in importer.imports.ApplyImport(applying, metadata=importer.metadata)
        ]
    assert applied[-1].summary.created == 3000
    assert len(await peer.stored(directory)) == 3000


def test_whoever_imports_by_the_command_is_told_what_became_of_it(
    server: Server, tmp_path: Path
) -> None:
    """S01, S70, S75, S76: made by an administrator's command, each step by a token of its own."""
    directory = f"d-{uuid4().hex[:12]}"

    def run(token: str, *arguments: str, code: int = 0) -> str:
        env = environment(ROLLBOOK_ADDRESS=server.address, ROLLBOOK_TOKEN=token)
        said = rollbook(*arguments, env=env)
        assert said.code == code, said.err
        return said.out + said.err if code else said.out

    def token(*scopes: str) -> str:
        wanted = [part for scope in scopes for part in ("--scope", scope)]
        return run(
            server.token, "tokens", "create", "desk", *wanted, "--directory", directory
        ).strip()

    run(server.token, "directories", "add", directory)
    file = tmp_path / "users.csv"
    file.write_text("employee_number,email,first_name,last_name\n7,ida@example.org,Ida,Wells\n")
    asked = ("import", str(file), "--directory", directory)
    assert "not permitted" in run(token("users:read"), *asked, code=5)
    assert "nothing was written" in run(token("imports:preview"), *asked, "--dry-run")
    import_id = str(uuid4())
    told = run(token("imports:write"), *asked, "--import-id", import_id)
    assert "1 created" in told
    for what in ("Wells", "ida@example.org", "7", "Ida"):
        found = run(token("users:read"), "users", "list", what, "--directory", directory)
        assert "ida@example.org" in found
    by_import = ("users", "list", "--import", import_id, "--directory", directory)
    assert "ida@example.org" in run(token("users:read"), *by_import)
    assert run(token("imports:read"), "imports", "show", import_id, "--directory", directory)
    assert "not permitted" in run(token("imports:read"), *by_import, code=5)


@pytest.mark.parametrize("count", [50_000, pytest.param(1_000_000, marks=pytest.mark.long)])
async def test_a_file_of_any_size_is_one_stream(
    database_url: str, tmp_path: Path, count: int
) -> None:
    """S25, P23: every row is answered once; memory over idle stays within 128 MiB."""
    with serving(database_url, tmp_path) as running:
        async with Peer.of(running) as peer:
            directory = await peer.new_directory()
            memory = Memory(running.process.pid)
            idle = memory.now()
            memory.forget_peak()

            async def requests() -> AsyncIterator[imports_pb2.ImportUsersRequest]:
                yield start(directory, options={"results": "WITH_ISSUES"})
                for message in csv(HEADER):
                    yield message
                for first in range(0, count, 1_000):
                    for message in csv("".join(map(user, range(first, first + 1_000)))):
                        yield message
                yield end(total_bytes=None)

            answer = await peer.send(requests())
            assert answer.ending == "OK", answer.message
            assert answer.summary
            assert answer.summary.created == count
            assert memory.peak() - idle <= 128 * MIB
            assert Outcome.OUTCOME_FAILED not in {result.outcome for result in answer.results}
