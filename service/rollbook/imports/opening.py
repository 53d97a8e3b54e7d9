"""Opens an import: checks what its `start` asks for, and makes a job or refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from rollbook.access import Caller, Scope, denied
from rollbook.context import AppContext
from rollbook.directories.sources import check_source, check_spelling, speak_for
from rollbook.errors import Reason, Refusal
from rollbook.imports.job.held_lease import opened, taken_over_by
from rollbook.imports.job.job import Job, job_of, lowered, reaches
from rollbook.imports.job.rows_kept import check_rows_kept
from rollbook.imports.options import as_json, effective, parse_id
from rollbook.model import Commit, MissingUsers, Notify, Options, State
from rollbook.profiles import Profiles
from rollbook.reading import Reader
from rollbook.store import Connection, imports, ledger, name_lookup, tokens
from rollbook.store.connection import SingleStatements

_MOST_OF_A_NAME = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What the client asked for. `options` holds only what it set.

    `commits` is the right that a caller who commits must have; without it there are previews alone.
    `file_name` does not identify the content: a resume may have another.
    """

    import_id: str
    directory: str
    profile: str
    source: str
    skip_results: bool
    options: Mapping[str, object]
    commits: Scope = Scope.IMPORTS_WRITE
    results_after_line: int = 0
    file_name: str = ""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What makes an import the same import."""

    profile: str
    source: str
    options: Options
    usual: Mapping[str, object]
    file_name: str = field(compare=False)
    """Kept when the import begins, and never compared."""

    def as_json(self) -> dict[str, object]:
        return {"profile": self.profile, "source": self.source, **as_json(self.options)}


def kept_name(given: str) -> str:
    """A file's name as it is kept: the last part of a path, in one line of 255 code points.

    What cannot be printed is U+FFFD. It is a label alone, and no name is refused for what it is.
    """
    name = given.strip()
    name = name[max(name.rfind("/"), name.rfind("\\")) + 1 :]
    if len(name) > _MOST_OF_A_NAME:
        name = name[: _MOST_OF_A_NAME - 1] + "…"
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in name)


async def open_job(app: AppContext, profiles: Profiles, start: Start, caller: Caller) -> Job:
    """Open the import in the database, or go on with it where the same was sent before.

    Where the caller goes away meanwhile, nothing is held.

    Raises:
        Refusal: INVALID_OPTIONS, naming the option; PERMISSION_DENIED, the directory is missing
            or not the caller's, the import another's, the caller may only preview, or may
            set no passwords;
            IDEMPOTENCY_CONFLICT; IMPORT_ALREADY_RUNNING; IMPORT_NOT_RESUMABLE; RATE_LIMITED.
    """
    return await opened(_open(app, profiles, start, caller))


async def _open(app: AppContext, profiles: Profiles, start: Start, caller: Caller) -> Job:
    import_id = parse_id(start.import_id)
    profile = profiles.named(start.profile)
    options = effective(profile, start.options)
    identified = profile.identified_by(options.identity)
    Reader(identified, options, app.settings)  # refuses what cannot be read, before the id is used
    # An option that was added since the import began was as the profile has it.
    usual = as_json(profile.defaults())
    file_name = kept_name(start.file_name)
    wish = _Wish(profile.name, start.source or profile.name, options, usual, file_name)
    if start.commits is Scope.IMPORTS_WRITE:
        check_source("source", start.source)
    directory = await app.database.ask(
        lambda connection: name_lookup.directory(connection, start.directory)
    )
    if directory is None or not caller.may_enter(directory.name):
        raise denied()
    if options.commit is not Commit.NONE and not caller.may(start.commits):
        raise denied()
    check_mail(options, caller)
    within = app.database.within(directory.id)
    await within.ask(lambda connection: _known(connection, app, directory, import_id, caller, wish))
    async with taken_over_by(app, directory.id, import_id) as lease:
        if lease is None:
            raise already_running()
        # Only from here on no other call changes it.
        row, reached = await within.ask(
            lambda connection: _ours(connection, directory.id, import_id, caller)
        )
    return job_of(
        *(app, directory, profile, row, lease, reached, options),
        skip_results=start.skip_results,
        results_after_line=start.results_after_line,
    )


async def _known(
    connection: SingleStatements,
    app: AppContext,
    directory: name_lookup.DirectoryRow,
    import_id: UUID,
    caller: Caller,
    wish: _Wish,
) -> None:
    """Open the import if its id is new; else see whether it is the same import."""
    async with connection.together() as together:
        await check_spelling(together, directory.id, "source", [wish.source])
        if wish.options.missing_users is MissingUsers.SUSPEND:
            claim = wish.options.commit is not Commit.NONE
            await speak_for(together, directory.id, wish.source, caller.principal, claim=claim)
        row = await imports.get_import(together, directory.id, import_id)
        if row is None:
            row = await _new(together, app, directory, import_id, caller, wish)
        _check_same(row, caller.principal, wish)


async def _ours(
    connection: SingleStatements, directory_id: int, import_id: UUID, caller: Caller
) -> tuple[imports.ImportRow, ledger.Reached]:
    """The import and how far it is, for the one who holds its lease."""
    async with connection.together() as together:
        row = await imports.get_import(together, directory_id, import_id)
        if row is None:
            raise denied()  # its directory was removed meanwhile
        row = await lowered(together, directory_id, row, caller)
        reached = await ledger.reached(together, directory_id, row)
        if row.state in (State.RUNNING, State.INTERRUPTED):
            check_rows_kept(row)
        if row.state is State.INTERRUPTED:
            await imports.resume_import(together, directory_id, import_id)
        return row, reached


async def _new(
    connection: Connection,
    app: AppContext,
    directory: name_lookup.DirectoryRow,
    import_id: UUID,
    caller: Caller,
    wish: _Wish,
) -> imports.ImportRow:
    most = app.settings.new_imports_per_hour
    if await imports.started_lately(connection, caller.principal) >= most:
        raise Refusal(
            Reason.RATE_LIMITED,
            f"You have started {most} imports within the hour; wait a while.",
            {"retry_after_s": "60"},
        )
    await imports.open_import(
        connection,
        directory_id=directory.id,
        import_id=import_id,
        principal=caller.principal,
        profile=wish.profile,
        source=wish.source,
        options=as_json(wish.options),
        reaches=reaches(caller.ceiling),
        file_name=wish.file_name,
    )
    row = await imports.get_import(connection, directory.id, import_id)
    if row is None or row.principal != caller.principal:
        raise denied()
    # From now on no other principal can make a token of this name, also if it is a JWT's.
    if caller.operator:
        own = caller.principal
        await tokens.remember_maker(connection, own, own, by_operator=True)
    return row


def _check_same(row: imports.ImportRow, principal: str, wish: _Wish) -> None:
    """Whether the id may be used again, by this principal and for this."""
    if row.principal != principal:
        raise denied()
    wanted = wish.as_json()
    known = {"profile": row.profile, "source": row.source, **wish.usual, **row.options}
    differing = sorted(name for name in wanted if wanted[name] != known.get(name))
    if differing:
        raise Refusal(
            Reason.IDEMPOTENCY_CONFLICT,
            f"This import id was used with another {', '.join(differing)}. "
            "Send the same as before, or choose a new id.",
            {"differs": ",".join(differing)},
        )
    if row.state in (State.STOPPED, State.CANCELLED, State.AWAITING_APPROVAL):
        raise Refusal(
            Reason.IMPORT_NOT_RESUMABLE,
            f"This import is {row.state.value} and does not go on; use a new import id.",
            {"state": row.state.value},
        )


def check_mail(options: Options, caller: Caller) -> None:
    """Whether the caller may have passwords made, which mails with login details do.

    Raises:
        Refusal: PERMISSION_DENIED.
    """
    if options.notify is Notify.LOGIN_DETAILS and not caller.may(Scope.CREDENTIALS_WRITE):
        raise Refusal(
            Reason.PERMISSION_DENIED,
            "Mails with login details set passwords, which needs the right credentials:write. "
            "Import with notify = NOBODY, and let a caller with that right invite the users later.",
            {"option": "notify"},
        )


def already_running() -> Refusal:
    """Another call, perhaps at another server, has the import."""
    return Refusal(
        Reason.IMPORT_ALREADY_RUNNING,
        "This import is running already; try again when it has ended or its server is given up.",
        {"retry_after_s": "5"},
    )
