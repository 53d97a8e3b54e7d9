-- The organizational units that the keys $2 mean in directory $1.
select u.name_key, u.id
from organizational_units as u
where u.directory_id = $1 and u.name_key = any($2::text[])
