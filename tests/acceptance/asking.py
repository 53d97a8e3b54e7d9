"""Helpers for tests of options: a directory with users, and refusals by option."""

from typing import Any

from rollbook.v1 import directories_pb2 as directories
from tests.acceptance.wire import HEADER, Answer, Peer, users

INVALID = "INVALID_ARGUMENT/INVALID_OPTIONS"


async def made_directory(peer: Peer, *, location: str = "", unit: str = "") -> str:
    """A new directory with these."""
    name = await peer.new_directory()
    if location:
        await peer.ask(
            peer.directories.CreateLocation,
            directories.CreateLocationRequest(
                directory=name, location=directories.Location(name=location)
            ),
        )
    if unit:
        await peer.ask(
            peer.directories.CreateOrganizationalUnit,
            directories.CreateOrganizationalUnitRequest(
                directory=name, organizational_unit=directories.OrganizationalUnit(name=unit)
            ),
        )
    return name


async def refused(peer: Peer, option: str, **said: Any) -> Answer:
    """How an import with these options was refused, by name, and with nothing applied."""
    directory = await peer.new_directory()
    answer = await peer.send_file(directory, HEADER + users(1), **said)
    assert answer.ending == INVALID, answer.ending
    assert answer.facts["option"] == option
    assert answer.understood is None
    assert await peer.stored(directory) == {}
    return answer
