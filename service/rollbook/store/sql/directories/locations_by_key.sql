-- The locations that the keys $2 mean in directory $1: one row a key and location, as a key may
-- mean two.
select n.name_key, n.location_id as id
from location_names as n
where n.directory_id = $1 and n.name_key = any($2::text[])
