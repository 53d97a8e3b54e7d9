"""Reads the commands, links and tables of the project's pages."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    ROOT / page
    for page in (
        "README.md",
        "CHANGELOG.md",
        "service/README.md",
        "plugins/README.md",
        "proto/README.md",
        "deploy/README.md",
        "deploy/administration.md",
        "tests/README.md",
        *(str(page.relative_to(ROOT)) for page in ROOT.glob("plugins/*/README.md")),
    )
)


def name_of(page: Path) -> str:
    """The page's path from the top of the tree."""
    return str(page.relative_to(ROOT))


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of that language."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.DOTALL | re.MULTILINE)
    return [block for said, block in found if said == language]


def commands(page: Path) -> Iterator[list[str]]:
    """The commands of the page's shell blocks, in words; settings before a command left out."""
    for block in blocks(page, "sh"):
        for line in block.replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                words = words[1:]
            if words:
                yield words


def links(page: Path) -> list[str]:
    """What the page links to, outside of code; anchors left out."""
    prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    found = (target.split("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", prose))
    return [target for target in found if target]


def table(text: str) -> list[list[str]]:
    """The cells of the first table in a text, its head and rule left out."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip("|"))]
        for row in rows[2:]
    ]


def between(page: Path, marker: str) -> str:
    """What stands between `<!-- marker:begin -->` and `<!-- marker:end -->`."""
    begin, end = f"<!-- {marker}:begin -->", f"<!-- {marker}:end -->"
    return page.read_text().split(begin)[1].split(end)[0]
