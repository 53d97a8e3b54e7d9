-- The notice of the key $2 of directory $1.
select
    n.line, n.id, n.key, n.user_id, coalesce(u.employee_number, '') as employee_number, n.event,
    n.mail, n.state, n.reason, n.attempts, n.in_doubt, n.created_at, n.due_at, n.settled_at,
    n.import_id
from notices as n
left join lateral (
    select employee_number
    from users
    where directory_id = (select $1::bigint) and id = n.user_id
    offset 0
) as u on true
where n.directory_id = $1 and n.key = $2
