"""The metrics of a running server, read over HTTP as Prometheus reads them."""

import asyncio
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.environment import Server


def address(log: Path) -> str:
    """Where the server shows its metrics: the one line of its log that says so."""
    lines = map(json.loads, log.read_text().splitlines())
    (address,) = [line["address"] for line in lines if line["event"] == "metrics"]
    return str(address)


def text_of(server: Server) -> str:
    """One scrape."""
    with urllib.request.urlopen(f"http://{address(server.log)}/metrics", timeout=10) as answer:
        text: str = answer.read().decode()
    return text


class Scraped:
    """What one scrape said, by name and labels."""

    def __init__(self, text: str):
        self.text = text
        self.families = [*text_string_to_metric_families(text)]

    def value(self, name: str, **labels: str) -> float:
        """The one sample of that name and those labels; 0 if there is none."""
        found = [
            sample.value
            for family in self.families
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        assert len(found) <= 1, found
        return found[0] if found else 0


async def scraped(server: Server) -> Scraped:
    """One scrape, which does not hold the loop."""
    return Scraped(await asyncio.to_thread(text_of, server))


async def until(server: Server, so: Callable[[Scraped], bool]) -> Scraped:
    """The first scrape of which it is so."""
    async with asyncio.timeout(30):
        while True:
            if so(seen := await scraped(server)):
                return seen
            await asyncio.sleep(0.05)
