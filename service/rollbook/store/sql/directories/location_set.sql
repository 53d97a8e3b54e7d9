-- Makes of the location of key $2 in directory $1, which has no texts, what it is to be: key $3,
-- name $4, key of the code $5 (null: none), code $6, and the texts that mean it: keys $7, texts $8,
-- and whether each is an alias $9.
with changed as (
    update locations
    set name_key = $3, name = $4, code_key = $5, code = $6
    where directory_id = $1 and name_key = $2
    returning id
)

insert into location_names (directory_id, location_id, name_key, name, is_alias)
select $1, c.id, n.name_key, n.name, n.is_alias
from changed as c
cross join unnest($7::text[], $8::text[], $9::boolean[]) as n (name_key, name, is_alias)
