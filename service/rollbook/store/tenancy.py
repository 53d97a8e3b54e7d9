"""Checks row-level security: the application's role, and every table's policy."""

from rollbook.store.database import Database
from rollbook.store.statements import sql

UNFENCED = ("import_leases", "sessions")
"""Tables with a `directory_id` and without a policy; the migration of each has the reason.
`directories` itself has no such column."""

_MAKE = (
    "`create role rollbook_app nologin; grant rollbook_app to LOGIN`, then the grants of migration "
    "0005_fence.sql, all in deploy/README.md"
)


async def gaps(database: Database) -> list[str]:
    """What is wrong with the fence of a migrated database, and what to do; nothing: it holds.

    Raises:
        StoreError: it cannot be looked at.
    """
    async with database.as_owner().connection() as connection:
        open_ = [row["name"] for row in await connection.fetch(sql("tenancy/gaps"), UNFENCED)]
        role = await connection.fetchrow(sql("tenancy/role_facts"))
    found = [f"no fence around {', '.join(open_)}"] if open_ else []
    if role is None:
        return [*found, f"there is no role rollbook_app: as an administrator, {_MAKE}"]
    if role["superuser"] or role["sees_through"]:
        found.append("the role sees through it: `alter role rollbook_app nosuperuser nobypassrls`")
    if role["owns"]:
        found.append("the role owns something here: give that to another")
    if role["lacks"]:
        found.append(f"the role lacks its grants on {', '.join(role['lacks'])}: {_MAKE}")
    if not role["temporary"]:
        found.append(
            "the role may make no temporary tables: `grant temporary on database … to rollbook_app`"
        )
    if not database.fenced and not role["lacks"]:
        found.append("the login may not take the role: `grant rollbook_app to LOGIN`")
    return found
