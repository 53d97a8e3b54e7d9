-- The organizational units of directory $1 that the keys $2 mean, and how they are written.
select u.name_key, u.name
from unnest($2::text[]) as k (key)
cross join lateral (
    select name_key, name
    from organizational_units
    where directory_id = (select $1::bigint) and name_key = k.key
    offset 0
) as u
