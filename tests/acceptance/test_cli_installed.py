"""Rollbook installed from a wheel with each choice of extras: a missing one is named.

Each environment is a new one with the wheel in it, and beside it links to exactly the
distributions that the wheel's own metadata asks for with those extras. Nothing else can be
imported there, so a command that needs more than its extra brings fails here.
"""

import itertools
import subprocess
import sys
import venv
from importlib.metadata import Distribution, PathDistribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
EXTRAS = ("server", "embedded", "excel")
CHOICES = [
    *(chosen for n in range(4) for chosen in itertools.combinations(EXTRAS, n)),
    ("demo",),
    ("server", "metrics"),
    ("demo", "metrics"),
    ("web",),
]

# Asks every command and subcommand for its help, in one process; prints how many there were.
WALK = """
import click, sys
from rollbook.cli.main import rollbook

def walk(command, name, parent):
    context = click.Context(command, info_name=name, parent=parent)
    assert command.get_help(context).startswith("Usage: "), name
    inner = command.list_commands(context) if isinstance(command, click.Group) else []
    return 1 + sum(walk(command.get_command(context, one), one, context) for one in inner)

print(walk(rollbook, "rollbook", None))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    build = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    subprocess.run([sys.executable, *build, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (made,) = folder.glob("*.whl")
    return made


def installed(wheel: Path, extras: tuple[str, ...], folder: Path) -> Path:
    """Install the wheel and what it asks for with these extras; returns the new `bin` folder."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin/python"
    install = ("install", "--quiet", "--no-deps", "--no-index", str(wheel))
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install], check=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    (metadata,) = site.glob("rollbook-*.dist-info")
    for needed in required(PathDistribution(metadata), frozenset(extras)).values():
        for top in {file.parts[0] for file in needed.files or () if file.parts[0] != ".."}:
            if not (site / top).exists():
                link(Path(str(needed.locate_file(top))), site / top)
    return python.parent


def link(found: Path, place: Path) -> None:
    """Link to a module; a folder that several distributions share is linked part by part."""
    if found.name != "google":
        place.symlink_to(found)
        return
    place.mkdir()
    for part in found.iterdir():
        (place / part.name).symlink_to(part)


def required(
    of: Distribution, extras: frozenset[str], known: dict[str, Distribution] | None = None
) -> dict[str, Distribution]:
    """All distributions that `of` needs with the extras, by name, and what those need."""
    known = {} if known is None else known
    for requirement in map(Requirement, of.requires or ()):
        marker, name = requirement.marker, requirement.name.lower()
        if marker and not any(marker.evaluate({"extra": extra}) for extra in {"", *extras}):
            continue
        if name == "rollbook":  # one of our extras brings others
            required(of, frozenset(requirement.extras), known)
        elif name not in known:
            known[name] = distribution(name)
            required(known[name], frozenset(requirement.extras), known)
    return known


def said(
    bin_folder: Path, *arguments: str, cwd: Path, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run the installed command with only PATH, a database and these settings."""
    return subprocess.run(
        [bin_folder / "rollbook", *arguments],
        env={
            "PATH": "/usr/bin:/bin",
            "ROLLBOOK_DATABASE_URL": "postgresql://127.0.0.1:1/none",
            **settings,
        },
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(params=CHOICES, ids=lambda chosen: "+".join(chosen) or "none")
def environment(
    request: pytest.FixtureRequest, wheel: Path, tmp_path: Path
) -> tuple[Path, set[str]]:
    """An environment for each choice: its `bin` folder, and the extras in it."""
    chosen: tuple[str, ...] = request.param
    return installed(wheel, chosen, tmp_path / "environment"), set(chosen)


@pytest.mark.few(5)
def test_every_help_works_and_a_missing_extra_is_named(
    environment: tuple[Path, set[str]], tmp_path: Path
) -> None:
    """`rollbook --help` and each command's; what cannot run names its `pip install`."""
    folder, extras = environment
    top = said(folder, "--help", cwd=tmp_path)
    assert (top.returncode, top.stderr) == (0, "")
    walk = [str(folder / "python"), "-I", "-c", WALK]
    walked = subprocess.run(walk, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert walked.stderr == ""
    assert int(walked.stdout) > 50

    (tmp_path / "staff.xlsx").write_bytes(b"")
    needing = {
        ("serve",): "server",
        ("migrate",): "server",
        ("doctor",): "server",
        ("plugins", "check", "acme-roles"): "server",
        ("demo",): "demo",
        ("web", "--address", "127.0.0.1:1"): "web",
        ("import", "staff.xlsx", "--address", "127.0.0.1:1"): "excel",
    }
    here = extras | ({"server", "embedded", "web"} if "demo" in extras else set())
    here |= {"excel"} if "web" in here else set()
    for arguments, extra in needing.items():
        if extra in here:
            continue
        refused = said(folder, *arguments, cwd=tmp_path)
        assert refused.returncode == 2, refused.stderr
        assert f"is not installed: pip install 'rollbook[{extra}]'" in refused.stderr
        assert refused.stderr.count("\n") == 1
    if "server" in here and "metrics" not in here:
        refused = said(folder, "serve", cwd=tmp_path, ROLLBOOK_METRICS_LISTEN="0")
        assert refused.returncode == 2, refused.stderr
        assert "is not installed: pip install 'rollbook[metrics]'" in refused.stderr
    if "web" in here:
        looks_at_its_address(folder, tmp_path)
    if "server" in here:  # all that the server needs is there: it looks for its database
        assert said(folder, "migrate", cwd=tmp_path).returncode == 4
    if "metrics" in here:
        wanted = said(folder, "serve", cwd=tmp_path, ROLLBOOK_METRICS_LISTEN="0")
        assert wanted.returncode == 4, wanted.stderr


def looks_at_its_address(folder: Path, tmp_path: Path) -> None:
    """`rollbook web` does so once all that it needs is there."""
    where = ("--address", "127.0.0.1:1", "--listen", "0.0.0.0:0")
    refused = said(folder, "web", *where, cwd=tmp_path)
    assert refused.returncode == 2, refused.stderr
    assert "ROLLBOOK_WEB_LISTEN: 0.0.0.0:0: it is not on loopback" in refused.stderr


def test_a_client_runs_without_an_extra(wheel: Path, tmp_path: Path) -> None:
    """It gets as far as calling a server, which is not there."""
    folder = installed(wheel, (), tmp_path / "environment")
    (tmp_path / "staff.csv").write_text("employee_number,email\n1,a@example.com\n")
    (tmp_path / "token").write_text("t\n")
    where = ("--address", "127.0.0.1:1", "--token-file", "token")
    assert said(folder, "users", "list", *where, cwd=tmp_path).returncode == 4
    assert said(folder, "import", "staff.csv", *where, cwd=tmp_path).returncode == 4
