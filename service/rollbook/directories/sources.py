"""Sources: the systems that users come from, and who may run a full sync for each."""

from collections.abc import Collection, Iterable

from rollbook.checking import check_text, echo, name_key
from rollbook.checking.cells import printable
from rollbook.checking.request_text import REQUEST
from rollbook.errors import Reason, Refusal
from rollbook.model import Field
from rollbook.store import Connection, directories

BY_HAND = "by hand"
"""The source of users written by hand. No file has it, so that no full sync suspends them."""

_MOST_CHARACTERS = 200
_MOST_SOURCES = 64
"""Of one user."""


def check_source(option: str, source: str) -> None:
    """Check the source of a file; '': the profile's.

    Raises:
        Refusal: INVALID_OPTIONS, it is no plain text, or a reserved word.
    """
    if len(source) > _MOST_CHARACTERS or check_text(Field.DEPARTMENT, source).issues:
        message = f"source is plain text of at most {_MOST_CHARACTERS} characters, never padded."
        raise REQUEST.wrong(option, message, value=source)
    if name_key(source) == BY_HAND:
        message = f"source cannot be {BY_HAND!r}: that is what users written by hand have."
        raise REQUEST.wrong(option, message, value=source)


def checked_sources(option: str, sources: Iterable[str]) -> tuple[str, ...]:
    """The sources of a user, each once; none: no full sync suspends the user.

    Raises:
        Refusal: INVALID_OPTIONS, as `check_source`; one is blank; they are too many.
    """
    each = tuple(dict.fromkeys(sources))
    if len(each) > _MOST_SOURCES:
        raise REQUEST.wrong(option, f"A user has at most {_MOST_SOURCES} sources.")
    for source in each:
        if not source:
            raise REQUEST.wrong(option, "A source is blank.")
        check_source(option, source)
    return each


async def check_spelling(
    connection: Connection, directory_id: int, option: str, sources: Iterable[str]
) -> None:
    """Check that a source which the directory has is written in the same way.

    As `HR` beside `hr` it would be another one: its users would be left to each other's syncs, and
    nobody who has gone would be suspended.

    Raises:
        Refusal: INVALID_OPTIONS, one differs in case, spaces or form alone.
    """
    check_twins(option, sources, await directories.sources(connection, directory_id))


def check_twins(option: str, sources: Iterable[str], known: Collection[str] = ()) -> None:
    """Check that sources differ from what is known, and from each other, in more than case.

    Raises:
        Refusal: as `check_spelling`.
    """
    spelled = {name_key(one): one for one in known}
    for source in sources:
        other = spelled.setdefault(name_key(source), source)
        if source not in (other, *known):
            message = f"This directory has that source as {echo(other)}: write it in the same way."
            raise REQUEST.wrong(option, message, value=source)


async def speak_for(
    connection: Connection, directory_id: int, source: str, principal: str, *, claim: bool
) -> None:
    """Let the principal's full sync speak for the source. `claim`: it is theirs from now on.

    Raises:
        Refusal: SOURCE_TAKEN, it is another principal's.
    """
    if claim:
        await directories.claim_source(connection, directory_id, source, principal)
    owner = await directories.source_owner(connection, directory_id, source)
    if owner not in (None, principal):
        raise Refusal(
            Reason.SOURCE_TAKEN,
            f"The source {echo(source)} belongs to another principal, whose full syncs alone may "
            f"suspend its users. `rollbook directories set --source` changes whose it is.",
            {"source": printable(source)},
        )
