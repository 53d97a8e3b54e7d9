-- The roles that the keys $2 mean in directory $1.
select n.name_key, n.role_id as id
from role_names as n
where n.directory_id = $1 and n.name_key = any($2::text[])
