-- Takes the source $2 from the missing users, suspends those who have no other, and keeps the history of
-- all; answers ids, numbers, who is suspended, and who stays active.
-- $1 directory · $2 source · $3 import · $4 principal
with changed as (
    update users as u
    set
        sources = array_remove({{users/sources}}, $2),
        status = case when m.is_suspended then 'suspended_by_sync' else u.status end,
        updated_import = $3,
        updated_at = now(),
        version = u.version + 1
    from missing_{schema} as m
    cross join lateral (
        select *
        from users
        where directory_id = (select $1::bigint) and id = m.id
        offset 0
    ) as was
    where u.directory_id = $1 and u.id = m.id
    returning u.id, u.employee_number, m.is_suspended, u.status, was.version,
        {{users/changes}} as changes
),

kept as (
    insert into user_history (directory_id, user_id, version, import_id, principal, changes)
    select $1, c.id, c.version, $3, $4, c.changes
    from changed as c
)

select c.id, c.employee_number, c.is_suspended, c.status = 'active' as stays
from changed as c
