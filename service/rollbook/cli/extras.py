"""Reports a missing extra with the `pip install` that adds it.

`pip install rollbook` brings what a client needs. Commands import the rest when they run, so that
each command's help works with every choice of extras.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

import click


@contextmanager
def needs_extra(extra: str) -> Iterator[None]:
    """Import within this block what the extra brings.

    Raises:
        click.UsageError: a module is missing; names it and the extra.
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "rollbook":
            raise  # ours: a bug, which no extra mends
        raise click.UsageError(
            f"{missing.name} is not installed: pip install 'rollbook[{extra}]'"
        ) from None


_WEB = (
    *("authlib", "httptools", "httpx2", "jinja2", "joserfc", "markupsafe", "multipart"),
    *("starlette", "uvicorn"),
)


def has_web() -> bool:
    """Whether all that the extra `web` brings is installed."""
    return all(map(find_spec, _WEB))
