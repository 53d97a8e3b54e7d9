-- The last notice about the user $2 of directory $1.
select
    n.line, n.id, n.key, n.user_id, coalesce(u.employee_number, '') as employee_number, n.event,
    n.mail, n.state, n.reason, n.attempts, n.in_doubt, n.created_at, n.due_at, n.settled_at,
    n.import_id
from notices as n
left join users as u on u.directory_id = $1 and u.id = n.user_id
where n.directory_id = $1 and n.user_id = $2
order by n.id desc
limit 1
