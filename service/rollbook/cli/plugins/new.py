"""`rollbook plugins new`: creates the folder of a working plugin."""

import importlib.util
import keyword
import re
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template

import click

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 50
_FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
    "gitignore.txt": ".gitignore",
    "plugin.py.txt": "$module.py",
    "test_plugin.py.txt": "tests/test_$module.py",
}


def write_plugin(name: str, folder: Path) -> list[Path]:
    """Write the plugin `name` into `folder`, which must be empty or missing; returns the files.

    Raises:
        click.UsageError: the name is not valid, or the folder is not empty.
        OSError: the folder cannot be written to.
    """
    words = {"name": name, "module": module_of(name), "version": version("rollbook")}
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.UsageError(
            f"{folder} exists already and is not empty; nothing in it was changed"
        )
    written = []
    for source, wanted in _FILES.items():
        path = folder / Template(wanted).substitute(words)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = files("rollbook.cli").joinpath("plugins", "template", source).read_text("utf-8")
        with path.open("x", encoding="utf-8") as opened:  # never overwrites a file
            opened.write(Template(text).substitute(words))
        written.append(path)
    return written


def module_of(name: str) -> str:
    """The module of the plugin `name`.

    Raises:
        click.UsageError: no plugin can have that name.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise click.UsageError(
            f"{name!r} is not a name for a plugin: use lower-case words joined by hyphens, such as"
            f" acme-roles, at most {_LONGEST} characters"
        )
    module = name.replace("-", "_")
    if keyword.iskeyword(module) or module in sys.stdlib_module_names | {"rollbook", "tests"}:
        raise click.UsageError(f"{module} is a module or a keyword of Python or Rollbook already")
    if importlib.util.find_spec(module) is not None:
        raise click.UsageError(f"there is a module {module} already; choose another name")
    return module
