-- The organizational units of directory $1 that the keys $2 mean, and how they are written.
select u.name_key, u.name
from organizational_units as u
where u.directory_id = $1 and u.name_key = any($2::text[])
