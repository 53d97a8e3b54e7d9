"""Lists the settings and environment variables that plugins do not get."""

import os
from urllib.parse import urlencode, urlsplit, urlunsplit

from rollbook.settings import Settings

# Of libpq, which asyncpg reads at every connection, by the parameter of a URL that does the same.
_LIBPQ = {"PGPASSWORD": "password", "PGPASSFILE": "passfile", "PGSSLKEY": "sslkey"}
_CLIENT = ("ROLLBOOK_TOKEN", "ROLLBOOK_TOKEN_FILE")  # for the command, perhaps in the same shell


def secret_variables() -> frozenset[str]:
    """The variables that hold a secret, or the path of one, whether or not they are set."""
    settings = (f"ROLLBOOK_{name.upper()}" for name in Settings.secret_fields())
    return frozenset((*settings, *_CLIENT, *_LIBPQ))


def settings_for_plugins(settings: Settings) -> Settings:
    """The settings that plugins get: those that hold a secret are blank."""
    blank = {name: Settings.model_fields[name].default for name in Settings.secret_fields()}
    return settings.model_copy(update=blank)


def take_from_environment(settings: Settings) -> Settings:
    """Remove the secrets from this process's environment, for plugins and for child processes.

    Returns the settings to use from now on: their `database_url` has libpq's secrets as parameters,
    for connections that are opened later. A value in the URL itself takes precedence.
    """
    libpq = {parameter: os.environ.get(name) for name, parameter in _LIBPQ.items()}
    for name in secret_variables():
        os.environ.pop(name, None)
    taken = {parameter: value for parameter, value in libpq.items() if value}
    if not settings.database_url or not taken:
        return settings
    url = urlsplit(settings.database_url)
    query = "&".join(part for part in (urlencode(taken), url.query) if part)
    return settings.model_copy(update={"database_url": urlunsplit(url._replace(query=query))})
