-- The account of one user of directory $1, by id $2, number's key $3, e-mail's key $4 or username's
-- key $5; NULL for those that are not asked for. No row: there is no such user.
select
    {{credentials/account}}
from (
    select f.id
    from users as f
    where
        f.directory_id = $1
        and (f.id = $2 or f.number_key = $3 or f.email_key = $4 or f.username_key = $5)
) as p
join directories as d on d.id = $1
cross join lateral (
    select *
    from users
    where directory_id = (select $1::bigint) and id = p.id
    offset 0
) as u
left join lateral (
    select *
    from credentials
    where directory_id = (select $1::bigint) and user_id = p.id
    offset 0
) as c on true
