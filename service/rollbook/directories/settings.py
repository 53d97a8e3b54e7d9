"""Creates, changes, lists and removes directories, and checks their settings."""

from collections.abc import Collection, Iterable

import structlog

from rollbook.access import Caller, Scope, denied, enter
from rollbook.access.authorization import is_directory_name
from rollbook.checking import echo
from rollbook.checking.cells import printable
from rollbook.checking.request_text import REQUEST
from rollbook.context import AppContext
from rollbook.directories.sources import check_source, check_spelling, check_twins
from rollbook.errors import Reason, Refusal
from rollbook.model.passwords import LEAST_LENGTH, MOST_LENGTH
from rollbook.store import Connection, directories, roles
from rollbook.store.directories import DirectoryFacts, DirectorySettings, InUse, Safeguards
from rollbook.store.staging import take_turn

_MOST_SOURCES = 1_000
_MOST_COUNT = 2**53
"""So that every parser of JSON can read it."""
_MOST_COUNTED = 1_000
_log: structlog.typing.FilteringBoundLogger = structlog.get_logger()


async def create(
    app: AppContext, caller: Caller, name: str, settings: DirectorySettings
) -> DirectoryFacts:
    """Make a directory. `default_role` '': the role Standard, which each new directory has.

    Raises:
        Refusal: PERMISSION_DENIED, the name is not one of the caller's; INVALID_OPTIONS;
            RESOURCE_EXISTS; RESOURCE_NOT_FOUND, there is no such role.
    """
    if not is_directory_name(name):
        raise REQUEST.wrong(
            "name",
            "A directory's name is 1 to 64 of a-z, 0-9 and -, beginning with a letter.",
            value=name,
        )
    if not caller.may_enter(name):
        raise denied()
    settings = _checked(settings)
    check_twins("sources", settings.sources)
    async with app.database.transaction() as connection:
        made = await directories.make_directory(connection, name, settings.display_name)
        if made is None:
            raise Refusal(
                Reason.RESOURCE_EXISTS,
                f"The directory {name} is already there.",
                {"option": "name", "value": name},
            )
        await directories.set_directory(connection, made, settings)
        if settings.default_role:
            await _make_default(connection, caller, made, settings.default_role)
        facts = await directories.facts(connection, made)
    _log_change("created", caller, name, DirectorySettings(), facts.settings)
    return facts


async def get(app: AppContext, caller: Caller, name: str) -> DirectoryFacts:
    """The directory of that name.

    Raises:
        Refusal: PERMISSION_DENIED, it is missing or not the caller's.
    """
    directory = await enter(app, caller, name)
    async with app.database.within(directory.id).connection() as connection:
        return await directories.facts(connection, directory.id)


async def page(app: AppContext, caller: Caller, after: str, most: int) -> list[DirectoryFacts]:
    """At most `most` of the caller's directories by name, beginning after the name `after`."""
    async with app.database.connection() as connection:
        return await directories.page(connection, after, most, caller.directories)


async def update(
    app: AppContext, caller: Caller, name: str, settings: DirectorySettings, paths: Collection[str]
) -> DirectoryFacts:
    """Set what `settings` has under these paths: a field, or `safeguards.` with one of theirs.

    Raises:
        Refusal: PERMISSION_DENIED, it is missing or not the caller's; INVALID_OPTIONS, a value
            cannot be, or there is no such path; RESOURCE_NOT_FOUND, there is no such role.
    """
    directory = await enter(app, caller, name)
    async with app.database.within(directory.id).turn() as connection:
        await take_turn(connection, directory.id)  # so that two changes at once both count
        stored = (await directories.facts(connection, directory.id)).settings
        changed = _checked(_changed(stored, settings, paths))
        await check_spelling(connection, directory.id, "sources", changed.sources)
        await directories.set_directory(connection, directory.id, changed)
        if "default_role" in paths:
            await _make_default(connection, caller, directory.id, changed.default_role)
        facts = await directories.facts(connection, directory.id)
    if facts.settings != stored:
        _log_change("changed", caller, name, stored, facts.settings)
    return facts


async def delete(app: AppContext, caller: Caller, name: str) -> DirectoryFacts:
    """Remove a directory with all that it holds; answers what it was.

    Raises:
        Refusal: PERMISSION_DENIED, it is missing or not the caller's; RESOURCE_IN_USE, it has
            users, or an import runs.
    """
    directory = await enter(app, caller, name)
    async with app.database.within(directory.id).turn() as connection:
        await take_turn(connection, directory.id)
        facts = await directories.facts(connection, directory.id)
        in_use = await directories.claim(connection, directory.id)
        if in_use.users or in_use.imports:
            raise _in_use(facts.name, in_use)
        await directories.remove(connection, directory.id)
    _log.info("directory removed", directory=name, principal=caller.principal)
    return facts


def _log_change(
    verb: str, caller: Caller, name: str, before: DirectorySettings, after: DirectorySettings
) -> None:
    """Log who changed what is named, and each setting that differs: before and after."""
    old, new = _flat(before), _flat(after)
    differs = [path for path in {**old, **new} if old.get(path) != new.get(path)]
    _log.info(
        f"directory {verb}",
        directory=name,
        principal=caller.principal,
        before={path: old.get(path) for path in differs},
        after={path: new.get(path) for path in differs},
    )


def _flat(settings: DirectorySettings) -> dict[str, object]:
    """The settings by path, each safeguard and each source for itself."""
    plain = settings._asdict()
    limits, sources = plain.pop("safeguards")._asdict(), plain.pop("sources")
    return {
        **plain,
        "notices": list(settings.notices),
        **{f"safeguards.{name}": limit for name, limit in limits.items()},
        **{f"sources.{name}": principal for name, principal in sources.items()},
    }


def _changed(
    stored: DirectorySettings, settings: DirectorySettings, paths: Iterable[str]
) -> DirectorySettings:
    stored = stored._replace(sources={})  # what is not named stays as it is
    for path in paths:
        match path.split("."):
            case [field] if field in DirectorySettings._fields:
                stored = stored._replace(**{field: getattr(settings, field)})
            case ["safeguards", limit] if limit in Safeguards._fields:
                value = getattr(settings.safeguards, limit)
                safeguards = stored.safeguards._replace(**{limit: value})
                stored = stored._replace(safeguards=safeguards)
            case _:
                known = ", ".join(DirectorySettings._fields)
                message = f"{echo(path)} cannot be changed; known: {known}."
                raise REQUEST.wrong("update_mask", message, value=path)
    return stored


def _checked(settings: DirectorySettings) -> DirectorySettings:
    """The settings, with their display name as it is stored.

    Raises:
        Refusal: INVALID_OPTIONS, one cannot be.
    """
    seats, per_minute = settings.seats, settings.notices_per_minute
    if seats is not None and not 0 <= seats <= _MOST_COUNT:
        raise REQUEST.wrong("seats", f"seats must be from 0 to {_MOST_COUNT:,}.")
    if per_minute is not None and per_minute < 1:
        raise REQUEST.wrong("notices_per_minute", "notices_per_minute must be 1 or more.")
    least_length = settings.password_min_length
    if not LEAST_LENGTH <= least_length <= MOST_LENGTH:
        message = f"password_min_length must be from {LEAST_LENGTH} to {MOST_LENGTH}."
        raise REQUEST.wrong("password_min_length", message)
    for name, limit in settings.safeguards._asdict().items():
        most = 100 if name.endswith("_percent") else _MOST_COUNT
        if limit is not None and not 0 <= limit <= most:
            message = f"{name} must be from 0 to {most:,}, or off."
            raise REQUEST.wrong(f"safeguards.{name}", message)
    if len(settings.sources) > _MOST_SOURCES:
        raise REQUEST.wrong("sources", f"At most {_MOST_SOURCES:,} sources are set in one call.")
    sources = {}
    for source, principal in settings.sources.items():
        if not source:
            raise REQUEST.wrong("sources", "A source has a name.")
        check_source("sources", source)
        sources[source] = REQUEST.text("sources", principal)
    return settings._replace(
        display_name=REQUEST.text("display_name", settings.display_name), sources=sources
    )


async def _make_default(
    connection: Connection, caller: Caller, directory_id: int, name: str
) -> None:
    wanted = REQUEST.name("default_role", name)
    holding = await roles.holding(connection, directory_id, [wanted.key])
    named = [role for role in holding if role.name.key == wanted.key]
    if not named:
        raise Refusal(
            Reason.RESOURCE_NOT_FOUND,
            f"There is no role {echo(wanted.text)} in this directory.",
            {"option": "default_role", "value": printable(wanted.text)},
        )
    if named[0].privileged and not caller.may(Scope.ROLES_PRIVILEGED):
        raise denied()  # each new user would get it
    await roles.make_default(connection, directory_id, wanted.key)


def users_counted(count: int) -> str:
    """So many users, as the database counts those who are in the way: only as far as is needed."""
    if count > _MOST_COUNTED:
        return f"more than {_MOST_COUNTED:,} users"
    return f"{count} user{'' if count == 1 else 's'}"


def _in_use(name: str, in_use: InUse) -> Refusal:
    users, imports = in_use
    running = f"{imports} running import{'' if imports == 1 else 's'}"
    parts = ((users, users_counted(users)), (imports, running))
    held = " and ".join(text for count, text in parts if count)
    return Refusal(
        Reason.RESOURCE_IN_USE,
        f"The directory {name} has {held}, and only an empty one can be removed.",
        {"option": "directory", "value": name, "users": str(users), "imports": str(imports)},
    )
