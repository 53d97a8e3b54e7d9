-- The organizational units that the keys $2 mean in directory $1. See locations_by_key.sql.
select u.name_key, u.id
from unnest($2::text[]) as k (key)
cross join lateral (
    select name_key, id
    from organizational_units
    where directory_id = (select $1::bigint) and name_key = k.key
    offset 0
) as u
