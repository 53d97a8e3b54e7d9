"""Every dependency is declared in the extra that uses it, and is used."""

import ast
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSE = ROOT / "service/rollbook"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# Installed by `pip install rollbook`, without an extra.
CLIENT_ROOMS = ("cli", "client", "errors", "v1", "model")


def names(requirements: list[str]) -> set[str]:
    """The distributions that requirements name, in lower case."""
    return {re.split(r"[^\w.-]", text)[0].lower() for text in requirements}


BASE = names(PROJECT["dependencies"])
SERVER = names(PROJECT["optional-dependencies"]["server"])
DEMO = names(PROJECT["optional-dependencies"]["demo"]) - {"rollbook"}
EXCEL = names(PROJECT["optional-dependencies"]["excel"])
METRICS = names(PROJECT["optional-dependencies"]["metrics"])
# uvicorn is told by name to use it; workbooks are read by the client, for the console too.
WEB = names(PROJECT["optional-dependencies"]["web"]) - {"httptools", "rollbook"}
DEMO_ROOM = HOUSE / "cli/demo"


def imported(*places: Path, but: Path | None = None) -> set[str]:
    """The distributions imported anywhere under the places, in functions too; not under `but`."""
    modules = set()
    for place in places:
        for path in [place.with_suffix(".py"), *place.rglob("*.py")]:
            if path.is_file() and not (but and path.is_relative_to(but)):
                for node in ast.walk(ast.parse(path.read_text())):
                    if isinstance(node, ast.Import):
                        modules |= {alias.name for alias in node.names}
                    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                        modules.add(node.module)
    return {distribution(module) for module in modules} - {"", "rollbook"}


def distribution(module: str) -> str:
    """The distribution that a module comes from, or nothing for Python's own."""
    top = module.split(".")[0]
    if top in sys.stdlib_module_names:
        return ""
    if top == "google":  # shared by two distributions
        return "protobuf" if module.startswith("google.protobuf") else "googleapis-common-protos"
    return _distributions().get(top, [top])[0].lower().replace("_", "-")


@cache
def _distributions() -> Mapping[str, list[str]]:
    """Which distributions bring which module; asking takes half a second."""
    return packages_distributions()


def test_a_client_needs_no_extra() -> None:
    """The rooms that a client enters import only what comes without an extra, workbooks apart."""
    needed = imported(*(HOUSE / room for room in CLIENT_ROOMS), but=DEMO_ROOM) - BASE
    assert needed == EXCEL  # workbooks: `rollbook import` names the extra if it is missing


def test_the_server_needs_no_more_than_its_extra() -> None:
    """Nothing is found only because something else happens to bring it; three extras are named."""
    others = EXCEL | METRICS | WEB
    assert imported(HOUSE, but=DEMO_ROOM) - BASE - SERVER == others - SERVER


def test_http_needs_no_more_than_its_extra() -> None:
    """So that it also runs apart from a server, where none is installed."""
    assert imported(HOUSE / "web") - BASE == WEB


def test_the_demo_needs_no_more_than_its_extra() -> None:
    """Its room alone may import what brings mails to it."""
    assert imported(DEMO_ROOM) - BASE - SERVER == DEMO


def test_nothing_is_declared_and_not_used() -> None:
    """Every distribution of the base and of the extra `server` is imported somewhere."""
    assert (BASE | SERVER) - imported(HOUSE) == set()
