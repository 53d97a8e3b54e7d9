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
) as k
join directories as d on d.id = $1
{{credentials/of_user}}
