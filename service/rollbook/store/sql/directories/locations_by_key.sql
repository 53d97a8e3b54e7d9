-- The locations that the keys $2 mean in directory $1: one row a key and location, as a key may
-- mean two. LATERAL with OFFSET 0 looks up each key, whatever the statistics say.
select n.name_key, n.location_id as id
from unnest($2::text[]) as k (key)
cross join lateral (
    select name_key, location_id
    from location_names
    where directory_id = (select $1::bigint) and name_key = k.key
    offset 0
) as n
