-- The user u of a notice n of directory $1.
left join lateral (
    select employee_number
    from users
    where directory_id = (select $1::bigint) and id = n.user_id
    offset 0
) as u on true
