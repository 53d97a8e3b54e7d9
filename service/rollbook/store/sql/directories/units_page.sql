-- Organizational units of directory $1 by key: at most $3 of those after the key $2.
select u.name_key, u.name
from organizational_units as u
where u.directory_id = $1 and u.name_key > $2
order by u.name_key
limit $3
