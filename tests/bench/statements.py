"""Reads what each backend of PostgreSQL did, and when, from its log of durations."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources

from rollbook.store.statements import sql
from tests.bench.sampled import Span

LOGGED: Mapping[str, str] = {
    "log_min_duration_statement": "0",
    "log_line_prefix": "%n %p ",
    "log_parameter_max_length": "0",
}
"""Settings of a cluster whose log can be read here: each statement, and none of its values."""

_ENTRY = re.compile(r"^(?=\d+\.\d+ \d+ )", re.MULTILINE)
_DURATION = re.compile(
    r"(?P<at>\d+\.\d+) (?P<pid>\d+) LOG: +duration: (?P<ms>[\d.]+) ms +"
    r"(?P<phase>parse|bind|execute|statement)[^:]*: (?P<text>.*)",
    re.DOTALL,
)
COMMIT = "transactions/commit"
"""Ends a batch, and nothing else."""


def statements(log: str) -> dict[int, list[Span]]:
    """What the log has, by backend: each statement's name, and its phase, in the log's order.

    A duration ends when it is written, so that times are right to a millisecond.
    """
    found: dict[int, list[Span]] = defaultdict(list)
    for entry in _ENTRY.split(log):
        if duration := _DURATION.match(entry):
            at = float(duration["at"])
            span = Span(
                at - float(duration["ms"]) / 1e3, at, name_of(duration["text"]), duration["phase"]
            )
            found[int(duration["pid"])].append(span)
    return dict(found)


def name_of(text: str) -> str:
    """`DOMAIN/NAME` of a statement of ours; of another its first word, or two."""
    bare = _bare(text)
    if known := _known().get(bare):
        return known
    words = re.sub(r'["();,]', " ", bare.lower()).split()
    return " ".join(words[: 2 if words[0] in {"copy", "with"} else 1]) if words else "nothing"


@cache
def _known() -> dict[str, str]:
    return {_bare(sql(name)): name for name in _names()}


def _names() -> Iterator[str]:
    for domain in (resources.files("rollbook.store") / "sql").iterdir():
        if domain.is_dir():
            for file in domain.iterdir():
                if file.name.endswith(".sql") and not file.name.endswith(".part.sql"):
                    yield f"{domain.name}/{file.name.removesuffix('.sql')}"


def _bare(text: str) -> str:
    """A statement without its comments and white space."""
    lines = (line.strip() for line in text.splitlines())
    return " ".join(" ".join(line for line in lines if not line.startswith("--")).split())
