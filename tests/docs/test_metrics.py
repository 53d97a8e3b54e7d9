"""The operator's page lists every metric as the server shows it, and no other.

`python -m tests.docs.test_metrics` writes the table into the page.
"""

from prometheus_client import CollectorRegistry, ProcessCollector

from rollbook.server.operations.metrics import METRICS
from tests.docs.pages import ROOT, between, table

PAGE = ROOT / "deploy/README.md"
HEAD = "| metric | type | labels | what |\n|---|---|---|---|\n"
OF_PROCESS = (
    (
        "process_cpu_seconds_total",
        "Seconds of processor time, of the server's own process, without the one that reads large "
        "files.",
    ),
    (
        "process_resident_memory_bytes",
        "Its memory that is in use; an embedded PostgreSQL's is not in it, nor that of the process "
        "that reads large files.",
    ),
    ("process_virtual_memory_bytes", "Its address space."),
    ("process_start_time_seconds", "When it started, in seconds since 1970."),
    ("process_open_fds", "Its open files and connections."),
    ("process_max_fds", "How many it may have open."),
)
"""Those of prometheus-client itself, in our words."""


def process_types() -> dict[str, str]:
    """The metrics of a process as prometheus-client shows them, with their types."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return {
        family.name + "_total" * (family.type == "counter"): family.type
        for family in registry.collect()
    }


def rows() -> list[list[str]]:
    """The table as it must be, one row a metric, in the order in which they are shown."""
    types = process_types()
    ours = [
        [
            f"`{metric.name}`",
            metric.type,
            ", ".join(f"`{label}`" for label in metric.labels) or "–",
            metric.what,
        ]
        for metric in METRICS
    ]
    return ours + [[f"`{name}`", types[name], "–", what] for name, what in OF_PROCESS]


def test_every_metric_stands_there_as_it_is() -> None:
    """Name, type, labels and text; `python -m tests.docs.test_metrics` writes them."""
    assert table(between(PAGE, "metrics")) == rows()


def test_those_of_the_process_are_those_of_the_library() -> None:
    assert {name for name, _ in OF_PROCESS} == set(process_types())


if __name__ == "__main__":
    lines = "".join(f"| {' | '.join(row)} |\n" for row in rows())
    before, rest = PAGE.read_text().split("<!-- metrics:begin -->")
    after = rest.split("<!-- metrics:end -->")[1]
    PAGE.write_text(f"{before}<!-- metrics:begin -->\n{HEAD}{lines}<!-- metrics:end -->{after}")
