"""`doctor`: checks a server's settings, database, plugins and files."""

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from errno import EADDRINUSE
from pathlib import Path

from rollbook.access import Issuer
from rollbook.access.authentication import Authenticator
from rollbook.errors import RollbookError
from rollbook.hooks import Plugins, secrets, unlisted
from rollbook.hooks.installed import unlisted_names
from rollbook.model.openid_client import read_client
from rollbook.model.passwords import DEFAULT_LENGTH
from rollbook.postgres import EmbeddedPostgresError, StateInUse
from rollbook.server import state_folder
from rollbook.server.certificates import open_certificates
from rollbook.server.listener import check_plaintext
from rollbook.server.operations import logs
from rollbook.server.operations.finding import Finding
from rollbook.server.operations.mail_findings import keys, mail, on_hold
from rollbook.server.profiles import checked_profiles
from rollbook.settings import COMMAND_VARIABLES, Settings
from rollbook.store import Database, StoreError, directories, holds, tenancy, tokens
from rollbook.store.health import facts
from rollbook.store.migrate import pending

_OLDEST_POSTGRES = 14
_MOST_NAMED = 5


def examine(settings: Settings, *, embedded: Path | None) -> list[Finding]:
    """Look at everything a server needs, without changing any of it. Blocks."""
    logs.set_up(settings)
    settings = secrets.take_from_environment(settings)  # before plugins are started
    found = [
        *_variables(),
        _profiles(settings),
        *_plugins(settings, embedded),
        _tokens(settings, embedded),
    ]
    found += [_listening(settings), *_metrics(settings), *_issuer(settings), *_sign_in(settings)]
    found += [*_files(settings), *keys(settings)]
    if embedded is not None and not (embedded / "postgres").exists():
        text = (
            f"none in {embedded} yet: `rollbook migrate --embedded` makes it, and so does `serve`"
        )
        return [*found, Finding("database", ok=False, text=text)]
    try:
        with state_folder.database(settings, embedded) as (housed, _):
            found += asyncio.run(_database(housed, own=embedded is not None))
    except StateInUse:
        text = (
            f"not looked at, as a server is running on {embedded}: `rollbook profiles list` shows "
            "whether it answers"
        )
        found.append(Finding("database", ok=True, text=text))
    except EmbeddedPostgresError as error:
        found.append(Finding("database", ok=False, text=str(error)))
    return found


def _variables() -> list[Finding]:
    """A finding of variables `ROLLBOOK_*` that nothing reads; none: there is none."""
    known = {*Settings.variables(), *COMMAND_VARIABLES}
    plugins = tuple(
        f"ROLLBOOK_{name.removeprefix('rollbook-').replace('-', '_').upper()}_"
        for name in unlisted_names(())
    )
    strange = [
        name
        for name in sorted(os.environ)
        if name.startswith("ROLLBOOK_") and name not in known and not name.startswith(plugins)
    ]
    near = {name: get_close_matches(name, known, 1, 0.8) for name in strange}
    text = "; ".join(
        f"{name} is no setting" + (f": {near[name][0]} is perhaps meant" if near[name] else "")
        for name in strange
    )
    return [Finding("variables", ok=False, text=text)] if strange else []


def _profiles(settings: Settings) -> Finding:
    try:
        names = [profile.name for profile in checked_profiles(settings)]
    except ValueError as error:
        return Finding("profiles", ok=False, text=str(error))
    return Finding("profiles", ok=True, text=", ".join(names))


def _plugins(settings: Settings, folder: Path | None) -> list[Finding]:
    try:
        plugins = Plugins.load(settings.plugin_names, settings)
        asyncio.run(_started(plugins))
    except RollbookError as error:
        return [Finding("plugins", ok=False, text=error.message)]
    listed = [plugin.name for plugin in plugins.describe()]
    broken = [plugin.error for plugin in unlisted(listed) if plugin.error]
    text = "; ".join(
        [", ".join(listed) or "none listed", *(f"not listed: {error}" for error in broken)]
    )
    return [Finding("plugins", ok=not broken, text=text), *mail(settings, plugins, folder)]


async def _started(plugins: Plugins) -> None:
    """Start them as a server does, and stop them again.

    Raises:
        Refusal: PLUGIN_UNAVAILABLE, one does not start.
    """
    await plugins.startup()
    await plugins.shutdown()


def _tokens(settings: Settings, folder: Path | None) -> Finding:
    try:
        principals = sorted(set(Authenticator.read_files(settings.token_files).values()))
    except ValueError as error:
        return Finding("tokens", ok=False, text=str(error))
    if folder is not None:
        principals.append(state_folder.ADMINISTRATOR)
    if not principals and not settings.jwt_issuer:
        return Finding("tokens", ok=False, text="no caller has a token: set ROLLBOOK_TOKEN_FILES")
    return Finding("tokens", ok=True, text=", ".join(principals) or "those of the issuer")


def _listening(settings: Settings) -> Finding:
    try:
        opened = open_certificates(settings)
        if opened is None:
            check_plaintext(settings)
    except ValueError as error:
        return Finding("tls", ok=False, text=str(error))
    if opened is None:
        whose = "allowed by ROLLBOOK_ALLOW_PLAINTEXT" if settings.allow_plaintext else "kept here"
        text = f"none: clear text on {settings.listen}, {whose}"
        return Finding("tls", ok=True, text=text, risk=settings.allow_plaintext)
    shown = opened.current()
    names = ", ".join(shown.names) or "no name, so that no client can know it"
    is_alive = shown.expires > datetime.now(UTC)
    until = f"{'expires' if is_alive else 'expired'} {shown.expires:%Y-%m-%d %H:%M} UTC"
    asks = "; clients need a certificate too" if shown.client_ca else ""
    return Finding("tls", ok=is_alive and bool(shown.names), text=f"{names}; {until}{asks}")


def _metrics(settings: Settings) -> list[Finding]:
    """A finding of the port of metrics; none: it is off.

    A port that is taken is well: this is also asked beside the server that has it.
    """
    listen = settings.metrics_listen
    if not listen:
        return []
    text = f"shown on {listen}"
    try:
        from rollbook.server.operations import metrics_port  # brought by an extra

        metrics_port.bound(listen).server_close()
    except ModuleNotFoundError as missing:
        text = f"{missing.name} is not installed: pip install 'rollbook[metrics]'"
        return [Finding("metrics", ok=False, text=text)]
    except ValueError as error:
        if getattr(error.__cause__, "errno", None) != EADDRINUSE:
            return [Finding("metrics", ok=False, text=str(error))]
        text = f"{listen} is taken: by the server, if it runs"
    return [Finding("metrics", ok=True, text=text)]


def _issuer(settings: Settings) -> list[Finding]:
    try:
        issuer = Issuer.open(settings)
    except ValueError as error:
        return [Finding("issuer", ok=False, text=str(error))]
    return [Finding("issuer", ok=True, text=f"JWTs of {issuer.name}")] if issuer else []


def _sign_in(settings: Settings) -> list[Finding]:
    """A finding of the client by which people sign in; none: there is none."""
    try:
        client = read_client(settings)
    except ValueError as error:
        return [Finding("sign-in", ok=False, text=str(error))]
    text = f"by {client.issuer}, back to {client.redirect_url}" if client else ""
    return [Finding("sign-in", ok=True, text=text)] if client else []


def _files(settings: Settings) -> list[Finding]:
    """A finding of files that other accounts of this machine read or change; none: all is well."""
    secret = Authenticator.files(settings.token_files)
    kept = (settings.tls_key, settings.credential_keys_file, settings.oidc_client_secret_file)
    secret += [path for path in kept if path]
    public = [settings.tls_certificate, settings.tls_client_ca, settings.jwt_keys]
    wide = [f"{path} can be read by everybody" for path in secret if _mode(path) & 0o004]
    wide += [
        f"{path} can be changed by others"
        for path in (*secret, *filter(None, public))
        if _mode(path) & 0o022
    ]
    return [Finding("files", ok=True, text="; ".join(wide), risk=True)] if wide else []


def _mode(path: Path) -> int:
    """The file's permissions; 0 where there is none, which other findings are about."""
    try:
        return path.stat().st_mode
    except OSError:
        return 0


async def _database(settings: Settings, *, own: bool) -> list[Finding]:
    try:
        database = await Database.open(settings)
    except StoreError as error:
        return [Finding("database", ok=False, text=str(error))]
    try:
        version, encoding, is_superuser = await facts(database)
        missing = await pending(database)
        lasting = 0 if missing else await database.ask(tokens.lasting)
        short = [] if missing else await database.ask(directories.short_passwords)
        held = [] if missing else await database.ask(holds.read)
        open_ = [] if missing else await tenancy.gaps(database)
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
        _fence(missing, open_),
        *_exposed(is_superuser=is_superuser and not own, lasting=lasting),
        *_short_passwords(short),
        *map(on_hold, held),
    ]


def _short_passwords(names: Sequence[str]) -> list[Finding]:
    """A finding of directories that allow short passwords; none: there is none."""
    if not names:
        return []
    listed = ", ".join(names[:_MOST_NAMED]) + (" and others" if len(names) > _MOST_NAMED else "")
    text = f"less than {DEFAULT_LENGTH} characters are enough in {listed}, and are soon guessed"
    return [Finding("short passwords", ok=True, text=text, risk=True)]


def _exposed(*, is_superuser: bool, lasting: int) -> list[Finding]:
    found = []
    if is_superuser:
        text = "a superuser, which PostgreSQL does not limit: use a login of its own"
        found.append(Finding("login", ok=True, text=text, risk=True))
    if lasting:
        text = f"{lasting} stored that stay open for over a year: `rollbook tokens list`"
        found.append(Finding("long tokens", ok=True, text=text, risk=True))
    return found


def _fence(missing: list[str], gaps: list[str]) -> Finding:
    if missing:
        return Finding("fence", ok=False, text="comes with the schema")
    text = "; ".join(gaps) or "each directory is behind its own, for rollbook_app"
    return Finding("fence", ok=not gaps, text=text)
