-- What is stored now of the users $2 of directory $1.
select u.id, u.employee_number, u.email, u.username, u.first_name, u.last_name, u.name,
    u.attributes
from unnest($2::bigint[]) as k (id)
cross join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and id = k.id
    offset 0
) as u
