-- Notices of the import $2 of directory $1 by line: at most $6 of those after ($3, $4), in the state
-- $5; NULL: any.
select
    n.line, n.id, n.key, n.user_id, coalesce(u.employee_number, '') as employee_number, n.event,
    n.mail, n.state, n.reason, n.attempts, n.in_doubt, n.created_at, n.due_at, n.settled_at,
    n.import_id
from notices as n
left join users as u on u.directory_id = $1 and u.id = n.user_id
where
    n.directory_id = $1 and n.import_id = $2 and (n.line, n.id) > ($3, $4)
    and ($5::text is null or n.state = $5)
order by n.line, n.id
limit $6
