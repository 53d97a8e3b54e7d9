"""The options that `serve`, `migrate` and `doctor` share."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from rollbook.cli.connection import STATE
from rollbook.cli.exit_codes import CannotStart
from rollbook.cli.extras import needs_extra
from rollbook.errors import Refusal

if TYPE_CHECKING:
    from rollbook.settings import Settings

Decorated = TypeVar("Decorated", bound=Callable[..., object])


def database_options(command: Decorated) -> Decorated:
    """Which database: one of our own in a folder, or the one that the environment names."""
    command = click.option(
        "--state",
        type=click.Path(file_okay=False, path_type=Path),
        default=STATE,
        show_default=True,
        help="With --embedded: the folder for the database, the address and the token.",
    )(command)
    return click.option(
        "--embedded",
        is_flag=True,
        help="Start an own PostgreSQL, instead of using ROLLBOOK_DATABASE_URL.",
    )(command)


def settings_from_environment(*, embedded: bool, **typed: object) -> "Settings":
    """The operator's settings; what was `typed` wins.

    Raises:
        click.UsageError: a setting is wrong, or there is no database; names the variable.
    """
    with needs_extra("server"):
        import rollbook.server  # noqa: F401 -- all that the extra brings, before anything starts
        from rollbook.settings import Settings
    try:
        settings = Settings.read(**typed)
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
    if not embedded and not settings.database_url:
        raise click.UsageError(
            "which database? Set ROLLBOOK_DATABASE_URL=postgresql://…, or give --embedded"
        )
    return settings


def is_embedded_here(state: Path) -> bool:
    """Whether no database is named, and the folder has the state of an embedded one."""
    named = os.environ.get("ROLLBOOK_DATABASE_URL", "").strip()
    return not named and (state / "postgres").is_dir()


@contextmanager
def server_side() -> Iterator[None]:
    """What the server's side raises for an operator, as a command's errors.

    Raises:
        click.UsageError: a setting, a file that it names, or the login of the database is wrong.
        CannotStart: there is no database, or it does not answer.
    """
    from rollbook.postgres import EmbeddedPostgresError, PostgresMissing
    from rollbook.store import NoLogin, StoreError, Unavailable

    try:
        yield
    except PostgresMissing as wrong:
        raise click.UsageError(str(wrong)) from None
    except EmbeddedPostgresError as wrong:
        raise CannotStart(str(wrong)) from None
    except NoLogin as wrong:
        raise click.UsageError(str(wrong)) from None
    except Unavailable as wrong:
        raise CannotStart(str(wrong)) from None
    except StoreError as wrong:
        raise click.UsageError(f"the database cannot be used: {wrong}") from None
    except Refusal as wrong:  # the server did not start: its plugins are not what the settings name
        raise click.UsageError(wrong.message) from None
    except ValueError as wrong:
        raise click.UsageError(str(wrong)) from None
