"""Usernames that look like somebody else's e-mail address → whose they are."""

from rollbook.checking import claims_foreign_address
from rollbook.imports.job.job import Job
from rollbook.model import CheckedBatch
from rollbook.store import name_lookup


async def foreign_addresses(job: Job, checked: CheckedBatch) -> dict[int, bool]:
    """The rows whose username is an address that is not their own; True: it is another user's.

    A row without an e-mail may have the stored one as its username. What other rows of the file
    claim is not looked at here.

    Raises:
        Unavailable: the database stayed away.
    """
    suspects = claims_foreign_address(checked)
    if not suspects:
        return {}
    keys = {key for position in suspects if (key := checked.username_keys[position]) is not None}
    owners = await job.database.ask(
        lambda connection: name_lookup.owners_of_emails(connection, job.directory.id, keys)
    )
    foreign = {}
    for position in suspects:
        owner = owners.get(checked.username_keys[position] or "")
        own = checked.number_keys[position]
        if owner != own or checked.email_keys[position] is not None:
            foreign[position] = owner is not None and owner != own
    return foreign
