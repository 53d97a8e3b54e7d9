-- Makes organizational units of the names $2 with the keys $3; answers keys and ids.
insert into organizational_units (directory_id, name, name_key)
select $1, n.name, n.name_key
from unnest($2::text[], $3::text[]) as n (name, name_key)
order by n.name_key
returning name_key, id
