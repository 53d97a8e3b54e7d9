-- Sets what is decided by hand of the user $2 of directory $1: status, locks and sources. NULL leaves one
-- as it is. The import that last changed the user stays, for this is none. The history keeps what the
-- principal $3 has changed.
-- What an import changes of users is in staging/update.sql.
with changed as (
    update users as u
    set
        status = coalesce($4, u.status),
        role_locked = coalesce($5, u.role_locked),
        location_locked = coalesce($6, u.location_locked),
        protected = coalesce($7, u.protected),
        sources = coalesce($8::text[], u.sources),
        updated_at = now(),
        version = u.version + 1
    from users as was
    where u.directory_id = $1 and u.id = $2 and was.directory_id = $1 and was.id = $2
    returning was.version,
        {{users/changes}} as changes
)

insert into user_history (directory_id, user_id, version, principal, changes)
select $1, $2, c.version, $3, c.changes
from changed as c
