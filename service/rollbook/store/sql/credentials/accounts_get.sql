-- The accounts of the users $2 of directory $1. No row of a user who is not there.
select
    {{credentials/account}}
from unnest($2::bigint[]) as k (id)
inner join directories as d on d.id = $1
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
