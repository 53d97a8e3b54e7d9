"""Runs `python -m tests.mutants`: prints the faults that survive their folder's tests.

Python is changed by cosmic-ray, SQL by `sql.py`. Both work on a copy of the tree in a temporary
folder, so that a run that is cut off leaves nothing behind. A run takes an hour or more; `--only`
narrows it to the targets whose path contains a text.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.mutants import sql

_TOP = Path(__file__).parents[2]
_PACKAGE = "service/rollbook"
_TIMEOUT_S = 120


_MEANINGLESS = (
    # All but + for -, and & for |: `*` stands before keywords, `|` joins types.
    "core/ReplaceBinaryOperator_(?!Add_Sub|Sub_Add|BitAnd_BitOr|BitOr_BitAnd)",
    "core/ReplaceComparisonOperator_(Is|IsNot)_(Lt|LtE|Gt|GtE|Eq|NotEq)",  # enums are one of a kind
    "core/ReplaceComparisonOperator_(Eq|NotEq)_(Is|IsNot)",
    "core/RemoveDecorator",
)
"""Faults that no author would make, or that change nothing."""


class Target(NamedTuple):
    """What is changed, and the tests that should notice it."""

    path: str
    tests: tuple[str, ...]


PYTHON = (
    Target("imports/planning", ("tests/unit/imports",)),
    Target("imports/rows/claims.py", ("tests/unit/imports",)),
    Target("users/policy.py", ("tests/unit/users", "tests/unit/imports")),
)
"""The core: the outcome of each row, and who may change which user."""

SQL = (Target("store/sql/staging", ("tests/store",)),)


def main() -> int:
    """Plant every fault and print the survivors; exit code 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", default="", help="a text in the path of what is changed")
    only = parser.parse_args().only
    with tempfile.TemporaryDirectory() as folder:
        copy = _copy(Path(folder) / "tree")
        survivors = [
            *_python_survivors(copy, [each for each in PYTHON if only in each.path]),
            *_sql_survivors(copy, [each for each in SQL if only in each.path or "sql" in only]),
        ]
    print(f"{len(survivors)} planted faults survive")
    for survivor in survivors:
        print(f"- {survivor}")
    return 1 if survivors else 0


def _copy(tree: Path) -> Path:
    """A copy of what git knows, as it stands in the working tree."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=_TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, names):
        if (source := _TOP / name).is_file():
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return tree


def _pytest(*tests: str) -> list[str]:
    # Without xdist and its cache: one process a fault, and the first failure is enough.
    options = ["-x", "-q", "-n", "0", "-p", "no:cacheprovider", "--timeout", "60"]
    return [sys.executable, "-m", "pytest", *options, *tests]


def _environment(tree: Path) -> dict[str, str]:
    """The copy is imported, not the tree that is installed."""
    paths = [str(tree / "service"), *map(str, sorted((tree / "plugins").glob("rollbook-*")))]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}


def _python_survivors(tree: Path, targets: list[Target]) -> Iterator[str]:
    for number, target in enumerate(targets):
        config, session = tree / f"mutants-{number}.toml", tree / f"mutants-{number}.sqlite"
        config.write_text(
            "[cosmic-ray]\n"
            f'module-path = "{_PACKAGE}/{target.path}"\n'
            f"timeout = {_TIMEOUT_S}.0\n"
            "excluded-modules = []\n"
            f"test-command = {json.dumps(subprocess.list2cmdline(_pytest(*target.tests)))}\n"
            '[cosmic-ray.distributor]\nname = "local"\n'
            "[cosmic-ray.filters.operators-filter]\n"
            f"exclude-operators = {json.dumps(_MEANINGLESS)}\n"
        )
        steps = (
            ["cosmic_ray.cli", "init", str(config), str(session)],
            ["cosmic_ray.tools.filters.operators_filter", str(session), str(config)],
            ["cosmic_ray.cli", "exec", str(config), str(session)],
        )
        for step in steps:
            print(f"{target.path}: {step[0]}", file=sys.stderr)
            subprocess.run(
                [sys.executable, "-m", *step],
                cwd=tree,
                env=_environment(tree),
                check=True,
            )
        dumped = subprocess.run(
            [sys.executable, "-m", "cosmic_ray.cli", "dump", str(session)],
            cwd=tree,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for line in dumped.splitlines():
            job, result = json.loads(line)
            if result and (result["test_outcome"] or "").lower() == "survived":
                change = job["mutations"][0]
                where = f"{change['module_path']}:{change['start_pos'][0]}"
                yield f"{where} {change['operator_name'].removeprefix('core/')}"


def _sql_survivors(tree: Path, targets: list[Target]) -> Iterator[str]:
    for target in targets:
        for path in sorted((tree / _PACKAGE / target.path).rglob("*.sql")):
            whole = path.read_text("utf-8")
            for fault in sql.faults(whole):
                path.write_text(fault.text, "utf-8")
                ended = subprocess.run(
                    _pytest(*target.tests),
                    cwd=tree,
                    env=_environment(tree),
                    stdout=subprocess.DEVNULL,
                    check=False,
                )
                if ended.returncode == 0:
                    yield f"{path.relative_to(tree)}:{fault.line} {fault.what}"
            path.write_text(whole, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
