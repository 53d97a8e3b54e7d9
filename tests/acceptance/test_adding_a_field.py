"""Adds a field of users as `service/README.md` describes, on a copy of the tree."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from tests.acceptance.command import HEADER, at, rollbook
from tests.docs.pages import ROOT
from tests.environment import Cluster, serving


def shown(language: str) -> list[str]:
    """The blocks of that language in the worked example."""
    page = (ROOT / "service/README.md").read_text()
    example = page.split("## Adding a field\n")[1].split("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```$", example, re.DOTALL | re.MULTILINE)


def insert(path: Path, added: str, before: str, within: str = "") -> None:
    """Put a text before the first `before` that stands behind `within`."""
    text = path.read_text()
    place = text.index(before, text.index(within))
    path.write_text(text[:place] + added + text[place:])


def edit(tree: Path) -> None:
    """Follow the example, except for `make proto`."""
    (line,), (migration,), (in_row, in_user) = shown("python"), shown("sql"), shown("proto")
    package = tree / "service/rollbook"
    insert(package / "model/fields.py", line, "\n\nSTORED = ")
    migrations = package / "store/migrations"
    latest = max(path.name[:4] for path in migrations.glob("*.sql"))
    (migrations / f"{int(latest) + 1:04}_cost_centre.sql").write_text(migration)
    contract = tree / "proto/rollbook/v1"
    insert(contract / "imports.proto", in_row, "}\n", within="\nmessage UserRow {")
    insert(contract / "users.proto", in_user, "}\n", within="\nmessage User {")


def regenerate(tree: Path) -> None:
    """What `make proto` does, without the network that its compiler would be fetched from.

    A generated module is the serialized description of its file between lines that do not depend
    on it, so buf's description, which needs nothing else, takes the place of the old one.
    """
    described = tree / "described.binpb"
    buf = Path(sys.executable).parent / "buf"
    subprocess.run(
        [
            buf,
            "build",
            "proto",
            "--as-file-descriptor-set",
            "--exclude-source-info",
            "-o",
            described,
        ],
        cwd=tree,
        env=os.environ | {"BUF_CACHE_DIR": str(tree / "buf")},
        check=True,
    )
    files = FileDescriptorSet.FromString(described.read_bytes()).file
    for file in files:
        if not file.name.startswith("rollbook/"):
            continue
        module = tree / "service" / file.name.replace(".proto", "_pb2.py")
        before, _, after = re.split(r"AddSerializedFile\((b'.*')\)", module.read_text())
        module.write_text(f"{before}AddSerializedFile({file.SerializeToString()!r}){after}")


async def test_the_worked_example_adds_a_field(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with the column creates, changes and shows it; old and new values are reported."""
    tree = tmp_path / "tree"
    for part in ("service", "proto"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    edit(tree)
    regenerate(tree)
    monkeypatch.setenv("PYTHONPATH", str(tree / "service"))
    database_url = await cluster.new_database()
    migrated = rollbook(
        "migrate", env=os.environ | {"ROLLBOOK_DATABASE_URL": database_url}, cwd=tmp_path
    )
    assert migrated.out.rstrip().endswith("_cost_centre.sql"), migrated
    file = tmp_path / "staff.csv"
    with serving(database_url, tmp_path) as server:
        env = at(server)
        assert rollbook("directories", "add", "main", env=env, cwd=tmp_path).code == 0
        results = []
        for cell in ("4711", "4711", "4712"):
            file.write_text(f"{HEADER},Cost Centre\nn1,ada@example.org,Ada,Lovelace,{cell}\n")
            said = rollbook(
                "import", str(file), "--changes", "--output", "ndjson", env=env, cwd=tmp_path
            )
            assert said.code == 0, said
            results.append(json.loads(said.out.splitlines()[0]))
        user = json.loads(rollbook("users", "show", "n1", "--output", "ndjson", env=env).out)
    assert [result["outcome"] for result in results] == [
        "OUTCOME_CREATED",
        "OUTCOME_UNCHANGED",
        "OUTCOME_UPDATED",
    ]
    assert results[2]["changes"] == [
        {"field": "cost_centre", "oldValue": "4711", "newValue": "4712"}
    ]
    assert user["costCentre"] == "4712"
