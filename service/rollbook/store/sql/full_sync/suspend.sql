-- Suspends the missing users, and keeps their history; answers ids and numbers.
-- $1 directory · $2 import · $3 principal
with kept as (
    insert into user_history (directory_id, user_id, version, import_id, principal, before)
    select u.directory_id, u.id, u.version, $2, $3,
        {{users/before}}
    from missing_{schema} as m
    cross join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and id = m.id
        offset 0
    ) as u
)

update users as u
set
    status = 'suspended_by_sync', updated_import = $2, updated_at = now(),
    version = u.version + 1
from missing_{schema} as m
where u.directory_id = $1 and u.id = m.id
returning u.id, u.employee_number
