-- Whose the e-mail keys $2 are in directory $1: e-mail key and employee-number key.
select u.email_key, u.number_key
from unnest($2::text[]) as k (email_key)
cross join lateral (
    select email_key, number_key
    from users
    where directory_id = (select $1::bigint) and email_key = k.email_key
    offset 0
) as u
