"""What a client says at the start → a job, or a refusal by name. Nothing is ignored."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import Enum
from uuid import UUID

from rollbook.errors import Reason, Refusal
from rollbook.importing.job import House, Job
from rollbook.profiles import Profile, Profiles
from rollbook.store import imports, names
from rollbook.words import (
    Commit,
    FirstPassword,
    LineRange,
    MissingUsers,
    Notify,
    Options,
    State,
)

_MAX_SOURCE = 200
_MAX_COLUMNS = 256
_BUILT: Mapping[str, frozenset[object]] = {
    "commit": frozenset({Commit.PER_BATCH}),
    "first_password": frozenset({FirstPassword.NONE}),
    "notify": frozenset({Notify.NOBODY}),
    "missing_users": frozenset({MissingUsers.IGNORE}),
    "only_lines": frozenset({()}),
    "only_outcomes": frozenset({()}),
    "include_changes": frozenset({False}),
    "max_failed_rows": frozenset({None}),
}
"""The options whose choices are not all built yet, and those that are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What the client said. `options` holds only what it set."""

    import_id: str
    directory: str
    profile: str
    source: str
    skip_results: bool
    options: Mapping[str, object]


async def open_job(house: House, profiles: Profiles, start: Start, principal: str) -> Job:
    """Open the import in the database.

    Raises:
        Refusal: INVALID_OPTIONS, naming the option; PERMISSION_DENIED, the directory is missing
            or the import another's; IMPORT_ALREADY_RUNNING; IMPORT_NOT_RESUMABLE; RATE_LIMITED.
    """
    import_id = _uuid(start.import_id)
    profile = profiles.named(start.profile)
    options = effective(profile, start.options)
    if start.skip_results:
        raise _not_available("skip_results", True)
    if len(start.source) > _MAX_SOURCE:
        raise invalid("source", f"source is over {_MAX_SOURCE} characters.")
    async with house.database.connection() as connection:
        directory = await names.directory(connection, start.directory)
        if directory is None:
            raise denied()
        known = await imports.get_import(connection, directory.id, import_id)
        if known is not None:
            raise _known(known, principal)
        if await imports.started_lately(connection, principal) >= (
            house.settings.new_imports_per_hour
        ):
            raise Refusal(
                Reason.RATE_LIMITED,
                f"You have started {house.settings.new_imports_per_hour} imports within the hour; "
                "wait a while.",
                {"retry_after_s": "60"},
            )
        opened = await imports.open_import(
            connection,
            directory_id=directory.id,
            import_id=import_id,
            principal=principal,
            profile=profile.name,
            source=start.source or profile.name,
            options=as_json(options),
        )
    if not opened:
        raise Refusal(Reason.IMPORT_ALREADY_RUNNING, "This import is running already.")
    return Job(
        house=house,
        import_id=import_id,
        directory=directory,
        principal=principal,
        profile=profile,
        source=start.source or profile.name,
        options=options,
        asking=house.plugins.asking(),
    )


def effective(profile: Profile, said: Mapping[str, object]) -> Options:
    """The profile's options, with what the client said.

    Raises:
        Refusal: INVALID_OPTIONS, naming the option.
    """
    options = replace(profile.defaults(), **said)  # type: ignore[arg-type]
    if len(options.columns) > _MAX_COLUMNS:
        raise invalid("columns", f"columns maps more than {_MAX_COLUMNS} headers.")
    if options.max_failed_rows is not None and options.max_failed_rows < 0:
        raise invalid("max_failed_rows", "max_failed_rows is below zero.")
    for name, built in _BUILT.items():
        if (value := getattr(options, name)) not in built:
            raise _not_available(name, value)
    return options


def as_json(options: Options) -> dict[str, object]:
    """Options as they are stored and compared."""
    return {f.name: _plain(getattr(options, f.name)) for f in fields(options)}


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, LineRange):
        return [value.first, value.last]
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def invalid(option: str, message: str) -> Refusal:
    """An option that cannot be, by name."""
    return Refusal(Reason.INVALID_OPTIONS, message, {"option": option})


def denied() -> Refusal:
    """The same for a missing directory, another's import, and a right that is not there."""
    return Refusal(
        Reason.PERMISSION_DENIED,
        "This is not permitted: check the directory's name, and what your token may do.",
    )


def _not_available(option: str, value: object) -> Refusal:
    shown = value.value if isinstance(value, Enum) else value
    return Refusal(
        Reason.INVALID_OPTIONS,
        f"{option} = {shown} is not available yet in this version.",
        {"option": option, "value": str(shown), "not_available": "true"},
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise invalid("import_id", "import_id must be a UUID.") from None


def _known(known: imports.ImportRow, principal: str) -> Refusal:
    if known.principal != principal:
        return denied()
    if known.state is State.RUNNING:
        return Refusal(Reason.IMPORT_ALREADY_RUNNING, "This import is running already.")
    return Refusal(
        Reason.IMPORT_NOT_RESUMABLE,
        f"This import is {known.state.value}; going on with it is not available yet. "
        "Use a new import id.",
        {"state": known.state.value, "not_available": "true"},
    )
