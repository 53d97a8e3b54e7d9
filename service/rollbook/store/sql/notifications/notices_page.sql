-- Notices of the import $2 of directory $1 by line: at most $6 of those after ($3, $4), in the states
-- $5. Each state is read along its index, so that a page costs a page, however rare its state is.
with page as materialized (
    select f.line, f.id
    from unnest($5::text[]) as s (state)
    cross join lateral (
        select line, id
        from notices
        where
            directory_id = $1 and import_id = $2 and state = s.state and (line, id) > ($3, $4)
        order by line, id
        limit $6
    ) as f
    order by f.line, f.id
    limit $6
)

select
    n.line, n.id, n.key, n.user_id, coalesce(u.employee_number, '') as employee_number, n.event,
    n.mail, n.state, n.reason, n.attempts, n.in_doubt, n.created_at, n.due_at, n.settled_at,
    n.import_id
from page as p
cross join lateral (
    select *
    from notices
    where directory_id = (select $1::bigint) and id = p.id
    offset 0
) as n
left join lateral (
    select employee_number
    from users
    where directory_id = (select $1::bigint) and id = n.user_id
    offset 0
) as u on true
order by n.line, n.id
