"""Runs the tests that import the files which differ from `main`, in under a minute.

`python -m tests.quick` (`make quick`). A test counts as touched if it is changed itself, or if it
imports a changed module, directly or through up to two modules between. Unit tests come first;
tests that start servers are left out once there are more of them than a minute allows.
"""

import ast
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
_SOURCES = ("service/rollbook", "tests")
_STEPS = 2
_SECONDS = 60
_SLOW = ("acceptance", "faults", "model", "bench", "postgres", "mutants")
"""Folders whose tests start servers of their own, and take longer than a minute together."""
_MOST_SLOW = 2


def changed() -> set[Path]:
    """Python and SQL files that differ from `main`, committed or not."""
    base = _git("merge-base", "HEAD", "main").strip() or "HEAD"
    names = _git("diff", "--name-only", base) + _git("ls-files", "--others", "--exclude-standard")
    found = {ROOT / name for name in names.splitlines()}
    return {path for path in found if path.suffix in {".py", ".sql"} and path.exists()}


def touched(files: Iterable[Path], graph: Mapping[Path, set[Path]]) -> list[Path]:
    """The test files that a change of `files` may break, the nearest first.

    `graph` leads from a file to those that import it.
    """
    distance = dict.fromkeys(files, 0)
    queue = deque(distance)
    while queue:
        file = queue.popleft()
        if distance[file] > _STEPS:
            continue
        for importer in graph.get(file, set()) - distance.keys():
            distance[importer] = distance[file] + 1
            queue.append(importer)
    tests = [file for file in distance if file.name.startswith("test_")]
    return sorted(tests, key=lambda file: (_is_slow(file), distance[file], file))


def importers() -> dict[Path, set[Path]]:
    """Each file of the tree, and the files that import it."""
    files = {_module(path): path for top in _SOURCES for path in (ROOT / top).rglob("*.py")}
    graph: dict[Path, set[Path]] = {}
    for path in files.values():
        for name in _imports(ast.parse(path.read_text("utf-8"))):
            if (imported := files.get(name)) is not None:
                graph.setdefault(imported, set()).add(path)
    return graph


def _imports(tree: ast.Module) -> Iterable[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _module(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[1:] if parts[0] == "service" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _is_slow(path: Path) -> bool:
    return path.relative_to(ROOT).parts[1] in _SLOW


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", ROOT, *arguments], capture_output=True, text=True, check=False
    ).stdout


def main() -> int:
    """Run them, and answer pytest's exit code."""
    files = changed()
    if any(file.suffix == ".sql" for file in files):
        files.add(ROOT / "tests/store/test_statements.py")
    tests = touched(files, importers())
    slow = [test for test in tests if _is_slow(test)]
    for test in slow[_MOST_SLOW:]:
        print(f"left out: {test.relative_to(ROOT)}", file=sys.stderr)  # noqa: T201
    tests = [test for test in tests if test not in slow[_MOST_SLOW:]]
    if not tests:
        print("nothing that a test imports has changed", file=sys.stderr)  # noqa: T201
        return 0
    command = [sys.executable, "-m", "pytest", "-q", "--exitfirst", *map(str, tests)]
    try:
        return subprocess.run(command, cwd=ROOT, timeout=_SECONDS, check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"stopped after {_SECONDS} s: run `make test`", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main())
