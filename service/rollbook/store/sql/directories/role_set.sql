-- Makes of the role of key $2 in directory $1, which has no texts, what it is to be: key $3, name
-- $4, whether privileged $5, and the texts that mean it, keys $6 and texts $7.
with changed as (
    update roles
    set name_key = $3, name = $4, privileged = $5
    where directory_id = $1 and name_key = $2
    returning id
)

insert into role_names (directory_id, role_id, name_key, name)
select $1, c.id, n.name_key, n.name
from changed as c
cross join unnest($6::text[], $7::text[]) as n (name_key, name)
