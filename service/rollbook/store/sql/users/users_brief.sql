-- The employee number and the status of the users $2 of directory $1.
select u.id, u.employee_number, u.status
from unnest($2::bigint[]) as k (id)
cross join lateral (
    select id, employee_number, status
    from users
    where directory_id = (select $1::bigint) and id = k.id
    offset 0
) as u
