"""`doctor`: what is well, what is not, and where to look."""

import asyncio
from pathlib import Path
from typing import NamedTuple

from rollbook.errors import RollbookError
from rollbook.hooks import Plugins
from rollbook.postgres import EmbeddedPostgresError, StateInUse
from rollbook.rpc.tokens import Tokens
from rollbook.server import state
from rollbook.server.profiles import checked_profiles
from rollbook.settings import Settings
from rollbook.store import Database, StoreError
from rollbook.store.health import facts
from rollbook.store.migrating import pending

_OLDEST_POSTGRES = 14


class Finding(NamedTuple):
    """One thing that was looked at."""

    name: str
    ok: bool
    text: str


def examine(settings: Settings, *, embedded: Path | None) -> list[Finding]:
    """Look at everything a server needs, without changing any of it. Blocks."""
    found = [_profiles(settings), _plugins(settings), _tokens(settings, embedded)]
    if embedded is not None and not (embedded / "postgres").exists():
        text = (
            f"none in {embedded} yet: `rollbook migrate --embedded` makes it, and so does `serve`"
        )
        return [*found, Finding("database", ok=False, text=text)]
    try:
        with state.database(settings, embedded) as housed:
            found += asyncio.run(_database(housed))
    except StateInUse:
        text = f"a server is running on {embedded}: ask it, `rollbook profiles list`"
        found.append(Finding("database", ok=True, text=text))
    except EmbeddedPostgresError as error:
        found.append(Finding("database", ok=False, text=str(error)))
    return found


def _profiles(settings: Settings) -> Finding:
    try:
        names = [profile.name for profile in checked_profiles(settings)]
    except ValueError as error:
        return Finding("profiles", ok=False, text=str(error))
    return Finding("profiles", ok=True, text=", ".join(names))


def _plugins(settings: Settings) -> Finding:
    try:
        plugins = Plugins.load(settings.plugin_names, settings)
    except RollbookError as error:
        return Finding("plugins", ok=False, text=error.message)
    names = [plugin.name for plugin in plugins.described()]
    return Finding("plugins", ok=True, text=", ".join(names) or "none")


def _tokens(settings: Settings, folder: Path | None) -> Finding:
    try:
        principals = sorted(set(Tokens.read_files(settings.token_files).values()))
    except ValueError as error:
        return Finding("tokens", ok=False, text=str(error))
    if folder is not None:
        principals.append(state.ADMINISTRATOR)
    if not principals:
        return Finding("tokens", ok=False, text="nobody may call: set ROLLBOOK_TOKEN_FILES")
    return Finding("tokens", ok=True, text=", ".join(principals))


async def _database(settings: Settings) -> list[Finding]:
    try:
        database = await Database.open(settings)
    except StoreError:
        text = "nobody answers: check ROLLBOOK_DATABASE_URL and that PostgreSQL runs there"
        return [Finding("database", ok=False, text=text)]
    try:
        version, encoding = await facts(database)
        missing = await pending(database)
    except StoreError as error:
        return [Finding("database", ok=False, text=str(error))]
    finally:
        await database.close()
    return [
        Finding("database", ok=version >= _OLDEST_POSTGRES, text=f"PostgreSQL {version}"),
        Finding("encoding", ok=encoding == "UTF8", text=encoding),
        Finding(
            "schema",
            ok=not missing,
            text=f"run `rollbook migrate`: {', '.join(missing)}" if missing else "of this version",
        ),
    ]
