-- Notices of directory $1, newest first: at most $3 of those before the id $2.
with page as materialized (
    select id
    from notices
    where directory_id = $1 and id < $2
    order by id desc
    limit $3
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
order by n.id desc
