"""A client in Node.js, with only the `.proto` files and `@grpc/grpc-js`.

Skipped, with the reason, where Node is missing or its packages cannot be fetched. They are
installed into a folder of the test run, by their lock file, never into the tree.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.bench.users import File
from tests.environment import Server
from tests.example_clients import NODE_PACKAGES, node_folder

ROOT = Path(__file__).parents[2]
README = ROOT / "proto/README.md"


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the client and its packages, and the contract beside it as in the tree."""
    return node_folder(tmp_path_factory.mktemp("node") / "client")


@pytest.fixture
def run(node: Path, server: Server, directory: str, tmp_path: Path) -> "Run":
    """The client, about to import into a new directory of the server."""
    return Run(node, server, directory, tmp_path)


class Run:
    """Runs the client, once a call."""

    def __init__(self, node: Path, server: Server, directory: str, folder: Path):
        self._node = node
        self._where = (
            *("--proto", "proto", "--address", server.address, "--directory", directory),
            *("--token-file", str(server.token_file)),
        )
        self._file = folder / "users.csv"

    def __call__(self, csv: bytes, *options: str) -> dict[str, Any]:
        """What the client printed of an import of `csv`."""
        self._file.write_bytes(csv)
        ran = subprocess.run(
            ["node", "import.js", *self._where, *options, str(self._file)],
            cwd=self._node,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ran.stdout, ran.stderr
        answers: dict[str, Any] = json.loads(ran.stdout)
        assert ran.returncode == (0 if answers["status"]["code"] == "OK" else 1), ran.stderr
        return answers


def made_up(rows: int) -> bytes:
    """Users without locations: a new directory knows none."""
    return File(rows=rows, locations=False).read()


def test_imports_a_file_and_reads_while_it_sends(run: Run) -> None:
    """S44: every row is answered with its line and its number."""
    answers = run(made_up(3_000), "--chunk", "4096")

    assert answers["status"]["code"] == "OK"
    assert answers["accepted"]["options"]["commit"] == "COMMIT_PER_BATCH"
    assert answers["understood"]["delimiter"] == ","
    assert [column["field"] for column in answers["understood"]["columns"]][:2] == [
        "employee_number",
        "email",
    ]
    results = sorted(answers["results"], key=lambda result: result["line"])
    assert [result["line"] for result in results] == list(range(2, 3_002))
    assert [result["row"] for result in results] == list(range(1, 3_001))
    assert {result["outcome"] for result in results} == {"OUTCOME_CREATED"}
    assert all(result["user_id"] for result in results)
    assert answers["progress"]["end_received"] is True
    assert answers["summary"]["created"] == answers["summary"]["rows"] == 3_000
    assert answers["summary"]["codes"] == {}
    assert answers["summary"]["state"] == "IMPORT_STATE_COMPLETED"


def test_answers_come_before_the_file_has_been_sent(run: Run) -> None:
    """The client sends the rest only once it has been answered: a server that waits would hang."""
    answers = run(made_up(2_000), "--chunk", "4096", "--pause")
    assert answers["summary"]["created"] == 2_000
    assert 0 < answers["results_before_all_was_sent"] < 2_000


def test_sends_all_before_it_reads(run: Run) -> None:
    """Allowed if few answers come: only rows with an issue are reported."""
    good = made_up(20_000)
    wrong = b"E0299999,not-an-address,somebody,Ana,Costa,Analyst,People,,\n"
    answers = run(good + wrong, "--manner", "after-sending", "--results", "WITH_ISSUES")

    assert answers["results_before_all_was_sent"] == 0
    assert answers["status"]["code"] == "OK"
    (result,) = answers["results"]
    assert (result["line"], result["outcome"]) == (20_002, "OUTCOME_FAILED")
    (issue,) = result["issues"]
    assert (issue["code"], issue["field"]) == ("invalid_email", "email")
    assert issue["severity"] == "SEVERITY_ERROR"
    assert (answers["summary"]["created"], answers["summary"]["failed"]) == (20_000, 1)
    assert answers["summary"]["codes"] == {"invalid_email": 1}


def test_the_manner_of_reading_changes_no_outcome(run: Run) -> None:
    """What was imported in one manner is already there in the other."""
    csv = made_up(2_000)
    first = run(csv, "--manner", "after-sending", "--results", "WITH_ISSUES")
    again = run(csv, "--manner", "while-sending")
    assert first["summary"]["created"] == again["summary"]["unchanged"] == 2_000


def test_sends_the_same_import_again(run: Run) -> None:
    """P04: the same id and bytes once more are answered from what is stored, and write nothing."""
    import_id = str(uuid4())
    csv = made_up(500)
    first, again = (run(csv, "--import-id", import_id) for _ in range(2))

    assert again["status"]["code"] == "OK"
    assert again["summary"] == first["summary"]
    assert again["accepted"]["resumed_after_line"] == 501
    assert [result["replayed"] for result in first["results"]] == [False] * 500
    assert [result["replayed"] for result in again["results"]] == [True] * 500
    assert users_by_line(again) == users_by_line(first)


def users_by_line(answers: dict[str, Any]) -> dict[int, tuple[str, str]]:
    """The outcome of each line, with its user."""
    return {result["line"]: (result["outcome"], result["user_id"]) for result in answers["results"]}


def test_is_told_why_a_call_ends(run: Run) -> None:
    """A fault of the file: the status, and its reason and facts for a program."""
    answers = run(b"employee_number,first_name,last_name\n1001,Ana,Costa\n")
    status = answers["status"]
    assert (status["code"], status["reason"], status["domain"]) == (
        "INVALID_ARGUMENT",
        "HEADER_MISSING_COLUMN",
        "rollbook",
    )
    assert "email" in status["message"]
    assert answers["results"] == []


def test_the_example_of_the_readme_runs(
    node: Path, server: Server, directory: str, tmp_path: Path
) -> None:
    """The client that `proto/README.md` shows is the one that a reader will type off."""
    (example,) = re.findall(r"```js\n(// import-users\.js.*?)```", README.read_text(), re.DOTALL)
    assert "directory: 'main'" in example
    (node / "import-users.js").write_text(example.replace("'main'", f"'{directory}'"))
    file = tmp_path / "users.csv"
    file.write_bytes(made_up(5) + b"E0599999,,x,Ana,Costa,,,,\n")
    ran = subprocess.run(
        ["node", "import-users.js", str(file)],
        cwd=node,
        env={"PATH": "/usr/bin:/bin", "ADDRESS": server.address, "TOKEN": server.token},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "2 OUTCOME_CREATED" in ran.stdout
    assert "7 OUTCOME_FAILED missing_required_field email" in ran.stdout
    assert "5 created, 0 updated, 0 unchanged, 1 failed" in ran.stdout


def test_the_lock_file_names_no_registry() -> None:
    """The packages come from the source in the settings of the person who installs."""
    lock = json.loads((NODE_PACKAGES / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert not [name for name, package in packages.items() if "integrity" not in package]
    assert "omit-lockfile-registry-resolved=true" in (NODE_PACKAGES / ".npmrc").read_text()
    assert "registry=" not in (NODE_PACKAGES / ".npmrc").read_text()
