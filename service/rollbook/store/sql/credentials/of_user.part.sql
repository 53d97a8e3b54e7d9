-- The user u of directory $1 by the id k.id, and the credentials c, which may be missing.
cross join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and id = k.id
    offset 0
) as u
left join lateral (
    select *
    from credentials
    where directory_id = (select $1::bigint) and user_id = k.id
    offset 0
) as c on true
