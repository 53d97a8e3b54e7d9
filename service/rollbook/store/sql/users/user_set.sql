-- Sets what is decided by hand of the user $2 of directory $1: status, locks and sources. NULL leaves one
-- as it is. The import that last changed the user stays, for this is none.
-- What an import changes of users is in staging/update.sql.
update users as u
set
    status = coalesce($3, u.status),
    role_locked = coalesce($4, u.role_locked),
    location_locked = coalesce($5, u.location_locked),
    protected = coalesce($6, u.protected),
    sources = coalesce($7::text[], u.sources),
    updated_at = now(),
    version = u.version + 1
where u.directory_id = $1 and u.id = $2
