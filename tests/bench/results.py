"""What a benchmark found, as JSON on disk: for its tables, and for the picture."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.bench.client import Seen
from tests.bench.figures import Run
from tests.bench.together import Together

_TOP = Path(__file__).parents[2]


@dataclass(slots=True, kw_only=True)
class Results:
    """Of one run of the benchmark: from what, on what, and what was measured.

    `processors` says in percent what the processors did meanwhile; `missing` what was not
    installed, and so not measured.
    """

    commit: str
    command: str
    facts: list[str]
    processors: Mapping[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)
    single: list[Seen] = field(default_factory=list)
    together: list[Together] = field(default_factory=list)

    def save(self, path: Path) -> None:
        """Write them; a file that is there is replaced."""
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", "utf-8")

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote."""
        found = json.loads(path.read_text("utf-8"))
        found["runs"] = [_run(run) for run in found["runs"]]
        found["together"] = [Together(**one) for one in found["together"]]
        return cls(**found)


def _run(found: dict[str, Any]) -> Run:
    unplugged = found.pop("unplugged")
    return Run(**found, unplugged=_run(unplugged) if unplugged else None)


def commit() -> str:
    """The commit that is measured, with a `+` where files differ from it; `unknown` without git."""
    try:
        head, changed = (
            subprocess.run(
                ["git", *words],
                cwd=_TOP,
                env=os.environ | {"GIT_OPTIONAL_LOCKS": "0"},
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            for words in (("rev-parse", "--short", "HEAD"), ("status", "--porcelain"))
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{head}+" if changed else head
