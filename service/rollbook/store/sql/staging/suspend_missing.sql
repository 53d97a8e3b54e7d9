-- Suspends the active users of the source $2 that the file does not name, and keeps their history;
-- answers ids and numbers. Protected users are left out, and those that hold a role of $5 or are one
-- of $6.
-- $1 directory · $2 source · $3 import · $4 principal
with missing as (
    select u.*
    from users as u
    where
        u.directory_id = $1 and u.source = $2 and u.status = 'active' and not u.protected
        and not u.role_id = any($5::bigint[]) and not u.id = any($6::bigint[])
        and not exists (select from named_{schema} as n where n.number_key = u.number_key)
),

kept as (
    insert into user_history (directory_id, user_id, version, import_id, principal, before)
    select u.directory_id, u.id, u.version, $3, $4,
        {{users/before}}
    from missing as u
)

update users as u
set
    status = 'suspended_by_sync', updated_import = $3, updated_at = now(),
    version = u.version + 1
from missing as m
where u.directory_id = $1 and u.id = m.id
returning u.id, u.employee_number
